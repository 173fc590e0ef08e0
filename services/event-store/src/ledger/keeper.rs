//! Keeps the tree of a log up with it, behind the appends: tiles on disk, a signed checkpoint, and a copy of it elsewhere.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{
    checkpoint::Checkpoint,
    folder::{self, Folder},
    merkle::{self, Hash},
    note::{NoteError, Signer, Verifier},
    opening,
    tile::{Edge, Tile, TilePath},
};
use crate::{error::StoreError, numbers::Position, store::EventStore};

/// Leaves of one read.
pub(super) const PAGE: u32 = 8_192;
/// A wake-up that gets lost delays by no more than this.
const IDLE: Duration = Duration::from_secs(5);

/// How the ledger of a log is kept.
#[derive(Debug)]
pub struct LedgerOptions {
    /// Where this node keeps tiles and checkpoint.
    pub folder: PathBuf,
    /// A file elsewhere that gets a copy of each checkpoint.
    pub copy: Option<PathBuf>,
    /// The name of the log.
    pub origin: String,
    /// What signs checkpoints; without it the tree is kept and nothing is signed.
    pub signer: Option<Signer>,
    /// The least time between two checkpoints.
    pub pace: Duration,
}

/// Why the ledger of a log is not kept any further, or not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum LedgerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the ledger cannot use {}: {what}", path.display())]
    Io { path: PathBuf, what: String },
    #[error(
        "the checkpoint in {} is not what this log has signed ({error}): if it is damaged, put a copy of it there; after a change \
         of the signing key or of ledger.origin, move it away",
        path.display()
    )]
    Checkpoint { path: PathBuf, error: NoteError },
    #[error(
        "the log ends at position {head}, but the checkpoint in {} was signed over {signed} events: this is an older copy of the \
         log, or its end was cut off; restore the newest copy",
        path.display()
    )]
    Behind { path: PathBuf, signed: u64, head: Position },
    #[error(
        "the first {size} events of the log are not those over which the checkpoint in {} was signed: history was rewritten; \
         restore the log, and ask with `safar verify` what else is wrong",
        path.display()
    )]
    Forked { path: PathBuf, size: u64 },
    #[error(
        "after position {0} comes no next one: events were removed; run `safar verify` and restore the log from a copy"
    )]
    Gap(Position),
}

/// The tree over a log, as far as its newest checkpoint; cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: EventStore,
    folder: Folder,
    options: LedgerOptions,
    published: watch::Sender<Arc<Published>>,
    cosigned: Mutex<Option<String>>,
    copy_failed: AtomicBool,
}

/// What is said of the log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// How large it was, and the root.
    pub checkpoint: Checkpoint,
    /// The same signed, where there is a key.
    pub note: Option<String>,
    edge: Edge,
}

/// What a proof is made of, as far as it goes.
type Proof = io::Result<Option<Vec<Hash>>>;

impl Ledger {
    /// Builds the tree from the leaves of the log, holds it against the tiles and the checkpoints that are there, and signs what
    /// has come since. A damaged tile is made anew; a log that is not the one that was signed is refused.
    pub async fn open(store: &EventStore, options: LedgerOptions) -> Result<Self, LedgerError> {
        let folder = Folder::new(&options.folder);
        let opened = opening::open(store, &folder, &options).await?;
        let nothing = Published {
            checkpoint: Checkpoint { origin: options.origin.clone(), size: 0, root: merkle::empty_root() },
            note: None,
            edge: Edge::default(),
        };
        let cosigned =
            folder::read(&folder.cosigned()).map_err(|error| io_error(&folder.cosigned(), &error))?;
        let inner = Inner {
            store: store.clone(),
            folder,
            options,
            published: watch::Sender::new(Arc::new(nothing)),
            cosigned: Mutex::new(cosigned.and_then(|note| String::from_utf8(note).ok())),
            copy_failed: AtomicBool::default(),
        };
        let ledger = Self { inner: Arc::new(inner) };
        ledger.publish(opened, Vec::new()).await?;
        Ok(ledger)
    }

