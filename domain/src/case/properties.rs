//! What must hold whatever happens: random workers give random commands at random times, and no rule may break.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span, civil::Date, tz::TimeZone};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use super::{
    Case, CaseCommand, CaseEvent, consent,
    fixtures::*,
    handoff::{HandoffState, Urgency, event, expiry, offer},
    outcome::Outcome,
    programme::Programme,
};
use crate::{
    actor::Actor,
    decider::{Context, Decider},
    ids::{Country, HandoffId},
    time::OccurredAt,
};

/// One throw of the dice: who, what, on which thing, and how many hours later.
type Throw = (u8, u8, u8, u8);

/// A case that lives through throws, with everything that must hold checked after each append.
struct Life {
    case: Case,
    now: jiff::Timestamp,
    next_id: u128,
    accepted: BTreeMap<&'static str, u32>,
}

impl Life {
    fn begin() -> Self {
        let now = NOON - SignedDuration::from_hours(24 * 300);
        Self { case: Case::default(), now, next_id: 1000, accepted: BTreeMap::new() }
    }

    fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    fn throw(&mut self, (who, what, which, hours): Throw) {
        self.now += SignedDuration::from_hours(i64::from(hours));
        for (_, events) in expiry::due(&self.case, self.now) {
            self.record(&clock(), events);
        }
        let actors = [galaba(), taraz(), karaganda(), shymkent(), second_clinician(), dushanbe()];
        let command = self.command(what, which);
        let actor = self.actor(who, &command, &actors);
        let directory = directory();
        self.next_id += 1;
        let context = Context {
            now: self.now,
            today: self.today(),
            occurred_at: OccurredAt::at(self.now, &TimeZone::UTC),
            actor: actor.clone(),
            new_id: Uuid::from_u128(self.next_id),
            directory: &directory,
            places: places(),
            age_years: Some(30),
            revision: 0,
            person_revision: Some(1),
        };
        let Ok(events) = self.case.decide(&command, &context) else { return };
        if events.is_empty() {
            return;
        }
        let announced = self.case.all_commands(&actor);
        assert!(announced.contains(&command.name()), "{} was not announced: {announced:?}", command.name());
        *self.accepted.entry(command.name()).or_default() += 1;
        self.record(&actor, events);
    }

    /// Three times of four somebody who may give the command, else anybody.
    fn actor(&self, who: u8, command: &CaseCommand, actors: &[Actor]) -> Actor {
        let turn = usize::from(who) % actors.len();
        let mut in_turn = actors.iter().cycle().skip(turn).take(actors.len());
        let able = |actor: &&Actor| self.case.all_commands(actor).contains(&command.name());
        let fitting = if who.is_multiple_of(4) { None } else { in_turn.find(able) };
        fitting.unwrap_or(&actors[turn]).clone()
    }

    fn record(&mut self, actor: &Actor, events: Vec<CaseEvent>) {
        let ended: BTreeMap<_, _> = self.ended_handoffs();
        for event in events {
            let fact = crate::decider::Fact {
                event,
                occurred_at: OccurredAt::at(self.now, &TimeZone::UTC),
                recorded_at: self.now,
                actor: actor.clone(),
            };
            let before = self.case.handoffs.clone();
            self.case = std::mem::take(&mut self.case).evolve(&fact);
            let told = crate::notice::told(&fact, &self.case);
            assert_eq!(crate::notice::tests::untold(&before, &fact, &self.case, &told), [], "{fact:?}");
        }
        assert_eq!(self.case.broken_invariant(), None);
        for (id, (state, programmes)) in ended {
            let handoff = &self.case.handoffs.all[&id];
            let reopened = matches!(state, HandoffState::Expired | HandoffState::NotArrived);
            assert!(reopened || handoff.state == state, "{id} went from {state:?} to {:?}", handoff.state);
            assert_eq!(handoff.programmes, programmes, "an ended handoff keeps its programmes");
        }
    }

    /// The handoffs that have come to an end, which nothing may change any more but the exceptions of the table.
    fn ended_handoffs(&self) -> BTreeMap<HandoffId, (HandoffState, BTreeSet<Programme>)> {
        let open = |state: HandoffState| state.live() || state == HandoffState::Arrived;
        let ended = self.case.handoffs.all.iter().filter(|(_, handoff)| !open(handoff.state));
        ended.map(|(id, handoff)| (*id, (handoff.state, handoff.programmes.clone()))).collect()
    }

    fn handoff(&self, which: u8) -> HandoffId {
        let known: Vec<_> = self.case.handoffs.all.keys().copied().collect();
        if known.is_empty() { HANDOFF } else { known[usize::from(which) % known.len()] }
    }

