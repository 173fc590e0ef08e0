//! Ends that are no ordinary ones: entered in error, superseded, outside the network; and what comes back.

use super::*;
use crate::case::handoff::{
    disclosure::DisclosureGround,
    event::{
        CareStatus, ConsentOverride, ErrorReason, Evidence, ExternalConfirmed, ExternalDestination,
        ExternalStep, HandoffEnteredInError, HandoffSuperseded, InterimReported, OverrideGround,
        OverrideReviewed, ReviewFinding,
    },
    external::ConfirmExternal,
    follow_up::{ReportProgress, ReviewOverride},
    offer::{MarkEnteredInError, OfferHandoff},
};
use crate::{actor::Actor, refusal::Refusal as _};

fn in_error() -> CaseCommand {
    CaseCommand::MarkEnteredInError(HANDOFF, MarkEnteredInError { reason: ErrorReason::WrongPatient })
}

fn outside() -> ExternalDestination {
    ExternalDestination { name: "City hospital 7, Samara".into(), country: Country::RU, telephone: None }
}

fn offered_outside() -> Vec<CaseEvent> {
    let mut event = handoff_offered("ngo-galaba", "external-ru", Support);
    if let CaseEvent::HandoffOffered(offered) = &mut event {
        offered.external = Some(outside());
    }
    a_case_and([consent_to_share_all(Country::RU), event])
}

fn says(step: ExternalStep) -> CaseCommand {
    let reason = (step == ExternalStep::Declined).then_some(DeclineReason::NoCapacity);
    let body = ConfirmExternal { step, on: TODAY, evidence: Evidence::Call, reason };
    CaseCommand::ConfirmExternal(HANDOFF, body)
}

fn said(step: ExternalStep) -> CaseEvent {
    let reason = (step == ExternalStep::Declined).then_some(DeclineReason::NoCapacity);
    let evidence = Evidence::Call;
    CaseEvent::ExternalConfirmed(ExternalConfirmed { handoff: HANDOFF, step, on: TODAY, evidence, reason })
}

fn report() -> CaseCommand {
    let body = ReportProgress { on: TODAY, status: CareStatus::InCare };
    CaseCommand::ReportProgress(HANDOFF, body)
}

fn overridden() -> Vec<CaseEvent> {
    let mut event = handoff_offered("ngo-galaba", "ngo-kz-taraz", Support);
    if let CaseEvent::HandoffOffered(offered) = &mut event {
        offered.consents.clear();
        offered.consent_override = Some(ConsentOverride {
            ground: OverrideGround::VitalInterest,
            reason: "Fell ill on the train and cannot be asked.".into(),
        });
        let seal = crate::case::handoff::packet::PacketSeal {
            version: 1,
            case_revision: 3,
            person_revision: Some(1),
            sha256: "00".repeat(32),
        };
        offered.packet = Some(crate::case::handoff::packet::SealedPacket { seal, document: "{}".into() });
    }
    a_case_and([event])
}

#[test]
fn a_handoff_recorded_by_mistake_ends_as_entered_in_error_and_says_why() {
    let mistake = HandoffEnteredInError { handoff: HANDOFF, reason: ErrorReason::WrongPatient };
    given(&offered_case()).when(in_error()).as_(&galaba()).then(&[CaseEvent::HandoffEnteredInError(mistake)]);
    given(&offered_case()).when(in_error()).as_(&taraz()).refused("handoff_not_yours");
    let arrived = and(offered_case(), [handoff_accepted(), patient_arrived()]);
    given(&arrived).when(in_error()).as_(&galaba()).refused("handoff_already_moved");
}

#[test]
fn an_arrival_that_beats_the_clock_ends_the_offer_that_was_made_meanwhile() {
    let mut next = handoff_offered("ngo-galaba", "ngo-kz-karaganda", Support);
    let second = crate::ids::HandoffId(uuid::Uuid::from_u128(9));
    if let CaseEvent::HandoffOffered(offered) = &mut next {
        offered.handoff = second;
    }
    let history = and(offered_case(), [expired(), next]);
    let day = TODAY + jiff::Span::new().days(1);
    let events = given(&history)
        .hours_later(80)
        .that_happened_hours_ago(56)
        .when(arrive_on(day))
        .as_(&taraz())
        .events();
    let over = CaseEvent::HandoffSuperseded(HandoffSuperseded { handoff: second, by: HANDOFF });
    assert_eq!(events.first(), Some(&over));
    assert_eq!(events.last(), Some(&support_moved("ngo-galaba", "ngo-kz-taraz")));
}

