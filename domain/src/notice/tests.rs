use jiff::tz::TimeZone;

use super::*;
use crate::{
    actor::Actor,
    case::{
        fixtures::*,
        handoff::{HandoffState, Handoffs, event},
        outcome::Outcome,
    },
    decider::Decider as _,
    ids::{CaseId, PersonId, PullRequestId},
    pull_request::{PullDeclineReason, PullReason},
    testing::given,
    time::OccurredAt,
};

fn fact<E>(event: E, actor: &Actor) -> Fact<E> {
    let occurred_at = OccurredAt::at(NOON, &TimeZone::UTC);
    Fact { event, occurred_at, recorded_at: NOON, actor: actor.clone() }
}

/// Who is told, of what, when this worker records this on a case with this history.
fn told_when(history: &[CaseEvent], event: CaseEvent, actor: &Actor) -> Vec<(String, About)> {
    let fact = fact(event, actor);
    let after = given(history).state().evolve(&fact);
    told(&fact, &after).into_iter().map(|notice| (notice.organisation.to_string(), notice.about)).collect()
}

fn only(organisation: &str, about: About) -> Vec<(String, About)> {
    vec![(organisation.to_owned(), about)]
}

fn both(about: About) -> Vec<(String, About)> {
    ["ngo-galaba", "ngo-kz-taraz"].map(|organisation| (organisation.to_owned(), about)).to_vec()
}

/// The sides of a handoff that this fact has brought to an end, who neither acted nor are told.
fn untold(before: &Handoffs, fact: &Fact<CaseEvent>, after: &Case, told: &[Notice]) -> Vec<OrganisationId> {
    let open = |state: HandoffState| state.live() || state == HandoffState::Arrived;
    let ended = after.handoffs.all.iter().filter(|(id, handoff)| {
        let was = before.all.get(id).map(|handoff| handoff.state);
        !open(handoff.state)
            && was != Some(handoff.state)
            && !matches!(fact.event, CaseEvent::ClaimRefused(_))
    });
    let sides = ended.flat_map(|(_, handoff)| [handoff.from.clone(), handoff.to.clone()]);
    let outside = |side: &OrganisationId| side.as_str().starts_with(crate::organisation::EXTERNAL);
    let knows = |side: &OrganisationId| {
        *side == fact.actor.organisation
            || outside(side)
            || told.iter().any(|notice| notice.organisation == *side)
    };
    sides.filter(|side| !knows(side)).collect()
}

/// What must hold of every fact of every life: both sides know of the end of a handoff, and no stranger is told.
#[track_caller]
pub(crate) fn hold(before: &Case, fact: &Fact<CaseEvent>, after: &Case) {
    let told = told(fact, after);
    assert_eq!(untold(&before.handoffs, fact, after, &told), [], "{fact:?}");
    assert_eq!(told_without_a_tie(before, after, &told), [] as [&OrganisationId; 0], "{fact:?}");
}

/// Those who are told though they had no tie to the case, neither before nor after.
fn told_without_a_tie<'a>(before: &Case, after: &Case, told: &'a [Notice]) -> Vec<&'a OrganisationId> {
    let tied = |organisation: &OrganisationId| {
        [before, after].iter().any(|case| case.standing(organisation).is_some())
    };
    told.iter().map(|notice| &notice.organisation).filter(|organisation| !tied(organisation)).collect()
}

#[test]
fn an_offer_and_its_extension_are_told_to_the_destination() {
    let consented = a_case_and([consent_to_share_support()]);
    let offered = handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Support);
    assert_eq!(told_when(&consented, offered, &galaba()), only("ngo-kz-taraz", About::HandoffOffered));
    let extended = told_when(&offered_case(), handoff_extended(90), &galaba());
    assert_eq!(extended, only("ngo-kz-taraz", About::HandoffExtended));
}

#[test]
fn every_answer_is_told_to_the_sender() {
    let acknowledged = CaseEvent::HandoffAcknowledged(event::HandoffClosed { handoff: HANDOFF });
    for (event, about) in [
        (acknowledged, About::HandoffAcknowledged),
        (handoff_accepted(), About::HandoffAccepted),
        (handoff_declined(), About::HandoffDeclined),
        (patient_arrived(), About::PatientArrived),
        (completed(event::CareContinued::FirstVisit), About::HandoffCompleted),
    ] {
        assert_eq!(told_when(&offered_case(), event, &taraz()), only("ngo-galaba", about));
    }
}

