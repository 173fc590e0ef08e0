//! What waits, and what of it may be committed together.

use std::collections::{HashSet, VecDeque};

use tokio::sync::{mpsc, oneshot};

use crate::{
    append::CommandKey,
    backend::{Answer, Request},
    stream::StreamId,
};

/// Payload bytes of one batch, so that a burst of large appends cannot fill the memory or the wire.
const BATCH_BYTES: usize = 16 << 20;

/// A request and the one who waits for its answer.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) request: Request,
    pub(crate) reply: oneshot::Sender<Answer>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("events", &self.events.len()).finish_non_exhaustive()
    }
}

/// The queue, and those that had to let somebody pass.
pub(super) struct Waiting {
    jobs: mpsc::Receiver<Job>,
    carried: VecDeque<Job>,
    batch_appends: usize,
}

impl Waiting {
    pub(super) fn new(jobs: mpsc::Receiver<Job>, batch_appends: usize) -> Self {
        Self { jobs, carried: VecDeque::new(), batch_appends }
    }

    /// Refuses newcomers; what waits is still given out.
    pub(super) fn close(&mut self) {
        self.jobs.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Everything that waits and may be committed together, at least one job; none once closed and empty.
    ///
    /// A stream, and a command, occurs at most once in a batch. What comes too early is carried over, in order, and
    /// holds back what follows it on the same streams.
    pub(super) async fn next(&mut self) -> Option<(Vec<Request>, Vec<oneshot::Sender<Answer>>)> {
        if self.carried.is_empty() {
            let first = self.jobs.recv().await?;
            self.carried.push_back(first);
        }
        // Nothing below waits: a cancelled call loses no job.
        while self.carried.len() < 2 * self.batch_appends
            && let Ok(job) = self.jobs.try_recv()
        {
            self.carried.push_back(job);
        }
        Some(self.form())
    }

    fn form(&mut self) -> (Vec<Request>, Vec<oneshot::Sender<Answer>>) {
        let (mut requests, mut replies) = (Vec::new(), Vec::new());
        let mut busy = Busy::default();
        let mut bytes = 0;
        let mut later = VecDeque::new();
        for job in self.carried.drain(..) {
            let size = job.request.bytes();
            let full =
                requests.len() >= self.batch_appends || (!requests.is_empty() && bytes + size > BATCH_BYTES);
            if !busy.claim(&job.request) || full {
                later.push_back(job);
                continue;
            }
            bytes += size;
            requests.push(job.request);
            replies.push(job.reply);
        }
        self.carried = later;
        (requests, replies)
    }
}

/// Streams and commands that somebody earlier in the queue works on.
#[derive(Default)]
struct Busy {
    streams: HashSet<StreamId>,
    commands: HashSet<CommandKey>,
}

impl Busy {
    /// Marks all that the request touches, and says whether all of it was free.
    fn claim(&mut self, request: &Request) -> bool {
        let mut free = self.commands.insert(request.command.clone());
        for write in &request.writes {
            free &= self.streams.insert(write.stream.clone());
        }
        free
    }
}

#[cfg(test)]
mod tests;