    /// The command that the dice name, on the thing that the dice name.
    fn command(&self, what: u8, which: u8) -> CaseCommand {
        let (today, id) = (self.today(), self.handoff(which));
        let of = |command: CaseCommand| on_handoff(command, id);
        let organisations =
            ["ngo-galaba", "ngo-kz-taraz", "ngo-kz-karaganda", "tb-shymkent", "tj-national-tb-centre"];
        let to = organisations[usize::from(which) % organisations.len()];
        match what % 30 {
            0..=2 => open_case(),
            3 => self.share(if which.is_multiple_of(2) { Country::KZ } else { Country::TJ }),
            4 | 5 => self.offer(to, which),
            6 => of(acknowledge()),
            7 | 8 => of(accept()),
            9 => of(decline()),
            10 => of(withdraw()),
            11 => of(rescind()),
            12 => of(stay()),
            13..=15 => Self::arrive(id, today),
            16 => of(miss()),
            17 => CaseCommand::ClaimPatient(
                id,
                super::handoff::claim::ClaimPatient {
                    on: today,
                    basis: event::ClaimBasis::PersonMatched,
                    code: None,
                },
            ),
            18 => of(confirm_claim()),
            19 => collect(today),
            20 => diagnose(
                super::diagnosis::Site::Pulmonary,
                super::diagnosis::Confirmation::ClinicallyDiagnosed,
                super::diagnosis::TreatmentHistory::New,
            ),
            21 => refer("tb-shymkent"),
            22 => started_today(start("2HRZE/4HR"), today),
            23 => doses(today, today),
            24 => CaseCommand::SupplyMedicine(super::treatment::SupplyMedicine { on: today, days: 30 }),
            25 => {
                report(if which.is_multiple_of(2) { Outcome::Failed } else { Outcome::LostToFollowUp }, today)
            }
            26 => confirm(),
            27 if which.is_multiple_of(16) => die(today),
            28 if which.is_multiple_of(4) => close(),
            29 => reopen(),
            _ => note("on the road"),
        }
    }

    fn share(&self, country: Country) -> CaseCommand {
        use consent::DataClass::{Contact, Identity, Support, Tb};
        CaseCommand::RecordConsent(consent::RecordConsent {
            given: true,
            purpose: consent::Purpose::ContinuityOfCare,
            recipients: vec![consent::Recipient::Country(country)],
            data_classes: BTreeSet::from([Contact, Identity, Support, Tb]),
            valid_from: self.today(),
            valid_until: None,
            form_version: "care-2026-01".into(),
        })
    }

    fn offer(&self, to: &str, which: u8) -> CaseCommand {
        let both = BTreeSet::from([Programme::Support, Programme::Tb]);
        let held = self.case.responsibility.open().map(|(programme, _)| programme).collect();
        CaseCommand::OfferHandoff(offer::OfferHandoff {
            to: Some(organisation(to)),
            external: None,
            programmes: if which.is_multiple_of(3) { both } else { held },
            urgency: Urgency::Routine,
            expires_in_hours: Some(u16::from(which % 100) + 1),
            expected_arrival: Some(self.today() + Span::new().days(2)),
            previous: None,
            consent_override: None,
        })
    }

    fn arrive(id: HandoffId, on: Date) -> CaseCommand {
        let identity_check = event::IdentityCheck::Document;
        CaseCommand::ArrivePatient(id, super::handoff::arrival::ArrivePatient { on, identity_check })
    }
}

/// The same start, today.
fn started_today(command: CaseCommand, today: Date) -> CaseCommand {
    match command {
        CaseCommand::StartTreatment(mut body) => {
            body.started_on = today;
            CaseCommand::StartTreatment(body)
        }
        other => other,
    }
}

/// The same step on another handoff.
fn on_handoff(command: CaseCommand, id: HandoffId) -> CaseCommand {
    match command {
        CaseCommand::AcknowledgeHandoff(_, body) => CaseCommand::AcknowledgeHandoff(id, body),
        CaseCommand::AcceptHandoff(_, body) => CaseCommand::AcceptHandoff(id, body),
        CaseCommand::DeclineHandoff(_, body) => CaseCommand::DeclineHandoff(id, body),
        CaseCommand::WithdrawHandoff(_, body) => CaseCommand::WithdrawHandoff(id, body),
        CaseCommand::RescindAcceptance(_, body) => CaseCommand::RescindAcceptance(id, body),
        CaseCommand::RecordDidNotTravel(_, body) => CaseCommand::RecordDidNotTravel(id, body),
        CaseCommand::RecordNotArrived(_, body) => CaseCommand::RecordNotArrived(id, body),
        CaseCommand::ConfirmClaim(_, body) => CaseCommand::ConfirmClaim(id, body),
        other => other,
    }
}

fn throws() -> impl Strategy<Value = Vec<Throw>> {
    vec((any::<u8>(), any::<u8>(), any::<u8>(), 0u8..16), 1..80)
}

/// Most lives begin with a case that may be shared in both countries; the rest is chance.
fn begun(throws: Vec<Throw>) -> Vec<Throw> {
    let opening: [Throw; 3] = [(0, 0, 0, 0), (0, 3, 0, 0), (0, 3, 1, 0)];
    let usual = throws.first().is_some_and(|(who, ..)| !who.is_multiple_of(8));
    opening.into_iter().filter(|_| usual).chain(throws).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_is_tried_no_invariant_breaks(throws in throws()) {
        let mut life = Life::begin();
        for throw in begun(throws) {
            life.throw(throw);
        }
    }
}

/// The dice must reach the rules: a generator that only ever bounced off would prove nothing.
#[test]
fn random_lives_reach_every_part_of_the_handoff() {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut accepted: BTreeMap<&'static str, u32> = BTreeMap::new();
    for _ in 0..1_500 {
        let mut life = Life::begin();
        for throw in begun(throws().new_tree(&mut runner).expect("throws are made").current()) {
            life.throw(throw);
        }
        for (name, count) in life.accepted {
            *accepted.entry(name).or_default() += count;
        }
    }
    let needed = [
        "offer_handoff",
        "accept_handoff",
        "decline_handoff",
        "withdraw_handoff",
        "arrive_patient",
        "record_not_arrived",
        "claim_patient",
        "confirm_claim",
        "diagnose",
        "start_treatment",
        "report_outcome",
        "confirm_outcome",
        "record_death",
        "close_case",
        "reopen_case",
    ];
    let missed: Vec<_> = needed.iter().filter(|name| !accepted.contains_key(**name)).collect();
    assert!(missed.is_empty(), "never accepted: {missed:?}; accepted: {accepted:?}");
}
