//! Attempts: how often somebody may be wrong before they have to wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Failures of the last hour on this node, by whoever or whatever they concern; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<Mutex<HashMap<String, Vec<Timestamp>>>>);

impl Attempts {
    /// Seconds to wait, if there were `most` failures or more in the last hour.
    pub fn wait(&self, whom: &str, most: usize, now: Timestamp) -> Option<u32> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, times| {
            times.retain(|time| now.duration_since(*time) < WINDOW);
            !times.is_empty()
        });
        let times = failures.get(whom).filter(|times| times.len() >= most)?;
        let first = times.first()?;
        let left = WINDOW - now.duration_since(*first);
        u32::try_from(left.as_secs()).ok().map(|seconds| seconds.max(1))
    }

    /// Remembers a failure.
    pub fn failed(&self, whom: &str, now: Timestamp) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.entry(whom.to_owned()).or_default().push(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, SignedDuration, Timestamp};

    #[test]
    fn too_many_failures_wait_until_the_first_is_an_hour_old() {
        let (attempts, now) = (Attempts::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..3 {
            assert_eq!(attempts.wait("anna", 3, now), None);
            attempts.failed("anna", now);
        }
        assert_eq!(attempts.wait("anna", 3, now), Some(3600));
        assert_eq!(attempts.wait("bek", 3, now), None);
        assert_eq!(attempts.wait("anna", 3, now + SignedDuration::from_hours(1)), None);
    }
}
