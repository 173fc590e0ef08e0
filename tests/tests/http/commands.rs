//! What is said of a command that the rules refuse: its code, and what may be done instead.

use safar_api::routes::{Kind, all};
use safar_domain::{actor::Role, case::CaseCommand, policy};
use safar_tests::http::{Engine, TestApp};
use serde_json::json;

use crate::{
    minimal::{Minimal, address},
    scene::{self, GALABA, SHYMKENT, note, offer},
    unchanged::Unchanged,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_command_is_told_what_may_be_done_now() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let close = galaba.post(&opened.path("/close"), &json!({ "reason": "no_need_found" }));
    let closed = close.on(opened.revision).send().await.expect(200);
    let unchanged = Unchanged::from_here(&app).await;
    let screened = json!({ "on": "2026-05-04", "chest_xray": "normal" });
    let refused = galaba.post(&opened.path("/screenings"), &screened).on(closed.revision()).send().await;
    unchanged.refused(&refused, 409, "case_closed", "a screening of a closed case").await;
    let allowed = refused.json()["allowed"].clone();
    assert_eq!(allowed, json!(["add_note", "record_death", "reopen_case"]), "{}", refused.text());
    app.settle().await;
    let shown = galaba.get(&opened.path("")).send().await.expect(200).json();
    let mut commands = shown["commands"].as_array().cloned().unwrap_or_default();
    commands.sort_by_key(ToString::to_string);
    assert_eq!(json!(commands), allowed, "reading and refusing name different commands");
    galaba.post(&opened.path("/reopen"), &json!({})).on(closed.revision()).send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_allowed_is_for_the_role_that_asks() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    scene::handed_over(&app, &opened).await;
    for worker in [GALABA, scene::OUTREACH, SHYMKENT] {
        let support = json!({ "kind": "food", "on": "2026-06-04" });
        let refused = app.as_(worker).post(&opened.path("/support"), &support).on_any().send().await;
        assert!(matches!(refused.status, 409 | 422), "{worker}: {}", refused.text());
        let allowed = refused.json()["allowed"].as_array().cloned().unwrap_or_default();
        let role = if worker == SHYMKENT {
            Role::TbClinician
        } else if worker == GALABA {
            Role::SocialWorker
        } else {
            Role::OutreachWorker
        };
        assert!(!allowed.is_empty(), "{worker}");
        for name in allowed {
            let name = name.as_str().unwrap_or_default().to_owned();
            assert!(CaseCommand::NAMES.contains(&name.as_str()), "{name}");
            assert!(policy::permits(role, policy::of_command(&name)), "{worker} is offered {name}");
        }
    }
    Ok(())
}

pub(crate) async fn a_step_out_of_turn_is_refused_with_a_code_of_its_own(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let handoff = scene::offered(&app, &opened).await;
    let (galaba, shymkent) = (app.as_(GALABA), app.as_(SHYMKENT));
    let step = |step: &str| opened.path(&format!("/handoffs/{}/{step}", handoff.id()));
    let again = galaba.post(&opened.path("/handoffs"), &offer()).on(handoff.revision());
    let again = again.send().await.expect(409);
    let complete = json!({ "care": "first_visit", "on": "2026-05-04" });
    let early = shymkent.post(&step("complete"), &complete).on(handoff.revision()).send().await.expect(409);
    let own = json!({ "duplicate_check": "none_found" });
    let own = galaba.post(&step("accept"), &own).on(handoff.revision()).send().await.expect(409);
    for refused in [again, early, own] {
        let problem = refused.json();
        assert_ne!(problem["code"], "refused", "{problem}");
        let page = app
            .anonymously()
            .get(problem["type"].as_str().expect("it is well formed"))
            .send()
            .await
            .expect(200);
        assert_eq!(page.json()["code"], problem["code"]);
        assert!(problem["allowed"].is_array(), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{problem}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_smallest_body_of_each_schema_is_understood() -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::sqlite().await?, Minimal::new());
    let opened = scene::opened(&app).await;
    let ids =
        [("case", opened.case.as_str()), ("person", opened.person.as_str()), ("organisation", "ngo-galaba")];
    let workers = [
        (Role::SocialWorker, GALABA),
        (Role::TbClinician, SHYMKENT),
        (Role::Administrator, scene::ADMINISTRATOR),
        (Role::Auditor, scene::AUDITOR),
        (Role::HivClinician, "hc-kz-aktobe-1"),
    ];
    for row in all().iter().filter(|row| matches!(row.kind, Kind::Command(_))) {
        let worker = workers.into_iter().find(|(role, _)| policy::permits(*role, row.action));
        let who = app.as_(worker.expect("somebody may").1);
        let path = address(row, &ids).replace("/workers/0190a", "/workers/sw-0190a");
        let answer = minimal.request(&who, row, &path).send().await;
        let understood =
            !matches!(answer.status, 400 | 415) && answer.code() != "invalid_values" && answer.status < 500;
        assert!(understood, "{} does not take {}: {}", row.name, minimal.body(row), answer.text());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_says_which_events_were_recorded() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let answer =
        app.as_(GALABA).post(&opened.path("/notes"), &note("A note.")).on_any().send().await.expect(200);
    let expected = json!({ "revision": opened.revision + 1, "recorded": ["case.note-added.v1"] });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.revision(), opened.revision + 1);
    let offered = scene::offered(&app, &opened).await;
    assert_eq!(offered.header("location"), format!("/v1/handoffs/{}", offered.id()));
    app.as_(GALABA).get(offered.header("location")).send().await.expect(200);
    Ok(())
}
