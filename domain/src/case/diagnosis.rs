//! Diagnosis: confirmed by evidence or made by a clinician; and its undoing, which leaves the history whole.

use std::collections::BTreeSet;

use evidence::ConfirmedBy;
use history::Earlier;
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    definitions::DefinitionSet,
    opening::LateEntry,
    programme::{Programme, ResponsibilityOpened},
};
use crate::{
    decider::Context,
    ids::{CaseId, OrganisationId, SpecimenId},
    refusal::refusals,
};

mod evidence;
mod history;
mod resistance;
mod site;

pub use evidence::TraceGround;
pub use history::{PreviousTreatment, RegisterRegimen, RegistrationGroup};
pub use resistance::{EpisodeResistance, RegisterResistance, Resistance, ResistanceCategory};
pub use site::Site;

/// How the diagnosis was reached (WHO TB DAK, C24.DE.6–8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "confirmations"))]
pub enum Confirmation {
    /// A specimen was positive by smear, culture or a WHO-recommended rapid test.
    BacteriologicallyConfirmed,
    /// A clinician decided on a full course without such a specimen.
    ClinicallyDiagnosed,
}

/// History of earlier treatment (WHO TB DAK, C4.DE.1–5, 2024).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "treatment-histories"))]
pub enum TreatmentHistory {
    /// Never treated, or for less than a month.
    New,
    /// Treated before and cured or completed.
    Recurrent,
    /// Notified before, neither cured nor completed, and starting a new course.
    ReRegistered,
    /// Not known.
    Unknown,
}

/// Makes the diagnosis and, where the patient is not yet registered, registers the patient here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnose {
    /// Where; at least one site.
    #[schemars(length(min = 1))]
    pub sites: BTreeSet<Site>,
    /// How.
    pub confirmation: Confirmation,
    /// Earlier treatment.
    pub history: TreatmentHistory,
    /// The last earlier treatment, where this case does not hold it.
    pub previous_treatment: Option<PreviousTreatment>,
    /// Why the diagnosis on record changes; needed when it does.
    pub revision: Option<RevisionReason>,
    /// Why a trace confirms, where there is nothing else and the definitions leave it open.
    pub trace_ground: Option<TraceGround>,
    /// Why a diagnosis of more than 5 years ago is entered now.
    pub late_entry: Option<LateEntry>,
}

/// Why a diagnosis is revised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "revision-reasons"))]
pub enum RevisionReason {
    /// A test result came.
    NewResult,
    /// The patient's course or an examination says otherwise.
    ClinicalCourse,
    /// Papers about earlier treatment were found.
    RecordsFound,
    /// It was recorded wrongly.
    RecordedWrongly,
}

/// Enters the patient in this TB centre's register: the second registration of one episode after a handoff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterPatient {
    /// The number in the register, as printed there.
    #[schemars(length(min = 1, max = 32))]
    pub register_number: Option<String>,
}

/// States that the person does not have tuberculosis.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcludeTb {}

/// Takes the case out of every count, with the reason; the stream stays (WHO TB DAK, D18.DE.6–9).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeNotify {
    /// Why.
    pub reason: DeNotificationReason,
    /// For a duplicate: the case that stays.
    pub duplicate_of: Option<CaseId>,
}

/// Why a case leaves the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "denotification-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum DeNotificationReason {
    Duplicate,
    NotTb,
}

/// The diagnosis was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `Diagnose`")]
pub struct DiagnosisMade {
    pub sites: BTreeSet<Site>,
    pub confirmation: Confirmation,
    pub history: TreatmentHistory,
    /// The definition set that was in force.
    pub definitions: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_treatment: Option<PreviousTreatment>,
    /// The specimens on which a bacteriological confirmation rests.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub evidence: BTreeSet<SpecimenId>,
    /// Why it replaces the one before; absent for the first of an episode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionReason>,
    /// Why traces confirm it, where it rests on nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_ground: Option<TraceGround>,
    /// Why it was entered more than 5 years after it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_entry: Option<LateEntry>,
}

impl DiagnosisMade {
    /// The same to a clinician: what rests on it and why it was made do not matter.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        (&self.sites, self.confirmation, self.history, &self.previous_treatment)
            == (&other.sites, other.confirmation, other.history, &other.previous_treatment)
    }
}

/// A TB centre entered the patient in its register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RegisterPatient`")]
pub struct PatientRegistered {
    pub organisation: OrganisationId,
    pub register_number: Option<String>,
}

