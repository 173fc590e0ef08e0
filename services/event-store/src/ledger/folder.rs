//! A tree on disk: tiles where the tlog-tiles format has them, and the newest checkpoint, so that the folder can be copied or
//! served as it is.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    merkle::{self, Hash},
    tile::{Edge, Tile, TilePath, WIDTH, place},
};

const CHECKPOINT: &str = "checkpoint";
const COSIGNED: &str = "cosigned";

/// The folder of one log.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// This folder, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the newest checkpoint is.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join(CHECKPOINT)
    }

    /// Where the newest checkpoint is that a witness has cosigned.
    pub fn cosigned(&self) -> PathBuf {
        self.0.join(COSIGNED)
    }

    /// Where a tile is.
    pub fn tile(&self, path: TilePath) -> PathBuf {
        self.0.join("tile").join(path.to_string())
    }

    /// Writes tiles, and answers once they and their names are on disk.
    pub fn put<'a>(&self, tiles: impl IntoIterator<Item = &'a Tile>) -> io::Result<()> {
        let mut touched = BTreeSet::new();
        for tile in tiles {
            let path = self.tile(tile.path);
            let parent = path.parent().unwrap_or(&self.0);
            if !parent.is_dir() {
                fs::create_dir_all(parent)?;
                let above = parent.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.0));
                touched.extend(above.map(Path::to_owned));
            }
            let draft = path.with_extension("draft");
            let mut file = File::create(&draft)?;
            file.write_all(&tile.bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            touched.insert(parent.to_owned());
        }
        touched.iter().try_for_each(|folder| File::open(folder)?.sync_all())
    }

    /// The bytes of a tile, if it is here.
    pub fn get(&self, path: TilePath) -> io::Result<Option<Vec<u8>>> {
        read(&self.tile(path))
    }

    /// Removes the partial tiles under the name of this one, except itself.
    pub fn tidy(&self, tile: TilePath) -> io::Result<()> {
        let one = self.tile(TilePath { width: 1, ..tile });
        let Some(partial) = one.parent().filter(|folder| folder.is_dir()) else { return Ok(()) };
        if tile.is_full() {
            return fs::remove_dir_all(partial);
        }
        let own = self.tile(tile);
        for entry in fs::read_dir(partial)? {
            let path = entry?.path();
            if path != own {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// The hash of a complete subtree of a tree with this edge.
    pub fn subtree(&self, edge: &Edge, level: u32, index: u64) -> io::Result<Hash> {
        let (path, from, count) = place(level, index);
        if let Some(hashes) = edge.tile(path.level, path.index) {
            let hashes = hashes.get(from..from + count).ok_or_else(|| missing(path))?;
            return Ok(merkle::root_of(hashes));
        }
        let hashes = self.whole(edge, path)?;
        Ok(merkle::root_of(&hashes[from..from + count]))
    }

    /// The hashes of a full tile of a tree with this edge, if they are those that the tile above has a hash of.
    pub(super) fn whole(&self, edge: &Edge, path: TilePath) -> io::Result<Vec<Hash>> {
        let bytes = self.get(path)?.ok_or_else(|| missing(path))?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != WIDTH || !rest.is_empty() {
            return Err(missing(path));
        }
        let place = usize::try_from(path.index % WIDTH as u64).unwrap_or_default();
        let above = TilePath::full(path.level + 1, path.index / WIDTH as u64);
        let known = match edge.tile(above.level, above.index) {
            Some(hashes) => hashes.get(place).copied(),
            None => self.whole(edge, above)?.get(place).copied(),
        };
        if known == Some(merkle::root_of(hashes)) { Ok(hashes.to_vec()) } else { Err(missing(path)) }
    }
}

fn missing(path: TilePath) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the tile {path} is damaged or not there"))
}

/// A small file, if it is there.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a file in the place of another, all of it or nothing, and answers once it is on disk. One at a time for each file.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
