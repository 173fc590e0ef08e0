//! Before the first request: a policy that refuses nothing must not serve one.
//!
//! Tokens are tried by [`Verifier::self_test`](crate::auth::Verifier::self_test), seals whenever keys are opened.

use safar_domain::{
    actor::{Actor, Role},
    case::standing::Standing,
    ids::{Country, OrganisationId, WorkerId},
    policy::{Action, Decision, decide},
};

use super::NodeError;

/// Asks the policy what no release may answer otherwise.
pub(super) fn policy() -> Result<(), NodeError> {
    check(decide)
}

fn check(decide: impl Fn(&Actor, Action, Option<Standing>) -> Decision) -> Result<(), NodeError> {
    for role in Role::ALL {
        let actor = somebody(role);
        let answer = |action, standing| decide(&actor, action, standing);
        let strangers = [Action::ReadCase, Action::ReadPerson, Action::ReadHiv, Action::RecordFact];
        let let_in = strangers.into_iter().any(|action| answer(action, None) == Decision::Permit);
        if let_in && role != Role::Auditor {
            return Err(NodeError::SelfTest("somebody without a tie to a case reads it or writes to it"));
        }
        let hidden = [Action::OpenHiv, Action::ReadHiv, Action::RecordHiv, Action::ListHiv];
        let tie = Some(Standing::Responsible);
        if role != Role::HivClinician
            && hidden.into_iter().any(|action| answer(action, tie) != Decision::Hide)
        {
            return Err(NodeError::SelfTest("somebody who is no HIV clinician learns of an HIV record"));
        }
        if role != Role::Administrator && answer(Action::ChangeDirectory, None) == Decision::Permit {
            return Err(NodeError::SelfTest("somebody who is no administrator changes the directory"));
        }
    }
    Ok(())
}

fn somebody(role: Role) -> Actor {
    let worker = WorkerId::parse("self-test").expect("a fixed id");
    let organisation = OrganisationId::parse("self-test").expect("a fixed id");
    Actor { worker, organisation, country: Country::TJ, role }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_refuses_nothing_or_tells_what_it_hides_does_not_serve() {
        assert!(policy().is_ok());
        assert!(check(|_, _, _| Decision::Permit).is_err());
        assert!(check(|_, _, _| Decision::DenyFunction).is_err());
        let open_to_all = |actor: &Actor, action, standing| match action {
            Action::ChangeDirectory => Decision::Permit,
            other => decide(actor, other, standing),
        };
        assert!(check(open_to_all).is_err());
    }
}
