//! Opening the key store, and making it where there is none yet.

use std::{path::Path, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::{Builder, Uuid};

use super::{Engine, KeyStore};
use crate::{VaultError, Why, key};

const SQLITE: &str = include_str!("schema-sqlite.sql");
const POSTGRES: &str = include_str!("schema-postgres.sql");

/// "SAFK": tells a key store from any other `SQLite` file.
const APPLICATION_ID: i32 = 0x5341_464b;
const CONNECTIONS: u32 = 4;
const MAY_END_EPOCHS: &str = "SELECT has_table_privilege('safar_keys_user', 'safar_keys.epochs', 'DELETE')";
const LOG: &str = "SELECT id FROM log WHERE one = 1";
impl KeyStore {
    /// Opens the key store in a file, or makes it, readable by its owner alone.
    pub async fn sqlite(path: &Path) -> Result<Self, VaultError> {
        create_private(path)?;
        let mut connection = options(path).connect().await?;
        make_tables(&mut connection).await?;
        connection.close().await?;
        Self::sqlite_as_it_is(path).await
    }

    /// Opens the key store in a file that must be there.
    pub async fn sqlite_as_it_is(path: &Path) -> Result<Self, VaultError> {
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options(path)).await?;
        let application: i32 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&pool).await?;
        if application != APPLICATION_ID {
            return Err(away(format!("{} is no key store of Safar", path.display())));
        }
        let log: String = sqlx::query_scalar(LOG).fetch_one(&pool).await?;
        Self::with(Engine::Sqlite(pool), &log)
    }

    /// Opens the key store on a `PostgreSQL` server; whoever finds no connection in `patience` is told so.
    pub async fn postgres(url: &str, patience: Duration) -> Result<Self, VaultError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(patience)
            .connect_with(address(url)?.options([("search_path", "safar_keys")]))
            .await?;
        let log: String = sqlx::query_scalar(LOG).fetch_one(&pool).await?;
        Self::with(Engine::Postgres(pool), &log)
    }

    /// Makes the tables on a `PostgreSQL` server and lets a login use them; as a user who may. Safe to repeat.
    pub async fn migrate_postgres(url: &str, grant_to: Option<&str>) -> Result<(), VaultError> {
        let mut connection = address(url)?.connect().await?;
        let mut transaction = connection.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('safar_keys migration', 0))")
            .execute(&mut *transaction)
            .await?;
        let there: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'safar_keys')")
                .fetch_one(&mut *transaction)
                .await?;
        if !there {
            sqlx::raw_sql(POSTGRES).execute(&mut *transaction).await?;
            sqlx::query("INSERT INTO safar_keys.log (one, id) VALUES (1, $1)")
                .bind(new_log().to_string())
                .execute(&mut *transaction)
                .await?;
        }
        // Key stores from before there were erasures lack it.
        let erases: bool = sqlx::query_scalar(MAY_END_EPOCHS).fetch_one(&mut *transaction).await?;
        if !erases {
            let grant = "GRANT DELETE ON safar_keys.epochs TO safar_keys_user";
            sqlx::query(grant).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        if let Some(login) = grant_to {
            grant(&mut connection, login).await?;
        }
        connection.close().await?;
        Ok(())
    }

    fn with(engine: Engine, log: &str) -> Result<Self, VaultError> {
        let log = log.parse().map_err(|_| VaultError::Damaged("a row of the key store"))?;
        Ok(Self { log, engine })
    }
}

async fn make_tables(connection: &mut SqliteConnection) -> Result<(), VaultError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *transaction).await?;
    if tables == 0 {
        sqlx::raw_sql(SQLITE).execute(&mut *transaction).await?;
        let mark = AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
        sqlx::raw_sql(mark).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO log (one, id) VALUES (1, $1)")
            .bind(new_log().to_string())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn grant(connection: &mut PgConnection, login: &str) -> Result<(), VaultError> {
    let role: Option<String> =
        sqlx::query_scalar("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = $1")
            .bind(login)
            .fetch_optional(&mut *connection)
            .await?;
    let role = role.ok_or_else(|| away(format!("the login {login} does not exist")))?;
    let grant = AssertSqlSafe(format!("GRANT safar_keys_user TO {role}"));
    sqlx::raw_sql(grant).execute(&mut *connection).await?;
    Ok(())
}

/// What is deleted is overwritten, and what is answered is on disk.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

fn address(url: &str) -> Result<PgConnectOptions, VaultError> {
    let options: PgConnectOptions = url
        .parse()
        .map_err(|_| away("it is no PostgreSQL address: postgres://user@host/database".to_owned()))?;
    Ok(options.application_name("safar-keys").disable_statement_logging())
}

fn new_log() -> Uuid {
    Builder::from_random_bytes(key::random()).into_uuid()
}

fn create_private(path: &Path) -> Result<(), VaultError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(away(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

fn away(text: String) -> VaultError {
    Why::StoreAway(text).into()
}
