//! The log on a PostgreSQL server, shared by several nodes.

mod asserts;
mod listen;
mod schema;
mod writer;

use std::time::Duration;

use sqlx::{
    ConnectOptions, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub(crate) use schema::migrate;
pub(crate) use writer::Writer;

use crate::{
    backend,
    error::StoreError,
    head::Head,
    options::{Engine, StoreOptions},
    read::{Home, Reader},
    store::Opened,
};

pub(crate) async fn open(options: &StoreOptions) -> Result<Opened, StoreError> {
    if options.migrate {
        schema::migrate(options).await?;
    }
    let connect = connection(options)?;
    let writer = if options.read_only {
        asserts::can_read(&mut connect.connect().await?, &options.schema).await?;
        None
    } else {
        Some(backend::Writer::Postgres(Box::new(Writer::start(connect.clone(), options).await?)))
    };
    let pool = pool(options.read_connections, &connect, options.patience).await?;
    let reader = Reader::Postgres(pool, Home::here(options.patience));
    let head = Head::new(reader.head().await?);
    let wake_ups = self::pool(1, &connect, options.patience).await?;
    let watcher = listen::Watcher {
        reader: reader.clone(),
        head: head.clone(),
        channel: options.schema.clone(),
        poll_interval: options.poll_interval,
    };
    let watcher = Some(tokio::spawn(watcher.watch(wake_ups)));
    Ok(Opened { engine: Engine::Postgres, reader, writer, head, watcher })
}

/// Every connection of a log: in its schema, at the isolation that its lock needs, gone when its client is.
fn connection(options: &StoreOptions) -> Result<PgConnectOptions, StoreError> {
    let connect: PgConnectOptions = options.url.parse().map_err(|_| {
        StoreError::Address("it is no PostgreSQL address: postgres://user@host:5432/database".into())
    })?;
    Ok(connect
        .application_name("safar-log")
        .options([
            ("search_path", options.schema.as_str()),
            ("default_transaction_isolation", "read committed"),
            ("client_connection_check_interval", "1000"),
        ])
        .disable_statement_logging())
}

/// Whoever finds no connection in `patience` is told so, instead of waiting for a database that is away.
async fn pool(
    connections: u32,
    connect: &PgConnectOptions,
    patience: Duration,
) -> Result<PgPool, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .connect_with(connect.clone().options([("default_transaction_read_only", "on")]))
        .await?;
    Ok(pool)
}
