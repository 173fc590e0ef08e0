//! Keeps the tree of a log up with it, behind the appends: tiles on disk, a signed checkpoint, and a copy of it elsewhere.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    checkpoint::Checkpoint,
    copy::{self, Copier, MARKER},
    folder::{self, Folder},
    merkle::Hash,
    note::{NoteError, Signer, Verifier},
    opening,
    tile::{Edge, Tile, TilePath},
};
use crate::{error::StoreError, numbers::Position, store::EventStore};

/// Leaves of one read.
pub(super) const PAGE: u32 = 8_192;
/// A wake-up that gets lost delays by no more than this.
const IDLE: Duration = Duration::from_secs(5);
/// The second place of the checkpoints is not waited for any longer, neither at the start nor at the end.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// Called when something that is stored is found not to be what was signed.
    pub alarm: fn(),
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
         of the signing key or of ledger.origin, move `checkpoint` and `cosigned` out of the ledger's folder and the checkpoint \
         out of ledger.copy_folder, and keep them: they prove what was before",
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
        "the first {size} events of the log are not those over which the checkpoint in {} was signed{}: history was rewritten; \
         restore the log, and ask with `safar verify` what else is wrong",
        path.display(),
        first.map(|first| format!(", and the tiles of the ledger have another one at position {first}")).unwrap_or_default()
    )]
    Forked { path: PathBuf, size: u64, first: Option<Position> },
    #[error(
        "{} holds neither a checkpoint nor the file {MARKER}: if it is not mounted, mount it; if it is the right folder for \
         copies of checkpoints and new, say so once: touch {}",
        folder.display(),
        folder.join(MARKER).display()
    )]
    NotMounted { folder: PathBuf },
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
    copier: Option<Copier>,
}

/// A ledger that has signed what its log has become, and has told nobody yet.
#[derive(Debug)]
pub struct Unpublished(Ledger);

/// What is said of the log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// How large it was, and the root.
    pub checkpoint: Checkpoint,
    /// The same signed, where there is a key.
    pub note: Option<String>,
    pub(super) edge: Edge,
}

impl Ledger {
    /// Opens the ledger, and signs and writes down what has come since.
    pub async fn open(store: &EventStore, options: LedgerOptions) -> Result<Self, LedgerError> {
        Self::prepare(store, options).await?.publish().await
    }

    /// Builds the tree from the leaves of the log and holds it against the tiles and the checkpoints that are there. A damaged tile
    /// is made anew; a log that is not the one that was signed is refused. No checkpoint is written before a witness can be asked.
    pub async fn prepare(store: &EventStore, options: LedgerOptions) -> Result<Unpublished, LedgerError> {
        let folder = Folder::new(&options.folder);
        let edge = opening::open(store, &folder, &options).await?;
        let cosigned =
            folder::read(&folder.cosigned()).map_err(|error| io_error(&folder.cosigned(), &error))?;
        let inner = Inner {
            store: store.clone(),
            copier: copier(&folder, &options)?,
            folder,
            published: watch::Sender::new(Arc::new(Published::of(edge, &options))),
            options,
            cosigned: Mutex::new(cosigned.and_then(|note| String::from_utf8(note).ok())),
        };
        Ok(Unpublished(Self { inner: Arc::new(inner) }))
    }

