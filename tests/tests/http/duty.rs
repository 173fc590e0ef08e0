//! Duty from outside: who is on leave opens nothing of patients, and what was done before is received.

use anyhow::Result;
use safar_tests::http::TestApp;
use serde_json::json;

use crate::scene::{ADMINISTRATOR, GALABA, SHYMKENT, note, opened};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_on_leave_opens_nothing_of_patients_and_works_again_afterwards() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = opened(&app).await;
    let leave = |leave| {
        let path = format!("/v1/directory/workers/{GALABA}/leave");
        app.as_(ADMINISTRATOR).post(&path, &json!({ "leave": leave }))
    };
    let galaba = app.as_(GALABA);
    let absent = "/v1/cases/0190a000-0000-7000-8000-00000000dead";
    leave(json!({ "from": "2026-05-04", "until": "2026-05-03" })).send().await.problem(422, "leave_dates");
    leave(json!({ "from": "2026-05-04", "until": "2026-05-08" })).send().await.expect(200);
    app.settle().await;
    for path in [case.path("").as_str(), absent, "/v1/cases", "/v1/worklist", "/v1/notices"] {
        galaba.get(path).send().await.problem(403, "off_duty");
    }
    galaba.post(&case.path("/notes"), &note("Seen.")).on_any().send().await.problem(403, "off_duty");
    for path in ["/v1/me", "/v1/directory/organisations"] {
        galaba.get(path).send().await.expect(200);
    }
    app.as_(SHYMKENT).get("/v1/cases").send().await.expect(200);
    leave(json!(null)).send().await.expect(200);
    app.settle().await;
    galaba.get(&case.path("")).send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_offline_is_judged_by_the_day_on_which_it_was_done() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = opened(&app).await;
    let path = format!("/v1/directory/workers/{GALABA}/leave");
    let away = json!({ "leave": { "from": "2026-05-04", "until": "2026-05-08" } });
    app.as_(ADMINISTRATOR).post(&path, &away).send().await.expect(200);
    app.settle().await;
    let command = |day: &str| {
        json!({
            "key": app.app.ids.mint(), "command": "add_note", "case": case.case, "if_match": "any",
            "occurred_at": day, "body": note("Rang from the train."),
        })
    };
    let batch = json!({ "commands": [command("2026-05-03"), command("2026-05-04")] });
    let answer = app.as_(GALABA).ask("POST", "/v1/sync").json(&batch).send().await.expect(200).json();
    let statuses = [&answer["results"][0]["status"], &answer["results"][1]["status"]];
    assert_eq!(statuses, [&json!(200), &json!(403)], "{answer}");
    assert_eq!(answer["results"][1]["problem"]["code"], json!("off_duty"));
    Ok(())
}
