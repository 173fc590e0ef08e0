//! The access log from outside: what is shown is written down first, or it is not shown.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::SignedDuration;
use safar_api::{
    config::{DailyRecords, Limits},
    routes::{Endpoint, all},
};
use safar_domain::{actor::Role, policy};
use safar_tests::http::{Engine, Settings, TestApp};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::{
    minimal::address,
    scene::{
        ADMINISTRATOR, AUDITOR, GALABA, OUTREACH, Opened, SHYMKENT, STRANGER, description, note, offered,
        opened, opening,
    },
};

/// The routes that read and show nobody.
const NOBODY: [&str; 19] = [
    "me.read",
    "worklist.counts",
    "notices.bell",
    "reports.handoffs",
    "places.list",
    "organisations.list",
    "organisations.read",
    "vocabulary.list",
    "vocabulary.read",
    "log.checkpoint",
    "log.tile",
    "log.inclusion",
    "log.consistency",
    "access_log.checkpoint",
    "access_log.tile",
    "access_log.inclusion",
    "access_log.consistency",
    "exports.list",
    "exports.read",
];
/// The route that has nothing to show here: nobody has claimed a patient.
const EMPTY: [&str; 1] = ["claims.list"];

/// How many events the access log holds.
async fn written(app: &TestApp) -> u64 {
    app.app.access.log.head().await.expect("the access log answers").get()
}

/// The last fact of the access log.
async fn last(app: &TestApp) -> Value {
    let before = written(app).await.saturating_sub(1);
    let page = app.app.access.log.read_all(before.into(), 1).await.expect("the access log answers");
    serde_json::from_slice(&page[0].payload).expect("a payload is JSON")
}

