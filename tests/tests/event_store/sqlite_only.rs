//! What only a file can do wrong.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use safar_event_store::{EventStore, StoreError};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::process::Command;

use crate::{
    checks::{assert_history, whole_log},
    durability::{open_when_free, spawn_appender},
    fixture::Fixture,
    given::{append, case},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_is_refused_and_told_why() -> Result<()> {
    let log = Fixture::sqlite()?;
    let store = log.open().await?;
    let output = spawn_appender(&log.address(), &[])?.wait_with_output().await?;
    let why = String::from_utf8(output.stderr.clone())?;
    ensure!(output.status.code() == Some(3) && output.stdout.is_empty(), "{output:?}");
    for part in ["log.sqlite", "in use by another process", &format!("pid {}", std::process::id()), "stop"] {
        ensure!(why.contains(part), "{part:?} is missing from: {why}");
    }
    // Nor may one process own it twice; once it is let go of, the next may.
    ensure!(matches!(log.open().await, Err(StoreError::InUse { .. })));
    store.close().await;
    log.open().await?.append(append(1, &case(1), 0)).await?;
    Ok(())
}

/// The control of the lock: without it, nothing would stop the second one. The triggers still keep history whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_lock_a_file_would_have_two_owners() -> Result<()> {
    let log = Fixture::sqlite()?;
    let first = log.open().await?;
    std::fs::remove_file(format!("{}.lock", log.file().display()))?;
    let second = log.open().await?;
    second.append(append(1, &case(1), 0)).await?;
    ensure!(first.append(append(2, &case(2), 0)).await.is_err(), "the first one does not know of position 1");
    assert_eq!(first.append(append(2, &case(2), 0)).await?.first, 2.into());
    assert_history(&whole_log(&second).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_takes_no_more_stops_the_log_for_good() -> Result<()> {
    let log = Fixture::sqlite()?;
    // Files may grow to 1 MiB; what goes beyond fails with an error, not a signal.
    let limited = r#"trap '' XFSZ; ulimit -f 2048; exec "$0" "$@""#;
    let output = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_append_forever"), &log.address(), "8"])
        .stdin(Stdio::null())
        .output()
        .await?;
    assert_eq!(output.status.code(), Some(3));
    let why = String::from_utf8(output.stderr)?;
    ensure!(why.contains("outcome is unknown") || why.contains("has stopped"), "{why}");
    let acknowledged = String::from_utf8(output.stdout)?.lines().count();
    ensure!(acknowledged > 100, "{acknowledged} appends went through");

    let store = open_when_free(&log).await?;
    let events = whole_log(&store).await?;
    ensure!(events.len() >= acknowledged, "{} events, {acknowledged} acknowledged", events.len());
    assert_history(&events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_log_is_left_alone() -> Result<()> {
    let log = Fixture::sqlite()?;
    let options = SqliteConnectOptions::new().filename(log.file()).create_if_missing(true);
    let mut foreign = SqliteConnection::connect_with(&options).await?;
    sqlx::raw_sql("CREATE TABLE mine (x)").execute(&mut foreign).await?;
    let refused = log.open().await.err().context("it was opened")?;
    ensure!(refused.to_string().contains("not a Safar log"), "{refused}");
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut foreign).await?;
    assert_eq!(tables, 1);
    std::fs::write(log.file(), "no database at all, but a text of some length").context("write")?;
    ensure!(log.open().await.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_makes_no_sense_says_what_would() -> Result<()> {
    for (address, hint) in [
        ("sqlite::memory:", "needs a file"),
        ("sqlite:", "needs a file"),
        ("sqlite:/no/such/folder/log.sqlite", "create it first"),
        ("sqlite:log.sqlite?mode=ro", "no parameters"),
        ("mysql://x", "sqlite: or postgres:"),
        ("log.sqlite", "sqlite: or postgres:"),
    ] {
        let refused = EventStore::open(address).await.err().context("it was opened")?;
        ensure!(refused.to_string().contains(hint), "{address}: {refused}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_its_owner_may_read_the_file() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let log = Fixture::sqlite()?;
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", log.file().display());
        let mode = std::fs::metadata(&file).with_context(|| file.clone())?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
    Ok(())
}
