//! One word for each command and event, so that the tests read as sentences.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jiff::{
    Span, Timestamp,
    civil::{Date, date},
};
use uuid::Uuid;

use super::{
    CaseCommand, CaseEvent, closing, consent, diagnosis,
    diagnosis::{Confirmation, Site, TreatmentHistory},
    handoff::{self, Urgency, Warning, answer, arrival, event, offer},
    laboratory::{self, CultureGrowth, Finding, MolecularFinding, SpecimenKind, Susceptibility},
    movement, opening,
    opening::{Phase, Route, Setting},
    outcome,
    outcome::Outcome,
    programme::{self, Programme},
    referral, screening,
    screening::{ChestXray, FourSymptoms, ScreeningResult},
    support, treatment,
    treatment::Administration,
};
use crate::{
    actor::{Actor, Role},
    directory::Directory,
    ids::{ConsentId, Country, EpisodeId, HandoffId, OrganisationId, PersonId, ReferralId, SpecimenId},
    organisation::{OrganisationKind, OrganisationState, Service},
    place::{Place, PlaceKind, Places},
};

pub(crate) const TODAY: Date = date(2026, 11, 22);
pub(crate) const START: Date = date(2026, 5, 26);
pub(crate) const NOON: Timestamp = Timestamp::constant(1_795_348_800, 0);
pub(crate) const NEW_ID: Uuid = Uuid::from_u128(0x5afa);
pub(crate) const HANDOFF: HandoffId = HandoffId(NEW_ID);

pub(crate) fn organisation(id: &str) -> OrganisationId {
    id.parse().unwrap()
}

fn actor(worker: &str, organisation_id: &str, country: Country, role: Role) -> Actor {
    let organisation = organisation(organisation_id);
    Actor { worker: worker.parse().unwrap(), organisation, country, role }
}

pub(crate) fn galaba() -> Actor {
    actor("sw-ngo-galaba", "ngo-galaba", Country::TJ, Role::SocialWorker)
}
pub(crate) fn taraz() -> Actor {
    actor("sw-ngo-kz-taraz", "ngo-kz-taraz", Country::KZ, Role::SocialWorker)
}
pub(crate) fn karaganda() -> Actor {
    actor("sw-ngo-kz-karaganda", "ngo-kz-karaganda", Country::KZ, Role::SocialWorker)
}
pub(crate) fn shymkent() -> Actor {
    actor("tb1-tb-shymkent", "tb-shymkent", Country::KZ, Role::TbClinician)
}
pub(crate) fn second_clinician() -> Actor {
    actor("tb2-tb-shymkent", "tb-shymkent", Country::KZ, Role::TbClinician)
}
pub(crate) fn dushanbe() -> Actor {
    actor("tb1-dushanbe", "tj-national-tb-centre", Country::TJ, Role::TbClinician)
}

pub(crate) fn directory() -> Directory {
    let ngo = [Service::Outreach, Service::Referral, Service::CaseSupport];
    let clinic = [Service::TbDiagnosis, Service::TbTreatment];
    let rows: [(&str, &str, &[Service]); 6] = [
        ("ngo-galaba", "tj-farkhor", &ngo),
        ("ngo-kz-taraz", "kz-taraz", &ngo),
        ("ngo-kz-karaganda", "kz-karaganda", &ngo),
        ("tb-shymkent", "KZ-79", &clinic),
        ("tj-national-tb-centre", "TJ-DU", &clinic),
        ("legal-aid", "TJ-DU", &[Service::LegalAid]),
    ];
    let state = |place: &str, services: &[Service]| OrganisationState {
        name: "test".into(),
        kind: OrganisationKind::Ngo,
        place: place.parse().unwrap(),
        services: services.iter().copied().collect(),
        active: true,
    };
    let organisations =
        rows.iter().map(|(id, place, services)| (organisation(id), state(place, services))).collect();
    Directory { organisations, workers: BTreeMap::new() }
}

