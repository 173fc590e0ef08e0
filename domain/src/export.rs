//! Exports: many records leave at once, asked for by one person, agreed to by another, fetched once.
//!
//! All of one worker's are one stream, so that what may leave within 30 days is judged on the revision that the next fetch is
//! appended behind: two nodes cannot give the rest twice. What two agree on is which cases, which classes of data and what
//! for; what of it leaves is asked of each case at the moment of the fetch, as at any other reading.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    actor::{Actor, Role},
    case::standing::Standing,
    decider::{Context, Decider, Fact},
    ids::{ExportId, OrganisationId},
    refusal::refusals,
};

mod words;

pub use words::*;

/// Within what a second person has to agree.
pub const AGREED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Within what it is fetched after that.
pub const FETCHED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// For how long each case that left counts against the budget.
pub const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Fewest characters of a reason.
const LEAST: usize = 20;
/// Fewest different ones among them.
const LEAST_DIFFERENT: usize = 5;
/// Most characters of a reason.
const MOST: usize = 2_000;

/// One export as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What was asked for; the reason is sealed.
    pub asked: ExportRequested,
    /// Who asked.
    pub by: Actor,
    /// Who agreed, and when.
    pub approved: Option<Settled>,
    /// Who refused it, and why.
    pub refused: Option<(Settled, ExportRefusalReason)>,
    /// How many cases left, and when.
    pub fetched: Option<(u32, Timestamp)>,
}

refusals! {
    /// Why records are not taken out.
    ExportRefusal {
        Unknown = Absent "not_found", "There is no such export, or it is outside your organisation's reach.";
        ReasonLength = Invalid "export_reason_length", "Say in 20 to 2,000 characters what these records are taken out for.";
        ReasonEmpty = Invalid "export_reason_says_nothing",
            "A few characters over and over say nothing; write what these records are taken out for.";
        ClassesMissing = Invalid "export_classes_missing", "Name at least one class of data that is needed.";
        Period = Invalid "export_period", "The first day of the period is after the last; check the dates.";
        Empty = Conflict "export_empty", "No case of your organisation is meant; choose others.";
        TooLarge { most: u32 } = Conflict "export_too_large", "An export has at most {most} cases; narrow the selection.";
        OneAtATime = Conflict "export_pending", "You have asked for another export that is not settled yet; fetch it or take it back first.";
        BudgetExceeded { left: u32 } = Exhausted "export_budget_exceeded",
            "You may take {left} more cases out now; what left counts for 30 days.";
        SecondPerson = Forbidden "second_person_needed", "You have asked for this yourself; another person has to agree.";
        OtherCountry = Forbidden "export_of_another_country", "An auditor agrees to exports of the own country alone.";
        NotApproved = Conflict "export_not_approved", "Nobody has agreed to this export yet; ask a colleague or an auditor.";
        Grown { agreed: u32 } = Conflict "export_grown",
            "More cases are meant by now than the {agreed} that were agreed to; take this export back and ask for another one.";
        Refused = Conflict "export_refused", "This export was refused or taken back; ask for another one.";
        Lapsed = Conflict "export_lapsed", "This export was not agreed to within 7 days, or not fetched within 24 hours after that; ask for another one.";
        Fetched = Conflict "export_fetched", "This export was fetched; it leaves once. Ask for another one.";
    }
}

impl Export {
    /// A new one, from the fact that it was asked for.
    pub fn new(asked: &ExportRequested, fact: &Fact<ExportEvent>) -> Self {
        Self { asked: asked.clone(), by: fact.actor.clone(), approved: None, refused: None, fetched: None }
    }

    /// Takes in one more fact about it.
    pub fn take_in(&mut self, fact: &Fact<ExportEvent>) {
        let settled = |at| Settled { by: fact.actor.clone(), at };
        match &fact.event {
            ExportEvent::Requested(_) => (),
            ExportEvent::Approved { at, .. } => self.approved = Some(settled(*at)),
            ExportEvent::Refused { reason, .. } => self.refused = Some((settled(fact.recorded_at), *reason)),
            ExportEvent::Fetched { cases, at, .. } => self.fetched = Some((*cases, *at)),
        }
    }

