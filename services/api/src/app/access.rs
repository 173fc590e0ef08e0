//! The access log of a node: nothing of a patient is shown before it is written down here.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, civil::Date};
use opentelemetry::{KeyValue, global};
use safar_domain::{
    access::{AccessEvent, Alert, AlertKind, Reading, watch::Watch},
    actor::Actor,
    decider::Fact,
    ids::CaseId,
    policy::Action,
    stored::Metadata,
    time::Precision,
};
use safar_event_store::{
    Append, CommandKey, EventStore, Position, RecordedEvent, Revision, StoreError, StreamId, StreamWrite,
};
use safar_projections::{Accesses, ProjectionError, recorded};
use tokio::sync::watch;
use uuid::Uuid;

use super::{App, Caller, Request, alarm, model_problem, store_problem, zone};
use crate::{
    config::DailyRecords,
    ids::Ids,
    problem::{Problem, catalogue},
};

/// Events of one page of the access log.
const PAGE: u32 = 500;
/// A reader is not kept longer than this by an access log that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A wake-up that gets lost delays by no more than this.
const IDLE: Duration = Duration::from_secs(5);
/// Between two tries to read an access log that does not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// No day is longer anywhere.
const LONGEST_DAY: SignedDuration = SignedDuration::from_hours(26);

/// The access log with what a node remembers of it; cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    /// The log itself, with a ledger of its own.
    pub log: EventStore,
    index: Accesses,
    watch: Arc<Mutex<Watch>>,
    budgets: DailyRecords,
}

impl Access {
    /// Brings the index up to the log and remembers what is watched and what was opened within the last day.
    pub async fn open(
        log: EventStore,
        index: Accesses,
        budgets: DailyRecords,
        now: Timestamp,
    ) -> Result<Self, ProjectionError> {
        let access = Self { log, index, watch: Arc::default(), budgets };
        while access.step(false).await? {}
        for at in access.index.watched().await? {
            access.remember(&facts(&access.at(at).await?)?);
        }
        let mut from = access.recorded_before(now - LONGEST_DAY).await?;
        while from < access.index.position() {
            let page = access.log.read_all(from, PAGE).await?;
            let Some(last) = page.last() else { break };
            from = last.position;
            access.remember(&facts(&page)?);
        }
        Ok(access)
    }