pub(crate) fn places() -> &'static Places {
    static PLACES: LazyLock<Places> = LazyLock::new(|| {
        let ids = ["TJ-DU", "tj-farkhor", "UZ", "UZ-TK", "KZ-79", "kz-taraz", "kz-karaganda"];
        let place = |id: &str| Place {
            kind: PlaceKind::City,
            parent: None,
            name_en: id.to_owned(),
            name_ru: None,
            name_local: None,
        };
        ids.into_iter().map(|id| (id.parse().unwrap(), place(id))).collect()
    });
    &PLACES
}

// Histories.

pub(crate) fn a_case() -> Vec<CaseEvent> {
    vec![opened(), support_opened("ngo-galaba"), consent_to_care()]
}
pub(crate) fn a_case_and(more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    a_case().into_iter().chain(more).collect()
}
pub(crate) fn referred_case_and(more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    a_case_and([referred("tb-shymkent"), referral_accepted()].into_iter().chain(more))
}
pub(crate) fn registered_case() -> Vec<CaseEvent> {
    referred_case_and([registered("tb-shymkent"), tb_opened("tb-shymkent")])
}
pub(crate) fn registered_case_and(more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    registered_case().into_iter().chain(more).collect()
}
pub(crate) fn diagnosed_case() -> Vec<CaseEvent> {
    registered_case_and([
        collected(1, START),
        resulted(1, START, xpert_medium()),
        diagnosed(Site::Pulmonary, Confirmation::BacteriologicallyConfirmed, TreatmentHistory::New),
    ])
}
pub(crate) fn treated_case() -> Vec<CaseEvent> {
    treated_case_and([])
}
pub(crate) fn treated_case_and(more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    diagnosed_case().into_iter().chain([started("2HRZE/4HR", START)]).chain(more).collect()
}
pub(crate) fn extrapulmonary_treated_and(more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    let mut start = started_event("2HRZE/4HR", START);
    start.pulmonary = false;
    diagnosed_case().into_iter().chain([CaseEvent::TreatmentStarted(start)]).chain(more).collect()
}
pub(crate) fn offered_case() -> Vec<CaseEvent> {
    a_case_and([
        consent_to_share_support(),
        handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Support),
    ])
}
pub(crate) fn treated_and_offered_case() -> Vec<CaseEvent> {
    treated_case_and([handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb)])
}

// Opening and programmes.

pub(crate) fn open_case() -> CaseCommand {
    CaseCommand::Open(opening::OpenCase {
        person: PersonId(Uuid::from_u128(1)),
        route: route(),
        phase: Phase::PreDeparture,
        setting: Setting::PreDepartureSession,
    })
}
fn route() -> Route {
    let place = |text: &str| text.parse().unwrap();
    Route { origin: place("tj-farkhor"), transit: vec![place("UZ")], destination: place("KZ-79") }
}
pub(crate) fn opened() -> CaseEvent {
    CaseEvent::Opened(opening::CaseOpened {
        person: PersonId(Uuid::from_u128(1)),
        route: route(),
        phase: Phase::PreDeparture,
        setting: Setting::PreDepartureSession,
        organisation: organisation("ngo-galaba"),
    })
}
pub(crate) fn support_opened(by: &str) -> CaseEvent {
    programme_opened(Programme::Support, by)
}
pub(crate) fn tb_opened(by: &str) -> CaseEvent {
    programme_opened(Programme::Tb, by)
}
fn programme_opened(programme: Programme, by: &str) -> CaseEvent {
    let organisation = organisation(by);
    CaseEvent::ResponsibilityOpened(programme::ResponsibilityOpened { programme, organisation })
}
pub(crate) fn support_moved(from: &str, to: &str) -> CaseEvent {
    moved(Programme::Support, from, to)
}
pub(crate) fn tb_moved(from: &str, to: &str) -> CaseEvent {
    moved(Programme::Tb, from, to)
}
fn moved(programme: Programme, from: &str, to: &str) -> CaseEvent {
    let (from, to) = (organisation(from), organisation(to));
    CaseEvent::ResponsibilityMoved(programme::ResponsibilityMoved { programme, from, to, handoff: HANDOFF })
}
pub(crate) fn support_closed() -> CaseEvent {
    CaseEvent::ResponsibilityClosed(programme::ResponsibilityClosed { programme: Programme::Support })
}

// Movements and consents.

