//! What an operator does with the keys: make sure that they are there, look, begin a new epoch.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use safar_api::auth::DevIssuer;
use safar_tests::binary::{Installation, client};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_of_the_keys_is_shown_and_a_new_epoch_begun_beside_the_server() -> Result<()> {
    let node = Installation::new()?;
    let mut server = node.start(&["--dev", "serve"]).await?;
    let ready = client().get(format!("{}/readyz", server.operations)).send().await?.text().await?;
    ensure!(ready.contains("identity held, care-notes held, hiv held; 0 sealed events wait"), "{ready}");
    let before = node.tool(&["keys", "status"])?;
    ensure!(before.contains("hiv: root key") && before.contains("epoch 1, key"), "{before}");
    let turned = node.tool(&["keys", "rotate"])?;
    ensure!(turned.contains("hiv: epoch 2 has begun"), "{turned}");
    let after = node.tool(&["keys", "status"])?;
    ensure!(after.contains("epoch 2, key") && !after.contains("epoch 1"), "{after}");
    let key = fs::read_to_string(node.data().join("hiv.key"))?;
    server.stop().await?;
    for shown in [before, turned, after, ready, server.log()?, node.tool(&["config"])?] {
        ensure!(!shown.contains(key.trim()), "the key is shown: {shown}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_key_the_server_serves_and_nothing_can_be_turned() -> Result<()> {
    let node = Installation::new()?;
    let mut server = node.start(&["--dev", "serve"]).await?;
    server.stop().await?;
    fs::remove_file(node.data().join("hiv.key"))?;
    let status = node.tool(&["keys", "status"])?;
    ensure!(status.contains("hiv: no root key here"), "{status}");
    for other in ["identity.key", "care-notes.key"] {
        fs::remove_file(node.data().join(other))?;
    }
    let refused = node.run(&["keys", "rotate"])?;
    ensure!(refused.status.code() == Some(1), "{refused:?}");
    ensure!(String::from_utf8_lossy(&refused.stderr).contains("there is no root key here"), "{refused:?}");
    Ok(())
}

/// An installation whose key of HIV records is in a token of SoftHSM, which `tests/run` installs.
fn with_a_token() -> Result<Installation> {
    let modules = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
    let module = modules.into_iter().find(|module| Path::new(module).exists());
    let module = module.context("SoftHSM is not installed: apt-get install softhsm2")?;
    let node = Installation::new()?;
    let (configuration, tokens, key) = (node.file("softhsm2.conf"), node.file("tokens"), node.file("aes"));
    fs::create_dir(&tokens)?;
    fs::write(&configuration, format!("directories.tokendir = {}\n", tokens.display()))?;
    fs::write(&key, DevIssuer::ephemeral().key_id().repeat(2))?; // 32 bytes that are nobody's
    let util = |arguments: &[&str]| -> Result<()> {
        let mut command = Command::new("softhsm2-util");
        let output = command.args(arguments).env("SOFTHSM2_CONF", &configuration).output()?;
        ensure!(output.status.success(), "{output:?}");
        Ok(())
    };
    util(&["--init-token", "--free", "--label", "safar", "--pin", "1234", "--so-pin", "1234"])?;
    let key = key.display().to_string();
    util(&[
        "--import",
        &key,
        "--aes",
        "--token",
        "safar",
        "--pin",
        "1234",
        "--label",
        "safar-hiv",
        "--id",
        "01",
    ])?;
    let configuration = configuration.display().to_string();
    let node = node.variable("SOFTHSM2_CONF", configuration).set("VAULT__PKCS11_PIN", "1234");
    Ok(node.set("VAULT__PKCS11_MODULE", module))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_key_stays_in_its_token_and_an_epoch_ends_there() -> Result<()> {
    let node = with_a_token()?;
    let mut server = node.start(&["--dev", "serve"]).await?;
    ensure!(!node.data().join("hiv.key").exists(), "a key was made beside the one in the token");
    let before = node.tool(&["keys", "status"])?;
    ensure!(before.contains("hiv: root key safar-hiv of the token safar"), "{before}");
    let (store, backup) = (node.data().join("keys.sqlite"), node.file("keys.backup"));
    fs::copy(&store, &backup)?;
    let turned = node.tool(&["keys", "rotate"])?;
    ensure!(turned.contains("hiv: epoch 2 has begun"), "{turned}");
    ensure!(node.tool(&["keys", "status"])?.contains("epoch 2, key"));
    ensure!(server.stop().await?.success());
    fs::copy(&backup, &store)?;
    let restored = node.tool(&["keys", "status"])?;
    ensure!(restored.contains("the epoch of this key store was destroyed"), "{restored}");
    let wrong = node.set("VAULT__PKCS11_PIN", "9999").run(&["keys", "status"])?;
    ensure!(wrong.status.code() == Some(1), "{wrong:?}");
    ensure!(!String::from_utf8_lossy(&wrong.stderr).contains("9999"), "the PIN is shown");
    Ok(())
}

/// The newest checkpoint of the log, as it is signed.
fn checkpoint(node: &Installation) -> Result<String> {
    Ok(fs::read_to_string(node.data().join("ledger/log/checkpoint"))?)
}

/// Serves for a moment with one more fact in the log, so that whoever signs has something to sign.
async fn serve_once_more(node: &Installation, (worker, arguments): (&str, &[&str])) -> Result<String> {
    let file = node.file("workers.csv");
    fs::write(&file, format!("id,organisation,roles,languages\n{worker},ngo-galaba,social_worker,ru\n"))?;
    node.tool(&["directory", "--workers", &file.display().to_string()])?;
    let mut server = node.start(arguments).await?;
    ensure!(server.stop().await?.success(), "{}", server.log()?);
    server.log()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_made_for_development_signs_nothing_in_service() -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let node = Installation::new()?.in_service(&issuer);
    let mut server = node.start(&["--dev", "serve"]).await?;
    ensure!(server.stop().await?.success());
    ensure!(node.data().join("ledger.key").exists(), "development made its key");
    let before = checkpoint(&node)?;
    let log = serve_once_more(&node, ("sw-tomorrow", &["serve"])).await?;
    ensure!(log.contains("signs no checkpoints"), "{log}");
    ensure!(checkpoint(&node)? == before, "the key of development has signed");
    // The control: in development there was something to sign.
    serve_once_more(&node, ("sw-after", &["--dev", "serve"])).await?;
    ensure!(checkpoint(&node)? != before);
    Ok(())
}
