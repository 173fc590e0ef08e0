//! The table and its guards.

use std::collections::HashSet;

use sqlx::{Connection, SqliteConnection};

use crate::error::StoreError;

/// Statements apart by an empty line; their text is compared with what the file says, so every byte of them is a format.
const SCHEMA: &str = include_str!("schema.sql");

const VERSION: i64 = 1;

/// "SAFR": tells a log from any other `SQLite` file.
const APPLICATION_ID: i64 = 0x5341_4652;

/// Fills an empty file; leaves any other as it is.
pub(super) async fn create(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let objects: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *transaction).await?;
    if objects == 0 {
        sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
        // Pragmas take no parameters; a test holds these numbers and the constants together.
        sqlx::raw_sql("PRAGMA application_id = 1396786770; PRAGMA user_version = 1;")
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Refuses a file that is no log, is of another version, or has lost a guard.
pub(super) async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let marks = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version";
    let (application, version): (i64, i64) = sqlx::query_as(marks).fetch_one(&mut *connection).await?;
    if application != APPLICATION_ID {
        return Err(StoreError::Schema("the file is not a Safar log: choose another file".to_owned()));
    }
    if version != VERSION {
        return Err(StoreError::Schema(format!(
            "the file has version {version}, this program knows version {VERSION}: use the program that fits"
        )));
    }
    let found: Vec<String> = sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        .fetch_all(&mut *connection)
        .await?;
    let found: HashSet<&str> = found.iter().map(String::as_str).collect();
    match statements().find(|(_, statement)| !found.contains(statement)) {
        None => Ok(()),
        Some((name, _)) => Err(StoreError::Unsafe(format!(
            "`{name}` is missing from the file or was changed, so history is not protected: find out who did it, run `safar verify`, restore from a copy"
        ))),
    }
}

/// Name and text of each statement, as `SQLite` keeps it: without leading comments and the last semicolon.
fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    SCHEMA.split("\n\n").map(|text| {
        let statement = &text[text.find("CREATE").unwrap_or(0)..];
        let name = statement.split_whitespace().nth(2).unwrap_or(statement);
        (name, statement.trim_end().trim_end_matches(';'))
    })
}
