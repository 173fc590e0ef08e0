//! A log on either engine, and the ways around it that only a test needs.

use std::path::PathBuf;

use anyhow::Result;
use safar_event_store::{Engine, EventStore, StoreError, StoreOptions};
use safar_tests::postgres::{Database, Postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

/// Where a log of one test lives.
pub(crate) enum Fixture {
    Sqlite(TempDir),
    Postgres(Box<Database>),
}

/// A connection beside the log. On `SQLite` it is as any other program would make it; it sees the table as `event`.
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Fixture {
    pub(crate) fn sqlite() -> Result<Self> {
        Ok(Self::Sqlite(tempfile::tempdir()?))
    }

    pub(crate) async fn postgres() -> Result<Self> {
        let database = Postgres::shared()?.database().await?;
        EventStore::migrate(StoreOptions::new(&database.owner_url).grant_to(&database.login)).await?;
        Ok(Self::Postgres(Box::new(database)))
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// What the application is given.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Sqlite(_) => format!("sqlite:{}", self.file().display()),
            Self::Postgres(database) => database.app_url.clone(),
        }
    }

    /// The database file; on PostgreSQL there is none.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("log.sqlite"),
            Self::Postgres(_) => PathBuf::new(),
        }
    }

    pub(crate) fn options(&self) -> StoreOptions {
        StoreOptions::new(self.address())
    }

    pub(crate) async fn open(&self) -> Result<EventStore, StoreError> {
        EventStore::open(self.options()).await
    }

    /// Several handles that append at the same time: nodes of their own where the engine knows nodes.
    pub(crate) async fn nodes(&self, count: usize) -> Result<Vec<EventStore>> {
        let mut nodes = vec![self.open().await?];
        while nodes.len() < count {
            let next = if self.engine() == Engine::Postgres { self.open().await? } else { nodes[0].clone() };
            nodes.push(next);
        }
        Ok(nodes)
    }

    /// A connection with all rights.
    pub(crate) async fn owner(&self) -> Result<Raw> {
        self.raw(true).await
    }

    /// A connection with the rights of the application; `SQLite` knows none.
    pub(crate) async fn app(&self) -> Result<Raw> {
        self.raw(false).await
    }

    async fn raw(&self, all_rights: bool) -> Result<Raw> {
        match self {
            Self::Sqlite(_) => {
                let options = SqliteConnectOptions::new().filename(self.file());
                Ok(Raw::Sqlite(SqliteConnection::connect_with(&options).await?))
            }
            Self::Postgres(database) => {
                let connection = if all_rights { database.owner().await? } else { database.app().await? };
                let mut raw = Raw::Postgres(connection);
                raw.run("SET search_path = safar_log").await?;
                Ok(raw)
            }
        }
    }

    /// Keeps every writer of the log waiting until the answer is released.
    pub(crate) async fn hold(&self) -> Result<Raw> {
        let mut raw = self.owner().await?;
        match self.engine() {
            Engine::Sqlite => raw.run("BEGIN IMMEDIATE").await?,
            Engine::Postgres => {
                raw.run("BEGIN").await?;
                raw.run("SELECT pg_advisory_xact_lock(hashtextextended('safar_log', 0))").await?
            }
        };
        Ok(raw)
    }

    /// Takes the guards away, as somebody with all rights and bad intentions could.
    pub(crate) async fn drop_guards(&self) -> Result<Raw> {
        let mut raw = self.owner().await?;
        let statement = match self.engine() {
            Engine::Sqlite => {
                "DROP TRIGGER event_refuses_update; DROP TRIGGER event_refuses_delete; DROP TRIGGER event_follows"
            }
            Engine::Postgres => "ALTER TABLE event DISABLE TRIGGER ALL",
        };
        raw.run(statement).await?;
        Ok(raw)
    }

    /// One of two wordings, by engine.
    pub(crate) fn choose<T>(&self, sqlite: T, postgres: T) -> T {
        match self.engine() {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        }
    }
}

impl Raw {
    /// Runs statements and answers how many rows they changed.
    pub(crate) async fn run(&mut self, statements: &str) -> Result<u64, sqlx::Error> {
        let statements = AssertSqlSafe(statements.to_owned());
        match self {
            Self::Sqlite(connection) => {
                sqlx::raw_sql(statements).execute(connection).await.map(|done| done.rows_affected())
            }
            Self::Postgres(connection) => {
                sqlx::raw_sql(statements).execute(connection).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(crate) async fn number(&mut self, query: &str) -> Result<i64, sqlx::Error> {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(query).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(query).fetch_one(connection).await,
        }
    }

    /// Lets go of what [`Fixture::hold`] holds.
    pub(crate) async fn release(mut self) -> Result<()> {
        self.run("ROLLBACK").await?;
        Ok(())
    }
}