/// The person does not have tuberculosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TbExcluded {}

/// The case left the counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `DeNotify`")]
pub struct CaseDeNotified {
    pub reason: DeNotificationReason,
    pub duplicate_of: Option<CaseId>,
}

/// The statement that the person does not have tuberculosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The day on which it was true.
    pub on: Date,
    /// Since when it is known; what was recorded later it did not look at.
    pub recorded_at: Timestamp,
}

/// The diagnosis as it stands, and the registers that hold the patient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The latest diagnosis; absent when none was made or tuberculosis was excluded.
    pub current: Option<DiagnosisMade>,
    /// The day on which the current one was made.
    pub made_on: Option<Date>,
    /// The day of the first one of the same course of disease.
    pub first_made_on: Option<Date>,
    /// How often it was revised since.
    pub revisions: u32,
    /// An outcome has been confirmed since it was made, so that the next one is of a new course of disease.
    pub course_ended: bool,
    /// When tuberculosis was excluded, while that stands.
    pub exclusion: Option<Exclusion>,
    /// Why the case is in no count.
    pub denotified: Option<DeNotificationReason>,
    /// The organisations that registered the patient, in order.
    pub registrations: Vec<OrganisationId>,
}

refusals! {
    /// Why a diagnosis is refused.
    DiagnosisRefusal {
        NoSite = Invalid "diagnosis_without_site", "Name at least one site of the disease.";
        NotConfirmed = Conflict "diagnosis_not_confirmed",
            "No positive specimen is on record: record the result first, or diagnose clinically.";
        TraceNotEnough = Conflict "trace_not_confirming",
            "A trace does not confirm tuberculosis in an adult treated in the last five years: test a fresh specimen, or give the ground on which the clinician holds the trace to confirm.";
        TraceHistoryUnknown = Conflict "trace_history_unknown",
            "A trace confirms tuberculosis in an adult who was not treated in the last five years, and that is not known: ask for earlier treatment, test a fresh specimen, or give the ground on which the clinician holds the trace to confirm.";
        RevisionReason = Conflict "revision_reason_missing",
            "A diagnosis is on record and says something else: give the reason for which it is revised.";
        TreatedBefore = Conflict "history_not_new",
            "A treatment of a month or more is on record: the patient is recurrent or re-registered, not new.";
        NotRecurrent = Conflict "history_not_recurrent",
            "Recurrent needs an earlier treatment that ended cured or completed: name it with its year, country and outcome.";
        NotReRegistered = Conflict "history_not_re_registered",
            "Re-registered needs an earlier treatment that ended neither cured nor completed: name it with its year, country and outcome.";
        PreviousTreatment { year: i16 } = Invalid "previous_treatment_out_of_range",
            "An earlier treatment ended between 1950 and {year}, after at most 60 months.";
        RegisteredAlready = Conflict "already_registered", "The patient is in your register already.";
        RegisterNumber = Invalid "register_number_length", "A register number has 1 to 32 characters.";
        EpisodeOpen = Conflict "episode_open", "A treatment episode is open; report its outcome instead.";
        DuplicateOfWhat = Invalid "duplicate_without_case", "Name the case that stays, for a duplicate and only then.";
        DeNotified = Conflict "case_denotified", "The case has been taken out of the counts.";
    }
}

impl Diagnose {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let opens = may_register(case, context)?;
        if case.diagnosis.denotified.is_some() {
            return Err(DiagnosisRefusal::DeNotified.into());
        }
        let made = self.made(case, context)?;
        let on_record = case.diagnosis.current.as_ref().filter(|_| !case.diagnosis.course_ended);
        let known = on_record.is_some_and(|before| before.says_the_same_as(&made));
        if on_record.is_some() && !known && self.revision.is_none() {
            return Err(DiagnosisRefusal::RevisionReason.into());
        }
        let revision = self.revision.filter(|_| on_record.is_some());
        let made = CaseEvent::DiagnosisMade(DiagnosisMade { revision, ..made });
        let mut events: Vec<_> = (!known).then_some(made).into_iter().collect();
        if opens {
            events.extend(register(None, case, context));
        }
        Ok(events)
    }

    /// The diagnosis as it would stand, with the evidence on which it rests.
    fn made(&self, case: &Case, context: &Context<'_>) -> Result<DiagnosisMade, DiagnosisRefusal> {
        if self.sites.is_empty() {
            return Err(DiagnosisRefusal::NoSite);
        }
        if let Some(told) = &self.previous_treatment {
            told.plausible(context.today)?;
        }
        let earlier = Earlier::of(case, self.previous_treatment.as_ref());
        self.history.borne_out(earlier)?;
        let set = DefinitionSet::of(context.actor.country, context.occurred_on());
        let confirmed = self.confirmation == Confirmation::BacteriologicallyConfirmed;
        let rests_on = if confirmed {
            self.confirmed_by(case, context, (set, earlier))?
        } else {
            ConfirmedBy::default()
        };
        Ok(DiagnosisMade {
            sites: self.sites.clone(),
            confirmation: self.confirmation,
            history: self.history,
            definitions: set.code().to_owned(),
            previous_treatment: self.previous_treatment.clone(),
            evidence: rests_on.specimens,
            revision: None,
            trace_ground: rests_on.trace,
            late_entry: self.late_entry.filter(|_| Case::long_ago(context)),
        })
    }
}

