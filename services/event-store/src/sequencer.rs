//! One writer per log: takes what waits, commits it as one batch, answers all.

mod batch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinHandle,
};

use crate::{
    append::Append,
    backend::{Answer, BatchError, Committed, Request, Writer},
    error::{AppendError, StoreError},
    head::Head,
    metrics::Metrics,
};

pub(crate) use batch::Job;
use batch::Waiting;

/// The front of the queue, shared by all handles of a log.
#[derive(Debug)]
pub(crate) struct Sequencer {
    queue: mpsc::Sender<Job>,
    closing: watch::Sender<bool>,
    stopped: watch::Receiver<Option<StoreError>>,
    metrics: Arc<Metrics>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What the sequencer is told once.
pub(crate) struct Rules {
    pub(crate) batch_appends: usize,
    pub(crate) queue_appends: usize,
    pub(crate) patience: Duration,
}

impl Sequencer {
    pub(crate) fn start(writer: Writer, rules: &Rules, head: Head, metrics: Arc<Metrics>) -> Self {
        let (queue, jobs) = mpsc::channel(rules.queue_appends);
        let (closing, close) = watch::channel(false);
        let (stop, stopped) = watch::channel(None);
        let run = Run {
            writer,
            waiting: Waiting::new(jobs, rules.batch_appends),
            patience: rules.patience,
            head,
            metrics: metrics.clone(),
            stop,
        };
        let task = Mutex::new(Some(tokio::spawn(run.until_closed(close))));
        Self { queue, closing, stopped, metrics, task }
    }

    pub(crate) async fn append(&self, append: Append) -> Answer {
        let answer = self.queue(append).await;
        self.metrics.answered(&answer);
        answer
    }

    async fn queue(&self, append: Append) -> Answer {
        append.check()?;
        if let Some(error) = self.stopped.borrow().clone() {
            return Err(error.into());
        }
        let (reply, answer) = oneshot::channel();
        let slot = self.queue.try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => AppendError::Overloaded,
            mpsc::error::TrySendError::Closed(()) => StoreError::Closed.into(),
        })?;
        slot.send(Job { request: Request::prepare(append), reply });
        answer.await.unwrap_or(Err(AppendError::OutcomeUnknown))
    }

    pub(crate) fn queue_depth(&self) -> u64 {
        (self.queue.max_capacity() - self.queue.capacity()) as u64
    }

    /// Resolves when the log has stopped acknowledging for good.
    pub(crate) async fn stopped(&self) -> StoreError {
        let mut stopped = self.stopped.clone();
        match stopped.wait_for(Option::is_some).await {
            Ok(error) => error.clone().unwrap_or(StoreError::Closed),
            Err(_) => StoreError::Closed,
        }
    }

    /// Takes nothing new, commits what waits, lets go of the database.
    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the sequencer ended badly");
        }
    }
}

struct Run {
    writer: Writer,
    waiting: Waiting,
    patience: Duration,
    head: Head,
    metrics: Arc<Metrics>,
    stop: watch::Sender<Option<StoreError>>,
}

/// Why a batch could not be committed, once everything was tried.
enum Failure {
    /// Surely nothing is stored: each append may be tried alone.
    Rejected(StoreError),
    /// The same answer for all.
    All(AppendError),
}

impl Run {
    async fn until_closed(mut self, mut close: watch::Receiver<bool>) {
        loop {
            let batch = tokio::select! {
                biased;
                batch = self.waiting.next() => batch,
                _ = close.wait_for(|closing| *closing), if !self.waiting.is_closed() => {
                    self.waiting.close();
                    continue;
                }
            };
            let Some((requests, replies)) = batch else { break };
            self.commit_and_answer(requests, replies).await;
        }
        self.writer.close().await;
    }

    async fn commit_and_answer(&mut self, requests: Vec<Request>, replies: Vec<oneshot::Sender<Answer>>) {
        match self.commit(&requests).await {
            Ok(answers) => answer(replies, answers),
            Err(Failure::All(error)) => {
                let answers = requests.iter().map(|_| Err(error.clone())).collect();
                answer(replies, answers);
            }
            Err(Failure::Rejected(error)) if requests.len() == 1 => answer(replies, vec![Err(error.into())]),
            Err(Failure::Rejected(error)) => {
                tracing::warn!(%error, appends = requests.len(), "a batch was refused: trying its appends one by one");
                for (request, reply) in requests.into_iter().zip(replies) {
                    Box::pin(self.commit_and_answer(vec![request], vec![reply])).await;
                }
            }
        }
    }

    async fn commit(&mut self, batch: &[Request]) -> Result<Vec<Answer>, Failure> {
        if let Some(error) = self.stop.borrow().clone() {
            return Err(Failure::All(error.into()));
        }
        let started = Instant::now();
        let (mut sent, mut pause) = (false, Duration::from_millis(10));
        loop {
            let error = match self.writer.commit(batch).await {
                Ok(committed) => return Ok(self.committed(batch, committed, started.elapsed())),
                Err(BatchError::Rejected(error)) if !sent => return Err(Failure::Rejected(error)),
                Err(BatchError::Rejected(error) | BatchError::Unknown(error)) => {
                    sent = true;
                    error
                }
                Err(BatchError::NotSent(error)) => error,
                Err(BatchError::Fatal(error)) => return Err(self.stop_for_good(&error)),
            };
            if started.elapsed() + pause > self.patience {
                tracing::error!(%error, sent, appends = batch.len(), "a batch was given up");
                return Err(Failure::All(if sent { AppendError::OutcomeUnknown } else { error.into() }));
            }
            tracing::warn!(%error, sent, appends = batch.len(), "sending the same batch again");
            self.metrics.resent();
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    fn committed(&self, batch: &[Request], committed: Committed, took: Duration) -> Vec<Answer> {
        let events = (batch.iter().zip(&committed.answers))
            .filter(|(_, answer)| answer.as_ref().is_ok_and(|appended| !appended.duplicate))
            .map(|(request, _)| request.events.len() as u64)
            .sum();
        self.head.advance(committed.head);
        self.metrics.committed(batch.len(), events, took);
        tracing::debug!(appends = batch.len(), events, duration_us = took.as_micros(), "batch committed");
        committed.answers
    }

    /// A page that was not written may be marked clean in memory: only a fresh process may trust the disk again.
    fn stop_for_good(&self, error: &StoreError) -> Failure {
        tracing::error!(%error, "the log stops acknowledging");
        self.stop.send_replace(Some(StoreError::Stopped(error.to_string())));
        Failure::All(AppendError::OutcomeUnknown)
    }
}

fn answer(replies: Vec<oneshot::Sender<Answer>>, answers: Vec<Answer>) {
    for (reply, answer) in replies.into_iter().zip(answers) {
        // A caller that went away learns the outcome by sending its command id again.
        let _gone = reply.send(answer);
    }
}
