//! Counts and durations, for whoever exports them. No label, no stored data.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::{append::Appended, error::AppendError};

/// A moment's copy of the counters; all count from the opening of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreMetrics {
    /// Appends by what became of them.
    pub appends: AppendCounts,
    /// Committed batches.
    pub batches: u64,
    /// Appends in those batches: divide by `batches` for the mean batch.
    pub batched_appends: u64,
    /// Events stored.
    pub events: u64,
    /// Time spent in committing, all batches together.
    pub commit_time: Duration,
    /// Batches that were sent again since the outcome was unknown or the database was away.
    pub resends: u64,
    /// Appends that wait in the queue now.
    pub queue_depth: u64,
}

/// Every append ends in exactly one of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AppendCounts {
    /// Stored.
    pub stored: u64,
    /// Known by their command id, first answer repeated.
    pub duplicate: u64,
    /// Refused: the stream had moved.
    pub stale: u64,
    /// Refused: the command id was used for something else.
    pub reused: u64,
    /// Refused before queuing.
    pub invalid: u64,
    /// Refused since the queue was full.
    pub overloaded: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// The store could not.
    pub failed: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Metrics {
    outcomes: [AtomicU64; 8],
    batches: AtomicU64,
    batched_appends: AtomicU64,
    events: AtomicU64,
    commit_nanos: AtomicU64,
    resends: AtomicU64,
}

impl Metrics {
    pub(crate) fn answered(&self, answer: &Result<Appended, AppendError>) {
        let slot = match answer {
            Ok(appended) => usize::from(appended.duplicate),
            Err(AppendError::StaleRevision { .. }) => 2,
            Err(AppendError::CommandReused) => 3,
            Err(AppendError::Invalid(_)) => 4,
            Err(AppendError::Overloaded) => 5,
            Err(AppendError::OutcomeUnknown) => 6,
            Err(AppendError::Store(_)) => 7,
        };
        self.outcomes[slot].fetch_add(1, Relaxed);
    }

    pub(crate) fn committed(&self, appends: usize, events: u64, took: Duration) {
        self.batches.fetch_add(1, Relaxed);
        self.batched_appends.fetch_add(appends as u64, Relaxed);
        self.events.fetch_add(events, Relaxed);
        self.commit_nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn resent(&self) {
        self.resends.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self, queue_depth: u64) -> StoreMetrics {
        let [stored, duplicate, stale, reused, invalid, overloaded, unknown, failed] =
            std::array::from_fn(|slot| self.outcomes[slot].load(Relaxed));
        StoreMetrics {
            appends: AppendCounts { stored, duplicate, stale, reused, invalid, overloaded, unknown, failed },
            batches: self.batches.load(Relaxed),
            batched_appends: self.batched_appends.load(Relaxed),
            events: self.events.load(Relaxed),
            commit_time: Duration::from_nanos(self.commit_nanos.load(Relaxed)),
            resends: self.resends.load(Relaxed),
            queue_depth,
        }
    }
}
