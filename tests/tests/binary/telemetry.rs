//! What a server says about itself: in its log, on its metrics page, to a collector. Never about a person.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result, ensure};
use safar_api::auth::DevIssuer;
use safar_tests::binary::{Installation, Running, client, token};
use serde_json::Value;

use crate::asking::{Chance, Command, Worker, note, open, register};

/// What must not be found anywhere: names and numbers that nobody else has, and a name that a client puts into an address.
const SEEDED: [&str; 5] = ["Шоҳназарқулова", "Shohnazarqulova", "+992907654321", "907654321", "Guliston-47"];
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector of one's own: keeps what is posted to it.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Vec<Posted>>>);

/// Where to, and what.
type Posted = (String, Vec<u8>);

impl Collector {
    /// Listens on a free port until the process ends.
    pub(crate) fn start() -> Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let collector = Self::default();
        let kept = collector.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = kept.clone();
                std::thread::spawn(move || while kept.take(&stream).is_ok() {});
            }
        });
        Ok((collector, address))
    }

    fn take(&self, stream: &TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            ensure!(reader.read_line(&mut line)? > 0, "closed");
            if line.trim().is_empty() {
                break;
            }
            head.push(line.to_ascii_lowercase());
        }
        let path = head.first().and_then(|line| line.split(' ').nth(1)).context("no path")?.to_owned();
        let length =
            head.iter().find_map(|line| line.strip_prefix("content-length:")).context("no length")?;
        let mut body = vec![0; length.trim().parse()?];
        reader.read_exact(&mut body)?;
        ensure!(
            !head.iter().any(|line| line.starts_with("content-encoding")),
            "compressed: nothing would be found"
        );
        self.0.lock().expect("no reader panics").push((path, body));
        let mut stream = stream;
        Ok(stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        )?)
    }

    /// What was posted there.
    pub(crate) fn bodies(&self, path: &str) -> Vec<Vec<u8>> {
        let kept = self.0.lock().expect("no writer panics");
        kept.iter().filter(|(to, _)| to == path).map(|(_, body)| body.clone()).collect()
    }
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

/// Which of the seeded texts, or of the tokens, stand in there.
fn found(body: &[u8], secrets: &[String]) -> Vec<String> {
    let seeded = SEEDED.iter().map(|text| (*text).to_owned());
    seeded.chain(secrets.iter().cloned()).filter(|text| contains(body, text.as_bytes())).collect()
}

/// Names and numbers in every place where a client can put them: bodies that pass and that do not, paths, queries, headers.
async fn walk(server: &Running, worker: &Worker, token: &str) -> Result<()> {
    let (mut chance, base) = (Chance(3), server.address.as_str());
    let person = worker.send(base, &register(chance.key(), SEEDED[0], &[SEEDED[2]])).await?.id()?;
    let case = worker.send(base, &open(chance.key(), &person)).await?.id()?;
    worker
        .send(base, &note(chance.key(), &case, &format!("{} {}", SEEDED[0], SEEDED[3])))
        .await?
        .success()?;
    let mut unreadable = register(chance.key(), SEEDED[0], &[SEEDED[2]]);
    unreadable.body["citizenship"] = Value::from(SEEDED[0]);
    unreadable.body[SEEDED[1]] = Value::from(SEEDED[3]);
    ensure!(worker.send(base, &unreadable).await?.status == 400);
    let impossible = register(chance.key(), SEEDED[0], &[SEEDED[2], "1"]);
    ensure!(worker.send(base, &impossible).await?.status == 422);
    for path in [
        format!("/v1/persons/{}", SEEDED[1]),
        format!("/v1/cases?name={}", SEEDED[1]),
        format!("/v1/worklist?list={}", SEEDED[4]),
        format!("/{}/{}", SEEDED[4], SEEDED[3]),
        format!("/v1/persons/{person}"),
        format!("/v1/cases/{case}/timeline?cursor={}", SEEDED[4]),
    ] {
        worker.get(base, &path).await?;
    }
    let misplaced = Command { if_match: Some(SEEDED[1].to_owned()), ..note(chance.key(), &case, SEEDED[1]) };
    ensure!(worker.send(base, &misplaced).await?.status == 400);
    let traced = client()
        .get(format!("{base}/v1/me"))
        .bearer_auth(token)
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .header("user-agent", SEEDED[1])
        .header("x-request-id", SEEDED[4]);
    ensure!(traced.send().await?.status() == 200);
    Ok(())
}

