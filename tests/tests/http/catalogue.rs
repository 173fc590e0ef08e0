//! `/problems`: every code that can be answered has its page.

use std::collections::BTreeSet;

use safar_api::problem::catalogue;
use safar_domain::{
    case::CaseRefusal, conflict::ConflictRefusal, contact_notice::ContactNoticeRefusal,
    emergency::EmergencyRefusal, erasure::ErasureRefusal, export::ExportRefusal,
    organisation::OrganisationRefusal, person::PersonRefusal, pull_request::PullRequestRefusal,
    refusal::RefusalKind, worker::WorkerRefusal,
};
use safar_tests::http::TestApp;

/// Every refusal of every rulebook.
fn refusals() -> Vec<(&'static str, RefusalKind)> {
    let tables = [
        CaseRefusal::codes(),
        ConflictRefusal::CODES.to_vec(),
        ContactNoticeRefusal::CODES.to_vec(),
        EmergencyRefusal::CODES.to_vec(),
        ExportRefusal::CODES.to_vec(),
        PersonRefusal::CODES.to_vec(),
        PullRequestRefusal::CODES.to_vec(),
        ErasureRefusal::CODES.to_vec(),
        OrganisationRefusal::CODES.to_vec(),
    ];
    let workers = WorkerRefusal::CODES.to_vec();
    tables.into_iter().flatten().chain(workers).map(|(code, kind, _)| (code, kind)).collect()
}

#[test]
fn every_refusal_of_the_rulebooks_is_registered_with_its_status() {
    assert!(refusals().len() > 60);
    for (code, kind) in refusals() {
        let found = catalogue::find(code).unwrap_or_else(|| panic!("{code} has no page"));
        let status = match kind {
            RefusalKind::Absent => 404,
            RefusalKind::Conflict => 409,
            RefusalKind::Invalid => 422,
            RefusalKind::Forbidden => 403,
            RefusalKind::Exhausted => 429,
        };
        assert_eq!(found.status, status, "{code}");
    }
    assert!(!catalogue::is_registered("never_was"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code_has_a_page_for_people_and_for_programs() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let nobody = app.anonymously();
    let all: BTreeSet<&str> = catalogue::all().iter().map(|kind| kind.code).collect();
    assert_eq!(all.len(), catalogue::all().len());
    let listed = nobody.get("/problems").send().await.expect(200).json();
    assert_eq!(listed["problems"].as_array().map(Vec::len), Some(all.len()));
    for kind in catalogue::all() {
        let path = format!("/problems/{}", kind.code);
        let page = nobody.get(&path).send().await.expect(200).json();
        assert_eq!((&page["code"], &page["status"]), (&kind.code.into(), &kind.status.into()));
        for text in ["title", "explanation", "remedy"] {
            assert!(page[text].as_str().is_some_and(|text| text.len() > 3), "{} has no {text}", kind.code);
        }
    }
    let html = nobody.get("/problems/not_found").header("accept", "text/html").send().await.expect(200);
    assert!(html.header("content-type").starts_with("text/html") && html.text().contains("not_found"));
    nobody.get("/problems/MARKERq7Zt").send().await.problem(404, "not_found");
    Ok(())
}
