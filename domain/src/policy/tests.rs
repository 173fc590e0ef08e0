use jiff::SignedDuration;

use super::{Action, Counts, Decision, Duty, Tie, counts, decide, of_command, permits};
use crate::{
    actor::{Actor, Role},
    case::{fixtures::*, standing::Standing},
};

fn with(role: Role) -> Actor {
    Actor { role, ..galaba() }
}

#[test]
fn a_coordinator_and_an_administrator_reach_no_case_and_no_person() {
    let open = [
        Action::ReadReports,
        Action::ReadDirectory,
        Action::ReadVocabulary,
        Action::ChangeDirectory,
        Action::ReadOwnRights,
        Action::SettleClaim,
        Action::ReadClaims,
    ];
    for role in [Role::Coordinator, Role::Administrator, Role::Integrator] {
        for action in Action::ALL {
            let rings = role == Role::Integrator && action == Action::ReadBell;
            assert!(!permits(role, action) || open.contains(&action) || rings, "{role:?} {action:?}");
        }
    }
}

#[test]
fn a_machine_hears_the_bell_and_reads_no_notice() {
    assert!(permits(Role::Integrator, Action::ReadBell));
    assert!(!permits(Role::Integrator, Action::ReadNotices));
}

#[test]
fn the_hiv_record_is_there_for_hiv_clinicians_and_hidden_from_everybody_else() {
    for action in Action::ALL.into_iter().filter(|action| action.hidden()) {
        for role in Role::ALL {
            let clinician = role == Role::HivClinician;
            assert_eq!(permits(role, action), clinician, "{action:?} as {role:?}");
            let decided = decide(&with(role), action, inside(1));
            assert_eq!(decided, if clinician { Decision::Permit } else { Decision::Hide });
        }
    }
    assert_eq!(decide(&with(Role::HivClinician), Action::ReadHiv, Tie::default()), Decision::Hide);
    assert!(Action::ALL.iter().filter(|action| action.hidden()).count() == 5);
}

/// An answering centre, let in, signed in so many minutes ago.
fn inside(minutes: i64) -> Tie {
    let signed_in = Some(SignedDuration::from_mins(minutes));
    Tie { standing: Some(Standing::Responsible), let_in: true, signed_in, ..Tie::default() }
}

#[test]
fn the_tie_of_a_centre_alone_shows_no_hiv_record_to_its_clinicians() {
    let clinician = with(Role::HivClinician);
    for action in Action::ALL.into_iter().filter(|action| action.by_name()) {
        let outside = Tie { let_in: false, ..inside(1) };
        assert_eq!(decide(&clinician, action, outside), Decision::Hide, "{action:?}");
        let elsewhere = Tie { standing: None, ..inside(1) };
        assert_eq!(decide(&clinician, action, elsewhere), Decision::Hide, "{action:?}");
        assert_eq!(decide(&clinician, action, inside(1)), Decision::Permit, "{action:?}");
    }
}

#[test]
fn who_signed_in_long_ago_is_asked_again_and_nobody_is_asked_for_what_is_hidden_from_them() {
    let clinician = with(Role::HivClinician);
    for action in Action::ALL.into_iter().filter(|action| action.hidden()) {
        assert_eq!(decide(&clinician, action, inside(15)), Decision::Permit, "{action:?}");
        assert_eq!(decide(&clinician, action, inside(16)), Decision::StepUp, "{action:?}");
        let unsaid = Tie { signed_in: None, ..inside(1) };
        assert_eq!(decide(&clinician, action, unsaid), Decision::StepUp, "{action:?}");
    }
    let outside = Tie { let_in: false, ..inside(16) };
    assert_eq!(decide(&clinician, Action::ReadHiv, outside), Decision::Hide);
}

#[test]
fn every_command_has_its_action_and_an_unknown_name_is_for_nobody() {
    for name in crate::case::CaseCommand::NAMES {
        assert_ne!(of_command(name), Action::Nothing, "{name}");
    }
    assert!(Role::ALL.into_iter().all(|role| !permits(role, of_command("drop_table"))));
}

#[test]
fn an_auditor_changes_nothing_but_who_is_erased_and_what_leaves_and_watches() {
    let reading = [
        Action::ReadCase,
        Action::ReadTimeline,
        Action::ReadEvents,
        Action::TakeEvidence,
        Action::ReadPacket,
        Action::ReadDisclosures,
        Action::ReadAccesses,
        Action::AuditAccesses,
        Action::AuditSight,
        Action::AuditWorklist,
        Action::ReadHandoffs,
        Action::ReadPullRequests,
        Action::ReadContactNotices,
        Action::ReadReports,
        Action::ReadDirectory,
        Action::ReadVocabulary,
        Action::ReadOwnRights,
        Action::ReadEmergencies,
        Action::ReadExports,
        Action::ReadErasure,
        Action::ListErasures,
        Action::CheckLog,
    ];
    let erasing = [Action::RequestErasure, Action::SettleErasure, Action::HoldErasure];
    for action in Action::ALL {
        let watching = [Action::WatchCase, Action::ReviewEmergency, Action::SettleExport];
        let may = reading.contains(&action) || erasing.contains(&action) || watching.contains(&action);
        assert_eq!(permits(Role::Auditor, action), may, "{action:?}");
    }
}

