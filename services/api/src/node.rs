//! A running node: the log, its read models, the follower that moves them, the timer, and the HTTP servers.

mod http;
mod keys;
mod ledger;
mod metrics;
mod open;
mod readiness;
mod self_test;
mod witness;

use std::{net::SocketAddr, time::Duration};

use tokio::{sync::watch, task::JoinHandle};

use crate::{app::App, clock::Clock, config::Config};

pub use http::{Face, Servers, serve};
pub use keys::{key_store, migrate_keys, root_keys, vault_as_it_is};
pub use ledger::{CheckpointFiles, checkpoint_files, ledger_evidence, ledger_keys, ledger_notes};
pub use open::{NodeError, access_options, store_options};

/// The log and the read models, with everything that keeps them moving.
pub struct Node {
    /// The application on top of them.
    pub app: App,
    stop: watch::Sender<bool>,
    trouble: watch::Receiver<Option<String>>,
    /// The first is the follower of the read models.
    tasks: Vec<JoinHandle<()>>,
}

impl Node {
    /// Opens the log and the read models of a configuration and begins to follow.
    pub async fn open(config: &Config, dev: bool, clock: Clock) -> Result<Self, NodeError> {
        open::open(config, dev, clock, true).await
    }

    /// The same without the timer: what time alone brings about is recorded when somebody touches it, so that two that are
    /// told the same months in a second record the same.
    pub async fn open_untimed(config: &Config, dev: bool, clock: Clock) -> Result<Self, NodeError> {
        open::open(config, dev, clock, false).await
    }

    /// Waits until the read models have taken in everything that the log holds now.
    pub async fn caught_up(&self) -> Result<(), NodeError> {
        let head = self.app.store.head().await?;
        while self.app.models.wait_for(head, Duration::from_secs(1)).await < head {
            // Others end of themselves where there is nothing for them to do.
            if self.tasks.first().is_some_and(JoinHandle::is_finished) {
                return Err(NodeError::FollowerStopped);
            }
        }
        Ok(())
    }

    /// Resolves when this node can no longer do its work, with what the operator should read: the log has stopped, or the
    /// read models do not follow it any more. A node that answers an ever older story must not go on answering.
    pub fn trouble(&self) -> impl Future<Output = String> + use<> {
        let (store, mut trouble) = (self.app.store.clone(), self.trouble.clone());
        async move {
            tokio::select! {
                error = store.stopped() => error.to_string(),
                found = trouble.wait_for(Option::is_some) => match found {
                    Ok(sentence) => sentence.clone().unwrap_or_default(),
                    Err(_) => std::future::pending().await,
                },
            }
        }
    }

    /// Measures the log and the read models until the node closes; once per process, after telemetry has started.
    pub fn measure(&mut self) {
        let seen = metrics::register(&self.app.store);
        self.tasks.push(tokio::spawn(seen.keep_looking(self.app.clone(), self.stop.subscribe())));
    }

    /// Stops following and closes the log; what was acknowledged is on disk.
    pub async fn close(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.app.store.close().await;
        self.app.access.close().await;
    }
}

/// The address at which a server listens, as a browser takes it.
pub fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
