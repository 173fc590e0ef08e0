//! "We have your patient, please hand over": what the asked organisation may see, and what its answer tells.

use std::time::Duration;

use jiff::SignedDuration;
use safar_api::app::bring_about_what_is_due;
use safar_event_store::Position;
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    minimal::NOBODY,
    scene::{self, GALABA, SHYMKENT, STRANGER, seen},
    unchanged::Unchanged,
};

/// A person whom the centre in Shymkent has registered.
async fn person(app: &TestApp) -> String {
    let answer =
        app.as_(SHYMKENT).post("/v1/persons", &scene::description("Раҳимов")).send().await.expect(201);
    app.settle().await;
    answer.id()
}

fn body(person: &str, of: &str) -> Value {
    json!({
        "person": person, "of": of, "programmes": ["support"], "patient_agreed": true, "reason": "came_for_care",
    })
}

/// The centre in Shymkent asks Galaba for this person; the answer.
async fn asked(app: &TestApp, person: &str) -> Answer {
    let ask = app.as_(SHYMKENT).post("/v1/pull-requests", &body(person, "ngo-galaba"));
    let answer = ask.send().await.expect(201);
    app.settle().await;
    answer
}

/// A pull request to Galaba, whatever it is about.
pub(crate) async fn made(app: &TestApp) -> String {
    let person = person(app).await;
    asked(app, &person).await.id()
}

fn step(request: &Answer, step: &str) -> String {
    format!("/v1/pull-requests/{}/{step}", request.id())
}

/// Galaba has a case and has offered it to the centre in Shymkent; case and handoff.
async fn offered(app: &TestApp) -> Value {
    let opened = scene::opened(app).await;
    let handoff = scene::offered(app, &opened).await.id();
    json!({ "case": opened.case, "handoff": handoff })
}

async fn told(app: &TestApp, worker: &str, about: &str) -> usize {
    app.settle().await;
    let page = app.as_(worker).get(&format!("/v1/notices?about={about}")).send().await.expect(200).json();
    page["items"].as_array().map_or(0, Vec::len)
}

pub(crate) async fn who_is_asked_reads_the_person_offers_and_answers(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let (person, handoff) = (person(&app).await, offered(&app).await);
    let galaba = app.as_(GALABA);
    let who = format!("/v1/persons/{person}");
    galaba.get(&who).send().await.problem(404, "not_found");
    let request = asked(&app, &person).await;
    assert_eq!(told(&app, GALABA, "pull_request").await, 1);
    let incoming = "/v1/pull-requests?direction=incoming&state=open";
    let listed = galaba.get(incoming).send().await.expect(200).json();
    assert_eq!(listed["items"][0]["id"], json!(request.id()));
    assert_eq!(listed["items"][0]["commands"], json!(["answer_pull_request", "decline_pull_request"]));
    galaba.get(&who).send().await.expect(200);
    let answered =
        galaba.post(&step(&request, "answer"), &handoff).on(request.revision()).send().await.expect(200);
    assert_eq!(answered.json()["recorded"], json!(["pull_request.answered.v1"]));
    assert_eq!(told(&app, SHYMKENT, "pull_request_answered").await, 1);
    galaba.get(&who).send().await.problem(404, "not_found");
    assert_eq!(galaba.get(incoming).send().await.expect(200).json()["items"], json!([]));
    let shown = app.as_(SHYMKENT).get(request.header("location")).send().await.expect(200).json();
    assert_eq!((&shown["state"], &shown["answer"]), (&json!("answered"), &handoff));
    let handoff = handoff["handoff"].as_str().expect("an id");
    app.as_(SHYMKENT).get(&format!("/v1/handoffs/{handoff}")).send().await.expect(200);
    Ok(())
}

