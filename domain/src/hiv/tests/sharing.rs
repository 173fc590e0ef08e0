//! Who may see the record: consents, handoffs, registration from afar.

use crate::{
    case::{consent::Recipient, standing::Standing},
    hiv::{HivCommand, HivEvent, consent::Ground, fixtures::*, handoff::*, remote::*},
    ids::Country,
    organisation::OrganisationKind,
};

fn reads(history: &[HivEvent], actor: &crate::actor::Actor) -> bool {
    given(history).state().ground(actor, OrganisationKind::AidsCentre, TODAY).is_some()
}

#[test]
fn hiv_data_go_to_no_organisation_whose_country_the_consent_does_not_name() {
    let with = |recipient: Option<Recipient>| positive_and(recipient.map(consented));
    given(&with(None)).when(offer(HOME)).as_(&aktobe()).refused("hiv_consent_missing");
    given(&with(Some(Recipient::Country(Country::KZ))))
        .when(offer(HOME))
        .as_(&aktobe())
        .refused("hiv_consent_missing");
    for enough in [Recipient::Country(Country::TJ), named(HOME)] {
        given(&with(Some(enough))).when(offer(HOME)).as_(&aktobe()).then(&["hiv.handoff-offered.v1"]);
    }
}

#[test]
fn in_russia_only_the_named_organisation_receives_hiv_data() {
    let whole = HivCommand::RecordConsent(consent(Recipient::Country(Country::RU)));
    given(&positive_and([])).when(whole).as_(&aktobe()).refused("hiv_consent_too_wide");
    // Even a consent that was taken in elsewhere with the whole country in it reaches nobody there.
    let wide = positive_and([consented(Recipient::Country(Country::RU))]);
    given(&wide).when(offer("ru-aids-moscow")).as_(&aktobe()).refused("hiv_consent_missing");
    let one = positive_and([consented(named("ru-aids-moscow"))]);
    given(&one).when(offer("ru-aids-moscow")).as_(&aktobe()).then(&["hiv.handoff-offered.v1"]);
}

#[test]
fn an_authority_is_reached_by_no_consent_for_its_country() {
    let covers = |recipient| {
        let record = given(&positive_and([consented(recipient)])).state();
        let police = organisation("kz-migration-police");
        record.consents.covering((&police, Country::KZ, OrganisationKind::Government), TODAY).is_some()
    };
    assert!(!covers(Recipient::Country(Country::KZ)));
    assert!(covers(named("kz-migration-police")), "who is named explicitly is named");
}

#[test]
fn a_withdrawn_consent_closes_the_handoff_and_hides_the_record_at_once() {
    let history = positive_and([consented(named(HOME)), offered(HOME)]);
    assert!(reads(&history, &home()));
    let mut after = history.clone();
    let events = given(&history).when(withdraw()).as_(&aktobe()).events();
    let names: Vec<_> = events.iter().map(HivEvent::name).collect();
    assert_eq!(names, ["hiv.consent-withdrawn.v1", "hiv.handoff-withdrawn.v1"]);
    after.extend(events);
    assert!(!reads(&after, &home()));
    let accept = HivCommand::AcceptHandoff(HANDOFF, AcceptHivHandoff {});
    given(&after).when(accept).as_(&home()).refused("not_found");
}

#[test]
fn an_offer_is_read_only_under_a_consent_in_force_on_that_day() {
    let mut later = consented(named(HOME));
    if let HivEvent::ConsentRecorded(event) = &mut later {
        event.valid_from = ago(-1);
    }
    assert!(!reads(&positive_and([later, offered(HOME)]), &home()));
    assert!(!reads(&positive_and([consented(named(HOME))]), &home()), "a consent alone is no tie");
}

#[test]
fn responsibility_moves_when_the_patient_has_arrived_and_not_before() {
    let mut history = positive_and([consented(named(HOME)), offered(HOME)]);
    let holder = |history: &[HivEvent]| given(history).state().responsible().map(ToString::to_string);
    history.extend(
        given(&history).when(HivCommand::AcceptHandoff(HANDOFF, AcceptHivHandoff {})).as_(&home()).events(),
    );
    assert_eq!(holder(&history).as_deref(), Some(AKTOBE));
    let arrive = HivCommand::ArrivePatient(HANDOFF, ArriveHivPatient { on: TODAY });
    history.extend(given(&history).when(arrive).as_(&home()).events());
    assert_eq!(holder(&history).as_deref(), Some(HOME));
    let record = given(&history).state();
    assert_eq!(record.standing(&organisation(AKTOBE)), Some(Standing::Former));
    assert!(record.ground(&home(), OrganisationKind::AidsCentre, TODAY) == Some(Ground::OwnRecord));
}

