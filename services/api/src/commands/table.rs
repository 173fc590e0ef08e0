//! Tables in a terminal.

use unicode_width::UnicodeWidthStr as _;

/// Lines in which each column but the last is as wide as its widest cell, whatever script it is in.
pub(super) fn lines<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |row: &[String; N]| {
        let cells =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell}{:1$}", "", width - cell.width()));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// What a terminal may show of somebody's text: nothing that steers it, and nothing that turns the order of the letters around.
pub(super) fn plain(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// A number of seconds in words.
pub(super) fn span(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{lines, plain, span};

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let row = |one: &str, two: &str| [one.to_owned(), two.to_owned()];
        // A letter with a mark of its own takes one place, a wide one two.
        assert_eq!(
            lines(&[row("қала", "x"), row("и\u{306}", "y"), row("漢字", "z")]),
            ["қала  x", "и\u{306}     y", "漢字  z"]
        );
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\n\u{9b}b\u{202e}Қ"), "a\u{fffd}[31m\u{fffd}\u{fffd}b\u{fffd}Қ");
    }

    #[test]
    fn a_span_is_said_in_the_unit_that_fits() {
        let said = [1, 119, 120, 7_199, 7_200, 172_799, 172_800].map(span);
        assert_eq!(
            said,
            ["1 second", "119 seconds", "2 minutes", "119 minutes", "2 hours", "47 hours", "2 days"]
        );
    }
}
