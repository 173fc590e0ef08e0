//! The log in one `SQLite` file, owned by one process.

mod lock;
mod schema;
mod writer;

use std::{path::Path, time::Duration};

use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(crate) use writer::Writer;

use crate::{
    backend,
    error::StoreError,
    head::Head,
    options::{Engine, StoreOptions},
    read::Reader,
    store::Opened,
};

/// Before this release, a checkpoint could race with a commit and corrupt a database in WAL mode.
const OLDEST_VERSION: [u32; 3] = [3, 51, 3];

pub(crate) async fn open(path: &Path, options: &StoreOptions) -> Result<Opened, StoreError> {
    let writer = if options.read_only { None } else { Some(open_writer(path, options).await?) };
    let pool = SqlitePoolOptions::new()
        .max_connections(options.read_connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(connection(path).read_only(true).pragma("query_only", "ON"))
        .await
        .map_err(|error| cannot_open(path, &error))?;
    if options.read_only {
        schema::check(&mut *pool.acquire().await?).await?;
    }
    let reader = Reader::Sqlite(pool.clone());
    let head = Head::new(reader.head().await?);
    // The owner knows of every append; everybody else has to look.
    let watcher = options.read_only.then(|| tokio::spawn(poll(pool, head.clone(), options.poll_interval)));
    let writer = writer.map(backend::Writer::Sqlite);
    Ok(Opened { engine: Engine::Sqlite, reader, writer, head, watcher })
}

async fn open_writer(path: &Path, options: &StoreOptions) -> Result<Writer, StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(StoreError::Address(format!(
            "the folder {} does not exist: create it first",
            folder.display()
        )));
    }
    let lock = lock::OwnerLock::take(path)?;
    create_private(path)?;
    let options_for_writing = connection(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("recursive_triggers", "ON")
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON");
    let mut connection = SqliteConnection::connect_with(&options_for_writing)
        .await
        .map_err(|error| cannot_open(path, &error))?;
    assert_version(&mut connection).await?;
    assert_pragmas(&mut connection).await?;
    schema::create(&mut connection).await?;
    schema::check(&mut connection).await?;
    settle_journal(&mut connection).await?;
    let clock = options.clock.clone().unwrap_or_else(crate::options::machine_clock);
    Writer::start(connection, lock, clock).await
}

/// Syncs what the journal holds, and puts it into the file. Who died between a write and its sync has left events that only this
/// machine's memory has: before anybody is told of them, the disk has them too, or the log is not opened.
async fn settle_journal(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (busy, _, _): (bool, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await?;
    if busy { Err(StoreError::Unavailable("the journal is being copied".to_owned())) } else { Ok(()) }
}

fn connection(path: &Path) -> SqliteConnectOptions {
    use sqlx::ConnectOptions;
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

fn cannot_open(path: &Path, error: &sqlx::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// An absent file is made for its owner alone; `SQLite` gives the files beside it the same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unavailable(format!("{}: {error}", path.display()))),
    }
}

async fn assert_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() >= OLDEST_VERSION.as_slice() {
        return Ok(());
    }
    Err(StoreError::Unsafe(format!("SQLite {version} is too old, it takes 3.51.3 or newer")))
}

/// A pragma that is not understood is silently ignored, so each is read back.
async fn assert_pragmas(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    const EXPECTED: [(&str, &str); 5] = [
        ("synchronous", "SELECT synchronous = 2 FROM pragma_synchronous"),
        ("journal_mode", "SELECT journal_mode = 'wal' FROM pragma_journal_mode"),
        ("foreign_keys", "SELECT foreign_keys = 1 FROM pragma_foreign_keys"),
        ("recursive_triggers", "SELECT recursive_triggers = 1 FROM pragma_recursive_triggers"),
        ("trusted_schema", "SELECT trusted_schema = 0 FROM pragma_trusted_schema"),
    ];
    for (pragma, question) in EXPECTED {
        if !sqlx::query_scalar::<_, bool>(question).fetch_one(&mut *connection).await? {
            return Err(StoreError::Unsafe(format!(
                "SQLite did not accept the setting {pragma}; is the file on a local disk?"
            )));
        }
    }
    Ok(())
}

/// Follows a log that another process writes.
async fn poll(pool: SqlitePool, head: Head, interval: Duration) {
    let reader = Reader::Sqlite(pool);
    loop {
        tokio::time::sleep(interval).await;
        match reader.head().await {
            Ok(position) => head.advance(position),
            Err(error) => tracing::warn!(%error, "cannot look for new events"),
        }
    }
}
