//! What waits to be done on a case, for whom and by when: a pure function of the case.

use jiff::{
    Span, Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Case, care_clock,
    care_clock::Control,
    handoff::{Handoff, HandoffState, Urgency},
    programme::Programme,
    referral::ReferralState,
};
use crate::{ids::OrganisationId, organisation::EXTERNAL};

/// A list that a worker opens in the morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "worklists"))]
pub enum List {
    /// Offers and referrals to answer, claims to confirm, overrides to review.
    Inbox,
    /// Patients who are on their way here.
    Expected,
    /// Patients who should have come by now.
    Overdue,
    /// Medicine that runs out within a week, or has run out.
    MedicineRunningOut,
    /// Medicine that ends before the patient arrives, or before the first dose at the destination.
    MedicineGap,
    /// Specimens without a result.
    ResultsWaiting,
    /// Outcomes reported and not yet confirmed.
    OutcomesToConfirm,
    /// Interim reports: 30 days after an arrival, then every 90 days.
    ReportsDue,
    /// Programmes that a destination did not take and nobody else was asked for.
    OpenNeeds,
    /// Patients who did not arrive and are looked for.
    Tracing,
    /// Examinations, the start and the end of treatment: what the care clock says.
    ControlsDue,
    /// Contacts who are still to be looked at.
    ContactsToScreen,
}

impl List {
    /// Every list, in the order of the screen.
    pub const ALL: [Self; 12] = [
        Self::Inbox,
        Self::Expected,
        Self::Overdue,
        Self::MedicineRunningOut,
        Self::MedicineGap,
        Self::ResultsWaiting,
        Self::OutcomesToConfirm,
        Self::ReportsDue,
        Self::OpenNeeds,
        Self::Tracing,
        Self::ControlsDue,
        Self::ContactsToScreen,
    ];

    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Expected => "expected",
            Self::Overdue => "overdue",
            Self::MedicineRunningOut => "medicine_running_out",
            Self::MedicineGap => "medicine_gap",
            Self::ResultsWaiting => "results_waiting",
            Self::OutcomesToConfirm => "outcomes_to_confirm",
            Self::ReportsDue => "reports_due",
            Self::OpenNeeds => "open_needs",
            Self::Tracing => "tracing",
            Self::ControlsDue => "controls_due",
            Self::ContactsToScreen => "contacts_to_screen",
        }
    }
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// On which list.
    pub list: List,
    /// For whom.
    pub organisation: OrganisationId,
    /// What it is about, one of [`ABOUT`].
    pub about: &'static str,
    /// How soon an offer must be answered; everything else is routine.
    pub urgency: Urgency,
    /// The handoff, referral, specimen, episode or contact; nil for the case itself.
    pub subject: Uuid,
    /// From when it shows.
    pub from: Timestamp,
    /// By when it should be done.
    pub due: Timestamp,
}

/// Everything that an item can be about.
pub const ABOUT: [&str; 20] = [
    "handoff_offer",
    "referral",
    "claim",
    "arrival",
    "attendance",
    "medicine",
    "specimen",
    "outcome",
    "tracing",
    "interim_report",
    "medicine_gap",
    "open_need",
    "override_review",
    "smear",
    "culture",
    "chest_xray",
    "end_of_treatment",
    "examination",
    "treatment_start",
    "contact_screening",
];

/// Days before the medicine ends at which it shows.
const MEDICINE_NOTICE_DAYS: i32 = 7;
/// Days after which a specimen without a result is overdue: cultures take up to eight weeks.
const RESULT_EXPECTED_DAYS: i32 = 56;
/// Days before a report is due at which it shows.
const REPORT_NOTICE_DAYS: i32 = 7;
/// Days within which an override should be reviewed.
const REVIEW_DAYS: i32 = 7;
/// Days within which a referral should be answered.
const REFERRAL_ANSWER_DAYS: i32 = 3;

