//! What only a server can do wrong.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use safar_event_store::{AppendError, EventStore, StoreError, StoreOptions};
use safar_tests::{load, postgres::Postgres};
use sqlx::{AssertSqlSafe, Row, postgres::PgConnectOptions};

use crate::{
    checks::{Follower, assert_history, whole_log},
    durability::Journal,
    fixture::{Fixture, Raw},
    given::{append, case, occupy},
    guards::{beyond_rights, first_success},
    proxy::Proxy,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_after_the_commit_is_learnt_by_sending_again() -> Result<()> {
    let log = Fixture::postgres().await?;
    let address: PgConnectOptions = log.address().parse()?;
    let proxy = Proxy::to(address.get_port()).await?;
    let detour = log.address().replace(&format!(":{}", address.get_port()), &format!(":{}", proxy.port));
    // No polling and no notification of one's own: the next answer is that of the append.
    let store = EventStore::open(StoreOptions::new(detour).poll_interval(Duration::from_hours(1))).await?;
    for number in 0..5 {
        store.append(append(number, &case(number), 0)).await?;
        proxy.lose_next_answer();
        let appended = store.append(append(number + 100, &case(number), 1)).await?;
        ensure!(proxy.has_lost());
        assert_eq!(appended.first, (number * 2 + 2).into());
    }
    ensure!(store.metrics().resends > 0, "no answer was lost");
    assert_history(&whole_log(&log.open().await?).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_whose_connection_is_killed_sends_again() -> Result<()> {
    let log = Fixture::postgres().await?;
    let store = log.open().await?;
    let mut held = log.hold().await?;
    let waiting = occupy(&store, append(1, &case(1), 0)).await;
    let stuck = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'";
    while held.number(stuck).await? == 0 {
        tokio::task::yield_now().await;
    }
    held.release().await?;
    assert_eq!(waiting.await??.first, 1.into());
    ensure!(store.metrics().resends > 0);
    assert_eq!(store.head().await?, 1.into());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_log_stays_locked_callers_are_told_in_time() -> Result<()> {
    let log = Fixture::postgres().await?;
    let store = EventStore::open(log.options().patience(Duration::from_millis(200))).await?;
    let held = log.hold().await?;
    let answer = store.append(append(1, &case(1), 0)).await;
    ensure!(matches!(answer, Err(AppendError::Store(_))), "{answer:?}");
    held.release().await?;
    assert_eq!(store.append(append(1, &case(1), 0)).await?.first, 1.into());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_loses_nothing_acknowledged() -> Result<()> {
    let server = Postgres::start()?;
    let database = server.database().await?;
    EventStore::migrate(StoreOptions::new(&database.owner_url).grant_to(&database.login)).await?;
    let store =
        EventStore::open(StoreOptions::new(&database.app_url).patience(Duration::from_secs(30))).await?;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for revision in 0..60_u64 {
                let appended = store.append(load::append(writer, revision.into())).await?;
                assert_eq!(appended.revisions[0].1, (revision + 1).into());
            }
            Ok::<_, AppendError>(())
        });
    }
    for quarter in 1..4 {
        store.wait_for((quarter * 120).into(), Duration::from_secs(30)).await?;
        server.crash_and_restart()?;
    }
    for answer in writers.join_all().await {
        answer?;
    }
    store.close().await;
    let events = whole_log(&EventStore::open(StoreOptions::new(&database.app_url)).await?).await?;
    assert_eq!(events.len(), 8 * 60);
    assert_history(&events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_under_load_does_not_disturb_the_others() -> Result<()> {
    let log = Fixture::postgres().await?;
    let store = log.open().await?;
    let mut journal = Journal::default();
    for round in 0..4 {
        let survivor = store.clone();
        let survivor = tokio::spawn(async move {
            for revision in round * 40..(round + 1) * 40 {
                survivor.append(load::append(100, revision.into())).await?;
            }
            Ok::<_, AppendError>(())
        });
        journal.run_and_kill(&log, 60, &[]).await?;
        survivor.await??;
        journal.check(&store).await?;
    }
    assert_eq!(store.revision(&load::stream(100)).await?, 160.into());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_notifications_polling_is_enough() -> Result<()> {
    let log = Fixture::postgres().await?;
    let store = EventStore::open(log.options().poll_interval(Duration::from_millis(10))).await?;
    store.append(append(1, &case(1), 0)).await?;
    let waiting = tokio::spawn(async move { store.wait_for(2.into(), Duration::from_secs(30)).await });
    // A row that no notification tells of.
    let row = "INSERT INTO event SELECT 2, 2, occurred_at, recorded_at, 1, event_id, command_id, stream, event_type,
               actor, fingerprint, leaf_hash, metadata, payload FROM event";
    log.owner().await?.run(row).await?;
    assert_eq!(waiting.await??, 2.into());
    Ok(())
}

/// The control of the order: numbers drawn from a sequence before the commit, read by the follower that all tests use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_numbers_outside_of_the_lock_shows_a_gap_to_a_follower() -> Result<()> {
    let log = Fixture::postgres().await?;
    log.open().await?.append(append(1, &case(1), 0)).await?;
    let mut owner = log.owner().await?;
    owner.run("CREATE TABLE naive AS TABLE event WITH NO DATA; CREATE SEQUENCE drawn").await?;
    let insert = "INSERT INTO naive SELECT nextval('drawn'), 1, occurred_at, recorded_at, ordinal, event_id, command_id,
                  stream, event_type, actor, fingerprint, leaf_hash, metadata, payload FROM event";
    let mut slow = log.owner().await?;
    slow.run("BEGIN").await?;
    slow.run(insert).await?;
    owner.run(insert).await?;
    let Raw::Postgres(mut reader) = owner else { unreachable!("this log is on PostgreSQL") };
    let visible = sqlx::query(AssertSqlSafe("SELECT position FROM naive ORDER BY position".to_owned()))
        .fetch_all(&mut reader)
        .await?;
    let mut event = log.open().await?.read_all(0.into(), 1).await?.pop().context("one event")?;
    event.position = u64::try_from(visible[0].try_get::<i64, _>(0)?)?.into();
    slow.run("COMMIT").await?;
    ensure!(Follower::default().take(&[event]).is_err(), "the follower saw nothing wrong");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_may_forget_is_refused() -> Result<()> {
    let log = Fixture::postgres().await?;
    let Fixture::Postgres(database) = &log else { unreachable!("this log is on PostgreSQL") };
    let setting = format!("ALTER ROLE {} SET synchronous_commit = off", database.login);
    log.owner().await?.run(&setting).await?;
    let refused = log.open().await.err().context("it was opened")?;
    ensure!(refused.to_string().contains("synchronous_commit is off"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_sync_or_whole_pages_is_refused() -> Result<()> {
    let server = Postgres::start()?;
    let database = server.database().await?;
    EventStore::migrate(StoreOptions::new(&database.owner_url).grant_to(&database.login)).await?;
    for setting in ["fsync", "full_page_writes"] {
        EventStore::open(database.app_url.as_str()).await?.close().await;
        for value in ["off", "on"] {
            let change = format!("ALTER SYSTEM SET {setting} = {value}");
            sqlx::raw_sql(AssertSqlSafe(change)).execute(&mut database.owner().await?).await?;
            sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut database.owner().await?).await?;
            let now = format!("SELECT current_setting('{setting}') = '{value}'");
            while !sqlx::query_scalar::<_, bool>(AssertSqlSafe(now.clone()))
                .fetch_one(&mut database.owner().await?)
                .await?
            {
                tokio::task::yield_now().await;
            }
            let opened = EventStore::open(database.app_url.as_str()).await;
            let refused = matches!(&opened, Err(StoreError::Unsafe(why)) if why.contains(setting));
            ensure!(refused == (value == "off"), "{setting} = {value}: {opened:?}");
        }
    }
    Ok(())
}

/// The control of the rights: somebody who has them gets through where the application does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_of_rights_notices_a_user_with_rights() -> Result<()> {
    let log = Fixture::postgres().await?;
    let tries = beyond_rights(&log);
    assert_eq!(first_success(&mut log.app().await?, &tries).await?, None);
    for attack in &tries {
        let succeeded = first_success(&mut log.owner().await?, std::slice::from_ref(attack)).await?;
        ensure!(succeeded.is_some(), "not even the owner could: {attack}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_append_function_itself_refuses_to_acknowledge_without_a_sync() -> Result<()> {
    let log = Fixture::postgres().await?;
    let mut app = log.app().await?;
    let call = "SELECT append('{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}', NULL)";
    app.run(call).await?;
    for setting in ["synchronous_commit = off", "default_transaction_isolation = 'repeatable read'"] {
        let mut app = log.app().await?;
        app.run(&format!("SET {setting}")).await?;
        ensure!(app.run(call).await.is_err(), "{setting}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_could_change_events_is_refused_unless_allowed() -> Result<()> {
    let log = Fixture::postgres().await?;
    let Fixture::Postgres(database) = &log else { unreachable!("this log is on PostgreSQL") };
    let refused = EventStore::open(database.owner_url.as_str()).await;
    ensure!(
        matches!(&refused, Err(StoreError::Unsafe(why)) if why.contains("could change events")),
        "{refused:?}"
    );
    let store = EventStore::open(StoreOptions::new(&database.owner_url).allow_owner(true)).await?;
    store.append(append(1, &case(1), 0)).await?;
    for right in ["UPDATE", "DELETE", "TRUNCATE", "INSERT", "UPDATE (payload)"] {
        let mut owner = log.owner().await?;
        owner.run(&format!("GRANT {right} ON event TO {}", database.login)).await?;
        ensure!(
            matches!(log.open().await, Err(error) if error.to_string().contains("could change")),
            "{right}"
        );
        owner.run(&format!("REVOKE {right} ON event FROM {}", database.login)).await?;
    }
    log.open().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_the_tables_says_what_to_do() -> Result<()> {
    let database = Postgres::shared()?.database().await?;
    let refused = EventStore::open(database.app_url.as_str()).await.err().context("it was opened")?;
    ensure!(refused.to_string().contains("safar migrate"), "{refused}");
    let unknown = EventStore::migrate(StoreOptions::new(&database.owner_url).grant_to("nobody_there")).await;
    ensure!(unknown.is_err_and(|error| error.to_string().contains("CREATE ROLE")));
    // For one user alone, opening may do it all; twice is as good as once.
    for _ in 0..2 {
        let options = StoreOptions::new(&database.owner_url).migrate(true).allow_owner(true);
        EventStore::open(options).await?.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_another_version_are_refused() -> Result<()> {
    let log = Fixture::postgres().await?;
    log.owner().await?.run("INSERT INTO version (version) VALUES (2)").await?;
    let refused = log.open().await.err().context("it was opened")?;
    ensure!(refused.to_string().contains("version 2"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_logs_in_one_database_are_apart() -> Result<()> {
    let log = Fixture::postgres().await?;
    let Fixture::Postgres(database) = &log else { unreachable!("this log is on PostgreSQL") };
    let second = |url: &str| StoreOptions::new(url).schema("safar_access");
    EventStore::migrate(second(&database.owner_url).grant_to(&database.login)).await?;
    let (first, second) = (log.open().await?, EventStore::open(second(&database.app_url)).await?);
    first.append(append(1, &case(1), 0)).await?;
    first.append(append(2, &case(1), 1)).await?;
    second.append(append(1, &case(1), 0)).await?;
    assert_eq!((first.head().await?, second.head().await?), (2.into(), 1.into()));
    Ok(())
}

/// A managed server gives no superuser: a role that may create roles and schemas is enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_no_superuser_can_migrate() -> Result<()> {
    let server = Postgres::start()?;
    let database = server.database().await?;
    let log = Fixture::Postgres(Box::new(database));
    let Fixture::Postgres(database) = &log else { unreachable!("this log is on PostgreSQL") };
    let name = database.owner_url.rsplit('/').next().context("a database has a name")?;
    let grant = format!("CREATE ROLE manager LOGIN CREATEROLE; GRANT CREATE ON DATABASE {name} TO manager");
    sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut database.owner().await?).await?;
    let manager = database.owner_url.replace("postgres://postgres@", "postgres://manager@");
    EventStore::migrate(StoreOptions::new(manager).grant_to(&database.login)).await?;
    log.open().await?.append(append(1, &case(1), 0)).await?;
    Ok(())
}
