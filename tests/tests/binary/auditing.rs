//! `safar replay` and `safar log stat`, as an auditor and an operator use them.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use safar_event_store::{EventStore, Position, StoreOptions};
use safar_tests::binary::{Installation, Running};
use serde_json::Value;

/// The first case of the demonstration, and who opened it.
async fn case(node: &Installation) -> Result<(String, String)> {
    let url = format!("sqlite:{}", node.data().join("log.sqlite").display());
    let store = EventStore::open(StoreOptions::new(url).migrate(false).read_only(true)).await?;
    let mut from = Position::START;
    loop {
        let page = store.read_all(from, 500).await?;
        from = page.last().context("there is a case")?.position;
        if let Some(event) = page.iter().find(|event| event.stream.category() == "case") {
            let found = (event.stream.id().to_owned(), event.command.actor.clone());
            store.close().await;
            return Ok(found);
        }
    }
}

/// An auditor at a terminal beside a running server.
struct Desk<'a> {
    node: &'a Installation,
    server: &'a Running,
}

impl Desk<'_> {
    /// Exit status, what was printed, and what was complained of.
    fn ends(&self, token: &str, arguments: &[&str]) -> Result<(Option<i32>, String, String)> {
        let file = self.node.file("token");
        fs::write(&file, format!("{token}\n"))?;
        let file = file.display().to_string();
        let asked =
            [&["replay"], arguments, &["--server", &self.server.address, "--token-file", &file]].concat();
        let output = self.node.run(&asked)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((output.status.code(), text(&output.stdout), text(&output.stderr)))
    }

    fn tells(&self, token: &str, arguments: &[&str]) -> Result<String> {
        let (status, printed, complaints) = self.ends(token, arguments)?;
        ensure!(status == Some(0), "{arguments:?}: {status:?}: {complaints}");
        Ok(printed)
    }

    fn refuses(&self, token: &str, arguments: &[&str], (status, words): (i32, &str)) -> Result<()> {
        let (ended, printed, complaints) = self.ends(token, arguments)?;
        ensure!(
            ended == Some(status) && complaints.contains(words) && printed.is_empty(),
            "{arguments:?}: {ended:?}: {printed}{complaints}"
        );
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_replays_a_case_and_says_what_a_worker_could_see() -> Result<()> {
    let node = Installation::new()?;
    let server = node.start(&["demo"]).await?;
    let (case, opener) = case(&node).await?;
    let (auditor, desk) = (node.token("au-tj")?, Desk { node: &node, server: &server });

    let told = desk.tells(&auditor, &[&case])?;
    let head = told.lines().next().context("a head")?;
    let column = |name: &str| head.find(name).context(name.to_owned());
    let (by, told_at) = (column("by")?, column("told")?);
    let steps: Vec<&str> = told.lines().filter(|line| !line.starts_with("        ")).skip(1).collect();
    ensure!(steps.len() > 3 && steps[0].trim_start().starts_with("1  20"), "{told}");
    for step in &steps {
        ensure!(step.get(by..).is_some_and(|rest| !rest.starts_with(' ')), "not aligned: {told}");
        ensure!(step.get(told_at..).is_some_and(|rest| !rest.starts_with(' ')), "not aligned: {told}");
    }
    ensure!(steps[0][by..].starts_with(&opener), "{told}");
    ensure!(told.contains(": nothing → "), "{told}");

    let json: Value = serde_json::from_str(&desk.tells(&auditor, &[&case, "--json"])?)?;
    let items = json["items"].as_array().context("items")?;
    ensure!(items.len() == steps.len() && items[0]["event"] == "case.opened.v1" && json["seen_by"].is_null());
    let tajik = desk.tells(&auditor, &[&case, "--language", "tg"])?;
    ensure!(tajik != told && tajik.lines().count() == told.lines().count(), "{tajik}");

    // Nobody had opened anything before the case was there, and its opener sees it now.
    let seen = desk.tells(&auditor, &[&case, "--seen-by", &opener])?;
    ensure!(seen.contains("decision   permit") && seen.contains(&format!("worker     {opener}")), "{seen}");
    let stranger: Value =
        serde_json::from_str(&desk.tells(&auditor, &[&case, "--seen-by", "co-iom-dushanbe", "--json"])?)?;
    ensure!(
        stranger["seen_by"]["decision"] != "permit" && stranger["items"] == serde_json::json!([]),
        "{stranger}"
    );
    let stranger = desk.tells(&auditor, &[&case, "--seen-by", "co-iom-dushanbe"])?;
    ensure!(stranger.contains(&format!("0 of {} were open", steps.len())), "{stranger}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_that_is_refused_says_what_to_do_next() -> Result<()> {
    let node = Installation::new()?;
    let server = node.start(&["demo"]).await?;
    let (case, opener) = case(&node).await?;
    let (auditor, worker) = (node.token("au-tj")?, node.token(&opener)?);
    let desk = Desk { node: &node, server: &server };

    desk.refuses("", &[&case], (2, "there is no token"))?;
    desk.refuses("no\u{1}token", &[&case], (2, "is none"))?;
    desk.refuses("e30.e30.e30", &[&case], (1, "get a new one"))?;
    desk.refuses(&worker, &[&case, "--seen-by", &opener], (1, "for auditors alone"))?;
    desk.refuses(&auditor, &["0190a000-0000-7000-8000-000000000001"], (1, "whether the id is right"))?;
    desk.refuses(&auditor, &[&case, "--as-of", "yesterday"], (1, "as_of"))?;
    desk.refuses(&auditor, &[&case, "--seen-by", "sw-nobody"], (1, "worker"))?;
    desk.refuses(&auditor, &["no-id"], (2, "CASE"))?;

    let file = node.file("token").display().to_string();
    let refused = |server: &str, (status, words): (i32, &str)| {
        let output = node.run(&["replay", &case, "--server", server, "--token-file", &file])?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(status) && said.contains(words), "{server}: {said}");
        anyhow::Ok(())
    };
    refused("http://safar.example.org", (2, "--server takes https://host"))?;
    refused("http://127.0.0.1:1", (1, "was not reached"))?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_is_told_how_much_there_is_and_how_much_of_it_is_signed() -> Result<()> {
    let copies = tempfile::tempdir()?;
    let node = Installation::new()?.set("LEDGER__COPY_FOLDER", copies.path().display().to_string());
    let mut server = node.start(&["--dev", "serve"]).await?;
    ensure!(server.stop().await?.success(), "{}", server.log()?);
    let stat = |node: &Installation| -> Result<Value> {
        let json: Value = serde_json::from_str(&node.tool(&["log", "stat", "--json"])?)?;
        Ok(json["logs"][0].clone())
    };
    let before = stat(&node)?;
    let events = before["events"].as_u64().context("events")?;
    let sum =
        |of: &Value| -> u64 { of.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum() };
    ensure!(events > 0 && before["engine"] == "sqlite" && before["bytes"].as_u64() > Some(4_096), "{before}");
    ensure!(sum(&before["types"]) == events, "every event is counted once: {before}");
    ensure!(
        before["checkpoint"]["state"] == "signed" && before["checkpoint"]["events"] == events,
        "{before}"
    );
    ensure!(before["copy"]["events"] == events && before["witness"].is_null(), "{before}");
    ensure!(before["unsigned"] == 0 && before["unsigned_since"].is_null(), "{before}");

    let file = node.file("workers.csv");
    fs::write(&file, "id,organisation,roles,languages\nsw-tomorrow,ngo-galaba,social_worker,ru\n")?;
    node.tool(&["directory", "--workers", &file.display().to_string()])?;
    let after = stat(&node)?;
    ensure!(after["events"] == events + 1, "{after}");
    let workers = |stat: &Value| stat["streams"]["worker"]["streams"].as_u64();
    ensure!(workers(&after) == workers(&before).map(|workers| workers + 1), "{after}");
    let said = node.tool(&["log", "stat"])?;
    ensure!(said.contains("The log (sqlite, ") && said.contains("The access log (sqlite, "), "{said}");

    let checkpoint = node.data().join("ledger/log/checkpoint");
    let damaged = fs::read_to_string(&checkpoint)?.replacen("safar.dev", "safar.dew", 1);
    fs::write(&checkpoint, damaged)?;
    let stat = stat(&node)?;
    ensure!(stat["checkpoint"]["state"] == "damaged" && stat["unsigned"] == events + 1, "{stat}");
    ensure!(node.tool(&["log", "stat"])?.contains("DAMAGED"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealed_records_are_counted_as_one_kind() -> Result<()> {
    let node = Installation::new()?;
    node.tool(&["demo", "--once"])?;
    let said = node.tool(&["log", "stat"])?;
    ensure!(said.contains("stream sealed") && said.contains("stream case"), "{said}");
    let said = said + &node.tool(&["log", "stat", "--json"])?;
    for word in ["hiv", "person-", "\"person\"", "stream person", "identity"] {
        ensure!(!said.contains(word), "{word}: {said}");
    }
    Ok(())
}
