//! What is asked of a ledger: tiles, leaves, roots and proofs, as far as its newest checkpoint reaches. What comes from the disk is
//! believed only where it leads to the root that was signed.

use std::io;

use super::{
    keeper::Ledger,
    merkle::{self, Hash},
    tile::TilePath,
};
use crate::numbers::Position;

/// What a proof is made of, as far as it goes.
type Proof = io::Result<Option<Vec<Hash>>>;

impl Ledger {
    /// The bytes of a tile, if the newest checkpoint reaches so far. Reads the disk.
    pub fn tile(&self, path: TilePath) -> io::Result<Option<Vec<u8>>> {
        let published = self.published();
        if path.width > path.width_in(published.checkpoint.size) {
            return Ok(None);
        }
        let hashes = match published.edge.tile(path.level, path.index) {
            Some(hashes) => hashes.to_vec(),
            None => self.folder().whole(&published.edge, TilePath::full(path.level, path.index))?,
        };
        Ok(hashes.get(..path.width).map(<[Hash]>::concat))
    }

    /// What leads from the leaf of a position to the root of a tree of this size; none beyond the newest checkpoint.
    pub fn inclusion(&self, position: Position, size: u64) -> Proof {
        let published = self.published();
        if position == Position::START || position.get() > size || size > published.checkpoint.size {
            return Ok(None);
        }
        merkle::inclusion(position.get() - 1, size, &mut |level, index| {
            self.folder().subtree(&published.edge, level, index)
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
            self.folder().subtree(&published.edge, level, index)
        })
        .map(Some)
    }

    /// The leaf of a position; none beyond the newest checkpoint.
    pub fn leaf(&self, position: Position) -> io::Result<Option<Hash>> {
        let published = self.published();
        if position == Position::START || position.get() > published.checkpoint.size {
            return Ok(None);
        }
        self.folder().subtree(&published.edge, 0, position.get() - 1).map(Some)
    }

    /// The root of the first `size` leaves; none beyond the newest checkpoint.
    pub fn root(&self, size: u64) -> io::Result<Option<Hash>> {
        let published = self.published();
        if size > published.checkpoint.size {
            return Ok(None);
        }
        merkle::root(size, &mut |level, index| self.folder().subtree(&published.edge, level, index)).map(Some)
    }
}