pub(crate) fn arrive_at(place: &str, on: Date) -> CaseCommand {
    CaseCommand::RecordMovement(movement::RecordMovement {
        kind: movement::MovementKind::Arrived,
        place: place.parse().unwrap(),
        means: None,
        on,
    })
}
pub(crate) fn arrived_at(place: &str, on: Date, phase: Phase) -> CaseEvent {
    CaseEvent::MovementRecorded(movement::MovementRecorded {
        kind: movement::MovementKind::Arrived,
        place: place.parse().unwrap(),
        means: None,
        on,
        phase,
    })
}
fn consent_of(id: u128, purpose: consent::Purpose, classes: &[consent::DataClass], to: Country) -> CaseEvent {
    CaseEvent::ConsentRecorded(consent::ConsentRecorded {
        consent: ConsentId(Uuid::from_u128(id)),
        given: true,
        purpose,
        recipients: vec![consent::Recipient::Country(to)],
        data_classes: classes.iter().copied().collect(),
        valid_from: date(2025, 1, 1),
        valid_until: None,
        form_version: "care-2026-01".into(),
    })
}
pub(crate) fn consent_to_care() -> CaseEvent {
    consent_of(20, consent::Purpose::Care, &[consent::DataClass::Tb], Country::TJ)
}
pub(crate) fn consent_to_share_tb(country: Country) -> CaseEvent {
    let classes = [consent::DataClass::Identity, consent::DataClass::Tb];
    consent_of(21, consent::Purpose::ContinuityOfCare, &classes, country)
}
pub(crate) fn consent_to_share_all(country: Country) -> CaseEvent {
    use consent::DataClass::{Contact, Identity, Support, Tb};
    consent_of(22, consent::Purpose::ContinuityOfCare, &[Identity, Contact, Support, Tb], country)
}
pub(crate) fn consent_to_share_support() -> CaseEvent {
    consent_to_share_all(Country::KZ)
}
pub(crate) fn consent_withdrawn() -> CaseEvent {
    CaseEvent::ConsentWithdrawn(consent::ConsentWithdrawn { consent: ConsentId(Uuid::from_u128(21)) })
}
pub(crate) fn withdraw_consent() -> CaseCommand {
    CaseCommand::WithdrawConsent(ConsentId(Uuid::from_u128(21)), consent::WithdrawConsent {})
}
pub(crate) fn withdraw_consent_to_share_all() -> CaseCommand {
    CaseCommand::WithdrawConsent(ConsentId(Uuid::from_u128(22)), consent::WithdrawConsent {})
}
pub(crate) fn consent_backwards() -> CaseCommand {
    CaseCommand::RecordConsent(consent::RecordConsent {
        given: true,
        purpose: consent::Purpose::Care,
        recipients: vec![consent::Recipient::Country(Country::KZ)],
        data_classes: BTreeSet::from([consent::DataClass::Tb]),
        valid_from: TODAY,
        valid_until: TODAY.yesterday().ok(),
        form_version: "care-2026-01".into(),
    })
}

// Screening and referral.

pub(crate) fn screen(symptoms: Option<FourSymptoms>, chest_xray: Option<ChestXray>) -> CaseCommand {
    let screening = screening::RecordScreening { on: TODAY, symptoms, cough_weeks: None, chest_xray };
    CaseCommand::RecordScreening(screening)
}
pub(crate) fn screened(
    symptoms: Option<FourSymptoms>,
    chest_xray: Option<ChestXray>,
    result: ScreeningResult,
) -> CaseEvent {
    CaseEvent::ScreeningRecorded(screening::ScreeningRecorded {
        on: TODAY,
        symptoms,
        cough_weeks: None,
        chest_xray,
        result,
    })
}
const REFERRAL: ReferralId = ReferralId(NEW_ID);
pub(crate) fn refer(to: &str) -> CaseCommand {
    CaseCommand::MakeReferral(referral::MakeReferral {
        to: organisation(to),
        service: Service::TbDiagnosis,
        reason: referral::ReferralReason::InitialTesting,
    })
}
pub(crate) fn referred(to: &str) -> CaseEvent {
    CaseEvent::ReferralMade(referral::ReferralMade {
        referral: REFERRAL,
        from: organisation("ngo-galaba"),
        to: organisation(to),
        service: Service::TbDiagnosis,
        reason: referral::ReferralReason::InitialTesting,
    })
}
pub(crate) fn accept_referral() -> CaseCommand {
    CaseCommand::AcceptReferral(REFERRAL, referral::AcceptReferral {})
}
pub(crate) fn referral_accepted() -> CaseEvent {
    CaseEvent::ReferralAccepted(referral::ReferralMoved { referral: REFERRAL })
}
pub(crate) fn referral_withdrawn() -> CaseEvent {
    CaseEvent::ReferralWithdrawn(referral::ReferralMoved { referral: REFERRAL })
}
pub(crate) fn attend(on: Date) -> CaseCommand {
    CaseCommand::RecordAttendance(REFERRAL, referral::RecordAttendance { attended: true, on })
}
pub(crate) fn attended(on: Date) -> CaseEvent {
    CaseEvent::ReferralAttendanceRecorded(referral::ReferralAttendanceRecorded {
        referral: REFERRAL,
        attended: true,
        on,
    })
}

