//! `safar log stat`: how much is in the logs, and how much of it is signed.

use std::{collections::BTreeMap, fs, path::Path};

use jiff::Timestamp;
use safar_event_store::{
    Engine, EventStore, Position, StoreError, StoreOptions,
    ledger::{
        checkpoint::Checkpoint,
        note::{Note, Verifier},
    },
};
use safar_vault::Compartment;
use serde::Serialize;

use super::{
    Failure,
    rebuild::progress_bar,
    runtime, say,
    table::{lines, span},
    tool_config,
};
use crate::{
    cli::{LogArgs, LogCommand, StatArgs},
    clock::Clock,
    config::Sources,
    node::{CheckpointFiles, access_options, checkpoint_files, ledger_keys, store_options},
};

/// Rows that are counted by one question.
const AT_ONCE: u64 = 50_000;
/// Under what streams and events are counted of which the log does not say what they are about.
const SEALED: &str = "sealed";

/// How much there is of one log.
#[derive(Debug, Serialize)]
struct LogStat {
    log: &'static str,
    engine: &'static str,
    bytes: u64,
    events: u64,
    first_recorded_at: Option<Timestamp>,
    last_recorded_at: Option<Timestamp>,
    /// By category.
    streams: BTreeMap<String, Counted>,
    /// By type.
    types: BTreeMap<String, u64>,
    /// What this node has signed.
    checkpoint: Kept,
    /// How many events are behind it.
    unsigned: u64,
    /// When the first of these was recorded.
    unsigned_since: Option<Timestamp>,
    /// The copy in the second place; absent where none is configured.
    copy: Option<Kept>,
    /// What the witness has cosigned; absent where none is configured.
    witness: Option<Kept>,
}

#[derive(Debug, Default, Serialize)]
struct Counted {
    streams: u64,
    events: u64,
}

/// What a file with a checkpoint says.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Kept {
    /// There is none.
    Absent,
    /// It cannot be read, or is not signed by the key that it should be.
    Damaged,
    /// There is no key here by which it could be told whether it is.
    Unchecked { events: u64, at: Option<Timestamp> },
    /// It is signed.
    Signed { events: u64, at: Option<Timestamp> },
}

impl Kept {
    /// The checkpoint in a file; by a witness where one is given.
    fn read(path: &Path, log: Option<&Verifier>, witness: Option<&Verifier>) -> Self {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Self::Absent,
            bytes => bytes.unwrap_or_default(),
        };
        let written = fs::metadata(path).and_then(|file| file.modified()).ok();
        let written = written.and_then(|at| Timestamp::try_from(at).ok());
        let Ok(note) = Note::parse(&bytes) else { return Self::Damaged };
        let Ok(Checkpoint { size: events, .. }) = Checkpoint::parse(note.text) else { return Self::Damaged };
        if log.is_some_and(|key| Checkpoint::open(&bytes, key).is_err()) {
            return Self::Damaged;
        }
        let at = match witness.map(|key| note.cosigned_at(key)) {
            None => written,
            Some(Ok(Some(seconds))) => {
                i64::try_from(seconds).ok().and_then(|at| Timestamp::from_second(at).ok())
            }
            Some(_) => return Self::Damaged,
        };
        if log.is_some() { Self::Signed { events, at } } else { Self::Unchecked { events, at } }
    }

    fn events(&self) -> u64 {
        match self {
            Self::Absent | Self::Damaged => 0,
            Self::Unchecked { events, .. } | Self::Signed { events, .. } => *events,
        }
    }

    fn said(&self, now: Timestamp, head: u64) -> String {
        let (Self::Unchecked { events, at } | Self::Signed { events, at }, ahead) =
            (self, self.events() > head)
        else {
            let absent = matches!(self, Self::Absent);
            return if absent { "none yet" } else { "DAMAGED, or by another key: see docs/ledger.md" }
                .to_owned();
        };
        let age = at.map_or_else(String::new, |at| {
            format!(", {} ago", span((now.as_second() - at.as_second()).max(0)))
        });
        let unchecked = if matches!(self, Self::Unchecked { .. }) { ", no key here to check it" } else { "" };
        let ahead = if ahead { "; MORE THAN THERE ARE: ask `safar verify`" } else { "" };
        format!("over {events} events{age}{unchecked}{ahead}")
    }
}