/// Everything that waits on a case.
pub fn worklist(case: &Case) -> Vec<Item> {
    if case.opening.is_none() || case.closing.closed() {
        return Vec::new();
    }
    let mut items = handoff_items(case);
    items.extend(referral_items(case));
    items.extend(tb_items(case));
    items.extend(clock_items(case));
    if case.closing.dead() {
        // Nobody waits for the dead; what is said of them still has to be settled.
        let settled = ["outcome", "claim", "override_review", "contact_screening"];
        items.retain(|item| settled.contains(&item.about));
    }
    items
}

fn handoff_items(case: &Case) -> Vec<Item> {
    let mut items = Vec::new();
    for (id, handoff) in &case.handoffs.all {
        let mut one = OfHandoff { id: id.0, items: &mut items };
        one.unanswered(handoff);
        one.on_the_way(case, handoff);
        one.after_the_end(case, handoff);
        one.medicine_gap(case, handoff);
    }
    items.extend(open_needs(case));
    // A facility outside the network opens no list here.
    items.retain(|item| !item.organisation.as_str().starts_with(EXTERNAL));
    items
}

/// What one handoff asks for.
struct OfHandoff<'a> {
    id: Uuid,
    items: &'a mut Vec<Item>,
}

impl OfHandoff<'_> {
    fn push(&mut self, list: List, organisation: &OrganisationId, about: &'static str, (from, due): Shown) {
        let (organisation, urgency) = (organisation.clone(), Urgency::Routine);
        self.items.push(Item { list, organisation, about, urgency, subject: self.id, from, due });
    }

    fn unanswered(&mut self, handoff: &Handoff) {
        if handoff.state.pending() {
            let span = (handoff.offered_at, handoff.expires_at);
            self.push(List::Inbox, &handoff.to, "handoff_offer", span);
            if let Some(offer) = self.items.last_mut() {
                offer.urgency = handoff.urgency;
            }
        }
        if let Some(claim) = handoff.claim.as_ref().filter(|claim| !claim.confirmed) {
            let span = (claim.claimed_at, claim.claimed_at + Span::new().hours(72));
            self.push(List::Inbox, &handoff.from, "claim", span);
        }
        if matches!(handoff.consent_override, Some((_, None))) {
            let due = handoff.offered_at + Span::new().hours(24 * i64::from(REVIEW_DAYS));
            self.push(List::Inbox, &handoff.from, "override_review", (handoff.offered_at, due));
        }
    }

    fn on_the_way(&mut self, case: &Case, handoff: &Handoff) {
        if let Some(due) = expected(handoff) {
            self.push(List::Expected, &handoff.to, "arrival", (handoff.moved_at, due));
            self.push(List::Overdue, &handoff.to, "arrival", (due, due));
            self.push(List::Overdue, &handoff.from, "arrival", (due, due));
        }
        let newer = |other: &Handoff| {
            other.offered_at > handoff.offered_at && !other.programmes.is_disjoint(handoff.taken())
        };
        if handoff.state == HandoffState::NotArrived
            && still_answers(case, handoff)
            && !case.handoffs.all.values().any(newer)
        {
            let span = (handoff.moved_at, handoff.moved_at);
            self.push(List::Tracing, &handoff.from, "tracing", span);
        }
    }

    fn after_the_end(&mut self, case: &Case, handoff: &Handoff) {
        if let Some((receiver, day)) = handoff.report_due(case) {
            let from = midnight(day.saturating_sub(Span::new().days(REPORT_NOTICE_DAYS)));
            self.push(List::ReportsDue, receiver, "interim_report", (from, end_of(day)));
        }
    }

    /// Medicine that ends before the patient should arrive, and after the arrival before the first dose there.
    fn medicine_gap(&mut self, case: &Case, handoff: &Handoff) {
        let tb = handoff.taken().contains(&Programme::Tb);
        let Some((_, episode)) = case.treatment.open_episode().filter(|_| tb) else { return };
        if matches!(handoff.state, HandoffState::Accepted | HandoffState::Departed) {
            let arrival = handoff.expected_on();
            if episode.medicine_until.is_none_or(|until| until < arrival) {
                let ends = episode.medicine_until.unwrap_or(arrival);
                for side in [&handoff.from, &handoff.to] {
                    self.push(List::MedicineGap, side, "medicine_gap", (handoff.moved_at, end_of(ends)));
                }
            }
        }
        if let Some((receiver, since)) = handoff.receiver()
            && case.responsibility.of(Programme::Tb) == Some(receiver)
            && episode.last_dose_on.is_none_or(|dose| dose < since)
        {
            let from = episode.medicine_until.map_or_else(|| midnight(since), end_of);
            self.push(List::MedicineGap, receiver, "medicine_gap", (from, from));
        }
    }
}

