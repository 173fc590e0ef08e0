//! What lies outside a worker's reach looks like what does not exist, to the byte.

use safar_api::routes::{Endpoint, all};
use safar_domain::{
    actor::Role,
    policy::{self, Action},
};
use safar_tests::http::{Engine, TestApp};
use serde_json::json;

use crate::{
    minimal::{Minimal, NOBODY, address},
    scene::{self, GALABA, OUTREACH, SHYMKENT, STRANGER, note, seen},
    unchanged::Unchanged,
};

/// Not an id of any kind, and nothing that breaks an address.
const MALFORMED: [&str; 4] = ["1", "not-an-id", "0190a000-0000-7000-8000-00000000000g", "%2e%2e%2fetc"];

/// What auditors alone do, with any record.
const AUDITORS: [Action; 6] = [
    Action::ReadEvents,
    Action::TakeEvidence,
    Action::AuditAccesses,
    Action::AuditSight,
    Action::WatchCase,
    Action::HoldErasure,
];

/// A worker of other organisations who has the function, so that only the reach is asked.
fn stranger(action: Action) -> &'static str {
    let strangers = [
        (Role::SocialWorker, STRANGER),
        (Role::OutreachWorker, "ow-chashma"),
        (Role::TbClinician, "tb-kz-almaty-1"),
        (Role::Auditor, scene::AUDITOR),
        (Role::HivClinician, "hc-kz-almaty-1"),
    ];
    let found = strangers.into_iter().find(|(role, _)| policy::permits(*role, action));
    found.unwrap_or_else(|| panic!("nobody may {action:?}")).1
}

fn of(part: &'static str) -> impl Iterator<Item = Endpoint> {
    all().into_iter().filter(move |row| row.path.contains(&format!("{{{part}}}")))
}

pub(crate) async fn a_case_of_others_one_that_is_not_there_and_no_id_at_all_answer_alike(
    engine: Engine,
) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    for row in of("case") {
        let who = app.as_(stranger(row.action));
        let absent = minimal.request(&who, &row, &address(&row, &[("case", NOBODY)])).send().await;
        unchanged.refused(&absent, 404, "not_found", row.name).await;
        // An auditor reaches the events of every case and may watch it, and no case that is none.
        let hidden = (!AUDITORS.contains(&row.action)).then_some(opened.case.as_str());
        for id in hidden.into_iter().chain(MALFORMED) {
            let hidden = minimal.request(&who, &row, &address(&row, &[("case", id)])).send().await;
            assert_eq!(seen(&hidden), seen(&absent), "{} {id}", row.name);
        }
    }
    Ok(())
}

pub(crate) async fn a_person_a_handoff_a_pull_request_and_a_contact_notice_of_others_answer_like_none(
    engine: Engine,
) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let opened = scene::opened(&app).await;
    let handoff = scene::offered(&app, &opened).await.id();
    let request = crate::pull_requests::made(&app).await;
    let notice = crate::contacts::sent(&app).await.id();
    let unchanged = Unchanged::from_here(&app).await;
    let parts = [
        ("person", &opened.person),
        ("handoff", &handoff),
        ("pull_request", &request),
        ("contact_notice", &notice),
    ];
    for (part, id) in parts {
        for row in of(part) {
            let who = app.as_(stranger(row.action));
            let absent = minimal.request(&who, &row, &address(&row, &[(part, NOBODY)])).send().await;
            unchanged.refused(&absent, 404, "not_found", row.name).await;
            let hidden = (!AUDITORS.contains(&row.action)).then_some(id.as_str());
            for id in hidden.into_iter().chain(MALFORMED) {
                let hidden = minimal.request(&who, &row, &address(&row, &[(part, id)])).send().await;
                assert_eq!(seen(&hidden), seen(&absent), "{} {id}", row.name);
            }
        }
    }
    Ok(())
}

