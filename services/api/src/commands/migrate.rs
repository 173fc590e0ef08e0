//! `safar migrate`.

use safar_event_store::EventStore;

use super::{Failure, runtime, say, tool_config};
use crate::{cli::MigrateArgs, config::Sources, node::store_options};

pub(super) fn run(sources: &Sources, arguments: &MigrateArgs) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let mut options = store_options(&config, false, None);
    if let Some(login) = &arguments.grant_to {
        options = options.grant_to(login);
    }
    runtime()?.block_on(EventStore::migrate(options)).map_err(Failure::failed)?;
    say("The tables of the log are up to date.");
    Ok(())
}
