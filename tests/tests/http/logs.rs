//! Whether the process writes to its log what it was sent.

use std::{
    io::{Result, Write},
    sync::{Mutex, Once, PoisonError},
};

use tracing_subscriber::EnvFilter;

use crate::unchanged::MARKER;

/// Everything of ours, and of others what the default configuration shows.
const FILTER: &str =
    "info,safar_api=trace,safar_event_store=trace,safar_projections=trace,safar_domain=trace";

/// The lines that contain something of interest; one line is one call of the writer.
static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// What the control of this check writes.
const CONTROL: &str = "CONTROLx3";

struct Keeper;

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if [MARKER, CONTROL].iter().any(|text| contains(bytes, text)) {
            WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Keeps from here on what is logged, of every test of this process.
pub(crate) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(FILTER)).with_ansi(false);
        log.with_writer(|| Keeper).init();
    });
}

/// Whether this text has been logged.
pub(crate) fn contain(text: &str) -> bool {
    let written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    contains(&written, text)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn what_is_logged_is_found() {
    keep();
    assert!(!contain(CONTROL));
    tracing::info_span!("asked", value = CONTROL).in_scope(|| tracing::info!("answered"));
    assert!(contain(CONTROL));
}
