//! How long the same question takes in either world.

use std::time::{Duration, Instant};

use super::pair::Pair;

/// How often each world is asked the same.
const ROUNDS: usize = 200;

impl Pair {
    /// The same three times over, or until they are alike: the machine may be busy with something else for a while, and what
    /// tells the worlds apart does so each time.
    pub(crate) async fn medians_of_three(
        &self,
        asked: (&str, &str),
        held_up: Duration,
    ) -> [[Duration; 2]; 3] {
        let mut medians = [[Duration::MAX, Duration::from_nanos(1)]; 3];
        for attempt in &mut medians {
            *attempt = self.medians(asked, held_up).await;
            if as_long(*attempt) {
                break;
            }
        }
        medians
    }

    /// The median of the times of the answers in either world, asked in turns; the first one is held up by so much, as a leak
    /// would.
    pub(crate) async fn medians(&self, (worker, path): (&str, &str), held_up: Duration) -> [Duration; 2] {
        let speakers = self.speaker(worker);
        let mut times = [Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS)];
        for round in 0..2 * ROUNDS {
            // Each goes first as often as the other.
            let world = usize::from(matches!(round % 4, 1 | 2));
            let began = Instant::now();
            speakers[world].get(path).send().await;
            if world == 0 && !held_up.is_zero() {
                tokio::time::sleep(held_up).await;
            }
            times[world].push(began.elapsed());
        }
        times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
    }
}

/// Whether two medians are as near as chance brings them.
pub(crate) fn as_long([with, without]: [Duration; 2]) -> bool {
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    (0.6..1.6).contains(&ratio)
}
