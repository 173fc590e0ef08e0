//! Tables, roles and rights.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::connection;
use crate::{error::StoreError, options::StoreOptions};

const SCHEMA: &str = include_str!("schema.sql");
const SCHEMA_NAME: &str = "safar_log";
const VERSION: i32 = 1;

/// Brings the schema to the version of this program and lets the login append, if one is named.
pub(crate) async fn migrate(options: &StoreOptions) -> Result<(), StoreError> {
    let mut connection = connection(options)?.connect().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1 || ' migration', 0))")
        .bind(&options.schema)
        .execute(&mut *transaction)
        .await?;
    if version(&mut transaction, &options.schema).await?.is_none() {
        // The name was checked to be lower-case letters, digits and `_`.
        let sql = SCHEMA.replace(SCHEMA_NAME, &options.schema);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
        tracing::info!(version = VERSION, "log migrated");
    }
    transaction.commit().await?;
    check_version(&mut connection, &options.schema).await?;
    if let Some(login) = &options.grant_to {
        grant(&mut connection, &options.schema, login).await?;
    }
    connection.close().await?;
    Ok(())
}

async fn grant(connection: &mut PgConnection, schema: &str, login: &str) -> Result<(), StoreError> {
    let statement: Option<String> = sqlx::query_scalar(
        "SELECT format('GRANT %I TO %I', $1 || '_writer', rolname) FROM pg_roles WHERE rolname = $2",
    )
    .bind(schema)
    .bind(login)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(statement) = statement else {
        return Err(StoreError::Schema(format!(
            "the login {login} does not exist: create it with CREATE ROLE … LOGIN PASSWORD '…', then migrate again"
        )));
    };
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

pub(super) async fn check_version(connection: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    match version(connection, schema).await? {
        Some(VERSION) => Ok(()),
        Some(other) => Err(StoreError::Schema(format!(
            "the schema {schema} has version {other}, this program knows version {VERSION}: use the program that fits, or migrate"
        ))),
        None => Err(StoreError::Schema(format!(
            "there is no schema {schema} in this database that this user may use: run `safar migrate` as an administrator, \
             then GRANT {schema}_writer TO this user"
        ))),
    }
}

/// None where there is no schema, or this user may not look into it.
async fn version(connection: &mut PgConnection, schema: &str) -> Result<Option<i32>, StoreError> {
    let visible: bool = sqlx::query_scalar(
        "SELECT coalesce(has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), false)
           FROM (SELECT 1) AS one
           LEFT JOIN pg_namespace AS n ON n.nspname = $1
           LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'version'",
    )
    .bind(schema)
    .fetch_one(&mut *connection)
    .await?;
    if !visible {
        return Ok(None);
    }
    let statement = format!("SELECT max(version) FROM {schema}.version");
    Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(connection).await?)
}
