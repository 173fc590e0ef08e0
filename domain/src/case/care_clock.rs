//! The care clock: which control is due next and by when, computed from what has happened and from nothing else.
//!
//! The months are those of the regimen (WHO TB DAK, scheduling logic); an interruption moves on what comes after it, with the
//! end of treatment, and leaves what was due before. A control counts as done by the day on which it was taken, whenever its result comes, and one that was
//! missed is overdue until the next one is done.

use jiff::{Span, civil::Date};
use uuid::Uuid;

use super::{
    Case,
    laboratory::{Finding, Specimen, SpecimenKind},
    programme::Programme,
    regimen::{self, Regimen, Schedule},
    treatment::Episode,
};

/// Days before a control at which it shows, and from which it counts as done.
const WINDOW_DAYS: i32 = 14;
/// Days within which somebody with signs of tuberculosis should be examined; our own, no source fixes it.
const EXAMINATION_DAYS: i32 = 7;
/// Days from the screening within which treatment should begin (WHO TB DAK, TB.IND.4).
const TREATMENT_START_DAYS: i32 = 30;
/// Days within which a contact should be looked at; our own, no source fixes it.
const CONTACT_DAYS: i32 = 14;
/// The same for a child under five, who falls ill sooner.
const YOUNG_CONTACT_DAYS: i32 = 7;

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// What, one of the words of the worklist.
    pub about: &'static str,
    /// The episode or the contact; nil for the case itself.
    pub subject: Uuid,
    /// The day from which it shows.
    pub from: Date,
    /// The day by which it should be done.
    pub due: Date,
}

/// Everything that is due on a case, of the running episode and of the way to one.
pub fn controls(case: &Case) -> Vec<Control> {
    let mut controls = of_treatment(case);
    controls.extend(on_the_way_to_treatment(case));
    controls.extend(after_treatment(case));
    controls
}

/// Contacts who are still to be looked at.
pub fn contacts(case: &Case) -> Vec<Control> {
    let of = |(id, contact): (&crate::ids::ContactId, &super::contact_investigation::Contact)| {
        let listed = contact.listed_at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let days = if contact.under_five { YOUNG_CONTACT_DAYS } else { CONTACT_DAYS };
        Control { about: "contact_screening", subject: id.0, from: listed, due: plus_days(listed, days) }
    };
    case.contacts.unscreened().map(of).collect()
}

fn of_treatment(case: &Case) -> Vec<Control> {
    let Some((id, episode)) = case.treatment.open_episode() else { return Vec::new() };
    if episode.interrupted_since.is_some() || episode.verdict.said.is_some() {
        return Vec::new();
    }
    let Some(regimen) = regimen::find(&episode.regimen) else { return Vec::new() };
    let mut controls: Vec<_> = EXAMINATIONS
        .into_iter()
        .filter_map(|(about, schedule, done)| {
            let planned = months(schedule(regimen), episode.months());
            let mut days: Vec<_> = planned.map(|month| episode.day_after(month)).collect();
            days.extend(schedule(regimen).at_end.then_some(episode.expected_end));
            next(about, id.0, days, done(case))
        })
        .collect();
    controls.push(end_of_treatment(id.0, episode));
    controls
}

/// When treatment should end, its outcome is reported.
fn end_of_treatment(subject: Uuid, episode: &Episode) -> Control {
    let due = episode.expected_end;
    Control { about: "end_of_treatment", subject, from: plus_days(due, -WINDOW_DAYS), due }
}

/// After a success the patient is looked at again, in the months that the regimen names.
fn after_treatment(case: &Case) -> Vec<Control> {
    let Some((id, episode)) = case.treatment.latest_episode() else { return Vec::new() };
    let success = episode.verdict.in_force().filter(|said| said.outcome.success());
    let (Some(ended), Some(regimen)) = (success.map(|said| said.on), regimen::find(&episode.regimen)) else {
        return Vec::new();
    };
    let due = |(about, schedule, done): Examination| {
        let days = schedule(regimen).after_end.iter().map(|month| plus_months(ended, *month)).collect();
        next(about, id.0, days, done(case))
    };
    EXAMINATIONS.into_iter().filter_map(due).collect()
}

