//! What is counted for who looks after a log.

/// How much there is of one kind, in one part of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The category of the streams.
    pub category: String,
    /// The name of the events.
    pub event_type: String,
    /// How many of these events there are.
    pub events: u64,
    /// How many streams begin with one of them.
    pub streams: u64,
}
