//! Whether two answers are the same but for names that each world draws by chance.
//!
//! An id that was minted, a sealed token and, for auditors, a position may differ; then the one stands for the other
//! wherever they are met again, positions in the same order. Everything else is compared byte for byte.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use reqwest::header::HeaderMap;
use safar_api::sealed::TOKEN_LENGTH;
use safar_tests::http::Answer;

/// The same thing as either world has it: with the record, and without.
pub(crate) type Both = [String; 2];

/// Headers that tell the time or a number of the process; they are there in both, or in none.
const EACH_TIME: [&str; 2] = ["date", "traceparent"];

/// Which name of one world stands for which of the other.
#[derive(Default)]
pub(crate) struct Names {
    there: HashMap<String, String>,
    back: HashMap<String, String>,
    positions: BTreeMap<u64, u64>,
}

/// What workers wrote, as those see it who may not: sealed anew in each world.
const SEALED: &str = "sealed.v1:";

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Id(&'a str),
    Sealed(usize),
    Position(&'a str),
}

impl Names {
    /// Takes two names for one thing, unless either is known as something else.
    fn same(&mut self, with: &str, without: &str) -> bool {
        let there = self.there.entry(with.to_owned()).or_insert_with(|| without.to_owned());
        let back = self.back.entry(without.to_owned()).or_insert_with(|| with.to_owned());
        there == without && back == with
    }

    /// Takes two positions for one place, unless another place before or behind it contradicts.
    fn same_place(&mut self, with: &str, without: &str) -> bool {
        let (Ok(with), Ok(without)) = (with.parse::<u64>(), without.parse::<u64>()) else { return false };
        let before = self.positions.range(..with).next_back().is_none_or(|(_, there)| *there < without);
        let behind = self.positions.range(with + 1..).next().is_none_or(|(_, there)| *there > without);
        before && behind && *self.positions.entry(with).or_insert(without) == without
    }

    /// What differs between two answers; `numbers` says that the reader sees positions as they are.
    pub(crate) fn difference(&mut self, [with, without]: [&Answer; 2], numbers: bool) -> Option<String> {
        if with.status != without.status {
            return Some(format!("status {} and {}", with.status, without.status));
        }
        if let Some(difference) = self.headers([&with.headers, &without.headers], numbers) {
            return Some(difference);
        }
        let texts = (std::str::from_utf8(&with.body), std::str::from_utf8(&without.body));
        match texts {
            (Ok(with), Ok(without)) => self.texts(with, without, numbers).map(|what| format!("body: {what}")),
            _ => (with.body != without.body).then(|| "body: other bytes".to_owned()),
        }
    }

    fn headers(&mut self, [with, without]: [&HeaderMap; 2], numbers: bool) -> Option<String> {
        let lines = |headers: &HeaderMap| {
            let line = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            };
            // The server keeps them in no order, another one with each of its threads.
            headers.iter().map(line).collect::<BTreeSet<_>>()
        };
        let (with, without) = (lines(with), lines(without));
        let names = |lines: &BTreeSet<(String, String)>| {
            lines.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
        };
        if names(&with) != names(&without) {
            return Some(format!("headers [{}] and [{}]", names(&with), names(&without)));
        }
        with.iter().zip(&without).find_map(|((name, with), (_, without))| {
            let alike = match name.as_str() {
                name if EACH_TIME.contains(&name) => true,
                "safar-position" if numbers => self.same_place(with, without),
                // A position more or less is a digit more or less.
                "content-length" if numbers => true,
                _ => self.texts(with, without, numbers).is_none(),
            };
            (!alike).then(|| format!("header {name}: {with} and {without}"))
        })
    }

    fn texts(&mut self, with: &str, without: &str, numbers: bool) -> Option<String> {
        let (ones, others) = (pieces(with, numbers), pieces(without, numbers));
        let mut read = 0;
        for (one, other) in ones.iter().zip(&others) {
            let alike = match (*one, *other) {
                (Piece::Id(with), Piece::Id(without)) => self.same(with, without),
                (Piece::Position(with), Piece::Position(without)) => self.same_place(with, without),
                (one, other) => one == other,
            };
            if !alike {
                return Some(format!("after {:?} comes {one:?} and {other:?}", tail(&with[..read])));
            }
            read += one.length();
        }
        let (left, right) = (ones.len(), others.len());
        (left != right)
            .then(|| format!("it ends after {:?} in one of them", tail(&with[..read.min(with.len())])))
    }
}

