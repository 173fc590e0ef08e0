//! `safar openapi`.

use super::{Failure, say};
use crate::{cli::OpenapiArgs, routes::openapi};

pub(super) fn run(arguments: &OpenapiArgs) -> Result<(), Failure> {
    let document = serde_json::to_string_pretty(&openapi::document()).map_err(Failure::failed)?;
    let Some(file) = &arguments.check else {
        say(document);
        return Ok(());
    };
    let stored = std::fs::read_to_string(file)
        .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    if stored.trim_end() == document {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{} is stale; write it anew: safar openapi > {}",
        file.display(),
        file.display()
    )))
}
