//! A stored event that is not what was stored.

use anyhow::{Context as _, Result, ensure};
use safar_tests::http::{Engine, TestApp};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::scene;

/// Puts a row behind the newest one of a stream that is like it, and so not the event of its leaf.
async fn damage(app: &TestApp, stream: &str) -> Result<()> {
    let insert = |table: &str, [event, command]: [&str; 2]| {
        AssertSqlSafe(format!(
            "INSERT INTO {table} (position, stream, revision, event_id, event_type, occurred_at, recorded_at, actor, command_id, \
             ordinal, fingerprint, metadata, payload, leaf_hash) SELECT (SELECT max(position) + 1 FROM {table}), stream, revision + 1, {event}, event_type, \
             occurred_at, (SELECT max(recorded_at) FROM {table}), actor, {command}, ordinal, fingerprint, metadata, payload, \
             leaf_hash FROM {table} WHERE stream = '{stream}' ORDER BY revision DESC LIMIT 1"
        ))
    };
    let ids = ["000102030405060708090a0b0c0d0e0f", "f00102030405060708090a0b0c0d0e0f"];
    if let Some(database) = app.database() {
        let ids = ids.map(|id| format!("'{id}'::uuid"));
        let insert = insert("safar_log.event", [&ids[0], &ids[1]]);
        sqlx::raw_sql(insert).execute(&mut database.owner().await?).await?;
    } else {
        let ids = ids.map(|id| format!("x'{id}'"));
        let file = app.folder().join("log.sqlite");
        let mut beside = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await?;
        sqlx::raw_sql(insert("event", [&ids[0], &ids[1]])).execute(&mut beside).await?;
        beside.close().await?;
    }
    Ok(())
}

pub(crate) async fn a_damaged_event_is_an_integrity_error_and_holds_up_its_own_stream_alone(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let (hurt, other) = (scene::opened(&app).await, scene::opened(&app).await);
    let stream = format!("case-{}", hurt.case);
    damage(&app, &stream).await?;
    let galaba = app.as_(scene::GALABA);
    let note = |case: &scene::Opened| case.path("/notes");
    if engine == Engine::Sqlite {
        // It learns only by its next write that somebody else has written into its file.
        galaba.post(&note(&other), &scene::note("not yet")).on_any().send().await.expect(500);
    }
    galaba.post(&note(&other), &scene::note("goes on")).on_any().send().await.expect(200);
    app.settle().await;
    let parked = app.app.models.parked().await?;
    ensure!(parked.len() == 1 && parked[0].stream.as_str() == stream, "{parked:?}");
    assert_eq!(parked[0].revision.get(), hurt.revision + 1);

    let head = app.head().await;
    let refused = galaba.post(&note(&hurt), &scene::note("cannot be said")).on_any().send().await;
    refused.problem(500, "integrity_error");
    let now = app.clock.now();
    app.clock.advance(jiff::SignedDuration::from_mins(1));
    let then = hurt.path(&format!("/responsibility?as_of={now}"));
    galaba.get(&then).send().await.problem(500, "integrity_error");
    assert_eq!(app.head().await, head, "nothing is added behind what is damaged");

    galaba.get(&other.path("")).send().await.expect(200);
    let lines = galaba.get(&other.path("/timeline")).send().await.expect(200).text();
    ensure!(lines.contains("goes on"), "{lines}");
    galaba.post(&note(&other), &scene::note("and on")).on_any().send().await.expect(200);
    app.settle().await;
    let shown = app.app.models.case(hurt.case.parse()?).await?.context("as it was before")?;
    assert_eq!(shown.revision.get(), hurt.revision);
    app.leave();
    Ok(())
}