    /// Until when the next step can be taken, while there is one.
    pub fn until(&self) -> Option<Timestamp> {
        let (from, within) = match (&self.approved, &self.refused, &self.fetched) {
            (_, Some(_), _) | (_, _, Some(_)) => return None,
            (Some(approved), ..) => (approved.at, FETCHED_WITHIN),
            (None, ..) => (self.asked.at, AGREED_WITHIN),
        };
        Some(from.saturating_add(within).unwrap_or(Timestamp::MAX))
    }

    /// How far it has come by now.
    pub fn state(&self, now: Timestamp) -> ExportState {
        match (&self.fetched, &self.refused, self.until()) {
            (Some(_), ..) => ExportState::Fetched,
            (None, Some(_), _) => ExportState::Refused,
            (None, None, Some(until)) if now >= until => ExportState::Lapsed,
            _ if self.approved.is_some() => ExportState::Approved,
            _ => ExportState::Requested,
        }
    }

    /// What an organisation is to it.
    pub fn standing(&self, organisation: &OrganisationId) -> Option<Standing> {
        (self.by.organisation == *organisation).then_some(Standing::Responsible)
    }

    /// The commands that this actor may give now.
    pub fn commands(&self, actor: &Actor, now: Timestamp) -> Vec<&'static str> {
        let state = self.state(now);
        let own = self.asker(actor);
        let second = self.second(actor).is_ok();
        [
            ("approve_export", second && state == ExportState::Requested),
            (
                "refuse_export",
                (own || second) && matches!(state, ExportState::Requested | ExportState::Approved),
            ),
            ("fetch_export", own && state == ExportState::Approved),
        ]
        .into_iter()
        .filter_map(|(name, may)| may.then_some(name))
        .collect()
    }

    /// Whether it is this actor's own, still for the organisation for which it was asked.
    fn asker(&self, actor: &Actor) -> bool {
        actor.worker == self.by.worker
            && actor.organisation == self.by.organisation
            && actor.role != Role::Auditor
    }

    /// Whether this actor can be the second of the two: a colleague, or an auditor of the country.
    fn second(&self, actor: &Actor) -> Result<(), ExportRefusal> {
        match actor.role {
            _ if actor.worker == self.by.worker => Err(ExportRefusal::SecondPerson),
            Role::Auditor if actor.country != self.by.country => Err(ExportRefusal::OtherCountry),
            Role::Auditor => Ok(()),
            _ if actor.organisation != self.by.organisation => Err(ExportRefusal::Unknown),
            _ => Ok(()),
        }
    }

    /// Nothing, as long as there is something left to do with it.
    fn ended(&self, now: Timestamp) -> Result<(), ExportRefusal> {
        match self.state(now) {
            ExportState::Requested | ExportState::Approved => Ok(()),
            ExportState::Refused => Err(ExportRefusal::Refused),
            ExportState::Fetched => Err(ExportRefusal::Fetched),
            ExportState::Lapsed => Err(ExportRefusal::Lapsed),
        }
    }
}

/// Every export of one worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// In the order in which they were asked for.
    pub all: Vec<Export>,
}

impl Exports {
    /// The one with this id.
    pub fn get(&self, id: ExportId) -> Option<&Export> {
        self.all.iter().find(|export| export.asked.export == id)
    }

    /// How many more cases this worker may take out now, of so many within 30 days.
    pub fn left(&self, most: u32, now: Timestamp) -> u32 {
        let counted = self.all.iter().filter_map(|export| export.fetched);
        let counted = counted.filter(|(_, at)| now.duration_since(*at) < COUNTED_FOR);
        counted.fold(most, |left, (cases, _)| left.saturating_sub(cases))
    }

    /// Whether one of them for this organisation is neither settled nor out of time.
    pub fn pending(&self, organisation: &OrganisationId, now: Timestamp) -> bool {
        let own = |export: &&Export| export.by.organisation == *organisation;
        self.all.iter().filter(own).any(|export| export.ended(now).is_ok())
    }

    /// So many cases may leave at once, and now.
    fn fits(&self, cases: u32, limits: ExportLimits, now: Timestamp) -> Result<(), ExportRefusal> {
        if cases > limits.cases {
            return Err(ExportRefusal::TooLarge { most: limits.cases });
        }
        let left = self.left(limits.cases_per_month, now);
        if cases > left { Err(ExportRefusal::BudgetExceeded { left }) } else { Ok(()) }
    }

