//! A command counts once, however often it is sent.

use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::{
    scene::{self, GALABA, OUTREACH, SHYMKENT, description, note, offer, opening},
    unchanged::Unchanged,
};

/// What two answers to one command must share.
fn outcome(answer: &Answer) -> (u16, Value, String, String) {
    let header = |name| answer.header(name).to_owned();
    (answer.status, answer.json(), header("etag"), header("location"))
}

pub(crate) async fn the_same_command_again_has_the_same_outcome_and_no_new_event(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let galaba = app.as_(GALABA);
    let person = galaba.post("/v1/persons", &description("Раҳимов"));
    let first = person.clone().send().await.expect(201);
    app.settle().await;
    let open = galaba.post("/v1/cases", &opening(&first.id()));
    let opened = open.clone().send().await.expect(201);
    let path = |rest: &str| format!("/v1/cases/{}{rest}", opened.id());
    let noted = galaba.post(&path("/notes"), &note("First visit.")).on(opened.revision());
    let recorded = noted.clone().send().await.expect(200);
    assert_eq!(recorded.json()["recorded"], json!(["case.note-added.v1"]));
    let unchanged = Unchanged::from_here(&app).await;
    for (again, first) in [(person, first), (open, opened), (noted, recorded)] {
        let again = again.send().await;
        assert_eq!(outcome(&again), outcome(&first));
        unchanged.kept(&again, "the same command").await;
    }
    Ok(())
}

pub(crate) async fn a_repeated_command_keeps_its_outcome_when_the_state_has_moved_on(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let close =
        galaba.post(&opened.path("/close"), &json!({ "reason": "no_need_found" })).on(opened.revision);
    let closed = close.clone().send().await.expect(200);
    galaba.post(&opened.path("/reopen"), &json!({})).on(closed.revision()).send().await.expect(200);
    galaba.post(&opened.path("/notes"), &note("Still here.")).on_any().send().await.expect(200);
    let unchanged = Unchanged::from_here(&app).await;
    // The revision it names is long stale, and its own closing has been undone since.
    assert_eq!(outcome(&close.clone().send().await), outcome(&closed));
    let spaced = br#"{ "reason" : "no_need_found" }"#.to_vec();
    assert_eq!(outcome(&close.clone().body(spaced).send().await), outcome(&closed));
    app.clock.advance(jiff::SignedDuration::from_hours(24 * 365));
    let much_later = close.header("authorization", &format!("Bearer {}", app.as_(GALABA).token()));
    let again = much_later.send().await;
    assert_eq!(outcome(&again), outcome(&closed));
    unchanged.kept(&again, "a year later").await;
    Ok(())
}

pub(crate) async fn a_key_with_another_body_or_address_is_refused(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let (one, other) = (scene::opened(&app).await, scene::opened(&app).await);
    let galaba = app.as_(GALABA);
    let first = galaba.post(&one.path("/notes"), &note("One."));
    let first = first.key("0190a000-0000-7000-8000-00000000000a").on_any();
    first.clone().send().await.expect(200);
    let unchanged = Unchanged::from_here(&app).await;
    let elsewhere = |path: &str, body: &Value| {
        galaba.post(path, body).key("0190a000-0000-7000-8000-00000000000a").on_any()
    };
    let asks = [
        (first.clone().json(&note("Another.")), "another body"),
        (elsewhere(&other.path("/notes"), &note("One.")), "another case"),
        (elsewhere(&one.path("/support"), &json!({ "kind": "food", "on": "2026-05-04" })), "another command"),
        (first.clone().header("safar-occurred-at", "2026-05-03"), "another time"),
        (elsewhere("/v1/persons", &description("Ганиев")).without("if-match"), "another stream"),
    ];
    for (ask, what) in asks {
        unchanged.refuses(ask, 422, "idempotency_key_reused", what).await;
    }
    // Another worker may have thought of the same key.
    let key = "0190a000-0000-7000-8000-00000000000a";
    app.as_(OUTREACH).post(&one.path("/notes"), &note("Mine.")).key(key).on_any().send().await.expect(200);
    Ok(())
}