    /// Keeps the index and the memory up with the log until told to stop. Whatever goes wrong is tried again: readers are
    /// written down all the same.
    pub async fn follow(self, mut stop: watch::Receiver<bool>) {
        let mut damaged = false;
        while !*stop.borrow() {
            let stepped = self.step(true).await;
            let found = matches!(&stepped, Err(ProjectionError::Store(error)) if error.is_damage());
            if found && !damaged {
                alarm();
            }
            damaged = found;
            let paused = async {
                match stepped {
                    Ok(true) => (),
                    Ok(false) => drop(self.log.wait_for(self.index.position().next(), IDLE).await),
                    Err(error) => {
                        tracing::error!(%error, "the index of the access log does not move");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                () = paused => (),
            }
        }
    }

    /// Waits until the index and the memory hold everything that the access log holds now.
    pub async fn caught_up(&self, patience: Duration) -> Result<(), Problem> {
        let head = self.log.head().await.map_err(|error| unavailable(&error))?;
        if self.index.wait_for(head, patience).await < head {
            return Err(Problem::of(catalogue::POSITION_NOT_REACHED).retry_after(1));
        }
        Ok(())
    }

    /// Readings of these records, the latest first, each with its place in the access log.
    pub async fn of(
        &self,
        records: &[Uuid],
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, Problem> {
        let found = self.index.of(records, before, limit).await;
        self.events(found.map_err(|error| model_problem(&error))?).await
    }

    /// Alerts, the latest first, each with its place in the access log.
    pub async fn alerts(&self, before: Option<Position>, limit: u32) -> Result<Vec<RecordedEvent>, Problem> {
        let found = self.index.alerts(before, limit).await;
        self.events(found.map_err(|error| model_problem(&error))?).await
    }

    /// How many events the index is behind.
    pub async fn lag(&self) -> Result<u64, StoreError> {
        Ok(self.log.head().await?.get().saturating_sub(self.index.position().get()))
    }

    /// Lets go of the log and of the index.
    pub async fn close(&self) {
        self.log.close().await;
        self.index.close().await;
    }

    async fn events(&self, positions: Vec<Position>) -> Result<Vec<RecordedEvent>, Problem> {
        let mut events = Vec::with_capacity(positions.len());
        for position in positions {
            events.extend(self.at(position).await.map_err(|error| store_problem(&error))?);
        }
        Ok(events)
    }

    async fn at(&self, position: Position) -> Result<Vec<RecordedEvent>, StoreError> {
        self.log.read_all(position.get().saturating_sub(1).into(), 1).await
    }

    /// Takes the next page into the index; whether there was one.
    async fn step(&self, remember: bool) -> Result<bool, ProjectionError> {
        let page = self.log.read_all(self.index.position(), PAGE).await?;
        let tell = |told: &[Fact<AccessEvent>]| {
            if remember {
                self.remember(told);
            }
        };
        self.index.apply(&page, tell).await?;
        Ok(!page.is_empty())
    }

    fn remember(&self, facts: &[Fact<AccessEvent>]) {
        let mut watch = self.watch();
        for fact in facts {
            watch.take(fact, day_of(&fact.actor, fact.occurred_at.instant));
        }
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last position recorded before a moment, found by halving: time never decreases along the log.
    async fn recorded_before(&self, moment: Timestamp) -> Result<Position, StoreError> {
        let (mut before, mut after) = (0, self.log.head().await?.get() + 1);
        while after - before > 1 {
            let middle = before.midpoint(after);
            let event = self.at(middle.into()).await?;
            let earlier = event.first().is_some_and(|event| event.recorded_at < moment);
            (before, after) = if earlier { (middle, after) } else { (before, middle) };
        }
        Ok(before.into())
    }
}

impl App {
    /// The same application on the access log: what is decided about readings is recorded there.
    #[must_use]
    pub fn on_access_log(&self) -> Self {
        Self { store: self.access.log.clone(), ..self.clone() }
    }

    /// Waits until this node knows everything that the access log holds now.
    pub async fn access_caught_up(&self) -> Result<(), Problem> {
        self.access.caught_up(self.read_wait).await
    }

    /// Writes down what is about to be shown; only then may it leave. Refuses what is more than a day's work needs.
    pub async fn disclose(&self, caller: &Caller, request: Uuid, reading: Reading) -> Result<(), Problem> {
        if !reading.tells() {
            return Ok(());
        }
        self.admit(caller, request, (&reading, &reading)).await?;
        self.note(caller, (request, self.ids.mint()), ("reading", AccessEvent::Read(reading))).await
    }

    /// Counts and watches a reading of a case that is written down elsewhere. The access log hears of an alarm alone, never
    /// of which case; and the alarm is given before anybody has looked whether there is something to read.
    pub async fn disclose_elsewhere(
        &self,
        caller: &Caller,
        request: Uuid,
        case: CaseId,
    ) -> Result<(), Problem> {
        let told = Reading::opened_in_list(Action::ReadCase);
        self.admit(caller, request, (&told.clone().cases([case]), &told)).await
    }

    /// Refuses a reading that is more than a day's work needs, and gives the alarm where there is reason to; alerts tell no
    /// more than `told`.
    async fn admit(
        &self,
        caller: &Caller,
        request: Uuid,
        (reading, told): (&Reading, &Reading),
    ) -> Result<(), Problem> {
        let now = self.clock.now();
        let (today, most) = (caller.date_of(now), self.access.budgets.of(caller.actor.role));
        let opened = self.access.watch().open(&caller.actor, reading, (today, most));
        if let Err(exceeded) = opened {
            if exceeded.first {
                self.alarm(caller, request, Alert::of(AlertKind::BudgetExceeded, told)).await?;
                self.access.watch().alerted(&caller.actor, today);
            }
            let seconds = until_tomorrow(&caller.actor, now, today);
            return Err(Problem::of(catalogue::READING_BUDGET_EXCEEDED).retry_after(seconds));
        }
        if self.access.watch().is_watched(reading) {
            // Of the many that leave at once only those are named that nobody should open.
            let told = if reading.counts() { told.clone() } else { self.access.watch().watched(told) };
            self.alarm(caller, request, Alert::of(AlertKind::CanaryOpened, &told)).await?;
        }
        Ok(())
    }

    /// Writes an alert down and raises it.
    async fn alarm(&self, caller: &Caller, request: Uuid, alert: Alert) -> Result<(), Problem> {
        raise(alert.kind);
        self.note(caller, (request, self.ids.mint()), ("alert", AccessEvent::Alerted(alert))).await
    }

    /// Raises that somebody has opened a case in an emergency, once for each, however often the command is sent.
    pub async fn alarm_of_emergency(
        &self,
        caller: &Caller,
        request: &Request,
        case: CaseId,
    ) -> Result<(), Problem> {
        let opened = Reading::opened_in_list(Action::OpenEmergency).cases([case]);
        let alert = Alert::of(AlertKind::EmergencyOpened, &opened);
        let key = Ids::derive(caller.actor.worker.as_str(), request.key, "alert");
        raise(alert.kind);
        self.note(caller, (request.correlation_id, key), ("alert", AccessEvent::Alerted(alert))).await
    }

    /// Appends one fact to the access log, in a stream of its own, so that no reader waits for another.
    async fn note(
        &self,
        caller: &Caller,
        (request, key): (Uuid, Uuid),
        (category, event): (&str, AccessEvent),
    ) -> Result<(), Problem> {
        let metadata = Metadata {
            actor: caller.actor.clone(),
            precision: Precision::Instant,
            offset_seconds: 0,
            correlation_id: request,
            causation_id: key,
        };
        let events = self.encode(&[event], &metadata, self.clock.now())?;
        let write = StreamWrite { stream: StreamId::new(category, key), expected: Revision::ABSENT, events };
        let command = CommandKey { actor: caller.actor.worker.to_string(), id: key };
        let append = Append { command, fingerprint: [0; 32], writes: vec![write] };
        match tokio::time::timeout(PATIENCE, self.access.log.append(append)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(unavailable(&error)),
            Err(elapsed) => Err(unavailable(&elapsed)),
        }
    }
}

/// Tells those who keep watch over the machine, without a word of whom it is about.
fn raise(kind: AlertKind) {
    let kind = kind.code();
    tracing::error!(alert = kind, "a reading has given the alarm; the auditors see whose");
    let alerts = global::meter("safar").u64_counter("safar.access.alerts").build();
    alerts.add(1, &[KeyValue::new("kind", kind)]);
}

fn facts(events: &[RecordedEvent]) -> Result<Vec<Fact<AccessEvent>>, ProjectionError> {
    let fact = |event: &RecordedEvent| {
        recorded::decode(event)
            .map_err(|error| ProjectionError::Poison { position: event.position, reason: error.into() })
    };
    events.iter().map(fact).collect()
}

fn day_of(actor: &Actor, moment: Timestamp) -> Date {
    moment.to_zoned(zone::of(actor.country)).date()
}

fn until_tomorrow(actor: &Actor, now: Timestamp, today: Date) -> u32 {
    let tomorrow = today.tomorrow().unwrap_or(today).to_zoned(zone::of(actor.country));
    let left = tomorrow.map_or(0, |tomorrow| tomorrow.timestamp().duration_since(now).as_secs());
    u32::try_from(left).unwrap_or_default() + 1
}

/// What a reader is told while the access log cannot be written.
fn unavailable(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "the access log cannot be written, and nothing of a patient is shown");
    Problem::of(catalogue::ACCESS_LOG_UNAVAILABLE).retry_after(2)
}
