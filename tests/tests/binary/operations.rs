//! What an operator does: stop, look, rebuild, verify.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use safar_tests::binary::{Installation, Running, client};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::asking::{Chance, Worker, register};

/// A request that the server has begun to answer and that is not sent to its end: the connection it is on, and the rest.
/// The server asks for the body once it has the head, so nothing is left to chance.
fn half_a_request(server: &Running, token: &str) -> Result<(TcpStream, String)> {
    let body = register(Chance(1).key(), "Назаров", &[]).body.to_string();
    let (first, rest) = body.split_at(body.find("birth").context("the body has a birth")?);
    let host = server.address.strip_prefix("http://").context("an address")?;
    let head = format!(
        "POST /v1/persons HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: {}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        Chance(2).key(),
        body.len()
    );
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(head.as_bytes())?;
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut go_on)?;
    ensure!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
    stream.write_all(first.as_bytes())?;
    Ok((stream, rest.to_owned()))
}

/// Waits until nobody is let in any more.
async fn closed(server: &Running) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let host = server.address.strip_prefix("http://").context("an address")?;
    while TcpStream::connect(host).is_ok() {
        ensure!(Instant::now() < deadline, "a stopping server goes on taking connections");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_begun_is_answered_before_the_server_stops() -> Result<()> {
    let node = Installation::new()?;
    let mut server = node.start(&["--dev", "serve"]).await?;
    let token = node.token("sw-galaba")?;
    let worker = Worker::new("sw-galaba", token.as_str());
    ensure!(worker.get(&server.address, "/v1/me").await?.status == 200);
    let (mut stream, rest) = half_a_request(&server, &token)?;
    server.signal("TERM")?;
    closed(&server).await?;
    stream.write_all(rest.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let status = server.end().await?;
    ensure!(status.code() == Some(0), "{status}: {}", server.log()?);
    let sound = node.tool(&["verify"])?;
    ensure!(sound.contains("The log is sound"), "{sound}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_metrics_are_on_a_port_of_their_own_and_workers_on_theirs() -> Result<()> {
    let node = Installation::new()?;
    let server = node.start(&["--dev", "serve"]).await?;
    let status = async |base: &str, path: &str| -> Result<u16> {
        Ok(client().get(format!("{base}{path}")).send().await?.status().as_u16())
    };
    for path in ["/livez", "/readyz", "/metrics"] {
        ensure!(status(&server.operations, path).await? == 200, "{path} is not there");
        ensure!(status(&server.address, path).await? == 404, "{path} is open to everybody");
    }
    for path in ["/v1/me", "/openapi.json", "/docs/"] {
        ensure!(status(&server.operations, path).await? == 404, "{path} is on the operators' port");
    }
    ensure!(status(&server.address, "/v1/me").await? == 401);
    ensure!(status(&server.address, "/openapi.json").await? == 200);
    let metrics = client().get(format!("{}/metrics", server.operations)).send().await?.text().await?;
    ensure!(metrics.lines().any(|line| line.starts_with("# TYPE http_")), "nothing is measured: {metrics}");
    Ok(())
}

/// What several workers see, by worker and path; cursors are sealed anew each time.
async fn everything(node: &Installation, server: &Running) -> Result<BTreeMap<String, Value>> {
    let mut seen = BTreeMap::new();
    for name in ["sw-galaba", "sw-kz-shymkent", "tb-tj-national-2", "tb-kz-shymkent-1", "au-tj"] {
        let worker = Worker::new(name, node.token(name)?);
        let lists = ["/v1/cases?limit=200", "/v1/worklist", "/v1/worklist/counts", "/v1/handoffs", "/v1/me"];
        let mut paths: Vec<String> = lists.map(str::to_owned).into();
        paths.push("/v1/directory/organisations?limit=200".to_owned());
        while let Some(path) = paths.pop() {
            let mut body = worker.get(&server.address, &path).await?.body;
            if path.starts_with("/v1/cases?") {
                for id in
                    body["items"].as_array().into_iter().flatten().filter_map(|case| case["id"].as_str())
                {
                    paths.extend(
                        ["", "/timeline", "/responsibility"].map(|view| format!("/v1/cases/{id}{view}")),
                    );
                }
            }
            for changing in ["next_cursor", "instance"] {
                if let Some(known) = body.get_mut(changing) {
                    known.take();
                }
            }
            seen.insert(format!("{name} {path}"), body);
        }
    }
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_models_that_were_deleted_and_rebuilt_answer_the_same() -> Result<()> {
    let node = Installation::new()?;
    node.tool(&["demo", "--once"])?;
    let mut server = node.start(&["--dev", "serve"]).await?;
    let before = everything(&node, &server).await?;
    ensure!(server.stop().await?.success());
    ensure!(before.len() > 50, "only {} answers are compared", before.len());
    for entry in fs::read_dir(node.data())? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("read-models")) {
            fs::remove_file(path)?;
        }
    }
    let said = node.tool(&["rebuild"])?;
    ensure!(said.contains("The read models are built from"), "{said}");
    let server = node.start(&["--dev", "serve"]).await?;
    let after = everything(&node, &server).await?;
    for (path, answer) in &before {
        ensure!(after.get(path) == Some(answer), "{path}: {answer} before, {:?} after", after.get(path));
    }
    ensure!(before.len() == after.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_works_beside_a_running_server_and_finds_a_sound_log_sound() -> Result<()> {
    let node = Installation::new()?;
    let server = node.start(&["demo"]).await?;
    ensure!(node.tool(&["verify"])?.contains("The log is sound"));
    ensure!(node.tool(&["verify", "--json"])?.is_empty());
    let alive = client().get(format!("{}/readyz", server.operations)).send().await?;
    ensure!(alive.status().is_success());
    Ok(())
}

/// Changes a copy of a log with all rights, past its guards, which are put back afterwards.
async fn damage(copy: &Installation, file: &str, statement: &str) -> Result<()> {
    let url = format!("sqlite:{}", copy.data().join(file).display());
    let mut connection = SqliteConnection::connect(&url).await?;
    let guards: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut connection)
            .await?;
    for (name, _) in &guards {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TRIGGER {name}"))).execute(&mut connection).await?;
    }
    let changed = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
    ensure!(changed.rows_affected() == 1, "{statement} changed {} rows", changed.rows_affected());
    for (_, guard) in guards {
        sqlx::raw_sql(AssertSqlSafe(guard)).execute(&mut connection).await?;
    }
    Ok(connection.close().await?)
}

fn copy(from: &Installation) -> Result<Installation> {
    let to = Installation::new()?;
    fs::create_dir(to.data())?;
    for entry in fs::read_dir(from.data())? {
        let path = entry?.path();
        let name = path.file_name().context("a file has a name")?;
        if ["log.sqlite", "access.sqlite"].iter().any(|log| name.to_string_lossy().starts_with(log)) {
            fs::copy(&path, to.data().join(name))?;
        }
    }
    Ok(to)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_names_the_position_of_a_changed_or_removed_event() -> Result<()> {
    let node = Installation::new()?;
    node.tool(&["demo", "--once"])?;
    ensure!(copy(&node)?.tool(&["verify"])?.contains("The log is sound"), "the copy itself is not sound");
    for (file, statement, words) in [
        (
            "log.sqlite",
            "UPDATE event SET payload = CAST(replace(CAST(payload AS TEXT), '\"', ' \"') AS BLOB) WHERE position = 42",
            "position 42",
        ),
        ("log.sqlite", "UPDATE event SET actor = 'somebody-else' WHERE position = 42", "position 42"),
        ("log.sqlite", "UPDATE event SET recorded_at = recorded_at + 1 WHERE position = 42", "position 42"),
        ("access.sqlite", "UPDATE event SET actor = 'somebody-else' WHERE position = 2", "position 2"),
        ("log.sqlite", "DELETE FROM event WHERE position = 42", "after position 41 comes position 43"),
    ] {
        let copy = copy(&node)?;
        damage(&copy, file, statement).await?;
        let found = copy.run(&["verify"])?;
        let printed = String::from_utf8_lossy(&found.stdout);
        ensure!(found.status.code() == Some(1), "{statement}: {:?}", found.status);
        ensure!(printed.contains(words), "{statement} is not named: {printed}");
        let said = copy.run(&["verify", "--json"])?;
        let first = String::from_utf8(said.stdout)?.lines().next().context("no finding")?.to_owned();
        ensure!(serde_json::from_str::<Value>(&first)?["finding"].is_string(), "{first}");
    }
    Ok(())
}
