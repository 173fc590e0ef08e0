use uuid::Uuid;

use super::*;
use crate::{
    case::{Case, consent::DataClass, fixtures::*, programme::Programme, reading::Opened},
    free_text::FreeText,
    refusal::Refusal as _,
    testing::{context, given},
};

const WHY: &str = "The register asks for the figures of the half-year.";
const LIMITS: ExportLimits = ExportLimits { cases: 100, cases_per_month: 150 };

fn id(number: u128) -> ExportId {
    ExportId(Uuid::from_u128(number))
}

fn asked() -> RequestExport {
    RequestExport {
        purpose: ExportPurpose::RegisterReconciliation,
        reason: FreeText::from(WHY),
        format: ExportFormat::Csv,
        classes: [DataClass::Tb].into(),
        selection: ExportSelection::default(),
    }
}

fn of_cases(cases: u32) -> ExportCommand {
    ExportCommand::Request(asked(), cases, LIMITS)
}

fn refuse(number: u128) -> ExportCommand {
    ExportCommand::Refuse(id(number), RefuseExport { reason: ExportRefusalReason::TooMuch })
}

fn fetch(number: u128, cases: u32) -> ExportCommand {
    ExportCommand::Fetch(id(number), cases, LIMITS)
}

/// A clinician of the house of the one who asks.
fn colleague() -> Actor {
    second_clinician()
}

fn auditor(of: &Actor) -> Actor {
    Actor {
        worker: "au-1".parse().unwrap(),
        organisation: organisation("iom"),
        role: Role::Auditor,
        ..of.clone()
    }
}

fn after(hours: i64) -> Timestamp {
    NOON + SignedDuration::from_hours(hours)
}

/// A worker's exports, step by step.
#[derive(Clone, Default)]
struct Story(Exports);

impl Story {
    fn try_step(
        &self,
        command: &ExportCommand,
        (by, at, new): (&Actor, Timestamp, u128),
    ) -> Result<Self, &'static str> {
        let directory = directory();
        let context = Context { now: at, new_id: Uuid::from_u128(new), ..context(by, &directory) };
        let decided = self.0.decide(command, &context).map_err(|refusal| refusal.code())?;
        let facts: Vec<_> = decided.into_iter().map(|event| context.fact(event)).collect();
        Ok(Self(facts.iter().fold(self.0.clone(), Exports::evolve)))
    }

    /// Asked for by the clinician of Shymkent; the number is the export's id.
    fn requested(&self, number: u128, cases: u32, at: Timestamp) -> Result<Self, &'static str> {
        self.try_step(&of_cases(cases), (&shymkent(), at, number))
    }

    fn approved(&self, number: u128, at: Timestamp) -> Result<Self, &'static str> {
        self.try_step(&ExportCommand::Approve(id(number)), (&colleague(), at, 0))
    }

    fn fetched(&self, number: u128, cases: u32, at: Timestamp) -> Result<Self, &'static str> {
        self.try_step(&fetch(number, cases), (&shymkent(), at, 0))
    }

    fn state(&self, at: Timestamp) -> ExportState {
        self.0.get(id(1)).unwrap().state(at)
    }
}

/// The first export in each of its states, at this moment.
fn in_each_state(now: Timestamp) -> Vec<(ExportState, Story)> {
    let requested = Story::default().requested(1, 10, now).unwrap();
    let approved = requested.approved(1, now).unwrap();
    let refused = requested.try_step(&refuse(1), (&colleague(), now, 0)).unwrap();
    let fetched = approved.fetched(1, 10, now).unwrap();
    let old = now - AGREED_WITHIN;
    let lapsed = Story::default().requested(1, 10, old).unwrap();
    let stories = [requested, approved, refused, fetched, lapsed];
    ExportState::ALL
        .into_iter()
        .zip(stories)
        .inspect(|(state, story)| assert_eq!(story.state(now), *state))
        .collect()
}

#[test]
fn every_step_in_every_state_by_everybody_is_taken_or_refused_with_its_code() {
    let [own, colleague, stranger] = [shymkent(), colleague(), taraz()];
    let [near, far] = [auditor(&shymkent()), auditor(&galaba())];
    let who = [&own, &colleague, &near, &far, &stranger];
    let approve = ExportCommand::Approve(id(1));
    let own_step = ("second_person_needed", "", "export_of_another_country", "not_found");
    // For each command and state: what the asker, who may be the second, an auditor of another country, and a stranger hear.
    let said = |name: &str, state: ExportState| {
        let ended = match state {
            ExportState::Requested | ExportState::Approved => "",
            ExportState::Refused if name == "refuse" => "",
            ExportState::Refused => "export_refused",
            ExportState::Fetched => "export_fetched",
            ExportState::Lapsed => "export_lapsed",
        };
        match name {
            "approve" => [own_step.0, ended, ended, own_step.2, own_step.3],
            "refuse" => [ended, ended, ended, own_step.2, own_step.3],
            _ if state == ExportState::Requested => {
                ["export_not_approved", "not_found", "not_found", "not_found", "not_found"]
            }
            _ => [ended, "not_found", "not_found", "not_found", "not_found"],
        }
    };
    let commands = [("approve", approve), ("refuse", refuse(1)), ("fetch", fetch(1, 10))];
    for (state, story) in in_each_state(NOON) {
        for (name, command) in &commands {
            for (actor, expected) in who.into_iter().zip(said(name, state)) {
                let heard = story.try_step(command, (actor, NOON, 0)).err().unwrap_or_default();
                assert_eq!(heard, expected, "{name} in {state:?} by {}", actor.worker);
                let announced = story.0.get(id(1)).unwrap().commands(actor, NOON);
                let fresh = story.try_step(command, (actor, NOON, 0)).is_ok_and(|after| after.0 != story.0);
                assert_eq!(
                    announced.contains(&format!("{name}_export").as_str()),
                    fresh,
                    "{name} in {state:?}"
                );
            }
        }
    }
}

