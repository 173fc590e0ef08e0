//! The log: facts are appended here, never changed, and read back in one order that everybody shares.
//!
//! **What is stored.** An [`Append`] carries the events of one command, for one or several streams; it is
//! stored whole or not at all. Each stored event has a [`Position`] (its place in the whole log: 1, 2, 3 … without
//! a hole, in commit order) and a [`Revision`] (its place in its own stream, equally without a hole). The log
//! knows nothing of cases or persons: payloads are bytes, event types are names.
//!
//! **How an append travels.** [`EventStore::append`] checks the limits, computes the content digest of each event
//! and puts the request in a bounded queue. One sequencer per log takes *what waits* (it never waits for
//! company) and commits it as one batch, in one transaction:
//!
//! 1. hold the lock of the log, so that nobody else can number events until this transaction is visible;
//! 2. a command that is known by `(actor, command id)` gets its first answer again, or is refused when its
//!    fingerprint differs;
//! 3. an append whose expected revision is stale is refused, alone;
//! 4. the rest is numbered, stamped with a time that never runs backwards, given its ledger leaf, and inserted;
//! 5. commit, and only then answer.
//!
//! Since numbers are given inside the commit order, a reader that sees position *n* has seen everything before
//! it. There is no high-water mark, no gap detection, and nothing to wait for.
//!
//! **When things fail.** A batch that is rejected as a whole is tried again one append at a time, so that a
//! poisonous request hurts only itself. When the connection is lost and nobody knows whether the batch was
//! committed, the very same batch is sent again: step 2 makes that harmless. When SQLite cannot write or
//! sync, the log stops acknowledging for good ([`EventStore::stopped`]); the process should exit and recover from disk.
//!
//! **What holds the promises.** Not this code alone: unique keys and triggers in both engines refuse changes, and on
//! PostgreSQL the application's role has no right to change anything. [`EventStore::open`] refuses to start when one
//! of these safeguards is missing. Each event carries a ledger leaf (see [`ledger`]) over everything that is stored,
//! recomputed on each read; [`verify()`] walks the whole log. A [`ledger::Ledger`] follows behind the appends, builds the Merkle tree
//! over the leaves and signs it, so that a log which was cut off or written anew is told apart from the one that was.

mod append;
mod backend;
mod error;
mod event;
mod head;
pub mod ledger;
mod metrics;
mod numbers;
mod options;
mod postgres;
mod read;
mod sequencer;
mod sqlite;
mod store;
mod stream;
mod tally;
mod verify;

pub use append::{Append, Appended, CommandKey, InvalidAppend, NewEvent, StreamWrite, limits};
pub use error::{AppendError, StoreError};
pub use event::{DamagedEvent, FirstResult, RecordedEvent};
pub use metrics::{AppendCounts, StoreMetrics};
pub use numbers::{Position, Revision};
pub use options::{Clock, Engine, StoreOptions};
pub use store::EventStore;
pub use stream::{InvalidStreamId, StreamId};
pub use tally::Tally;
pub use verify::{Finding, VerifyProgress, VerifyReport, verify, verify_against};