/// From when something shows, and by when it should be done.
type Shown = (Timestamp, Timestamp);

/// Programmes that the last destination asked did not take, whether it said so or not: they are still with the sender, and
/// nobody else is asked.
fn open_needs(case: &Case) -> Vec<Item> {
    let of = |programme: Programme| {
        let asked = case.handoffs.all.iter().filter(|(_, handoff)| handoff.programmes.contains(&programme));
        let (id, last) = asked.max_by_key(|(id, handoff)| (handoff.offered_at, **id))?;
        let unanswered = matches!(last.state, HandoffState::Declined | HandoffState::Expired);
        let elsewhere = last.claim.as_ref().is_some_and(|claim| claim.confirmed);
        let refused = last.refused.contains_key(&programme) || unanswered || elsewhere;
        let held = case.responsibility.of(programme) == Some(&last.from);
        (refused && held).then(|| Item {
            list: List::OpenNeeds,
            organisation: last.from.clone(),
            about: "open_need",
            urgency: last.urgency,
            subject: id.0,
            from: last.moved_at,
            due: last.moved_at + Span::new().hours(24 * i64::from(REVIEW_DAYS)),
        })
    };
    Programme::ALL.into_iter().filter_map(of).collect()
}

/// The end of the day on which a patient on the way should arrive.
fn expected(handoff: &Handoff) -> Option<Timestamp> {
    let awaited = matches!(handoff.state, HandoffState::Accepted | HandoffState::Departed);
    awaited.then(|| end_of(handoff.expected_on()))
}

/// The end of a day where the programmes are.
fn end_of(day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, midnight)
}

fn still_answers(case: &Case, handoff: &Handoff) -> bool {
    case.responsibility.held_by(&handoff.from).any(|programme| handoff.taken().contains(&programme))
}

fn referral_items(case: &Case) -> Vec<Item> {
    let mut items = Vec::new();
    for (id, referral) in &case.referrals.all {
        let (list, about, days) = match referral.state {
            ReferralState::Made => (List::Inbox, "referral", REFERRAL_ANSWER_DAYS),
            ReferralState::Accepted => (List::Overdue, "attendance", 2 * REFERRAL_ANSWER_DAYS),
            _ => continue,
        };
        let due = midnight(referral.made_on.saturating_add(Span::new().days(days)));
        let from = if list == List::Inbox { midnight(referral.made_on) } else { due };
        let (organisation, urgency) = (referral.to.clone(), Urgency::Routine);
        items.push(Item { list, organisation, about, urgency, subject: id.0, from, due });
    }
    items
}

fn tb_items(case: &Case) -> Vec<Item> {
    let holder = case.responsibility.of(Programme::Tb).or_else(|| case.responsibility.of(Programme::Support));
    let Some(organisation) = holder else { return Vec::new() };
    let item = |list, about, subject, from, due| Item {
        list,
        organisation: organisation.clone(),
        about,
        urgency: Urgency::Routine,
        subject,
        from,
        due,
    };
    let waiting = case.laboratory.specimens.iter().filter(|(_, specimen)| specimen.waits());
    let mut items: Vec<_> = waiting
        .map(|(id, specimen)| {
            let due = midnight(specimen.collected_on.saturating_add(Span::new().days(RESULT_EXPECTED_DAYS)));
            item(List::ResultsWaiting, "specimen", id.0, midnight(specimen.collected_on), due)
        })
        .collect();
    if let Some((id, episode)) = case.treatment.open_episode()
        && let Some(until) = episode.medicine_until
    {
        let from = midnight(until.saturating_sub(Span::new().days(MEDICINE_NOTICE_DAYS)));
        let due = midnight(until.tomorrow().unwrap_or(until));
        items.push(item(List::MedicineRunningOut, "medicine", id.0, from, due));
    }
    items.extend(case.treatment.awaiting().map(|(id, reported)| {
        let on = midnight(reported.on);
        item(List::OutcomesToConfirm, "outcome", id.0, on, on)
    }));
    items
}