#[test]
fn nobody_agrees_to_their_own_export_in_whatever_role() {
    let story = Story::default().requested(1, 10, NOON).unwrap();
    let turned_auditor = Actor { role: Role::Auditor, ..shymkent() };
    for actor in [shymkent(), turned_auditor.clone()] {
        let approve = story.try_step(&ExportCommand::Approve(id(1)), (&actor, NOON, 0));
        assert_eq!(approve.err(), Some("second_person_needed"));
    }
    let approved = story.approved(1, NOON).unwrap();
    assert_eq!(approved.try_step(&fetch(1, 10), (&turned_auditor, NOON, 0)).err(), Some("not_found"));
    let moved = Actor { organisation: organisation("ngo-kz-taraz"), ..shymkent() };
    assert_eq!(approved.try_step(&fetch(1, 10), (&moved, NOON, 0)).err(), Some("not_found"));
}

#[test]
fn an_export_waits_a_week_for_the_second_person_and_a_day_for_the_fetch() {
    let story = Story::default().requested(1, 10, NOON).unwrap();
    let (week, second) = (after(7 * 24), SignedDuration::from_secs(1));
    assert_eq!(
        (story.state(week - second), story.state(week)),
        (ExportState::Requested, ExportState::Lapsed)
    );
    assert_eq!(story.approved(1, week).err(), Some("export_lapsed"));
    let late = story.approved(1, week - second).unwrap();
    let day = week - second + FETCHED_WITHIN;
    assert!(late.fetched(1, 10, day - second).is_ok());
    assert_eq!(late.fetched(1, 10, day).err(), Some("export_lapsed"));
    assert_eq!(late.state(day), ExportState::Lapsed);
}

#[test]
fn it_leaves_once_and_can_be_taken_back_before() {
    let approved = Story::default().requested(1, 10, NOON).unwrap().approved(1, NOON).unwrap();
    let fetched = approved.fetched(1, 10, NOON).unwrap();
    assert_eq!(fetched.fetched(1, 10, NOON).err(), Some("export_fetched"));
    assert_eq!(fetched.try_step(&refuse(1), (&shymkent(), NOON, 0)).err(), Some("export_fetched"));
    let back = approved.try_step(&refuse(1), (&shymkent(), NOON, 0)).unwrap();
    assert_eq!(back.fetched(1, 10, NOON).err(), Some("export_refused"));
    let again = back.try_step(&refuse(1), (&colleague(), NOON, 0)).unwrap();
    assert_eq!(again.0, back.0, "once is enough");
}

#[test]
fn one_export_has_so_many_cases_and_a_month_so_many_more() {
    let none = Story::default();
    assert_eq!(none.requested(1, 0, NOON).err(), Some("export_empty"));
    assert_eq!(none.requested(1, 101, NOON).err(), Some("export_too_large"));
    let approved = none.requested(1, 100, NOON).unwrap().approved(1, NOON).unwrap();
    assert_eq!(approved.fetched(1, 101, NOON).err(), Some("export_too_large"), "more have come since");
    let few = none.requested(1, 3, NOON).unwrap().approved(1, NOON).unwrap();
    assert_eq!(few.fetched(1, 4, NOON).err(), Some("export_grown"), "two agreed on three");
    assert!(few.fetched(1, 2, NOON).is_ok());
    let fetched = approved.fetched(1, 100, NOON).unwrap();
    assert_eq!(fetched.0.left(150, NOON), 50);
    assert_eq!(fetched.requested(2, 51, NOON).err(), Some("export_budget_exceeded"));
    let second = fetched.requested(2, 50, NOON).unwrap().approved(2, NOON).unwrap();
    assert_eq!(second.fetched(2, 51, NOON).err(), Some("export_budget_exceeded"));
    let second = second.fetched(2, 50, NOON).unwrap();
    let month = after(30 * 24);
    assert_eq!(
        second.requested(3, 1, month - SignedDuration::from_secs(1)).err(),
        Some("export_budget_exceeded")
    );
    assert!(second.requested(3, 100, month).is_ok());
}