#[test]
fn what_the_sender_does_is_told_to_the_destination() {
    let stayed = CaseEvent::PatientDidNotTravel(event::HandoffClosed { handoff: HANDOFF });
    for (event, about) in [
        (withdrawn(event::WithdrawReason::PlansChanged), About::HandoffWithdrawn),
        (departed(30, &[]), About::PatientDeparted),
        (stayed, About::PatientDidNotTravel),
        (not_arrived(), About::PatientNotArrived),
    ] {
        assert_eq!(told_when(&offered_case(), event, &galaba()), only("ngo-kz-taraz", about));
    }
}

#[test]
fn what_time_alone_brings_about_is_told_to_both_sides() {
    assert_eq!(told_when(&offered_case(), expired(), &clock()), both(About::HandoffExpired));
}

#[test]
fn what_a_third_organisation_does_is_told_to_both_sides() {
    let withdrawn = withdrawn(event::WithdrawReason::ConsentWithdrawn);
    assert_eq!(told_when(&offered_case(), withdrawn, &shymkent()), both(About::HandoffWithdrawn));
    let elsewhere = told_when(&offered_case(), claimed("ngo-kz-karaganda"), &karaganda());
    assert_eq!(elsewhere, both(About::PatientArrivedElsewhere));
}

#[test]
fn a_settled_claim_is_told_to_all_three() {
    let mut history = offered_case();
    history.push(claimed("ngo-kz-karaganda"));
    let lapsed = told_when(&history, claim_confirmed("ngo-kz-karaganda", true), &clock());
    let told: Vec<_> = lapsed.iter().map(|(organisation, _)| organisation.as_str()).collect();
    assert_eq!(told, ["ngo-galaba", "ngo-kz-karaganda", "ngo-kz-taraz"]);
    let refused = told_when(&history, claim_refused("ngo-kz-karaganda"), &galaba());
    let told: Vec<_> = refused.iter().map(|(organisation, _)| organisation.as_str()).collect();
    assert_eq!(told, ["ngo-kz-karaganda", "ngo-kz-taraz"]);
}

#[test]
fn an_arrival_before_the_answer_is_told_once() {
    let implicit = handoff_accepted_of(&[Programme::Support], true);
    assert_eq!(told_when(&offered_case(), implicit, &taraz()), []);
    let moved = support_moved("ngo-galaba", "ngo-kz-taraz");
    assert_eq!(told_when(&offered_case(), moved, &taraz()), []);
}

#[test]
fn a_death_is_told_once_to_everybody_who_cares_for_the_patient() {
    let history = treated_and_offered_case();
    let cares = told_when(&history, died(TODAY), &taraz());
    assert_eq!(
        cares,
        only("ngo-galaba", About::DeathRecorded),
        "who is on a side of the handoff is told by its end"
    );
    let sides = told_when(&history, cancelled_by_death(), &taraz());
    let told: Vec<_> = sides.iter().map(|(organisation, _)| organisation.as_str()).collect();
    assert!(!told.contains(&"ngo-galaba") && told.contains(&"tb-shymkent"), "{told:?}");
}

#[test]
fn a_result_is_told_to_who_took_the_specimen_and_to_who_answers() {
    let mut history = registered_case_and([collected(5, TODAY)]);
    let resulted = resulted(5, TODAY, xpert_medium());
    let by_another = told_when(&history, resulted.clone(), &karaganda());
    // Every event of these histories is recorded by Galaba, the specimen too.
    let told: Vec<_> = by_another.iter().map(|(organisation, _)| organisation.as_str()).collect();
    assert_eq!(told, ["ngo-galaba", "tb-shymkent"]);
    history.push(tb_moved("tb-shymkent", "tj-national-tb-centre"));
    assert_eq!(
        told_when(&history, resulted, &galaba()),
        only("tj-national-tb-centre", About::ResultRecorded)
    );
}

