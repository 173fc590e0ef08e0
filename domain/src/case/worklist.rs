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
    Case,
    handoff::{Handoff, HandoffState},
    programme::Programme,
    referral::ReferralState,
};
use crate::ids::OrganisationId;

/// A list that a worker opens in the morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Offers and referrals to answer, claims to confirm.
    Inbox,
    /// Patients who should have come by now.
    Overdue,
    /// Medicine that runs out within a week, or has run out.
    MedicineRunningOut,
    /// Specimens without a result.
    ResultsWaiting,
    /// Outcomes reported and not yet confirmed.
    OutcomesToConfirm,
    /// Patients who did not arrive and are looked for.
    Tracing,
}

impl List {
    /// Every list, in the order of the screen.
    pub const ALL: [Self; 6] = [
        Self::Inbox,
        Self::Overdue,
        Self::MedicineRunningOut,
        Self::ResultsWaiting,
        Self::OutcomesToConfirm,
        Self::Tracing,
    ];

    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Overdue => "overdue",
            Self::MedicineRunningOut => "medicine_running_out",
            Self::ResultsWaiting => "results_waiting",
            Self::OutcomesToConfirm => "outcomes_to_confirm",
            Self::Tracing => "tracing",
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
    /// What it is about: `handoff_offer`, `referral`, `claim`, `arrival`, `medicine`, `specimen`, `outcome`, `tracing`.
    pub about: &'static str,
    /// The handoff, referral, specimen or episode.
    pub subject: Uuid,
    /// From when it shows.
    pub from: Timestamp,
    /// By when it should be done.
    pub due: Timestamp,
}

/// Days before the medicine ends at which it shows.
const MEDICINE_NOTICE_DAYS: i32 = 7;
/// Days after which a specimen without a result is overdue: cultures take up to eight weeks.
const RESULT_EXPECTED_DAYS: i32 = 56;
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
    items
}

fn handoff_items(case: &Case) -> Vec<Item> {
    let mut items = Vec::new();
    for (id, handoff) in &case.handoffs.all {
        let item = |list, organisation: &OrganisationId, about, from, due| Item {
            list,
            organisation: organisation.clone(),
            about,
            subject: id.0,
            from,
            due,
        };
        if handoff.state.pending() {
            let (from, due) = (handoff.offered_at, handoff.expires_at);
            items.push(item(List::Inbox, &handoff.to, "handoff_offer", from, due));
        }
        if let Some(claim) = handoff.claim.as_ref().filter(|claim| !claim.confirmed) {
            let due = claim.claimed_at + Span::new().hours(72);
            items.push(item(List::Inbox, &handoff.from, "claim", claim.claimed_at, due));
        }
        if let Some(due) = expected(handoff) {
            items.push(item(List::Overdue, &handoff.to, "arrival", due, due));
            items.push(item(List::Overdue, &handoff.from, "arrival", due, due));
        }
        if handoff.state == HandoffState::NotArrived && still_answers(case, handoff) {
            items.push(item(List::Tracing, &handoff.from, "tracing", handoff.moved_at, handoff.moved_at));
        }
    }
    items
}

/// The end of the day on which a patient on the way should arrive.
fn expected(handoff: &Handoff) -> Option<Timestamp> {
    let awaited = matches!(handoff.state, HandoffState::Accepted | HandoffState::Departed);
    awaited.then(|| handoff.expected_on().tomorrow().map_or(Timestamp::MAX, midnight))
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
        items.push(Item { list, organisation: referral.to.clone(), about, subject: id.0, from, due });
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
        subject,
        from,
        due,
    };
    let waiting = case.laboratory.specimens.iter().filter(|(_, specimen)| specimen.results.is_empty());
    let mut items: Vec<_> = waiting
        .map(|(id, specimen)| {
            let due = midnight(specimen.collected_on.saturating_add(Span::new().days(RESULT_EXPECTED_DAYS)));
            item(List::ResultsWaiting, "specimen", id.0, midnight(specimen.collected_on), due)
        })
        .collect();
    if let Some((id, episode)) = case.treatment.open_episode() {
        if let Some(until) = episode.medicine_until {
            let from = midnight(until.saturating_sub(Span::new().days(MEDICINE_NOTICE_DAYS)));
            let due = midnight(until.tomorrow().unwrap_or(until));
            items.push(item(List::MedicineRunningOut, "medicine", id.0, from, due));
        }
        if let Some(reported) = &episode.outcome {
            let on = midnight(reported.on);
            items.push(item(List::OutcomesToConfirm, "outcome", id.0, on, on));
        }
    }
    items
}

/// The first instant of a day where the programmes are, at UTC+5 (Kazakhstan and Tajikistan).
fn midnight(day: Date) -> Timestamp {
    let zone = TimeZone::fixed(Offset::constant(5));
    day.to_zoned(zone).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{List, worklist};
    use crate::{case::fixtures::*, testing::given};

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
        assert_eq!(lists(&declined), []);
    }

    #[test]
    fn a_patient_who_did_not_arrive_is_traced_by_the_sender() {
        let mut history = offered_case();
        history.extend([handoff_accepted(), not_arrived()]);
        assert_eq!(lists(&history), [(List::Tracing, "ngo-galaba".to_owned())]);
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
