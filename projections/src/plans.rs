//! No question may cost more because others have more cases: each finds its rows by an index and reads them in order.

use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::{
    accesses, cases, conflicts, contact_cases, contact_notices, emergencies, erasures, exports, file,
    handoffs, hiv, measures, notices, parked, persons, pull_requests, reach, timeline, waiting, worklist,
};

/// What a statement does that grows with the table instead of with its answer.
async fn costs(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::raw_sql(explain).fetch_all(connection).await.unwrap();
    let steps = rows.iter().map(|row| row.get::<String, _>("detail"));
    // The rows of a batch are a table of their own, and it is read whole.
    let given = |step: &String| step.contains("VIRTUAL TABLE");
    let grows = |step: &String| step.starts_with("SCAN") || step.contains("TEMP B-TREE FOR ORDER BY");
    steps.filter(|step| grows(step) && !given(step)).collect()
}

async fn tables() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = file::writer(&folder.path().join("read-models.sqlite")).await.unwrap();
    (folder, connection)
}

#[tokio::test]
async fn no_question_scans_a_table() {
    let (_folder, mut connection) = tables().await;
    let statements = [
        cases::STATEMENTS.as_slice(),
        &timeline::STATEMENTS,
        &reach::STATEMENTS,
        &contact_cases::STATEMENTS,
        &worklist::STATEMENTS,
        &handoffs::STATEMENTS,
        &notices::STATEMENTS,
        &pull_requests::STATEMENTS,
        &contact_notices::STATEMENTS,
        &measures::STATEMENTS,
        &persons::STATEMENTS,
        &conflicts::STATEMENTS,
        &emergencies::STATEMENTS,
        &erasures::STATEMENTS,
        &exports::STATEMENTS,
        &parked::STATEMENTS,
        &waiting::STATEMENTS,
        &hiv::STATEMENTS,
    ];
    for statement in statements.concat() {
        assert_eq!(costs(&mut connection, statement).await, Vec::<String>::new(), "{statement}");
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn no_question_about_accesses_scans_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = accesses::connect(&folder.path().join("accesses.sqlite")).await.unwrap();
    for statement in accesses::STATEMENTS {
        assert_eq!(costs(&mut connection, statement).await, Vec::<String>::new(), "{statement}");
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_scan_and_a_sort_would_be_found() {
    let (_folder, mut connection) = tables().await;
    let scan = "SELECT id FROM cases WHERE phase = 'transit'";
    assert_eq!(costs(&mut connection, scan).await, ["SCAN cases"]);
    let sort = "SELECT due FROM worklist WHERE organisation = ?1 ORDER BY shows";
    assert_eq!(costs(&mut connection, sort).await, ["USE TEMP B-TREE FOR ORDER BY"]);
}
