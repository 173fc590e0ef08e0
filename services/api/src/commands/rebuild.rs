//! `safar rebuild`.

use indicatif::{ProgressBar, ProgressStyle};
use safar_event_store::EventStore;
use safar_projections::rebuild_with;

use super::{Failure, runtime, say, tool_config};
use crate::{
    config::Sources,
    node::{store_options, vault_as_it_is},
};

pub(super) fn run(sources: &Sources, dev: bool) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let folder = config.read_models.folder_in(&config.store.data_folder).to_owned();
    let bar = progress_bar("events");
    let reached = runtime()?
        .block_on(async {
            let store =
                EventStore::open(store_options(&config, dev, None).migrate(false).read_only(true)).await?;
            let vault = vault_as_it_is(&config).await?;
            let reached = rebuild_with(&store, &folder.join("read-models.sqlite"), &vault, |done, of| {
                bar.set_length(of.get());
                bar.set_position(done.get());
            })
            .await;
            store.close().await;
            reached.map_err(anyhow::Error::from)
        })
        .map_err(|error: anyhow::Error| Failure::failed(error))?;
    bar.finish_and_clear();
    say(format!("The read models are built from {reached} events."));
    Ok(())
}

/// A bar that says how far, how fast and how long still.
pub(super) fn progress_bar(unit: &str) -> ProgressBar {
    let template =
        format!("{{bar:40}} {{percent:>3}} %  {{pos}} of {{len}} {unit}  {{per_sec}}  {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