/// A server in service that tells its collector everything, also how it is.
async fn telling(issuer: &DevIssuer, endpoint: &str) -> Result<(Installation, Running)> {
    let node = Installation::new()?
        .in_service(issuer)
        .set("TELEMETRY__OTLP_ENDPOINT", endpoint)
        .set("TELEMETRY__METRICS_INTERVAL_SECONDS", "1");
    node.describe_directory()?;
    let server = node.start(&["serve"]).await?;
    Ok((node, server))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_metrics_and_traces_arrive_and_say_nothing_about_a_person() -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let (collector, endpoint) = Collector::start()?;
    let (_node, mut server) = telling(&issuer, &endpoint).await?;
    let token = token(&issuer, "sw-galaba");
    let secrets = [token.clone(), token.rsplit('.').next().context("a signature")?.to_owned()];
    let worker = Worker::new("sw-galaba", token.as_str());
    walk(&server, &worker, &token).await?;
    let metrics = client().get(format!("{}/metrics", server.operations)).send().await?.text().await?;
    ensure!(server.stop().await?.success(), "{}", server.log()?);

    let log = server.log()?;
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))?;
        ensure!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
    ensure!(
        log.contains("/v1/cases/{case}/notes") || log.contains("notes.add"),
        "requests are not logged: {log}"
    );
    ensure!(found(log.as_bytes(), &secrets).is_empty(), "in the log: {:?}", found(log.as_bytes(), &secrets));
    ensure!(found(metrics.as_bytes(), &secrets).is_empty(), "in the metrics");
    ensure!(metrics.contains("/v1/cases/{case}/notes"), "requests are not counted by route: {metrics}");

    let trace = u128::from_str_radix(TRACE, 16)?.to_be_bytes();
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        let bodies = collector.bodies(path);
        ensure!(!bodies.is_empty(), "nothing was sent to {path}");
        for body in &bodies {
            ensure!(found(body, &secrets).is_empty(), "in {path}: {:?}", found(body, &secrets));
        }
    }
    let traced = collector.bodies("/v1/traces").iter().any(|body| contains(body, &trace));
    ensure!(traced, "the caller's trace is not continued");
    Ok(())
}

#[test]
fn the_search_for_seeded_texts_finds_them() {
    let secrets = ["abc.def.ghi".to_owned()];
    for text in SEEDED.iter().copied().chain(["abc.def.ghi"]) {
        let line = format!("{{\"message\":\"person {text} was read\"}}");
        assert!(found(line.as_bytes(), &secrets).contains(&text.to_owned()), "{text}");
    }
    assert!(found(b"nothing to see", &secrets).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_collector_a_server_serves_and_its_log_stays_readable() -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let (_node, mut server) = telling(&issuer, &format!("http://{nobody}")).await?;
    let worker = Worker::new("sw-galaba", token(&issuer, "sw-galaba"));
    for _ in 0..300 {
        ensure!(worker.get(&server.address, "/v1/me").await?.status == 200);
    }
    ensure!(server.stop().await?.success(), "{}", server.log()?);
    let log = server.log()?;
    let about_requests = log.lines().filter(|line| line.contains("/v1/me")).count();
    let others = log.lines().count() - about_requests;
    ensure!(others < 30, "{others} lines that are not about requests: {log}");
    ensure!(about_requests <= 300, "{about_requests} lines for 300 requests");
    Ok(())
}