    /// Keeps up with the log until told to stop, and then once more. What goes wrong is logged and tried again.
    pub async fn follow(self, mut stop: watch::Receiver<bool>) {
        loop {
            let next = Position::from(self.published().checkpoint.size + 1);
            let stopped = tokio::select! {
                reached = self.inner.store.wait_for(next, IDLE) => match reached {
                    Ok(head) if head < next => continue,
                    _ => false,
                },
                _ = stop.wait_for(|stop| *stop) => true,
            };
            if let Err(error) = self.advance().await {
                tracing::error!(%error, origin = self.inner.options.origin, "the ledger does not follow the log");
            }
            if stopped {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(self.inner.options.pace) => (),
                _ = stop.wait_for(|stop| *stop) => (),
            }
        }
    }

    /// Takes in what the log has gained, and signs it; of a log that no longer goes on where the newest checkpoint ended,
    /// nothing more is signed.
    pub async fn advance(&self) -> Result<(), LedgerError> {
        self.goes_on().await?;
        let mut edge = self.published().edge.clone();
        let (before, mut filled) = (edge.size(), Vec::new());
        while let Some(leaves) = next_leaves(&self.inner.store, edge.size()).await? {
            for leaf in leaves {
                edge.push(leaf, |tile| filled.push(tile));
            }
        }
        if edge.size() == before { Ok(()) } else { self.publish(edge, filled).await }
    }

    /// The log still has the last leaf that was taken in: a database that fell back to an older copy of itself has lost it, and
    /// may have another in its place.
    async fn goes_on(&self) -> Result<(), LedgerError> {
        let (size, path) = (self.published().checkpoint.size, self.inner.folder.checkpoint());
        if size == 0 {
            return Ok(());
        }
        let known = self.leaf(Position::from(size)).map_err(|error| io_error(&path, &error))?;
        let found = self.inner.store.leaves(Position::from(size - 1), 1).await?;
        match found.first() {
            Some((position, leaf)) if position.get() == size && Some(*leaf) == known => Ok(()),
            Some(_) => Err(LedgerError::Forked { path, size }),
            None => Err(LedgerError::Behind { path, signed: size, head: self.inner.store.head().await? }),
        }
    }

    /// What is said of the log now.
    pub fn published(&self) -> Arc<Published> {
        self.inner.published.borrow().clone()
    }

    /// Tells of each new checkpoint.
    pub fn watch(&self) -> watch::Receiver<Arc<Published>> {
        self.inner.published.subscribe()
    }

    /// The newest checkpoint that a witness has cosigned, with its line.
    pub fn cosigned(&self) -> Option<String> {
        self.inner.cosigned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a checkpoint with the lines of witnesses below it; the caller has verified them.
    pub fn keep_cosigned(&self, note: String) -> io::Result<()> {
        folder::replace(&self.inner.folder.cosigned(), note.as_bytes())?;
        *self.inner.cosigned.lock().unwrap_or_else(PoisonError::into_inner) = Some(note);
        Ok(())
    }

    /// The key that signs, if there is one here.
    pub fn verifier(&self) -> Option<&Verifier> {
        self.inner.options.signer.as_ref().map(Signer::verifier)
    }

    /// The bytes of a tile, if the newest checkpoint reaches so far. Reads the disk.
    pub fn tile(&self, path: TilePath) -> io::Result<Option<Vec<u8>>> {
        let published = self.published();
        if path.width > path.width_in(published.checkpoint.size) {
            return Ok(None);
        }
        let bytes = match published.edge.tile(path.level, path.index) {
            Some(hashes) => hashes.concat(),
            None => self.inner.folder.get(TilePath::full(path.level, path.index))?.unwrap_or_default(),
        };
        let whole = bytes.get(..path.width * 32).map(<[u8]>::to_vec);
        whole.map(Some).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("the tile {path} is not whole"))
        })
    }

    /// What leads from the leaf of a position to the root of a tree of this size; none beyond the newest checkpoint.
    pub fn inclusion(&self, position: Position, size: u64) -> Proof {
        let published = self.published();
        if position == Position::START || position.get() > size || size > published.checkpoint.size {
            return Ok(None);
        }
        merkle::inclusion(position.get() - 1, size, &mut |level, index| {
            self.inner.folder.subtree(&published.edge, level, index)
        })
        .map(Some)
    }

    /// What shows that the tree of size `to` begins with that of size `from`; none beyond the newest checkpoint.
    pub fn consistency(&self, from: u64, to: u64) -> Proof {
        let published = self.published();
        if from > to || to > published.checkpoint.size {
            return Ok(None);
        }
        merkle::consistency(from, to, &mut |level, index| {
            self.inner.folder.subtree(&published.edge, level, index)
        })
        .map(Some)
    }

    /// The leaf of a position; none beyond the newest checkpoint.
    pub fn leaf(&self, position: Position) -> io::Result<Option<Hash>> {
        let published = self.published();
        if position == Position::START || position.get() > published.checkpoint.size {
            return Ok(None);
        }
        self.inner.folder.subtree(&published.edge, 0, position.get() - 1).map(Some)
    }

    /// The root of the first `size` leaves; none beyond the newest checkpoint.
    pub fn root(&self, size: u64) -> io::Result<Option<Hash>> {
        let published = self.published();
        if size > published.checkpoint.size {
            return Ok(None);
        }
        merkle::root(size, &mut |level, index| self.inner.folder.subtree(&published.edge, level, index))
            .map(Some)
    }

    /// Writes tiles, signs, copies, and only then tells.
    async fn publish(&self, edge: Edge, filled: Vec<Tile>) -> Result<(), LedgerError> {
        let ledger = self.clone();
        let done = tokio::task::spawn_blocking(move || ledger.inner.publish(edge, &filled)).await;
        done.map_err(|_| StoreError::Closed)?
    }
}