#[test]
fn a_patient_who_was_given_up_may_still_arrive_or_turn_out_to_have_stayed() {
    let given_up = and(offered_case(), [handoff_accepted(), not_arrived()]);
    let moved = support_moved("ngo-galaba", "ngo-kz-taraz");
    given(&given_up).when(arrive()).as_(&taraz()).then(&[patient_arrived(), moved]);
    given(&given_up).when(stay()).as_(&galaba()).accepted();
    let mut next = handoff_offered("ngo-galaba", "ngo-kz-karaganda", Support);
    let second = crate::ids::HandoffId(uuid::Uuid::from_u128(9));
    if let CaseEvent::HandoffOffered(offered) = &mut next {
        offered.handoff = second;
    }
    let asked = and(given_up, [next]);
    let events = given(&asked).when(arrive()).as_(&taraz()).events();
    let over = CaseEvent::HandoffSuperseded(HandoffSuperseded { handoff: second, by: HANDOFF });
    assert_eq!(events.first(), Some(&over));
    let mut claim = claimed("ngo-kz-shymkent");
    if let CaseEvent::PatientArrivedElsewhere(elsewhere) = &mut claim {
        elsewhere.handoff = second;
    }
    given(&and(asked, [claim])).when(arrive()).as_(&taraz()).refused("claim_pending");
}

#[test]
fn an_offer_of_support_says_nothing_of_an_illness() {
    let smear = crate::case::laboratory::Finding::Smear {
        grade: crate::case::laboratory::SmearGrade::TwoPlus,
        bacilli: None,
    };
    let history = diagnosed_case();
    let history =
        and(history, [collected(9, TODAY), resulted(9, TODAY, smear), consent_to_share_all(Country::KZ)]);
    let warnings = |offer: CaseCommand, actor: &Actor| {
        let events = given(&history).when(offer).as_(actor).events();
        let [CaseEvent::HandoffOffered(offered)] = &events[..] else { panic!("{events:?}") };
        (
            offered.warnings.len(),
            offered.packet.as_ref().is_some_and(|packet| packet.document.contains("infectious")),
        )
    };
    assert_eq!(warnings(offer("ngo-kz-taraz", Support), &galaba()), (0, false));
    let history = and(history.clone(), [consent_to_share_all(Country::TJ)]);
    let tb = given(&history).when(offer("tj-national-tb-centre", Tb)).as_(&shymkent()).events();
    let [CaseEvent::HandoffOffered(tb)] = &tb[..] else { panic!("{tb:?}") };
    assert!(tb.warnings.contains(&Warning::InfectiousNow), "before the first dose, when it matters most");
}

#[test]
fn a_facility_outside_the_network_is_answered_for_by_the_sender_with_evidence() {
    let mut history = offered_outside();
    for step in [ExternalStep::Accepted, ExternalStep::Arrived, ExternalStep::Completed] {
        given(&history).when(says(step)).as_(&galaba()).then(&[said(step)]);
        given(&history).when(says(step)).as_(&taraz()).refused("handoff_not_yours");
        history.push(said(step));
    }
    assert_eq!(state_of(&history), HandoffState::Completed);
    let case = given(&history).state();
    assert_eq!(case.responsibility.of(Support), Some(&organisation("ngo-galaba")), "nobody else can answer");
}

#[test]
fn steps_of_a_facility_come_in_order_and_only_where_there_is_one() {
    given(&offered_outside())
        .when(says(ExternalStep::Completed))
        .as_(&galaba())
        .refused("external_step_order");
    given(&offered_case())
        .when(says(ExternalStep::Accepted))
        .as_(&galaba())
        .refused("destination_in_network");
    let declined = and(offered_outside(), [said(ExternalStep::Declined)]);
    given(&declined).when(says(ExternalStep::Accepted)).as_(&galaba()).refused("handoff_already_moved");
}

