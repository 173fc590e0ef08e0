//! What a log is held against when it is checked: checkpoints that were signed, and the tiles of a folder.

use std::path::{Path, PathBuf};

use super::{
    checkpoint::Checkpoint,
    folder::{self, Folder},
    merkle::Hash,
    note::{Note, Verifier},
    tile::{Edge, Tile, TilePath},
};

/// Something wrong between a log and what was signed of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFinding {
    /// A note that is none, or not signed by the key of the log.
    #[error("the checkpoint in {} is damaged, or not signed by this log", .0.display())]
    CheckpointDamaged(PathBuf),
    /// The end of the log is gone.
    #[error("the checkpoint in {} was signed over {size} events, and the log has {found}", path.display())]
    Behind {
        /// Where the checkpoint is.
        path: PathBuf,
        /// What it was signed over.
        size: u64,
        /// What there is.
        found: u64,
    },
    /// The log is another one than the one that was signed.
    #[error("the first {size} events are not those over which the checkpoint in {} was signed", path.display())]
    Rewritten {
        /// Where the checkpoint is.
        path: PathBuf,
        /// What it was signed over.
        size: u64,
    },
    /// A tile on disk is not the one of the log.
    #[error("the tile {0} of the ledger is damaged; it is made anew when the server starts")]
    TileDamaged(TilePath),
}

/// What a log is held against; nothing by default.
#[derive(Debug, Default)]
pub struct Evidence {
    checkpoints: Vec<(PathBuf, Checkpoint)>,
    folder: Option<(Folder, u64)>,
    edge: Edge,
    found: Vec<LedgerFinding>,
}

impl Evidence {
    /// Takes in the folder of a node: its checkpoints, and with them its tiles.
    pub fn folder(&mut self, path: &Path, keys: &[Verifier]) -> std::io::Result<()> {
        let folder = Folder::new(path);
        if let Some(checkpoint) = self.checkpoint(&folder.checkpoint(), keys)? {
            self.folder = Some((folder.clone(), checkpoint.size));
        }
        self.checkpoint(&folder.cosigned(), keys)?;
        Ok(())
    }

    /// Takes in a checkpoint from a file, if there is one. The first of the keys is the log's, others are of witnesses; without
    /// any, a checkpoint is taken at its word.
    pub fn checkpoint(&mut self, path: &Path, keys: &[Verifier]) -> std::io::Result<Option<Checkpoint>> {
        let Some(bytes) = folder::read(path)? else { return Ok(None) };
        let opened = Note::parse(&bytes).and_then(|note| {
            if !keys.is_empty() {
                note.verify(keys)?;
            }
            match keys.first() {
                Some(key) => Checkpoint::open(&bytes, key),
                None => Checkpoint::parse(note.text),
            }
        });
        if let Ok(checkpoint) = opened {
            self.checkpoints.push((path.to_owned(), checkpoint.clone()));
            Ok(Some(checkpoint))
        } else {
            self.found.push(LedgerFinding::CheckpointDamaged(path.to_owned()));
            Ok(None)
        }
    }

    /// Takes in the next leaf, as it follows from the stored bytes.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut filled = Vec::new();
        self.edge.push(leaf, |tile| filled.push(tile));
        for tile in &filled {
            self.hold(tile);
        }
        self.look();
    }

    /// Everything that was found, once the log has ended.
    pub(crate) fn findings(mut self) -> (Hash, Vec<LedgerFinding>) {
        let size = self.edge.size();
        if size == 0 {
            self.look();
        }
        for (path, checkpoint) in &self.checkpoints {
            if checkpoint.size > size {
                let (path, signed) = (path.clone(), checkpoint.size);
                self.found.push(LedgerFinding::Behind { path, size: signed, found: size });
            }
        }
        (self.edge.root(), self.found)
    }

    fn look(&mut self) {
        let size = self.edge.size();
        for (path, checkpoint) in &self.checkpoints {
            if checkpoint.size == size && checkpoint.root != self.edge.root() {
                self.found.push(LedgerFinding::Rewritten { path: path.clone(), size });
            }
        }
        if self.folder.as_ref().is_some_and(|(_, signed)| *signed == size) {
            for tile in self.edge.tiles().collect::<Vec<_>>() {
                self.hold(&tile);
            }
        }
    }

    /// Looks at a tile that has to be on disk by what was signed here. A server that is running may have put a larger one in the
    /// place of a partial one, together with another checkpoint.
    fn hold(&mut self, tile: &Tile) {
        let Some((folder, signed)) = &self.folder else { return };
        if self.edge.size() > *signed {
            return;
        }
        let there = folder.get(tile.path).ok().flatten();
        let moved_on = !tile.path.is_full() && there.is_none() && has_moved_on(folder, *signed);
        if there.as_deref() != Some(tile.bytes().as_slice()) && !moved_on {
            self.found.push(LedgerFinding::TileDamaged(tile.path));
        }
    }
}

fn has_moved_on(folder: &Folder, signed: u64) -> bool {
    let note = folder::read(&folder.checkpoint()).ok().flatten().unwrap_or_default();
    let now = Note::parse(&note).and_then(|note| Checkpoint::parse(note.text));
    now.is_ok_and(|now| now.size > signed)
}