#[test]
fn who_reads_no_case_counts_coarsely_and_who_reads_some_counts_these() {
    for role in Role::ALL {
        let reads = |action| permits(role, action);
        match counts(role) {
            Some(Counts::Own) => {
                assert!(reads(Action::ReadHandoffs) && role != Role::Auditor, "{role:?}");
            }
            Some(Counts::Coarse) => assert!(!reads(Action::ReadHandoffs), "{role:?}"),
            Some(Counts::Exact) => assert!(reads(Action::ReadEvents), "{role:?}"),
            None => assert!(!reads(Action::ReadReports), "{role:?}"),
        }
    }
    assert_eq!(counts(Role::Coordinator), Some(Counts::Coarse));
}

#[test]
fn only_a_tb_clinician_tests_diagnoses_and_confirms_outcomes() {
    for command in ["collect_specimen", "record_result", "diagnose", "start_treatment", "confirm_outcome"] {
        let action = of_command(command);
        for role in Role::ALL {
            assert_eq!(permits(role, action), role == Role::TbClinician);
        }
    }
}

#[test]
fn an_emergency_opens_three_readings_to_those_who_read_cases_and_nothing_else_to_anybody() {
    let standings = [None, Some(Standing::Offered), Some(Standing::Former), Some(Standing::Responsible)];
    let ties = standings
        .into_iter()
        .flat_map(|standing| [false, true].map(|let_in| Tie { standing, let_in, ..inside(1) }));
    let mut opened = std::collections::BTreeSet::new();
    for tie in ties {
        for (action, role) in Action::ALL.iter().flat_map(|action| Role::ALL.map(|role| (*action, role))) {
            let without = decide(&with(role), action, tie);
            let within = decide(&with(role), action, Tie { emergency: true, ..tie });
            if within != without {
                assert_eq!((without, within), (Decision::Hide, Decision::Permit), "{action:?} {role:?}");
                opened.insert(action);
            }
        }
    }
    assert_eq!(opened, [Action::ReadPerson, Action::ReadCase, Action::ReadTimeline].into());
    for name in crate::case::CaseCommand::NAMES {
        assert!(!of_command(name).in_emergency(), "{name}");
    }
    let clinician =
        decide(&with(Role::HivClinician), Action::ReadHiv, Tie { emergency: true, ..Tie::default() });
    assert_eq!(clinician, Decision::Hide);
}

#[test]
fn a_case_without_a_tie_is_hidden_and_a_function_of_others_is_refused() {
    let worker = with(Role::SocialWorker);
    assert_eq!(decide(&worker, Action::ReadCase, None), Decision::Hide);
    assert_eq!(decide(&worker, Action::ReadCase, Some(Standing::Offered)), Decision::Hide);
    assert_eq!(decide(&worker, Action::ReadCase, Some(Standing::Former)), Decision::Permit);
    assert_eq!(decide(&worker, Action::ConfirmOutcome, None), Decision::DenyFunction);
    assert_eq!(decide(&with(Role::Auditor), Action::ReadCase, None), Decision::Permit);
}

#[test]
fn who_is_off_duty_opens_nothing_of_patients_but_in_an_emergency_and_learns_nothing_of_what_there_is() {
    let open = [
        Action::Sync,
        Action::OpenEmergency,
        Action::ReadDirectory,
        Action::ReadVocabulary,
        Action::ReadOwnRights,
        Action::ReadBell,
    ];
    for (action, role) in Action::ALL.iter().flat_map(|action| Role::ALL.map(|role| (*action, role))) {
        let off = |tie| decide(&with(role), action, Tie { duty: Duty::Off, ..tie });
        let at_work = decide(&with(role), action, inside(1));
        let closed = at_work == Decision::Permit && !open.contains(&action);
        let expected = if closed { Decision::OffDuty } else { at_work };
        assert_eq!(off(inside(1)), expected, "{action:?} {role:?}");
        assert_eq!(off(Tie { standing: None, ..inside(1) }), expected, "the same of what is not theirs");
        let emergency = off(Tie { emergency: true, ..inside(1) });
        assert_eq!(emergency, if action.in_emergency() { at_work } else { expected }, "{action:?} {role:?}");
    }
}

/// Raise [`super::VERSION`] with the digest: what is judged of the past names it.
#[test]
fn a_changed_table_is_another_version() {
    use sha2::{Digest as _, Sha256};
    let mut table = Sha256::new();
    for action in Action::ALL {
        let row = (action.code(), action.roles(), action.scope(), action.hidden(), action.in_emergency());
        table.update(format!("{row:?}"));
    }
    let digest = table.finalize();
    let digest = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    assert_eq!((super::VERSION, format!("{digest:08x}").as_str()), (1, "fbcca5bc"));
}
