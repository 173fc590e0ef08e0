//! Positions of the log, for those who may not see the numbers.

use super::{NotOurs, PLAIN, Sealer};
use crate::problem::{FieldError, Problem, catalogue};

const PURPOSE: &[&[u8]] = &[b"position"];

impl Sealer {
    /// The token of a position, as in `Safar-Position`. It names the same moment for everybody.
    pub fn seal_position(&self, position: u64) -> String {
        let mut content = [0; PLAIN];
        content[..8].copy_from_slice(&position.to_be_bytes());
        self.seal(&content, PURPOSE)
    }

    /// The position in a token.
    pub fn open_position(&self, token: &str) -> Result<u64, NotOurs> {
        let content = self.open(token, PURPOSE)?;
        let number = content.first_chunk::<8>().ok_or(NotOurs)?;
        Ok(u64::from_be_bytes(*number))
    }

    /// The position in a query parameter: a token, or for those who may see numbers also a plain number.
    pub fn read_position(&self, text: &str, numbers: bool, parameter: &'static str) -> Result<u64, Problem> {
        let plain = text.parse().ok().filter(|_| numbers && text.bytes().all(|byte| byte.is_ascii_digit()));
        plain.map_or_else(|| self.open_position(text), Ok).map_err(|_| {
            let error =
                FieldError::parameter(parameter, "invalid", "This must be a Safar-Position as you got it.");
            Problem::of(catalogue::POSITION_INVALID).error(error)
        })
    }

    /// The position as this reader sees it: a number for auditors, a token for everybody else.
    pub fn show_position(&self, position: u64, numbers: bool) -> String {
        if numbers { position.to_string() } else { self.seal_position(position) }
    }
}
