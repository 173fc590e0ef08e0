//! The one way to carry out a command: load, bring up to date, check, decide, append; start over if someone was faster.
//!
//! A command that was done before answers as it did then: whenever the present state would refuse it, or has nothing
//! left to do, the log is asked whether this key has been seen. So the common path pays nothing for it, and a repeated
//! request never counts twice.

use std::fmt::Display;

use jiff::Timestamp;
use safar_domain::{
    actor::{Actor, Role},
    case::Case,
    decider::{Context, Decider as _},
    ids::{CaseId, Country},
    person::Birth,
    refusal::{Refusal, RefusalKind},
    stored::{self, Metadata},
    time::OccurredAt,
};
use safar_event_store::{
    Append, AppendError, CommandKey, FirstResult, NewEvent, Position, Revision, StreamId, StreamWrite,
};
use uuid::Uuid;

use super::{App, Caller, Loaded, Rulebook, places, rulebook::Due, store_problem};
use crate::{
    http::Fingerprint,
    ids::Ids,
    problem::{Problem, catalogue},
};

/// How often a command starts over when others append to the same stream.
const ATTEMPTS: u32 = 16;

/// The circumstances of one command.
#[derive(Debug, Clone)]
pub struct Request {
    /// Under which it counts once.
    pub key: Uuid,
    /// What was asked.
    pub fingerprint: Fingerprint,
    /// The request that everything of this conversation shares.
    pub correlation_id: Uuid,
    /// When the worker says it happened.
    pub occurred_at: OccurredAt,
    /// The revision on which the worker decided; `None` leaves the order to the log.
    pub expected: Option<u64>,
    /// When the patient was born, where the person record says so.
    pub birth: Option<Birth>,
    /// The revision of the person's record, where the command asks who the patient is.
    pub person_revision: Option<u64>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where in the log its last event is, or where the log was when there was nothing to do.
    pub position: Position,
    /// The stream's revision after it.
    pub revision: Revision,
    /// The names of the events it recorded.
    pub recorded: Vec<String>,
    /// The id of the thing it created, if it creates one.
    pub id: Uuid,
}

