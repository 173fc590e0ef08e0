//! What a node measures of its log and its read models, under the names that `docs` and alarms use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{KeyValue, global, metrics::Meter};
use safar_event_store::{EventStore, StoreMetrics};
use tokio::sync::watch;

use crate::app::App;

const EVERY: Duration = Duration::from_secs(5);

/// Registers the instruments; call it once per process, after telemetry has started.
pub(super) fn register(store: &EventStore) -> Seen {
    let meter = global::meter("safar");
    counter(&meter, "safar.eventstore.batches", "Transactions of the sequencer.", store, |m| m.batches);
    counter(&meter, "safar.eventstore.events", "Events appended.", store, |m| m.events);
    counter(&meter, "safar.eventstore.resends", "Batches sent again.", store, |m| m.resends);
    let log = store.clone();
    meter
        .f64_observable_counter("safar.eventstore.commit.duration")
        .with_unit("s")
        .with_description("Time spent in commits.")
        .with_callback(move |seen| seen.observe(log.metrics().commit_time.as_secs_f64(), &[]))
        .build();
    let log = store.clone();
    meter
        .u64_observable_gauge("safar.eventstore.queue.depth")
        .with_description("Appends that wait for the sequencer.")
        .with_callback(move |seen| seen.observe(log.metrics().queue_depth, &[]))
        .build();
    appends(&meter, store);
    let seen = Seen::default();
    gauge(&meter, "safar.eventstore.position", "The last position of the log.", &seen.head);
    unsigned(&meter, &seen);
    gauge(&meter, "safar.projection.lag", "Events that the read models are behind.", &seen.lag);
    seen
}

/// What can only be asked for asynchronously.
#[derive(Clone, Default)]
pub(super) struct Seen {
    head: Arc<AtomicU64>,
    lag: Arc<AtomicU64>,
    /// Of the log, and of the access log.
    unsigned: [Arc<AtomicU64>; 2],
}

impl Seen {
    /// Looks again and again until told to stop.
    pub(super) async fn keep_looking(self, app: App, mut stop: watch::Receiver<bool>) {
        loop {
            if let Ok(head) = app.store.head().await {
                let reached = app.models.position().await;
                self.head.store(head.get(), Ordering::Relaxed);
                self.lag.store(head.get().saturating_sub(reached.get()), Ordering::Relaxed);
            }
            for (seen, ledger) in self.unsigned.iter().zip([&app.ledgers.log, &app.ledgers.access]) {
                if let Ok(unsigned) = ledger.unsigned().await {
                    seen.store(unsigned, Ordering::Relaxed);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => (),
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

fn gauge(meter: &Meter, name: &'static str, description: &'static str, value: &Arc<AtomicU64>) {
    let value = value.clone();
    meter
        .u64_observable_gauge(name)
        .with_description(description)
        .with_callback(move |seen| seen.observe(value.load(Ordering::Relaxed), &[]))
        .build();
}

fn unsigned(meter: &Meter, seen: &Seen) {
    let [log, access] = seen.unsigned.clone();
    meter
        .u64_observable_gauge("safar.integrity.checkpoint.lag")
        .with_description(
            "Events that no checkpoint of this node covers yet; all of them where nothing is signed.",
        )
        .with_callback(move |seen| {
            for (name, unsigned) in [("log", &log), ("access", &access)] {
                seen.observe(unsigned.load(Ordering::Relaxed), &[KeyValue::new("log", name)]);
            }
        })
        .build();
}

fn counter(
    meter: &Meter,
    name: &'static str,
    description: &'static str,
    store: &EventStore,
    read: fn(&StoreMetrics) -> u64,
) {
    let store = store.clone();
    meter
        .u64_observable_counter(name)
        .with_description(description)
        .with_callback(move |seen| seen.observe(read(&store.metrics()), &[]))
        .build();
}

/// Appends by what became of them.
fn appends(meter: &Meter, store: &EventStore) {
    let store = store.clone();
    meter
        .u64_observable_counter("safar.eventstore.appends")
        .with_description("Appends by outcome.")
        .with_callback(move |seen| {
            let counts = store.metrics().appends;
            for (outcome, count) in [
                ("stored", counts.stored),
                ("duplicate", counts.duplicate),
                ("stale", counts.stale),
                ("reused", counts.reused),
                ("invalid", counts.invalid),
                ("overloaded", counts.overloaded),
                ("unknown", counts.unknown),
                ("failed", counts.failed),
            ] {
                seen.observe(count, &[KeyValue::new("outcome", outcome)]);
            }
        })
        .build();
}
