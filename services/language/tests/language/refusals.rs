use safar_domain::{
    case::{CaseRefusal, handoff::HandoffRefusal, outcome::OutcomeRefusal, standing::StandingRefusal},
    conflict::ConflictRefusal,
    contact_notice::ContactNoticeRefusal,
    disclosure::DisclosureRefusal,
    emergency::EmergencyRefusal,
    erasure::ErasureRefusal,
    export::ExportRefusal,
    hiv::HivRefusal,
    language::Language,
    organisation::OrganisationRefusal,
    person::PersonRefusal,
    pull_request::PullRequestRefusal,
    refusal::{Refusal, RefusalKind},
    worker::WorkerRefusal,
};
use safar_language::problems::{sentence, template};

/// The code and the sentence of everything that a rulebook refuses with a sentence of its own.
fn refusals() -> Vec<(&'static str, &'static str)> {
    let tables = [
        CaseRefusal::codes(),
        ConflictRefusal::CODES.to_vec(),
        ContactNoticeRefusal::CODES.to_vec(),
        PersonRefusal::CODES.to_vec(),
        PullRequestRefusal::CODES.to_vec(),
        DisclosureRefusal::CODES.to_vec(),
        EmergencyRefusal::CODES.to_vec(),
        ErasureRefusal::CODES.to_vec(),
        ExportRefusal::CODES.to_vec(),
        HivRefusal::codes(),
        OrganisationRefusal::CODES.to_vec(),
        WorkerRefusal::CODES.to_vec(),
    ];
    let said = tables.into_iter().flatten().filter(|(_, kind, _)| *kind != RefusalKind::Absent);
    said.map(|(code, _, sentence)| (code, sentence)).collect()
}

/// `{minimum}` as an ellipsis.
fn spaced(sentence: &str) -> String {
    let mut parts = sentence.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |said, part| said + "…" + part.split_once('}').map_or("", |(_, rest)| rest))
}

#[test]
fn every_refusal_is_said_in_every_language_and_in_english_as_the_rule_says_it() {
    let mut missing = vec![];
    for (code, english) in refusals() {
        let english = spaced(english);
        for language in [Language::Ru, Language::Tg, Language::Kk] {
            if template(language, code, &english) == english {
                missing.push(format!("{language} {code}: {english}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "write them into all four locales/*/problems.ftl");
    assert!(refusals().len() > 100);
}

#[test]
fn a_refusal_that_reads_otherwise_than_its_rule_would_be_found() {
    let drifted = "Only tuberculosis can be cured.";
    assert_eq!(template(Language::Ru, "cured_needs_pulmonary", drifted), drifted);
    assert_eq!(sentence(Language::Ru, "cured_needs_pulmonary", drifted, &[]), drifted);
}

fn said(language: Language, refusal: &impl Refusal) -> String {
    sentence(language, refusal.code(), &refusal.to_string(), &refusal.named())
}

#[test]
fn what_a_refusal_names_is_said_in_the_same_language() {
    let refusal = StandingRefusal::NotResponsible { programme: safar_domain::case::programme::Programme::Tb };
    assert_eq!(said(Language::En, &refusal), refusal.to_string());
    let russian = said(Language::Ru, &refusal);
    assert!(russian.contains("«туберкулёз»") && !russian.contains("tb"), "{russian}");
    let reverted = OutcomeRefusal::Reverted { on: "2026-05-09".parse().unwrap() };
    assert!(said(Language::Kk, &reverted).contains("2026-05-09"));
}

#[test]
fn what_is_missing_is_said_in_the_same_language() {
    let missing = "the last dose taken; the medicine supplied".to_owned();
    let russian = said(Language::Ru, &HandoffRefusal::PacketIncomplete { missing: missing.clone() });
    assert!(!russian.contains(&missing) && !russian.contains("dose"), "{russian}");
    let unknown =
        said(Language::Ru, &HandoffRefusal::PacketIncomplete { missing: "a new phrase".to_owned() });
    assert!(unknown.contains("a new phrase"), "{unknown}");
}
