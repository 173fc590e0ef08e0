//! A tree on disk: tiles where the tlog-tiles format has them, and the newest checkpoint, so that the folder can be copied or
//! served as it is.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    merkle::{self, Hash},
    tile::{Edge, Tile, TilePath, place},
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

    /// Writes a tile. A torn one is found at the next start, and made again from the log.
    pub fn put(&self, tile: &Tile) -> io::Result<()> {
        let path = self.tile(tile.path);
        let parent = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(parent)?;
        let draft = path.with_extension("draft");
        fs::write(&draft, tile.bytes())?;
        fs::rename(&draft, &path)
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
        let bytes = self.get(path)?.ok_or_else(|| missing(path))?;
        let hashes = bytes.get(from * 32..(from + count) * 32).ok_or_else(|| missing(path))?;
        Ok(merkle::root_of(hashes.as_chunks::<32>().0))
    }
}

fn missing(path: TilePath) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the tile {path} is not whole"))
}

/// A small file, if it is there.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a file in the place of another, all of it or nothing, and answers once it is on disk.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
