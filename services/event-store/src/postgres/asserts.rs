//! What must be true of the server before anything is acknowledged on it.

use sqlx::{PgConnection, Row};

use super::schema;
use crate::error::StoreError;

/// Settings without which an acknowledged event could be lost. Asked on each connection that writes: the next one may reach
/// another server after a failover.
pub(super) async fn is_durable(connection: &mut PgConnection) -> Result<(), StoreError> {
    let refuse = |why: String| Err(StoreError::Unsafe(why));
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::int, current_setting('fsync'),
                current_setting('full_page_writes'), current_setting('synchronous_commit'), pg_is_in_recovery()",
    )
    .fetch_one(connection)
    .await?;
    let version: i32 = row.try_get(0)?;
    if version < 150_000 {
        return refuse(format!("PostgreSQL {} is too old, it takes 15 or newer", version / 10_000));
    }
    for (column, setting) in [(1, "fsync"), (2, "full_page_writes")] {
        if row.try_get::<String, _>(column)? != "on" {
            return refuse(format!(
                "the server runs with {setting} = off: set it to on and restart the server"
            ));
        }
    }
    let commit: String = row.try_get(3)?;
    if !["on", "remote_apply", "remote_write"].contains(&commit.as_str()) {
        return refuse(format!(
            "synchronous_commit is {commit} here: set it to on for this server, database and user"
        ));
    }
    if row.try_get::<bool, _>(4)? {
        return Err(StoreError::Unavailable("the server is a standby: connect to the primary".to_owned()));
    }
    Ok(())
}

/// The tables are those that this program knows, and their guards stand.
pub(super) async fn can_read(connection: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    schema::check_version(connection, schema).await?;
    let guards: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_trigger
          WHERE tgrelid = to_regclass($1 || '.event') AND tgenabled = 'A'
            AND tgname IN ('event_refuses_change', 'event_refuses_truncate')
            AND tgfoid = to_regproc($1 || '.refuse')",
    )
    .bind(schema)
    .fetch_one(connection)
    .await?;
    if guards == 2 {
        return Ok(());
    }
    Err(StoreError::Unsafe(format!(
        "a trigger that refuses changes of {schema}.event is missing or disabled, so history is not protected: \
         find out who did it, run `safar verify`, restore the trigger from the migration"
    )))
}

/// The user may append and read, and nothing else.
pub(super) async fn is_harmless(connection: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    let (user, harmful): (String, bool) = sqlx::query_as(
        "SELECT current_user::text,
                pg_has_role(t.relowner, 'MEMBER')
                OR has_table_privilege(t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
                OR has_any_column_privilege(t.oid, 'INSERT, UPDATE')
           FROM pg_class AS t WHERE t.oid = to_regclass($1 || '.event')",
    )
    .bind(schema)
    .fetch_one(connection)
    .await?;
    if !harmful {
        return Ok(());
    }
    Err(StoreError::Unsafe(format!(
        "the user {user} could change events: run `safar migrate` as an administrator, connect with a login that is \
         only a member of {schema}_writer (GRANT {schema}_writer TO …)"
    )))
}
