//! `safar token`.

use super::{Failure, say, tool_config};
use crate::{auth::DevIssuer, cli::TokenArgs, clock::Clock, config::Sources, ids::Ids};

pub(super) fn run(sources: &Sources, arguments: &TokenArgs) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let issuer = DevIssuer::open(&config.store.data_folder).map_err(Failure::failed)?;
    let clock = Clock::system();
    let seconds = i64::from(arguments.minutes) * 60;
    say(issuer.mint(&arguments.worker, clock.now(), seconds, Ids::new(clock).mint()));
    Ok(())
}
