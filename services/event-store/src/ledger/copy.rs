//! The second place of checkpoints: a file elsewhere, which several nodes may share and which never goes back. A thread of its own
//! writes there, so that a medium that hangs holds up nobody; while it hangs, only the newest checkpoint waits.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use tokio::sync::watch;

use super::{
    checkpoint::Checkpoint,
    folder::{self, Folder},
    keeper::{LedgerError, Published},
    lock, merkle,
    note::Verifier,
};

/// The file that says of a folder without checkpoints that it is the right one, and not the place where it is not mounted.
pub const MARKER: &str = "safar-checkpoints";
/// Between two tries of a place that is away.
const PAUSE: Duration = Duration::from_secs(5);

/// What has become of the copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Copied {
    /// The second place holds this much, or more.
    pub(super) size: u64,
    /// It is away.
    pub(super) failed: bool,
    /// What is there, of this size, is of another history.
    pub(super) forked: Option<u64>,
}

/// Where the second place is, and what is known of the log here.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) key: Verifier,
    pub(super) folder: Folder,
    pub(super) alarm: fn(),
}

/// The thread that copies; it ends with this handle.
#[derive(Debug)]
pub(super) struct Copier {
    newest: Arc<Mutex<Option<Arc<Published>>>>,
    wake: mpsc::SyncSender<()>,
    copied: watch::Receiver<Copied>,
}

enum Trouble {
    Away(io::Error),
    Forked(u64),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Away(error)
    }
}

impl Copier {
    pub(super) fn start(place: Place) -> io::Result<Self> {
        let (wake, woken) = mpsc::sync_channel(1);
        let (told, copied) = watch::channel(Copied::default());
        let newest = Arc::new(Mutex::new(None));
        let waits = newest.clone();
        thread::Builder::new()
            .name("checkpoint copies".to_owned())
            .spawn(move || place.keep(&woken, &waits, &told))?;
        Ok(Self { newest, wake, copied })
    }

    /// Hands over a checkpoint, in the place of one that still waits.
    pub(super) fn copy(&self, published: Arc<Published>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(published);
        // Where a wake-up is on its way already, one is enough.
        let _on_its_way = self.wake.try_send(());
    }

    pub(super) fn copied(&self) -> Copied {
        *self.copied.borrow()
    }

    /// Waits until as much is copied, or cannot be, or took too long.
    pub(super) async fn settled(&self, size: u64, patience: Duration) {
        let mut copied = self.copied.clone();
        let settled =
            copied.wait_for(|copied| copied.size >= size || copied.failed || copied.forked.is_some());
        if tokio::time::timeout(patience, settled).await.is_err() {
            tracing::error!(
                "the second place of the checkpoints does not answer; the ledger goes on without it"
            );
        }
    }
}

impl Place {
    fn keep(
        &self,
        woken: &mpsc::Receiver<()>,
        newest: &Mutex<Option<Arc<Published>>>,
        told: &watch::Sender<Copied>,
    ) {
        let mut waiting: Option<Arc<Published>> = None;
        loop {
            let pause = if waiting.is_some() { PAUSE } else { Duration::MAX };
            if woken.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let newer = newest.lock().unwrap_or_else(PoisonError::into_inner).take();
            waiting = newer.or(waiting);
            let Some(published) = &waiting else { continue };
            let size = published.checkpoint.size;
            let before = *told.borrow();
            let now = match self.copy(published) {
                Ok(()) => Copied { size, ..Copied::default() },
                Err(Trouble::Forked(at)) => Copied { forked: Some(at), failed: false, ..before },
                Err(Trouble::Away(error)) => {
                    if !before.failed {
                        tracing::error!(%error, "checkpoints cannot be copied to their second place");
                    }
                    Copied { failed: true, ..before }
                }
            };
            if before.failed && !now.failed {
                tracing::info!("checkpoints are copied to their second place again");
            }
            if now.forked.is_some() && before.forked.is_none() {
                (self.alarm)();
            }
            if !now.failed {
                waiting = None;
            }
            told.send_replace(now);
        }
    }

    /// Puts the checkpoint there, unless there is as much or more. What is there has to be of this log, and of its history.
    fn copy(&self, published: &Published) -> Result<(), Trouble> {
        let (path, checkpoint) = (&self.path, &published.checkpoint);
        let Some(note) = &published.note else { return Ok(()) };
        is_mounted(path)?;
        let _turn = lock::turn(&path.with_extension("lock"))?;
        if let Some(there) = folder::read(path)? {
            let other = |error| io::Error::other(format!("{}: {error}", path.display()));
            let there = Checkpoint::open(&there, &self.key).map_err(other)?;
            if there.size > checkpoint.size {
                return Ok(());
            }
            if self.root_of_first(there.size, published)? != there.root {
                return Err(Trouble::Forked(there.size));
            }
            if there.size == checkpoint.size {
                return Ok(());
            }
        }
        Ok(folder::replace(path, note.as_bytes())?)
    }

    fn root_of_first(&self, size: u64, published: &Published) -> io::Result<merkle::Hash> {
        merkle::root(size, &mut |level, index| self.folder.subtree(&published.edge, level, index))
    }
}

/// A place that does not look like the one it has to be is not taken for an empty one.
pub fn is_the_second_place(path: &Path) -> Result<(), LedgerError> {
    is_mounted(path).map_err(|error| {
        let folder = path.parent().unwrap_or(path).to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => LedgerError::NotMounted { folder },
            _ => LedgerError::Io { path: folder, what: error.to_string() },
        }
    })
}

fn is_mounted(path: &Path) -> io::Result<()> {
    if path.try_exists()? || path.with_file_name(MARKER).try_exists()? {
        return Ok(());
    }
    let sentence = format!("{} holds neither a checkpoint nor {MARKER}", path.display());
    Err(io::Error::new(io::ErrorKind::NotFound, sentence))
}
