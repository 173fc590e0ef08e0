//! The refusals of the rulebooks, as kinds of problems.

use safar_domain::{
    case::CaseRefusal,
    conflict::ConflictRefusal,
    contact_notice::ContactNoticeRefusal,
    disclosure::DisclosureRefusal,
    emergency::EmergencyRefusal,
    erasure::ErasureRefusal,
    export::ExportRefusal,
    hiv::HivRefusal,
    organisation::OrganisationRefusal,
    person::PersonRefusal,
    pull_request::PullRequestRefusal,
    refusal::{Refusal, RefusalKind},
    worker::WorkerRefusal,
};

use super::{Kind, NOT_FOUND};
use crate::problem::Problem;

/// What is said of a refusal beside its own code and sentence.
pub const REFUSED: Kind = Kind {
    code: "refused",
    status: 409,
    title: "The rules refuse this",
    explanation: "The state of the record does not allow this command now.",
    remedy: "Read the detail, look at the current state and at the commands that are allowed now, and decide again.",
};

const INVALID: Kind = Kind {
    title: "The rules refuse these values",
    remedy: "Read the detail and correct the values; the same ones would be refused at any time.",
    status: 422,
    ..REFUSED
};

const FORBIDDEN: Kind = Kind {
    title: "This step is somebody else's",
    explanation: "The rules keep this step from you.",
    remedy: "Read the detail and ask the colleague whose step it is.",
    status: 403,
    ..REFUSED
};

const EXHAUSTED: Kind = Kind {
    title: "There is no more of this for now",
    explanation: "You have had as much of this as the rules give.",
    remedy: "Read the detail; what is needed for the patient goes through those who answer for the record.",
    status: 429,
    ..REFUSED
};

/// The message that says what is said of this kind beside its own sentence, if that is shared with others.
pub(super) fn shared(kind: Kind) -> Option<&'static str> {
    match kind.title {
        title if title == REFUSED.title => Some("refused"),
        title if title == INVALID.title => Some("refused_values"),
        title if title == FORBIDDEN.title => Some("refused_person"),
        title if title == EXHAUSTED.title => Some("refused_quota"),
        _ => None,
    }
}

/// Every refusal of every rulebook. What is absent is always `not_found`, so those codes have no page of their own.
pub(super) fn all() -> Vec<Kind> {
    let tables = [
        CaseRefusal::codes(),
        ConflictRefusal::CODES.to_vec(),
        ContactNoticeRefusal::CODES.to_vec(),
        PersonRefusal::CODES.to_vec(),
        PullRequestRefusal::CODES.to_vec(),
        DisclosureRefusal::CODES.to_vec(),
        EmergencyRefusal::CODES.to_vec(),
        ExportRefusal::CODES.to_vec(),
        ErasureRefusal::CODES.to_vec(),
        HivRefusal::codes(),
        OrganisationRefusal::CODES.to_vec(),
    ];
    let mut kinds = vec![REFUSED];
    for (code, kind, sentence) in tables.into_iter().flatten().chain(WorkerRefusal::CODES.iter().copied()) {
        let like = match kind {
            RefusalKind::Absent => continue,
            RefusalKind::Conflict => REFUSED,
            RefusalKind::Invalid => INVALID,
            RefusalKind::Forbidden => FORBIDDEN,
            RefusalKind::Exhausted => EXHAUSTED,
        };
        kinds.push(Kind { code, explanation: written_out(sentence), ..like });
    }
    kinds
}

/// The template of a sentence as a sentence: `{at_least}` becomes an ellipsis. Runs once per process.
fn written_out(template: &'static str) -> &'static str {
    let mut parts = template.split('{');
    let mut sentence = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        sentence.push('…');
        sentence.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    if let Some(first) = sentence.get(..1) {
        sentence.replace_range(..1, &first.to_ascii_uppercase());
    }
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence.leak()
}

impl Problem {
    /// What a rulebook refused: 403, 409, 422 or 429 with its own code and sentence, and 404 like everything that is not there.
    /// What the sentence names is there for programs too, a handoff with its address.
    pub fn of_refusal(refusal: &impl Refusal) -> Self {
        let status = match refusal.kind() {
            RefusalKind::Absent => return Self::of(NOT_FOUND),
            RefusalKind::Conflict => 409,
            RefusalKind::Invalid => 422,
            RefusalKind::Forbidden => 403,
            RefusalKind::Exhausted => 429,
        };
        let problem = Self::refused(refusal.code(), status, refusal.to_string());
        refusal.named().into_iter().fold(problem, |problem, (name, value)| {
            let linked = match name {
                "handoff" => problem.with("link", format!("/v1/handoffs/{value}")),
                _ => problem,
            };
            linked.naming(name, value.clone()).with(name, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::catalogue::{find, is_registered};

    #[test]
    fn every_refusal_of_the_rulebooks_has_its_page() {
        for (code, kind, _) in CaseRefusal::codes() {
            assert!(kind == RefusalKind::Absent || is_registered(code), "{code}");
        }
        assert!(CaseRefusal::codes().len() > 20);
    }

    #[test]
    fn no_refusal_takes_the_code_of_another_kind_of_problem() {
        for kind in all().iter().filter(|kind| **kind != REFUSED) {
            assert_eq!(find(kind.code).unwrap().status, kind.status, "{}", kind.code);
            assert!(!kind.explanation.contains(['{', '}']), "{}", kind.code);
        }
    }

    #[test]
    fn a_template_is_written_out() {
        assert_eq!(written_out("give at least {least} of {all}"), "Give at least … of ….");
    }
}
