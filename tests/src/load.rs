//! Appends whose every byte follows from writer and revision, so that another process can repeat and check them.

use jiff::Timestamp;
use safar_event_store::{Append, CommandKey, NewEvent, Revision, StreamId, StreamWrite};
use uuid::Uuid;

/// The stream of a writer.
pub fn stream(writer: u64) -> StreamId {
    StreamId::new("load", writer)
}

/// The command by which a writer takes its stream from one revision to the next.
pub fn command(writer: u64, after: Revision) -> CommandKey {
    CommandKey { actor: format!("writer-{writer}"), id: Uuid::from_u64_pair(writer, after.get()) }
}

/// That step.
pub fn append(writer: u64, after: Revision) -> Append {
    let command = command(writer, after);
    let event = NewEvent {
        event_id: command.id,
        event_type: "load.stepped.v1".to_owned(),
        occurred_at: Timestamp::UNIX_EPOCH,
        payload: [writer.to_be_bytes(), after.get().to_be_bytes()].concat().repeat(30),
        metadata: br#"{"load":true}"#.to_vec(),
    };
    let write = StreamWrite { stream: stream(writer), expected: after, events: vec![event] };
    Append { command, fingerprint: [1; 32], writes: vec![write] }
}
