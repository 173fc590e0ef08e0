//! Walks the whole log and looks for what must never be.

use std::collections::HashMap;

use crate::{
    error::StoreError,
    event::RecordedEvent,
    ledger::{self, Evidence, LedgerFinding, merkle::Hash},
    numbers::{Position, Revision},
    store::EventStore,
    stream::StreamId,
};

const PAGE: u32 = 1000;

/// How far the walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyProgress {
    /// The last event that was looked at.
    pub position: Position,
    /// Where the log ended when the walk began.
    pub head: Position,
}

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Events were removed, or put in by hand.
    #[error("after position {after} comes position {found}")]
    PositionGap {
        /// The last one that was in order.
        after: Position,
        /// The one that follows in the store.
        found: Position,
    },
    /// A stream lost events, or got some by hand.
    #[error("position {position}: the stream {stream} goes from revision {after} to {found}")]
    RevisionGap {
        /// Where.
        position: Position,
        /// Which.
        stream: StreamId,
        /// Its last revision before.
        after: Revision,
        /// The one that is stored.
        found: Revision,
    },
    /// The order of the log and its time disagree.
    #[error("position {0} was recorded before the event in front of it")]
    TimeRanBackwards(Position),
    /// Something of the event, or its place, was changed.
    #[error("position {0}: the stored bytes are not those of the ledger leaf")]
    LeafMismatch(Position),
    /// The row is no event any more.
    #[error("position {0} cannot be read as an event")]
    Unreadable(Position),
    /// The log ends before the head it had.
    #[error("the log had {expected} events when the walk began and ends at {found}")]
    TailMissing {
        /// The head at the beginning.
        expected: Position,
        /// The last event found.
        found: Position,
    },
    /// The database finds its own pages damaged.
    #[error("the pages of the database are damaged: {0}")]
    Pages(String),
    /// The log and what was signed of it disagree.
    #[error(transparent)]
    Ledger(#[from] LedgerFinding),
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Events looked at.
    pub events: u64,
    /// Streams they belong to.
    pub streams: u64,
    /// The last position looked at.
    pub head: Position,
    /// The root of the Merkle tree over all of it, as it follows from the stored bytes.
    pub root: Hash,
    /// In order of position, and then what was held against it; empty for a sound log.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Whether nothing was found.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Walks the log up to its present head, in pages; calls back after each. The log may be in use.
///
/// A tail that was cut off before the walk, and a history that was written anew with all its leaves, leave no trace here: see
/// [`verify_against`].
pub async fn verify(
    store: &EventStore,
    progress: impl FnMut(VerifyProgress),
) -> Result<VerifyReport, StoreError> {
    verify_against(store, Evidence::default(), progress).await
}

/// The same, and holds the log against what was signed of it.
pub async fn verify_against(
    store: &EventStore,
    evidence: Evidence,
    mut progress: impl FnMut(VerifyProgress),
) -> Result<VerifyReport, StoreError> {
    let head = store.head().await?;
    let mut walk = Walk { evidence, ..Walk::default() };
    while walk.last < head {
        let page = match store.read_all_unchecked(walk.last, PAGE).await {
            Err(error) if error.is_damage() => {
                walk.findings.push(Finding::Pages(error.to_string()));
                return Ok(walk.report());
            }
            page => page?,
        };
        if page.is_empty() {
            walk.findings.push(Finding::TailMissing { expected: head, found: walk.last });
            break;
        }
        for row in page {
            match row {
                Ok(event) => walk.take(&event),
                Err(position) => walk.unreadable(position),
            }
        }
        progress(VerifyProgress { position: walk.last, head });
    }
    walk.findings.extend(store.damaged_pages().await?.into_iter().map(Finding::Pages));
    Ok(walk.report())
}

#[derive(Default)]
struct Walk {
    events: u64,
    last: Position,
    last_micros: Option<i64>,
    revisions: HashMap<StreamId, Revision>,
    findings: Vec<Finding>,
    evidence: Evidence,
}

impl Walk {
    fn take(&mut self, event: &RecordedEvent) {
        self.step(event.position);
        self.evidence.push(ledger::leaf_hash(&event.ledger_entry()));
        if !event.is_intact() {
            self.findings.push(Finding::LeafMismatch(event.position));
        }
        let micros = event.recorded_at.as_microsecond();
        if self.last_micros.is_some_and(|last| micros < last) {
            self.findings.push(Finding::TimeRanBackwards(event.position));
        }
        self.last_micros = Some(micros);
        let after = self.revisions.insert(event.stream.clone(), event.revision).unwrap_or_default();
        if event.revision != after.next() {
            self.findings.push(Finding::RevisionGap {
                position: event.position,
                stream: event.stream.clone(),
                after,
                found: event.revision,
            });
        }
    }

    fn unreadable(&mut self, position: Position) {
        self.step(position);
        // It has no leaf any more, and nothing that was signed has this one in its place.
        self.evidence.push([0; 32]);
        self.findings.push(Finding::Unreadable(position));
    }

    fn step(&mut self, position: Position) {
        if position != self.last.next() {
            self.findings.push(Finding::PositionGap { after: self.last, found: position });
        }
        self.last = self.last.max(position);
        self.events += 1;
    }

    fn report(self) -> VerifyReport {
        let (root, found) = self.evidence.findings();
        VerifyReport {
            events: self.events,
            streams: self.revisions.len() as u64,
            head: self.last,
            root,
            findings: self.findings.into_iter().chain(found.into_iter().map(Finding::Ledger)).collect(),
        }
    }
}
