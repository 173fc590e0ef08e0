//! Erasure over HTTP: two persons, a legal hold, and what is answered afterwards and to whom.

use std::time::Duration;

use anyhow::Result;
use safar_event_store::StreamId;
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};

use crate::scene::{AUDITOR, GALABA, OUTREACH, Opened, SHYMKENT, STRANGER, description, opened, opening};

fn path(opened: &Opened, rest: &str) -> String {
    format!("/v1/persons/{}{rest}", opened.person)
}

async fn request(app: &TestApp, opened: &Opened, worker: &str) -> Answer {
    let body = json!({ "ground": "own_request" });
    app.as_(worker).post(&path(opened, "/erasure"), &body).send().await
}

async fn approve(app: &TestApp, opened: &Opened, worker: &str, revision: u64) -> Answer {
    app.as_(worker).post(&path(opened, "/erasure/approval"), &json!({})).on(revision).send().await
}

async fn view(app: &TestApp, opened: &Opened, worker: &str) -> Value {
    app.as_(worker).get(&path(opened, "/erasure")).send().await.expect(200).json()
}

/// Both agree, and the node has done it.
pub(crate) async fn erased(app: &TestApp) -> Result<(Opened, u64)> {
    let opened = opened(app).await;
    let revision = request(app, &opened, GALABA).await.expect(200).revision();
    let before = app.head().await;
    approve(app, &opened, AUDITOR, revision).await.expect(200);
    let done = (before + 2).into();
    let reached = app.app.models.wait_for(done, Duration::from_secs(30)).await;
    assert!(reached >= done, "the agreement and the end");
    Ok((opened, revision))
}

