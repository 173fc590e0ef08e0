//! What is signed of the logs of a node.

use opentelemetry::global;
use safar_event_store::ledger::{Ledger, note::Verifier};

/// The trees behind both logs; cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledgers {
    /// Behind the log.
    pub log: Ledger,
    /// Behind the access log.
    pub access: Ledger,
    /// The key of the witness of both, if there is one.
    pub witness: Option<Verifier>,
}

/// Something that is stored is not what was stored: operators are woken by this counter.
pub(crate) fn alarm() {
    global::meter("safar").u64_counter("safar.integrity.failures").build().add(1, &[]);
}
