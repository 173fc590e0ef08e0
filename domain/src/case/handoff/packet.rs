//! What must be on record before a patient is handed off, and what the sender should think of.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Warning;
use crate::case::{
    Case,
    consent::DataClass,
    laboratory::{Finding, SmearGrade},
    programme::Programme,
    treatment::days_between,
};

/// The classes of data that a handoff of these programmes discloses.
pub(super) fn classes(programmes: &BTreeSet<Programme>) -> BTreeSet<DataClass> {
    let of = |programme: &Programme| match programme {
        Programme::Support => DataClass::Support,
        Programme::Tb => DataClass::Tb,
    };
    programmes.iter().map(of).chain([DataClass::Identity, DataClass::Contact]).collect()
}

/// What is still missing before these programmes can be handed off, in the worker's words.
pub(super) fn missing(case: &Case, programmes: &BTreeSet<Programme>) -> Vec<&'static str> {
    if !programmes.contains(&Programme::Tb) {
        return Vec::new();
    }
    let mut missing = Vec::new();
    if case.diagnosis.current.is_none() && case.screenings.presumptive_since.is_none() {
        missing.push("the diagnosis, or a positive screening");
    }
    if let Some((_, episode)) = case.treatment.open_episode() {
        if episode.last_dose_on.is_none() {
            missing.push("the last dose taken");
        }
        if episode.medicine_until.is_none() {
            missing.push("the medicine supplied");
        }
    }
    missing
}

/// What the sender should think of before the patient leaves on that day with that much medicine.
pub(super) fn warnings(case: &Case, on: Date, medicine_days: Option<u16>) -> BTreeSet<Warning> {
    let mut warnings = BTreeSet::new();
    let Some((_, episode)) = case.treatment.open_episode() else { return warnings };
    let in_hand = medicine_days.map(i32::from).or_else(|| {
        let until = episode.medicine_until?;
        Some(days_between(on, until).max(0))
    });
    if in_hand.is_none_or(|days| days < 14) {
        warnings.insert(Warning::MedicineBelow14Days);
    }
    if days_between(on, episode.expected_end) < 30 {
        warnings.insert(Warning::TreatmentEndsWithin30Days);
    }
    if infectious(case) {
        warnings.insert(Warning::InfectiousNow);
    }
    warnings
}

/// The last smear was positive.
fn infectious(case: &Case) -> bool {
    let smear = |finding: &Finding| match finding {
        Finding::Smear { grade, .. } => Some(*grade != SmearGrade::Negative),
        _ => None,
    };
    case.laboratory.findings().into_iter().filter_map(|(_, finding)| smear(finding)).next_back() == Some(true)
}