/// What the care clock says, for who answers for the patient's tuberculosis, or else for the patient.
fn clock_items(case: &Case) -> Vec<Item> {
    let holder = case.responsibility.of(Programme::Tb).or_else(|| case.responsibility.of(Programme::Support));
    let Some(organisation) = holder else { return Vec::new() };
    let item = |list| {
        move |control: Control| Item {
            list,
            organisation: organisation.clone(),
            about: control.about,
            urgency: Urgency::Routine,
            subject: control.subject,
            from: midnight(control.from),
            due: end_of(control.due),
        }
    };
    let controls = care_clock::controls(case).into_iter().map(item(List::ControlsDue));
    controls.chain(care_clock::contacts(case).into_iter().map(item(List::ContactsToScreen))).collect()
}

/// The first instant of a day where the programmes are, at UTC+5 (Kazakhstan and Tajikistan).
fn midnight(day: Date) -> Timestamp {
    let zone = TimeZone::fixed(Offset::constant(5));
    day.to_zoned(zone).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{List, Span, TimeZone, Urgency, worklist};
    use crate::{
        case::{fixtures::*, programme::Programme},
        testing::given,
    };

    fn lists(history: &[crate::case::CaseEvent]) -> Vec<(List, String)> {
        worklist(&given(history).state())
            .into_iter()
            .map(|item| (item.list, item.organisation.to_string()))
            .collect()
    }

    #[test]
    fn an_offer_waits_in_the_inbox_of_its_destination_until_it_is_answered() {
        assert_eq!(lists(&offered_case()), [(List::Inbox, "ngo-kz-taraz".to_owned())]);
        let mut declined = offered_case();
        declined.push(handoff_declined());
        assert_eq!(lists(&declined), [(List::OpenNeeds, "ngo-galaba".to_owned())]);
    }

    #[test]
    fn a_patient_who_did_not_arrive_is_traced_by_the_sender() {
        let mut history = offered_case();
        history.extend([handoff_accepted(), not_arrived()]);
        assert_eq!(lists(&history), [(List::Tracing, "ngo-galaba".to_owned())]);
    }

    #[test]
    fn nobody_waits_for_the_dead() {
        let mut history = offered_case();
        history.extend([handoff_accepted(), not_arrived(), died(TODAY)]);
        assert_eq!(lists(&history), []);
    }

    #[test]
    fn a_trace_ends_when_somebody_else_is_asked() {
        let mut history = offered_case();
        history.extend([handoff_accepted(), not_arrived()]);
        let mut next = handoff_offered("ngo-galaba", "ngo-kz-karaganda", Programme::Support);
        if let crate::case::CaseEvent::HandoffOffered(event) = &mut next {
            event.handoff = crate::ids::HandoffId(uuid::Uuid::from_u128(9));
        }
        let case = crate::decider::Decider::evolve(
            given(&history).state(),
            &crate::decider::Fact {
                event: next,
                occurred_at: crate::time::OccurredAt::at(NOON + Span::new().hours(1), &TimeZone::UTC),
                recorded_at: NOON + Span::new().hours(1),
                actor: galaba(),
            },
        );
        assert!(worklist(&case).iter().all(|item| item.list != List::Tracing));
    }

    #[test]
    fn a_patient_on_the_way_is_expected_at_the_destination_and_overdue_for_both() {
        let mut history = offered_case();
        history.push(handoff_accepted());
        let (to, from) = ("ngo-kz-taraz".to_owned(), "ngo-galaba".to_owned());
        let expected = [(List::Expected, to.clone()), (List::Overdue, to), (List::Overdue, from)];
        assert_eq!(lists(&history), expected);
    }

    #[test]
    fn medicine_that_ends_before_the_arrival_is_a_gap_for_both_sides() {
        let gap = |days: u16| {
            let mut history = treated_case_and([dosed(START, TODAY), supplied(TODAY, days)]);
            history.push(handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb));
            history.push(handoff_accepted_of(&[Programme::Tb], false));
            let all = lists(&history).into_iter().filter(|(list, _)| *list == List::MedicineGap);
            all.map(|(_, organisation)| organisation).collect::<Vec<_>>()
        };
        assert_eq!(
            gap(10),
            ["tb-shymkent", "tj-national-tb-centre"],
            "travel takes two weeks unless told otherwise"
        );
        assert!(gap(30).is_empty());
    }

    #[test]
    fn a_receiver_without_a_first_dose_has_a_gap_once_the_medicine_ends() {
        let mut history = treated_case_and([dosed(START, START), supplied(START, 10)]);
        history.extend([
            handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb),
            handoff_accepted_of(&[Programme::Tb], false),
            patient_arrived(),
            tb_moved("tb-shymkent", "tj-national-tb-centre"),
        ]);
        let waits = |history: &[crate::case::CaseEvent]| {
            lists(history).contains(&(List::MedicineGap, "tj-national-tb-centre".to_owned()))
        };
        assert!(waits(&history));
        history.push(dosed(TODAY, TODAY));
        assert!(!waits(&history));
    }

    #[test]
    fn reports_are_due_at_the_destination_after_the_arrival() {
        let mut history = offered_case();
        history.extend([handoff_accepted(), patient_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")]);
        assert_eq!(lists(&history), [(List::ReportsDue, "ngo-kz-taraz".to_owned())]);
    }

    #[test]
    fn what_a_destination_did_not_take_is_an_open_need_of_the_sender_until_somebody_is_asked() {
        let both = [Programme::Support, Programme::Tb];
        let mut history = treated_case();
        history.push(support_moved("ngo-galaba", "tb-shymkent"));
        history.push(handoff_offered_of("tb-shymkent", "tj-national-tb-centre", &both, &[]));
        let mut accepted = handoff_accepted_of(&[Programme::Tb], false);
        if let crate::case::CaseEvent::HandoffAccepted(event) = &mut accepted {
            let reason = crate::case::handoff::event::DeclineReason::ServiceNotOffered;
            event.refused.insert(Programme::Support, reason);
        }
        history.push(accepted);
        let need = (List::OpenNeeds, "tb-shymkent".to_owned());
        assert!(lists(&history).contains(&need));
        let mut next = handoff_offered("tb-shymkent", "ngo-kz-taraz", Programme::Support);
        if let crate::case::CaseEvent::HandoffOffered(event) = &mut next {
            event.handoff = crate::ids::HandoffId(uuid::Uuid::from_u128(u128::MAX));
        }
        history.push(next);
        assert!(!lists(&history).contains(&need));
    }

    #[test]
    fn an_emergency_comes_before_what_is_due_sooner() {
        let mut history = offered_case();
        if let Some(crate::case::CaseEvent::HandoffOffered(event)) = history.get_mut(4) {
            event.urgency = Urgency::Emergency;
        }
        let items = worklist(&given(&history).state());
        assert_eq!(items.iter().map(|item| item.urgency.rank()).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn a_specimen_waits_for_its_result() {
        let history = registered_case_and([collected(5, TODAY)]);
        assert!(lists(&history).contains(&(List::ResultsWaiting, "tb-shymkent".to_owned())));
    }

    #[test]
    fn nothing_waits_on_a_closed_case() {
        assert_eq!(lists(&a_case_and([closed(), support_closed()])), []);
    }
}