impl Inner {
    fn publish(&self, edge: Edge, filled: &[Tile]) -> Result<(), LedgerError> {
        let edges: Vec<Tile> = edge.tiles().collect();
        for tile in filled.iter().chain(&edges) {
            self.folder.put(tile).map_err(|error| io_error(&self.folder.tile(tile.path), &error))?;
        }
        let checkpoint =
            Checkpoint { origin: self.options.origin.clone(), size: edge.size(), root: edge.root() };
        let note = self.options.signer.as_ref().map(|signer| signer.sign(&checkpoint.to_string()));
        if let Some(note) = &note {
            let path = self.folder.checkpoint();
            folder::replace(&path, note.as_bytes()).map_err(|error| io_error(&path, &error))?;
            self.copy(&checkpoint, note)?;
        }
        for tile in filled.iter().chain(&edges) {
            self.folder.tidy(tile.path).map_err(|error| io_error(&self.folder.tile(tile.path), &error))?;
        }
        self.published.send_replace(Arc::new(Published { checkpoint, note, edge }));
        Ok(())
    }

    /// Copies the checkpoint to its second place, where another node may have put a newer one. A place that is away does not
    /// hold up the ledger.
    fn copy(&self, checkpoint: &Checkpoint, note: &str) -> Result<(), LedgerError> {
        let (Some(path), Some(signer)) = (&self.options.copy, &self.options.signer) else { return Ok(()) };
        let copied = folder::read(path).and_then(|there| {
            let there = there.and_then(|there| Checkpoint::open(&there, signer.verifier()).ok());
            match there {
                Some(there) if there.size > checkpoint.size => Ok(None),
                Some(there) if there.size == checkpoint.size => Ok(Some(there)),
                _ => folder::replace(path, note.as_bytes()).map(|()| None),
            }
        });
        let failed = copied.is_err();
        if self.copy_failed.swap(failed, Relaxed) != failed {
            if let Err(error) = &copied {
                tracing::error!(%error, "checkpoints cannot be copied to their second place");
            } else {
                tracing::info!("checkpoints are copied to their second place again");
            }
        }
        match copied {
            Ok(Some(there)) if there.root != checkpoint.root => {
                Err(LedgerError::Forked { path: path.clone(), size: there.size })
            }
            _ => Ok(()),
        }
    }
}

/// The leaves after so many, in pages; none at the end.
pub(super) async fn next_leaves(store: &EventStore, size: u64) -> Result<Option<Vec<Hash>>, LedgerError> {
    let after = Position::from(size);
    let leaves = store.leaves(after, PAGE).await?;
    for (expected, (position, _)) in (size + 1..).zip(&leaves) {
        if position.get() != expected {
            return Err(LedgerError::Gap(Position::from(expected - 1)));
        }
    }
    let leaves: Vec<Hash> = leaves.into_iter().map(|(_, leaf)| leaf).collect();
    Ok(Some(leaves).filter(|leaves| !leaves.is_empty()))
}

pub(super) fn io_error(path: &Path, error: &io::Error) -> LedgerError {
    LedgerError::Io { path: path.to_owned(), what: error.to_string() }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checkpoint.fmt(f)
    }
}