#[test]
fn who_answered_before_may_add_what_came_late_and_reads_on_only_under_a_consent() {
    let moved = positive_and([consented(named(HOME)), offered(HOME), arrived(HOME)]);
    assert!(!reads(&moved, &aktobe()));
    let late = HivCommand::RecordViralLoad(viral_load(ago(10), None));
    given(&moved).when(late).as_(&aktobe()).then(&["hiv.viral-load-recorded.v1"]);
    given(&moved).when(HivCommand::StartArt(tld(TODAY, 1))).as_(&aktobe()).refused("hiv_not_responsible");
    let mut shared = moved;
    shared.push(consented(Recipient::Country(Country::KZ)));
    assert!(reads(&shared, &aktobe()));
}

#[test]
fn one_handoff_at_a_time_and_only_to_an_aids_centre() {
    let history = positive_and([consented(Recipient::Country(Country::KZ)), offered(HOME)]);
    given(&history).when(offer("kz-aids-almaty")).as_(&aktobe()).refused("hiv_handoff_live");
    for stranger in ["tb-shymkent", "nobody", AKTOBE] {
        given(&positive_and([])).when(offer(stranger)).as_(&aktobe()).refused("hiv_handoff_destination");
    }
}

#[test]
fn each_side_takes_its_own_steps_and_from_the_right_state() {
    let history = positive_and([consented(named(HOME)), offered(HOME)]);
    let accept = || HivCommand::AcceptHandoff(HANDOFF, AcceptHivHandoff {});
    let decline =
        || HivCommand::DeclineHandoff(HANDOFF, DeclineHivHandoff { reason: HivDeclineReason::NoCapacity });
    let take_back = || HivCommand::WithdrawHandoff(HANDOFF, WithdrawHivHandoff {});
    given(&history).when(accept()).as_(&aktobe()).refused("hiv_handoff_not_yours");
    given(&history).when(take_back()).as_(&home()).refused("hiv_handoff_not_yours");
    given(&history).when(decline()).as_(&home()).then(&["hiv.handoff-declined.v1"]);
    given(&history).when(take_back()).as_(&aktobe()).then(&["hiv.handoff-withdrawn.v1"]);
    let mut accepted = history.clone();
    accepted.push(HivEvent::HandoffAccepted(moved()));
    given(&accepted).when(accept()).as_(&home()).refused("hiv_handoff_moved");
    given(&accepted)
        .when(HivCommand::RecordNotArrived(HANDOFF, RecordHivNotArrived {}))
        .as_(&aktobe())
        .then(&["hiv.patient-not-arrived.v1"]);
    let mut gone = history;
    gone.push(HivEvent::HandoffWithdrawn(moved()));
    given(&gone).when(accept()).as_(&home()).refused("not_found");
}

#[test]
fn an_offer_that_nobody_answers_ends_by_the_clock() {
    let record = given(&positive_and([consented(named(HOME)), offered(HOME)])).state();
    let at = |text: &str| record.due(text.parse().unwrap()).map(|(_, event)| event.name());
    assert_eq!(at("2026-12-06T11:59:59Z"), None);
    assert_eq!(at("2026-12-06T12:00:00Z"), Some("hiv.handoff-expired.v1"));
}

fn begin(home: &str, on: jiff::civil::Date) -> HivCommand {
    HivCommand::BeginRemoteRegistration(BeginRemoteRegistration {
        home: organisation(home),
        on,
        pregnant: false,
    })
}