impl App {
    /// Carries out a command on one stream; `check` is asked for the caller's reach before anything is recorded, even of
    /// what time alone has brought about.
    pub async fn execute<D: Rulebook>(
        &self,
        id: &(impl Display + Sync),
        command: &D::Command,
        (caller, request): (&Caller, &Request),
        check: impl Fn(&D) -> Result<(), Problem> + Sync,
    ) -> Result<Outcome, Problem> {
        let stream = self.stream_of::<D>(id)?;
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let (loaded, seen) = self.up_to_date_for::<D>(&stream, now, &check).await??;
            let current = |expected: &u64| {
                loaded.state.current(*expected, loaded.revision.get()) || *expected == seen.get()
            };
            let context = Context { revision: loaded.revision.get(), ..context(caller, request, now) };
            if let Some(expected) = request.expected.filter(|expected| !current(expected)) {
                if let Some(first) = self.first_result::<D>(caller, request).await? {
                    return Ok(first);
                }
                return Err(self.overtaken(&stream, &loaded, (command, expected), &context).await?);
            }
            let decided = match loaded.state.decide(command, &context) {
                Ok(events) => events,
                Err(refusal) => {
                    let first = self.first_result::<D>(caller, request).await?;
                    return first.ok_or_else(|| refused(&refusal, &loaded.state.allowed(&caller.actor)));
                }
            };
            if decided.is_empty() {
                return self.nothing_left(&loaded, caller, request).await;
            }
            if let Some(outcome) = self.append(&stream, &loaded, decided, (caller, request)).await? {
                return Ok(outcome);
            }
            if turn.is_none() {
                turn = Some(self.turns.take(&stream).await);
            }
        }
        Err(Problem::of(catalogue::BUSY).retry_after(1))
    }

    /// What a command on a case brought when it was first given, for paths that ask something before they carry it out.
    pub async fn done_before(&self, caller: &Caller, request: &Request) -> Result<Option<Outcome>, Problem> {
        self.first_result::<Case>(caller, request).await
    }

    /// What is said of a command that was decided on another revision: the rule that forbids it by now, the step that
    /// somebody else was faster to take, or only that the state is no longer the same.
    async fn overtaken<D: Rulebook>(
        &self,
        stream: &StreamId,
        loaded: &Loaded<D>,
        (command, expected): (&D::Command, u64),
        context: &Context<'_>,
    ) -> Result<Problem, Problem> {
        let refusal = match loaded.state.decide(command, context) {
            Err(refusal) if refusal.kind() != RefusalKind::Invalid => Some(refusal),
            _ => {
                let before = self.folded::<D>(stream, Loaded::default(), Revision::from(expected)).await?;
                loaded.state.overtaken(command, &before.state)
            }
        };
        Ok(match refusal {
            Some(refusal) => refused(&refusal, &loaded.state.allowed(&context.actor)),
            None => Problem::of(catalogue::STALE_REVISION).with("revision", loaded.revision.get()),
        })
    }

    /// The state of a stream with everything recorded that is due by now, whoever asks.
    pub(super) async fn up_to_date<D: Rulebook>(
        &self,
        stream: &StreamId,
        now: Timestamp,
    ) -> Result<Loaded<D>, Problem> {
        Ok(self.up_to_date_for::<D>(stream, now, &|_| Ok(())).await??.0)
    }

    /// The same, and the revision that others could see before: a worker who decided on that one has not been overtaken by
    /// anybody but the clock. What `check` keeps from the caller is the inner error, and then nothing is recorded.
    async fn up_to_date_for<D: Rulebook>(
        &self,
        stream: &StreamId,
        now: Timestamp,
        check: &(impl Fn(&D) -> Result<(), Problem> + Sync),
    ) -> Result<Result<(Loaded<D>, Revision), Problem>, Problem> {
        let (mut seen, mut struck) = (Revision::ABSENT, 0);
        for _ in 0..ATTEMPTS {
            let loaded = self.load::<D>(stream).await?;
            if let Err(hidden) = check(&loaded.state) {
                return Ok(Err(hidden));
            }
            if loaded.revision != seen.plus(struck) {
                // The first look, or somebody else has recorded something meanwhile: that one has not been seen.
                (seen, struck) = (loaded.revision, 0);
            }
            let Some(due) = loaded.state.due(now).into_iter().next() else { return Ok(Ok((loaded, seen))) };
            struck += self.record_due::<D>(stream, loaded.revision, due, now).await?;
        }
        Err(Problem::of(catalogue::BUSY).retry_after(1))
    }

    /// Records what time alone has brought about and answers how many events that were, right behind the expected
    /// revision; another node may have recorded the same ones there.
    async fn record_due<D: Rulebook>(
        &self,
        stream: &StreamId,
        expected: Revision,
        due: Due<D::Event>,
        now: Timestamp,
    ) -> Result<u64, Problem> {
        let actor = clockwork();
        let metadata = Metadata {
            actor: actor.clone(),
            precision: safar_domain::time::Precision::Instant,
            offset_seconds: 0,
            correlation_id: due.command_id,
            causation_id: due.command_id,
        };
        let events = self.encode(&due.events, &metadata, now)?;
        let events = self.for_the_log::<D>(stream, expected, events).await?;
        let id = self.clock_command_of::<D>(due.command_id)?;
        let append = Append {
            command: CommandKey { actor: actor.worker.to_string(), id },
            fingerprint: [0; 32],
            writes: vec![StreamWrite { stream: stream.clone(), expected, events }],
        };
        match self.store.append(append).await {
            Ok(appended) => {
                let struck = due.events.len() as u64;
                let there =
                    appended.revisions.first().is_some_and(|(_, after)| *after == expected.plus(struck));
                Ok(if there { struck } else { 0 })
            }
            Err(AppendError::StaleRevision { .. }) => Ok(0),
            Err(error) => Err(append_problem(&error)),
        }
    }

    /// A case as the log has it now, whatever this node's read models know of it.
    pub async fn case(&self, id: CaseId) -> Result<Case, Problem> {
        Ok(self.case_and_revision(id).await?.0)
    }

    /// The same, with its revision.
    pub async fn case_and_revision(&self, id: CaseId) -> Result<(Case, Revision), Problem> {
        let loaded = self.load::<Case>(&StreamId::new(Case::CATEGORY, id)).await?;
        Ok((loaded.state, loaded.revision))
    }

    /// A case with everything recorded that time alone has brought about, for whom `check` lets see it.
    pub async fn case_by_now(
        &self,
        id: CaseId,
        check: impl Fn(&Case) -> Result<(), Problem> + Sync,
    ) -> Result<Case, Problem> {
        let stream = StreamId::new(Case::CATEGORY, id);
        let (loaded, _) = self.up_to_date_for(&stream, self.clock.now(), &check).await??;
        Ok(loaded.state)
    }

    /// Folds a stream, from the cache where it has one and from the log for what came since.
    async fn load<D: Rulebook>(&self, stream: &StreamId) -> Result<Loaded<D>, Problem> {
        let at_hand: Loaded<D> = D::at_hand(self, stream).unwrap_or_default();
        let known = at_hand.revision;
        let loaded = self.folded(stream, at_hand, Revision::from(u64::MAX)).await?;
        if loaded.revision != known {
            loaded.state.keep_at_hand(self, stream, loaded.revision);
        }
        Ok(loaded)
    }

    /// Goes on folding a stream, up to a revision.
    async fn folded<D: Rulebook>(
        &self,
        stream: &StreamId,
        mut loaded: Loaded<D>,
        last: Revision,
    ) -> Result<Loaded<D>, Problem> {
        for event in self.history(stream, loaded.revision).await? {
            if event.revision > last {
                break;
            }
            let event = self.unsealed::<D>(event).await?;
            let fact = Self::fact::<D>(&event)?;
            loaded = Loaded { revision: event.revision, state: loaded.state.evolve(&fact) };
        }
        Ok(loaded)
    }

    /// Appends what was decided; `None` when someone else was faster and the command has to start over.
    async fn append<D: Rulebook>(
        &self,
        stream: &StreamId,
        loaded: &Loaded<D>,
        decided: Vec<D::Event>,
        (caller, request): (&Caller, &Request),
    ) -> Result<Option<Outcome>, Problem> {
        let metadata = Metadata {
            actor: caller.actor.clone(),
            precision: request.occurred_at.precision,
            offset_seconds: request.occurred_at.offset_seconds,
            correlation_id: request.correlation_id,
            causation_id: request.key,
        };
        let events = self.encode(&decided, &metadata, request.occurred_at.instant)?;
        let recorded = events.iter().map(|event| event.event_type.clone()).collect();
        let events = self.for_the_log::<D>(stream, loaded.revision, events).await?;
        let write = StreamWrite { stream: stream.clone(), expected: loaded.revision, events };
        let command = command_key(caller, request);
        let fingerprint = self.fingerprint_of::<D>(request.fingerprint)?;
        let append = Append { command, fingerprint, writes: vec![write] };
        match self.store.append(append).await {
            Ok(appended) if appended.duplicate => self.first_result::<D>(caller, request).await,
            Ok(appended) => {
                let revision = appended.revisions.first().map_or(loaded.revision, |(_, revision)| *revision);
                let position = appended.last;
                Ok(Some(Outcome { position, revision, recorded, id: created(caller, request) }))
            }
            Err(AppendError::StaleRevision { .. }) => Ok(None),
            Err(error) => Err(append_problem(&error)),
        }
    }

    pub(super) fn encode<E: serde::Serialize>(
        &self,
        events: &[E],
        metadata: &Metadata,
        occurred_at: Timestamp,
    ) -> Result<Vec<NewEvent>, Problem> {
        let one = |event: &E| {
            let encoded = stored::encode(event, metadata)
                .map_err(|error| Problem::internal("writing an event", &error))?;
            Ok(NewEvent {
                event_id: self.ids.mint(),
                event_type: encoded.event_type,
                occurred_at,
                payload: encoded.payload,
                metadata: encoded.metadata,
            })
        };
        events.iter().map(one).collect()
    }

    /// What this key brought when it was first used; another content under the same key is refused.
    async fn first_result<D: Rulebook>(
        &self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Option<Outcome>, Problem> {
        let found = self.store.find_command(&command_key(caller, request)).await;
        let Some(FirstResult { fingerprint, appended, events }) =
            found.map_err(|error| store_problem(&error))?
        else {
            return Ok(None);
        };
        if fingerprint != self.fingerprint_of::<D>(request.fingerprint)? {
            return Err(Problem::of(catalogue::IDEMPOTENCY_KEY_REUSED));
        }
        let revision = appended.revisions.first().map_or(Revision::ABSENT, |(_, revision)| *revision);
        let mut recorded = Vec::with_capacity(events.len());
        for event in events {
            recorded.push(self.unsealed::<D>(event).await?.event_type);
        }
        Ok(Some(Outcome { position: appended.last, revision, recorded, id: created(caller, request) }))
    }

    async fn nothing_left<D: Rulebook>(
        &self,
        loaded: &Loaded<D>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Outcome, Problem> {
        if let Some(first) = self.first_result::<D>(caller, request).await? {
            return Ok(first);
        }
        let position = self.store.head().await.map_err(|error| store_problem(&error))?;
        let id = created(caller, request);
        Ok(Outcome { position, revision: loaded.revision, recorded: Vec::new(), id })
    }
}

/// The id of the thing that this command creates, the same each time it is sent.
fn created(caller: &Caller, request: &Request) -> Uuid {
    Ids::derive(caller.actor.worker.as_str(), request.key, "created")
}

fn command_key(caller: &Caller, request: &Request) -> CommandKey {
    CommandKey { actor: caller.actor.worker.to_string(), id: request.key }
}

fn context<'a>(caller: &'a Caller, request: &Request, now: Timestamp) -> Context<'a> {
    Context {
        now,
        today: caller.date_of(now),
        occurred_at: request.occurred_at,
        actor: caller.actor.clone(),
        new_id: created(caller, request),
        directory: &caller.directory,
        places: places::all(),
        birth: request.birth,
        person_revision: request.person_revision,
        revision: 0,
    }
}

/// The actor of what happens by itself.
pub(super) fn clockwork() -> Actor {
    Actor {
        worker: "safar-clock".parse().expect("a fixed, well-formed name"),
        organisation: "safar".parse().expect("a fixed, well-formed name"),
        country: Country::KZ,
        role: Role::Integrator,
    }
}

/// A refusal of the rulebook, as the caller reads it, with what would be allowed now.
fn refused<R: Refusal>(refusal: &R, allowed: &[&str]) -> Problem {
    let problem = Problem::of_refusal(refusal);
    if refusal.kind() == RefusalKind::Absent { problem } else { problem.allowed(allowed) }
}

fn append_problem(error: &AppendError) -> Problem {
    match error {
        AppendError::CommandReused => Problem::of(catalogue::IDEMPOTENCY_KEY_REUSED),
        AppendError::Overloaded => Problem::of(catalogue::BUSY).retry_after(1),
        AppendError::OutcomeUnknown => Problem::of(catalogue::OUTCOME_UNKNOWN).retry_after(2),
        AppendError::Store(error) => store_problem(error),
        other => Problem::internal("appending to the log", other),
    }
}
