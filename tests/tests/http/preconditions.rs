//! `If-Match`: a decision names the revision it was made on.

use safar_api::routes::{Kind, Precondition, all};
use safar_domain::{actor::Role, policy};
use safar_tests::http::{Engine, TestApp};
use serde_json::json;

use crate::{
    minimal::{Minimal, address},
    scene::{self, GALABA, OUTREACH, note},
    unchanged::Unchanged,
};

pub(crate) async fn a_command_on_what_exists_names_one_strong_revision(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let galaba = app.as_(GALABA);
    let asks = [
        galaba.post(&opened.path("/notes"), &note("Never.")),
        galaba.post(&opened.path("/close"), &json!({ "reason": "no_need_found" })),
        galaba.post(&format!("/v1/persons/{}/corrections", opened.person), &scene::description("Ганиев")),
    ];
    let max = u64::MAX.to_string();
    for ask in asks {
        unchanged.refuses(ask.clone(), 428, "if_match_missing", "no revision").await;
        for bad in [
            "*",
            "W/\"2\"",
            "2",
            "\"2",
            "\"\"",
            "\"-1\"",
            "\"+2\"",
            "\"02\"",
            "\"2\", \"3\"",
            "\"MARKERq7Zt\"",
            "Any",
        ] {
            unchanged.refuses(ask.clone().header("if-match", bad), 400, "if_match_invalid", bad).await;
        }
        unchanged
            .refuses(ask.clone().header("if-match", &format!("\"{max}\"")), 400, "if_match_invalid", "max")
            .await;
        let twice = ask.clone().on(opened.revision).also("if-match", "\"2\"");
        unchanged.refuses(twice, 400, "duplicate_header", "two revisions").await;
        unchanged.refuses(ask.clone().on(0), 412, "stale_revision", "the past").await;
        unchanged.refuses(ask.clone().on(9_000), 412, "stale_revision", "the future").await;
    }
    Ok(())
}

pub(crate) async fn a_stale_revision_is_refused_and_a_commuting_fact_is_rebased(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let (galaba, outreach) = (app.as_(GALABA), app.as_(OUTREACH));
    let add = |text: &str| galaba.post(&opened.path("/notes"), &note(text));
    add("First.").on(opened.revision).send().await.expect(200);
    let unchanged = Unchanged::from_here(&app).await;
    let stale = add("Second.").on(opened.revision).send().await;
    unchanged.refused(&stale, 412, "stale_revision", "a stale revision").await;
    assert_eq!(stale.json()["revision"], opened.revision + 1);
    let (mine, yours) = (add("Third."), outreach.post(&opened.path("/notes"), &note("Fourth.")));
    let (mine, yours) = futures_util::future::join(mine.on_any().send(), yours.on_any().send()).await;
    let mut revisions = [mine.expect(200).revision(), yours.expect(200).revision()];
    revisions.sort_unstable();
    assert_eq!(revisions, [opened.revision + 2, opened.revision + 3]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_is_taken_exactly_where_facts_commute() -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::sqlite().await?, Minimal::new());
    let opened = scene::opened(&app).await;
    let ids = [("case", opened.case.as_str()), ("person", opened.person.as_str())];
    let workers = [(Role::SocialWorker, GALABA), (Role::TbClinician, scene::SHYMKENT)];
    for row in all() {
        let Kind::Command(precondition) = row.kind else { continue };
        let Some((_, worker)) = workers.into_iter().find(|(role, _)| policy::permits(*role, row.action))
        else {
            continue;
        };
        let answer = minimal.request(&app.as_(worker), &row, &address(&row, &ids)).on_any().send().await;
        let refused = answer.code() == "if_match_invalid";
        assert_eq!(refused, precondition == Precondition::Revision, "{}: {}", row.name, answer.text());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_decided_before_the_clock_struck_is_not_stale_unless_somebody_else_came_between()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let accept = |case: &scene::Opened, handoff: &str, revision: u64| {
        let path = case.path(&format!("/handoffs/{handoff}/accept"));
        app.as_(scene::SHYMKENT).post(&path, &json!({ "duplicate_check": "none_found" })).on(revision)
    };
    let (one, other) = (scene::opened(&app).await, scene::opened(&app).await);
    let (first, second) = (scene::offered(&app, &one).await, scene::offered(&app, &other).await);
    app.as_(GALABA).post(&other.path("/notes"), &note("Between.")).on_any().send().await.expect(200);
    app.clock.advance(jiff::SignedDuration::from_hours(73));
    let late = accept(&one, &first.id(), first.revision()).send().await.expect(409);
    assert_ne!(late.code(), "stale_revision", "{}", late.text());
    accept(&other, &second.id(), second.revision()).send().await.problem(409, "handoff_expired");
    let close = app.as_(GALABA).post(&other.path("/close"), &json!({ "reason": "no_need_found" }));
    close.on(second.revision()).send().await.problem(412, "stale_revision");
    app.settle().await;
    let shown = app.as_(GALABA).get(&format!("/v1/handoffs/{}", first.id())).send().await.expect(200);
    assert_eq!(shown.json()["state"], "expired");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_overtaken_on_a_handoff_is_told_by_whom_and_who_was_not_only_that_the_state_is_another()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let offer = scene::offered(&app, &opened).await;
    let step = |step: &str| opened.path(&format!("/handoffs/{}/{step}", offer.id()));
    let withdraw = app.as_(GALABA).post(&step("withdraw"), &json!({ "reason": "plans_changed" }));
    let withdraw = withdraw.on(offer.revision());
    app.as_(GALABA).post(&opened.path("/notes"), &note("Between.")).on_any().send().await.expect(200);
    withdraw.clone().send().await.problem(412, "stale_revision");
    let accept = app.as_(scene::SHYMKENT).post(&step("accept"), &json!({ "duplicate_check": "none_found" }));
    accept.on(offer.revision() + 1).send().await.expect(200);
    let late = withdraw.send().await.problem(409, "handoff_already_moved").json();
    assert_eq!((&late["state"], &late["by"]), (&json!("accepted"), &json!("kz-tb-shymkent")));
    assert!(late["at"].as_str().is_some_and(|at| late["detail"].as_str().unwrap().contains(at)), "{late}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_commuting_facts_at_once_are_all_recorded() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let before = app.head().await;
    let asks =
        (0..64).map(|_| app.as_(GALABA).post(&opened.path("/notes"), &note("One of many.")).on_any().send());
    let mut revisions = std::collections::BTreeSet::new();
    for answer in futures_util::future::join_all(asks).await {
        revisions.insert(answer.expect(200).revision());
    }
    assert_eq!((revisions.len(), app.head().await), (64, before + 64));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_decide_on_one_revision_one_is_told_to_look_again() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let close = |reason: &str| {
        let close = app.as_(GALABA).post(&opened.path("/close"), &json!({ "reason": reason }));
        close.on(opened.revision).send()
    };
    let (one, other) = futures_util::future::join(close("no_need_found"), close("person_declined")).await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses[1], 412, "{} {}", one.text(), other.text());
    assert!(statuses[0] == 200, "{} {}", one.text(), other.text());
    Ok(())
}
