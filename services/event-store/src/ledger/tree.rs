//! The whole tree of a log in memory, for a tool that proves something once.

use super::{
    keeper::{LedgerError, next_leaves},
    merkle::{self, Hash},
};
use crate::{numbers::Position, store::EventStore};

/// Every complete subtree over the first leaves of a log: 64 bytes for each leaf.
#[derive(Debug)]
pub struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Reads the first `size` leaves of a log, and says after each page how many it has.
    pub async fn read(
        store: &EventStore,
        size: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, LedgerError> {
        let mut leaves: Vec<Hash> = Vec::new();
        while (leaves.len() as u64) < size {
            let Some(page) = next_leaves(store, leaves.len() as u64).await? else { break };
            leaves.extend(page);
            leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
            progress(leaves.len() as u64);
        }
        Ok(Self::over(leaves))
    }

    fn over(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = level.as_chunks::<2>().0.iter().map(|[left, right]| merkle::node(left, right));
            levels.push(above.collect());
        }
        Self { levels }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        let root = merkle::root(self.size(), &mut |level, index| self.subtree(level, index));
        root.unwrap_or_else(|()| merkle::empty_root())
    }

    /// What leads from the leaf of a position to the root; none beyond the tree.
    pub fn inclusion(&self, position: Position) -> Option<Vec<Hash>> {
        let index = position.get().checked_sub(1).filter(|index| *index < self.size())?;
        merkle::inclusion(index, self.size(), &mut |level, index| self.subtree(level, index)).ok()
    }

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, ()> {
        let level = self.levels.get(level as usize).ok_or(())?;
        level.get(usize::try_from(index).map_err(|_| ())?).copied().ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_any_size_has_the_root_of_its_leaves_and_proves_each_of_them() {
        let leaves: Vec<Hash> = (0..70_u8).map(|number| [number; 32]).collect();
        for size in 0..=leaves.len() {
            let tree = Tree::over(leaves[..size].to_vec());
            let root = merkle::root_of(&leaves[..size]);
            assert_eq!((tree.size(), tree.root()), (size as u64, root));
            for (index, leaf) in (0..).zip(&leaves[..size]) {
                let proof = tree.inclusion(Position::from(index + 1)).unwrap();
                assert!(merkle::includes(index, tree.size(), leaf, &proof, &root), "{index} of {size}");
            }
            assert_eq!(tree.inclusion(Position::from(size as u64 + 1)), None);
            assert_eq!(tree.inclusion(Position::START), None);
        }
    }
}
