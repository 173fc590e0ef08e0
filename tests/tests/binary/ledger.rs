//! A log that is not the one that was signed is not served: yesterday's copy, before the copy of checkpoints and before a witness.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use safar_tests::binary::Installation;

const FILES: [&str; 4] = ["log.sqlite", "log.sqlite-wal", "access.sqlite", "access.sqlite-wal"];

/// Copies the logs from one folder to another; what is not there is not there afterwards either.
fn put(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in FILES {
        if from.join(file).exists() {
            fs::copy(from.join(file), to.join(file))?;
        } else if to.join(file).exists() {
            fs::remove_file(to.join(file))?;
        }
    }
    Ok(())
}

/// Serves for a moment, so that everything is signed.
async fn serve(node: &Installation) -> Result<()> {
    let mut server = node.start(&["--dev", "serve"]).await?;
    ensure!(server.stop().await?.success(), "{}", server.log()?);
    Ok(())
}

/// One more fact in the log.
fn another_worker(node: &Installation) -> Result<()> {
    let file = node.file("workers.csv");
    fs::write(&file, "id,organisation,roles,languages\nsw-tomorrow,ngo-galaba,social_worker,ru\n")?;
    node.tool(&["directory", "--workers", &file.display().to_string()])?;
    Ok(())
}

fn refused(node: &Installation, words: &str) -> Result<()> {
    let output = node.run(&["--dev", "serve", "--listen", "127.0.0.1:0"])?;
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && sentence.contains(words), "{:?}: {sentence}", output.status);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yesterdays_copy_of_the_log_is_not_served() -> Result<()> {
    let copies = tempfile::tempdir()?;
    let node = Installation::new()?.set("LEDGER__COPY_FOLDER", copies.path().display().to_string());
    serve(&node).await?;
    let (data, yesterday, today) = (node.data(), node.file("yesterday"), node.file("today"));
    put(&data, &yesterday)?;
    another_worker(&node)?;
    serve(&node).await?;
    put(&data, &today)?;
    let sound = node.tool(&["verify"])?;
    ensure!(sound.contains("The log is sound"), "{sound}");
    let kept = node.file("kept.checkpoint");
    fs::copy(copies.path().join("log.checkpoint"), &kept)?;
    put(&yesterday, &data)?;
    refused(&node, "this is an older copy of the log")?;
    let found = node.run(&["verify"])?;
    ensure!(String::from_utf8_lossy(&found.stdout).contains("was signed over"), "{found:?}");
    // With the whole folder of yesterday, the checkpoint elsewhere still knows.
    fs::remove_dir_all(data.join("ledger"))?;
    refused(&node, "log.checkpoint was signed over")?;
    fs::rename(copies.path().join("log.checkpoint"), node.file("moved"))?;
    // And so does an auditor who kept what he was shown.
    let kept = kept.display().to_string();
    let found = node.run(&["verify", "--checkpoint", &kept])?;
    ensure!(String::from_utf8_lossy(&found.stdout).contains("kept.checkpoint was signed over"), "{found:?}");
    fs::rename(node.file("moved"), copies.path().join("log.checkpoint"))?;
    put(&today, &data)?;
    serve(&node).await?;
    Ok(())
}

/// A running witness; killed when this is dropped.
struct RunningWitness(Child);

impl Drop for RunningWitness {
    fn drop(&mut self) {
        let _already_ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Starts a witness of these logs, and gives its address and its key.
fn witness(node: &Installation, logs: &[&str]) -> Result<(RunningWitness, String, String)> {
    let (key, state, printed) =
        (node.file("witness.key"), node.file("witness"), node.file("witness.printed"));
    fs::create_dir_all(&state)?;
    fs::write(&key, format!("{}A=\n", "D".repeat(42)))?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    let (key, state) = (key.display().to_string(), state.display().to_string());
    let mut arguments = vec!["witness", "--name", "witness.test/w1", "--key", &key, "--state", &state];
    for log in logs {
        arguments.extend(["--log", log]);
    }
    arguments.extend(["--listen", "127.0.0.1:0"]);
    let child =
        node.command(&arguments).stdout(fs::File::create(&printed)?).stderr(Stdio::inherit()).spawn()?;
    let running = RunningWitness(child);
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    loop {
        let said = fs::read_to_string(&printed)?;
        if let [first, second] = said.lines().collect::<Vec<_>>()[..] {
            let address = first.split(' ').nth(4).context("an address")?.trim_end_matches(';').to_owned();
            return Ok((running, address, second.to_owned()));
        }
        ensure!(std::time::Instant::now() < deadline, "the witness does not start: {said}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_not_the_one_its_witness_has_cosigned_is_not_served() -> Result<()> {
    let node = Installation::new()?;
    serve(&node).await?;
    let keys = node.tool(&["keys", "status"])?;
    let logs: Vec<&str> = keys.lines().filter_map(|line| line.strip_prefix("ledger: ")).collect();
    ensure!(logs.len() == 2 && logs[0].starts_with("safar.dev/log+"), "{keys}");
    let (_running, address, key) = witness(&node, &logs)?;
    let node = node.set("LEDGER__WITNESS_URL", address).set("LEDGER__WITNESS_KEY", key);
    let (data, yesterday) = (node.data(), node.file("yesterday"));
    serve(&node).await?;
    put(&data, &yesterday)?;
    let cosigned = |node: &Installation| fs::read_to_string(node.data().join("ledger/log/cosigned"));
    let before = cosigned(&node)?;
    ensure!(
        before.contains("\u{2014} safar.dev/log ") && before.contains("\u{2014} witness.test/w1 "),
        "{before}"
    );
    another_worker(&node)?;
    serve(&node).await?;
    ensure!(cosigned(&node)? != before);
    ensure!(node.tool(&["verify"])?.contains("The log is sound"));
    // Log and ledger of yesterday: nothing on this machine knows of today.
    put(&yesterday, &data)?;
    fs::remove_dir_all(data.join("ledger"))?;
    refused(&node, "its witness has cosigned")?;
    Ok(())
}
