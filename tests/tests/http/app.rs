//! The test app itself: a test that leaves something undone fails when its app ends.

use safar_event_store::{Append, CommandKey, NewEvent, Revision, StreamId, StreamWrite};
use safar_tests::http::{Engine, TestApp, beginning};

use crate::scene;

/// Appends one event of this name behind the back of the rulebooks.
async fn append(app: &TestApp, stream: StreamId, event_type: &str, payload: &str) {
    let (id, opened) = (app.app.ids.mint(), app.app.store.revision(&stream).await.expect("the log answers"));
    let metadata = r#"{"actor":{"worker":"w","organisation":"o","country":"TJ","role":"auditor"},"precision":"instant","offset_seconds":0,"correlation_id":"0190a000-0000-7000-8000-000000000001","causation_id":"0190a000-0000-7000-8000-000000000001"}"#;
    let event = NewEvent {
        event_id: id,
        event_type: event_type.to_owned(),
        occurred_at: beginning(),
        payload: payload.into(),
        metadata: metadata.into(),
    };
    let write = StreamWrite { stream, expected: opened, events: vec![event] };
    let command = CommandKey { actor: "w".to_owned(), id };
    app.app
        .store
        .append(Append { command, fingerprint: [0; 32], writes: vec![write] })
        .await
        .expect("appended");
}

/// Whether the end of the app fails its test.
fn complains(app: TestApp) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(app))).is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_in_order_ends_in_silence() -> anyhow::Result<()> {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::on(engine).await?;
        scene::opened(&app).await;
        assert!(!complains(app), "{engine:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_can_read_is_not_left_behind() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    append(&app, StreamId::new("case", &opened.case), "case.never-was.v1", "{}").await;
    assert!(complains(app));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_which_nobody_answers_is_not_left_behind() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let stream = StreamId::new("case", &opened.case);
    assert_eq!(app.app.store.revision(&stream).await?, Revision::from(opened.revision));
    append(&app, stream, "case.responsibility-closed.v1", r#"{"programme":"support"}"#).await;
    assert!(complains(app));
    Ok(())
}
