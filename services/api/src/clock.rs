//! The time, as something that is handed in.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// Where the edge takes the time from; the rulebooks below it only ever see a [`Timestamp`].
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that stands still.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(move || at))
    }

    /// A clock and the hand that moves it, for tests and for playing a journey of months in a second.
    pub fn settable(at: Timestamp) -> (Self, ClockHand) {
        let hand = ClockHand(Arc::new(AtomicI64::new(at.as_millisecond())));
        (hand.clock(), hand)
    }

    /// The present moment, as this clock sees it.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// The hand of a settable clock; milliseconds are its finest step.
#[derive(Debug, Clone)]
pub struct ClockHand(Arc<AtomicI64>);

impl ClockHand {
    /// A clock that this hand moves; several may share one hand.
    pub fn clock(&self) -> Clock {
        let seen = self.clone();
        Clock(Arc::new(move || seen.now()))
    }

    /// Moves the clock to a moment, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_millisecond(), Ordering::SeqCst);
    }

    /// Moves the clock on by a span.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }

    /// Where the hand stands.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).expect("only timestamps are stored")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settable_clock_moves_only_when_it_is_moved() {
        let (clock, hand) = Clock::settable(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        hand.advance(SignedDuration::from_secs(90));
        assert_eq!(clock.now().as_second(), 90);
        hand.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn the_system_clock_is_the_machines() {
        let first = Clock::system().now();
        assert!(Clock::system().now() >= first && first.as_second() > 1_700_000_000);
    }
}
