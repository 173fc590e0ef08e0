//! What must be true of every history. Each check is fed broken histories too, in `controls`.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use safar_event_store::{CommandKey, EventStore, Position, RecordedEvent, Revision, StreamId};

/// The whole log, read in pages.
pub(crate) async fn whole_log(store: &EventStore) -> Result<Vec<RecordedEvent>> {
    let mut events: Vec<RecordedEvent> = vec![];
    loop {
        let after = events.last().map_or(Position::START, |event| event.position);
        let page = store.read_all(after, 997).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// Every rule at once.
pub(crate) fn assert_history(events: &[RecordedEvent]) -> Result<()> {
    assert_gapless(events)?;
    assert_revisions(events)?;
    assert_time(events)?;
    assert_commands_once(events)
}

/// Positions are 1, 2, 3 … in the order of reading.
pub(crate) fn assert_gapless(events: &[RecordedEvent]) -> Result<()> {
    for (expected, event) in (1..).zip(events) {
        ensure!(event.position.get() == expected, "position {} where {expected} belongs", event.position);
    }
    Ok(())
}

/// Within each stream, revisions are 1, 2, 3 … in the order of the log.
pub(crate) fn assert_revisions(events: &[RecordedEvent]) -> Result<()> {
    let mut last: HashMap<&StreamId, Revision> = HashMap::new();
    for event in events {
        let revision = last.entry(&event.stream).or_default();
        ensure!(event.revision == revision.next(), "{}: {} after {revision}", event.stream, event.revision);
        *revision = event.revision;
    }
    Ok(())
}

/// Recorded time never decreases.
pub(crate) fn assert_time(events: &[RecordedEvent]) -> Result<()> {
    for pair in events.windows(2) {
        ensure!(pair[0].recorded_at <= pair[1].recorded_at, "time runs backwards at {}", pair[1].position);
    }
    Ok(())
}

/// The events of a command are adjacent and numbered 0, 1, 2 …, so that no command was done twice.
pub(crate) fn assert_commands_once(events: &[RecordedEvent]) -> Result<()> {
    let mut next: HashMap<&CommandKey, (u32, Position)> = HashMap::new();
    for event in events {
        match next.get(&event.command) {
            None => ensure!(event.ordinal == 0, "a command begins with ordinal {}", event.ordinal),
            Some((ordinal, position)) => ensure!(
                event.ordinal == *ordinal && event.position == *position,
                "position {} repeats a command",
                event.position
            ),
        }
        next.insert(&event.command, (event.ordinal + 1, event.position.next()));
    }
    Ok(())
}

/// Takes the log in as a projector does, and complains about the first thing out of order.
#[derive(Default)]
pub(crate) struct Follower {
    pub(crate) position: Position,
}

impl Follower {
    /// Takes one page that was read after the present position.
    pub(crate) fn take(&mut self, page: &[RecordedEvent]) -> Result<()> {
        for event in page {
            ensure!(
                event.position == self.position.next(),
                "position {} came after {}: something was skipped",
                event.position,
                self.position
            );
            self.position = event.position;
        }
        Ok(())
    }

    /// Reads on until a position is reached.
    pub(crate) async fn follow(&mut self, store: &EventStore, until: Position) -> Result<()> {
        while self.position < until {
            let head = store.wait_for(self.position.next(), std::time::Duration::from_secs(10)).await?;
            ensure!(head > self.position, "nothing came after {}: the writers have ended", self.position);
            self.take(&store.read_all(self.position, 100).await?)?;
        }
        Ok(())
    }
}