#[test]
fn remote_registration_runs_where_it_runs_and_in_kazakhstan_since_october_2024() {
    let positive = positive_and([]);
    given(&positive).when(begin(HOME, ago(30))).as_(&aktobe()).then(&["hiv.remote-registration-begun.v1"]);
    given(&positive)
        .when(begin("tm-aids-ashgabat", ago(1)))
        .as_(&aktobe())
        .refused("remote_registration_not_run");
    given(&positive).when(begin("kz-aids-almaty", FAR)).as_(&aktobe()).refused("remote_registration_not_run");
    let october = jiff::civil::date(2024, 10, 1);
    given(&positive)
        .when(begin("kz-aids-almaty", october))
        .as_(&aktobe())
        .then(&["hiv.remote-registration-begun.v1"]);
    given(&positive).when(begin("tb-shymkent", ago(1))).as_(&aktobe()).refused("remote_home_unknown");
    given(&record_and([])).when(begin(HOME, ago(1))).as_(&aktobe()).refused("remote_status_missing");
}

#[test]
fn remote_registration_goes_step_by_step_and_each_step_has_its_side() {
    use RemoteStep::{
        DocumentsCollected, DocumentsSent, MedicineHandedOn, MedicineSent, Registered, ResultsReported,
    };
    let mut history = positive_and([consented(named(HOME)), begun(HOME)]);
    let take = |history: &[HivEvent], step, days| {
        given(history).when(HivCommand::RecordRemoteStep(remote_step(step, days)))
    };
    take(&history, DocumentsSent, 25).as_(&aktobe()).refused("remote_step_too_early");
    take(&history, DocumentsCollected, 25).as_(&home()).refused("not_found");
    let road = [
        (DocumentsCollected, 25, aktobe()),
        (DocumentsSent, 24, aktobe()),
        (Registered, 15, home()),
        (MedicineSent, 14, home()),
        (MedicineHandedOn, 4, aktobe()),
        (ResultsReported, 2, aktobe()),
    ];
    for (step, days, actor) in road {
        let remote = given(&history).state().remote.unwrap();
        let waits = remote.waits_for().map(|(step, organisation, _)| (step, organisation.clone()));
        if step != ResultsReported {
            assert_eq!(waits, Some((step, actor.organisation.clone())));
        }
        let other = if actor == home() { aktobe() } else { home() };
        if given(&history).state().standing(&other.organisation).is_some() {
            take(&history, step, days).as_(&other).refused("remote_step_not_yours");
        }
        history.extend(take(&history, step, days).as_(&actor).events());
    }
    assert!(given(&history).state().remote.unwrap().waits_for().is_none());
    take(&history, Registered, 1).as_(&home()).refused("remote_step_taken");
    take(&history, MedicineSent, 1).as_(&home()).then(&["hiv.remote-step-recorded.v1"]);
}

#[test]
fn the_papers_of_remote_registration_leave_only_under_a_consent() {
    let collected = HivEvent::RemoteStepRecorded(remote_step(RemoteStep::DocumentsCollected, 20));
    let send = || HivCommand::RecordRemoteStep(remote_step(RemoteStep::DocumentsSent, 19));
    let bare = positive_and([begun(HOME), collected.clone()]);
    given(&bare).when(send()).as_(&aktobe()).refused("hiv_consent_missing");
    let agreed = positive_and([consented(named(HOME)), begun(HOME), collected]);
    given(&agreed).when(send()).as_(&aktobe()).then(&["hiv.remote-step-recorded.v1"]);
}

#[test]
fn the_centre_of_origin_gives_care_once_it_has_registered_the_patient() {
    let sent = HivEvent::RemoteStepRecorded(remote_step(RemoteStep::DocumentsSent, 20));
    let registered = HivEvent::RemoteStepRecorded(remote_step(RemoteStep::Registered, 10));
    let cd4 = || {
        HivCommand::RecordCd4(crate::hiv::monitoring::RecordCd4 {
            collected_on: ago(1),
            resulted_on: ago(1),
            value: 340,
            unit: crate::hiv::monitoring::Cd4Unit::CellsPerMm3,
        })
    };
    let mut history = positive_and([consented(named(HOME)), begun(HOME), sent]);
    given(&history).when(cd4()).as_(&home()).refused("hiv_not_responsible");
    history.push(registered);
    given(&history).when(cd4()).as_(&home()).then(&["hiv.cd4-recorded.v1"]);
    assert_eq!(given(&history).state().responsible(), Some(&organisation(AKTOBE)));
    history.push(withdrawn());
    assert!(!reads(&history, &home()), "the consent is asked at each reading");
}
