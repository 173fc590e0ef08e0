//! Appends in one word.

use std::{future::poll_fn, task::Poll};

use jiff::Timestamp;
use safar_event_store::{
    Append, AppendError, Appended, CommandKey, EventStore, NewEvent, StreamId, StreamWrite,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) fn case(id: u64) -> StreamId {
    StreamId::new("case", id)
}

pub(crate) fn event(event_type: &str) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(7),
        event_type: event_type.to_owned(),
        occurred_at: Timestamp::UNIX_EPOCH,
        payload: br#"{"some":"payload"}"#.to_vec(),
        metadata: b"{}".to_vec(),
    }
}

pub(crate) fn write(stream: &StreamId, expected: u64, events: usize) -> StreamWrite {
    let events = (0..events).map(|_| event("case.tested.v1")).collect();
    StreamWrite { stream: stream.clone(), expected: expected.into(), events }
}

/// The command with this number, by one actor.
pub(crate) fn command(number: u64) -> CommandKey {
    CommandKey { actor: "worker-1".to_owned(), id: Uuid::from_u64_pair(1, number) }
}

pub(crate) fn append_of(number: u64, writes: Vec<StreamWrite>) -> Append {
    Append { command: command(number), fingerprint: [7; 32], writes }
}

/// One event on one stream.
pub(crate) fn append(number: u64, stream: &StreamId, expected: u64) -> Append {
    append_of(number, vec![write(stream, expected, 1)])
}

pub(crate) type Answer = Result<Appended, AppendError>;

/// Queues an append; it is in the queue (or answered) when this returns, so that order is under control.
pub(crate) async fn queue(store: &EventStore, append: Append) -> JoinHandle<Answer> {
    let store = store.clone();
    let mut future = Box::pin(async move { store.append(append).await });
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(answer) => tokio::spawn(async { answer }),
        Poll::Pending => tokio::spawn(future),
    }
}

/// Queues an append while the log is held, and waits until the writer is stuck with it: what comes next must wait.
pub(crate) async fn occupy(store: &EventStore, append: Append) -> JoinHandle<Answer> {
    let task = queue(store, append).await;
    while store.metrics().queue_depth > 0 {
        tokio::task::yield_now().await;
    }
    task
}
