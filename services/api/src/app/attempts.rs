//! Attempts: how often somebody may be wrong before they have to wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Wrong attempts of the last hour on this node, and those under way, by whoever or whatever they concern; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<Mutex<HashMap<String, Vec<Timestamp>>>>);

impl Attempts {
    /// Counts an attempt before it is made, so that many at once cannot all slip through; or says how many seconds to wait
    /// because there were `most` in the last hour.
    pub fn begin(&self, whom: &str, most: usize, now: Timestamp) -> Result<(), u32> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, times| {
            times.retain(|time| now.duration_since(*time) < WINDOW);
            !times.is_empty()
        });
        let times = attempts.entry(whom.to_owned()).or_default();
        match times.first().filter(|_| times.len() >= most) {
            None => {
                times.push(now);
                Ok(())
            }
            Some(first) => {
                let left = WINDOW - now.duration_since(*first);
                Err(u32::try_from(left.as_secs()).unwrap_or(u32::MAX).max(1))
            }
        }
    }

    /// Takes back an attempt that was right.
    pub fn right(&self, whom: &str) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = attempts.get_mut(whom) {
            times.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, SignedDuration, Timestamp};

    #[test]
    fn too_many_failures_wait_until_the_first_is_an_hour_old() {
        let (attempts, now) = (Attempts::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..5 {
            assert_eq!(attempts.begin("anna", 3, now), Ok(()));
            attempts.right("anna");
        }
        for _ in 0..3 {
            assert_eq!(attempts.begin("anna", 3, now), Ok(()));
        }
        assert_eq!(attempts.begin("anna", 3, now), Err(3600));
        assert_eq!(attempts.begin("bek", 3, now), Ok(()));
        assert_eq!(attempts.begin("anna", 3, now + SignedDuration::from_hours(1)), Ok(()));
    }
}