async fn rows(app: &TestApp, worker: &str, path: &str) -> Vec<Value> {
    let list = app.as_(worker).get(path).send().await.expect(200).json();
    list["items"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_that_reads_writes_down_what_it_shows_or_shows_nobody() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let of_each = crate::scene::one_of_each(&app).await;
    let ids = of_each.each_ref().map(|(part, id)| (*part, id.as_str()));
    let (mut silent, mut empty) = (BTreeSet::new(), BTreeSet::new());
    for row in all().iter().filter(|row| row.method == "GET" && !row.action.hidden()) {
        let before = written(&app).await;
        let answer = app.as_(reader(row)).get(&address(row, &ids)).send().await.expect(200);
        if written(&app).await == before {
            let none = answer.header("content-type") == "application/json"
                && answer.json()["items"].as_array().is_some_and(Vec::is_empty);
            if none {
                empty.insert(row.name)
            } else {
                silent.insert(row.name)
            };
        }
    }
    assert_eq!(silent, NOBODY.into_iter().collect(), "shown and not written down, or the other way round");
    assert_eq!(empty, EMPTY.into_iter().collect(), "nothing was there to be shown");
    Ok(())
}

/// Somebody who is shown a case by this route.
fn reader(row: &Endpoint) -> &'static str {
    if row.name == "notices.list" {
        return SHYMKENT;
    }
    if policy::permits(Role::SocialWorker, row.action) { GALABA } else { AUDITOR }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hidden_or_refused_is_not_written_down_as_shown() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = opened(&app).await;
    let before = written(&app).await;
    for path in [opened.path(""), opened.path("/timeline"), format!("/v1/persons/{}", opened.person)] {
        app.as_(STRANGER).get(&path).send().await.problem(404, "not_found");
        app.as_(ADMINISTRATOR).get(&path).send().await.problem(403, "forbidden");
        app.anonymously().get(&path).send().await.problem(401, "token_missing");
    }
    app.as_("hc-kz-aktobe-1").get("/v1/hiv/worklist").send().await.expect(200);
    assert_eq!(written(&app).await, before);
    app.as_(GALABA).get(&opened.path("")).send().await.expect(200);
    assert_eq!(written(&app).await, before + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_search_is_written_down_and_names_only_who_is_found() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = opened(&app).await;
    let before = written(&app).await;
    let find = async |family: &str| {
        let body =
            json!({ "names": [{ "family": family, "given": "Далер", "patronymic": null }], "birth": null });
        let answer = app.as_(GALABA).ask("POST", "/v1/persons:search").json(&body).send().await.expect(200);
        answer.json()["candidates"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((find("Назаров").await, written(&app).await), (0, before + 1));
    let in_vain = json!({ "what": "persons.search", "ground": "own_list", "opened": true });
    assert_eq!(last(&app).await, in_vain);
    assert_eq!((find("Раҳимов").await, written(&app).await), (1, before + 2));
    assert_eq!(last(&app).await["persons"], json!([opened.person]));
    let person = rows(&app, AUDITOR, &format!("/v1/persons/{}/accesses", opened.person)).await;
    assert_eq!(person[0]["what"], "persons.search");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_whose_rows_show_all_opens_what_it_shows() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = opened(&app).await;
    offered(&app, &opened).await;
    crate::pull_requests::made(&app).await;
    crate::contacts::sent(&app).await;
    let conflict = crate::conflicts::kept(&app).await;
    app.settle().await;
    let conflict = format!("/v1/conflicts/{conflict}");
    for path in
        ["/v1/handoffs", "/v1/pull-requests", "/v1/contact-notices", "/v1/conflicts", conflict.as_str()]
    {
        let before = written(&app).await;
        app.as_(GALABA).get(path).send().await.expect(200);
        assert_eq!((written(&app).await, &last(&app).await["opened"]), (before + 1, &json!(true)), "{path}");
    }
    // The control: a row of these tells less than the case.
    app.as_(GALABA).get("/v1/cases").send().await.expect(200);
    assert_eq!(last(&app).await["opened"], json!(false));
    let watched = json!({ "watched": true });
    app.as_(AUDITOR).post(&opened.path("/canary"), &watched).send().await.expect(200);
    app.as_(SHYMKENT).get("/v1/handoffs").send().await.expect(200);
    let alerts = rows(&app, AUDITOR, "/v1/alerts").await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!((&alerts[0]["kind"], &alerts[0]["worker"]), (&json!("canary_opened"), &json!(SHYMKENT)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_that_could_not_be_written_is_given_at_the_next_try() -> Result<()> {
    let app = TestApp::start(frugal(Engine::Sqlite, 1)).await?;
    let cases = three_cases(&app).await;
    let galaba = app.as_(GALABA);
    galaba.get(&cases[0]).send().await.expect(200);
    let held = hold(&app).await?;
    galaba.get(&cases[1]).send().await.problem(503, "access_log_unavailable");
    held.let_go().await?;
    let mut refused = galaba.get(&cases[1]).send().await;
    for _ in 0..10 {
        if refused.status == 503 {
            refused = galaba.get(&cases[1]).send().await;
        }
    }
    refused.problem(429, "reading_budget_exceeded");
    let alerts = rows(&app, AUDITOR, "/v1/alerts").await;
    assert!(alerts.iter().any(|alert| alert["kind"] == "budget_exceeded"), "{alerts:?}");
    Ok(())
}

pub(crate) async fn who_was_shown_a_case_is_told_to_those_who_answer_for_it_and_to_auditors(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let handoff = offered(&app, &opened).await.id();
    app.as_(OUTREACH).get(&opened.path("")).send().await.expect(200);
    app.as_(GALABA).get("/v1/cases").send().await.expect(200);
    app.as_(SHYMKENT).get(&format!("/v1/handoffs/{handoff}/packet")).send().await.expect(200);
    app.as_(AUDITOR).get(&opened.path("/timeline")).send().await.expect(200);
    app.as_(GALABA).get(&format!("/v1/persons/{}", opened.person)).send().await.expect(200);
    let told = |row: &Value| json!([row["worker"], row["what"], row["ground"], row["opened"]]);
    let found: Vec<Value> = rows(&app, GALABA, &opened.path("/accesses")).await.iter().map(told).collect();
    let expected = [
        json!([AUDITOR, "cases.timeline", "audit", true]),
        json!([SHYMKENT, "handoffs.packet", "consents", true]),
        json!([GALABA, "cases.list", "own_list", false]),
        json!([OUTREACH, "cases.read", "responsible", true]),
    ];
    assert_eq!(found, expected);
    let packet = &rows(&app, AUDITOR, &opened.path("/accesses?limit=3")).await[2];
    assert_eq!(packet["consents"].as_array().map(Vec::len), Some(1), "{packet}");
    assert_eq!(
        (&packet["organisation"], &packet["role"]),
        (&json!("kz-tb-shymkent"), &json!("tb_clinician"))
    );
    let person = rows(&app, AUDITOR, &format!("/v1/persons/{}/accesses", opened.person)).await;
    assert!(person.iter().any(|row| row["what"] == "persons.read") && person.len() > found.len());
    for other in [SHYMKENT, STRANGER] {
        app.as_(other).get(&opened.path("/accesses")).send().await.problem(404, "not_found");
    }
    let of_person = format!("/v1/persons/{}/accesses", opened.person);
    app.as_(GALABA).get(&of_person).send().await.problem(403, "forbidden");
    pages_hold_each_reading_once(&app, &opened).await;
    Ok(())
}

async fn pages_hold_each_reading_once(app: &TestApp, opened: &Opened) {
    let (mut path, mut seen) = (opened.path("/accesses?limit=2"), Vec::new());
    loop {
        let page = app.as_(AUDITOR).get(&path).send().await.expect(200).json();
        let items = page["items"].as_array().expect("a page");
        seen.extend(items.iter().map(|row| row["request"].to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = opened.path(&format!("/accesses?limit=2&cursor={cursor}"));
    }
    let different: BTreeSet<_> = seen.iter().collect();
    assert!(seen.len() > 4 && different.len() == seen.len(), "{seen:?}");
}

/// Something that keeps the access log from being written while it lives.
pub(crate) enum Hold {
    File(SqliteConnection),
    Server(PgConnection),
}

pub(crate) async fn hold(app: &TestApp) -> Result<Hold> {
    let Some(database) = app.database() else {
        let file = format!("sqlite:{}", app.folder().join("access.sqlite").display());
        let mut connection = SqliteConnection::connect(&file).await?;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await?;
        return Ok(Hold::File(connection));
    };
    let mut connection = database.owner().await?;
    let lock = "BEGIN; LOCK TABLE safar_access.event IN SHARE MODE";
    sqlx::raw_sql(lock).execute(&mut connection).await?;
    Ok(Hold::Server(connection))
}

impl Hold {
    pub(crate) async fn let_go(self) -> Result<()> {
        match self {
            Self::File(mut connection) => {
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.map(|_| ())?;
            }
            Self::Server(mut connection) => {
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.map(|_| ())?;
            }
        }
        Ok(())
    }
}

pub(crate) async fn nothing_of_a_patient_is_shown_while_the_access_log_cannot_be_written(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let galaba = app.as_(GALABA);
    // The control: nothing else stands in the way.
    galaba.get(&opened.path("")).send().await.expect(200);
    let held = hold(&app).await?;
    let refused = galaba.get(&opened.path("")).send().await.problem(503, "access_log_unavailable");
    assert!(!refused.text().contains(&opened.person) && !refused.header("retry-after").is_empty());
    galaba.post(&opened.path("/notes"), &note("Seen today.")).on_any().send().await.expect(200);
    galaba.get("/v1/directory/organisations").send().await.expect(200);
    held.let_go().await?;
    let mut shown = galaba.get(&opened.path("")).send().await;
    for _ in 0..10 {
        if shown.status == 503 {
            shown = galaba.get(&opened.path("")).send().await;
        }
    }
    shown.expect(200);
    Ok(())
}

pub(crate) async fn a_watched_case_gives_the_alarm_and_shows_nothing_of_it(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let before = app.as_(GALABA).get(&opened.path("")).send().await.expect(200).json();
    let canary = opened.path("/canary");
    let watch = |watched: bool| app.as_(AUDITOR).post(&canary, &json!({ "watched": watched }));
    app.as_(GALABA).post(&canary, &json!({ "watched": true })).send().await.problem(403, "forbidden");
    let set = watch(true).send().await.expect(200);
    assert_eq!(set.json()["recorded"], json!(["canary.set.v1"]));
    assert_eq!(watch(true).send().await.expect(200).json()["recorded"], json!([]));
    app.as_(GALABA).get("/v1/cases").send().await.expect(200);
    assert_eq!(rows(&app, AUDITOR, "/v1/alerts").await, Vec::<Value>::new(), "a list names it each day");
    let after = app.as_(GALABA).get(&opened.path("")).send().await.expect(200).json();
    assert_eq!(after, before);
    app.as_(OUTREACH).get(&format!("/v1/persons/{}", opened.person)).send().await.expect(200);
    let told = |row: &Value| json!([row["kind"], row["worker"], row["what"]]);
    let alerts: Vec<Value> = rows(&app, AUDITOR, "/v1/alerts").await.iter().map(told).collect();
    let expected =
        [json!(["canary_opened", OUTREACH, "persons.read"]), json!(["canary_opened", GALABA, "cases.read"])];
    assert_eq!(alerts, expected);
    watch(false).send().await.expect(200);
    app.as_(GALABA).get(&opened.path("")).send().await.expect(200);
    assert_eq!(rows(&app, AUDITOR, "/v1/alerts").await.len(), 2);
    app.as_(GALABA).get("/v1/alerts").send().await.problem(403, "forbidden");
    let nobodys = format!("/v1/cases/{}/canary", crate::minimal::NOBODY);
    app.as_(AUDITOR).post(&nobodys, &json!({ "watched": true })).send().await.problem(404, "not_found");
    Ok(())
}

/// So many records a day for a social worker.
fn frugal(engine: Engine, most: u32) -> Settings {
    let settings = Settings::on(engine);
    let daily_records = DailyRecords { social_worker: most, ..DailyRecords::all(u32::MAX) };
    Settings { limits: Limits { daily_records, ..settings.limits }, ..settings }
}

/// Three cases, none of which was opened.
async fn three_cases(app: &TestApp) -> Vec<String> {
    let mut cases = Vec::new();
    for name in ["Раҳимов", "Сафаров", "Назаров"] {
        let person = app.as_(OUTREACH).post("/v1/persons", &description(name)).send().await.expect(201).id();
        app.settle().await;
        let case = app.as_(OUTREACH).post("/v1/cases", &opening(&person)).send().await.expect(201).id();
        cases.push(format!("/v1/cases/{case}"));
    }
    app.settle().await;
    cases
}

pub(crate) async fn more_records_than_a_days_work_needs_are_not_opened(engine: Engine) -> Result<()> {
    let settings = frugal(engine, 2);
    let app = TestApp::start(settings.clone()).await?;
    let cases = three_cases(&app).await;
    let galaba = app.as_(GALABA);
    galaba.get("/v1/cases").send().await.expect(200);
    for case in [&cases[0], &cases[1], &cases[0]] {
        galaba.get(case).send().await.expect(200);
    }
    for _ in 0..2 {
        let refused = galaba.get(&cases[2]).send().await.problem(429, "reading_budget_exceeded");
        let seconds: i64 = refused.header("retry-after").parse()?;
        assert!((1..=24 * 3600).contains(&seconds), "{seconds}");
    }
    app.as_(OUTREACH).get(&cases[2]).send().await.expect(200);
    let alerts = rows(&app, AUDITOR, "/v1/alerts").await;
    assert_eq!(alerts.len(), 1, "the first refusal tells, the second repeats: {alerts:?}");
    assert_eq!((&alerts[0]["kind"], &alerts[0]["worker"]), (&json!("budget_exceeded"), &json!(GALABA)));
    if engine == Engine::Postgres {
        // A node that was not there when it happened counts the same, for the log does.
        let other = app.beside(&settings.limits).await?;
        other.as_(GALABA).get(&cases[2]).send().await.problem(429, "reading_budget_exceeded");
        other.as_(GALABA).get(&cases[1]).send().await.expect(200);
    }
    app.clock.advance(SignedDuration::from_hours(24));
    app.as_(GALABA).get(&cases[2]).send().await.expect(200);
    Ok(())
}
