//! What the tests of the HIV record are told with.

use jiff::{
    SignedDuration, Span, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use uuid::Uuid;

use super::{
    HivCommand, HivEvent, HivRecord, HivRefusal, art::*, coinfection::*, consent::*, counselling::*,
    grants::*, handoff::*, monitoring::*, opening::*, outcome::*, remote::*, tasks::*, testing::*,
};
use crate::{
    actor::{Actor, Role},
    case::{
        consent::{Purpose, Recipient},
        fixtures as cases,
    },
    decider::{Context, Decider as _, Fact},
    directory::Directory,
    ids::{CaseId, ConsentId, Country, HandoffId, HivTestId, OrganisationId, ReferralId},
    organisation::{OrganisationKind, OrganisationState, Service},
    refusal::Refusal as _,
    time::OccurredAt,
    worker::WorkerState,
};

pub(crate) const TODAY: Date = cases::TODAY;
pub(crate) const CASE: CaseId = CaseId(Uuid::from_u128(0xca5e));
pub(crate) const AKTOBE: &str = "kz-aids-aktobe";
pub(crate) const HOME: &str = "tj-aids-centre";

pub(crate) fn organisation(id: &str) -> OrganisationId {
    id.parse().unwrap()
}

fn clinician(of: &str, country: Country) -> Actor {
    let worker = format!("hc-{of}").parse().unwrap();
    Actor { worker, organisation: organisation(of), country, role: Role::HivClinician }
}
pub(crate) fn aktobe() -> Actor {
    clinician(AKTOBE, Country::KZ)
}
pub(crate) fn home() -> Actor {
    clinician(HOME, Country::TJ)
}
pub(crate) fn almaty() -> Actor {
    clinician("kz-aids-almaty", Country::KZ)
}

pub(crate) fn directory() -> Directory {
    let centre = |place: &str, kind| OrganisationState {
        name: "test".into(),
        kind,
        place: place.parse().unwrap(),
        services: [Service::HivTesting, Service::Art].into(),
        telephone: None,
        active: true,
    };
    let centres = [
        (AKTOBE, "kz-aktobe", OrganisationKind::AidsCentre),
        ("kz-aids-almaty", "KZ-75", OrganisationKind::AidsCentre),
        (HOME, "TJ-DU", OrganisationKind::AidsCentre),
        ("ru-aids-moscow", "RU-MOW", OrganisationKind::AidsCentre),
        ("tm-aids-ashgabat", "TM-S", OrganisationKind::AidsCentre),
        ("kz-migration-police", "KZ-75", OrganisationKind::Government),
    ];
    let mut directory = cases::directory();
    for clinician in [aktobe(), colleague(), home(), almaty()] {
        let Actor { worker, organisation, role, .. } = clinician;
        let state = WorkerState { organisation, role, languages: [].into(), active: true, leave: None };
        directory.workers.insert(worker, state);
    }
    directory.organisations.extend(centres.map(|(id, place, kind)| (organisation(id), centre(place, kind))));
    directory
}

/// Days before today.
pub(crate) fn ago(days: i32) -> Date {
    TODAY.saturating_sub(Span::new().days(days))
}

/// A record with this history, as far as the rules can tell.
pub(crate) struct Given(Vec<Fact<HivEvent>>);

pub(crate) fn given(history: &[HivEvent]) -> Given {
    let recorded = |event: HivEvent| Fact {
        event,
        occurred_at: OccurredAt::at(cases::NOON, &TimeZone::UTC),
        recorded_at: cases::NOON,
        actor: aktobe(),
    };
    Given(history.iter().cloned().map(recorded).collect())
}

impl Given {
    pub(crate) fn state(&self) -> HivRecord {
        HivRecord::replay(&self.0)
    }

    pub(crate) fn when(self, command: HivCommand) -> When {
        When { record: self.state(), command, now: cases::NOON }
    }

    /// What is due, by name, in the order of the list.
    pub(crate) fn due(&self, tb: &TbFacts) -> Vec<(HivTaskAbout, Date, Date)> {
        let tasks = tasks(&self.state(), tb, TODAY);
        tasks.into_iter().map(|task| (task.about, task.from, task.due)).collect()
    }

    pub(crate) fn is_due(&self, about: HivTaskAbout, tb: &TbFacts) -> Option<(Date, Date)> {
        self.due(tb).into_iter().find(|(what, ..)| *what == about).map(|(_, from, due)| (from, due))
    }
}

pub(crate) struct When {
    record: HivRecord,
    command: HivCommand,
    now: Timestamp,
}

impl When {
    /// The worker who gives the command. An accepted command must have been announced as allowed.
    pub(crate) fn as_(self, actor: &Actor) -> Then {
        let directory = directory();
        let context = Context { now: self.now, ..crate::testing::context(actor, &directory) };
        let result = self.record.decide(&self.command, &context);
        let name = self.command.name();
        let told = result.as_ref().is_ok_and(|events| !events.is_empty());
        if told && !["open_hiv_record", "read_hiv_record"].contains(&name) {
            let allowed = self.record.commands(actor);
            assert!(allowed.contains(&name), "{name} not in {allowed:?}");
        }
        Then(result)
    }
}

pub(crate) struct Then(Result<Vec<HivEvent>, HivRefusal>);

impl Then {
    #[track_caller]
    pub(crate) fn events(self) -> Vec<HivEvent> {
        self.0.expect("the command is taken")
    }

    #[track_caller]
    pub(crate) fn then(self, names: &[&str]) {
        assert_eq!(self.events().iter().map(HivEvent::name).collect::<Vec<_>>(), names);
    }

    #[track_caller]
    pub(crate) fn refused(self, code: &str) {
        assert_eq!(self.0.err().map(|refusal| refusal.code()), Some(code));
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) {
        let said = self.0.expect_err("the command is refused").to_string();
        assert!(said.contains(words), "{said}");
    }
}

// Histories.

pub(crate) fn opened() -> HivEvent {
    HivEvent::Opened(HivRecordOpened {
        case: CASE,
        organisation: organisation(AKTOBE),
        referral: ReferralId(Uuid::from_u128(1)),
        definitions: "who-vl-2023".to_owned(),
    })
}

/// A second clinician of the centre.
pub(crate) fn colleague() -> Actor {
    Actor { worker: "hc-second".parse().unwrap(), ..aktobe() }
}

pub(crate) fn let_in(actor: &Actor) -> HivEvent {
    HivEvent::AccessGranted(HivAccessGranted {
        worker: actor.worker.clone(),
        organisation: actor.organisation.clone(),
        purpose: AccessPurpose::Care,
        until: cases::NOON + SignedDuration::from_hours(90 * 24),
    })
}

pub(crate) fn record_and(more: impl IntoIterator<Item = HivEvent>) -> Vec<HivEvent> {
    std::iter::once(opened()).chain(more).collect()
}

pub(crate) fn positive_and(more: impl IntoIterator<Item = HivEvent>) -> Vec<HivEvent> {
    record_and(
        [tested(1, ago(100), TestPurpose::Diagnosis, Some(Conclusion::Positive))].into_iter().chain(more),
    )
}

/// Positive, retested and on tenofovir, lamivudine and dolutegravir.
pub(crate) fn treated_and(more: impl IntoIterator<Item = HivEvent>) -> Vec<HivEvent> {
    let start = [
        tested(2, ago(95), TestPurpose::RetestBeforeArt, Some(Conclusion::Positive)),
        HivEvent::ArtStarted(tld(ago(90), 1)),
    ];
    positive_and(start.into_iter().chain(more))
}

// Commands and their events.

pub(crate) fn open(referral: Option<bool>, alive: bool) -> HivCommand {
    let referral = referral.map(|taken| (ReferralId(Uuid::from_u128(1)), taken));
    HivCommand::Open(OpenHivRecord {}, CaseTie { case: CASE, referral, alive })
}

pub(crate) fn assay(number: u8, product: &str, result: AssayResult) -> Assay {
    Assay { number, product: product.to_owned(), result }
}

pub(crate) fn run(assays: Vec<Assay>, conclusion: Option<Conclusion>) -> HivCommand {
    HivCommand::RecordTest(RecordHivTest { on: TODAY, purpose: TestPurpose::Diagnosis, assays, conclusion })
}

pub(crate) fn tested(id: u128, on: Date, purpose: TestPurpose, conclusion: Option<Conclusion>) -> HivEvent {
    let assays = vec![assay(1, "A", AssayResult::Reactive)];
    let test = HivTestId(Uuid::from_u128(id));
    HivEvent::TestRecorded(HivTestRecorded { test, on, purpose, assays, conclusion })
}

pub(crate) fn dose(drug: Antiretroviral, times_daily: u8) -> ArtDose {
    ArtDose { drug, milligrams: None, times_daily }
}

/// Tenofovir, lamivudine and dolutegravir, so many times a day.
pub(crate) fn tld(on: Date, dolutegravir: u8) -> StartArt {
    let medicines = vec![
        dose(Antiretroviral::Tdf, 1),
        dose(Antiretroviral::Lamivudine, 1),
        dose(Antiretroviral::Dtg, dolutegravir),
    ];
    StartArt { on, begun_elsewhere: false, line: ArtLine::First, medicines, delay: None }
}

pub(crate) fn viral_load(on: Date, value: Option<u32>) -> RecordViralLoad {
    RecordViralLoad {
        collected_on: on,
        resulted_on: on,
        not_detected: value.is_none(),
        value,
        unit: ViralLoadUnit::CopiesPerMl,
        assay_limit: 20,
    }
}

pub(crate) fn talk(on: Date, topic: CounsellingTopic, test_agreed: Option<bool>) -> RecordCounselling {
    RecordCounselling { on, topic, partner: None, test_agreed }
}

pub(crate) fn consent(recipient: Recipient) -> RecordHivConsent {
    RecordHivConsent {
        given: true,
        purpose: Purpose::ContinuityOfCare,
        recipients: vec![recipient],
        valid_from: ago(3),
        valid_until: None,
        form_version: "hiv-ru-2026-01".to_owned(),
    }
}

pub(crate) fn consented(recipient: Recipient) -> HivEvent {
    let said = consent(recipient);
    HivEvent::ConsentRecorded(HivConsentRecorded {
        consent: ConsentId(Uuid::from_u128(0xc0)),
        given: true,
        purpose: said.purpose,
        recipients: said.recipients,
        valid_from: said.valid_from,
        valid_until: None,
        form_version: said.form_version,
    })
}

pub(crate) fn named(id: &str) -> Recipient {
    Recipient::Organisation(organisation(id))
}

pub(crate) fn withdraw() -> HivCommand {
    HivCommand::WithdrawConsent(ConsentId(Uuid::from_u128(0xc0)), WithdrawHivConsent {})
}

pub(crate) fn withdrawn() -> HivEvent {
    HivEvent::ConsentWithdrawn(HivConsentWithdrawn { consent: ConsentId(Uuid::from_u128(0xc0)) })
}

pub(crate) fn offer(to: &str) -> HivCommand {
    HivCommand::OfferHandoff(OfferHivHandoff { to: organisation(to), expected_arrival: None })
}

pub(crate) const HANDOFF: HandoffId = HandoffId(Uuid::from_u128(0x4a));

pub(crate) fn offered(to: &str) -> HivEvent {
    HivEvent::HandoffOffered(HivHandoffOffered {
        handoff: HANDOFF,
        from: organisation(AKTOBE),
        to: organisation(to),
        expected_arrival: None,
        expires_at: "2026-12-06T12:00:00Z".parse().unwrap(),
        consent: ConsentId(Uuid::from_u128(0xc0)),
    })
}

pub(crate) fn moved() -> HivHandoffMoved {
    HivHandoffMoved { handoff: HANDOFF }
}

pub(crate) fn arrived(at: &str) -> HivEvent {
    HivEvent::PatientArrived(HivPatientArrived {
        handoff: HANDOFF,
        organisation: organisation(at),
        on: TODAY,
    })
}

pub(crate) fn begun(home: &str) -> HivEvent {
    HivEvent::RemoteRegistrationBegun(RemoteRegistrationBegun {
        home: organisation(home),
        on: ago(30),
        pregnant: false,
        stay: organisation(AKTOBE),
    })
}

pub(crate) fn remote_step(step: RemoteStep, days_ago: i32) -> RecordRemoteStep {
    RecordRemoteStep { step, on: ago(days_ago) }
}

pub(crate) fn missed(days_ago: i32) -> HivEvent {
    HivEvent::VisitMissed(RecordVisitMissed { on: ago(days_ago) })
}

/// Tuberculosis treated since so many days, with or without rifampicin.
pub(crate) fn tb(days: i32, rifampicin: bool, meningitis: bool) -> TbFacts {
    TbFacts { on_treatment_since: Some(ago(days)), rifampicin, meningitis, ..TbFacts::default() }
}

pub(crate) fn prophylaxis(which: Prophylaxis) -> HivEvent {
    HivEvent::ProphylaxisStarted(StartProphylaxis { prophylaxis: which, on: ago(5), regimen: None })
}

pub(crate) const FAR: Date = date(2024, 9, 30);