impl RegisterPatient {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let opens = may_register(case, context)?;
        if self.register_number.as_ref().is_some_and(|number| !(1..=32).contains(&number.trim().len())) {
            return Err(DiagnosisRefusal::RegisterNumber.into());
        }
        if !opens && case.diagnosis.registrations.contains(&context.actor.organisation) {
            return Err(DiagnosisRefusal::RegisteredAlready.into());
        }
        Ok(register(self.register_number.clone(), case, context))
    }
}

impl ExcludeTb {
    pub(super) fn decide(case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        may_register(case, context)?;
        if case.treatment.open_episode().is_some() {
            return Err(DiagnosisRefusal::EpisodeOpen.into());
        }
        if case.diagnosis.excluded() && case.sign_of_disease().is_none() {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::TbExcluded(TbExcluded {})])
    }
}

impl DeNotify {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        may_register(case, context)?;
        if (self.reason == DeNotificationReason::Duplicate) != self.duplicate_of.is_some() {
            return Err(DiagnosisRefusal::DuplicateOfWhat.into());
        }
        if case.diagnosis.denotified.is_some() {
            return Ok(vec![]);
        }
        let denotified = CaseDeNotified { reason: self.reason, duplicate_of: self.duplicate_of };
        Ok(vec![CaseEvent::DeNotified(denotified)])
    }
}

/// A TB centre that cares for the patient may register where nobody has, else only the responsible one; the answer
/// is whether the programme is still to be opened.
fn may_register(case: &Case, context: &Context<'_>) -> Result<bool, CaseRefusal> {
    if case.responsibility.of(Programme::Tb).is_some() {
        case.answers_for(Programme::Tb, &context.actor)?;
        return Ok(false);
    }
    case.cares(&context.actor)?;
    Ok(true)
}

fn register(register_number: Option<String>, case: &Case, context: &Context<'_>) -> Vec<CaseEvent> {
    let organisation = context.actor.organisation.clone();
    let mut events = vec![CaseEvent::PatientRegistered(PatientRegistered {
        organisation: organisation.clone(),
        register_number,
    })];
    if case.responsibility.of(Programme::Tb).is_none() {
        let opened = ResponsibilityOpened { programme: Programme::Tb, organisation };
        events.push(CaseEvent::ResponsibilityOpened(opened));
    }
    events
}

impl Diagnosis {
    pub(super) fn made(&mut self, event: &DiagnosisMade, on: Date) {
        if event.revision.is_some() {
            self.revisions += 1;
        } else {
            self.first_made_on = Some(on);
            self.revisions = 0;
        }
        self.course_ended = false;
        self.made_on = Some(on);
        self.current = Some(event.clone());
        self.exclusion = None;
    }

    pub(super) fn registered(&mut self, event: &PatientRegistered) {
        self.registrations.push(event.organisation.clone());
    }

    pub(super) fn ruled_out(&mut self, exclusion: Exclusion) {
        self.current = None;
        self.exclusion = Some(exclusion);
    }

    /// Whether tuberculosis was excluded.
    pub const fn excluded(&self) -> bool {
        self.exclusion.is_some()
    }

    /// Whether somebody holds that the person is ill now: not after the course has ended, nor where it was never tuberculosis.
    pub fn ill(&self) -> bool {
        self.current.is_some() && !self.course_ended && self.denotified != Some(DeNotificationReason::NotTb)
    }

    /// Whether the case counts as a notified patient.
    pub fn counted(&self) -> bool {
        self.current.is_some() && self.denotified.is_none()
    }
}

#[cfg(test)]
mod tests;