    /// Keeps up with the log until told to stop, and then once more. What goes wrong is logged and tried again.
    pub async fn follow(self, mut stop: watch::Receiver<bool>) {
        let mut said = None;
        loop {
            let next = Position::from(self.published().checkpoint.size + 1);
            let stopped = tokio::select! {
                reached = self.inner.store.wait_for(next, IDLE) => match reached {
                    Ok(head) if head.next() == next => continue,
                    _ => false,
                },
                _ = stop.wait_for(|stop| *stop) => true,
            };
            let trouble = self.advance().await.err();
            if let Some(error) = trouble.as_ref().filter(|_| trouble != said) {
                self.say(error);
            }
            said = trouble;
            if stopped {
                self.copied().await;
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
        let before: Vec<TilePath> = self.published().edge.tiles().map(|tile| tile.path).collect();
        let mut edge = self.published().edge.clone();
        let (size, mut tiles) = (edge.size(), Vec::new());
        while let Some(leaves) = next_leaves(&self.inner.store, edge.size()).await? {
            for leaf in leaves {
                edge.push(leaf, |tile| tiles.push(tile));
            }
        }
        if edge.size() == size {
            return Ok(());
        }
        tiles.extend(edge.tiles().filter(|tile| !before.contains(&tile.path)));
        self.publish(edge, tiles).await
    }

    /// The log still has the last leaf that was taken in: a database that fell back to an older copy of itself has lost it, and
    /// may have another in its place.
    async fn goes_on(&self) -> Result<(), LedgerError> {
        let (size, path) = (self.published().checkpoint.size, self.inner.folder.checkpoint());
        if let Some(size) = self.inner.copier.as_ref().and_then(|copier| copier.copied().forked) {
            let path = self.inner.options.copy.clone().unwrap_or(path);
            return Err(LedgerError::Forked { path, size, first: None });
        }
        if size == 0 {
            return Ok(());
        }
        let known = self.leaf(Position::from(size)).map_err(|error| io_error(&path, &error))?;
        let found = self.inner.store.leaves(Position::from(size - 1), 1).await?;
        match found.first() {
            Some((position, leaf)) if position.get() == size && Some(*leaf) == known => Ok(()),
            Some(_) => Err(LedgerError::Forked { path, size, first: None }),
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

    /// How many events no checkpoint of this node covers yet.
    pub async fn unsigned(&self) -> Result<u64, StoreError> {
        let published = self.published();
        let signed = published.note.as_ref().map_or(0, |_| published.checkpoint.size);
        Ok(self.inner.store.head().await?.get().saturating_sub(signed))
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.inner.folder
    }

    /// Writes tiles, signs, hands over the copy, and only then tells.
    async fn publish(&self, edge: Edge, tiles: Vec<Tile>) -> Result<(), LedgerError> {
        let ledger = self.clone();
        let done = tokio::task::spawn_blocking(move || ledger.inner.publish(edge, &tiles)).await;
        done.map_err(|_| StoreError::Closed)?
    }

    /// Waits for the second place, and not for long.
    pub async fn copied(&self) {
        if let Some(copier) = &self.inner.copier
            && self.published().note.is_some()
        {
            copier.settled(self.published().checkpoint.size, PATIENCE).await;
        }
    }

    /// Says what keeps the ledger from following, once for each thing that does.
    fn say(&self, error: &LedgerError) {
        let origin = &self.inner.options.origin;
        tracing::error!(%error, origin, "the ledger does not follow the log");
        if error.is_of_the_log() {
            (self.inner.options.alarm)();
        }
    }
}

impl Unpublished {
    /// The ledger as it would be.
    pub fn ledger(&self) -> &Ledger {
        &self.0
    }

    /// Writes down and copies what it has signed.
    pub async fn publish(self) -> Result<Ledger, LedgerError> {
        let edge = self.0.published().edge.clone();
        let tiles = edge.tiles().collect();
        self.0.publish(edge, tiles).await?;
        self.0.copied().await;
        Ok(self.0)
    }
}

impl Inner {
    /// First the tiles, then the checkpoint over them, each on disk before the next.
    fn publish(&self, edge: Edge, tiles: &[Tile]) -> Result<(), LedgerError> {
        let failed = |error| io_error(self.folder.path(), &error);
        self.folder.put(tiles).map_err(failed)?;
        let published = Arc::new(Published::of(edge, &self.options));
        if let Some(note) = &published.note {
            let path = self.folder.checkpoint();
            folder::replace(&path, note.as_bytes()).map_err(|error| io_error(&path, &error))?;
            if let Some(copier) = &self.copier {
                copier.copy(published.clone());
            }
        }
        tiles.iter().try_for_each(|tile| self.folder.tidy(tile.path)).map_err(failed)?;
        self.published.send_replace(published);
        Ok(())
    }
}

impl Published {
    fn of(edge: Edge, options: &LedgerOptions) -> Self {
        let checkpoint = Checkpoint { origin: options.origin.clone(), size: edge.size(), root: edge.root() };
        let note = options.signer.as_ref().map(|signer| signer.sign(&checkpoint.to_string()));
        Self { checkpoint, note, edge }
    }
}

impl LedgerError {
    /// Whether it says that the log is not the one that was signed, and not that something is away.
    fn is_of_the_log(&self) -> bool {
        match self {
            Self::Store(error) => error.is_damage(),
            Self::Behind { .. } | Self::Forked { .. } | Self::Gap(_) => true,
            _ => false,
        }
    }
}

fn copier(folder: &Folder, options: &LedgerOptions) -> Result<Option<Copier>, LedgerError> {
    let (Some(path), Some(signer)) = (&options.copy, &options.signer) else { return Ok(None) };
    let (key, folder) = (signer.verifier().clone(), folder.clone());
    let place = copy::Place { path: path.clone(), key, folder, alarm: options.alarm };
    Copier::start(place).map(Some).map_err(|error| io_error(path, &error))
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