    fn request(
        &self,
        asked: &RequestExport,
        (cases, limits): (u32, ExportLimits),
        context: &Context<'_>,
    ) -> Result<Vec<ExportEvent>, ExportRefusal> {
        if !(LEAST..=MOST).contains(&asked.reason.length()) {
            return Err(ExportRefusal::ReasonLength);
        }
        if asked.reason.different() < LEAST_DIFFERENT {
            return Err(ExportRefusal::ReasonEmpty);
        }
        if asked.classes.is_empty() {
            return Err(ExportRefusal::ClassesMissing);
        }
        if !asked.selection.ordered() {
            return Err(ExportRefusal::Period);
        }
        if self.pending(&context.actor.organisation, context.now) {
            return Err(ExportRefusal::OneAtATime);
        }
        if cases == 0 {
            return Err(ExportRefusal::Empty);
        }
        self.fits(cases, limits, context.now)?;
        let RequestExport { purpose, reason, format, classes, selection } = asked.clone();
        let (export, at) = (ExportId(context.new_id), context.now);
        let asked = ExportRequested { export, purpose, reason, format, classes, selection, cases, at };
        Ok(vec![ExportEvent::Requested(asked)])
    }

    fn approve(&self, export: ExportId, context: &Context<'_>) -> Result<Vec<ExportEvent>, ExportRefusal> {
        let found = self.get(export).ok_or(ExportRefusal::Unknown)?;
        found.second(&context.actor)?;
        found.ended(context.now)?;
        let at = context.now;
        Ok(found.approved.is_none().then_some(ExportEvent::Approved { export, at }).into_iter().collect())
    }

    fn refuse(
        &self,
        (export, reason): (ExportId, ExportRefusalReason),
        context: &Context<'_>,
    ) -> Result<Vec<ExportEvent>, ExportRefusal> {
        let found = self.get(export).ok_or(ExportRefusal::Unknown)?;
        if !found.asker(&context.actor) {
            found.second(&context.actor)?;
        }
        if found.refused.is_some() {
            return Ok(vec![]);
        }
        found.ended(context.now)?;
        Ok(vec![ExportEvent::Refused { export, reason }])
    }

    /// Whether this actor may take so many cases out now.
    pub fn fetch(
        &self,
        export: ExportId,
        (cases, limits): (u32, ExportLimits),
        (actor, now): (&Actor, Timestamp),
    ) -> Result<ExportEvent, ExportRefusal> {
        let found = self.get(export).filter(|found| found.asker(actor)).ok_or(ExportRefusal::Unknown)?;
        found.ended(now)?;
        if found.approved.is_none() {
            return Err(ExportRefusal::NotApproved);
        }
        self.fits(cases, limits, now)?;
        if cases > found.asked.cases {
            return Err(ExportRefusal::Grown { agreed: found.asked.cases });
        }
        Ok(ExportEvent::Fetched { export, cases, at: now })
    }
}

impl Decider for Exports {
    const CATEGORY: &'static str = "export";

    type Command = ExportCommand;
    type Event = ExportEvent;
    type Refusal = ExportRefusal;

    fn decide(
        &self,
        command: &ExportCommand,
        context: &Context<'_>,
    ) -> Result<Vec<ExportEvent>, ExportRefusal> {
        match command {
            ExportCommand::Request(asked, cases, limits) => self.request(asked, (*cases, *limits), context),
            ExportCommand::Approve(export) => self.approve(*export, context),
            ExportCommand::Refuse(export, body) => self.refuse((*export, body.reason), context),
            ExportCommand::Fetch(export, cases, limits) => {
                let by = (&context.actor, context.now);
                Ok(vec![self.fetch(*export, (*cases, *limits), by)?])
            }
        }
    }

    fn evolve(mut self, fact: &Fact<ExportEvent>) -> Self {
        let id = fact.event.export();
        match &fact.event {
            ExportEvent::Requested(asked) => self.all.push(Export::new(asked, fact)),
            _ => {
                if let Some(export) = self.all.iter_mut().find(|export| export.asked.export == id) {
                    export.take_in(fact);
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
