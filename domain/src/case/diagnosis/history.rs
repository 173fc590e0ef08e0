//! Earlier treatment: what was declared, what is on record here, and the registration group that follows.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DiagnosisRefusal, TreatmentHistory};
use crate::{
    case::{
        Case,
        outcome::Outcome,
        regimen::{self, RegimenKind},
        treatment::Episode,
    },
    ids::{Country, OrganisationId},
};

/// The two regimens of registers in the region: I of first-line drugs, II of second-line drugs (TJ-API 259).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "register-regimen-groups"))]
pub enum RegisterRegimen {
    /// First-line drugs.
    RegimenI,
    /// Second-line drugs.
    RegimenIi,
}

/// An earlier treatment that the patient or a paper tells of, and this case does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviousTreatment {
    /// The year in which it ended; 1950 to this year.
    #[schemars(range(min = 1950, max = 2100))]
    pub year: i16,
    /// Where.
    pub country: Country,
    /// How it ended, if that is known.
    pub outcome: Option<Outcome>,
    /// With which regimen, if that is known.
    pub regimen: Option<RegisterRegimen>,
    /// How many months it lasted, if that is known; less than one month is no earlier treatment (WHO TB DAK, C4.DE.1).
    #[schemars(range(min = 0, max = 60))]
    pub months: Option<u8>,
}

/// The registration group of the framework of 2013, as the Tajik register has it (TJ-API 259).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "registration-groups"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum RegistrationGroup {
    New,
    RelapseAfterRegimenI,
    RelapseAfterRegimenIi,
    AfterLossToFollowUpRegimenI,
    AfterLossToFollowUpRegimenIi,
    AfterFailureRegimenI,
    AfterFailureRegimenIi,
    Other,
    TransferredIn,
}

/// What is known of the last earlier treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Earlier {
    pub(super) outcome: Option<Outcome>,
    regimen: Option<RegisterRegimen>,
    /// Whether it counts as treatment, where that is known.
    counts: Option<bool>,
    /// The latest day on which it may have ended.
    ended_by: Date,
}

impl PreviousTreatment {
    pub(super) fn plausible(&self, today: Date) -> Result<(), DiagnosisRefusal> {
        let months = self.months.is_none_or(|months| months <= 60);
        if (1950..=today.year()).contains(&self.year) && months {
            return Ok(());
        }
        Err(DiagnosisRefusal::PreviousTreatment { year: today.year() })
    }
}

impl Earlier {
    /// The last episode of this case that has ended, else what was declared.
    pub(super) fn of(case: &Case, declared: Option<&PreviousTreatment>) -> Option<Self> {
        Self::ended_by(Date::MAX, case, declared)
    }

    /// The same, as it was when the diagnosis in force was first made: what it led to is not earlier.
    fn of_diagnosis(case: &Case) -> Option<Self> {
        let made = case.diagnosis.current.as_ref()?;
        Self::ended_by(case.diagnosis.first_made_on?, case, made.previous_treatment.as_ref())
    }

    fn ended_by(day: Date, case: &Case, declared: Option<&PreviousTreatment>) -> Option<Self> {
        let ended = |episode: &Episode| Some((episode.ended_on().filter(|on| *on <= day)?, episode.clone()));
        let own = case.treatment.episodes.values().filter_map(ended).max_by_key(|(on, _)| *on);
        own.map(|(on, episode)| Self::on_record(on, &episode)).or_else(|| declared.map(Self::declared))
    }

    fn on_record(ended_on: Date, episode: &Episode) -> Self {
        let known = regimen::find(&episode.regimen);
        let second_line =
            known.map_or(episode.drug_resistant, |known| known.kind == RegimenKind::RifampicinResistant);
        let regimen = if second_line { RegisterRegimen::RegimenIi } else { RegisterRegimen::RegimenI };
        let month = episode.started_on.saturating_add(Span::new().months(1));
        let unrecorded = episode.last_dose_on.is_none() && ended_on >= month;
        Self {
            outcome: episode.verdict.in_force().map(|assessment| assessment.outcome),
            regimen: Some(regimen),
            counts: (!unrecorded).then(|| episode.last_dose_on.is_some_and(|last| last >= month)),
            ended_by: ended_on,
        }
    }

