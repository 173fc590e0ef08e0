//! A step that changes custody and comes too late is never silent: it is kept until somebody settles it.

use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    scene::{self, GALABA, Opened, SHYMKENT, STRANGER, note},
    sync::{key, on_case, results, send, statuses},
    unchanged::Unchanged,
};

/// An acceptance in Shymkent of what was offered, on this revision.
fn acceptance(opened: &Opened, handoff: &str, revision: u64) -> Value {
    let body = json!({ "duplicate_check": "none_found" });
    let mut accept = on_case(1, ("accept_handoff", &opened.case), json!(revision), body);
    accept["part"] = json!(handoff);
    accept["occurred_at"] = json!("2026-05-04T08:00:00+05:00");
    accept
}

/// An offer that Galaba takes back before Shymkent is heard of again, and the acceptance that was on its way.
async fn overtaken(app: &TestApp) -> (Opened, Value) {
    let opened = scene::opened(app).await;
    let offer = scene::offered(app, &opened).await;
    let withdraw = opened.path(&format!("/handoffs/{}/withdraw", offer.id()));
    let withdraw = app.as_(GALABA).post(&withdraw, &json!({ "reason": "plans_changed" }));
    withdraw.on(offer.revision()).send().await.expect(200);
    let accept = acceptance(&opened, &offer.id(), offer.revision());
    (opened, accept)
}

async fn listed(app: &TestApp, worker: &str, query: &str) -> Vec<Value> {
    app.settle().await;
    let answer = app.as_(worker).get(&format!("/v1/conflicts{query}")).send().await.expect(200);
    answer.json()["items"].as_array().cloned().unwrap_or_default()
}

/// A conflict of Shymkent that Galaba hears of.
pub(crate) async fn kept(app: &TestApp) -> String {
    let (_, accept) = overtaken(app).await;
    let id = conflict(&results(&app.as_(SHYMKENT), &[accept]).await);
    app.settle().await;
    id
}

/// The conflict that a batch of one has made.
fn conflict(results: &[Value]) -> String {
    results[0]["conflict"].as_str().unwrap_or_else(|| panic!("no conflict in {results:?}")).to_owned()
}

pub(crate) async fn an_acceptance_taken_offline_after_the_withdrawal_is_kept_as_a_conflict(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let (opened, accept) = overtaken(&app).await;
    let answer = send(&app.as_(SHYMKENT), std::slice::from_ref(&accept)).await.expect(200);
    let done = answer.json()["results"].as_array().cloned().unwrap_or_default();
    assert_eq!((statuses(&done), &done[0]["problem"]["code"]), (vec![409], &json!("handoff_already_moved")));
    let id = conflict(&done);
    let own = format!("/v1/conflicts/{id}?min_position={}", answer.header("safar-position"));
    let shown = app.as_(SHYMKENT).get(&own).send().await.expect(200).json();
    assert_eq!((&shown["case"], &shown["state"]), (&json!(opened.case), &json!("open")));
    assert_eq!(shown["attempt"], json!({ "command": "accept_handoff" }));
    assert_eq!(shown["occurred_at"], "2026-05-04T03:00:00Z");
    assert_eq!(
        (&shown["winner"]["state"], &shown["winner"]["by"]),
        (&json!("withdrawn"), &json!("ngo-galaba"))
    );
    assert_eq!((&shown["worker"], &shown["organisation"]), (&json!(SHYMKENT), &json!("kz-tb-shymkent")));
    for (worker, count, commands) in
        [(SHYMKENT, 1, json!(["resolve_conflict"])), (GALABA, 1, json!([])), (STRANGER, 0, json!(null))]
    {
        let seen = listed(&app, worker, "?state=open").await;
        assert_eq!(seen.len(), count, "{worker}");
        assert_eq!(seen.first().map_or(json!(null), |one| one["commands"].clone()), commands, "{worker}");
    }
    app.as_(STRANGER).get(&format!("/v1/conflicts/{id}")).send().await.problem(404, "not_found");
    let unchanged = Unchanged::from_here(&app).await;
    let again = send(&app.as_(SHYMKENT), &[accept]).await;
    unchanged.kept(&again, "the same step again").await;
    assert_eq!(again.json()["results"][0]["conflict"], json!(id));
    Ok(())
}

