//! Erasures are carried out here: what two persons have agreed on is in the log, and whoever follows the log can do it.
//!
//! Every step may break off and be taken again: keys are destroyed once and stay destroyed, each try ends the epochs from
//! before it, and the end is recorded last. Until then the next node that looks begins anew.

use std::{collections::BTreeSet, fmt::Display};

use safar_domain::{
    case::Case,
    compartment::Compartment,
    decider::Decider as _,
    erasure::{Erasure, ErasureCommand, PersonErased},
    hiv::HivRecord,
    ids::{CaseId, PersonId},
    person::Person,
    time::OccurredAt,
};
use safar_event_store::StreamId;
use safar_vault::Held;

use super::{
    App, Caller, Request, Rulebook, execute::clockwork, model_problem, sealing::vault_problem, store_problem,
    zone,
};
use crate::{
    ids::Ids,
    problem::{Problem, catalogue},
};

/// Erasures that end the same epochs.
const AT_ONCE: u32 = 100;

impl App {
    /// Wakes the timer: an erasure was agreed on, or stands in nobody's way any more.
    pub fn erase_soon(&self) {
        self.erasing.notify_one();
    }

    /// Carries out every erasure that is agreed on and not held, and answers how many. Several nodes may do so at once.
    pub async fn carry_out_erasures(&self) -> Result<usize, Problem> {
        let head = self.store.head().await.map_err(|error| store_problem(&error))?;
        self.models.wait_for(head, self.read_wait).await;
        let approved = self.models.approved_erasures(AT_ONCE).await.map_err(|error| model_problem(&error))?;
        if approved.is_empty() {
            return Ok(0);
        }
        // A case that this node has not heard of would keep its keys.
        self.reached(head).await?;
        let sealing = self.compartments_in_use().await?;
        let mut erased = Vec::new();
        for person in approved {
            if let Some(cases) = self.destroy_keys(person, &sealing).await? {
                erased.push((person, cases));
            }
        }
        if erased.is_empty() {
            return Ok(0);
        }
        let mut backups_closed = true;
        for compartment in &sealing {
            let ended = self.vault().end_epochs(*compartment).await;
            backups_closed &= ended.map_err(|error| vault_problem(&error))?;
        }
        if !backups_closed {
            tracing::warn!(
                "backups of the key store bring back what was erased: set vault.epoch_folder or use a token"
            );
        }
        let done = erased.len();
        for (person, cases) in erased {
            self.record_erased(person, PersonErased { cases, backups_closed }).await?;
        }
        Ok(done)
    }

    /// The compartments in which something may be sealed. One without its key cannot be erased in here: the names of its
    /// streams are not known.
    async fn compartments_in_use(&self) -> Result<Vec<Compartment>, Problem> {
        let mut sealing = Vec::new();
        for compartment in Compartment::ALL {
            if !self.vault().in_use(compartment).await.map_err(|error| vault_problem(&error))? {
                continue;
            }
            if self.vault().holds(compartment) != Held::Open {
                tracing::warn!(
                    compartment = compartment.code(),
                    "an erasure waits for a node that has its key"
                );
                return Err(Problem::of(catalogue::KEY_UNAVAILABLE));
            }
            sealing.push(compartment);
        }
        Ok(sealing)
    }

    /// Destroys every key of a person and of their cases; answers the cases, or nothing while the record must be kept.
    async fn destroy_keys(
        &self,
        person: PersonId,
        sealing: &[Compartment],
    ) -> Result<Option<BTreeSet<CaseId>>, Problem> {
        let today = self.clock.now().to_zoned(zone::of(clockwork().country)).date();
        if !self.record::<Erasure>(person).await?.due(today) {
            return Ok(None);
        }
        let cases = self.models.cases_of_person(person).await.map_err(|error| model_problem(&error))?;
        for compartment in sealing {
            let streams = match compartment {
                Compartment::Identity => vec![self.stream_of::<Person>(&person)?],
                Compartment::CareNotes => {
                    cases.iter().map(|case| StreamId::new(Case::CATEGORY, case)).collect()
                }
                // Of every case, whether there is such a record or not: neither the key store nor the log is to tell.
                Compartment::Hiv => self.streams_of::<HivRecord>(&cases)?,
            };
            for stream in streams {
                let destroyed = self.vault().destroy(*compartment, stream.as_str()).await;
                destroyed.map_err(|error| vault_problem(&error))?;
            }
        }
        Ok(Some(cases.into_iter().collect()))
    }

    fn streams_of<D: Rulebook>(&self, ids: &[impl Display]) -> Result<Vec<StreamId>, Problem> {
        ids.iter().map(|id| self.stream_of::<D>(id)).collect()
    }

    /// Records the end, once for all nodes.
    async fn record_erased(&self, person: PersonId, done: PersonErased) -> Result<(), Problem> {
        let actor = clockwork();
        let now = self.clock.now();
        let key = Ids::derive(actor.worker.as_str(), person.0, "erased");
        let occurred_at = OccurredAt::at(now, &zone::of(actor.country));
        let request = Request {
            key,
            fingerprint: [0; 32],
            correlation_id: key,
            occurred_at,
            expected: None,
            birth: None,
            person_revision: None,
        };
        let caller = Caller {
            actor,
            directory: self.models.directory(),
            duty: safar_domain::policy::Duty::On,
            signed_in: None,
        };
        let finish = ErasureCommand::Finish(done);
        self.execute::<Erasure>(&person, &finish, (&caller, &request), |_| Ok(())).await.map(drop)
    }
}
