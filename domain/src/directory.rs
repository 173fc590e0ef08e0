//! The directory: every organisation and worker, folded from their streams.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    actor::Actor,
    ids::{OrganisationId, WorkerId},
    organisation::{OrganisationEvent, OrganisationState},
    policy::Duty,
    worker::{WorkerEvent, WorkerState},
};

/// Organisations and workers as a node knows them. It is small and kept in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// By id.
    pub organisations: BTreeMap<OrganisationId, OrganisationState>,
    /// By id.
    pub workers: BTreeMap<WorkerId, WorkerState>,
}

impl Directory {
    /// The organisation, if it takes part now.
    pub fn active(&self, id: &OrganisationId) -> Option<&OrganisationState> {
        self.organisations.get(id).filter(|organisation| organisation.active)
    }

    /// The worker as an actor, if worker and organisation are active now: rights come from here, not from a token.
    pub fn actor(&self, id: &WorkerId) -> Option<Actor> {
        let worker = self.workers.get(id).filter(|worker| worker.active)?;
        let organisation = self.active(&worker.organisation)?;
        Some(Actor {
            worker: id.clone(),
            organisation: worker.organisation.clone(),
            country: organisation.country(),
            role: worker.role,
        })
    }

    /// Whether a worker is on duty on a day; who is not in the directory has none.
    pub fn duty(&self, id: &WorkerId, day: Date) -> Duty {
        self.workers.get(id).map_or(Duty::Off, |worker| worker.duty(day))
    }

    /// Takes in a fact about an organisation.
    pub fn organisation_changed(&mut self, event: &OrganisationEvent) {
        match event {
            OrganisationEvent::Described { organisation, description } => {
                self.organisations.insert(organisation.clone(), description.into());
            }
            OrganisationEvent::Deactivated { organisation } => {
                if let Some(state) = self.organisations.get_mut(organisation) {
                    state.active = false;
                }
            }
        }
    }

    /// Takes in a fact about a worker.
    pub fn worker_changed(&mut self, event: &WorkerEvent) {
        match event {
            WorkerEvent::Described { worker, description } => {
                let state = WorkerState::described(self.workers.get(worker), description);
                self.workers.insert(worker.clone(), state);
            }
            WorkerEvent::LeaveSet { worker, leave } => {
                if let Some(state) = self.workers.get_mut(worker) {
                    state.leave = *leave;
                }
            }
            WorkerEvent::Deactivated { worker } => {
                if let Some(state) = self.workers.get_mut(worker) {
                    state.active = false;
                }
            }
        }
    }
}
