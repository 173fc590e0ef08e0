//! Whether a refused request has left the log as it was, and has kept to itself what it was sent.

use safar_tests::http::{Answer, Ask, TestApp};

use crate::{logs, scene};

/// A text that no answer may repeat.
pub(crate) const MARKER: &str = "MARKERq7Zt";

/// The head of the log, to be compared after each refusal.
pub(crate) struct Unchanged<'a> {
    app: &'a TestApp,
    head: u64,
}

impl<'a> Unchanged<'a> {
    /// From here on nothing may be recorded.
    pub(crate) async fn from_here(app: &'a TestApp) -> Self {
        logs::keep();
        Self { app, head: app.head().await }
    }

    /// Sends a request that must be refused with this status and this code, and leave nothing behind.
    pub(crate) async fn refuses(&self, ask: Ask<'_>, status: u16, code: &str, what: &str) {
        let answer = ask.send().await;
        self.refused(&answer, status, code, what).await;
    }

    /// As [`Unchanged::refuses`], for an answer that has come.
    pub(crate) async fn refused(&self, answer: &Answer, status: u16, code: &str, what: &str) {
        let said = format!("{what}: {} {}", answer.status, answer.text());
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{said}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{said}");
        self.kept(answer, what).await;
    }

    /// The answer is no failure of the server, nothing is repeated there or logged, and no event was recorded.
    pub(crate) async fn kept(&self, answer: &Answer, what: &str) {
        assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text());
        assert!(!answer.text().contains(MARKER), "{what} is repeated: {}", answer.text());
        let repeated =
            answer.headers.values().any(|value| value.to_str().is_ok_and(|text| text.contains(MARKER)));
        assert!(!repeated, "{what} is repeated in a header");
        assert_eq!(self.app.head().await, self.head, "{what} has left an event");
        assert!(!logs::contain(MARKER), "{what} is in the log of the process");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_sees_an_event_an_echo_and_another_status() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(scene::GALABA);
    let note = |text: &str| galaba.post(&opened.path("/notes"), &scene::note(text)).on_any();
    let unchanged = Unchanged::from_here(&app).await;
    let refused = note("").send().await;
    unchanged.refused(&refused, 422, "note_length", "an empty note").await;
    assert!(fails(unchanged.refused(&refused, 400, "note_length", "another status")).await);
    let mut echo = refused.clone();
    echo.body = refused.text().replace("A note", MARKER).into_bytes();
    assert!(fails(unchanged.refused(&echo, 422, "note_length", "an echo")).await);
    note("Recorded.").send().await.expect(200);
    assert!(fails(unchanged.refused(&refused, 422, "note_length", "an event")).await);
    Ok(())
}

/// Whether the check panics; its words are kept from the output of a test that passes.
async fn fails(check: impl Future<Output = ()>) -> bool {
    let mut check = Box::pin(check);
    let poll = std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check.as_mut().poll(context)));
        match polled {
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Ok(std::task::Poll::Ready(())) => std::task::Poll::Ready(false),
            Err(_) => std::task::Poll::Ready(true),
        }
    });
    poll.await
}