// Laboratory and diagnosis.

fn specimen(id: u128) -> SpecimenId {
    SpecimenId(Uuid::from_u128(id))
}
pub(crate) fn collect(on: Date) -> CaseCommand {
    let kind = SpecimenKind::Sputum;
    CaseCommand::CollectSpecimen(laboratory::CollectSpecimen { kind, collected_on: on })
}
pub(crate) fn collected(id: u128, on: Date) -> CaseEvent {
    CaseEvent::SpecimenCollected(laboratory::SpecimenCollected {
        specimen: specimen(id),
        kind: SpecimenKind::Sputum,
        collected_on: on,
    })
}
pub(crate) fn result(id: u128, on: Date, finding: Finding) -> CaseCommand {
    let body = laboratory::RecordResult { performed_on: on, resulted_on: on, finding };
    CaseCommand::RecordResult(specimen(id), body)
}
pub(crate) fn resulted(id: u128, on: Date, finding: Finding) -> CaseEvent {
    CaseEvent::ResultRecorded(laboratory::ResultRecorded {
        specimen: specimen(id),
        performed_on: on,
        resulted_on: on,
        finding,
        late: false,
    })
}
pub(crate) fn xpert_medium() -> Finding {
    let rifampicin = Some(Susceptibility::Susceptible);
    Finding::Molecular { mtb: MolecularFinding::Medium, rifampicin }
}
pub(crate) fn culture(growth: CultureGrowth) -> Finding {
    Finding::Culture { growth }
}
pub(crate) fn diagnose(site: Site, confirmation: Confirmation, history: TreatmentHistory) -> CaseCommand {
    CaseCommand::Diagnose(diagnosis::Diagnose { sites: BTreeSet::from([site]), confirmation, history })
}
pub(crate) fn diagnosed(site: Site, confirmation: Confirmation, history: TreatmentHistory) -> CaseEvent {
    CaseEvent::DiagnosisMade(diagnosis::DiagnosisMade {
        sites: BTreeSet::from([site]),
        confirmation,
        history,
        definitions: diagnosis::DEFINITIONS.into(),
    })
}
pub(crate) fn registered(by: &str) -> CaseEvent {
    let organisation = organisation(by);
    CaseEvent::PatientRegistered(diagnosis::PatientRegistered { organisation, register_number: None })
}

// Treatment and outcome.