pub(crate) async fn a_conflict_is_settled_once_by_those_whose_step_it_was(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let id = kept(&app).await;
    let path = format!("/v1/conflicts/{id}/resolve");
    let resolve = |worker: &str, resolution: &str| {
        app.as_(worker).post(&path, &json!({ "resolution": resolution, "reason": "overtaken" })).on(1)
    };
    resolve(STRANGER, "dismissed").send().await.problem(404, "not_found");
    resolve(GALABA, "dismissed").send().await.problem(409, "conflict_not_yours");
    let dismissed = resolve(SHYMKENT, "dismissed");
    dismissed.clone().send().await.expect(200);
    let outcome = |answer: &Answer| (answer.status, answer.json());
    assert_eq!(
        outcome(&dismissed.clone().send().await),
        (200, json!({ "revision": 2, "recorded": ["conflict.resolved.v1"] }))
    );
    resolve(SHYMKENT, "redone").on(2).send().await.problem(409, "conflict_settled");
    assert_eq!(listed(&app, GALABA, "?state=open").await.len(), 0);
    let settled = listed(&app, GALABA, "?state=resolved").await;
    assert_eq!(settled[0]["settled"]["resolution"], "dismissed");
    assert_eq!(settled[0]["settled"]["worker"], SHYMKENT);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_counts_when_it_is_sent_again_settles_its_own_conflict() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let offer = scene::offered(&app, &opened).await;
    let noted =
        app.as_(GALABA).post(&opened.path("/notes"), &note("Called.")).on_any().send().await.expect(200);
    let shymkent = app.as_(SHYMKENT);
    let stale = acceptance(&opened, &offer.id(), offer.revision());
    let first = results(&shymkent, &[stale]).await;
    assert_eq!(statuses(&first), [412]);
    assert_eq!(listed(&app, SHYMKENT, "?state=open").await[0]["id"], json!(conflict(&first)));
    let fresh = acceptance(&opened, &offer.id(), noted.revision());
    assert_eq!(statuses(&results(&shymkent, &[fresh]).await), [200]);
    assert_eq!(listed(&app, SHYMKENT, "?state=open").await, Vec::<Value>::new());
    let settled = &listed(&app, SHYMKENT, "").await[0]["settled"];
    assert_eq!((&settled["resolution"], &settled["reason"]), (&json!("redone"), &json!("carried_out")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_of_a_patient_whom_another_organisation_has_is_a_conflict() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, accept) = overtaken(&app).await;
    let body = json!({ "on": "2026-05-04", "identity_check": "document" });
    let mut arrive = on_case(2, ("arrive_patient", &opened.case), json!("any"), body);
    arrive["part"] = accept["part"].clone();
    let done = results(&app.as_(SHYMKENT), &[arrive]).await;
    assert_eq!(done[0]["problem"]["code"], "handoff_already_moved", "{done:?}");
    let kept = listed(&app, GALABA, "").await;
    assert_eq!(kept[0]["id"], json!(conflict(&done)));
    let attempt = json!({ "command": "arrive_patient", "on": "2026-05-04", "identity_check": "document" });
    assert_eq!(kept[0]["attempt"], attempt);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_that_is_refused_makes_a_conflict() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, accept) = overtaken(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let case = opened.case.as_str();
    let claim = json!({
        "key": key(2), "command": "claim_patient",
        "body": { "on": "2026-05-04", "by": { "handoff": accept["part"] } },
    });
    let malformed = {
        let mut command = accept.clone();
        command["body"] = json!({});
        command
    };
    let mine = {
        let mut command = accept.clone();
        command["if_match"] = json!(opened.revision + 3);
        command
    };
    let stale = on_case(3, ("close_case", case), json!(1), json!({ "reason": "no_need_found" }));
    let batches = [
        (SHYMKENT, malformed, 400),
        (GALABA, mine, 409),
        (GALABA, stale, 412),
        (STRANGER, claim, 404),
        (STRANGER, accept, 404),
    ];
    for (worker, command, status) in batches {
        let answer = send(&app.as_(worker), std::slice::from_ref(&command)).await;
        let result = &answer.json()["results"][0];
        assert_eq!(
            (&result["status"], &result["conflict"]),
            (&json!(status), &Value::Null),
            "{worker} {command}"
        );
        unchanged.kept(&answer, "a refused command").await;
    }
    assert_eq!(listed(&app, GALABA, "").await, Vec::<Value>::new());
    Ok(())
}
