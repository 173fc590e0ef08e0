//! Commits batches on the server: one function call, one round trip.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, postgres::PgConnectOptions, postgres::PgRow,
};
use uuid::Uuid;

use super::asserts;
use crate::{
    backend::{BatchError, Committed, Known, Request},
    error::StoreError,
    event::FirstResult,
    options::{Clock, StoreOptions},
    read::{COMMAND, decode, intact},
};

/// The one connection of this node that appends, made anew whenever it is lost.
pub(crate) struct Writer {
    connect: PgConnectOptions,
    connection: Option<PgConnection>,
    statement: Arc<str>,
    schema: String,
    allow_owner: bool,
    clock: Option<Clock>,
    patience: Duration,
}

impl Writer {
    pub(super) async fn start(connect: PgConnectOptions, options: &StoreOptions) -> Result<Self, StoreError> {
        let milliseconds = options.patience.as_millis().max(100).to_string();
        let mut writer = Self {
            connect: connect.options([("lock_timeout", milliseconds.as_str())]),
            connection: None,
            statement: format!(
                "SELECT * FROM {}.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)",
                options.schema
            )
            .into(),
            schema: options.schema.clone(),
            allow_owner: options.allow_owner,
            clock: options.clock.clone(),
            patience: options.patience.max(Duration::from_millis(100)),
        };
        writer.connection = Some(writer.connect().await?);
        Ok(writer)
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.connect.connect().await?;
        asserts::is_durable(&mut connection).await?;
        asserts::can_read(&mut connection, &self.schema).await?;
        if !self.allow_owner {
            asserts::is_harmless(&mut connection, &self.schema).await?;
        }
        Ok(connection)
    }

    /// A connection on which something went wrong is not used again.
    pub(crate) async fn commit(&mut self, batch: &[Request]) -> Result<Committed, BatchError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.limited(self.connect()).await.map_err(BatchError::NotSent)?,
        };
        let now = self.clock.as_ref().map(|clock| clock().as_microsecond());
        let call = call(&mut connection, &self.statement, batch, now);
        let committed = match tokio::time::timeout(self.patience * 2, call).await {
            Ok(answer) => answer,
            Err(_) => Err(BatchError::Unknown(no_answer())),
        };
        if !matches!(committed, Err(BatchError::Unknown(_) | BatchError::NotSent(_))) {
            self.connection = Some(connection);
        }
        committed
    }

    async fn limited<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.patience, work).await.unwrap_or_else(|_| Err(no_answer()))
    }

    pub(crate) async fn close(self) {
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(error = %StoreError::from(error), "the connection was not closed cleanly; nothing is lost");
        }
    }
}

async fn call(
    connection: &mut PgConnection,
    statement: &Arc<str>,
    batch: &[Request],
    now: Option<i64>,
) -> Result<Committed, BatchError> {
    let columns = Columns::of(batch);
    let row = sqlx::query(AssertSqlSafe(statement.clone()))
        .bind(columns.command_actor)
        .bind(columns.command_id)
        .bind(columns.command_fingerprint)
        .bind(columns.write_append)
        .bind(columns.write_stream)
        .bind(columns.write_expected)
        .bind(columns.event_append)
        .bind(columns.stream)
        .bind(columns.revision)
        .bind(columns.event_id)
        .bind(columns.event_type)
        .bind(columns.occurred_at)
        .bind(columns.ordinal)
        .bind(columns.digest)
        .bind(columns.metadata)
        .bind(columns.payload)
        .bind(now)
        .fetch_one(&mut *connection)
        .await
        .map_err(batch_error)?;
    let (known, stored) = read_answer(&row).map_err(BatchError::Unknown)?;
    let mut committed = known.answers(batch);
    if committed.head.get() != known.head.get() + stored {
        return Err(BatchError::Unknown(StoreError::Schema(
            "the append function stored something else than it answered".to_owned(),
        )));
    }
    for (request, answer) in batch.iter().zip(&mut committed.answers) {
        if answer.as_ref().is_ok_and(|appended| appended.duplicate) {
            let rows = sqlx::query(COMMAND)
                .bind(request.command.actor.as_str())
                .bind(request.command.id)
                .fetch_all(&mut *connection)
                .await
                .map_err(batch_error)?;
            *answer = FirstResult::answer(intact(rows.iter().map(decode)));
        }
    }
    Ok(committed)
}

fn read_answer(row: &PgRow) -> Result<(Known, u64), StoreError> {
    let number = |column| -> Result<u64, StoreError> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
    };
    let head = number(0)?.into();
    let recorded_at = Timestamp::from_microsecond(row.try_get(2)?)
        .map_err(|_| StoreError::Schema("the server's clock is out of range".to_owned()))?;
    let revisions: Vec<i64> = row.try_get(4)?;
    let revisions = revisions.into_iter().map(|r| u64::try_from(r).unwrap_or_default().into()).collect();
    Ok((Known { head, recorded_at, fingerprints: row.try_get(3)?, revisions }, number(1)?))
}

/// A batch, turned by a quarter: PostgreSQL takes arrays.
#[derive(Default)]
struct Columns<'a> {
    command_actor: Vec<&'a str>,
    command_id: Vec<Uuid>,
    command_fingerprint: Vec<&'a [u8]>,
    write_append: Vec<i32>,
    write_stream: Vec<&'a str>,
    write_expected: Vec<i64>,
    event_append: Vec<i32>,
    stream: Vec<&'a str>,
    revision: Vec<i64>,
    event_id: Vec<Uuid>,
    event_type: Vec<&'a str>,
    occurred_at: Vec<i64>,
    ordinal: Vec<i32>,
    digest: Vec<&'a [u8]>,
    metadata: Vec<&'a str>,
    payload: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a [Request]) -> Self {
        let mut columns = Self::default();
        for (place, request) in (1..).zip(batch) {
            columns.command_actor.push(&request.command.actor);
            columns.command_id.push(request.command.id);
            columns.command_fingerprint.push(&request.fingerprint);
            for write in &request.writes {
                columns.write_append.push(place);
                columns.write_stream.push(write.stream.as_str());
                columns.write_expected.push(write.expected.as_i64());
            }
            for prepared in &request.events {
                columns.event_append.push(place);
                columns.stream.push(prepared.stream.as_str());
                columns.revision.push(prepared.revision.as_i64());
                columns.event_id.push(prepared.event.event_id);
                columns.event_type.push(&prepared.event.event_type);
                columns.occurred_at.push(prepared.event.occurred_at.as_microsecond());
                columns.ordinal.push(prepared.ordinal.cast_signed());
                columns.digest.push(&prepared.digest);
                columns.metadata.push(prepared.metadata());
                columns.payload.push(&prepared.event.payload);
            }
        }
        columns
    }
}

fn no_answer() -> StoreError {
    StoreError::Unavailable("no answer in time".to_owned())
}

/// An error that the server reports has rolled the batch back; silence says nothing.
fn batch_error(error: sqlx::Error) -> BatchError {
    let code = match &error {
        sqlx::Error::Database(error) => error.code().unwrap_or_default().into_owned(),
        _ => return BatchError::Unknown(error.into()),
    };
    match code.as_str() {
        // Lock not got in time; read-only since a failover; no connection left: nothing was stored, try again.
        "55P03" | "25006" | "53300" => BatchError::NotSent(error.into()),
        // Shut down or terminated, perhaps between the commit and its answer.
        code if code.starts_with("57P") || code.starts_with("08") => BatchError::Unknown(error.into()),
        _ => BatchError::Rejected(error.into()),
    }
}