#[test]
fn who_has_one_that_waits_asks_for_no_other() {
    let now = NOON;
    for (state, story) in in_each_state(now) {
        let waits = matches!(state, ExportState::Requested | ExportState::Approved);
        assert_eq!(story.requested(2, 10, now).err(), waits.then_some("export_pending"), "{state:?}");
    }
}

#[test]
fn a_request_says_what_for_and_which_data() {
    let say = |change: fn(&mut RequestExport)| {
        let mut body = asked();
        change(&mut body);
        Story::default().try_step(&ExportCommand::Request(body, 10, LIMITS), (&shymkent(), NOON, 1)).err()
    };
    assert_eq!(say(|body| body.reason = FreeText::from("soon")), Some("export_reason_length"));
    assert_eq!(say(|body| body.reason = "no ".repeat(700).into()), Some("export_reason_length"));
    assert_eq!(say(|body| body.reason = "a".repeat(30).into()), Some("export_reason_says_nothing"));
    assert_eq!(say(|body| body.classes.clear()), Some("export_classes_missing"));
    let period = |body: &mut RequestExport| {
        body.selection.opened_from = Some(TODAY);
        body.selection.opened_until = TODAY.yesterday().ok();
    };
    assert_eq!(say(period), Some("export_period"));
    assert_eq!(say(|body| body.selection.opened_from = Some(TODAY)), None);
}

fn takes(case: &Case, selection: &ExportSelection, standing: Standing) -> bool {
    let opened = case.opened_to(&shymkent(), (NOON, TODAY));
    selection.takes(case, &opened, (standing, NOON))
}

#[test]
fn a_selection_takes_what_it_names() {
    let case = given(&registered_case()).state();
    let day = case.opening.as_ref().unwrap().opened_at.date();
    let takes = |change: &dyn Fn(&mut ExportSelection)| {
        let mut selection = ExportSelection::default();
        change(&mut selection);
        takes(&case, &selection, Standing::Responsible)
    };
    assert!(takes(&|_| ()) && takes(&|only| only.responsible = true));
    assert!(takes(&|only| only.programme = Some(Programme::Tb)));
    assert!(takes(&|only| only.closed = Some(false)) && !takes(&|only| only.closed = Some(true)));
    assert!(takes(&|only| only.opened_from = Some(day)) && takes(&|only| only.opened_until = Some(day)));
    assert!(!takes(&|only| only.opened_from = day.tomorrow().ok()));
    assert!(!takes(&|only| only.opened_until = day.yesterday().ok()));
    let selection = ExportSelection { responsible: true, ..ExportSelection::default() };
    assert!(!super::tests::takes(&case, &selection, Standing::Former));
    assert!(!super::tests::takes(&Case::default(), &ExportSelection::default(), Standing::Responsible));
}

#[test]
fn a_case_that_began_after_the_request_and_a_programme_that_is_not_shown_are_not_taken() {
    let case = given(&registered_case()).state();
    let began = case.opening.as_ref().unwrap().opened_at.instant;
    let opened: Opened = case.opened_to(&shymkent(), (NOON, TODAY));
    let all = ExportSelection::default();
    assert!(all.takes(&case, &opened, (Standing::Responsible, began)));
    let before = began - SignedDuration::from_secs(1);
    assert!(!all.takes(&case, &opened, (Standing::Responsible, before)));
    let tb = ExportSelection { programme: Some(Programme::Tb), ..ExportSelection::default() };
    assert!(tb.takes(&case, &opened, (Standing::Responsible, NOON)));
    assert!(!tb.takes(&case, &opened.only(&[DataClass::Support]), (Standing::Responsible, NOON)));
}

#[test]
fn any_event_on_any_state_is_taken_in() {
    let directory = directory();
    let context = context(&shymkent(), &directory);
    let asked =
        ExportEvent::Requested(Story::default().requested(1, 1, NOON).unwrap().0.all[0].asked.clone());
    let events = [
        asked,
        ExportEvent::Approved { export: id(1), at: NOON },
        ExportEvent::Refused { export: id(1), reason: ExportRefusalReason::NotNeeded },
        ExportEvent::Fetched { export: id(1), cases: 7, at: NOON },
        ExportEvent::Fetched { export: id(9), cases: 7, at: NOON },
    ];
    for (first, second) in events.iter().flat_map(|first| events.iter().map(move |second| (first, second))) {
        let facts = [&events[0], first, second].map(|event| context.fact(event.clone()));
        let state = Exports::replay(&facts);
        let fetched = facts
            .iter()
            .any(|fact| matches!(fact.event, ExportEvent::Fetched { export, .. } if export == id(1)));
        let found = state.get(id(1)).unwrap();
        assert_eq!(found.state(NOON) == ExportState::Fetched, fetched);
        assert_eq!(state.left(10, NOON) < 10, fetched);
    }
}
