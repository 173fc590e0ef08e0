//! `safar keys`.

use safar_vault::{Compartment, Held, KeyStore, RootKeys, Status, Vault, rotate};

use super::{Failure, rebuild::progress_bar, runtime, say, tool_config};
use crate::{
    cli::KeysCommand,
    config::{Config, Sources},
    node::{key_store, ledger_keys, root_keys},
};

pub(super) fn run(sources: &Sources, command: KeysCommand) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let roots = root_keys(&config, false).map_err(Failure::failed)?;
    let done = runtime()?.block_on(async {
        match command {
            KeysCommand::Status => status(&config, &roots).await,
            KeysCommand::Rotate => rotated(&config, &roots).await,
        }
    });
    done.map_err(Failure::failed)
}

/// Fingerprints and counts of every compartment that has keys; never a key.
async fn status(config: &Config, roots: &RootKeys) -> anyhow::Result<()> {
    let store = key_store(config, false).await?;
    let mut shown = 0;
    for compartment in Compartment::ALL {
        if store.knows(compartment).await? {
            show(&store, compartment, roots).await?;
            shown += 1;
        }
    }
    if shown == 0 {
        say("The key store is empty: nothing was sealed yet.");
    }
    for key in ledger_keys(config)?.into_iter().filter_map(|[log, _]| log) {
        say(format!("ledger: {key}"));
    }
    store.close().await;
    Ok(())
}

async fn show(store: &KeyStore, compartment: Compartment, roots: &RootKeys) -> anyhow::Result<()> {
    let Status { compartment, held, epochs, erased } =
        Vault::open(store.clone(), roots).await?.status(compartment).await?;
    let root = match (held, roots.fingerprint(compartment)) {
        (Held::Open, Some(fingerprint)) => format!("root key {fingerprint}"),
        (Held::WrongRoot, Some(fingerprint)) => {
            format!("the root key {fingerprint} is not the one of this key store")
        }
        (Held::EpochGone, Some(fingerprint)) => {
            format!(
                "root key {fingerprint}; the epoch of this key store was destroyed, so it is an old backup"
            )
        }
        _ => "no root key here".to_owned(),
    };
    say(format!("{}: {root}", compartment.code()));
    for (epoch, fingerprint, wraps) in epochs {
        say(format!("  epoch {epoch}, key {fingerprint}: wraps the keys of {wraps} records"));
    }
    say(format!("  {erased} records were erased"));
    Ok(())
}

/// A new epoch for each compartment whose root key is here.
async fn rotated(config: &Config, roots: &RootKeys) -> anyhow::Result<()> {
    let store = key_store(config, false).await?;
    let mut any = false;
    for compartment in roots.compartments() {
        let bar = progress_bar("keys");
        let epoch = rotate(&store, roots, compartment, |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        })
        .await?;
        bar.finish_and_clear();
        say(format!(
            "{}: epoch {epoch} has begun, and the ones before it are destroyed.",
            compartment.code()
        ));
        any = true;
    }
    store.close().await;
    anyhow::ensure!(any, "there is no root key here; give the one that the server has");
    Ok(())
}