    fn declared(told: &PreviousTreatment) -> Self {
        Self {
            outcome: told.outcome,
            regimen: told.regimen,
            counts: told.months.map(|months| months >= 1),
            ended_by: Date::new(told.year, 12, 31).unwrap_or(Date::MAX),
        }
    }

    /// Treated five years ago or more (WHO TB DAK, C16.1.11–20).
    pub(super) fn long_ago(self, day: Date) -> bool {
        self.ended_by <= day.saturating_sub(Span::new().years(5))
    }
}

impl TreatmentHistory {
    /// Recurrent needs an earlier treatment that ended cured or completed, re-registered one that ended otherwise, and
    /// new none of a month or more (WHO TB DAK, C4.DE.1–5).
    pub(super) fn borne_out(self, earlier: Option<Earlier>) -> Result<(), DiagnosisRefusal> {
        let outcome = earlier.and_then(|earlier| earlier.outcome);
        match self {
            Self::New if earlier.is_some_and(|earlier| earlier.counts == Some(true)) => {
                Err(DiagnosisRefusal::TreatedBefore)
            }
            Self::Recurrent if !outcome.is_some_and(Outcome::success) => Err(DiagnosisRefusal::NotRecurrent),
            Self::ReRegistered
                if outcome.is_none_or(|outcome| outcome.success() || outcome == Outcome::Died) =>
            {
                Err(DiagnosisRefusal::NotReRegistered)
            }
            _ => Ok(()),
        }
    }
}

impl Case {
    /// The registration group of 2013 under which a TB centre registered the patient: transferred in where another centre
    /// had, else by history. What is not known of the earlier treatment makes it "other".
    pub fn registration_group(&self, organisation: &OrganisationId) -> Option<RegistrationGroup> {
        let made = self.diagnosis.current.as_ref()?;
        let place = self.diagnosis.registrations.iter().position(|one| one == organisation)?;
        if place > 0 {
            return Some(RegistrationGroup::TransferredIn);
        }
        Some(group(made.history, Earlier::of_diagnosis(self)))
    }

    /// Whether the patient was registered as new though nobody knows how long an earlier treatment lasted: less than a month
    /// leaves a patient new, and more does not (WHO TB DAK, C4.DE.1).
    pub(in crate::case) fn new_after_unknown_treatment(&self) -> bool {
        let new = self.diagnosis.current.as_ref().is_some_and(|made| made.history == TreatmentHistory::New);
        new && Earlier::of_diagnosis(self).is_some_and(|earlier| earlier.counts.is_none())
    }
}

fn group(history: TreatmentHistory, earlier: Option<Earlier>) -> RegistrationGroup {
    use RegisterRegimen::{RegimenI, RegimenIi};
    let regimen = earlier.and_then(|earlier| earlier.regimen);
    let outcome = earlier.and_then(|earlier| earlier.outcome);
    match (history, outcome, regimen) {
        (TreatmentHistory::New, ..) if earlier.is_none_or(|earlier| earlier.counts.is_some()) => {
            RegistrationGroup::New
        }
        (TreatmentHistory::Recurrent, _, Some(RegimenI)) => RegistrationGroup::RelapseAfterRegimenI,
        (TreatmentHistory::Recurrent, _, Some(RegimenIi)) => RegistrationGroup::RelapseAfterRegimenIi,
        (TreatmentHistory::ReRegistered, Some(Outcome::LostToFollowUp), Some(RegimenI)) => {
            RegistrationGroup::AfterLossToFollowUpRegimenI
        }
        (TreatmentHistory::ReRegistered, Some(Outcome::LostToFollowUp), Some(RegimenIi)) => {
            RegistrationGroup::AfterLossToFollowUpRegimenIi
        }
        (TreatmentHistory::ReRegistered, Some(Outcome::Failed), Some(RegimenI)) => {
            RegistrationGroup::AfterFailureRegimenI
        }
        (TreatmentHistory::ReRegistered, Some(Outcome::Failed), Some(RegimenIi)) => {
            RegistrationGroup::AfterFailureRegimenIi
        }
        _ => RegistrationGroup::Other,
    }
}
