//! Connections that take their time: they are ended, and others are served meanwhile.

use std::time::{Duration, Instant};

use safar_tests::http::{Answer, Engine, Settings, TestApp};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{interval, timeout},
};

use crate::{
    scene::{self, GALABA},
    unchanged::Unchanged,
};

/// Far more than the second that the settings allow, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// An app that gives the head and the body of a request a second each.
async fn hurried(engine: Engine, connections: usize) -> anyhow::Result<TestApp> {
    let mut settings = Settings::on(engine);
    (settings.limits.head_seconds, settings.limits.body_seconds) = (1, 1);
    settings.limits.connections = connections;
    TestApp::start(settings).await
}

async fn connected(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.host()).await.expect("the server listens")
}

/// What is answered to somebody who sends a text and then one byte after the other, until the server has had enough.
async fn drip(app: &TestApp, begin: &str, byte: u8) -> String {
    let (mut reading, mut writing) = connected(app).await.into_split();
    writing.write_all(begin.as_bytes()).await.expect("the head is taken");
    let dripping = async {
        let mut every = interval(Duration::from_millis(100));
        loop {
            every.tick().await;
            if writing.write_all(&[byte]).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        _cut_short = timeout(PATIENCE, reading.read_to_end(&mut answer)) => (),
        () = dripping => (),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) async fn a_head_that_comes_byte_by_byte_is_not_waited_for(engine: Engine) -> anyhow::Result<()> {
    let app = hurried(engine, 100).await?;
    let (began, unchanged) = (Instant::now(), Unchanged::from_here(&app).await);
    let answer = drip(&app, "GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ", b'a').await;
    assert!(began.elapsed() < PATIENCE, "the connection was left open");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    app.as_(GALABA).get("/v1/me").send().await.expect(200);
    let me = app.as_(GALABA).get("/v1/me").send().await;
    unchanged.kept(&me, "a slow head").await;
    Ok(())
}

pub(crate) async fn a_body_that_comes_byte_by_byte_is_not_waited_for(engine: Engine) -> anyhow::Result<()> {
    let app = hurried(engine, 100).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\nIf-Match: any\r\n\
         Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{\"text\":\"",
        opened.path("/notes"),
        app.host(),
        app.as_(GALABA).token(),
        app.app.ids.mint()
    );
    let answer = drip(&app, &head, b'a').await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("problem+json"), "{answer}");
    unchanged.kept(&app.as_(GALABA).get("/v1/me").send().await, "a slow body").await;
    Ok(())
}

pub(crate) async fn connections_that_say_nothing_are_closed_and_others_served(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = hurried(engine, 4).await?;
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(connected(&app).await);
    }
    let served: Answer = timeout(PATIENCE, app.as_(GALABA).get("/v1/me").send()).await?;
    served.expect(200);
    let first = idle.first_mut().expect("there are many");
    let closed = timeout(PATIENCE, first.read_to_end(&mut Vec::new())).await;
    assert!(closed.is_ok(), "an idle connection stays open");
    Ok(())
}

/// Somebody who asks for much and makes hardly any room for it.
async fn thirsty(app: &TestApp) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    let mut stream = socket.connect(app.host().parse()?).await?;
    let request = format!("GET /openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", app.host());
    stream.write_all(request.repeat(12).as_bytes()).await?;
    Ok(stream)
}

/// Whether somebody else is served while these read a byte at a time.
async fn served_beside(app: &TestApp, readers: &mut [TcpStream], patience: Duration) -> bool {
    let dripping = async {
        let mut every = interval(Duration::from_millis(100));
        loop {
            every.tick().await;
            for reader in &mut *readers {
                let _closed_or_a_byte = timeout(Duration::from_millis(1), reader.read_u8()).await;
            }
        }
    };
    tokio::select! {
        answer = timeout(patience, app.as_(GALABA).get("/v1/me").send()) => answer.is_ok_and(|answer| answer.status == 200),
        () = dripping => false,
    }
}

pub(crate) async fn who_reads_an_answer_byte_by_byte_is_not_written_to_for_ever(
    engine: Engine,
) -> anyhow::Result<()> {
    for (write_seconds, served) in [(1, true), (3600, false)] {
        let mut settings = Settings::on(engine);
        (settings.limits.connections, settings.limits.write_seconds) = (1, write_seconds);
        let app = TestApp::start(settings).await?;
        let mut readers = Vec::new();
        // One for each of the threads that serve, and one to spare.
        for _ in 0..3 {
            readers.push(thirsty(&app).await?);
        }
        for reader in &mut readers[..2] {
            timeout(PATIENCE, reader.read_u8()).await??;
        }
        let patience = if served { PATIENCE } else { Duration::from_secs(4) };
        // The control: without the limit they would hold their places.
        assert_eq!(served_beside(&app, &mut readers, patience).await, served, "{write_seconds} s");
    }
    Ok(())
}

pub(crate) async fn methods_that_nobody_needs_open_no_tunnel_and_echo_nothing(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = hurried(engine, 100).await?;
    for request in
        ["CONNECT evil.example:443", "TRACE /v1/me", "PROPFIND /v1/me", "TRACK /v1/me", "DEBUG /v1/me"]
    {
        let line = format!(
            "{request} HTTP/1.1\r\nHost: {}\r\nX-Mark: MARKERq7Zt\r\nConnection: close\r\n\r\n",
            app.host()
        );
        let answer = app.raw(line.as_bytes()).await.expect("an answer");
        assert!(matches!(answer.status, 400 | 404 | 405), "{request}: {}", answer.status);
        assert!(!answer.text().contains("MARKERq7Zt"), "{request}");
    }
    Ok(())
}

pub(crate) async fn lines_that_two_servers_could_read_differently_end_the_connection(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = hurried(engine, 100).await?;
    let host = app.host();
    let hidden = format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for (what, head) in [
        ("a folded line", "X-Folded: a\r\n b\r\n".to_owned()),
        ("a space before the colon", "X-Space : a\r\n".to_owned()),
        ("a carriage return in a value", "X-Bare: a\rb\r\n".to_owned()),
        ("a zero in a value", "X-Zero: a\0b\r\n".to_owned()),
        ("two encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".to_owned()),
        ("another encoding last", "Transfer-Encoding: chunked, gzip\r\n".to_owned()),
        ("a list of lengths", "Content-Length: 0, 5\r\n".to_owned()),
        ("a negative length", "Content-Length: -1\r\n".to_owned()),
        ("two hosts", format!("Host: {host}\r\n")),
    ] {
        let request = format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\n{head}\r\n{hidden}");
        let answer = app.raw(request.as_bytes()).await;
        let alone = answer.as_ref().is_none_or(|answer| !answer.text().contains("HTTP/1.1"));
        let refused = answer.is_none_or(|answer| matches!(answer.status, 400 | 401));
        assert!(refused && alone, "{what}: a second request was answered");
    }
    Ok(())
}