const EPISODE: EpisodeId = EpisodeId(NEW_ID);
const DOT: Administration = Administration::DirectlyObserved;
pub(crate) fn start(regimen: &str) -> CaseCommand {
    CaseCommand::StartTreatment(treatment::StartTreatment {
        regimen: regimen.into(),
        started_on: TODAY,
        weight_kg: Some(60),
        pregnant_or_breastfeeding: None,
        composition: vec![],
        administration: DOT,
    })
}
fn started_event(regimen: &str, on: Date) -> treatment::TreatmentStarted {
    treatment::TreatmentStarted {
        episode: EPISODE,
        regimen: regimen.into(),
        started_on: on,
        weight_kg: Some(60),
        composition: vec![],
        administration: DOT,
        confirmed: true,
        pulmonary: true,
        drug_resistant: false,
        expected_end: on + Span::new().months(6),
        definitions: diagnosis::DEFINITIONS.into(),
    }
}
pub(crate) fn started(regimen: &str, on: Date) -> CaseEvent {
    CaseEvent::TreatmentStarted(started_event(regimen, on))
}
pub(crate) fn doses(from: Date, until: Date) -> CaseCommand {
    CaseCommand::RecordDoses(treatment::RecordDoses {
        from,
        until,
        taken: 1,
        missed: 0,
        last_taken_on: None,
        administration: DOT,
    })
}
pub(crate) fn too_many_doses() -> CaseCommand {
    CaseCommand::RecordDoses(treatment::RecordDoses {
        from: START,
        until: START,
        taken: 1,
        missed: 1,
        last_taken_on: None,
        administration: DOT,
    })
}
fn dosed_event(from: Date, until: Date, late: bool) -> CaseEvent {
    CaseEvent::DosesRecorded(treatment::DosesRecorded {
        episode: EPISODE,
        from,
        until,
        taken: 1,
        missed: 0,
        last_taken_on: Some(until),
        administration: DOT,
        late,
    })
}
pub(crate) fn dosed(from: Date, until: Date) -> CaseEvent {
    dosed_event(from, until, false)
}
pub(crate) fn late_doses(from: Date, until: Date) -> CaseEvent {
    dosed_event(from, until, true)
}
pub(crate) fn supplied(on: Date, days: u16) -> CaseEvent {
    CaseEvent::MedicineSupplied(treatment::MedicineSupplied { episode: EPISODE, on, days })
}
pub(crate) fn interrupted(since: Date) -> CaseEvent {
    let reason = treatment::InterruptionReason::Travel;
    CaseEvent::TreatmentInterrupted(treatment::TreatmentInterrupted { episode: EPISODE, since, reason })
}
pub(crate) fn resume(on: Date) -> CaseCommand {
    CaseCommand::ResumeTreatment(treatment::ResumeTreatment { on })
}
pub(crate) fn resumed(on: Date, days: i32) -> CaseEvent {
    let expected_end = START + Span::new().months(6) + Span::new().days(days);
    CaseEvent::TreatmentResumed(treatment::TreatmentResumed { episode: EPISODE, on, expected_end })
}
pub(crate) fn report(outcome: Outcome, on: Date) -> CaseCommand {
    CaseCommand::ReportOutcome(outcome::ReportOutcome { outcome, on })
}
pub(crate) fn reported(outcome: Outcome, on: Date, reporter: &str) -> CaseEvent {
    let reporter = reporter.parse().unwrap();
    CaseEvent::OutcomeReported(outcome::OutcomeReported { episode: EPISODE, outcome, on, reporter })
}
pub(crate) fn died_reported(on: Date, reporter: &str) -> CaseEvent {
    reported(Outcome::Died, on, reporter)
}
pub(crate) fn confirm() -> CaseCommand {
    CaseCommand::ConfirmOutcome(outcome::ConfirmOutcome {})
}
pub(crate) fn confirmed(outcome: Outcome, on: Date, by: &str) -> CaseEvent {
    let organisation = organisation(by);
    CaseEvent::OutcomeConfirmed(outcome::OutcomeConfirmed { episode: EPISODE, outcome, on, organisation })
}

// Handoff.

