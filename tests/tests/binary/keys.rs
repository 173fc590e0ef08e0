//! What an operator does with the keys: make sure that they are there, look, begin a new epoch.

use std::fs;

use anyhow::{Result, ensure};
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
    let refused = node.run(&["keys", "rotate"])?;
    ensure!(refused.status.code() == Some(1), "{refused:?}");
    ensure!(String::from_utf8_lossy(&refused.stderr).contains("there is no root key here"), "{refused:?}");
    Ok(())
}