pub(super) fn run(sources: &Sources, dev: bool, arguments: &LogArgs) -> Result<(), Failure> {
    let LogCommand::Stat(StatArgs { json }) = arguments.command;
    let config = tool_config(sources)?;
    let keys = ledger_keys(&config).map_err(Failure::failed)?;
    let logs = [("log", store_options(&config, dev, None)), ("access", access_options(&config, dev, None))];
    let mut stats = Vec::new();
    for (((log, options), keys), files) in logs.into_iter().zip(keys).zip(checkpoint_files(&config)) {
        let counted = runtime()?.block_on(counted(log, options, (&files, &keys)));
        stats
            .push(counted.map_err(|error| Failure::failed(format!("the {log} cannot be counted: {error}")))?);
    }
    if json {
        say(serde_json::json!({ "logs": stats }));
        return Ok(());
    }
    let now = Clock::system().now();
    for stat in &stats {
        stat.show(now);
    }
    Ok(())
}

async fn counted(
    log: &'static str,
    options: StoreOptions,
    (files, [key, witness]): (&CheckpointFiles, &[Option<Verifier>; 2]),
) -> Result<LogStat, StoreError> {
    // What is signed is read first, so that it is not ahead of a log that goes on meanwhile.
    let checkpoint = Kept::read(&files.signed, key.as_ref(), None);
    let copy = files.copy.as_deref().map(|file| Kept::read(file, key.as_ref(), None));
    let witness = witness.as_ref().map(|by| Kept::read(&files.cosigned, key.as_ref(), Some(by)));
    let store = EventStore::open(options.migrate(false).read_only(true)).await?;
    let head = store.head().await?;
    let signed = Position::from(checkpoint.events());
    let unsigned_since = if signed < head { store.recorded_at(signed.next()).await? } else { None };
    let mut stat = LogStat {
        log,
        engine: match store.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        },
        bytes: store.bytes().await?,
        events: head.get(),
        first_recorded_at: if head == Position::START { None } else { store.recorded_at(1.into()).await? },
        last_recorded_at: store.recorded_at(head).await?,
        streams: BTreeMap::new(),
        types: BTreeMap::new(),
        unsigned: head.get().saturating_sub(signed.get()),
        unsigned_since,
        checkpoint,
        copy,
        witness,
    };
    stat.count(&store, head).await?;
    store.close().await;
    Ok(stat)
}

impl LogStat {
    /// Counts up to the head; what is sealed as one, so that nobody learns here how many records of which kind there are.
    async fn count(&mut self, store: &EventStore, head: Position) -> Result<(), StoreError> {
        let bar = progress_bar("events");
        bar.set_length(head.get());
        let mut after = Position::START;
        while after < head {
            let up_to = after.plus(AT_ONCE).min(head);
            for tally in store.tally(after, up_to).await? {
                let sealed = Compartment::of_category(&tally.category).is_some();
                let [category, event_type] = if sealed {
                    [SEALED.to_owned(), SEALED.to_owned()]
                } else {
                    [tally.category, tally.event_type]
                };
                let counted = self.streams.entry(category).or_default();
                counted.streams += tally.streams;
                counted.events += tally.events;
                *self.types.entry(event_type).or_default() += tally.events;
            }
            after = up_to;
            bar.set_position(after.get());
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn show(&self, now: Timestamp) {
        let name = if self.log == "log" { "The log" } else { "The access log" };
        say(format!("{name} ({}, {} KiB)", self.engine, self.bytes.div_ceil(1_024)));
        let time = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"));
        let place = |signed: &Option<Kept>| {
            let said = signed.as_ref().map(|signed| signed.said(now, self.events));
            said.unwrap_or_else(|| "none is configured".to_owned())
        };
        let unsigned = match self.unsigned_since {
            None => "nothing".to_owned(),
            Some(since) => {
                let age = span((now.as_second() - since.as_second()).max(0));
                format!("{} events, the first for {age}", self.unsigned)
            }
        };
        let mut rows = vec![
            ["events".to_owned(), self.events.to_string()],
            ["first recorded".to_owned(), time(self.first_recorded_at)],
            ["last recorded".to_owned(), time(self.last_recorded_at)],
            ["checkpoint".to_owned(), self.checkpoint.said(now, self.events)],
            ["unsigned".to_owned(), unsigned],
            ["copy".to_owned(), place(&self.copy)],
            ["witness".to_owned(), place(&self.witness)],
        ];
        for (category, Counted { streams, events }) in &self.streams {
            rows.push([format!("stream {category}"), format!("{streams}, with {events} events")]);
        }
        for (event_type, events) in &self.types {
            rows.push([event_type.clone(), events.to_string()]);
        }
        for line in lines(&rows) {
            say(format!("  {line}"));
        }
    }
}
