//! A running node: the log, its read models, the follower that moves them, the timer, and the HTTP servers.

mod http;
mod open;
mod readiness;

use std::{net::SocketAddr, time::Duration};

use tokio::{sync::watch, task::JoinHandle};

use crate::{app::App, clock::Clock, config::Config};

pub use http::{Face, Servers, serve};
pub use open::{NodeError, store_options};

/// The log and the read models, with everything that keeps them moving.
pub struct Node {
    /// The application on top of them.
    pub app: App,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Node {
    /// Opens the log and the read models of a configuration and begins to follow.
    pub async fn open(config: &Config, dev: bool, clock: Clock) -> Result<Self, NodeError> {
        open::open(config, dev, clock).await
    }

    /// Waits until the read models have taken in everything that the log holds now.
    pub async fn caught_up(&self) -> Result<(), NodeError> {
        let head = self.app.store.head().await?;
        while self.app.models.wait_for(head, Duration::from_secs(1)).await < head {
            if self.tasks.iter().any(JoinHandle::is_finished) {
                return Err(NodeError::FollowerStopped);
            }
        }
        Ok(())
    }

    /// Stops following and closes the log; what was acknowledged is on disk.
    pub async fn close(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.app.store.close().await;
    }
}

/// The address at which a server listens, as a browser takes it.
pub fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
