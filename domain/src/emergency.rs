//! Emergency access ("break-glass"): a clinician opens one record that is none of their organisation's, reads it for an hour, and
//! answers for it.
//!
//! All of one worker's are one stream, so that the quota is judged on the revision that the next one is appended behind: two
//! nodes cannot give the last one twice. What it opens is decided in [`crate::policy`], which knows three readings and no
//! command; HIV records stay closed to it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::{Actor, Role},
    case::{Case, consent::DataClass, handoff::event::ReviewFinding, standing::Standing},
    decider::{Context, Decider, Fact},
    free_text::FreeText,
    ids::{CaseId, EmergencyId, OrganisationId},
    policy::{self, Action, Decision},
    refusal::refusals,
};

/// How long a record stays open.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_mins(60);
/// Within what somebody else must have looked at it.
pub const REVIEWED_WITHIN: SignedDuration = SignedDuration::from_hours(72);
/// For how long each counts against the quota.
pub const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Fewest characters of a justification.
const LEAST: usize = 20;
/// Fewest different ones among them, so that a key held down is no justification.
const LEAST_DIFFERENT: usize = 5;
/// Most characters of a justification and of a comment.
const MOST: usize = 2_000;

/// Why a record of others has to be opened now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "emergency-purposes"))]
pub enum EmergencyPurpose {
    /// The patient is here, on treatment, and what they take is not known.
    TreatmentContinuity,
    /// The patient is gravely ill.
    AcuteIllness,
    /// A medicine may be harming the patient.
    AdverseReaction,
    /// Others may be in danger from an infectious patient.
    InfectionRisk,
}

/// Opens one case that the organisation may not read, or not whole, for an hour and for reading alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenEmergencyAccess {
    /// The case, as the patient's papers name it.
    pub case: CaseId,
    /// Why.
    pub purpose: EmergencyPurpose,
    /// The same in words, at least 20 characters; those who answer for the case and the auditors read them.
    #[schemars(with = "String", length(min = 20, max = 2000))]
    pub justification: FreeText,
}

/// Says whether a record had to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewEmergencyAccess {
    /// Whether it had to be.
    pub finding: ReviewFinding,
    /// What speaks for that, 1 to 2,000 characters.
    #[schemars(with = "String", length(min = 1, max = 2000))]
    pub comment: FreeText,
}

/// What the edge has found under the id of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCase {
    /// Whether the worker's organisation reads it anyway.
    pub readable: bool,
    /// Who answers for it, or did last: they are told.
    pub told: BTreeSet<OrganisationId>,
}

impl FoundCase {
    /// A case as this reader finds it at a moment; who reaches it without a consent to the illness or to the person needs it opened too.
    pub fn of(case: &Case, reader: &Actor, moment: (Timestamp, Date)) -> Self {
        let tie = case.standing(&reader.organisation);
        let reached = policy::decide(reader, Action::ReadCase, tie) == Decision::Permit;
        let opened = case.opened_to(reader, moment);
        let needed = [DataClass::Identity, DataClass::Contact, DataClass::Tb];
        let readable = reached && needed.into_iter().all(|class| opened.opens(class));
        let now: BTreeSet<_> = case.responsibility.open().map(|(_, by)| by.clone()).collect();
        let last = case.responsibility.intervals().values().filter_map(|intervals| intervals.last());
        let told = if now.is_empty() { last.map(|last| last.organisation.clone()).collect() } else { now };
        Self { readable, told }
    }
}

/// What may be asked of a worker's emergency accesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmergencyCommand {
    /// Open a case: what was asked, what was found under its id, and how often that is given within 30 days.
    Open(OpenEmergencyAccess, Option<FoundCase>, u32),
    /// Say whether one had to be opened.
    Review(EmergencyId, ReviewEmergencyAccess),
}

/// A case was opened. The words are sealed under the keys of the case's notes and are erased with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `OpenEmergencyAccess`")]
pub struct EmergencyOpened {
    pub emergency: EmergencyId,
    pub case: CaseId,
    pub purpose: EmergencyPurpose,
    pub justification: FreeText,
    /// When, by the clock that gives the hour; the log's may be another one.
    pub at: Timestamp,
    /// Who answered for the case then.
    pub told: BTreeSet<OrganisationId>,
}

