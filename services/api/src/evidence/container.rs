//! The file around the files: a ZIP in which everything is stored as it is, without compression, dates or remarks.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read as _, Write as _},
};

use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::layout::is_known;

/// The files of a pack, by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A pack is read up to this length.
pub const LONGEST: usize = 256 * 1024 * 1024;
/// What the ZIP format has besides each file: a head in front, a line in its list, and its name twice.
const OF_EACH: usize = 30 + 46;
/// And at the end.
const AT_END: usize = 22;
/// Without an extension of the format, which nothing here needs.
const MOST: usize = u16::MAX as usize - 1;

/// Why a file is no pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum NoPack {
    #[error("a pack is at most {} MiB long, and this is longer", LONGEST / 1024 / 1024)]
    TooLong,
    #[error("this is no ZIP file, or it was cut off; ask for the pack again")]
    NoZip,
    #[error("there is a file in it that no pack has: {0:?}")]
    Stranger(String),
    #[error("{0} is compressed, sealed or damaged; a pack stores its files as they are")]
    Altered(String),
    #[error("there is something in it besides its files, or a file twice")]
    Besides,
}

/// The bytes of a pack; the same for the same files.
pub fn write(files: &Files) -> io::Result<Vec<u8>> {
    if files.len() > MOST {
        return Err(io::Error::other("the case has more events than one pack can hold; give it an end"));
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).map_err(other)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish().map_err(other)?.into_inner())
}

fn other(error: ZipError) -> io::Error {
    io::Error::other(error)
}

/// The files of a pack. Nothing is unpacked, and the file is exactly as long as they need: what is counted twice, hidden
/// between them or written behind them does not fit.
pub fn read(bytes: &[u8]) -> Result<Files, NoPack> {
    if bytes.len() > LONGEST {
        return Err(NoPack::TooLong);
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NoPack::NoZip)?;
    let (mut files, mut length) = (Files::new(), AT_END);
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|_| NoPack::NoZip)?;
        let (name, size) = (entry.name().map_err(|_| NoPack::NoZip)?.into_owned(), entry.size());
        if !is_known(&name) {
            return Err(NoPack::Stranger(name));
        }
        if entry.compression() != CompressionMethod::Stored || entry.compressed_size() != size {
            return Err(NoPack::Altered(name));
        }
        length += OF_EACH + 2 * name.len();
        length = usize::try_from(size).map_or(usize::MAX, |size| length.saturating_add(size));
        if length > bytes.len() {
            return Err(NoPack::Besides);
        }
    }
    if length != bytes.len() {
        return Err(NoPack::Besides);
    }
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|_| NoPack::NoZip)?;
        let (name, mut content) = (entry.name().map_err(|_| NoPack::NoZip)?.into_owned(), Vec::new());
        if entry.read_to_end(&mut content).is_err() {
            return Err(NoPack::Altered(name));
        }
        files.insert(name, content);
    }
    // Dates, modes and whatever else an entry can say are as a pack has them.
    if write(&files).ok().as_deref() != Some(bytes) {
        return Err(NoPack::Besides);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let page = vec![b'x'; 10_000];
        [("manifest.json".to_owned(), b"{}".to_vec()), ("page.en.html".to_owned(), page)].into()
    }

    fn zip(write: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        write(&mut zip);
        zip.finish().unwrap().into_inner()
    }

    fn stored(name: &str, bytes: &[u8]) -> Vec<u8> {
        zip(|zip| {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        })
    }

    #[test]
    fn the_same_files_are_the_same_bytes_and_are_read_again() {
        let bytes = write(&files()).unwrap();
        assert_eq!(bytes, write(&files()).unwrap());
        assert_eq!(read(&bytes), Ok(files()));
    }

    #[test]
    fn a_pack_that_was_cut_off_anywhere_is_refused() {
        let bytes = write(&files()).unwrap();
        for length in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        assert_eq!(read(b"garbage"), Err(NoPack::NoZip));
    }

    #[test]
    fn names_that_lead_elsewhere_and_things_between_the_files_are_refused() {
        for name in ["../../etc/passwd", "/manifest.json", "events/000001.exe"] {
            assert_eq!(read(&stored(name, b"{}")), Err(NoPack::Stranger(name.to_owned())));
        }
        let bytes = write(&files()).unwrap();
        for place in [0, bytes.len()] {
            let mut longer = bytes.clone();
            longer.splice(place..place, *b"<script>");
            assert!(read(&longer).is_err(), "at {place}");
        }
        let remark = zip(|zip| {
            zip.start_file("manifest.json", SimpleFileOptions::default()).unwrap();
            zip.set_comment("open page.exe").unwrap();
        });
        assert_eq!(read(&remark), Err(NoPack::Besides));
    }

    #[test]
    fn a_file_that_says_it_is_compressed_or_larger_than_all_is_refused_before_it_is_read() {
        let bytes = stored("manifest.json", b"{}");
        let list = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        let changed = |at: usize, to: &[u8]| {
            let mut changed = bytes.clone();
            changed[at..at + to.len()].copy_from_slice(to);
            read(&changed)
        };
        assert_eq!(changed(list + 10, &[8, 0]), Err(NoPack::Altered("manifest.json".to_owned())));
        assert_eq!(changed(list + 24, &[0, 0, 0, 0x40]), Err(NoPack::Altered("manifest.json".to_owned())));
        assert!(changed(list + 20, &[0, 0, 0, 0x40, 0, 0, 0, 0x40]).is_err());
        // The control: the two bytes of content are held by a sum of the format itself.
        assert_eq!(changed(30 + 13, b"[]"), Err(NoPack::Altered("manifest.json".to_owned())));
        assert!(changed(30 + 13, b"{}").is_ok());
    }
}
