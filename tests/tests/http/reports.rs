//! What the reports tell, and to whom.

use safar_tests::http::TestApp;
use serde_json::{Value, json};

use crate::{
    scene::{self, AUDITOR, GALABA, SHYMKENT, STRANGER},
    unchanged::{MARKER, Unchanged},
};

const COORDINATOR: &str = "co-iom-dushanbe";

async fn report(app: &TestApp, worker: &str, query: &str) -> Value {
    app.as_(worker).get(&format!("/v1/reports/handoffs{query}")).send().await.expect(200).json()
}

/// So many handoffs from Farkhor to Shymkent that have arrived on the day of the offer; their ids and those of the cases.
async fn handed_over(app: &TestApp, times: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..times {
        let opened = scene::opened(app).await;
        ids.push(scene::handed_over(app, &opened).await);
        ids.push(opened.case);
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_counts_steps_losses_and_days() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    handed_over(&app, 1).await;
    scene::offered(&app, &scene::opened(&app).await).await;
    let declined = scene::opened(&app).await;
    let offer = scene::offered(&app, &declined).await;
    let decline = declined.path(&format!("/handoffs/{}/decline", offer.id()));
    let decline = app.as_(SHYMKENT).post(&decline, &json!({ "reason": "no_capacity" }));
    decline.on(offer.revision()).send().await.expect(200);
    app.settle().await;
    let found = report(&app, GALABA, "?by=destination").await;
    assert_eq!((&found["from"], &found["until"]), (&json!("2025-06-01"), &json!("2026-06-01")));
    let total = &found["total"];
    assert_eq!((&total["offered"], &total["live"]), (&json!(3), &json!(1)));
    assert_eq!(total["lost"], json!({ "declined": 1 }));
    let share =
        |numerator: u64, denominator: u64| json!({ "numerator": numerator, "denominator": denominator });
    let steps = ["acknowledged", "accepted", "departed", "arrived"];
    assert!(steps.into_iter().all(|step| total["steps"][step] == share(1, 3)), "{total}");
    assert_eq!(total["care"]["outcome_known"], share(0, 0), "support alone awaits no outcome");
    let interval =
        |n, days: Value| json!({ "n": n, "lower_quartile": days, "median": days, "upper_quartile": days });
    assert_eq!(total["intervals"]["offered_to_arrived"], interval(1, json!(0)));
    assert_eq!(total["intervals"]["departed_to_arrived"], interval(0, Value::Null));
    assert_eq!(found["groups"], json!([{ "key": { "organisation": "kz-tb-shymkent" }, "figures": total }]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_keyed_by_place_organisation_and_period() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    handed_over(&app, 1).await;
    for (by, key) in [
        ("countries", json!({ "places": { "origin": "TJ", "destination": "KZ" } })),
        ("regions", json!({ "places": { "origin": "TJ-KT", "destination": "KZ-79" } })),
        ("origin", json!({ "organisation": "ngo-galaba" })),
        ("destination", json!({ "organisation": "kz-tb-shymkent" })),
        ("month", json!({ "period": "2026-05" })),
        ("quarter", json!({ "period": "2026-Q2" })),
    ] {
        let found = report(&app, AUDITOR, &format!("?by={by}")).await;
        assert_eq!(found["groups"], json!([{ "key": key, "figures": found["total"] }]), "{by}");
    }
    assert_eq!(report(&app, AUDITOR, "").await["groups"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_narrowed_by_time_place_and_organisation() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    handed_over(&app, 1).await;
    for (narrowed, found) in [
        ("from=2026-05-04&until=2026-05-05", 1),
        ("from=2026-05-05", 0),
        ("until=2026-05-04", 0),
        ("origin_region=TJ-KT&destination_region=KZ", 1),
        ("origin_region=KZ", 0),
        ("destination_region=KZ-75", 0),
        ("organisation=ngo-galaba", 1),
        ("organisation=kz-tb-shymkent", 1),
        ("organisation=kz-tb-almaty", 0),
    ] {
        let said = report(&app, AUDITOR, &format!("?{narrowed}")).await;
        assert_eq!(said["total"]["offered"], found, "{narrowed}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_counts_what_their_organisation_has_a_side_in() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    handed_over(&app, 2).await;
    for (worker, query, found) in [
        (GALABA, "", 2),
        (SHYMKENT, "", 2),
        (STRANGER, "", 0),
        (STRANGER, "?organisation=ngo-galaba", 0),
        (GALABA, "?organisation=kz-tb-shymkent", 2),
        (GALABA, "?organisation=ngo-chashma", 0),
        (AUDITOR, "?organisation=ngo-galaba", 2),
    ] {
        assert_eq!(report(&app, worker, query).await["total"]["offered"], found, "{worker} {query}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coordinator_learns_nothing_of_a_few_and_no_id_of_any() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut ids = handed_over(&app, 4).await;
    let few = report(&app, COORDINATOR, "?by=origin").await;
    assert_eq!((&few["total"], &few["groups"]), (&Value::Null, &json!([])));
    assert_eq!(report(&app, AUDITOR, "").await["total"]["offered"], 4);
    ids.extend(handed_over(&app, 1).await);
    let enough = report(&app, COORDINATOR, "?by=origin").await;
    assert_eq!(enough["total"]["offered"], 5);
    assert_eq!(enough["total"]["intervals"]["offered_to_arrived"]["median"], 0);
    let text = enough.to_string();
    assert!(ids.iter().all(|id| !text.contains(id)), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coordinator_sees_no_quartiles_of_a_few_and_whole_months_only() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    handed_over(&app, 1).await;
    for _ in 0..4 {
        scene::offered(&app, &scene::opened(&app).await).await;
    }
    let days = |report: Value| report["total"]["intervals"]["offered_to_arrived"].clone();
    let (coarse, exact) = (report(&app, COORDINATOR, "").await, report(&app, AUDITOR, "").await);
    let (coarse, exact) = (days(coarse), days(exact));
    assert_eq!((&coarse["n"], &coarse["median"]), (&json!(1), &Value::Null));
    assert_eq!((&exact["n"], &exact["median"]), (&json!(1), &json!(0)));
    let unchanged = Unchanged::from_here(&app).await;
    for query in ["from=2026-05-02&until=2026-06-01", "from=2026-05-01&until=2026-05-05"] {
        let path = format!("/v1/reports/handoffs?{query}");
        unchanged.refuses(app.as_(COORDINATOR).get(&path), 400, "invalid_query", query).await;
        app.as_(AUDITOR).get(&path).send().await.expect(200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_of_nothing_that_there_is_is_refused() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let unchanged = Unchanged::from_here(&app).await;
    for query in [
        "from=2026-06-01&until=2026-06-01",
        "from=2026-06-01&until=2026-05-01",
        "until=2026-02-30",
        "from=yesterday",
        "by=patient",
        "by=",
        "origin_region=TJ-XX",
        "destination_region=nowhere",
        "organisation=%27",
        "case=1",
        &format!("from={MARKER}"),
    ] {
        let ask = app.as_(GALABA).get(&format!("/v1/reports/handoffs?{query}"));
        unchanged.refuses(ask, 400, "invalid_query", query).await;
    }
    Ok(())
}
