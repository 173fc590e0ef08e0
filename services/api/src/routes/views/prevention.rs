//! Preventive treatment as readers see it.

use jiff::civil::Date;
use safar_domain::{
    case::{
        Case,
        diagnosis::ResistanceCategory,
        prevention::{PreventionResult, PreventionStatus},
    },
    ids::EpisodeId,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A course of preventive treatment.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::routes) struct PreventionView {
    /// The course.
    pub(in crate::routes) id: EpisodeId,
    /// The regimen's code.
    pub(in crate::routes) regimen: String,
    /// Where it stands.
    pub(in crate::routes) status: PreventionStatus,
    /// The day on which the person was found to be eligible.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(in crate::routes) eligible_on: Date,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(in crate::routes) started_on: Date,
    /// The resistance of the person it was caught from, where that is known.
    pub(in crate::routes) index_resistance: Option<ResistanceCategory>,
    /// Doses taken.
    pub(in crate::routes) doses_taken: u32,
    /// Doses missed.
    pub(in crate::routes) doses_missed: u32,
    /// Since when it stands still.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) held_since: Option<Date>,
    /// The day on which it ended.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) ended_on: Option<Date>,
    /// How it ended.
    pub(in crate::routes) result: Option<PreventionResult>,
}

impl PreventionView {
    /// Every course, oldest first.
    pub(super) fn all(case: &Case) -> Vec<Self> {
        let courses = case.prevention.courses.iter();
        let mut all: Vec<_> = courses
            .map(|(id, course)| Self {
                id: *id,
                regimen: course.regimen.clone(),
                status: course.status(),
                eligible_on: course.eligible_on,
                started_on: course.started_on,
                index_resistance: course.index_resistance,
                doses_taken: course.doses.0,
                doses_missed: course.doses.1,
                held_since: course.held_since,
                ended_on: course.ended.map(|(on, _)| on),
                result: course.ended.map(|(_, result)| result),
            })
            .collect();
        all.sort_by_key(|course| (course.started_on, course.id));
        all
    }
}