#[test]
fn a_result_that_comes_while_the_patient_travels_is_told_to_who_asked_and_to_who_answers() {
    let mut history = treated_and_offered_case();
    history.extend([handoff_accepted_of(&[Programme::Tb], false), departed(30, &[]), collected(5, TODAY)]);
    let resulted = resulted(5, TODAY, xpert_medium());
    let on_the_road: Vec<_> =
        told_when(&history, resulted.clone(), &karaganda()).into_iter().map(|(to, _)| to).collect();
    assert_eq!(on_the_road, ["ngo-galaba", "tb-shymkent"]);
    let handoff = given(&history).state().handoffs.all[&HANDOFF].clone();
    history.extend([patient_arrived(), tb_moved("tb-shymkent", handoff.to.as_str())]);
    let arrived: Vec<_> = told_when(&history, resulted, &karaganda()).into_iter().map(|(to, _)| to).collect();
    assert_eq!(arrived, ["ngo-galaba", handoff.to.as_str()]);
}

#[test]
fn who_took_a_specimen_and_has_no_tie_any_more_is_not_told_of_its_result() {
    let taken_by_karaganda = |history: Vec<CaseEvent>| {
        let claimed = given(&history).state().evolve(&fact(collected(5, TODAY), &karaganda()));
        let refused = claimed.clone().evolve(&fact(claim_refused("ngo-kz-karaganda"), &galaba()));
        [claimed, refused].map(|case| {
            let resulted = fact(resulted(5, TODAY, xpert_medium()), &taraz());
            let after = case.evolve(&resulted);
            told(&resulted, &after)
                .into_iter()
                .map(|notice| notice.organisation.to_string())
                .collect::<Vec<_>>()
        })
    };
    let mut history = offered_case();
    history.push(claimed("ngo-kz-karaganda"));
    let [before, after] = taken_by_karaganda(history);
    assert_eq!(
        (before, after),
        (vec!["ngo-galaba".into(), "ngo-kz-karaganda".into()], vec!["ngo-galaba".into()])
    );
}

/// The control of the other property: a notice to somebody without a tie is found.
#[test]
fn a_notice_to_a_stranger_would_be_found() {
    let case = given(&offered_case()).state();
    let to = |actor: Actor| Notice {
        organisation: actor.organisation,
        about: About::HandoffOffered,
        subject: None,
    };
    let told = [to(taraz()), to(karaganda())];
    assert_eq!(told_without_a_tie(&case, &case, &told), [&karaganda().organisation]);
}

#[test]
fn the_final_outcome_is_told_to_everybody_who_ever_answered() {
    let history = treated_case_and([
        tb_moved("tb-shymkent", "tj-national-tb-centre"),
        reported(Outcome::Failed, TODAY, "tb1-dushanbe"),
    ]);
    let confirmed = confirmed(Outcome::Failed, TODAY, "tj-national-tb-centre");
    let told: Vec<_> = told_when(&history, confirmed, &dushanbe()).into_iter().map(|(to, _)| to).collect();
    assert_eq!(told, ["ngo-galaba", "tb-shymkent"]);
}

#[test]
fn an_interim_report_is_told_to_everybody_who_ever_answered() {
    let history = a_case_and([
        support_moved("ngo-galaba", "ngo-kz-taraz"),
        support_moved("ngo-kz-taraz", "ngo-kz-karaganda"),
    ]);
    let reported = CaseEvent::InterimReported(event::InterimReported {
        handoff: HANDOFF,
        on: TODAY,
        status: event::CareStatus::InCare,
        doses_taken: None,
        doses_missed: None,
        last_dose_on: None,
    });
    let told: Vec<_> = told_when(&history, reported, &karaganda()).into_iter().map(|(to, _)| to).collect();
    assert_eq!(told, ["ngo-galaba", "ngo-kz-taraz"]);
}

#[test]
fn an_end_by_mistake_or_by_another_handoff_is_told_to_who_did_not_act() {
    let reason = event::ErrorReason::WrongPatient;
    let mistaken =
        CaseEvent::HandoffEnteredInError(event::HandoffEnteredInError { handoff: HANDOFF, reason });
    let told = told_when(&offered_case(), mistaken, &galaba());
    assert_eq!(told, only("ngo-kz-taraz", About::HandoffEnteredInError));
    let by = HandoffId(Uuid::from_u128(9));
    let superseded = CaseEvent::HandoffSuperseded(event::HandoffSuperseded { handoff: HANDOFF, by });
    assert_eq!(told_when(&offered_case(), superseded, &karaganda()), both(About::HandoffSuperseded));
}

