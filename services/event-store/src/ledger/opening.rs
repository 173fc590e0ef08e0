//! The start of a ledger: the tree is built from the leaves, and held against what was signed and what is on disk.

use std::{collections::HashSet, fs, path::PathBuf};

use super::{
    checkpoint::Checkpoint,
    copy,
    folder::{self, Folder},
    keeper::{LedgerError, LedgerOptions, io_error, next_leaves},
    merkle::Hash,
    note::{Note, Signer},
    tile::{Edge, Tile, TilePath, WIDTH},
};
use crate::{numbers::Position, store::EventStore};

/// A checkpoint, and where it was found.
type Found = (PathBuf, Checkpoint);

/// The edge of the whole tree, with its full tiles on disk. Nothing is written before everything that was signed holds.
pub(super) async fn open(
    store: &EventStore,
    folder: &Folder,
    options: &LedgerOptions,
) -> Result<Edge, LedgerError> {
    fs::create_dir_all(&options.folder).map_err(|error| io_error(&options.folder, &error))?;
    // First what was signed, then where the log ends: another node may sign in between.
    let own = find(folder.checkpoint(), options)?;
    let cosigned = find(folder.cosigned(), options)?;
    let copy = match &options.copy {
        Some(path) => {
            copy::is_the_second_place(path)?;
            find(path.clone(), options)?
        }
        None => None,
    };
    let signed_here = own.as_ref().map(|(_, checkpoint)| checkpoint.size);
    let signed: Vec<Found> = own.into_iter().chain(cosigned).chain(copy).collect();
    let head = store.head().await?;
    for (path, checkpoint) in &signed {
        if checkpoint.size > head.get() {
            return Err(LedgerError::Behind { path: path.clone(), signed: checkpoint.size, head });
        }
    }
    let mut look = Look {
        folder,
        signed: &signed,
        signed_here,
        edge: Edge::default(),
        absent: HashSet::new(),
        damaged: 0,
        differs: None,
    };
    look.at_size()?;
    while let Some(leaves) = next_leaves(store, look.edge.size()).await? {
        for leaf in leaves {
            look.push(leaf)?;
        }
    }
    if look.damaged > 0 {
        (options.alarm)();
        tracing::error!(
            origin = options.origin,
            tiles = look.damaged,
            event.position = look.differs.map(Position::get),
            "tiles of the ledger were damaged, and are made anew from the log; what was signed still holds"
        );
    }
    make(store, folder, &look).await?;
    Ok(look.edge)
}

/// Writes the full tiles that were not as they have to be.
async fn make(store: &EventStore, folder: &Folder, look: &Look<'_>) -> Result<(), LedgerError> {
    let mut edge = Edge::default();
    while !look.absent.is_empty() && edge.size() < look.edge.size() {
        let Some(leaves) = next_leaves(store, edge.size()).await? else { break };
        let mut tiles = Vec::new();
        for leaf in leaves {
            edge.push(leaf, |tile| tiles.extend(Some(tile).filter(|tile| look.absent.contains(&tile.path))));
        }
        let made = folder.put(&tiles).and_then(|()| tiles.iter().try_for_each(|tile| folder.tidy(tile.path)));
        made.map_err(|error| io_error(folder.path(), &error))?;
    }
    Ok(())
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

/// A walk over the leaves that only looks.
struct Look<'a> {
    folder: &'a Folder,
    signed: &'a [Found],
    signed_here: Option<u64>,
    edge: Edge,
    absent: HashSet<TilePath>,
    damaged: usize,
    /// The first event whose leaf is another one in the tiles.
    differs: Option<Position>,
}

impl Look<'_> {
    fn push(&mut self, leaf: Hash) -> Result<(), LedgerError> {
        let mut filled = Vec::new();
        self.edge.push(leaf, |tile| filled.push(tile));
        for tile in &filled {
            self.hold(tile)?;
        }
        self.at_size()
    }

    /// Where a checkpoint was signed the root is the one that was signed, and this node's partial tiles are of that size.
    fn at_size(&mut self) -> Result<(), LedgerError> {
        let size = self.edge.size();
        if self.signed_here == Some(size) {
            for tile in self.edge.tiles().collect::<Vec<_>>() {
                self.hold(&tile)?;
            }
        }
        for (path, checkpoint) in self.signed.iter().filter(|(_, checkpoint)| checkpoint.size == size) {
            if checkpoint.root != self.edge.root() {
                return Err(LedgerError::Forked { path: path.clone(), size, first: self.differs });
            }
        }
        Ok(())
    }

    /// Looks at a tile on disk. That one is missing is damage below the checkpoint that was signed here.
    fn hold(&mut self, tile: &Tile) -> Result<(), LedgerError> {
        let failed = |error| io_error(&self.folder.tile(tile.path), &error);
        let there = self.folder.get(tile.path).map_err(failed)?;
        if there.as_deref() == Some(tile.bytes().as_slice()) {
            return Ok(());
        }
        if there.is_some() || self.signed_here.is_some_and(|signed| self.edge.size() <= signed) {
            self.damaged += 1;
        }
        if tile.path.level == 0 && self.differs.is_none() {
            self.differs = there.and_then(|there| first_difference(tile, &there));
        }
        if tile.path.is_full() {
            self.absent.insert(tile.path);
        }
        Ok(())
    }
}

fn first_difference(tile: &Tile, there: &[u8]) -> Option<Position> {
    let mut both = (0..).zip(tile.hashes.iter().zip(there.as_chunks::<32>().0));
    let (place, _) = both.find(|(_, (leaf, there))| leaf != there)?;
    Some(Position::from(tile.path.index * WIDTH as u64 + place + 1))
}
