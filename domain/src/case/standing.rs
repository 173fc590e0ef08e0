//! What an organisation is to a case, and the guards that follow from it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseRefusal, programme::Programme};
use crate::{
    actor::Actor,
    ids::OrganisationId,
    refusal::{Refusal as _, refusals},
};

/// The closest tie an organisation has to a case; the order is from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "standings"))]
pub enum Standing {
    /// Was offered it and has not taken it: sees the handoff, not the case.
    Offered,
    /// Answered for it once: reads on and may add late facts.
    Former,
    /// Was sent the patient for a service, or took an offer and awaits the arrival.
    Expecting,
    /// Has the patient in the house and awaits confirmation of its claim.
    Provisional,
    /// Answers for at least one programme.
    Responsible,
}

refusals! {
    /// Why an organisation may not act on a case.
    StandingRefusal {
        NotFound = Absent "not_found", "There is no such case, or it is outside your organisation's reach.";
        Closed = Conflict "case_closed", "The case is closed. Reopen it first, or open a new one.";
        Dead = Conflict "person_died", "The person has died.";
        NotResponsible { programme: Programme } = Conflict "not_responsible",
            "Your organisation does not answer for the {programme} programme of this case now.";
        NotCaring = Conflict "not_caring",
            "Your organisation does not care for this patient now; only late facts may be added.";
        ProgrammeNotOpen { programme: Programme } = Conflict "programme_not_open",
            "The {programme} programme of this case has not been opened.";
    }
}

impl Case {
    /// The closest tie an organisation has to this case, if it has any.
    pub fn standing(&self, organisation: &OrganisationId) -> Option<Standing> {
        let responsible = self.responsibility.held_by(organisation).next().is_some();
        let former = self.responsibility.ever_held_by(organisation) || self.referrals.served_by(organisation);
        [
            responsible.then_some(Standing::Responsible),
            self.handoffs.claimed_by(organisation).then_some(Standing::Provisional),
            (self.referrals.expects(organisation) || self.handoffs.expects(organisation))
                .then_some(Standing::Expecting),
            former.then_some(Standing::Former),
            (self.handoffs.offered_to(organisation) || self.referrals.offered_to(organisation))
                .then_some(Standing::Offered),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// Every organisation that has a tie to this case.
    pub fn organisations(&self) -> BTreeSet<&OrganisationId> {
        let intervals = self.responsibility.intervals().values().flatten();
        let referrals = self.referrals.all.values().map(|referral| &referral.to);
        let handoffs = self.handoffs.all.values().flat_map(|handoff| {
            let claimant = handoff.claim.as_ref().map(|claim| &claim.organisation);
            [Some(&handoff.to), claimant].into_iter().flatten()
        });
        intervals.map(|interval| &interval.organisation).chain(referrals).chain(handoffs).collect()
    }

    /// The case exists.
    pub(super) fn exists(&self) -> Result<(), CaseRefusal> {
        if self.opening.is_some() { Ok(()) } else { Err(StandingRefusal::NotFound.into()) }
    }

    /// The case exists and work on it goes on.
    pub(super) fn is_open(&self) -> Result<(), CaseRefusal> {
        self.exists()?;
        if self.closing.closed() { Err(StandingRefusal::Closed.into()) } else { Ok(()) }
    }

    /// The person lives, as far as anybody recorded.
    pub(super) fn is_alive(&self) -> Result<(), CaseRefusal> {
        if self.closing.dead() { Err(StandingRefusal::Dead.into()) } else { Ok(()) }
    }

    /// The actor's organisation answers for this programme.
    pub(super) fn answers_for(&self, programme: Programme, actor: &Actor) -> Result<(), CaseRefusal> {
        self.is_open()?;
        match self.responsibility.of(programme) {
            None => Err(StandingRefusal::ProgrammeNotOpen { programme }.into()),
            Some(holder) if *holder == actor.organisation => Ok(()),
            Some(_) => Err(StandingRefusal::NotResponsible { programme }.into()),
        }
    }

    /// The actor's organisation answers for this programme, or was the last to do so when it ended.
    pub(super) fn answers_last_for(&self, programme: Programme, actor: &Actor) -> Result<(), CaseRefusal> {
        self.exists()?;
        let intervals = self.responsibility.intervals().get(&programme);
        match intervals.and_then(|intervals| intervals.last()) {
            None => Err(StandingRefusal::ProgrammeNotOpen { programme }.into()),
            Some(last) if last.organisation == actor.organisation => Ok(()),
            Some(_) => Err(StandingRefusal::NotResponsible { programme }.into()),
        }
    }

    /// The actor's organisation has the patient in its care: it answers, expects or cares provisionally.
    pub(super) fn cares(&self, actor: &Actor) -> Result<(), CaseRefusal> {
        self.is_open()?;
        match self.standing(&actor.organisation) {
            Some(Standing::Expecting | Standing::Provisional | Standing::Responsible) => Ok(()),
            _ => Err(StandingRefusal::NotCaring.into()),
        }
    }

    /// The actor's organisation may add a late fact; `true` when it is late because others answer now.
    pub(super) fn may_add_late(&self, actor: &Actor) -> Result<bool, CaseRefusal> {
        self.exists()?;
        match self.standing(&actor.organisation) {
            Some(Standing::Former) => Ok(true),
            Some(Standing::Expecting | Standing::Provisional | Standing::Responsible) => {
                Ok(self.closing.closed())
            }
            _ => Err(StandingRefusal::NotCaring.into()),
        }
    }
}

impl CaseRefusal {
    /// Whether the case must look as if it did not exist.
    pub fn hides_the_case(&self) -> bool {
        self.kind() == crate::refusal::RefusalKind::Absent
    }
}
