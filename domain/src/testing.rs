//! Given-when-then for cases: a history, a command, and what must come of it.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    actor::Actor,
    case::{Case, CaseCommand, CaseEvent, CaseRefusal, fixtures},
    decider::{Context, Decider, Fact},
    directory::Directory,
    person::Birth,
    refusal::Refusal as _,
    time::OccurredAt,
};

/// The circumstances of a decision at noon of the day on which all tests play.
pub(crate) fn context<'a>(actor: &Actor, directory: &'a Directory) -> Context<'a> {
    let now = fixtures::NOON;
    Context {
        now,
        today: fixtures::TODAY,
        occurred_at: OccurredAt::at(now, &TimeZone::UTC),
        actor: actor.clone(),
        new_id: fixtures::NEW_ID,
        directory,
        places: fixtures::places(),
        birth: Some(born(35)),
        revision: 7,
        person_revision: Some(1),
    }
}

/// A case with this history, as far as the rules can tell.
pub(crate) fn given(history: &[CaseEvent]) -> Given {
    Given {
        facts: history.iter().cloned().map(recorded).collect(),
        birth: Some(born(35)),
        now: fixtures::NOON,
        ago: 0,
    }
}

/// Born that many years before the day on which all tests play.
fn born(years: u8) -> Birth {
    Birth::Day { date: fixtures::TODAY.saturating_sub(jiff::Span::new().years(years)) }
}

fn recorded(event: CaseEvent) -> Fact<CaseEvent> {
    Fact {
        event,
        occurred_at: OccurredAt::at(fixtures::NOON, &TimeZone::UTC),
        recorded_at: fixtures::NOON,
        actor: fixtures::galaba(),
    }
}

pub(crate) struct Given {
    facts: Vec<Fact<CaseEvent>>,
    birth: Option<Birth>,
    now: Timestamp,
    ago: i64,
}

impl Given {
    /// A history whose facts were taken in at these moments.
    pub(crate) fn recorded_at(history: impl IntoIterator<Item = (CaseEvent, Timestamp)>) -> Self {
        let facts = history.into_iter().map(|(event, recorded_at)| Fact { recorded_at, ..recorded(event) });
        Self { facts: facts.collect(), ..given(&[]) }
    }

    /// A history that one worker recorded.
    pub(crate) fn recorded_by(history: Vec<CaseEvent>, actor: &Actor) -> Self {
        let facts = history.into_iter().map(|event| Fact { actor: actor.clone(), ..recorded(event) });
        Self { facts: facts.collect(), ..given(&[]) }
    }

    /// The patient's age.
    pub(crate) fn aged(mut self, years: u8) -> Self {
        self.birth = Some(born(years));
        self
    }

    /// The patient's day of birth.
    pub(crate) fn born_on(mut self, date: jiff::civil::Date) -> Self {
        self.birth = Some(Birth::Day { date });
        self
    }

    /// Nobody knows when the patient was born.
    pub(crate) fn of_unknown_age(mut self) -> Self {
        self.birth = None;
        self
    }

    /// Hours after noon at which the command is given.
    pub(crate) fn hours_later(mut self, hours: i64) -> Self {
        self.now += jiff::SignedDuration::from_hours(hours);
        self
    }

    /// Hours before the command at which it happened.
    pub(crate) fn that_happened_hours_ago(mut self, hours: i64) -> Self {
        self.ago = hours;
        self
    }

    pub(crate) fn state(&self) -> Case {
        Case::replay(&self.facts)
    }

    pub(crate) fn when(self, command: CaseCommand) -> When {
        When { given: self, command }
    }
}

pub(crate) struct When {
    given: Given,
    command: CaseCommand,
}

impl When {
    /// The worker who gives the command. An accepted command must have been announced as allowed.
    pub(crate) fn as_(self, actor: &Actor) -> Then {
        let directory = fixtures::directory();
        let case = self.given.state();
        let happened = self.given.now - jiff::SignedDuration::from_hours(self.given.ago);
        let context = Context {
            now: self.given.now,
            today: self.given.now.to_zoned(TimeZone::UTC).date(),
            occurred_at: OccurredAt::at(happened, &TimeZone::UTC),
            birth: self.given.birth,
            ..context(actor, &directory)
        };
        let result = case.decide(&self.command, &context);
        if result.as_ref().is_ok_and(|events| !events.is_empty()) {
            let allowed = case.all_commands(actor);
            assert!(allowed.contains(&self.command.name()), "{} not in {allowed:?}", self.command.name());
        }
        Then { result }
    }
}

pub(crate) struct Then {
    result: Result<Vec<CaseEvent>, CaseRefusal>,
}

impl Then {
    /// What was decided.
    #[track_caller]
    pub(crate) fn events(self) -> Vec<CaseEvent> {
        self.result.expect("the command is taken")
    }

    #[track_caller]
    pub(crate) fn then(self, expected: &[CaseEvent]) {
        assert_eq!(self.result, Ok(expected.to_vec()));
    }

    /// Leaves the packets out, which have tests of their own.
    pub(crate) fn without_packets(mut self) -> Self {
        for event in self.result.iter_mut().flatten() {
            if let CaseEvent::HandoffOffered(offered) = event {
                offered.packet = None;
            }
        }
        self
    }

    #[track_caller]
    pub(crate) fn nothing(self) {
        self.then(&[]);
    }

    #[track_caller]
    pub(crate) fn accepted(self) {
        assert!(self.result.is_ok(), "{:?}", self.result);
    }

    #[track_caller]
    pub(crate) fn refused(self, code: &str) {
        assert_eq!(self.code(), Some(code));
    }

    pub(crate) fn refusal(self) -> Option<CaseRefusal> {
        self.result.err()
    }

    pub(crate) fn code(self) -> Option<&'static str> {
        self.result.err().map(|refusal| refusal.code())
    }
}
