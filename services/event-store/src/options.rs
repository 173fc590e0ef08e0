//! How a log is opened.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::error::StoreError;

/// Where the log's own time comes from; read once per batch.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The database under the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// One file, owned by one process.
    Sqlite,
    /// A server, shared by several nodes.
    Postgres,
}

/// How to open a log: `sqlite:/path/to/file.sqlite` or `postgres://user@host/database`.
#[derive(Clone)]
pub struct StoreOptions {
    pub(crate) url: String,
    pub(crate) clock: Option<Clock>,
    pub(crate) batch_appends: usize,
    pub(crate) queue_appends: usize,
    pub(crate) read_connections: u32,
    pub(crate) poll_interval: Duration,
    pub(crate) patience: Duration,
    pub(crate) schema: String,
    pub(crate) read_only: bool,
    pub(crate) migrate: bool,
    pub(crate) allow_owner: bool,
    pub(crate) grant_to: Option<String>,
}

impl StoreOptions {
    /// The defaults: 256 appends per batch, 1024 waiting, 4 connections for reading.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            clock: None,
            batch_appends: 256,
            queue_appends: 1024,
            read_connections: 4,
            poll_interval: Duration::from_millis(200),
            patience: Duration::from_secs(5),
            schema: "safar_log".to_owned(),
            read_only: false,
            migrate: false,
            allow_owner: false,
            grant_to: None,
        }
    }

    /// Takes `recorded_at` from here instead of the machine (`SQLite`) or the server (PostgreSQL).
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Commits at most this many appends together; at least one.
    #[must_use]
    pub fn batch_appends(mut self, appends: usize) -> Self {
        self.batch_appends = appends.max(1);
        self
    }

    /// Lets at most this many appends wait; the next is refused at once as overloaded.
    #[must_use]
    pub fn queue_appends(mut self, appends: usize) -> Self {
        self.queue_appends = appends.max(1);
        self
    }

    /// Connections that serve readers, at least one.
    #[must_use]
    pub fn read_connections(mut self, connections: u32) -> Self {
        self.read_connections = connections.max(1);
        self
    }

    /// How long a reader may lag when every wake-up gets lost.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// How long a batch is sent again to a database that does not answer, before its callers are told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Name of the schema on PostgreSQL, one per log; `safar_log` unless told. `SQLite` has one log per file.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Opens for reading only, beside the process that owns the log.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Creates missing tables on PostgreSQL while opening, for a set-up with a single user.
    #[must_use]
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Lets a PostgreSQL login append and read, nothing else, when the log is migrated. The login must exist.
    #[must_use]
    pub fn grant_to(mut self, login: impl Into<String>) -> Self {
        self.grant_to = Some(login.into());
        self
    }

    /// Accepts a PostgreSQL user that could change events. For development: one mistake, and history is gone.
    #[must_use]
    pub fn allow_owner(mut self, allow: bool) -> Self {
        self.allow_owner = allow;
        self
    }

    pub(crate) fn target(&self) -> Result<Target, StoreError> {
        let wrong = |why: &str| Err(StoreError::Address(why.to_owned()));
        match self.url.split_once(':') {
            Some(("sqlite", rest)) => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path.contains(":memory:") {
                    return wrong("a log needs a file to live in: sqlite:/path/to/file.sqlite");
                }
                if path.contains('?') {
                    return wrong("a SQLite log takes no parameters after its path");
                }
                Ok(Target::Sqlite(path.into()))
            }
            Some(("postgres" | "postgresql", _)) => {
                let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
                let name = self.schema.as_bytes();
                if !(1..=40).contains(&name.len())
                    || name[0].is_ascii_digit()
                    || !name.iter().all(|c| plain(*c))
                {
                    return wrong("a schema has 1 to 40 lower-case letters, digits or `_`");
                }
                Ok(Target::Postgres)
            }
            _ => wrong("it must begin with sqlite: or postgres:"),
        }
    }
}

pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres,
}

impl From<&str> for StoreOptions {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for StoreOptions {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

/// Without the address: it may carry a password.
impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("batch_appends", &self.batch_appends)
            .field("queue_appends", &self.queue_appends)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// The machine's clock: the edge at which `recorded_at` enters a log that runs without a server.
#[expect(clippy::disallowed_methods, reason = "the log stamps events itself unless a clock is given")]
pub(crate) fn machine_clock() -> Clock {
    Arc::new(Timestamp::now)
}
