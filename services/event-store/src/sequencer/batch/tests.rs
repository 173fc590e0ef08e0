//! Who may be committed together.

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{Job, Waiting};
use crate::{
    append::{Append, CommandKey, NewEvent, StreamWrite},
    backend::{Answer, Request},
    stream::StreamId,
};

/// A queue with one job per pair of command number and streams; batches come back as command numbers.
struct Queue {
    waiting: Waiting,
    sender: Option<mpsc::Sender<Job>>,
    answers: Vec<oneshot::Receiver<Answer>>,
}

impl Queue {
    fn of(batch_appends: usize, jobs: &[(u128, &[&str])]) -> Self {
        let (sender, receiver) = mpsc::channel(64);
        let mut queue =
            Self { waiting: Waiting::new(receiver, batch_appends), sender: Some(sender), answers: vec![] };
        for (command, streams) in jobs {
            let (reply, answer) = oneshot::channel();
            let job = Job { request: request(*command, streams), reply };
            queue.sender.as_ref().unwrap().try_send(job).unwrap();
            queue.answers.push(answer);
        }
        queue
    }

    async fn batches(mut self) -> Vec<Vec<u128>> {
        drop(self.sender.take());
        let mut batches = vec![];
        while let Some((requests, _)) = self.waiting.next().await {
            batches.push(requests.iter().map(|request| request.command.id.as_u128()).collect());
        }
        batches
    }
}

fn request(command: u128, streams: &[&str]) -> Request {
    let event = NewEvent {
        event_id: Uuid::nil(),
        event_type: "t".into(),
        occurred_at: jiff::Timestamp::UNIX_EPOCH,
        payload: vec![],
        metadata: b"{}".into(),
    };
    let write = |name: &&str| StreamWrite {
        stream: StreamId::new("case", name),
        expected: 0.into(),
        events: vec![event.clone()],
    };
    Request::prepare(Append {
        command: CommandKey { actor: "a".into(), id: Uuid::from_u128(command) },
        fingerprint: [0; 32],
        writes: streams.iter().map(write).collect(),
    })
}

#[tokio::test]
async fn everything_that_waits_goes_together() {
    let queue = Queue::of(256, &[(1, &["a"]), (2, &["b"]), (3, &["c", "d"])]);
    assert_eq!(queue.batches().await, [vec![1, 2, 3]]);
}

#[tokio::test]
async fn a_stream_occurs_once_per_batch_and_later_ones_keep_their_order() {
    let queue = Queue::of(256, &[(1, &["a"]), (2, &["a"]), (3, &["b"]), (4, &["a"])]);
    assert_eq!(queue.batches().await, [vec![1, 3], vec![2], vec![4]]);
}

#[tokio::test]
async fn one_that_is_carried_over_holds_back_those_behind_it() {
    // 3 touches b only, but must not overtake 2, which waits for a and also writes b.
    let queue = Queue::of(256, &[(1, &["a"]), (2, &["a", "b"]), (3, &["b"])]);
    assert_eq!(queue.batches().await, [vec![1], vec![2], vec![3]]);
}

#[tokio::test]
async fn a_command_occurs_once_per_batch() {
    let queue = Queue::of(256, &[(1, &["a"]), (1, &["b"])]);
    assert_eq!(queue.batches().await, [vec![1], vec![1]]);
}

#[tokio::test]
async fn a_batch_has_a_largest_size() {
    let queue = Queue::of(2, &[(1, &["a"]), (2, &["b"]), (3, &["c"])]);
    assert_eq!(queue.batches().await, [vec![1, 2], vec![3]]);
}
