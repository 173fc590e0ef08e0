//! One word for each command and event, so that the tests read as sentences.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jiff::{
    Timestamp,
    civil::{Date, date},
};
use uuid::Uuid;

use super::{
    CaseCommand, CaseEvent, closing, consent,
    diagnosis::{Confirmation, Site, TreatmentHistory},
    movement, opening,
    opening::{Phase, Route, Setting},
    programme::{self, Programme},
    referral, screening,
    screening::{ChestXray, FourSymptoms, ScreeningResult},
    support,
};
use crate::{
    actor::{Actor, Role},
    directory::Directory,
    ids::{ConsentId, Country, HandoffId, OrganisationId, PersonId, ReferralId},
    organisation::{OrganisationKind, OrganisationState, Service},
    place::{Place, PlaceKind, Places},
};

mod care;
mod contact;
mod handoff;

pub(crate) use care::*;
pub(crate) use contact::*;
pub(crate) use handoff::*;

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
/// Who records what time alone brings about.
pub(crate) fn clock() -> Actor {
    actor("safar-clock", "safar", Country::KZ, Role::Integrator)
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
        telephone: None,
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
    let mut start = care::started_event("2HRZE/4HR", START);
    start.pulmonary = false;
    diagnosed_case().into_iter().chain([CaseEvent::TreatmentStarted(start)]).chain(more).collect()
}
pub(crate) fn offered_case() -> Vec<CaseEvent> {
    a_case_and([
        consent_to_share_support(),
        handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Support),
        claim_code_issued(),
    ])
}
pub(crate) fn treated_and_offered_case() -> Vec<CaseEvent> {
    treated_case_and([
        handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb),
        claim_code_issued(),
    ])
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
    use consent::DataClass::{Identity, Support, Tb};
    let mut event = consent_of(20, consent::Purpose::Care, &[Identity, Support, Tb], Country::TJ);
    if let CaseEvent::ConsentRecorded(consent) = &mut event {
        consent.recipients.push(consent::Recipient::Country(Country::KZ));
    }
    event
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
    consent_withdrawn_of(21)
}
pub(crate) fn consent_withdrawn_of(id: u128) -> CaseEvent {
    CaseEvent::ConsentWithdrawn(consent::ConsentWithdrawn { consent: ConsentId(Uuid::from_u128(id)) })
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
    CaseCommand::RecordScreening(screening_body(symptoms, chest_xray))
}
pub(crate) fn screening_body(
    symptoms: Option<FourSymptoms>,
    chest_xray: Option<ChestXray>,
) -> screening::RecordScreening {
    screening::RecordScreening {
        on: TODAY,
        symptoms,
        cough_weeks: None,
        chest_xray,
        further: BTreeSet::new(),
        cad: None,
        crp_tenths_mg_l: None,
        algorithm: None,
    }
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
        further: BTreeSet::new(),
        cad: None,
        crp_tenths_mg_l: None,
        algorithm: None,
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
pub(crate) fn not_attended(on: Date) -> CaseEvent {
    CaseEvent::ReferralAttendanceRecorded(referral::ReferralAttendanceRecorded {
        referral: REFERRAL,
        attended: false,
        on,
    })
}
pub(crate) fn attended(on: Date) -> CaseEvent {
    CaseEvent::ReferralAttendanceRecorded(referral::ReferralAttendanceRecorded {
        referral: REFERRAL,
        attended: true,
        on,
    })
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