/// Signs of tuberculosis lead to an examination, and a diagnosis to treatment.
fn on_the_way_to_treatment(case: &Case) -> Vec<Control> {
    let since = case.screenings.presumptive_since;
    let nobody = Uuid::nil();
    if case.diagnosis.counted() {
        let registered = case.responsibility.intervals().get(&Programme::Tb).and_then(|held| held.first());
        let registered = registered.map(|held| held.from.to_zoned(jiff::tz::TimeZone::UTC).date());
        let Some(from) = since.or(registered).filter(|_| case.treatment.latest.is_none()) else {
            return Vec::new();
        };
        let due = plus_days(from, TREATMENT_START_DAYS);
        return vec![Control { about: "treatment_start", subject: nobody, from, due }];
    }
    let settled = case.diagnosis.excluded() || case.diagnosis.denotified.is_some();
    let examined =
        |since: &Date| case.laboratory.specimens.values().any(|taken| taken.collected_on >= *since);
    let waiting = since.filter(|since| !settled && !examined(since));
    let control = |from| Control {
        about: "examination",
        subject: nobody,
        from,
        due: plus_days(from, EXAMINATION_DAYS),
    };
    waiting.map(control).into_iter().collect()
}

/// A kind of control: its word, its months in a regimen, and the day on which it was last done.
type Examination = (&'static str, fn(&Regimen) -> &Schedule, fn(&Case) -> Option<Date>);

const EXAMINATIONS: [Examination; 3] = [
    (
        "smear",
        |regimen| &regimen.monitoring.smear,
        |case| last_taken(case, |f| matches!(f, Finding::Smear { .. })),
    ),
    (
        "culture",
        |regimen| &regimen.monitoring.culture,
        |case| last_taken(case, |f| matches!(f, Finding::Culture { .. })),
    ),
    (
        "chest_xray",
        |regimen| &regimen.monitoring.chest_xray,
        |case| case.screenings.chest_xray_on.max(case.treatment.last_chest_xray_on()),
    ),
];

/// The day of the last specimen that this test was made of, or that still waits for its first result.
fn last_taken(case: &Case, test: fn(&Finding) -> bool) -> Option<Date> {
    let stand =
        |taken: &Specimen| taken.results.iter().filter(|result| result.entered_in_error.is_none()).count();
    let waits = |taken: &Specimen| stand(taken) == 0 && taken.kind == SpecimenKind::Sputum;
    let made = |taken: &Specimen| {
        taken.results.iter().any(|one| one.entered_in_error.is_none() && test(&one.result.finding))
    };
    let taken = case.laboratory.specimens.values().filter(|taken| made(taken) || waits(taken));
    taken.map(|taken| taken.collected_on).max()
}

/// The first of these days that nothing which was done answers.
fn next(about: &'static str, subject: Uuid, mut days: Vec<Date>, last: Option<Date>) -> Option<Control> {
    days.sort_unstable();
    let open = |due: &Date| last.is_none_or(|last| last < plus_days(*due, -WINDOW_DAYS));
    let due = days.into_iter().find(open)?;
    Some(Control { about, subject, from: plus_days(due, -WINDOW_DAYS), due })
}

/// The months of a schedule.
fn months(schedule: &Schedule, length: u8) -> impl Iterator<Item = u8> + '_ {
    let every = if schedule.every_month { 1..length } else { 0..0 };
    schedule.months.iter().copied().chain(every)
}

fn plus_months(day: Date, months: u8) -> Date {
    day.saturating_add(Span::new().months(months))
}

fn plus_days(day: Date, days: i32) -> Date {
    day.saturating_add(Span::new().days(days))
}

#[cfg(test)]
mod tests;