impl Piece<'_> {
    fn length(self) -> usize {
        match self {
            Self::Text(text) | Self::Id(text) | Self::Position(text) => text.len(),
            Self::Sealed(length) => length,
        }
    }
}

/// The last words of a text, for whoever reads the difference.
fn tail(text: &str) -> String {
    let mut last: Vec<char> = text.chars().rev().take(70).collect();
    last.reverse();
    last.into_iter().collect()
}

/// Whether a word has the form of an id.
pub(crate) fn is_id(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn is_hash(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Cuts a text into words and what is between them.
fn pieces(text: &str, numbers: bool) -> Vec<Piece<'_>> {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let (bytes, mut pieces, mut from) = (text.as_bytes(), Vec::new(), 0);
    while from < bytes.len() {
        let word = in_word(bytes[from]);
        let sealed = text[..from].ends_with(SEALED);
        let within = |byte: u8| if sealed { byte != b'"' } else { in_word(byte) == word };
        let until = bytes[from..].iter().position(|byte| !within(*byte));
        let until = until.map_or(bytes.len(), |length| from + length);
        let part = &text[from..until];
        pieces.push(match part {
            text if sealed => Piece::Sealed(text.len()),
            id if is_id(id) => Piece::Id(id),
            // The hash of an event covers its id and its position.
            hash if numbers && is_hash(hash) => Piece::Id(hash),
            token if word && token.len() == TOKEN_LENGTH => Piece::Sealed(TOKEN_LENGTH),
            number if numbers && text[..from].ends_with("\"position\":") => Piece::Position(number),
            other => Piece::Text(other),
        });
        from = until;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differ(pairs: &[(&str, &str)]) -> bool {
        let mut names = Names::default();
        pairs.iter().any(|(with, without)| names.texts(with, without, true).is_some())
    }

    #[test]
    fn a_name_stands_for_another_everywhere_or_nowhere() {
        let [one, two, three] =
            [1, 2, 3].map(|number| format!("0190a000-0000-7000-8000-00000000000{number}"));
        let list = |ids: [&String; 2]| format!("[\"{}\",\"{}\"]", ids[0], ids[1]);
        assert!(!differ(&[(&list([&one, &two]), &list([&one, &three])), (&two, &three)]));
        assert!(differ(&[(&list([&one, &two]), &list([&one, &one]))]));
        assert!(differ(&[(&list([&one, &two]), &list([&two, &one])), (&one, &one)]));
        assert!(differ(&[(&one, "no id at all")]));
    }

    #[test]
    fn positions_keep_their_order() {
        let at = |position: u64| format!("{{\"position\":{position},\"x\":1}}");
        assert!(!differ(&[(&at(7), &at(5)), (&at(12), &at(9)), (&at(7), &at(5))]));
        assert!(differ(&[(&at(7), &at(5)), (&at(12), &at(4))]));
        assert!(differ(&[(&at(7), &at(5)), (&at(7), &at(6))]));
    }

    #[test]
    fn a_letter_a_length_and_an_order_are_seen() {
        let token = "A".repeat(TOKEN_LENGTH);
        assert!(!differ(&[(&token, &"B".repeat(TOKEN_LENGTH))]));
        for (with, without) in
            [("ab c", "ab d"), ("a", "a "), ("", "a"), ("[1,2]", "[2,1]"), (&*token, &token[1..])]
        {
            assert!(differ(&[(with, without)]) && differ(&[(without, with)]), "{with} {without}");
        }
    }
}
