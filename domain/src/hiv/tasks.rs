//! What is due in an HIV record, from both streams: windows of ART beside tuberculosis, warnings, reminders.
//!
//! A pure question over the record and the few facts of the case that it needs; the case is asked and learns nothing.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    HivRecord,
    coinfection::Prophylaxis,
    interaction::{Rifamycin, Taken},
    monitoring::Suppression,
    outcome::lost_from,
};
use crate::{
    case::{Case, diagnosis::Site, outcome::Outcome, regimen::Frequency},
    ids::OrganisationId,
};

/// The facts of a case that HIV care needs, and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "facts that a case says, each by itself")]
pub struct TbFacts {
    /// A treatment of tuberculosis runs since this day.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub on_treatment_since: Option<Date>,
    /// The regimen, as it is written.
    pub regimen: Option<String>,
    /// It contains rifampicin.
    pub rifampicin: bool,
    /// It contains rifapentine.
    pub rifapentine: bool,
    /// The preventive regimen that runs in the case, as it is written.
    pub preventive: Option<String>,
    /// Preventive treatment runs since this day.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub preventive_since: Option<Date>,
    /// The meninges are affected: in other disease of the central nervous system ART is not put off (KSP-1954).
    pub meningitis: bool,
    /// Tuberculosis is diagnosed, and its course has not ended.
    #[serde(default)]
    pub diagnosed: bool,
    /// The last day on which a treatment ended or tuberculosis was excluded: what was found until then is answered.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub settled_on: Option<Date>,
    /// The confirmed outcome of the last treatment.
    pub outcome: Option<Outcome>,
    /// The patient has died, as the case says.
    pub died: bool,
}

/// How much an item weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-task-kinds"))]
pub enum HivTaskKind {
    /// To be done within its window.
    Task,
    /// Harms the patient as it stands.
    Warning,
    /// A reminder for the clinician to weigh.
    Advice,
}

/// What an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-tasks"))]
#[expect(missing_docs, reason = "each is explained where it is made")]
pub enum HivTaskAbout {
    AssaysIncomplete,
    ResultToReturn,
    RetestInconclusive,
    RetestBeforeArt,
    ArtWithoutRetest,
    ArtStart,
    Cotrimoxazole,
    DolutegravirDose,
    RifampicinContraindicated,
    RifapentineInteraction,
    TbTreatment,
    TbScreening,
    TbPreventive,
    AdherenceSupport,
    ArtSwitch,
    ViralLoad,
    MissedVisit,
    HandoffToAnswer,
    Arrival,
    RemoteRegistration,
    AccessToTakeUp,
}

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HivTask {
    /// What about.
    pub about: HivTaskAbout,
    /// How much it weighs.
    pub kind: HivTaskKind,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The first day of its window.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// The last day of its window.
    #[schemars(with = "String", extend("format" = "date"))]
    pub due: Date,
}

/// What a clinician learns of a record into which nobody of the centre is let: that somebody has to be.
pub fn to_take_up(organisation: OrganisationId, today: Date) -> HivTask {
    let about = HivTaskAbout::AccessToTakeUp;
    HivTask { about, kind: HivTaskKind::Task, organisation, from: today, due: today }
}

impl TbFacts {
    /// What a case says of tuberculosis.
    pub fn of(case: &Case) -> Self {
        let latest = case.treatment.latest_episode().map(|(_, episode)| episode);
        let open = latest.filter(|episode| !episode.ended());
        let sites = case.diagnosis.current.as_ref().map(|diagnosis| &diagnosis.sites);
        let rifamycin = open.and_then(Rifamycin::of_treatment);
        let excluded = case.diagnosis.exclusion.map(|exclusion| exclusion.on);
        let prevented = case.prevention.open();
        Self {
            on_treatment_since: open.map(|episode| episode.started_on),
            regimen: open.map(|episode| episode.regimen.clone()),
            rifampicin: rifamycin == Some(Rifamycin::Rifampicin),
            rifapentine: matches!(rifamycin, Some(Rifamycin::Rifapentine(_))),
            preventive: prevented.map(|(_, course)| course.regimen.clone()),
            preventive_since: prevented.map(|(_, course)| course.started_on),
            meningitis: sites.is_some_and(|sites| sites.contains(&Site::Meningitis)),
            diagnosed: case.diagnosis.ill(),
            settled_on: case.treatment.last_ended().max(excluded),
            outcome: latest
                .and_then(|episode| episode.verdict.in_force())
                .map(|assessment| assessment.outcome),
            died: case.closing.died_on.is_some(),
        }
    }
}

/// Everything that is due on a day, soonest first.
pub fn tasks(record: &HivRecord, tb: &TbFacts, today: Date) -> Vec<HivTask> {
    let Some(holder) = record.responsible() else { return Vec::new() };
    if record.attendance.died() || tb.died {
        return Vec::new();
    }
    let mut list = List { record, tb, today, holder, items: Vec::new() };
    list.of_testing();
    list.of_art();
    list.of_medicines();
    list.of_tuberculosis();
    list.of_monitoring();
    list.of_the_road();
    list.items.sort_by_key(|item| (item.due, item.about));
    list.items
}

