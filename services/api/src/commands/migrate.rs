//! `safar migrate`.

use safar_event_store::EventStore;

use super::{Failure, runtime, say, tool_config};
use crate::{
    cli::MigrateArgs,
    config::Sources,
    node::{access_options, migrate_keys, store_options},
};

pub(super) fn run(sources: &Sources, arguments: &MigrateArgs) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let logs = [store_options(&config, false, None), access_options(&config, false, None)];
    let done = runtime()?.block_on(async {
        for mut options in logs {
            if let Some(login) = &arguments.grant_to {
                options = options.grant_to(login);
            }
            EventStore::migrate(options).await?;
        }
        migrate_keys(&config, arguments.grant_to.as_deref()).await?;
        anyhow::Ok(())
    });
    done.map_err(Failure::failed)?;
    say("The tables of the log, of the access log and of the key store are up to date.");
    Ok(())
}
