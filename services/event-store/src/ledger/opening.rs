//! The start of a ledger: the tree is built from the leaves, and held against what was signed and what is on disk.

use std::{fs, path::PathBuf};

use super::{
    checkpoint::Checkpoint,
    folder::{self, Folder},
    keeper::{LedgerError, LedgerOptions, io_error, next_leaves},
    note::{Note, Signer},
    tile::{Edge, Tile},
};
use crate::store::EventStore;

/// A checkpoint, and where it was found.
type Found = (PathBuf, Checkpoint);

/// The edge of the whole tree, with its full tiles on disk.
pub(super) async fn open(
    store: &EventStore,
    folder: &Folder,
    options: &LedgerOptions,
) -> Result<Edge, LedgerError> {
    fs::create_dir_all(&options.folder).map_err(|error| io_error(&options.folder, &error))?;
    // First what was signed, then where the log ends: another node may sign in between.
    let own = find(folder.checkpoint(), options)?;
    let copy = options.copy.clone().map(|path| find_copy(path, options)).transpose()?.flatten();
    let signed_here = own.as_ref().map(|(_, checkpoint)| checkpoint.size);
    let signed: Vec<Found> = own.into_iter().chain(copy).collect();
    let head = store.head().await?;
    for (path, checkpoint) in &signed {
        if checkpoint.size > head.get() {
            return Err(LedgerError::Behind { path: path.clone(), signed: checkpoint.size, head });
        }
    }
    let mut build = Build { folder, signed: &signed, signed_here, edge: Edge::default(), damaged: 0 };
    build.look()?;
    while let Some(leaves) = next_leaves(store, build.edge.size()).await? {
        for leaf in leaves {
            build.push(leaf)?;
        }
    }
    if build.damaged > 0 {
        tracing::error!(
            origin = options.origin,
            tiles = build.damaged,
            "tiles of the ledger were damaged, and are made anew from the log; what was signed still holds"
        );
    }
    Ok(build.edge)
}

/// The second place has to be there: one that is away would hide that the log is an older copy.
fn find_copy(path: PathBuf, options: &LedgerOptions) -> Result<Option<Found>, LedgerError> {
    match path.parent() {
        Some(parent) if !parent.is_dir() => {
            Err(LedgerError::Io { path: parent.to_owned(), what: "there is no such folder".to_owned() })
        }
        _ => find(path, options),
    }
}

fn find(path: PathBuf, options: &LedgerOptions) -> Result<Option<Found>, LedgerError> {
    let Some(bytes) = folder::read(&path).map_err(|error| io_error(&path, &error))? else { return Ok(None) };
    let opened = match options.signer.as_ref().map(Signer::verifier) {
        Some(key) => Checkpoint::open(&bytes, key),
        // Without a key nothing is signed here, and what others have signed is taken at its word.
        None => Note::parse(&bytes).and_then(|note| Checkpoint::parse(note.text)),
    };
    match opened {
        Ok(checkpoint) => Ok(Some((path, checkpoint))),
        Err(error) => Err(LedgerError::Checkpoint { path, error }),
    }
}

struct Build<'a> {
    folder: &'a Folder,
    signed: &'a [Found],
    signed_here: Option<u64>,
    edge: Edge,
    damaged: usize,
}

impl Build<'_> {
    fn push(&mut self, leaf: super::merkle::Hash) -> Result<(), LedgerError> {
        let mut filled = Vec::new();
        self.edge.push(leaf, |tile| filled.push(tile));
        for tile in &filled {
            self.hold(tile)?;
        }
        self.look()
    }

    /// Where a checkpoint was signed the root is the one that was signed, and this node's partial tiles are of that size.
    fn look(&mut self) -> Result<(), LedgerError> {
        let size = self.edge.size();
        for (path, checkpoint) in self.signed.iter().filter(|(_, checkpoint)| checkpoint.size == size) {
            if checkpoint.root != self.edge.root() {
                return Err(LedgerError::Forked { path: path.clone(), size });
            }
        }
        if self.signed_here == Some(size) {
            for tile in self.edge.tiles().collect::<Vec<_>>() {
                self.hold(&tile)?;
            }
        }
        Ok(())
    }

    /// Makes a tile that is not as it has to be. That one is missing is damage below the checkpoint that was signed here.
    fn hold(&mut self, tile: &Tile) -> Result<(), LedgerError> {
        let failed = |error| io_error(&self.folder.tile(tile.path), &error);
        let there = self.folder.get(tile.path).map_err(failed)?;
        if there.as_deref() == Some(tile.bytes().as_slice()) {
            return Ok(());
        }
        if there.is_some() || self.signed_here.is_some_and(|signed| self.edge.size() <= signed) {
            self.damaged += 1;
        }
        self.folder.put(tile).map_err(failed)
    }
}
