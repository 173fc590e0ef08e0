//! Appends to a log as fast as it can until it is killed, and prints each acknowledgement.
//!
//! `append_forever <address> <writers> [lie]`: each writer has a stream of its own and goes on where the stream ends. A line
//! is `<writer> <revision> <position>`, written after the acknowledgement; with `lie`, some are written without any append, so
//! that the one who checks can prove that it checks.

use std::{io::Write, process::ExitCode};

use safar_event_store::{EventStore, Position};
use safar_tests::load;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (Some(address), Some(Ok(writers))) = (arguments.get(1), arguments.get(2).map(|n| n.parse::<u64>()))
    else {
        return fail("usage: append_forever <address> <writers> [lie]");
    };
    let lie = arguments.get(3).is_some_and(|word| word == "lie");
    let store = match EventStore::open(address.as_str()).await {
        Ok(store) => store,
        Err(error) => return fail(&error.to_string()),
    };
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers {
        tasks.spawn(write(store.clone(), writer, lie));
    }
    match tasks.join_next().await {
        Some(Ok(error)) => fail(&error),
        _ => fail("a writer panicked"),
    }
}

/// Ends with the error that stopped it.
async fn write(store: EventStore, writer: u64, lie: bool) -> String {
    let mut revision = match store.revision(&load::stream(writer)).await {
        Ok(revision) => revision,
        Err(error) => return error.to_string(),
    };
    loop {
        let first = if lie && revision.get() % 10 == 9 {
            Position::from(u64::MAX)
        } else {
            match store.append(load::append(writer, revision)).await {
                Ok(appended) => appended.first,
                Err(error) => return error.to_string(),
            }
        };
        revision = revision.next();
        let acknowledgement = format!("{writer} {revision} {first}\n");
        if let Err(error) = std::io::stdout().lock().write_all(acknowledgement.as_bytes()) {
            return error.to_string();
        }
        if first == Position::from(u64::MAX) {
            return "lied".to_owned();
        }
    }
}

fn fail(why: &str) -> ExitCode {
    let _nobody_listens = writeln!(std::io::stderr(), "{why}");
    ExitCode::from(3)
}