pub(crate) async fn sixteen_at_once_under_one_key_record_one_event(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let before = app.head().await;
    let ask = app.as_(GALABA).post(&opened.path("/notes"), &note("Once.")).on_any();
    let mut asking = Vec::new();
    for _ in 0..16 {
        asking.push(ask.clone().send());
    }
    let answers = futures_util::future::join_all(asking).await;
    for answer in &answers {
        assert_eq!(outcome(answer), outcome(&answers[0]), "{}", answer.text());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(app.head().await, before + 1);
    Ok(())
}

pub(crate) async fn an_answer_that_nobody_heard_is_learnt_by_sending_again(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let (path, body) = (opened.path("/notes"), note("Once.").to_string());
    let before = app.head().await;
    for number in 1..=5 {
        let key = format!("0190a000-0000-7000-8000-00000000010{number}");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {key}\r\nIf-Match: any\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            app.host(),
            app.as_(GALABA).token(),
            body.len()
        );
        let mut unheard = tokio::net::TcpStream::connect(app.host()).await?;
        unheard.write_all(request.as_bytes()).await?;
        let began = std::time::Instant::now();
        while app.head().await < before + number {
            assert!(began.elapsed().as_secs() < 30, "it is not recorded");
        }
        // What has come is thrown away with the connection.
        drop(unheard);
        let again = app.as_(GALABA).post(&path, &note("Once.")).on_any().key(&key).send().await.expect(200);
        assert_eq!(again.json()["recorded"], json!(["case.note-added.v1"]));
        assert_eq!(app.head().await, before + number, "once");
    }
    Ok(())
}

pub(crate) async fn a_key_is_one_uuid_and_is_there(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let ask = app.as_(GALABA).post(&opened.path("/notes"), &note("Never.")).on_any();
    let unchanged = Unchanged::from_here(&app).await;
    unchanged.refuses(ask.clone().without("idempotency-key"), 400, "idempotency_key_missing", "no key").await;
    let twice = ask.clone().also("idempotency-key", "0190a000-0000-7000-8000-00000000000b");
    unchanged.refuses(twice, 400, "duplicate_header", "two keys").await;
    for bad in
        ["", "1", "MARKERq7Zt", "0190a000000070008000000000000000", "0190a000-0000-7000-8000-00000000000g"]
    {
        unchanged.refuses(ask.clone().key(bad), 400, "idempotency_key_invalid", "no UUID").await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_of_a_created_thing_follows_from_worker_and_key() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let key = "0190a000-0000-7000-8000-00000000000c";
    let register = |worker: &str| app.as_(worker).post("/v1/persons", &description("Раҳимов")).key(key);
    let id = register(GALABA).send().await.expect(201);
    let expected = safar_api::ids::Ids::derive(GALABA, key.parse()?, "created").to_string();
    assert_eq!(
        (id.id(), id.header("location")),
        (expected.clone(), format!("/v1/persons/{expected}").as_str())
    );
    assert_ne!(register(OUTREACH).send().await.expect(201).id(), expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_command_is_asked_for_its_rights_again() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let ask = app.as_(GALABA).post(&opened.path("/notes"), &note("Before.")).on_any();
    ask.clone().send().await.expect(200);
    let demoted = json!({ "organisation": "ngo-chashma", "role": "social_worker" });
    let path = format!("/v1/directory/workers/{GALABA}");
    app.as_(scene::ADMINISTRATOR).put(&path, &demoted).send().await.expect(200);
    app.settle().await;
    ask.send().await.problem(404, "not_found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_leaves_its_key_free() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let offer = galaba.post(&opened.path("/handoffs"), &offer());
    let refused = offer.clone().on(opened.revision).send().await;
    assert_eq!(refused.code(), "consent_missing", "{}", refused.text());
    scene::offered(&app, &opened).await;
    let handoff = offer.clone().on(opened.revision).send().await;
    handoff.problem(409, "handoff_live");
    app.as_(SHYMKENT).get("/v1/handoffs").send().await.expect(200);
    Ok(())
}
