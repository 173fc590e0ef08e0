//! The claim code: twelve digits on the patient's card that let any organisation of the network say "the patient is here".
//!
//! Digits alone are read aloud in every language of the road, typed on every telephone, and look the same in Cyrillic and
//! Latin. Eleven are chosen at random; the twelfth is a check digit (Damm 2004) that finds every mistyped digit and every
//! two neighbours swapped. The log keeps a keyed digest, never the code: there are few enough to try them all.

use std::fmt;

/// How many codes there are: eleven digits.
pub const CODES: u64 = 100_000_000_000;

/// The quasigroup of order ten of Damm's dissertation: no row and no column repeats, and x * y = y * x only for x = y.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// A well-formed code; it cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimDigits([u8; 12]);

/// The text is no claim code: it has another number of digits, or the check digit does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim code has twelve digits, and these do not fit together: read it once more")]
pub struct Mistyped;

impl ClaimDigits {
    /// The code with this number; numbers from [`CODES`] on wrap around.
    pub fn numbered(number: u64) -> Self {
        let mut digits = [0; 12];
        let mut rest = number % CODES;
        for digit in digits[..11].iter_mut().rev() {
            *digit = u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        digits[11] = check(&digits[..11]);
        Self(digits)
    }

    /// Reads a code as people type it: spaces, hyphens and full stops between the digits do not matter.
    pub fn read(text: &str) -> Result<Self, Mistyped> {
        let mut digits = [0; 12];
        let mut length = 0;
        for letter in text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '.' | '\u{a0}')) {
            let digit = letter.to_digit(10).and_then(|digit| u8::try_from(digit).ok()).ok_or(Mistyped)?;
            *digits.get_mut(length).ok_or(Mistyped)? = digit;
            length += 1;
        }
        // A number together with its check digit runs through the table to zero.
        if length == 12 && check(&digits) == 0 { Ok(Self(digits)) } else { Err(Mistyped) }
    }

    /// The code as it is printed, in groups of four: `4071 2258 9316`.
    pub fn reveal(&self) -> String {
        let group = |digits: &[u8]| digits.iter().map(|digit| char::from(b'0' + digit)).collect::<String>();
        self.0.chunks(4).map(group).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for ClaimDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimDigits(…)")
    }
}

fn check(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |row, digit| DAMM[usize::from(row)][usize::from(*digit)])
}

#[cfg(test)]
mod tests {
    use super::{CODES, ClaimDigits, Mistyped};

    fn digits(code: &ClaimDigits) -> Vec<char> {
        code.reveal().chars().filter(char::is_ascii_digit).collect()
    }

    #[test]
    fn a_code_is_read_back_as_people_type_it() {
        for number in [0, 1, 40_712_258_931, CODES - 1] {
            let code = ClaimDigits::numbered(number);
            let printed = code.reveal();
            assert_eq!(printed.len(), 14);
            for typed in [printed.clone(), printed.replace(' ', ""), printed.replace(' ', "-")] {
                assert_eq!(ClaimDigits::read(&typed), Ok(code.clone()));
            }
        }
    }

    #[test]
    fn every_mistyped_digit_and_every_swap_of_neighbours_is_found() {
        let right = digits(&ClaimDigits::numbered(40_712_258_931));
        for at in 0..12 {
            for other in ('0'..='9').filter(|other| *other != right[at]) {
                let mut wrong = right.clone();
                wrong[at] = other;
                assert_eq!(ClaimDigits::read(&wrong.iter().collect::<String>()), Err(Mistyped));
            }
        }
        for at in (0..11).filter(|at| right[*at] != right[at + 1]) {
            let mut wrong = right.clone();
            wrong.swap(at, at + 1);
            assert_eq!(ClaimDigits::read(&wrong.iter().collect::<String>()), Err(Mistyped));
        }
    }

    #[test]
    fn what_is_no_code_is_refused_and_no_code_is_printed_by_accident() {
        for text in ["", "4071 2258 931", "4071 2258 93166", "4071 2258 931x", "٤٠٧١٢٢٥٨٩٣١٦"] {
            assert_eq!(ClaimDigits::read(text), Err(Mistyped), "{text}");
        }
        assert_eq!(format!("{:?}", ClaimDigits::numbered(7)), "ClaimDigits(…)");
    }
}
