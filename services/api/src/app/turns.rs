//! Turns: commands of this node that lost the race for a stream go one after another, so that nobody loses for ever.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use safar_event_store::StreamId;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Streams that share a place wait for each other, which costs a little time and nothing else.
const PLACES: usize = 256;

/// The places in which commands wait; cheap to clone.
#[derive(Clone)]
pub(super) struct Turns(Arc<Vec<Arc<Mutex<()>>>>);

impl Turns {
    /// Waits for this stream's turn and holds it until the guard is dropped.
    pub(super) async fn take(&self, stream: &StreamId) -> OwnedMutexGuard<()> {
        let mut hasher = DefaultHasher::new();
        stream.as_str().hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % PLACES as u64).unwrap_or_default();
        self.0[place].clone().lock_owned().await
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new((0..PLACES).map(|_| Arc::default()).collect()))
    }
}