pub(crate) async fn a_case_of_others_is_in_no_list(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    scene::offered(&app, &opened).await;
    for path in ["/v1/cases", "/v1/handoffs", "/v1/worklist"] {
        let hidden = app.as_(STRANGER).get(path).send().await.expect(200);
        assert_eq!(hidden.json()["items"], json!([]), "{path}");
    }
    let shown = app.as_(GALABA).get("/v1/cases").send().await.expect(200);
    assert_eq!(shown.json()["items"][0]["id"], opened.case);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_not_opened_for_a_person_whom_one_does_not_know() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let open = |person: &str| app.as_(STRANGER).post("/v1/cases", &scene::opening(person));
    let (absent, hidden) = (open(NOBODY).send().await, open(&opened.person).send().await);
    unchanged.refused(&absent, 404, "not_found", "nobody").await;
    assert_eq!(seen(&hidden), seen(&absent));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_not_linked_to_one_whom_one_does_not_know() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let hidden = scene::opened(&app).await.person;
    let stranger = app.as_(STRANGER);
    let own = stranger.post("/v1/persons", &scene::description("Ганиев")).send().await.expect(201);
    app.settle().await;
    let unchanged = Unchanged::from_here(&app).await;
    let link = |other: &str| {
        let body = json!({ "other": other, "reason": "same_document" });
        stranger.post(&format!("/v1/persons/{}/links", own.id()), &body).on(own.revision())
    };
    let (absent, hidden) = (link(NOBODY).send().await, link(&hidden).send().await);
    unchanged.refused(&absent, 404, "not_found", "nobody").await;
    assert_eq!(seen(&hidden), seen(&absent));
    unchanged.refuses(link(&own.id()), 422, "link_to_itself", "oneself").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handoff_under_the_address_of_another_case_is_not_found() -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::sqlite().await?, Minimal::new());
    let (one, other) = (scene::opened(&app).await, scene::opened(&app).await);
    let handoff = scene::offered(&app, &one).await.id();
    scene::offered(&app, &other).await;
    let unchanged = Unchanged::from_here(&app).await;
    let steps = of("part").filter(|row| row.path.contains("/handoffs/"));
    for row in steps {
        for worker in [GALABA, SHYMKENT] {
            let wrong = address(&row, &[("case", &other.case), ("part", &handoff)]);
            let read = app.as_(GALABA).get(&other.path("")).send().await.expect(200);
            let ask = minimal.request(&app.as_(worker), &row, &wrong).on(read.revision());
            unchanged.refuses(ask, 404, "not_found", &format!("{} by {worker}", row.name)).await;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_offered_a_patient_sees_the_offer_and_not_the_case() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let handoff = scene::offered(&app, &opened).await.id();
    let shymkent = app.as_(SHYMKENT);
    let offer = shymkent.get(&format!("/v1/handoffs/{handoff}")).send().await.expect(200).json();
    assert_eq!(
        (&offer["id"], &offer["case"], &offer["state"]),
        (&json!(handoff), &json!(opened.case), &json!("offered"))
    );
    assert!(offer["commands"].as_array().unwrap().contains(&json!("accept_handoff")));
    for rest in ["", "/timeline", "/responsibility"] {
        let hidden = shymkent.get(&opened.path(rest)).send().await;
        let absent = shymkent.get(&format!("/v1/cases/{NOBODY}{rest}")).send().await;
        assert_eq!(seen(&hidden), seen(&absent), "{rest}");
        hidden.problem(404, "not_found");
    }
    shymkent.get(&format!("/v1/persons/{}", opened.person)).send().await.problem(404, "not_found");
    let listed = shymkent.get("/v1/cases").send().await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_once_answered_for_a_case_reads_on_and_adds_late_facts_only() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    scene::handed_over(&app, &opened).await;
    let galaba = app.as_(GALABA);
    for rest in ["", "/timeline", "/responsibility"] {
        galaba.get(&opened.path(rest)).send().await.expect(200);
    }
    let case = app.as_(OUTREACH).get(&opened.path("")).send().await.expect(200).json();
    assert_eq!(case["responsible"]["support"], "kz-tb-shymkent");
    galaba.post(&opened.path("/notes"), &note("Called from the station.")).on_any().send().await.expect(200);
    let support = json!({ "kind": "food", "on": "2026-05-04" });
    let refused =
        galaba.post(&opened.path("/support"), &support).on_any().send().await.problem(409, "not_caring");
    assert!(refused.json()["allowed"].as_array().unwrap().contains(&json!("add_note")));
    app.as_(SHYMKENT).get(&format!("/v1/persons/{}", opened.person)).send().await.expect(200);
    Ok(())
}
