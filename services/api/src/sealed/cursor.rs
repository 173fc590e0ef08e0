//! Where the next page begins.

use super::{NotOurs, PLAIN, Sealer};
use crate::problem::{FieldError, Problem, catalogue};

/// A key may have this many bytes.
pub const KEY_LIMIT: usize = PLAIN - 9;

/// The last row that a page showed: the position it was read at and the row's sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The position of the first page, so that all pages are of one moment.
    pub position: u64,
    /// The sort key of the last row, at most [`KEY_LIMIT`] bytes.
    pub key: String,
}

impl Sealer {
    /// The token of a cursor, valid for this caller on this route. A longer key than [`KEY_LIMIT`] is a mistake of ours.
    pub fn seal_cursor(&self, cursor: &Cursor, route: &str, caller: &str) -> Result<String, Problem> {
        let mut content = [0; PLAIN];
        let length = u8::try_from(cursor.key.len()).ok().filter(|length| usize::from(*length) <= KEY_LIMIT);
        let Some(length) = length else {
            tracing::error!(route, "a cursor's key is too long");
            return Err(Problem::of(catalogue::INTERNAL_ERROR));
        };
        content[..8].copy_from_slice(&cursor.position.to_be_bytes());
        content[8] = length;
        content[9..9 + cursor.key.len()].copy_from_slice(cursor.key.as_bytes());
        Ok(self.seal(&content, &[b"cursor", route.as_bytes(), caller.as_bytes()]))
    }

    /// The cursor in a token that this caller got on this route; anything else is a problem of the query.
    pub fn open_cursor(&self, token: &str, route: &str, caller: &str) -> Result<Cursor, Problem> {
        self.open(token, &[b"cursor", route.as_bytes(), caller.as_bytes()])
            .and_then(|content| read(&content))
            .map_err(|_| {
                let error = FieldError::parameter(
                    "cursor",
                    "invalid",
                    "This must be the next_cursor of the last page.",
                );
                Problem::of(catalogue::CURSOR_INVALID).error(error)
            })
    }
}

fn read(content: &[u8; PLAIN]) -> Result<Cursor, NotOurs> {
    let (number, rest) = content.split_first_chunk::<8>().ok_or(NotOurs)?;
    let (length, rest) = rest.split_first().ok_or(NotOurs)?;
    let key = rest.get(..usize::from(*length)).ok_or(NotOurs)?;
    let key = std::str::from_utf8(key).map_err(|_| NotOurs)?.to_owned();
    Ok(Cursor { position: u64::from_be_bytes(*number), key })
}