struct List<'a> {
    record: &'a HivRecord,
    tb: &'a TbFacts,
    today: Date,
    holder: &'a OrganisationId,
    items: Vec<HivTask>,
}

fn after(day: Date, days: i32) -> Date {
    day.saturating_add(Span::new().days(days))
}

impl List<'_> {
    fn push(&mut self, about: HivTaskAbout, kind: HivTaskKind, (from, due): (Date, Date)) {
        self.items.push(HivTask { about, kind, organisation: self.holder.clone(), from, due });
    }

    fn of_testing(&mut self) {
        let definitions = self.record.definitions();
        let runs = self.record.testing.in_order();
        for run in &runs {
            let on = run.test.on;
            if run.test.conclusion.is_some() && run.returned_on.is_none() {
                let window = (on, after(on, definitions.result_told_within_days));
                self.push(HivTaskAbout::ResultToReturn, HivTaskKind::Task, window);
            }
        }
        if let Some(run) = runs.last().filter(|run| run.test.conclusion.is_none()) {
            self.push(HivTaskAbout::AssaysIncomplete, HivTaskKind::Task, (run.test.on, run.test.on));
        }
        if let Some(due) = self.record.testing.retest_due(definitions.retest_after_days) {
            self.push(HivTaskAbout::RetestInconclusive, HivTaskKind::Task, (due, due));
        }
        self.of_retesting();
    }

    /// The status is tested again on a second specimen before ART begins (WHO HTS); where it was not, that is said until it
    /// is.
    fn of_retesting(&mut self) {
        let (testing, art) = (&self.record.testing, &self.record.art);
        let Some(since) = testing.positive_since().filter(|_| testing.positive() && !testing.retested())
        else {
            return;
        };
        match art.started_on {
            None => self.push(HivTaskAbout::RetestBeforeArt, HivTaskKind::Task, (since, after(since, 7))),
            Some(_) if art.begun_elsewhere || art.running().is_none() => (),
            Some(start) => self.push(HivTaskAbout::ArtWithoutRetest, HivTaskKind::Warning, (start, start)),
        }
    }

    /// ART as soon as possible within 14 days of the start of TB treatment, whatever the CD4 count; with meningitis between
    /// the fourth and the eighth week (WHO KSP 1927, 1954). Without tuberculosis within 7 days (WHO SMART HIV, D.DE384).
    /// Both windows count from the treatment of tuberculosis: where that waits, it comes first.
    fn of_art(&mut self) {
        if !self.record.testing.positive()
            || self.record.art.running().is_some()
            || self.untreated().is_some()
        {
            return;
        }
        let window = match (self.tb.on_treatment_since, self.tb.meningitis) {
            (Some(start), true) => (after(start, 28), after(start, 56)),
            (Some(start), false) => (start, after(start, 14)),
            (None, _) => {
                let since = self.record.testing.positive_since().unwrap_or(self.today);
                (since, after(since, 7))
            }
        };
        self.push(HivTaskAbout::ArtStart, HivTaskKind::Task, window);
    }

    /// Rifamycins beside antiretrovirals, of treatment and of prevention alike.
    fn of_medicines(&mut self) {
        let Some(art) = self.record.art.running() else { return };
        let mut found: Vec<_> = self
            .rifamycins()
            .into_iter()
            .flat_map(|(taken, since)| {
                taken.beside(art).into_iter().map(move |about| (about, since.max(art.since)))
            })
            .collect();
        found.sort_unstable();
        found.dedup_by_key(|(about, _)| *about);
        for (about, since) in found {
            let sure = about != HivTaskAbout::RifapentineInteraction;
            let kind = if sure { HivTaskKind::Warning } else { HivTaskKind::Advice };
            self.push(about, kind, (since, since));
        }
    }

    /// The rifamycins that are taken, by what the case and this record say.
    fn rifamycins(&self) -> Vec<Taken> {
        let treated = match (self.tb.rifampicin, self.tb.rifapentine) {
            (true, _) => Some(Rifamycin::Rifampicin),
            (false, rifapentine) => rifapentine.then_some(Rifamycin::Rifapentine(Frequency::Daily)),
        };
        let own = self.record.coinfection.running(Prophylaxis::TbPreventive);
        let own = own.and_then(|started| Some((started.regimen.as_deref()?, started.on)));
        let preventive = self.tb.preventive.as_deref().zip(self.tb.preventive_since);
        let prevented = [own, preventive]
            .into_iter()
            .flatten()
            .filter_map(|(code, since)| Some((Rifamycin::of_prevention(code)?, since)));
        treated.zip(self.tb.on_treatment_since).into_iter().chain(prevented).collect()
    }

    /// Tuberculosis that waits for its treatment, by this record since that day, or by the case.
    fn untreated(&self) -> Option<Date> {
        let confirmed = self.record.coinfection.confirmed_on(self.tb.settled_on);
        let known = confirmed.or_else(|| self.tb.diagnosed.then_some(self.today));
        known.filter(|_| self.tb.on_treatment_since.is_none())
    }

    fn of_tuberculosis(&mut self) {
        if !self.record.testing.positive() {
            return;
        }
        let (coinfection, today) = (&self.record.coinfection, self.today);
        let prevented = coinfection.prevented() || self.tb.preventive.is_some();
        let protected = coinfection.running(Prophylaxis::Cotrimoxazole).is_some();
        let last_screen = coinfection.last_screen_until(today);
        let screened = last_screen.map(|screen| screen.on);
        let untreated = self.untreated();
        if let Some(start) = self.tb.on_treatment_since {
            if !protected {
                // For all with active tuberculosis, whatever the CD4 count (WHO KSP, term 87).
                self.push(HivTaskAbout::Cotrimoxazole, HivTaskKind::Task, (start, start));
            }
            return;
        }
        if let Some(on) = untreated {
            // What confirms, a positive LF-LAM too, asks for treatment at once (WHO TB DAK, C12).
            self.push(HivTaskAbout::TbTreatment, HivTaskKind::Task, (on, on));
        }
        let visit = self.record.attendance.last_visit_on;
        if visit.is_some_and(|visit| screened.is_none_or(|screened| screened < visit)) || screened.is_none() {
            let due = visit.unwrap_or(today);
            self.push(HivTaskAbout::TbScreening, HivTaskKind::Task, (due, due));
        }
        let well = last_screen.is_some_and(|screen| !screen.symptoms.any());
        if !prevented && well && untreated.is_none() {
            self.push(HivTaskAbout::TbPreventive, HivTaskKind::Advice, (today, today));
        }
    }

    fn of_monitoring(&mut self) {
        let definitions = self.record.definitions();
        let Some(started) = self.record.art.started_on.filter(|_| self.record.art.running().is_some()) else {
            return;
        };
        let loads = self.record.monitoring.viral_loads_in_order();
        let (first, later) = definitions.viral_load_months;
        let last = loads.iter().rfind(|load| load.collected_on >= started);
        let due = match last {
            None => started.saturating_add(Span::new().months(first)),
            Some(load) => load.collected_on.saturating_add(Span::new().months(later)),
        };
        let high = last.is_some_and(|load| load.suppression(definitions) == Suppression::Unsuppressed);
        if let Some(on) = self.record.virological_failure() {
            self.push(HivTaskAbout::ArtSwitch, HivTaskKind::Advice, (on, on));
        } else if let Some(load) = last.filter(|_| high) {
            // Support first, then the second viral load about three months later (WHO SMART HIV, D.DE228).
            let again = after(load.collected_on, definitions.failure_interval_days);
            self.push(HivTaskAbout::AdherenceSupport, HivTaskKind::Task, (load.resulted_on, again));
            self.push(HivTaskAbout::ViralLoad, HivTaskKind::Task, (again, again));
            return;
        }
        let from = due.saturating_sub(Span::new().days(30));
        if self.today >= from {
            self.push(HivTaskAbout::ViralLoad, HivTaskKind::Advice, (from, due));
        }
    }

    fn of_the_road(&mut self) {
        let attendance = &self.record.attendance;
        let next = self.record.art.last_dispensed().map(|dispensed| dispensed.next_visit);
        let expected = next
            .filter(|next| *next < self.today && attendance.last_visit_on.is_none_or(|visit| visit < *next));
        if let Some(missed) = attendance.missed_on.or(expected).filter(|_| attendance.outcome.is_none()) {
            let until = lost_from(missed, self.record.definitions());
            self.push(HivTaskAbout::MissedVisit, HivTaskKind::Task, (missed, until));
        }
        if let Some((_, live)) = self.record.handoffs.live() {
            let offered = live.offered_at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let expires = live.expires_at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let (about, due) = match live.state {
                super::handoff::HivHandoffState::Offered => (HivTaskAbout::HandoffToAnswer, expires),
                _ => (HivTaskAbout::Arrival, live.expected_arrival.unwrap_or(expires)),
            };
            let organisation = live.to.clone();
            self.items.push(HivTask { about, kind: HivTaskKind::Task, organisation, from: offered, due });
        }
        if let Some((remote, (_, organisation, since))) =
            self.record.remote.as_ref().and_then(|remote| Some((remote, remote.waits_for()?)))
        {
            // How soon is nowhere written; in pregnancy every step is urgent (REG). A reminder, never a rule.
            let due = after(since, if remote.urgent { 3 } else { 14 });
            self.items.push(HivTask {
                about: HivTaskAbout::RemoteRegistration,
                kind: if remote.urgent { HivTaskKind::Task } else { HivTaskKind::Advice },
                organisation: organisation.clone(),
                from: since,
                due,
            });
        }
    }
}
