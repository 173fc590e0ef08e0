//! Tuberculosis seen from the HIV record: what would betray the status if it stood in the case stands here.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, opening::in_order, tasks::TbFacts};
use crate::{
    case::{
        Case,
        laboratory::{Finding, MolecularFinding},
        prevention::PreventionResult,
        regimen,
        screening::FourSymptoms,
    },
    decider::Context,
    ids::SpecimenId,
    refusal::refusals,
};

/// What the urine test LF-LAM showed; it is made for people with HIV alone, so it stands in no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-lf-lam-results"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum LfLamResult {
    Positive,
    Negative,
    Invalid,
}

/// Records an LF-LAM of urine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordLfLam {
    /// The day the urine was given.
    #[schemars(with = "String", extend("format" = "date"))]
    pub collected_on: Date,
    /// The day of the result.
    #[schemars(with = "String", extend("format" = "date"))]
    pub resulted_on: Date,
    /// What it showed.
    pub result: LfLamResult,
}

/// An LF-LAM was made.
pub type LfLamRecorded = RecordLfLam;

/// States that a trace in a specimen of the case confirms tuberculosis, because the patient is HIV-positive.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeTrace {
    /// The specimen in which a rapid test found a trace.
    pub specimen: SpecimenId,
    /// The day of the judgement.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// A trace was judged to confirm tuberculosis.
pub type TraceJudged = JudgeTrace;

/// Records that the patient was asked for signs of tuberculosis at a visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordTbScreen {
    /// The day of the visit.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// The four symptoms.
    pub symptoms: FourSymptoms,
}

/// The patient was screened at a visit.
pub type TbScreened = RecordTbScreen;

/// What is prevented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-prophylaxis"))]
pub enum Prophylaxis {
    /// Co-trimoxazole (CPT).
    Cotrimoxazole,
    /// Tuberculosis preventive treatment (TPT).
    TbPreventive,
}

impl Prophylaxis {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Cotrimoxazole, Self::TbPreventive];
}

/// Starts a preventive treatment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartProphylaxis {
    /// Which.
    pub prophylaxis: Prophylaxis,
    /// The day of the first dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// With `tb_preventive`: the regimen's code, e.g. `3HP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), extend("x-vocabulary" = "preventive-regimens"))]
    pub regimen: Option<String>,
}

/// A preventive treatment began; older events of TPT name no regimen.
pub type ProphylaxisStarted = StartProphylaxis;

/// Ends a preventive treatment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndProphylaxis {
    /// Which.
    pub prophylaxis: Prophylaxis,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// How it ended.
    pub result: PreventionResult,
}

/// A preventive treatment ended.
pub type ProphylaxisEnded = EndProphylaxis;

/// What this record says of tuberculosis.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Coinfection {
    pub lf_lam: Vec<LfLamRecorded>,
    pub traces_confirming: Vec<TraceJudged>,
    pub tb_screenings: Vec<TbScreened>,
    pub prophylaxis: Vec<ProphylaxisStarted>,
    pub prophylaxis_ended: Vec<ProphylaxisEnded>,
}

refusals! {
    /// Why a finding is not recorded so.
    CoinfectionRefusal {
        StatusMissing = Conflict "hiv_status_for_trace_missing",
            "A trace confirms tuberculosis here only because the status is positive, and that is not proven yet.";
        NoTrace = Conflict "hiv_no_trace", "There is no trace on record for this specimen.";
        RegimenMissing = Invalid "hiv_preventive_regimen_missing",
            "Name the preventive regimen: what it does to ART depends on it.";
        UnknownRegimen = Invalid "hiv_preventive_regimen_unknown",
            "This is no preventive regimen; choose one from the vocabulary of preventive regimens, and none for co-trimoxazole.";
        Ill = Conflict "hiv_preventive_beside_tuberculosis",
            "Tuberculosis is diagnosed or treated; preventive treatment is for those who are not ill.";
        Confirmed { on: Date } = Conflict "hiv_tuberculosis_confirmed",
            "By this record tuberculosis was confirmed on {on}: it is treated or excluded first, and preventive treatment is for those who are not ill.";
        ScreenPositive { on: Date } = Conflict "hiv_screen_positive",
            "The last screen, of {on}, was positive: exclude tuberculosis, or record a negative screen, before preventive treatment.";
        NotRunning = Conflict "hiv_prophylaxis_not_running", "This preventive treatment does not run.";
        EndsBeforeStart { started: Date } = Conflict "hiv_prophylaxis_ends_before_start",
            "This preventive treatment began on {started}; it cannot have ended earlier.";
        StartedAlready = Conflict "hiv_prophylaxis_started", "This preventive treatment is on record already.";
    }
}

impl RecordLfLam {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.may_add_late(&context.actor)?;
        in_order(&[self.collected_on, self.resulted_on], context.today)?;
        Ok(vec![HivEvent::LfLamRecorded(self.clone())])
    }
}

/// Whether a rapid test found a trace in a specimen of the case; a result entered in error does not count.
pub fn trace_found(case: &Case, specimen: SpecimenId) -> bool {
    case.laboratory.specimens.get(&specimen).is_some_and(|specimen| {
        let standing = specimen.results.iter().filter(|recorded| recorded.entered_in_error.is_none());
        standing
            .map(|recorded| &recorded.result.finding)
            .any(|finding| matches!(finding, Finding::Molecular { mtb: MolecularFinding::Trace, .. }))
    })
}

