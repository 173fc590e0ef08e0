//! Closing, reopening, and death.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    outcome::{Outcome, OutcomeReported, Verdict},
    programme::{Programme, ResponsibilityClosed, ResponsibilityOpened},
    standing::StandingRefusal,
};
use crate::{
    decider::Context,
    ids::{EpisodeId, HandoffId},
    refusal::refusals,
};

/// Why work on a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "closing-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum CloseReason {
    CareCompleted,
    NoNeedFound,
    PersonDeclined,
    PersonUnreachable,
    Died,
    Duplicate,
}

/// Ends the work on a case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseCase {
    /// Why.
    pub reason: CloseReason,
}

/// Takes the work up again; the reopening organisation answers for support.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenCase {}

/// What the person died of, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "causes-of-death"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum CauseOfDeath {
    Tuberculosis,
    Other,
    Unknown,
}

/// Who told of the death.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "death-sources"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum DeathSource {
    Family,
    Hospital,
    CivilRegistry,
    Other,
}

/// Records that the person died: every live handoff ends, and the outcome is reported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordDeath {
    /// The day of death.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Of what.
    pub cause: CauseOfDeath,
    /// Who told.
    pub source: DeathSource,
}

/// Work ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseClosed {
    /// Why.
    pub reason: CloseReason,
}

/// Work was taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseReopened {}

/// The person died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordDeath`")]
pub struct DeathRecorded {
    pub on: Date,
    pub cause: CauseOfDeath,
    pub source: DeathSource,
}

/// Whether the work has ended, and whether the person lives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Why it ended, while it is ended.
    pub reason: Option<CloseReason>,
    /// The day of death.
    pub died_on: Option<Date>,
}

refusals! {
    /// Why a case is not closed or reopened.
    ClosingRefusal {
        HandoffLive { handoff: HandoffId } = Conflict "handoff_live",
            "Handoff {handoff} is live: let it be answered or withdraw it before closing.";
        OutcomeMissing = Conflict "outcome_missing", "Treatment has no confirmed outcome yet.";
        ClaimOpen = Conflict "claim_pending", "Another organisation has claimed this patient; the claim is open.";
        NotClosed = Conflict "case_not_closed", "The case is open.";
        DiedLater = Invalid "death_in_the_future", "A death is recorded when it has happened.";
    }
}

impl CloseCase {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.exists()?;
        if case.closing.closed() && case.responsibility.ever_held_by(&context.actor.organisation) {
            return Ok(vec![]);
        }
        case.is_open()?;
        if case.responsibility.held_by(&context.actor.organisation).next().is_none() {
            case.answers_for(Programme::Support, &context.actor)?;
        }
        for programme in case.unsettled() {
            case.answers_for(programme, &context.actor)?;
        }
        if let Some((handoff, _)) = case.handoffs.live().next() {
            return Err(ClosingRefusal::HandoffLive { handoff }.into());
        }
        if case.handoffs.pending_claims().next().is_some() {
            return Err(ClosingRefusal::ClaimOpen.into());
        }
        if case.treatment.unended().is_some() {
            return Err(ClosingRefusal::OutcomeMissing.into());
        }
        let closed = |(programme, _)| CaseEvent::ResponsibilityClosed(ResponsibilityClosed { programme });
        let mut events = vec![CaseEvent::Closed(CaseClosed { reason: self.reason })];
        events.extend(case.responsibility.open().map(closed));
        Ok(events)
    }
}

impl ReopenCase {
    pub(super) fn decide(case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.may_add_late(&context.actor)?;
        // Who was sent the patient for a service once does not make the case its own.
        if !case.responsibility.ever_held_by(&context.actor.organisation) {
            return Err(StandingRefusal::NotCaring.into());
        }
        if !case.closing.closed() {
            return Err(ClosingRefusal::NotClosed.into());
        }
        case.is_alive()?;
        Ok(vec![
            CaseEvent::Reopened(CaseReopened {}),
            CaseEvent::ResponsibilityOpened(ResponsibilityOpened {
                programme: Programme::Support,
                organisation: context.actor.organisation.clone(),
            }),
        ])
    }
}