pub(crate) async fn an_unanswered_request_lapses_after_fourteen_days(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let person = person(&app).await;
    let request = asked(&app, &person).await;
    app.clock.advance(SignedDuration::from_hours(14 * 24));
    let galaba = app.as_(GALABA);
    galaba.get(&format!("/v1/persons/{person}")).send().await.problem(404, "not_found");
    let decline = galaba.post(&step(&request, "decline"), &json!({ "reason": "not_known" }));
    let late = decline.on(request.revision()).send().await.problem(409, "pull_request_settled");
    assert_eq!((&late.json()["state"], &late.json()["by"]), (&json!("lapsed"), &json!("safar")));
    for worker in [GALABA, SHYMKENT] {
        assert_eq!(told(&app, worker, "pull_request_lapsed").await, 1, "{worker}");
    }
    let shown = galaba.get(request.header("location")).send().await.expect(200).json();
    assert_eq!((&shown["state"], &shown["commands"]), (&json!("lapsed"), &json!([])));
    asked(&app, &person).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_nobody_touches_is_ended_by_the_timer_and_by_two_timers_once() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    asked(&app, &person(&app).await).await;
    let head = app.head().await;
    app.clock.advance(SignedDuration::from_hours(14 * 24));
    let (stop, stopped) = watch::channel(false);
    let timer = || tokio::spawn(bring_about_what_is_due(app.app.clone(), stopped.clone()));
    let timers = [timer(), timer()];
    app.app.store.wait_for(Position::from(head + 1), Duration::from_secs(30)).await?;
    stop.send(true)?;
    for timer in timers {
        timer.await?;
    }
    assert_eq!(app.head().await, head + 1);
    assert_eq!(told(&app, GALABA, "pull_request_lapsed").await, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_a_request_does_not_tell_whether_they_know_the_person() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let person = person(&app).await;
    // Galaba has a case of somebody with the same name; the other organisation has nobody.
    scene::opened(&app).await;
    let shymkent = app.as_(SHYMKENT);
    let mut answers = Vec::new();
    for of in ["ngo-galaba", "ngo-chashma"] {
        let answer = shymkent.post("/v1/pull-requests", &body(&person, of)).send().await.expect(201);
        app.settle().await;
        let mut shown = shymkent.get(answer.header("location")).send().await.expect(200).json();
        let view = shown.as_object_mut().unwrap();
        view.retain(|name, _| !["id", "of"].contains(&name.as_str()));
        let mut said = answer.json();
        said["id"].take();
        answers.push((said, shown));
    }
    assert_eq!(answers[0], answers[1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_without_the_patient_or_for_a_person_one_does_not_know() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let own = person(&app).await;
    let foreign = scene::opened(&app).await.person;
    let unchanged = Unchanged::from_here(&app).await;
    let shymkent = app.as_(SHYMKENT);
    let mut alone = body(&own, "ngo-galaba");
    alone["patient_agreed"] = json!(false);
    unchanged
        .refuses(shymkent.post("/v1/pull-requests", &alone), 422, "patient_agreement_missing", "alone")
        .await;
    let ask = |person: &str| shymkent.post("/v1/pull-requests", &body(person, "ngo-galaba"));
    let (absent, hidden) = (ask(NOBODY).send().await, ask(&foreign).send().await);
    unchanged.refused(&absent, 404, "not_found", "nobody").await;
    assert_eq!(seen(&hidden), seen(&absent));
    let nobody = shymkent.post("/v1/pull-requests", &body(&own, "ngo-nobody"));
    unchanged.refuses(nobody, 422, "organisation_unknown", "no organisation").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_counts_once_and_another_one_waits_for_its_answer() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let person = person(&app).await;
    let shymkent = app.as_(SHYMKENT);
    let key = app.app.ids.mint().to_string();
    let ask = || shymkent.post("/v1/pull-requests", &body(&person, "ngo-galaba"));
    let first = ask().key(&key).send().await.expect(201);
    app.settle().await;
    let unchanged = Unchanged::from_here(&app).await;
    let again = ask().key(&key).send().await.expect(201);
    assert_eq!((again.id(), again.revision()), (first.id(), first.revision()));
    unchanged.refuses(ask(), 409, "pull_request_open", "the same person again").await;
    let withdraw = shymkent.post(&step(&first, "withdraw"), &json!({})).on(first.revision());
    withdraw.send().await.expect(200);
    assert_eq!(told(&app, GALABA, "pull_request_withdrawn").await, 1);
    ask().send().await.expect(201);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_answered_with_nothing_but_a_live_handoff_to_the_asker() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (person, handoff) = (person(&app).await, offered(&app).await);
    let other = scene::opened(&app).await;
    let request = asked(&app, &person).await;
    let unchanged = Unchanged::from_here(&app).await;
    let answer = |body: &Value| app.as_(GALABA).post(&step(&request, "answer"), body).on(request.revision());
    for (case, handoff) in [
        (&json!(other.case), &handoff["handoff"]),
        (&json!(NOBODY), &handoff["handoff"]),
        (&handoff["case"], &json!(NOBODY)),
    ] {
        let wrong = json!({ "case": case, "handoff": handoff });
        unchanged.refuses(answer(&wrong), 409, "pull_request_needs_offer", "no such offer").await;
    }
    answer(&handoff).send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_others_is_hidden_and_the_steps_of_the_other_side_are_refused() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let request = asked(&app, &person(&app).await).await;
    let unchanged = Unchanged::from_here(&app).await;
    let stranger = app.as_(STRANGER);
    let hidden = stranger.get(request.header("location")).send().await;
    let absent = stranger.get(&format!("/v1/pull-requests/{NOBODY}")).send().await;
    unchanged.refused(&absent, 404, "not_found", "nothing").await;
    assert_eq!(seen(&hidden), seen(&absent));
    assert_eq!(stranger.get("/v1/pull-requests").send().await.expect(200).json()["items"], json!([]));
    let decline = json!({ "reason": "not_known" });
    let by = |worker: &str, name: &str, body: &Value| {
        app.as_(worker).post(&step(&request, name), body).on(request.revision())
    };
    unchanged.refuses(by(STRANGER, "decline", &decline), 404, "not_found", "a stranger").await;
    unchanged.refuses(by(SHYMKENT, "decline", &decline), 409, "pull_request_not_yours", "the asker").await;
    unchanged.refuses(by(GALABA, "withdraw", &json!({})), 409, "pull_request_not_yours", "the asked").await;
    by(GALABA, "decline", &decline).send().await.expect(200);
    assert_eq!(told(&app, SHYMKENT, "pull_request_declined").await, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_asked_reads_the_person_and_does_nothing_else_with_them() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (person, own) = (person(&app).await, scene::opened(&app).await);
    asked(&app, &person).await;
    let galaba = app.as_(GALABA);
    let read = galaba.get(&format!("/v1/persons/{person}")).send().await.expect(200);
    let unchanged = Unchanged::from_here(&app).await;
    let correct = galaba.post(&format!("/v1/persons/{person}/corrections"), &scene::description("Ганиев"));
    unchanged.refuses(correct.on(read.revision()), 404, "not_found", "a correction").await;
    let link = json!({ "other": own.person, "reason": "same_document" });
    let link = galaba.post(&format!("/v1/persons/{person}/links"), &link).on(read.revision());
    unchanged.refuses(link, 404, "not_found", "a link").await;
    unchanged.refuses(galaba.post("/v1/cases", &scene::opening(&person)), 404, "not_found", "a case").await;
    for worker in [STRANGER, "tb-kz-almaty-1"] {
        app.as_(worker).get(&format!("/v1/persons/{person}")).send().await.problem(404, "not_found");
    }
    Ok(())
}
