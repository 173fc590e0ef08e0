//! `safar replay`: the history of a case, asked of a running server.

mod asking;
mod show;

use serde_json::{Value, json};

use self::{asking::Server, show::Step};
use super::{Failure, runtime, say};
use crate::cli::ReplayArgs;

/// Rows that are asked for at once.
const PAGE: &str = "200";

pub(super) fn run(arguments: &ReplayArgs) -> Result<(), Failure> {
    let server = Server::new(arguments)?;
    let (sight, items) = runtime()?.block_on(async {
        let sight = match &arguments.seen_by {
            Some(_) => Some(seen_by(&server, arguments).await?),
            None => None,
        };
        Ok::<_, Failure>((sight, replayed(&server, arguments).await?))
    })?;
    let count = items.len();
    let shown = match &sight {
        Some(sight) => items.into_iter().filter(|item| was_open(sight, item)).collect(),
        None => items,
    };
    if arguments.json {
        say(json!({ "case": arguments.case, "seen_by": sight, "items": shown }));
        return Ok(());
    }
    let steps: Result<Vec<Step>, _> = shown.into_iter().map(serde_json::from_value).collect();
    let steps = steps.map_err(|_| server.is_another())?;
    if let Some(sight) = &sight {
        show::verdict(sight, (steps.len(), count));
    }
    show::story(&steps, sight.is_none());
    Ok(())
}

/// What the worker could see.
async fn seen_by(server: &Server, arguments: &ReplayArgs) -> Result<Value, Failure> {
    let mut query = Vec::new();
    query.extend(arguments.seen_by.as_ref().map(|worker| ("worker", worker.as_str())));
    query.extend(arguments.as_of.as_deref().map(|as_of| ("as_of", as_of)));
    server.get(&format!("/v1/cases/{}/seen-by", arguments.case), &query).await
}

/// Whether the worker was told of an event.
fn was_open(sight: &Value, item: &Value) -> bool {
    sight["events"].as_array().is_some_and(|open| open.contains(&item["revision"]))
}

/// Every step, page after page.
async fn replayed(server: &Server, arguments: &ReplayArgs) -> Result<Vec<Value>, Failure> {
    let path = format!("/v1/cases/{}/replay", arguments.case);
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", PAGE)];
        query.extend(arguments.as_of.as_deref().map(|as_of| ("as_of", as_of)));
        query.extend(arguments.as_true_at.as_deref().map(|at| ("as_true_at", at)));
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let mut page = server.get(&path, &query).await?;
        let Some(found) = page["items"].as_array_mut() else { return Err(server.is_another()) };
        items.append(found);
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(items);
        }
    }
}