/// An emergency access was looked at. The words are sealed as those of the opening are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ReviewEmergencyAccess`")]
pub struct EmergencyReviewed {
    pub emergency: EmergencyId,
    pub case: CaseId,
    pub finding: ReviewFinding,
    pub comment: FreeText,
}

/// What happened to a worker's emergency accesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
pub enum EmergencyEvent {
    /// A case was opened.
    #[serde(rename = "emergency.opened.v1")]
    Opened(EmergencyOpened),
    /// There was no such case; that counts all the same, or ids could be tried.
    #[serde(rename = "emergency.missed.v1")]
    Missed {
        /// What was asked for.
        case: CaseId,
        /// When.
        at: Timestamp,
    },
    /// One was looked at by somebody else.
    #[serde(rename = "emergency.reviewed.v1")]
    Reviewed(EmergencyReviewed),
}

impl EmergencyEvent {
    /// The name under which a failed attempt is stored, by which the answer to it is known.
    pub const MISSED: &'static str = "emergency.missed.v1";
}

/// One emergency access as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// What was opened, why, and who was told.
    pub opened: EmergencyOpened,
    /// Who opened it.
    pub by: Actor,
    /// What a reviewer found, who that was and when.
    pub reviewed: Option<(EmergencyReviewed, Actor, Timestamp)>,
}

impl Emergency {
    /// A new one, from the fact that it was opened.
    pub fn new(opened: &EmergencyOpened, fact: &Fact<EmergencyEvent>) -> Self {
        Self { opened: opened.clone(), by: fact.actor.clone(), reviewed: None }
    }

    /// When the record closes again.
    pub fn until(&self) -> Timestamp {
        self.opened.at.saturating_add(OPEN_FOR).unwrap_or(Timestamp::MAX)
    }

    /// Until when somebody else must have looked at it.
    pub fn review_by(&self) -> Timestamp {
        self.opened.at.saturating_add(REVIEWED_WITHIN).unwrap_or(Timestamp::MAX)
    }

    /// Whether the record is open at this moment.
    pub fn in_force(&self, now: Timestamp) -> bool {
        let closed =
            |(reviewed, ..): &(EmergencyReviewed, _, _)| reviewed.finding == ReviewFinding::NotJustified;
        now < self.until() && !self.reviewed.as_ref().is_some_and(closed)
    }

    /// Whether nobody has looked at it in time.
    pub fn overdue(&self, now: Timestamp) -> bool {
        self.reviewed.is_none() && now >= self.review_by()
    }

    /// What an organisation is to it: those who were told review it.
    pub fn standing(&self, organisation: &OrganisationId) -> Option<Standing> {
        self.opened.told.contains(organisation).then_some(Standing::Responsible)
    }
}

/// Every emergency access of one worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emergencies {
    /// In the order in which they were opened.
    pub all: Vec<Emergency>,
    missed: Vec<Timestamp>,
}

impl Emergencies {
    /// The one with this id.
    pub fn get(&self, id: EmergencyId) -> Option<&Emergency> {
        self.all.iter().find(|emergency| emergency.opened.emergency == id)
    }

    /// Those that are open at this moment.
    pub fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Emergency> {
        self.all.iter().filter(move |emergency| emergency.in_force(now))
    }

    /// How many more there are for this worker now, of so many within 30 days; none while a review is overdue.
    pub fn left(&self, most: u32, now: Timestamp) -> u32 {
        if self.all.iter().any(|emergency| emergency.overdue(now)) {
            return 0;
        }
        let counts = |at: &Timestamp| now.duration_since(*at) < COUNTED_FOR;
        let opened = self.all.iter().map(|emergency| &emergency.opened.at);
        let used = opened.chain(&self.missed).filter(|at| counts(at)).count();
        most.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }

