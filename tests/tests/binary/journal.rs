//! What clients were told, held against what the log holds.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use safar_event_store::{EventStore, Position, RecordedEvent, Revision, StoreOptions};
use uuid::Uuid;

use crate::asking::Answer;

/// A command on a case that was answered with success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) worker: String,
    pub(crate) key: Uuid,
    pub(crate) case: String,
    pub(crate) revision: u64,
    pub(crate) recorded: Vec<String>,
}

/// Everything that clients know of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    pub(crate) acknowledged: Vec<Acknowledged>,
    pub(crate) refused: Vec<Uuid>,
}

impl Acknowledged {
    pub(crate) fn of(worker: &str, key: Uuid, case: &str, answer: &Answer) -> Result<Self> {
        ensure!(answer.status < 300, "{}: {}", answer.status, answer.body);
        let recorded = serde_json::from_value(answer.body["recorded"].clone())?;
        let revision = answer.body["revision"].as_u64().context("no revision in the answer")?;
        Ok(Self { worker: worker.to_owned(), key, case: case.to_owned(), revision, recorded })
    }
}

/// The whole log, read beside whoever owns it.
pub(crate) async fn log_of(url: &str) -> Result<Vec<RecordedEvent>> {
    let store = EventStore::open(StoreOptions::new(url).migrate(false).read_only(true)).await?;
    let mut log: Vec<RecordedEvent> = Vec::new();
    loop {
        let page = store.read_all(log.last().map_or(Position::START, |event| event.position), 1_000).await?;
        if page.is_empty() {
            store.close().await;
            return Ok(log);
        }
        log.extend(page);
    }
}

impl Journal {
    /// Every acknowledged command is in the log once, as it was answered; no refused one is; the log has no gap.
    pub(crate) fn check(&self, log: &[RecordedEvent]) -> Result<()> {
        gapless(log)?;
        let mut by_command: HashMap<(&str, Uuid), Vec<&RecordedEvent>> = HashMap::new();
        for event in log {
            by_command.entry((event.command.actor.as_str(), event.command.id)).or_default().push(event);
        }
        for told in &self.acknowledged {
            let events = by_command.get(&(told.worker.as_str(), told.key));
            let events = events.with_context(|| format!("{} was acknowledged and is lost", told.key))?;
            let types: Vec<_> = events.iter().map(|event| event.event_type.clone()).collect();
            ensure!(types == told.recorded, "{}: answered {:?}, stored {types:?}", told.key, told.recorded);
            let (stream, revision) = (events[0].stream.as_str(), events[events.len() - 1].revision.get());
            ensure!(stream == format!("case-{}", told.case), "{} is stored in {stream}", told.key);
            ensure!(revision == told.revision, "{} is stored at revision {revision}", told.key);
        }
        let stored: HashSet<Uuid> = log.iter().map(|event| event.command.id).collect();
        let refused = self.refused.iter().find(|key| stored.contains(key));
        ensure!(refused.is_none(), "{refused:?} was refused and is stored");
        Ok(())
    }
}

/// Positions are 1, 2, 3 …, revisions too in each stream, and no event is there twice.
fn gapless(log: &[RecordedEvent]) -> Result<()> {
    let mut revisions: HashMap<&str, Revision> = HashMap::new();
    let mut ids = HashSet::new();
    for (expected, event) in (1..).zip(log) {
        ensure!(event.position.get() == expected, "position {} where {expected} belongs", event.position);
        let last = revisions.entry(event.stream.as_str()).or_default();
        ensure!(event.revision == last.next(), "{}: {} after {last}", event.stream.as_str(), event.revision);
        *last = event.revision;
        ensure!(ids.insert(event.event_id), "the event {} is there twice", event.event_id);
    }
    Ok(())
}

/// The check is worth nothing if it does not notice: each way of being wrong is tried on a history that is right.
pub(crate) fn assert_it_notices(journal: &Journal, log: &[RecordedEvent]) -> Result<()> {
    journal.check(log)?;
    let told = journal.acknowledged.first().context("an empty journal proves nothing")?;
    let changed = |change: &dyn Fn(&mut Acknowledged)| {
        let mut other = told.clone();
        change(&mut other);
        Journal { acknowledged: vec![other], refused: vec![] }.check(log)
    };
    ensure!(changed(&|told| told.key = Uuid::from_u128(7)).is_err(), "a lost command is not noticed");
    ensure!(changed(&|told| told.revision += 1).is_err(), "another revision is not noticed");
    ensure!(
        changed(&|told| told.recorded.push("case.note-added.v1".into())).is_err(),
        "half a command is not noticed"
    );
    ensure!(changed(&|told| told.case = Uuid::nil().to_string()).is_err(), "another case is not noticed");
    let refused = Journal { acknowledged: vec![], refused: vec![told.key] };
    ensure!(refused.check(log).is_err(), "a refused command that is stored is not noticed");
    ensure!(journal.check(&log[1..]).is_err(), "a missing first event is not noticed");
    let doubled = [log, &log[log.len() - 1..]].concat();
    ensure!(journal.check(&doubled).is_err(), "a doubled event is not noticed");
    Ok(())
}
