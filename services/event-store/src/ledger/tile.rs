//! Tiles of the C2SP tlog-tiles format, of height 8: which ones a tree has, and how they are called.

use std::{fmt, str::FromStr};

use super::merkle::{self, Hash, Subtrees};

/// Hashes of a full tile.
pub const WIDTH: usize = 256;
const HEIGHT: u32 = 8;
/// The specification's bound; a tree of height 8 never gets there.
const HIGHEST: u8 = 63;

/// The name of a tile: `<level>/<index>` and, of one that is not full, `.p/<width>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// From 0, the tiles of the leaves.
    pub level: u8,
    /// From 0, within the level.
    pub index: u64,
    /// How many hashes it has, 1 to 256.
    pub width: usize,
}

/// A text that names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no tile: <level>/<index> with an index such as 005 or x001/234, and .p/<width> for one that is not full"
)]
pub struct InvalidTile;

impl TilePath {
    /// A tile with all its hashes.
    pub fn full(level: u8, index: u64) -> Self {
        Self { level, index, width: WIDTH }
    }

    /// Whether it has all its hashes.
    pub fn is_full(self) -> bool {
        self.width == WIDTH
    }

    /// How many of its hashes a tree of this size has, 256 at most.
    pub fn width_in(self, size: u64) -> usize {
        let hashes = size.checked_shr(HEIGHT * u32::from(self.level)).unwrap_or(0);
        let before = self.index.saturating_mul(WIDTH as u64);
        usize::try_from(hashes.saturating_sub(before)).unwrap_or(WIDTH).min(WIDTH)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.level)?;
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TilePath {
    type Err = InvalidTile;

    fn from_str(text: &str) -> Result<Self, InvalidTile> {
        let (level, rest) = text.split_once('/').ok_or(InvalidTile)?;
        let level = u8::try_from(plain(level)?).map_err(|_| InvalidTile)?;
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, WIDTH as u64),
            Some((index, width)) => (index, plain(width)?),
        };
        let width = usize::try_from(width).map_err(|_| InvalidTile)?;
        let partial = rest.len() != index.len();
        if level > HIGHEST || width == 0 || width > WIDTH || (partial && width == WIDTH) {
            return Err(InvalidTile);
        }
        let path = Self { level, index: index_of(index)?, width };
        // One tile, one name: `x000/005` is none.
        if path.to_string() == text { Ok(path) } else { Err(InvalidTile) }
    }
}

/// A number as it is written, without a sign or a zero in front.
fn plain(text: &str) -> Result<u64, InvalidTile> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return Err(InvalidTile);
    }
    text.parse().map_err(|_| InvalidTile)
}

fn index_of(text: &str) -> Result<u64, InvalidTile> {
    let mut index: u64 = 0;
    for group in text.split('/') {
        let digits = group.trim_start_matches('x');
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidTile);
        }
        let group: u64 = digits.parse().map_err(|_| InvalidTile)?;
        index = index.checked_mul(1000).and_then(|index| index.checked_add(group)).ok_or(InvalidTile)?;
    }
    Ok(index)
}

/// A tile and its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its name.
    pub path: TilePath,
    /// In order, as many as its name says.
    pub hashes: Vec<Hash>,
}

impl Tile {
    /// The bytes that are stored and served.
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }
}

/// A tree by its right edge: the tiles that are not full yet, one for each level. Everything else is on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes in the next leaf and hands out each tile that it has filled.
    pub fn push(&mut self, leaf: Hash, mut filled: impl FnMut(Tile)) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[usize::from(level)];
            hashes.push(hash);
            if hashes.len() < WIDTH {
                return;
            }
            let index = full_tiles(self.size, level) - 1;
            let tile = Tile { path: TilePath::full(level, index), hashes: std::mem::take(hashes) };
            hash = merkle::root_of(&tile.hashes);
            filled(tile);
        }
    }

    /// The tiles of the edge, those without a hash left out.
    pub fn tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        (0..).zip(&self.levels).filter(|(_, hashes)| !hashes.is_empty()).map(|(level, hashes)| {
            let index = full_tiles(self.size, level);
            Tile { path: TilePath { level, index, width: hashes.len() }, hashes: hashes.clone() }
        })
    }

    /// The hashes of this tile, if it is of the edge.
    pub fn tile(&self, level: u8, index: u64) -> Option<&[Hash]> {
        let own = full_tiles(self.size, level) == index;
        self.levels.get(usize::from(level)).filter(|hashes| own && !hashes.is_empty()).map(Vec::as_slice)
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let subtrees: Subtrees<'_, InvalidTile> = &mut |level, index| {
            let (path, from, count) = place(level, index);
            let hashes = self.tile(path.level, path.index).and_then(|hashes| hashes.get(from..from + count));
            hashes.map(merkle::root_of).ok_or(InvalidTile)
        };
        merkle::root(self.size, subtrees).expect("the root of a tree is made of its right edge")
    }
}

/// How many full tiles a tree of this size has on a level.
fn full_tiles(size: u64, level: u8) -> u64 {
    size.checked_shr(HEIGHT * (u32::from(level) + 1)).unwrap_or(0)
}

/// Where the hashes are of which a complete subtree is made: the tile, the first of them, and how many.
pub fn place(level: u32, index: u64) -> (TilePath, usize, usize) {
    let (tile, height) = (level / HEIGHT, level % HEIGHT);
    let first = index << height;
    let level = u8::try_from(tile).expect("a level of a tree is below 64");
    let path = TilePath::full(level, first / WIDTH as u64);
    (path, usize::try_from(first % WIDTH as u64).unwrap_or_default(), 1 << height)
}

#[cfg(test)]
mod tests;
