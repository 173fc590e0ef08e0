//! Access by worker: the tie of a centre opens a record to nobody by itself; each clinician is let in by name, for a purpose
//! and for a time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, opening::HivOpeningRefusal};
use crate::{
    actor::{Actor, Role},
    decider::Context,
    directory::Directory,
    ids::{OrganisationId, WorkerId},
    refusal::refusals,
};

/// How long a clinician is let in; who still cares for the patient then is let in again.
const LASTS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// For what a clinician is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-access-purposes"))]
pub enum AccessPurpose {
    /// To care for the patient.
    Care,
    /// To advise a colleague who does.
    Consultation,
    /// To look after the quality of the care.
    Supervision,
}

/// Lets a colleague into the record, or oneself where nobody of the own centre is let in.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantHivAccess {
    /// An HIV clinician of the own organisation.
    pub worker: WorkerId,
    /// For what.
    pub purpose: AccessPurpose,
}

/// Ends a colleague's access, or one's own; it counts at the next request.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndHivAccess {
    /// Whose.
    pub worker: WorkerId,
}

/// A clinician was let in; by whom is with every event.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `GrantHivAccess`")]
pub struct HivAccessGranted {
    pub worker: WorkerId,
    pub organisation: OrganisationId,
    pub purpose: AccessPurpose,
    /// Until when, unless it is ended before.
    pub until: Timestamp,
}

/// A clinician's access ended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HivAccessEnded {
    /// Whose.
    pub worker: WorkerId,
}

/// The access of one clinician.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// For which organisation: who works elsewhere by now is let in there, or not.
    pub organisation: OrganisationId,
    /// For what.
    pub purpose: AccessPurpose,
    /// Until when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub until: Timestamp,
}

/// Who is let in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Grants(pub BTreeMap<WorkerId, Grant>);

refusals! {
    /// Why a clinician is not let in.
    GrantRefusal {
        NotAClinician = Invalid "hiv_access_for_others", "Only an active HIV clinician of your own organisation can be let in.";
    }
}

impl GrantHivAccess {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let actor = &context.actor;
        if !record.may_let_in(actor, (context.directory, context.now)) {
            return Err(HivOpeningRefusal::NotFound.into());
        }
        let colleague = context.directory.actor(&self.worker).filter(|colleague| {
            colleague.organisation == actor.organisation && colleague.role == Role::HivClinician
        });
        colleague.ok_or(GrantRefusal::NotAClinician)?;
        // The first of a centre lets themselves in, and then whom they will.
        if !record.lets_in(actor, context.now) && self.worker != actor.worker {
            return Err(HivOpeningRefusal::NotFound.into());
        }
        Ok(vec![granted(self.worker.clone(), self.purpose, context)])
    }
}

impl EndHivAccess {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        if !record.lets_in(&context.actor, context.now) {
            return Err(HivOpeningRefusal::NotFound.into());
        }
        let held = record.grants.0.get(&self.worker);
        let held = held.filter(|grant| grant.organisation == context.actor.organisation);
        let event = HivEvent::AccessEnded(HivAccessEnded { worker: self.worker.clone() });
        Ok(held.map(|_| event).into_iter().collect())
    }
}

/// The access of whoever does something that makes them its first keeper.
pub(super) fn granted(worker: WorkerId, purpose: AccessPurpose, context: &Context<'_>) -> HivEvent {
    HivEvent::AccessGranted(HivAccessGranted {
        worker,
        organisation: context.actor.organisation.clone(),
        purpose,
        until: context.now.saturating_add(LASTS).unwrap_or(Timestamp::MAX),
    })
}

impl Grants {
    pub(super) fn granted(&mut self, event: &HivAccessGranted) {
        let HivAccessGranted { worker, organisation, purpose, until } = event.clone();
        self.0.insert(worker, Grant { organisation, purpose, until });
    }

    pub(super) fn ended(&mut self, event: &HivAccessEnded) {
        self.0.remove(&event.worker);
    }
}

impl HivRecord {
    /// Whether this clinician is let in now: a tie of the organisation and an access of their own, both in force.
    pub fn lets_in(&self, actor: &Actor, now: Timestamp) -> bool {
        let own = |grant: &Grant| grant.organisation == actor.organisation && now < grant.until;
        self.standing(&actor.organisation).is_some() && self.grants.0.get(&actor.worker).is_some_and(own)
    }

    /// Whether this clinician may let somebody in: who is let in, or anyone of a centre with a tie where nobody is, or the
    /// record would be lost to it.
    pub fn may_let_in(&self, actor: &Actor, (directory, now): (&Directory, Timestamp)) -> bool {
        // Who has left, or works as something else by now, keeps nobody out.
        let here = |worker: &WorkerId| {
            directory.actor(worker).is_some_and(|colleague| {
                colleague.organisation == actor.organisation && colleague.role == Role::HivClinician
            })
        };
        let of_the_centre = |(worker, grant): (&WorkerId, &Grant)| {
            grant.organisation == actor.organisation && now < grant.until && here(worker)
        };
        self.lets_in(actor, now)
            || (self.standing(&actor.organisation).is_some() && !self.grants.0.iter().any(of_the_centre))
    }
}