impl JudgeTrace {
    /// A trace confirms in people with HIV (WHO TB DAK, C16.1.11–20).
    pub(super) fn decide(
        &self,
        trace_found: bool,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        in_order(&[self.on], context.today)?;
        if !record.testing.positive() {
            return Err(CoinfectionRefusal::StatusMissing.into());
        }
        if !trace_found {
            return Err(CoinfectionRefusal::NoTrace.into());
        }
        let judged =
            record.coinfection.traces_confirming.iter().any(|judged| judged.specimen == self.specimen);
        Ok(if judged { vec![] } else { vec![HivEvent::TraceJudged(self.clone())] })
    }
}

impl RecordTbScreen {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        Ok(vec![HivEvent::TbScreened(self.clone())])
    }
}

impl StartProphylaxis {
    /// What the case has to say comes along, as far as the caller may know it.
    pub(super) fn decide(
        &self,
        tb: &TbFacts,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        if record.coinfection.running(self.prophylaxis).is_some() {
            return Err(CoinfectionRefusal::StartedAlready.into());
        }
        match (self.prophylaxis, self.regimen.as_deref()) {
            (Prophylaxis::Cotrimoxazole, None) => (),
            (Prophylaxis::TbPreventive, None) => return Err(CoinfectionRefusal::RegimenMissing.into()),
            (Prophylaxis::TbPreventive, Some(code)) if regimen::preventive(code).is_some() => (),
            _ => return Err(CoinfectionRefusal::UnknownRegimen.into()),
        }
        if self.prophylaxis == Prophylaxis::TbPreventive {
            self.not_ill(tb, &record.coinfection)?;
        }
        Ok(vec![HivEvent::ProphylaxisStarted(self.clone())])
    }

    /// Who is ill, or may be by the last screen before the first dose, is not given preventive treatment (WHO TB DAK, B7, C12).
    fn not_ill(&self, tb: &TbFacts, coinfection: &Coinfection) -> Result<(), CoinfectionRefusal> {
        if tb.diagnosed || tb.on_treatment_since.is_some() {
            return Err(CoinfectionRefusal::Ill);
        }
        if let Some(on) = coinfection.confirmed_on(tb.settled_on).filter(|on| *on <= self.on) {
            return Err(CoinfectionRefusal::Confirmed { on });
        }
        let last = coinfection.last_screen_until(self.on).filter(|screen| screen.symptoms.any());
        match last.filter(|screen| tb.settled_on.is_none_or(|settled| settled < screen.on)) {
            Some(screen) => Err(CoinfectionRefusal::ScreenPositive { on: screen.on }),
            None => Ok(()),
        }
    }
}

impl EndProphylaxis {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        in_order(&[self.on], context.today)?;
        let running = record.coinfection.running(self.prophylaxis).ok_or(CoinfectionRefusal::NotRunning)?;
        if self.on < running.on {
            return Err(CoinfectionRefusal::EndsBeforeStart { started: running.on }.into());
        }
        Ok(vec![HivEvent::ProphylaxisEnded(self.clone())])
    }
}

impl Coinfection {
    pub(super) fn lam(&mut self, event: &LfLamRecorded) {
        self.lf_lam.push(event.clone());
    }

    pub(super) fn judged(&mut self, event: &TraceJudged) {
        self.traces_confirming.push(event.clone());
    }

    pub(super) fn screened(&mut self, event: &TbScreened) {
        self.tb_screenings.push(event.clone());
    }

    pub(super) fn protected(&mut self, event: &ProphylaxisStarted) {
        self.prophylaxis.push(event.clone());
    }

    pub(super) fn unprotected(&mut self, event: &ProphylaxisEnded) {
        self.prophylaxis_ended.push(event.clone());
    }

    /// The preventive treatment that runs; each one that began before it has ended.
    pub fn running(&self, which: Prophylaxis) -> Option<&ProphylaxisStarted> {
        let begun = self.prophylaxis.iter().filter(|started| started.prophylaxis == which);
        let ended = self.prophylaxis_ended.iter().filter(|ended| ended.prophylaxis == which);
        begun.skip(ended.count()).last()
    }

    /// Whether preventive treatment of tuberculosis runs or was completed.
    pub fn prevented(&self) -> bool {
        let completed = |ended: &ProphylaxisEnded| {
            ended.prophylaxis == Prophylaxis::TbPreventive && ended.result == PreventionResult::Completed
        };
        self.running(Prophylaxis::TbPreventive).is_some() || self.prophylaxis_ended.iter().any(completed)
    }

    /// The first day on which a positive LF-LAM or a trace confirmed tuberculosis, after the day until which all is answered.
    pub fn confirmed_on(&self, settled: Option<Date>) -> Option<Date> {
        let positive = self.lf_lam.iter().filter(|lam| lam.result == LfLamResult::Positive);
        let traces = self.traces_confirming.iter().map(|judged| judged.on);
        let days = positive.map(|lam| lam.collected_on).chain(traces);
        days.filter(|on| settled.is_none_or(|settled| settled < *on)).min()
    }

    /// The last screen until a day; of two on one day the one recorded later.
    pub fn last_screen_until(&self, day: Date) -> Option<&TbScreened> {
        self.tb_screenings.iter().filter(|screened| screened.on <= day).max_by_key(|screened| screened.on)
    }
}
