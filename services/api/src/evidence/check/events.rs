//! The events of a pack: each by itself, and all of them as one stream.

use std::collections::BTreeSet;

use safar_event_store::{
    RecordedEvent,
    ledger::{checkpoint::Checkpoint, leaf_hash, merkle, proof::Proof},
};

use super::{Check, Findings};
use crate::evidence::{
    container::Files,
    layout::{EventFile, Holds, MANIFEST, Manifest, of_event, revision_of},
};

/// Looks at every event; answers those that can be read, in order.
pub(super) fn check(
    files: &Files,
    (manifest, note, checkpoint): (&Manifest, &str, Option<&Checkpoint>),
    found: &mut Findings,
    mut progress: impl FnMut(usize, usize),
) -> Vec<RecordedEvent> {
    let revisions: BTreeSet<u64> = files.keys().filter_map(|name| revision_of(name)).collect();
    let mut events = Vec::new();
    for (done, revision) in (1..).zip(&revisions) {
        let Some(event) = event(files, *revision) else {
            let said = "a part of the event is missing or cannot be read";
            found.add(Check::Events, "event_unreadable", (&of_event(*revision, Holds::Event), said));
            continue;
        };
        if let Err((code, holds, said)) = leads(&event, (files, note), checkpoint) {
            found.add(Check::Events, code, (&of_event(*revision, holds), said));
        }
        events.push(event);
        progress(done, revisions.len());
    }
    if checkpoint.is_none() {
        found.open.insert(Check::Events);
    }
    stream(&events, manifest, found);
    events
}

/// The event with this revision, from its files.
fn event(files: &Files, revision: u64) -> Option<RecordedEvent> {
    let file = |holds| files.get(&of_event(revision, holds));
    let event: EventFile = serde_json::from_slice(file(Holds::Event)?).ok()?;
    let event = event.with(file(Holds::Metadata)?, file(Holds::Payload)?)?;
    file(Holds::Proof)?;
    (event.revision.get() == revision).then_some(event)
}

/// Whether the event has its leaf, and the leaf leads to the root.
fn leads(
    event: &RecordedEvent,
    (files, note): (&Files, &str),
    checkpoint: Option<&Checkpoint>,
) -> Result<(), (&'static str, Holds, &'static str)> {
    if !event.is_intact() {
        return Err(("event_changed", Holds::Event, "what the event says is not what its leaf commits to"));
    }
    let proof = files.get(&of_event(event.revision.get(), Holds::Proof));
    let wrong = |code, said| Err((code, Holds::Proof, said));
    let Some(proof) = proof.and_then(|bytes| Proof::parse(bytes).ok()) else {
        return wrong("proof_unreadable", "this is no proof (C2SP tlog-proof)");
    };
    if proof.note != note {
        return wrong(
            "proof_of_another_checkpoint",
            "the proof leads to another checkpoint than that of the pack",
        );
    }
    if Some(proof.index) != event.position.get().checked_sub(1) {
        return wrong("proof_of_another_event", "the proof is of another position than the event's");
    }
    let Some(checkpoint) = checkpoint else { return Ok(()) };
    let leaf = leaf_hash(&event.ledger_entry());
    if merkle::includes(proof.index, checkpoint.size, &leaf, &proof.hashes, &checkpoint.root) {
        Ok(())
    } else {
        wrong(
            "not_in_the_log",
            "the leaf of the event does not lead to the signed root: the log has another event here",
        )
    }
}

/// Whether the events are one stream from its beginning on.
fn stream(events: &[RecordedEvent], manifest: &Manifest, found: &mut Findings) {
    let name = format!("case-{}", manifest.case);
    let file = |event: &RecordedEvent| of_event(event.revision.get(), Holds::Event);
    let mut expected = 1;
    for event in events {
        if event.stream.as_str() != name {
            found.add(Check::Stream, "event_of_another_case", (&file(event), format!("it is not of {name}")));
        }
        let revision = event.revision.get();
        if revision != expected {
            let missing = if revision == expected.saturating_add(1) {
                format!("event {expected} is missing")
            } else {
                format!("events {expected} to {} are missing", revision.saturating_sub(1))
            };
            found.add(Check::Stream, "events_missing", (&file(event), missing));
        }
        expected = revision.saturating_add(1);
        if manifest.up_to.is_some_and(|up_to| event.position.get() > up_to) {
            found.add(
                Check::Stream,
                "event_beyond_reach",
                (&file(event), "it is behind the position asked for"),
            );
        }
    }
    for pair in events.windows(2) {
        if pair[1].position <= pair[0].position || pair[1].recorded_at < pair[0].recorded_at {
            let said = "it was recorded before the event in front of it";
            found.add(Check::Stream, "out_of_order", (&file(&pair[1]), said));
        }
    }
    if manifest.events != events.len() as u64 || events.is_empty() {
        let said = format!("it speaks of {} events, and {} are here", manifest.events, events.len());
        found.add(Check::Stream, "events_missing", (MANIFEST, said));
    }
}