pub(crate) fn offer(to: &str, programme: Programme) -> CaseCommand {
    CaseCommand::OfferHandoff(offer_body(to, programme))
}
pub(crate) fn offer_body(to: &str, programme: Programme) -> offer::OfferHandoff {
    offer::OfferHandoff {
        to: organisation(to),
        programmes: BTreeSet::from([programme]),
        urgency: Urgency::Routine,
        expires_in_hours: None,
        expected_arrival: None,
        previous: None,
        consent_override: None,
    }
}
pub(crate) fn handoff_offered(from: &str, to: &str, programme: Programme) -> CaseEvent {
    handoff_offered_of(from, to, &[programme], &[])
}
pub(crate) fn handoff_offered_of(
    from: &str,
    to: &str,
    programmes: &[Programme],
    warnings: &[Warning],
) -> CaseEvent {
    CaseEvent::HandoffOffered(event::HandoffOffered {
        handoff: HANDOFF,
        from: organisation(from),
        to: organisation(to),
        programmes: programmes.iter().copied().collect(),
        urgency: Urgency::Routine,
        expires_at: NOON + jiff::SignedDuration::from_hours(72),
        expected_arrival: None,
        consents: BTreeSet::from([ConsentId(Uuid::from_u128(22))]),
        consent_override: None,
        warnings: warnings.iter().copied().collect(),
        previous: None,
    })
}
pub(crate) fn acknowledge() -> CaseCommand {
    CaseCommand::AcknowledgeHandoff(HANDOFF, answer::AcknowledgeHandoff {})
}
pub(crate) fn accept() -> CaseCommand {
    accept_without(&[])
}
pub(crate) fn accept_without(refused: &[(Programme, event::DeclineReason)]) -> CaseCommand {
    let duplicate_check = answer::DuplicateCheck::NoneFound;
    let refused = refused.iter().copied().collect();
    CaseCommand::AcceptHandoff(HANDOFF, answer::AcceptHandoff { duplicate_check, refused })
}
pub(crate) fn handoff_accepted() -> CaseEvent {
    handoff_accepted_of(&[Programme::Support], false)
}
pub(crate) fn handoff_accepted_of(programmes: &[Programme], implicit: bool) -> CaseEvent {
    let programmes = programmes.iter().copied().collect();
    let refused = BTreeMap::new();
    CaseEvent::HandoffAccepted(event::HandoffAccepted { handoff: HANDOFF, programmes, refused, implicit })
}
pub(crate) fn decline() -> CaseCommand {
    let reason = event::DeclineReason::NoCapacity;
    CaseCommand::DeclineHandoff(HANDOFF, answer::DeclineHandoff { reason, suggestion: None })
}
pub(crate) fn handoff_declined() -> CaseEvent {
    let reason = event::DeclineReason::NoCapacity;
    CaseEvent::HandoffDeclined(event::HandoffDeclined { handoff: HANDOFF, reason, suggestion: None })
}
pub(crate) fn rescind() -> CaseCommand {
    let reason = event::DeclineReason::NoCapacity;
    CaseCommand::RescindAcceptance(HANDOFF, answer::RescindAcceptance { reason })
}
pub(crate) fn withdraw() -> CaseCommand {
    let reason = event::WithdrawReason::PlansChanged;
    CaseCommand::WithdrawHandoff(HANDOFF, offer::WithdrawHandoff { reason })
}
pub(crate) fn withdrawn(reason: event::WithdrawReason) -> CaseEvent {
    CaseEvent::HandoffWithdrawn(event::HandoffWithdrawn { handoff: HANDOFF, reason })
}
pub(crate) fn extend(hours: i64) -> CaseCommand {
    let expires_at = NOON + jiff::SignedDuration::from_hours(hours);
    CaseCommand::ExtendHandoff(HANDOFF, offer::ExtendHandoff { expires_at })
}
pub(crate) fn handoff_extended(hours: i64) -> CaseEvent {
    let expires_at = NOON + jiff::SignedDuration::from_hours(hours);
    CaseEvent::HandoffExtended(event::HandoffExtended { handoff: HANDOFF, expires_at })
}
pub(crate) fn depart(medicine_days: u16) -> CaseCommand {
    let body = offer::DepartPatient { on: TODAY, medicine_days, expected_arrival: Some(TODAY) };
    CaseCommand::DepartPatient(HANDOFF, body)
}
pub(crate) fn departed(medicine_days: u16, warnings: &[Warning]) -> CaseEvent {
    CaseEvent::PatientDeparted(event::PatientDeparted {
        handoff: HANDOFF,
        on: TODAY,
        medicine_days,
        expected_arrival: Some(TODAY),
        warnings: warnings.iter().copied().collect(),
    })
}
pub(crate) fn stay() -> CaseCommand {
    CaseCommand::RecordDidNotTravel(HANDOFF, offer::RecordDidNotTravel {})
}
pub(crate) fn arrive() -> CaseCommand {
    let identity_check = event::IdentityCheck::Document;
    CaseCommand::ArrivePatient(HANDOFF, arrival::ArrivePatient { on: TODAY, identity_check })
}
pub(crate) fn patient_arrived() -> CaseEvent {
    let identity_check = event::IdentityCheck::Document;
    CaseEvent::PatientArrived(event::PatientArrived { handoff: HANDOFF, on: TODAY, identity_check })
}
pub(crate) fn reinstated() -> CaseEvent {
    CaseEvent::HandoffReinstated(event::HandoffReinstated { handoff: HANDOFF, arrived_on: TODAY })
}
pub(crate) fn expired() -> CaseEvent {
    CaseEvent::HandoffExpired(event::HandoffClosed { handoff: HANDOFF })
}
pub(crate) fn miss() -> CaseCommand {
    CaseCommand::RecordNotArrived(HANDOFF, arrival::RecordNotArrived {})
}
pub(crate) fn not_arrived() -> CaseEvent {
    CaseEvent::PatientNotArrived(event::PatientNotArrived { handoff: HANDOFF, expected: TODAY })
}
pub(crate) fn claim() -> CaseCommand {
    let basis = event::ClaimBasis::HandoffCard;
    CaseCommand::ClaimPatient(HANDOFF, arrival::ClaimPatient { on: TODAY, basis })
}
pub(crate) fn claimed(by: &str) -> CaseEvent {
    CaseEvent::PatientArrivedElsewhere(event::PatientArrivedElsewhere {
        handoff: HANDOFF,
        organisation: organisation(by),
        on: TODAY,
        basis: event::ClaimBasis::HandoffCard,
    })
}
pub(crate) fn confirm_claim() -> CaseCommand {
    CaseCommand::ConfirmClaim(HANDOFF, arrival::ConfirmClaim {})
}
pub(crate) fn claim_confirmed(by: &str, by_lapse: bool) -> CaseEvent {
    let organisation = organisation(by);
    CaseEvent::ClaimConfirmed(event::ClaimConfirmed { handoff: HANDOFF, organisation, by_lapse })
}
pub(crate) fn complete(care: event::CareContinued) -> CaseCommand {
    CaseCommand::CompleteHandoff(HANDOFF, arrival::CompleteHandoff { care, on: TODAY })
}
pub(crate) fn completed(care: event::CareContinued) -> CaseEvent {
    CaseEvent::HandoffCompleted(event::HandoffCompleted { handoff: HANDOFF, care, on: TODAY })
}
pub(crate) fn cancelled_by_death() -> CaseEvent {
    CaseEvent::HandoffCancelledByDeath(event::HandoffClosed { handoff: HANDOFF })
}
pub(crate) fn state_of(history: &[CaseEvent]) -> handoff::HandoffState {
    crate::testing::given(history).state().handoffs.all[&HANDOFF].state
}