#[test]
fn an_offer_names_an_organisation_or_a_facility_and_never_both() {
    let offer = |to: Option<&str>, external: Option<ExternalDestination>| {
        let body = offer_body("ngo-kz-taraz", Support);
        CaseCommand::OfferHandoff(OfferHandoff { to: to.map(organisation), external, ..body })
    };
    let history = a_case_and([consent_to_share_all(Country::RU)]);
    given(&history).when(offer(None, Some(outside()))).as_(&galaba()).accepted();
    given(&history).when(offer(None, None)).as_(&galaba()).refused("handoff_destination");
    given(&history)
        .when(offer(Some("ngo-kz-taraz"), Some(outside())))
        .as_(&galaba())
        .refused("handoff_destination");
    given(&shared_case()).when(offer(None, Some(outside()))).as_(&galaba()).refused("consent_missing");
    let nameless = ExternalDestination { name: " ".into(), ..outside() };
    given(&history).when(offer(None, Some(nameless))).as_(&galaba()).refused("external_destination_name");
}

#[test]
fn the_receiver_reports_once_a_day_and_only_after_the_arrival() {
    let arrived = and(
        offered_case(),
        [handoff_accepted(), patient_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")],
    );
    let reported = CaseEvent::InterimReported(InterimReported {
        handoff: HANDOFF,
        on: TODAY,
        status: CareStatus::InCare,
        doses_taken: None,
        doses_missed: None,
        last_dose_on: None,
    });
    given(&arrived).when(report()).as_(&taraz()).then(std::slice::from_ref(&reported));
    given(&arrived).when(report()).as_(&galaba()).refused("handoff_not_yours");
    given(&offered_case()).when(report()).as_(&taraz()).refused("report_before_arrival");
    given(&and(arrived, [reported])).when(report()).as_(&taraz()).refused("report_backwards");
}

#[test]
fn the_first_report_is_due_after_30_days_and_the_next_90_days_after_it() {
    let arrived = and(
        offered_case(),
        [handoff_accepted(), patient_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")],
    );
    let due = |history: &[CaseEvent]| {
        let case = given(history).state();
        case.handoffs.all[&HANDOFF].report_due(&case).map(|(_, day)| TODAY.until(day).unwrap().get_days())
    };
    assert_eq!(due(&arrived), Some(30));
    let events = given(&arrived).when(report()).as_(&taraz()).events();
    assert_eq!(due(&and(arrived, events)), Some(90));
    assert_eq!(due(&offered_case()), None);
}

#[test]
fn an_override_is_reviewed_by_somebody_else() {
    let review =
        || CaseCommand::ReviewOverride(HANDOFF, ReviewOverride { finding: ReviewFinding::Justified });
    let second = Actor { worker: "sw-galaba-2".parse().unwrap(), ..galaba() };
    let reviewed = OverrideReviewed { handoff: HANDOFF, finding: ReviewFinding::Justified };
    let reviewed = CaseEvent::OverrideReviewed(reviewed);
    given(&overridden()).when(review()).as_(&second).then(std::slice::from_ref(&reviewed));
    given(&overridden()).when(review()).as_(&galaba()).refused("own_override");
    given(&and(overridden(), [reviewed])).when(review()).as_(&second).refused("no_override");
    given(&offered_case()).when(review()).as_(&second).refused("no_override");
}

#[test]
fn a_packet_is_read_under_consent_or_for_a_while_under_an_override_and_by_nobody_else() {
    let ground = |history: &[CaseEvent], reader: &Actor, hours: i64| {
        let now = NOON + jiff::SignedDuration::from_hours(hours);
        given(history).state().packet_ground(HANDOFF, reader, (now, TODAY)).map_err(|refusal| refusal.code())
    };
    assert_eq!(ground(&overridden(), &galaba(), 0), Ok(DisclosureGround::OwnRecord));
    assert_eq!(ground(&overridden(), &taraz(), 71), Ok(DisclosureGround::Override));
    assert_eq!(ground(&overridden(), &taraz(), 72), Err("consent_missing"));
    assert_eq!(ground(&overridden(), &karaganda(), 0), Err("not_found"));
    let finding = ReviewFinding::NotJustified;
    let wrong = CaseEvent::OverrideReviewed(OverrideReviewed { handoff: HANDOFF, finding });
    assert_eq!(ground(&and(overridden(), [wrong]), &taraz(), 1), Err("consent_missing"));
    let agreed = and(overridden(), [consent_to_share_all(Country::KZ)]);
    assert!(matches!(ground(&agreed, &taraz(), 72), Ok(DisclosureGround::Consents(_))));
    let declined = and(agreed, [handoff_declined()]);
    assert_eq!(ground(&declined, &taraz(), 0), Err("packet_closed"));
    assert_eq!(ground(&offered_case(), &taraz(), 0), Err("not_found"), "an old offer has no packet");
}
