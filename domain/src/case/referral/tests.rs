use crate::{
    case::{
        CaseCommand,
        fixtures::*,
        referral::{MakeReferral, ReferralReason},
    },
    organisation::Service,
    testing::given,
};

#[test]
fn a_referral_goes_to_an_active_organisation_that_gives_the_service() {
    given(&a_case()).when(refer("tb-shymkent")).as_(&galaba()).then(&[referred("tb-shymkent")]);
    given(&a_case()).when(refer("ngo-kz-taraz")).as_(&galaba()).refused("service_not_offered");
    given(&a_case()).when(refer("nobody")).as_(&galaba()).refused("organisation_unknown");
}

#[test]
fn only_the_organisation_asked_may_answer() {
    let history = a_case_and([referred("tb-shymkent")]);
    given(&history).when(accept_referral()).as_(&galaba()).refused("referral_not_yours");
    given(&history).when(accept_referral()).as_(&shymkent()).then(&[referral_accepted()]);
}

#[test]
fn a_patient_who_comes_before_the_answer_is_accepted_by_coming() {
    let history = a_case_and([referred("tb-shymkent")]);
    given(&history).when(attend(TODAY)).as_(&shymkent()).then(&[referral_accepted(), attended(TODAY)]);
}

#[test]
fn a_withdrawn_referral_cannot_be_accepted() {
    let history = a_case_and([referred("tb-shymkent"), referral_withdrawn()]);
    given(&history).when(accept_referral()).as_(&shymkent()).refused("referral_already_moved");
}

#[test]
fn a_patient_who_missed_the_day_is_welcome_on_the_next() {
    let history = a_case_and([referred("tb-shymkent"), referral_accepted(), not_attended(TODAY)]);
    assert!(given(&history).state().standing(&shymkent().organisation).is_some());
    given(&history).when(attend(TODAY)).as_(&shymkent()).then(&[attended(TODAY)]);
}

#[test]
fn a_referral_needs_a_consent_that_covers_the_organisation() {
    let history = [opened(), support_opened("ngo-galaba")];
    given(&history).when(refer("tb-shymkent")).as_(&galaba()).refused("consent_missing");
}

#[test]
fn a_case_never_refers_for_hiv_treatment_for_that_would_tell() {
    let command = CaseCommand::MakeReferral(MakeReferral {
        to: "tb-shymkent".parse().unwrap(),
        service: Service::Art,
        reason: ReferralReason::PatientRequest,
    });
    given(&a_case()).when(command).as_(&galaba()).refused("referral_kept_apart");
}