#[test]
fn a_facility_outside_the_network_is_told_nothing() {
    let history = a_case_and([handoff_offered("ngo-galaba", "external-ru", Programme::Support)]);
    assert_eq!(told_when(&history, expired(), &clock()), only("ngo-galaba", About::HandoffExpired));
    assert_eq!(told_when(&history, withdrawn(event::WithdrawReason::PlansChanged), &galaba()), []);
}

#[test]
fn a_referral_is_told_from_side_to_side() {
    assert_eq!(
        told_when(&a_case(), referred("tb-shymkent"), &galaba()),
        only("tb-shymkent", About::ReferralMade)
    );
    let asked = a_case_and([referred("tb-shymkent")]);
    assert_eq!(
        told_when(&asked, attended(TODAY), &shymkent()),
        only("ngo-galaba", About::ReferralAttendance)
    );
    assert_eq!(
        told_when(&asked, referral_withdrawn(), &galaba()),
        only("tb-shymkent", About::ReferralWithdrawn)
    );
}

#[test]
fn who_loses_a_programme_to_the_closing_of_another_is_told() {
    let moved = a_case_and([support_moved("ngo-galaba", "ngo-kz-taraz"), closed()]);
    assert_eq!(told_when(&moved, support_closed(), &galaba()), only("ngo-kz-taraz", About::ProgrammeClosed));
    assert_eq!(told_when(&moved, support_closed(), &taraz()), []);
}

#[test]
fn what_the_responsible_organisation_does_by_itself_is_told_to_nobody() {
    for event in [noted("Called.", false), closed(), consent_to_care()] {
        assert_eq!(told_when(&a_case(), event, &galaba()), []);
    }
}

#[test]
fn an_unknown_handoff_concerns_nobody() {
    assert_eq!(told_when(&a_case(), expired(), &clock()), []);
}

/// The control of the property that the random lives hold: a fact that nobody is told of is found.
#[test]
fn a_silent_end_of_a_handoff_would_be_found() {
    let before = given(&offered_case()).state();
    for (event, actor, untold_sides) in [(expired(), clock(), 2), (handoff_declined(), taraz(), 1)] {
        let fact = fact(event, &actor);
        let after = before.clone().evolve(&fact);
        assert_eq!(untold(&before.handoffs, &fact, &after, &[]).len(), untold_sides);
        assert_eq!(untold(&before.handoffs, &fact, &after, &told(&fact, &after)), []);
    }
}

#[test]
fn a_pull_request_is_told_from_side_to_side_and_its_lapse_to_both() {
    let request = PullRequestId(NEW_ID);
    let made = PullRequestEvent::Made {
        request,
        person: PersonId(NEW_ID),
        from: organisation("ngo-kz-taraz"),
        of: organisation("ngo-galaba"),
        programmes: [Programme::Support].into(),
        patient_agreed: true,
        reason: PullReason::CameForCare,
        lapses_at: NOON,
    };
    let answered = PullRequestEvent::Answered { request, case: CaseId(NEW_ID), handoff: HANDOFF };
    let declined = PullRequestEvent::Declined { request, reason: PullDeclineReason::Other };
    let open = PullRequest::default().evolve(&fact(made.clone(), &taraz()));
    let told_when = |event: PullRequestEvent, actor: &Actor| -> Vec<(String, About)> {
        let notices = told_of_request(&fact(event, actor), &open);
        assert!(notices.iter().all(|notice| notice.subject == Some(NEW_ID)));
        notices.into_iter().map(|notice| (notice.organisation.to_string(), notice.about)).collect()
    };
    assert_eq!(told_when(made, &taraz()), only("ngo-galaba", About::PullRequest));
    assert_eq!(told_when(answered, &galaba()), only("ngo-kz-taraz", About::PullRequestAnswered));
    assert_eq!(told_when(declined, &galaba()), only("ngo-kz-taraz", About::PullRequestDeclined));
    let withdrawn = told_when(PullRequestEvent::Withdrawn { request }, &taraz());
    assert_eq!(withdrawn, only("ngo-galaba", About::PullRequestWithdrawn));
    assert_eq!(told_when(PullRequestEvent::Lapsed { request }, &clock()), both(About::PullRequestLapsed));
}
