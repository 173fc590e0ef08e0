//! Learns of what other nodes append: a notification is a hint, looking is the truth.

use std::time::Duration;

use futures_util::StreamExt;
use sqlx::{PgPool, postgres::PgListener};

use crate::{head::Head, read::Reader};

pub(super) struct Watcher {
    pub(super) reader: Reader,
    pub(super) head: Head,
    pub(super) channel: String,
    pub(super) poll_interval: Duration,
}

impl Watcher {
    /// Runs until it is aborted. Without notifications it still looks each interval.
    pub(super) async fn watch(self, wake_ups: PgPool) {
        loop {
            match self.listen(&wake_ups).await {
                Ok(()) => {}
                Err(sqlx::Error::PoolClosed) => return,
                Err(error) => {
                    let error = crate::StoreError::from(error);
                    tracing::warn!(%error, "no wake-ups from the database");
                }
            }
            tokio::time::sleep(self.poll_interval).await;
            self.look().await;
        }
    }

    async fn listen(&self, wake_ups: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(wake_ups).await?;
        listener.listen(&self.channel).await?;
        self.look().await;
        // A stream keeps a half-read notification when the other branch wins; `recv` might not.
        let mut notifications = listener.into_stream();
        loop {
            tokio::select! {
                notification = notifications.next() => match notification {
                    Some(Ok(hint)) if self.is_known(hint.payload()) => {}
                    Some(Ok(_)) => self.look().await,
                    Some(Err(error)) => return Err(error),
                    None => return Ok(()),
                },
                () = tokio::time::sleep(self.poll_interval) => self.look().await,
            }
        }
    }

    fn is_known(&self, hint: &str) -> bool {
        hint.parse::<u64>().is_ok_and(|position| position <= self.head.known().get())
    }

    async fn look(&self) {
        match self.reader.head().await {
            Ok(position) => self.head.advance(position),
            Err(error) => tracing::warn!(%error, "cannot look for new events"),
        }
    }
}