// Support and closing.

pub(crate) fn note(text: &str) -> CaseCommand {
    CaseCommand::AddNote(support::AddNote { text: text.into() })
}
pub(crate) fn noted(text: &str, late: bool) -> CaseEvent {
    CaseEvent::NoteAdded(support::NoteAdded { text: text.into(), late })
}
pub(crate) fn close() -> CaseCommand {
    CaseCommand::Close(closing::CloseCase { reason: closing::CloseReason::CareCompleted })
}
pub(crate) fn closed() -> CaseEvent {
    CaseEvent::Closed(closing::CaseClosed { reason: closing::CloseReason::CareCompleted })
}
pub(crate) fn reopen() -> CaseCommand {
    CaseCommand::Reopen(closing::ReopenCase {})
}
pub(crate) fn reopened() -> CaseEvent {
    CaseEvent::Reopened(closing::CaseReopened {})
}
pub(crate) fn die(on: Date) -> CaseCommand {
    let (cause, source) = (closing::CauseOfDeath::Unknown, closing::DeathSource::Family);
    CaseCommand::RecordDeath(closing::RecordDeath { on, cause, source })
}
pub(crate) fn died(on: Date) -> CaseEvent {
    let (cause, source) = (closing::CauseOfDeath::Unknown, closing::DeathSource::Family);
    CaseEvent::DeathRecorded(closing::DeathRecorded { on, cause, source })
}
