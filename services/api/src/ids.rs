//! Ids, minted at the edge and nowhere else.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::{ContextV7, Timestamp, Uuid, uuid};

use crate::clock::Clock;

/// The names that [`Ids::derive`] gives live in this namespace. It is on disk: never change it.
const NAMESPACE: Uuid = uuid!("7b0c1f0e-5a5a-5f37-9d0b-9f5c5e0a7a11");

/// Mints ids: new ones from the clock and from chance, derived ones from the command that asks for them.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    counter: Arc<Mutex<ContextV7>>,
}

impl Ids {
    /// Ids that carry the time of this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, counter: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// A new `UUIDv7`; those of one process sort in the order in which they were minted.
    pub fn mint(&self) -> Uuid {
        let now = self.clock.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        let counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*counter, seconds, nanoseconds))
    }

    /// The id that this actor's command with this key gives to the thing called `label`, so that a repeated command
    /// names the same thing (`UUIDv5`).
    pub fn derive(actor: &str, key: Uuid, label: &str) -> Uuid {
        Uuid::new_v5(&NAMESPACE, format!("{}:{actor}/{key}/{label}", actor.len()).as_bytes())
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_differ_and_keep_their_order_even_when_the_clock_stands_still() {
        let ids = Ids::new(Clock::fixed(jiff::Timestamp::from_second(1_790_000_000).unwrap()));
        let minted: Vec<Uuid> = (0..1_000).map(|_| ids.mint()).collect();
        assert!(minted.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(minted.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn a_repeated_command_names_the_same_thing() {
        let key = Uuid::from_u128(7);
        assert_eq!(Ids::derive("anna", key, "case"), Ids::derive("anna", key, "case"));
    }

    #[test]
    fn another_actor_key_or_label_names_another_thing() {
        let (key, one) = (Uuid::from_u128(7), Ids::derive("anna", Uuid::from_u128(7), "case"));
        assert_ne!(one, Ids::derive("bek", key, "case"));
        assert_ne!(one, Ids::derive("anna", Uuid::from_u128(8), "case"));
        assert_ne!(one, Ids::derive("anna", key, "person"));
        assert_ne!(Ids::derive("a/b", key, "c"), Ids::derive("a", key, "b/c"));
    }
}