    fn open(
        &self,
        asked: &OpenEmergencyAccess,
        (found, most): (Option<&FoundCase>, u32),
        context: &Context<'_>,
    ) -> Result<EmergencyEvent, EmergencyRefusal> {
        let words = &asked.justification;
        if !(LEAST..=MOST).contains(&words.length()) {
            return Err(EmergencyRefusal::JustificationLength);
        }
        if words.different() < LEAST_DIFFERENT {
            return Err(EmergencyRefusal::JustificationEmpty);
        }
        if self.in_force(context.now).any(|emergency| emergency.opened.case == asked.case) {
            return Err(EmergencyRefusal::InForce);
        }
        if found.is_some_and(|found| found.readable) {
            return Err(EmergencyRefusal::NotNeeded);
        }
        if self.all.iter().any(|emergency| emergency.overdue(context.now)) {
            return Err(EmergencyRefusal::ReviewOverdue);
        }
        if self.left(most, context.now) == 0 {
            return Err(EmergencyRefusal::QuotaExceeded { most });
        }
        let Some(found) = found else {
            return Ok(EmergencyEvent::Missed { case: asked.case, at: context.now });
        };
        Ok(EmergencyEvent::Opened(EmergencyOpened {
            emergency: EmergencyId(context.new_id),
            case: asked.case,
            purpose: asked.purpose,
            justification: words.clone(),
            at: context.now,
            told: found.told.clone(),
        }))
    }

    fn review(
        &self,
        (id, review): (EmergencyId, &ReviewEmergencyAccess),
        reviewer: &Actor,
    ) -> Result<EmergencyEvent, EmergencyRefusal> {
        let emergency = self.get(id).ok_or(EmergencyRefusal::Unknown)?;
        let Emergency { opened, by, .. } = emergency;
        let colleague = reviewer.role != Role::Auditor && reviewer.organisation == by.organisation;
        if reviewer.worker == by.worker || colleague {
            return Err(EmergencyRefusal::OwnReview);
        }
        if emergency.reviewed.is_some() {
            return Err(EmergencyRefusal::Reviewed);
        }
        if !(1..=MOST).contains(&review.comment.length()) {
            return Err(EmergencyRefusal::CommentLength);
        }
        let (finding, comment) = (review.finding, review.comment.clone());
        Ok(EmergencyEvent::Reviewed(EmergencyReviewed { emergency: id, case: opened.case, finding, comment }))
    }
}

refusals! {
    /// Why a record is not opened in an emergency, or not reviewed.
    EmergencyRefusal {
        Unknown = Absent "not_found", "There is no such emergency access.";
        JustificationLength = Invalid "justification_length",
            "Say in 20 to 2,000 characters why this record has to be opened now.";
        JustificationEmpty = Invalid "justification_says_nothing",
            "A few characters over and over say nothing; write why this record has to be opened now.";
        CommentLength = Invalid "review_comment_length", "A comment has 1 to 2,000 characters.";
        InForce = Conflict "emergency_in_force", "You have this case open already; read it.";
        NotNeeded = Conflict "emergency_not_needed", "Your organisation reads this case without an emergency.";
        Reviewed = Conflict "emergency_reviewed", "This emergency access has been reviewed already.";
        OwnReview = Forbidden "emergency_own_review",
            "An emergency access is reviewed by an auditor, or by an organisation that was told of it and did not use it.";
        QuotaExceeded { most: u32 } = Exhausted "emergency_quota_exceeded",
            "You have used emergency access as often as it is given within 30 days: {most} times.";
        ReviewOverdue = Exhausted "emergency_review_overdue",
            "An emergency access of yours has waited more than 72 hours for its review; there is no other until it is reviewed.";
    }
}

impl Decider for Emergencies {
    const CATEGORY: &'static str = "emergency";

    type Command = EmergencyCommand;
    type Event = EmergencyEvent;
    type Refusal = EmergencyRefusal;

    fn decide(
        &self,
        command: &EmergencyCommand,
        context: &Context<'_>,
    ) -> Result<Vec<EmergencyEvent>, EmergencyRefusal> {
        let event = match command {
            EmergencyCommand::Open(asked, found, most) => self.open(asked, (found.as_ref(), *most), context),
            EmergencyCommand::Review(id, review) => self.review((*id, review), &context.actor),
        };
        Ok(vec![event?])
    }

    fn evolve(mut self, fact: &Fact<EmergencyEvent>) -> Self {
        match &fact.event {
            EmergencyEvent::Opened(opened) => self.all.push(Emergency::new(opened, fact)),
            EmergencyEvent::Missed { at, .. } => self.missed.push(*at),
            EmergencyEvent::Reviewed(reviewed) => {
                let same = |emergency: &&mut Emergency| emergency.opened.emergency == reviewed.emergency;
                if let Some(emergency) = self.all.iter_mut().find(same) {
                    emergency.reviewed = Some((reviewed.clone(), fact.actor.clone(), fact.recorded_at));
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
