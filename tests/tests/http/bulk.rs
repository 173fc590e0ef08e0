//! An organisation closes and offers all its cases at once.

use std::collections::BTreeSet;

use safar_tests::http::{Answer, As, Engine, TestApp};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    scene::{self, GALABA, SHYMKENT, STRANGER, description, opening},
    sync::{id, key, results, statuses},
    unchanged::Unchanged,
};

/// Cases of Galaba with a consent each, recorded in one batch.
async fn cases(app: &TestApp, count: u32) -> Vec<String> {
    let galaba = app.as_(GALABA);
    let person = galaba.post("/v1/persons", &description("Раҳимов")).send().await.expect(201).id();
    app.settle().await;
    let consent = json!({
        "given": true, "purpose": "continuity_of_care", "recipients": [{ "country": "KZ" }],
        "data_classes": ["identity", "contact", "support", "tb"], "valid_from": "2026-05-01",
        "form_version": "care-2026-01",
    });
    // The registrar may open cases of a person until others have heard of one, so all are opened in one batch.
    let commands: Vec<Value> = (0..count)
        .flat_map(|number| {
            let case = key(2 * number);
            [
                json!({ "key": case, "command": "open_case", "body": opening(&person) }),
                json!({ "key": key(2 * number + 1), "command": "record_consent", "case": case, "body": consent }),
            ]
        })
        .collect();
    let done = results(&galaba, &commands).await;
    assert_eq!(statuses(&done), vec![201; commands.len()], "{:?}", done.last());
    app.settle().await;
    done.iter().step_by(2).map(|result| id(result).to_owned()).collect()
}

fn offer(cases: &[String]) -> Value {
    json!({ "cases": cases, "to": "kz-tb-shymkent", "programmes": ["support"], "urgency": "routine" })
}

async fn send(who: &As<'_>, number: u32, body: &Value) -> Answer {
    who.post("/v1/handoffs:bulk", body).key(&key(number)).send().await
}

fn results_of(answer: &Answer) -> Vec<Value> {
    answer.json()["results"].as_array().cloned().unwrap_or_default()
}

/// The handoffs that Shymkent has been offered, by page.
async fn offered(app: &TestApp) -> BTreeSet<String> {
    app.settle().await;
    let mut found = BTreeSet::new();
    let mut path = "/v1/handoffs?direction=incoming&limit=200".to_owned();
    loop {
        let page = app.as_(SHYMKENT).get(&path).send().await.expect(200).json();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        found.extend(items.iter().map(|item| id(item).to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { return found };
        path = format!("/v1/handoffs?direction=incoming&limit=200&cursor={cursor}");
    }
}

pub(crate) async fn two_hundred_cases_are_offered_at_once_and_again_without_harm(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let cases = cases(&app, 200).await;
    let galaba = app.as_(GALABA);
    let first = send(&galaba, 9_000, &offer(&cases)).await.expect(200);
    let done = results_of(&first);
    assert_eq!(statuses(&done), [201; 200]);
    let named: Vec<_> = done.iter().filter_map(|result| result["case"].as_str()).collect();
    assert_eq!(named, cases);
    let handoffs = offered(&app).await;
    assert_eq!(handoffs, done.iter().map(|result| id(result).to_owned()).collect());
    let unchanged = Unchanged::from_here(&app).await;
    let again = send(&galaba, 9_000, &offer(&cases)).await;
    unchanged.kept(&again, "the same again").await;
    assert_eq!(results_of(&again), done);
    let anew = send(&galaba, 9_001, &offer(&cases)).await;
    unchanged.kept(&anew, "the same under a new key").await;
    assert!(results_of(&anew).iter().all(|result| result["problem"]["code"] == "handoff_live"));
    Ok(())
}

pub(crate) async fn an_offer_of_many_that_breaks_off_is_finished_by_sending_it_again(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let cases = cases(&app, 100).await;
    let (before, galaba) = (app.head().await, app.as_(GALABA));
    let body = offer(&cases).to_string();
    let head = format!(
        "POST /v1/handoffs:bulk HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nidempotency-key: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        app.host(),
        galaba.token(),
        key(9_000),
        body.len()
    );
    let mut caller = TcpStream::connect(app.host()).await?;
    caller.write_all(format!("{head}{body}").as_bytes()).await?;
    app.app.store.wait_for((before + 1).into(), std::time::Duration::from_secs(30)).await?;
    drop(caller);
    let answer = send(&galaba, 9_000, &offer(&cases)).await.expect(200);
    assert_eq!(statuses(&results_of(&answer)), [201; 100]);
    assert_eq!(offered(&app).await.len(), 100);
    assert_eq!(app.head().await, before + 100);
    Ok(())
}

pub(crate) async fn each_case_of_an_offer_has_a_result_of_its_own(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let good = cases(&app, 1).await.remove(0);
    let without_consent = scene::opened(&app).await.case;
    let mixed = [good, without_consent, crate::minimal::NOBODY.to_owned()];
    let galaba = app.as_(GALABA);
    let done = results_of(&send(&galaba, 9_000, &offer(&mixed)).await.expect(200));
    assert_eq!(statuses(&done), [201, 409, 404], "{done:?}");
    assert_eq!(done[1]["problem"]["code"], "consent_missing");
    let unchanged = Unchanged::from_here(&app).await;
    let other_words = {
        let mut body = offer(&mixed[..1]);
        body["urgency"] = json!("infectious");
        body
    };
    let reused = send(&galaba, 9_000, &other_words).await;
    unchanged.kept(&reused, "the key of another offer").await;
    assert_eq!(results_of(&reused)[0]["problem"]["code"], "idempotency_key_reused");
    let stranger = send(&app.as_(STRANGER), 9_000, &offer(&mixed)).await;
    unchanged.kept(&stranger, "a stranger's offer").await;
    assert_eq!(statuses(&results_of(&stranger)), [404; 3]);
    send(&app.as_(scene::OUTREACH), 9_000, &offer(&mixed)).await.problem(403, "forbidden");
    for cases in [vec![], vec![mixed[0].clone(); 501]] {
        unchanged
            .refused(&send(&galaba, 9_002, &offer(&cases)).await, 422, "invalid_values", "a length")
            .await;
    }
    Ok(())
}
