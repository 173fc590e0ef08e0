//! The file: opened for one writer and several readers, and refused when its tables are not those of this version.

use std::{path::Path, path::PathBuf, time::Duration};

use safar_domain::person::spelling;
use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    cases, checkpoint, conflicts, contact_cases, contact_notices, directory, emergencies, erasures,
    error::ProjectionError, exports, handoffs, hiv, measures, notices, parked, persons, pull_requests, reach,
    timeline, waiting, worklist,
};

/// Raise it whenever a fold gives other rows than before; a change of the tables, or of the keys of names, is noticed by
/// itself.
const FOLD_VERSION: u32 = 20;

const TABLES: [&str; 20] = [
    checkpoint::TABLES,
    cases::TABLES,
    timeline::TABLES,
    reach::TABLES,
    contact_cases::TABLES,
    worklist::TABLES,
    handoffs::TABLES,
    notices::TABLES,
    pull_requests::TABLES,
    contact_notices::TABLES,
    measures::TABLES,
    persons::TABLES,
    conflicts::TABLES,
    emergencies::TABLES,
    erasures::TABLES,
    exports::TABLES,
    directory::TABLES,
    parked::TABLES,
    waiting::TABLES,
    hiv::TABLES,
];

const READERS: u32 = 4;

/// What the file says of the code that wrote it: never 0, which is what a new file says.
const CODE_VERSION: i32 = {
    let mut hash = 0x811c_9dc5_u32 ^ FOLD_VERSION ^ (spelling::VERSION << 16);
    let mut table = 0;
    while table < TABLES.len() {
        let text = TABLES[table].as_bytes();
        let mut at = 0;
        while at < text.len() {
            hash = (hash ^ text[at] as u32).wrapping_mul(0x0100_0193);
            at += 1;
        }
        table += 1;
    }
    (hash >> 1).cast_signed() | 1
};

/// The connection that writes; it makes the file and its tables if they are not there.
pub(crate) async fn writer(path: &Path) -> Result<SqliteConnection, ProjectionError> {
    create_private(path)?;
    let options = options(path).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    create_tables(&mut connection, path).await?;
    Ok(connection)
}

/// A connection to a file that nobody reads yet: a crash loses it whole, so nothing is synced before the end.
pub(crate) async fn builder(path: &Path) -> Result<SqliteConnection, ProjectionError> {
    create_private(path)?;
    let options = options(path).journal_mode(SqliteJournalMode::Off).synchronous(SqliteSynchronous::Off);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    create_tables(&mut connection, path).await?;
    Ok(connection)
}

/// Connections that only read. Each is opened and reads now, for `SQLite` opens the files beside the main one at the
/// first read: a connection that came later could take those of a rebuilt file for its own.
pub(crate) async fn readers(path: &Path) -> Result<SqlitePool, ProjectionError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(READERS)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options(path).read_only(true).pragma("query_only", "ON"))
        .await?;
    let mut held = Vec::new();
    for _ in 0..READERS {
        let mut connection = pool.acquire().await?;
        checkpoint::read(&mut connection).await?;
        held.push(connection);
    }
    drop(held);
    Ok(pool)
}

pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

async fn create_tables(connection: &mut SqliteConnection, path: &Path) -> Result<(), ProjectionError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let version: i32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *transaction).await?;
    match (version, tables) {
        (0, 0) => {
            for tables in TABLES {
                sqlx::raw_sql(tables).execute(&mut *transaction).await?;
            }
            let version = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {CODE_VERSION}"));
            sqlx::raw_sql(version).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(())
        }
        (CODE_VERSION, _) => Ok(()),
        _ => Err(ProjectionError::SchemaChanged { path: path.to_owned() }),
    }
}

/// An absent file is made for its owner alone; `SQLite` gives the files beside it the same mode.
pub(crate) fn create_private(path: &Path) -> Result<(), ProjectionError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(ProjectionError::file(path, &error))
        }
        _ => Ok(()),
    }
}

/// The path with something behind it: `read-models.sqlite-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Tells one file from another under the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    pub(crate) fn of(path: &Path) -> Result<Self, ProjectionError> {
        let metadata = std::fs::metadata(path).map_err(|error| ProjectionError::file(path, &error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Ok(Self(metadata.dev(), metadata.ino()))
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            Ok(Self(0, 0))
        }
    }
}
