//! `safar config`.

use super::{Failure, say, tool_config};
use crate::config::Sources;

pub(super) fn run(sources: &Sources) -> Result<(), Failure> {
    say(tool_config(sources)?.to_toml().trim_end());
    Ok(())
}
