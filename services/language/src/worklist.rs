//! What waits to be done, as a sentence that says what to do.

use safar_domain::{
    case::{handoff::Urgency, worklist::List},
    language::Language,
};

use crate::book::{Book, Filling, id, label};

/// One line of the worklist.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// On which list.
    pub list: List,
    /// What it is about.
    pub about: &'a str,
    /// How soon an offer must be answered.
    pub urgency: Urgency,
    /// Days until the day on which it is due; below zero when that day has passed.
    pub days: i32,
}

/// What is to be done.
pub fn line(language: Language, line: &Line<'_>) -> String {
    let about = id(line.about);
    let special = match (line.urgency, line.list) {
        (Urgency::Infectious, _) => Some("infectious"),
        (Urgency::Emergency, _) => Some("emergency"),
        (Urgency::Routine, List::Overdue) => Some("overdue"),
        (Urgency::Routine, _) => None,
    };
    let special = special.and_then(|form| {
        let form = format!("{about}.{form}");
        Book::Worklist.forms(&about).contains(&form).then_some(form)
    });
    Book::Worklist.say(language, special.as_deref().unwrap_or(&about), &counted(line.days))
}

/// What is to be done in an HIV record, as the vocabulary calls it, and by when.
pub fn hiv_task(language: Language, about: &str, days: i32) -> String {
    let what = label(language, "hiv-tasks", about);
    let mut letters = what.chars();
    let what = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    let mut filling = counted(days);
    filling.push(("what", what));
    Book::Worklist.say(language, "hiv-task", &filling)
}

/// The days to or since the day on which something is due.
fn counted(days: i32) -> Filling {
    let when = match days {
        1.. => "later",
        0 => "today",
        _ => "past",
    };
    vec![
        ("when", when.to_owned()),
        ("days", days.max(0).to_string()),
        ("overdue", days.min(0).unsigned_abs().to_string()),
    ]
}
