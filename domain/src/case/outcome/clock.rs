//! When a patient is lost: two consecutive calendar months without a dose, measured from the last dose taken.
//!
//! A dose was taken where a record says so, or where the patient had medicine to take alone and nothing says otherwise: no
//! record of doses missed and no interruption (WHO 2021; WHO TB DAK, D24). A day without any record is unknown, and not
//! taken; whoever was lost by the record alone is found again by recording the doses.

use jiff::civil::Date;

use super::evidence::months_after;
use crate::case::treatment::{Days, Episode};

/// Two months without a dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// The last day with a dose; the day before treatment, where there was none.
    pub(super) after: Date,
    /// The day on which the two months were over.
    pub(super) lost_on: Date,
    /// Whether a dose was taken after it.
    pub(super) ended: bool,
    /// Whether it is an interruption that was recorded.
    pub(super) recorded: bool,
}

/// The first two months without a dose; nobody is lost after the last dose of a course that was complete by that day.
pub(super) fn first_gap(episode: &Episode, months: u8, complete: Option<Date>) -> Option<Gap> {
    let mut last = episode.started_on.yesterday().unwrap_or(episode.started_on);
    let gap = |after: Date, ended: bool| {
        let lost_on = months_after(after, months);
        let recorded =
            episode.pauses.iter().any(|pause| pause.since <= lost_on && lost_on < pause.resumed_on);
        Gap { after, lost_on, ended, recorded }
    };
    for (from, until) in covered(episode).stretches() {
        if from > months_after(last, months) {
            return Some(gap(last, true));
        }
        last = last.max(until);
        if complete.is_some_and(|complete| complete <= last) {
            return None;
        }
    }
    complete.is_none().then(|| gap(last, false))
}

/// The days with a dose, as far as the record tells.
fn covered(episode: &Episode) -> Days {
    let mut days = episode.carried.clone();
    episode.missed.stretches().for_each(|(from, until)| days.remove(from, until));
    if let Some(since) = episode.interrupted_since {
        days.remove(since, Date::MAX);
    }
    episode.taken.stretches().for_each(|(from, until)| days.add(from, until));
    for pause in &episode.pauses {
        days.remove(pause.since, pause.resumed_on.yesterday().unwrap_or(pause.since));
    }
    episode.pauses.iter().for_each(|pause| days.add(pause.resumed_on, pause.resumed_on));
    days
}