async fn only_the_two_of_them_erase(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    approve(&app, &opened, AUDITOR, 0).await.problem(409, "erasure_not_requested");
    request(&app, &opened, STRANGER).await.problem(404, "not_found");
    request(&app, &opened, OUTREACH).await.problem(403, "forbidden");
    let asked = request(&app, &opened, GALABA).await.expect(200);
    assert_eq!(asked.json()["warnings"], json!(["case_open"]));
    assert_eq!(request(&app, &opened, AUDITOR).await.expect(200).json()["recorded"], json!([]));
    let before = app.head().await;
    approve(&app, &opened, GALABA, asked.revision()).await.problem(403, "second_person_needed");
    approve(&app, &opened, STRANGER, asked.revision()).await.problem(404, "not_found");
    approve(&app, &opened, OUTREACH, asked.revision()).await.problem(403, "forbidden");
    approve(&app, &opened, AUDITOR, 9).await.problem(412, "stale_revision");
    assert_eq!(app.head().await, before, "what was refused has changed nothing");
    let seen = view(&app, &opened, AUDITOR).await;
    assert_eq!((&seen["state"], &seen["asked_by"]), (&json!("requested"), &json!(GALABA)));
    assert_eq!(seen["commands"], json!(["approve_erasure", "refuse_erasure", "set_legal_hold"]));
    assert_eq!(view(&app, &opened, GALABA).await["asked_by"], json!(null));
    app.as_(GALABA).get(&path(&opened, "")).send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_needs_a_second_person_and_is_nobody_elses() -> Result<()> {
    only_the_two_of_them_erase(Engine::Sqlite).await?;
    only_the_two_of_them_erase(Engine::Postgres).await
}

async fn gone_for_those_who_knew(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let (gone, revision) = erased(&app).await?;
    for (worker, status, code) in [(GALABA, 410, "erased"), (STRANGER, 404, "not_found")] {
        let who = app.as_(worker);
        who.get(&path(&gone, "")).send().await.problem(status, code);
        let body = description("Каримов");
        who.post(&path(&gone, "/corrections"), &body).on(1).send().await.problem(status, code);
        who.post("/v1/cases", &opening(&gone.person)).send().await.problem(status, code);
    }
    let seen = view(&app, &gone, GALABA).await;
    assert_eq!((&seen["state"], &seen["erased"]["cases"]), (&json!("erased"), &json!(1)));
    app.as_(STRANGER).get(&path(&gone, "/erasure")).send().await.problem(404, "not_found");
    // What was done is done: again, under other keys, it is the same and records nothing.
    let (before, now) = (app.head().await, seen["revision"].as_u64().expect("a number"));
    for again in [request(&app, &gone, GALABA).await, approve(&app, &gone, AUDITOR, now).await] {
        assert_eq!(again.expect(200).json()["recorded"], json!([]));
    }
    approve(&app, &gone, AUDITOR, revision).await.problem(412, "stale_revision");
    let hold = json!({ "ground": "complaint", "until": null });
    app.as_(AUDITOR).post(&path(&gone, "/legal-hold"), &hold).send().await.problem(409, "person_erased");
    assert_eq!(app.head().await, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_knew_an_erased_person_hears_that_and_others_hear_of_nobody() -> Result<()> {
    gone_for_those_who_knew(Engine::Sqlite).await?;
    gone_for_those_who_knew(Engine::Postgres).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_case_of_an_erased_person_and_all_lists_go_on_without_the_name() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let (gone, _) = erased(&app).await?;
    let other = opened(&app).await;
    let galaba = app.as_(GALABA);
    let case = galaba.get(&gone.path("")).send().await.expect(200).json();
    assert_eq!((&case["person"], &case["person_erased"]), (&json!(gone.person), &json!(true)));
    assert_eq!(galaba.get(&other.path("")).send().await.expect(200).json()["person_erased"], json!(false));
    for list in ["/v1/cases", "/v1/worklist", "/v1/notices", &gone.path("/timeline")] {
        galaba.get(list).send().await.expect(200);
    }
    galaba
        .post(&gone.path("/notes"), &json!({ "text": "who was it" }))
        .on_any()
        .send()
        .await
        .problem(410, "erased");
    let support = json!({ "kind": "food", "on": "2026-05-04" });
    galaba.post(&gone.path("/support"), &support).on_any().send().await.expect(200);
    let body =
        json!({ "names": [{ "family": "Раҳимов", "given": "Далер", "patronymic": null }], "birth": null });
    let found = galaba.ask("POST", "/v1/persons:search").json(&body).send().await.expect(200).json();
    assert_eq!(
        found["candidates"].as_array().map(|all| all.iter().map(|one| &one["person"]).collect()),
        Some(vec![&json!(other.person)])
    );
    let accesses = app.as_(AUDITOR).get(&path(&gone, "/accesses")).send().await.expect(200).json();
    assert!(
        accesses["items"].as_array().is_some_and(|items| !items.is_empty()),
        "who has read it is known still"
    );
    Ok(())
}

pub(crate) async fn a_legal_hold_stands_in_the_way_and_only_an_auditor_sets_it(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let (set, release) = (path(&opened, "/legal-hold"), path(&opened, "/legal-hold/release"));
    let hold = json!({ "ground": "court_proceedings", "until": "2026-05-04" });
    let auditor = app.as_(AUDITOR);
    app.as_(GALABA).post(&set, &hold).send().await.problem(403, "forbidden");
    let over = json!({ "ground": "complaint", "until": "2026-05-03" });
    auditor.post(&set, &over).send().await.problem(422, "legal_hold_over");
    auditor.post(&release, &json!({})).send().await.problem(409, "no_legal_hold");
    auditor.post(&set, &hold).send().await.expect(200);
    request(&app, &opened, GALABA).await.problem(409, "legal_hold");
    auditor.post(&release, &json!({})).send().await.expect(200);
    let revision = request(&app, &opened, GALABA).await.expect(200).revision();
    let revision = auditor.post(&set, &hold).send().await.expect(200).revision().max(revision);
    approve(&app, &opened, AUDITOR, revision).await.problem(409, "legal_hold");
    let seen = view(&app, &opened, GALABA).await;
    assert_eq!(seen["legal_hold"], json!({ "ground": "court_proceedings", "until": "2026-05-04" }));
    app.clock.advance(jiff::SignedDuration::from_hours(48));
    let reason = json!({ "reason": "withdrawn" });
    let refusal = app.as_(GALABA).post(&path(&opened, "/erasure/refusal"), &reason);
    refusal.on(revision).send().await.expect(200);
    request(&app, &opened, GALABA).await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_finds_what_waits_for_one() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let [waiting, kept] = [opened(&app).await, opened(&app).await];
    request(&app, &waiting, GALABA).await.expect(200);
    let hold = json!({ "ground": "complaint", "until": null });
    app.as_(AUDITOR).post(&path(&kept, "/legal-hold"), &hold).send().await.expect(200);
    app.settle().await;
    let persons = async |query: &str| {
        let list = app.as_(AUDITOR).get(&format!("/v1/erasures{query}")).send().await.expect(200).json();
        let items = list["items"].as_array().expect("a list").clone();
        items.iter().map(|item| item["person"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(persons("").await, [kept.person.as_str(), &waiting.person]);
    assert_eq!(persons("?state=requested").await, [waiting.person.as_str()]);
    assert_eq!(persons("?state=erased").await, Vec::<String>::new());
    for worker in [GALABA, SHYMKENT] {
        app.as_(worker).get("/v1/erasures").send().await.problem(403, "forbidden");
    }
    Ok(())
}

/// The words of a worker that stand about a case: why it was opened in an emergency, what was found of that, and why a handoff
/// was offered without a consent.
async fn words(app: &TestApp, opened: &Opened, emergency: &str) -> Result<[Value; 3]> {
    let path = format!("/v1/emergency-accesses/{emergency}");
    let access = app.as_(AUDITOR).get(&path).send().await.expect(200).json();
    let stream = StreamId::new("case", &opened.case);
    let story = app.app.store.read_stream(&stream, 0.into(), 100).await?;
    let offered = story.iter().find(|event| event.event_type == "case.handoff-offered.v1");
    let offered = offered.expect("it was offered");
    let mut payload = serde_json::from_slice(&offered.payload)?;
    let at = (&stream, offered.revision);
    app.app.open_words(at, &offered.event_type, &mut payload).await.expect("it says why");
    let [why, found] = [&access["justification"], &access["review"]["comment"]];
    Ok([why.clone(), found.clone(), payload["consent_override"]["reason"].clone()])
}

pub(crate) async fn the_words_of_an_emergency_and_of_an_override_go_with_the_person(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let [gone, other] = [opened(&app).await, opened(&app).await];
    let mut emergencies = Vec::new();
    for opened in [&gone, &other] {
        let reason = "Found unconscious at the border, nobody to ask.";
        let offer = json!({
            "to": "kz-tb-shymkent", "programmes": ["support"], "urgency": "routine",
            "consent_override": { "ground": "vital_interest", "reason": reason },
        });
        app.as_(GALABA).post(&opened.path("/handoffs"), &offer).on(opened.revision).send().await.expect(201);
        let id = crate::emergencies::opened(&app, &opened.case).await.id();
        let review = json!({ "finding": "justified", "comment": "The ward confirmed it." });
        let path = format!("/v1/emergency-accesses/{id}/review");
        app.as_(AUDITOR).post(&path, &review).send().await.expect(200);
        app.settle().await;
        let said = words(&app, opened, &id).await?;
        assert!(said.iter().all(Value::is_string), "the control: {said:?}");
        emergencies.push((opened, id));
    }
    let revision = request(&app, &gone, GALABA).await.expect(200).revision();
    let done = (app.head().await + 2).into();
    approve(&app, &gone, AUDITOR, revision).await.expect(200);
    assert!(app.app.models.wait_for(done, Duration::from_secs(30)).await >= done);
    let unavailable = json!({ "unavailable": "erased" });
    let left = words(&app, &gone, &emergencies[0].1).await?;
    assert!(left.iter().all(|words| *words == unavailable), "{left:?}");
    let kept = words(&app, &other, &emergencies[1].1).await?;
    assert!(kept.iter().all(Value::is_string), "another person's words stay: {kept:?}");
    Ok(())
}
