//! Every row of every table, as text.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// Rows by table, in order.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
const COLUMNS: &str =
    "SELECT group_concat('quote(' || name || ')', '|| '' | '' ||') FROM pragma_table_info(?1)";

pub(crate) async fn dump(path: &Path) -> Result<Dump> {
    let mut connection = connect(path).await?;
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut connection).await?;
    let mut dump = Dump::new();
    for table in tables {
        let columns: String = sqlx::query_scalar(COLUMNS).bind(&table).fetch_one(&mut connection).await?;
        let statement = AssertSqlSafe(format!("SELECT {columns} AS line FROM {table} ORDER BY line"));
        dump.insert(table, sqlx::query_scalar(statement).fetch_all(&mut connection).await?);
    }
    connection.close().await?;
    Ok(dump)
}

/// Runs statements beside the read models, as no part of Safar would.
pub(crate) async fn meddle(path: &Path, statements: &str) -> Result<()> {
    let mut connection = connect(path).await?;
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// What [`differences`] answers for equal ones.
pub(crate) const NONE: Vec<String> = Vec::new();

/// The rows that only one of the two has; none when they are equal.
pub(crate) fn differences(one: &Dump, other: &Dump) -> Vec<String> {
    let only = |here: &Dump, there: &Dump, sign: char| {
        let mut rows = Vec::new();
        for (table, lines) in here {
            let known = there.get(table).map_or(&[][..], Vec::as_slice);
            let missing = lines.iter().filter(|line| !known.contains(line));
            rows.extend(missing.map(|line| format!("{sign} {table}: {line}")));
        }
        rows
    };
    [only(one, other, '-'), only(other, one, '+')].concat()
}

async fn connect(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(path);
    Ok(SqliteConnection::connect_with(&options).await?)
}