impl RecordDeath {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.may_add_late(&context.actor).or_else(|refusal| {
            let told = case.handoffs.concerns(&context.actor.organisation);
            if told { Ok(true) } else { Err(refusal) }
        })?;
        if case.closing.dead() {
            return Ok(vec![]);
        }
        if self.on > context.today {
            return Err(ClosingRefusal::DiedLater.into());
        }
        let died = DeathRecorded { on: self.on, cause: self.cause, source: self.source };
        let mut events = vec![CaseEvent::DeathRecorded(died)];
        events.extend(case.handoffs.cancelled_by_death());
        let running = case.treatment.open_episode().map(|(id, _)| id);
        let waits = case.awaits_treatment() && case.responsibility.of(Programme::Tb).is_some();
        let episode = running
            .or_else(|| waits.then(|| case.treatment.untreated.current.unwrap_or(EpisodeId(context.new_id))));
        let over = |id| case.treatment.verdict(id).is_some_and(Verdict::ended);
        if let Some(episode) = episode.filter(|id| !over(*id)) {
            events.push(CaseEvent::OutcomeReported(OutcomeReported {
                episode,
                outcome: Outcome::Died,
                on: self.on,
                reporter: context.actor.worker.clone(),
                failure: None,
                untreated: running.is_none(),
            }));
        }
        Ok(events)
    }
}

impl Case {
    /// The open programmes that only their own organisation may end: support always, TB care until the person has died,
    /// tuberculosis is out of the question, or the last episode has its outcome.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = Programme> {
        let ended = self.treatment.judged().next_back().is_some_and(|(_, verdict)| verdict.ended());
        let diagnosis = &self.diagnosis;
        let settled = self.closing.dead() || diagnosis.excluded() || diagnosis.denotified.is_some() || ended;
        let counts = move |programme: &Programme| *programme != Programme::Tb || !settled;
        self.responsibility.open().map(|(programme, _)| programme).filter(counts)
    }
}

impl Closing {
    /// Whether work has ended.
    pub fn closed(&self) -> bool {
        self.reason.is_some()
    }

    /// Whether the person has died.
    pub fn dead(&self) -> bool {
        self.died_on.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::{case::fixtures::*, testing::given};

    #[test]
    fn closing_ends_every_programme() {
        given(&a_case()).when(close()).as_(&galaba()).then(&[closed(), support_closed()]);
    }

    #[test]
    fn closing_with_a_live_handoff_is_refused() {
        given(&offered_case()).when(close()).as_(&galaba()).refused("handoff_live");
    }

    #[test]
    fn closing_during_treatment_is_refused() {
        let history = treated_case_and([support_moved("ngo-galaba", "tb-shymkent")]);
        given(&history).when(close()).as_(&shymkent()).refused("outcome_missing");
    }

    #[test]
    fn nobody_closes_a_programme_that_another_answers_for() {
        given(&registered_case()).when(close()).as_(&galaba()).refused("not_responsible");
    }

    #[test]
    fn nobody_hands_over_a_person_who_has_died() {
        let history = a_case_and([consent_to_share_support(), died(TODAY)]);
        let offered = offer("ngo-kz-taraz", crate::case::programme::Programme::Support);
        given(&history).when(offered).as_(&galaba()).refused("person_died");
    }

    #[test]
    fn closing_twice_changes_nothing_and_reopening_opens_support() {
        let history = a_case_and([closed(), support_closed()]);
        given(&history).when(close()).as_(&galaba()).nothing();
        given(&history).when(reopen()).as_(&galaba()).then(&[reopened(), support_opened("ngo-galaba")]);
        given(&a_case()).when(reopen()).as_(&galaba()).refused("case_not_closed");
        let served = referred_case_and([attended(TODAY), closed(), support_closed()]);
        given(&served).when(reopen()).as_(&shymkent()).refused("not_caring");
    }

    #[test]
    fn a_death_ends_every_live_handoff_and_reports_the_outcome() {
        let history = treated_and_offered_case();
        given(&history).when(die(TODAY)).as_(&shymkent()).then(&[
            died(TODAY),
            cancelled_by_death(),
            died_reported(TODAY, "tb1-tb-shymkent"),
        ]);
    }

    #[test]
    fn the_case_of_a_dead_person_is_not_reopened() {
        let history = a_case_and([died(TODAY), closed(), support_closed()]);
        given(&history).when(reopen()).as_(&galaba()).refused("person_died");
    }
}
