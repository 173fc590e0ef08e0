//! `safar evidence` and `safar verify --pack`, as an operator and whoever gets the file use them.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use safar_event_store::{EventStore, Position, StoreOptions};
use safar_tests::binary::Installation;
use serde_json::Value;

/// A case of the demonstration.
async fn case(node: &Installation) -> Result<String> {
    let url = format!("sqlite:{}", node.data().join("log.sqlite").display());
    let store = EventStore::open(StoreOptions::new(url).migrate(false).read_only(true)).await?;
    let mut from = Position::START;
    loop {
        let page = store.read_all(from, 500).await?;
        from = page.last().context("there is a case")?.position;
        if let Some(event) = page.iter().find(|event| event.stream.category() == "case") {
            let id = event.stream.id().to_owned();
            store.close().await;
            return Ok(id);
        }
    }
}

/// The exit status, and what was printed on both ways out.
fn ended(node: &Installation, arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let output = node.run(arguments)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status.code(), text(&output.stdout) + &text(&output.stderr)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_writes_a_pack_and_anybody_with_the_key_checks_it() -> Result<()> {
    let node = Installation::new()?;
    node.tool(&["demo", "--once"])?;
    let case = case(&node).await?;
    let file = node.file("case.zip").display().to_string();
    let written = node.tool(&["evidence", &case, "--out", &file])?;
    let key = written.lines().find(|line| line.starts_with("safar.dev/log+")).context("the key")?;
    let verify = |file: &str, rest: &[&str]| ended(&node, &[&["verify", "--pack", file], rest].concat());
    let (status, said) = verify(&file, &["--verifier-key", key])?;
    ensure!(status == Some(0) && said.contains("holds  every event leads"), "{status:?}: {said}");
    ensure!(said.contains("beyond that the case has no later event"), "{said}");
    let (status, said) = verify(&file, &[])?;
    ensure!(status == Some(3) && said.contains("--verifier-key"), "{status:?}: {said}");
    let (status, said) = verify(&file, &["--json", "--verifier-key", key])?;
    let verdict: Value = serde_json::from_str(said.lines().next().context("a line")?)?;
    ensure!(
        status == Some(0) && verdict["by_known_key"] == true && verdict["findings"] == serde_json::json!([])
    );

    let mut bytes = fs::read(&file)?;
    let place = bytes.windows(9).position(|window| window == b"\"origin\":").context("a payload")?;
    bytes[place + 1] ^= 1;
    let changed = node.file("changed.zip").display().to_string();
    fs::write(&changed, bytes)?;
    let (status, said) = verify(&changed, &["--verifier-key", key])?;
    ensure!(status == Some(1) && said.contains("FAILS"), "{status:?}: {said}");
    ensure!(verify(&node.file("nothing").display().to_string(), &[])?.0 == Some(1));
    ensure!(verify(&file, &["--verifier-key", "no key"])?.0 == Some(2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_replaces_no_file_and_none_is_written_of_what_is_not_there_or_not_signed() -> Result<()> {
    let node = Installation::new()?;
    node.tool(&["demo", "--once"])?;
    let case = case(&node).await?;
    let file = node.file("case.zip").display().to_string();
    fs::write(&file, "mine")?;
    let refused = |arguments: &[&str], status: i32, words: &str| {
        let (code, said) = ended(&node, arguments)?;
        ensure!(code == Some(status) && said.contains(words), "{arguments:?}: {code:?}: {said}");
        ensure!(fs::read_to_string(&file)? == "mine");
        anyhow::Ok(())
    };
    refused(&["evidence", &case, "--out", &file], 1, "case.zip")?;
    let (absent, new) = ("0190a000-0000-7000-8000-000000000001", node.file("new.zip").display().to_string());
    refused(&["evidence", absent, "--out", &new], 1, "look whether the id is right")?;
    refused(&["evidence", &case, "--as-of", "1", "--out", &new], 1, "look whether the id is right")?;
    refused(&["evidence", &case, "--as-of", "0"], 2, "--as-of")?;
    refused(&["evidence", "no-id"], 2, "CASE")?;
    fs::remove_dir_all(node.data().join("ledger"))?;
    refused(&["evidence", &case, "--out", &new], 1, "no signed checkpoint here reaches position")?;
    ensure!(!std::path::Path::new(&new).exists());
    Ok(())
}
