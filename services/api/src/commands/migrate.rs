//! `safar migrate`.

use safar_event_store::EventStore;

use super::{Failure, runtime, say, tool_config};
use crate::{
    cli::MigrateArgs,
    config::Sources,
    node::{migrate_keys, store_options},
};

pub(super) fn run(sources: &Sources, arguments: &MigrateArgs) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let mut options = store_options(&config, false, None);
    if let Some(login) = &arguments.grant_to {
        options = options.grant_to(login);
    }
    let done = runtime()?.block_on(async {
        EventStore::migrate(options).await?;
        migrate_keys(&config, arguments.grant_to.as_deref()).await?;
        anyhow::Ok(())
    });
    done.map_err(Failure::failed)?;
    say("The tables of the log and of the key store are up to date.");
    Ok(())
}
