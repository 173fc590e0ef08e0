//! Who is told of what, and how little of it leaves the house.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};

use crate::scene::{self, GALABA, SHYMKENT, STRANGER};

const ACCEPT: fn() -> Value = || json!({ "duplicate_check": "none_found" });
const DECLINE: fn() -> Value = || json!({ "reason": "no_capacity", "suggestion": null });

/// What this worker's organisation was told, oldest first.
async fn told(app: &TestApp, worker: &str) -> Vec<String> {
    app.settle().await;
    let page = app.as_(worker).get("/v1/notices?order=oldest_first&limit=200").send().await.expect(200);
    topics(&page)
}

fn topics(page: &Answer) -> Vec<String> {
    let items = page.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["about"].as_str().map(str::to_owned)).collect()
}

async fn bell(app: &TestApp, worker: &str, query: &str) -> Answer {
    app.settle().await;
    app.as_(worker).get(&format!("/v1/notices/bell?{query}")).send().await.expect(200)
}

pub(crate) async fn each_side_is_told_what_the_other_did_and_nobody_else_is(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let offer = scene::offered(&app, &opened).await;
    assert_eq!(told(&app, SHYMKENT).await, ["handoff_offered"]);
    let decline = opened.path(&format!("/handoffs/{}/decline", offer.id()));
    app.as_(SHYMKENT).post(&decline, &DECLINE()).on(offer.revision()).send().await.expect(200);
    assert_eq!(told(&app, GALABA).await, ["handoff_declined"]);
    assert_eq!(told(&app, SHYMKENT).await, ["handoff_offered"], "who acted is not told");
    assert_eq!(told(&app, STRANGER).await, [""; 0]);
    let notices = app.as_(GALABA).get("/v1/notices").send().await.expect(200).json();
    let notice = &notices["items"][0];
    assert_eq!((&notice["case"], &notice["subject"]), (&json!(opened.case), &json!(offer.id())));
    let fields: BTreeSet<_> = notice.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(["about", "at", "case", "subject", "text"]));
    Ok(())
}

pub(crate) async fn an_offer_that_nobody_answers_is_told_to_both_sides(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let offer = scene::offered(&app, &opened).await;
    app.clock.advance(SignedDuration::from_hours(73));
    let accept = opened.path(&format!("/handoffs/{}/accept", offer.id()));
    let late = app.as_(SHYMKENT).post(&accept, &ACCEPT()).on(offer.revision()).send().await;
    late.problem(409, "handoff_expired");
    assert_eq!(told(&app, GALABA).await, ["handoff_expired"]);
    assert_eq!(told(&app, SHYMKENT).await, ["handoff_offered", "handoff_expired"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_keeps_its_position_reads_each_notice_once() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    scene::handed_over(&app, &opened).await;
    let galaba = app.as_(GALABA);
    let first = galaba.get("/v1/notices").send().await.expect(200);
    assert_eq!(topics(&first), ["patient_arrived", "handoff_accepted"], "the latest first");
    let since = |mark: &Answer| format!("/v1/notices?after={}", mark.header("safar-position"));
    let second = galaba.get(&since(&first)).send().await.expect(200);
    assert_eq!(topics(&second), [""; 0]);
    let dead = json!({ "on": "2026-05-04", "cause": "unknown", "source": "hospital" });
    app.as_(SHYMKENT).post(&opened.path("/death"), &dead).on_any().send().await.expect(200);
    app.settle().await;
    let other = scene::opened(&app).await;
    let handoff = scene::offered(&app, &other).await;
    let accept = other.path(&format!("/handoffs/{}/accept", handoff.id()));
    app.as_(SHYMKENT).post(&accept, &ACCEPT()).on(handoff.revision()).send().await.expect(200);
    app.settle().await;
    let third = galaba.get(&since(&second)).send().await.expect(200);
    assert_eq!(
        topics(&third),
        ["handoff_accepted"],
        "who has handed a patient over is told no more of every step"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_are_read_in_pages_in_either_order_and_by_what_they_are_about() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    for _ in 0..3 {
        let opened = scene::opened(&app).await;
        scene::handed_over(&app, &opened).await;
    }
    let galaba = app.as_(GALABA);
    let mut both = Vec::new();
    for order in ["oldest_first", "newest_first"] {
        let mut path = format!("/v1/notices?order={order}&about=patient_arrived&limit=1");
        let mut cases = Vec::new();
        loop {
            let page = galaba.get(&path).send().await.expect(200);
            assert!(topics(&page).iter().all(|about| about == "patient_arrived"));
            cases.extend(page.json()["items"][0]["case"].as_str().map(str::to_owned));
            let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else { break };
            path = format!("/v1/notices?order={order}&about=patient_arrived&limit=1&cursor={cursor}");
        }
        assert_eq!(cases.len(), 3);
        both.push(cases);
    }
    both[1].reverse();
    assert_eq!(both[0], both[1]);
    galaba.get("/v1/notices?about=nothing").send().await.problem(400, "invalid_query");
    galaba.get("/v1/notices?after=1").send().await.problem(400, "position_invalid");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_rings_the_same_whatever_came_and_is_still_when_nothing_did() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let silence = bell(&app, SHYMKENT, "lang=ru").await;
    assert_eq!(silence.json(), json!({ "update": false, "text": null }));
    let offer = scene::offered(&app, &opened).await;
    let mark = |answer: &Answer| format!("after={}", answer.header("safar-position"));
    let of_an_offer = bell(&app, SHYMKENT, &mark(&silence)).await;
    assert_eq!(of_an_offer.json(), json!({ "update": true, "text": "You have an update." }));
    let consent = app.as_(GALABA).get(&opened.path("")).send().await.expect(200).json();
    let consent = consent["consents"][0]["id"].as_str().unwrap().to_owned();
    let withdraw = opened.path(&format!("/consents/{consent}/withdraw"));
    app.as_(GALABA).post(&withdraw, &json!({})).on(offer.revision()).send().await.expect(200);
    let of_its_end = bell(&app, SHYMKENT, &mark(&of_an_offer)).await;
    assert_eq!(shown(&of_its_end), shown(&of_an_offer));
    assert_eq!(bell(&app, SHYMKENT, &mark(&of_its_end)).await.json()["update"], false);
    let sentences: BTreeSet<_> = ["en", "ru", "tg", "kk"].into_iter().map(str::to_owned).collect();
    let mut said = BTreeSet::new();
    for lang in &sentences {
        said.insert(bell(&app, SHYMKENT, &format!("lang={lang}")).await.json()["text"].to_string());
    }
    assert_eq!(said.len(), sentences.len());
    app.as_(SHYMKENT).get("/v1/notices/bell?lang=de").send().await.problem(400, "invalid_query");
    Ok(())
}

/// An answer without the position, which differs each time.
fn shown(answer: &Answer) -> (u16, String, usize) {
    (answer.status, answer.text(), answer.header("safar-position").len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_hears_the_bell_of_its_own_organisation_only() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    scene::offered(&app, &opened).await;
    assert_eq!(bell(&app, "in-tj-register", "").await.json()["update"], false);
    app.as_("in-tj-register").get("/v1/notices").send().await.problem(403, "forbidden");
    assert_eq!(bell(&app, SHYMKENT, "").await.json()["update"], true);
    Ok(())
}
