//! What does not start, and what it says then.

use anyhow::{Result, ensure};
use safar_api::auth::DevIssuer;
use safar_tests::binary::Installation;

use crate::asking::Worker;

/// The status and the sentence of a start that has to be refused.
fn refusal(node: &Installation, arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let output = node.run(arguments)?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn assert_refused(node: &Installation, arguments: &[&str], (status, words): (i32, &[&str])) -> Result<()> {
    let (code, sentence) = refusal(node, arguments)?;
    ensure!(code == Some(status), "{arguments:?} ended with {code:?}: {sentence}");
    for word in words {
        ensure!(sentence.contains(word), "{arguments:?} does not say {word}: {sentence}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_folder_is_refused_by_name_and_the_first_goes_on() -> Result<()> {
    let node = Installation::new()?;
    let mut first = node.start(&["--dev", "serve"]).await?;
    let folder = node.data().display().to_string();
    assert_refused(&node, &["--dev", "serve", "--listen", "127.0.0.1:0"], (1, &[&folder, "log.sqlite"]))?;
    let alive = safar_tests::binary::client().get(format!("{}/readyz", first.operations)).send().await?;
    ensure!(alive.status().is_success());
    ensure!(first.stop().await?.success());
    let mut next = node.start(&["--dev", "serve"]).await?;
    ensure!(next.stop().await?.success(), "the folder is not free again");
    Ok(())
}

#[test]
fn a_server_in_service_wants_a_secret_and_an_issuer() -> Result<()> {
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    assert_refused(&Installation::new()?, &serve, (2, &["server.token_secret", "openssl rand"]))?;
    let short = Installation::new()?.set("SERVER__TOKEN_SECRET", "short");
    assert_refused(&short, &serve, (2, &["server.token_secret", "32 characters"]))?;
    let known =
        Installation::new()?.set("SERVER__TOKEN_SECRET", "a secret that only these tests ever use, 2");
    assert_refused(&known, &serve, (2, &["server.token_secret", "is known to others"]))?;
    let secret = "b9e1c7d40f6a4832a5c3907e61fd82b4";
    let nobody = Installation::new()?.set("SERVER__TOKEN_SECRET", secret);
    assert_refused(&nobody, &serve, (2, &["auth.issuers"]))?;
    let (_, sentence) = refusal(&nobody, &serve)?;
    ensure!(!sentence.contains(secret), "the secret is printed");
    Ok(())
}

#[test]
fn development_is_refused_on_an_address_that_others_can_reach() -> Result<()> {
    for command in ["serve", "demo"] {
        let arguments = ["--dev", command, "--listen", "0.0.0.0:0"];
        assert_refused(&Installation::new()?, &arguments, (2, &["0.0.0.0:0", "listen on 127.0.0.1"]))?;
    }
    Ok(())
}

#[test]
fn a_key_that_nobody_reads_is_refused_by_name_wherever_it_stands() -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let variable = Installation::new()?.in_service(&issuer).set("SERVER__LISTENN", "127.0.0.1:0");
    assert_refused(&variable, &serve, (2, &["server.listenn", "did you mean server.listen?"]))?;
    let node = Installation::new()?.in_service(&issuer);
    let file = node.file("safar.toml");
    std::fs::write(&file, "[limits]\nburts = 3\n")?;
    let file = file.display().to_string();
    assert_refused(&node, &["--config", &file, "serve"], (2, &["limits.burts", &file, "limits.burst"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_command_line_opens_a_development_server_and_no_other() -> Result<()> {
    for (node, command, status) in [
        (Installation::new()?, &["--dev", "serve"][..], 200),
        (Installation::new()?.in_service(&DevIssuer::ephemeral()), &["serve"], 401),
    ] {
        node.describe_directory()?;
        let running = node.start(command).await?;
        let worker = Worker::new("sw-galaba", node.token("sw-galaba")?);
        ensure!(worker.get(&running.address, "/v1/me").await?.status == status, "{command:?}");
        let stranger = Worker::new("sw-galaba", format!("{}x", node.token("sw-galaba")?));
        ensure!(stranger.get(&running.address, "/v1/me").await?.status == 401, "any token passes");
    }
    assert_refused(&Installation::new()?, &["token", "--as", "sw-galaba", "--minutes", "16"], (2, &["16"]))
}
