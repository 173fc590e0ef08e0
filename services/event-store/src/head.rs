//! The newest position that is known here, and those who wait for it.

use tokio::sync::watch;

use crate::numbers::Position;

/// Moves forward only; every waiter is woken when it does.
#[derive(Debug, Clone)]
pub(crate) struct Head(watch::Sender<Position>);

impl Head {
    pub(crate) fn new(position: Position) -> Self {
        Self(watch::Sender::new(position))
    }

    pub(crate) fn advance(&self, position: Position) {
        self.0.send_if_modified(|head| {
            let forward = position > *head;
            if forward {
                *head = position;
            }
            forward
        });
    }

    pub(crate) fn known(&self) -> Position {
        *self.0.borrow()
    }

    /// Resolves with the head as soon as it has reached a position.
    pub(crate) async fn reached(&self, position: Position) -> Position {
        let mut head = self.0.subscribe();
        match head.wait_for(|head| *head >= position).await {
            Ok(head) => *head,
            // Not reached while `self` lives, for it holds the sender.
            Err(_) => self.known(),
        }
    }
}
