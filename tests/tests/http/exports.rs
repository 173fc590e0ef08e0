//! Exports from outside: two people agree, one fetches once, and what leaves is asked of each case at that moment.

use anyhow::Result;
use jiff::SignedDuration;
use safar_api::config::DailyRecords;
use safar_tests::http::{Answer, Ask, Engine, Settings, TestApp};
use serde_json::{Value, json};

use crate::{
    minimal::NOBODY,
    scene::{AUDITOR, GALABA, OUTREACH, Opened, SHYMKENT, STRANGER, opened},
    unchanged::Unchanged,
};

const PATH: &str = "/v1/exports";
/// The head of the department in Shymkent.
const SECOND: &str = "tb-kz-shymkent-2";
/// An auditor of another country.
const ELSEWHERE: &str = "au-kz";
const WHY: &str = "The register asks for the half-year.";

fn body(format: &str, classes: &[&str]) -> Value {
    json!({ "purpose": "register_reconciliation", "reason": WHY, "format": format, "classes": classes })
}

fn ask<'a>(app: &'a TestApp, worker: &str, body: &Value) -> Ask<'a> {
    app.as_(worker).post(PATH, body)
}

fn approval<'a>(app: &'a TestApp, worker: &str, export: &str) -> Ask<'a> {
    app.as_(worker).post(&format!("{PATH}/{export}/approval"), &json!({}))
}

fn refusal<'a>(app: &'a TestApp, worker: &str, export: &str) -> Ask<'a> {
    app.as_(worker).post(&format!("{PATH}/{export}/refusal"), &json!({ "reason": "too_much" }))
}

fn content<'a>(app: &'a TestApp, worker: &str, export: &str) -> Ask<'a> {
    app.as_(worker).get(&format!("{PATH}/{export}/content"))
}

/// Asked for by one, agreed to by the other.
async fn agreed(app: &TestApp, (first, second): (&str, &str), body: &Value) -> String {
    let export = ask(app, first, body).send().await.expect(201).id();
    approval(app, second, &export).send().await.expect(200);
    app.settle().await;
    export
}

/// An export that the social worker of Galaba may fetch.
pub(crate) async fn agreed_on(app: &TestApp) -> String {
    agreed(app, (GALABA, AUDITOR), &body("json", &["support"])).await
}

/// An export that waits for a second person.
pub(crate) async fn asked_for(app: &TestApp, worker: &str) -> String {
    let export = ask(app, worker, &body("json", &["support"])).send().await.expect(201).id();
    app.settle().await;
    export
}

async fn state(app: &TestApp, worker: &str, export: &str) -> Value {
    app.settle().await;
    app.as_(worker).get(&format!("{PATH}/{export}")).send().await.expect(200).json()["state"].clone()
}

async fn items(app: &TestApp, worker: &str, path: &str) -> Vec<Value> {
    let list = app.as_(worker).get(path).send().await.expect(200).json();
    list["items"].as_array().expect("a list").clone()
}

async fn last_reading(app: &TestApp, opened: &Opened) -> Value {
    items(app, AUDITOR, &opened.path("/accesses")).await[0].clone()
}

pub(crate) async fn an_export_leaves_once_when_two_people_agree(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let case = opened(&app).await;
    let asked = ask(&app, GALABA, &body("json", &["support"])).send().await.expect(201);
    let export = asked.id();
    assert_eq!(asked.header("location"), format!("{PATH}/{export}"));
    content(&app, GALABA, &export).send().await.problem(409, "export_not_approved");
    app.settle().await;
    let told = items(&app, OUTREACH, "/v1/notices").await;
    assert_eq!((&told[0]["about"], &told[0]["subject"]), (&json!("export_requested"), &json!(export)));
    let unchanged = Unchanged::from_here(&app).await;
    for (worker, status, code) in [
        (GALABA, 403, "second_person_needed"),
        (ELSEWHERE, 403, "export_of_another_country"),
        (OUTREACH, 403, "forbidden"),
        (STRANGER, 404, "not_found"),
        (SHYMKENT, 404, "not_found"),
    ] {
        unchanged.refuses(approval(&app, worker, &export), status, code, worker).await;
    }
    approval(&app, AUDITOR, &export).send().await.expect(200);
    for (worker, status) in [(AUDITOR, 403), (OUTREACH, 403), (STRANGER, 404), (SHYMKENT, 404)] {
        let code = if status == 403 { "forbidden" } else { "not_found" };
        content(&app, worker, &export).send().await.problem(status, code);
    }
    let head = app.as_(GALABA).ask("HEAD", &format!("{PATH}/{export}/content")).send().await.expect(200);
    assert!(head.body.is_empty(), "whoever asks whether it is there has not had it");
    let left = content(&app, GALABA, &export).send().await.expect(200);
    assert_eq!(left.header("content-disposition"), "attachment; filename=\"safar.json\"");
    let left = left.json();
    let one = &left["cases"][0];
    assert_eq!((&one["id"], &one["commands"], &one["withheld"]), (&json!(case.case), &json!([]), &json!([])));
    assert!(one.get("identity").is_none() && one.get("telephones").is_none(), "nobody asked for it: {one}");
    content(&app, GALABA, &export).send().await.problem(409, "export_fetched");
    let reading = last_reading(&app, &case).await;
    assert_eq!((&reading["ground"], &reading["export"]), (&json!("export"), &json!(export)));
    assert_eq!((&reading["what"], &reading["opened"]), (&json!("exports.fetch"), &json!(true)));
    assert_eq!(state(&app, AUDITOR, &export).await, "fetched");
    assert_eq!(items(&app, OUTREACH, "/v1/notices").await[0]["about"], "export_fetched");
    Ok(())
}

pub(crate) async fn an_export_is_seen_by_its_organisation_and_by_auditors(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    opened(&app).await;
    let export = ask(&app, GALABA, &body("csv", &["support", "identity"])).send().await.expect(201).id();
    app.settle().await;
    for (worker, commands) in [
        (GALABA, json!(["refuse_export"])),
        (AUDITOR, json!(["approve_export", "refuse_export"])),
        (ELSEWHERE, json!([])),
    ] {
        let view = app.as_(worker).get(&format!("{PATH}/{export}")).send().await.expect(200).json();
        assert_eq!((&view["reason"], &view["commands"]), (&json!(WHY), &commands), "{worker}");
        assert_eq!((&view["cases"], &view["state"]), (&json!(1), &json!("requested")));
        let list = items(&app, worker, &format!("{PATH}?waiting=true")).await;
        assert_eq!(list[0]["id"], json!(export), "{worker}");
        assert!(list[0].get("reason").is_none(), "a list has codes alone");
        assert!(items(&app, worker, &format!("{PATH}?waiting=false")).await.is_empty());
    }
    for worker in [STRANGER, SHYMKENT] {
        app.as_(worker).get(&format!("{PATH}/{export}")).send().await.problem(404, "not_found");
        assert!(items(&app, worker, PATH).await.is_empty(), "{worker}");
    }
    for worker in [OUTREACH, "co-iom-dushanbe", "hc-kz-aktobe-1", "in-tj-register"] {
        app.as_(worker).get(PATH).send().await.problem(403, "forbidden");
        ask(&app, worker, &body("csv", &["support"])).send().await.problem(403, "forbidden");
    }
    ask(&app, AUDITOR, &body("csv", &["support"])).send().await.problem(403, "forbidden");
    refusal(&app, AUDITOR, &export).send().await.expect(200);
    assert_eq!(state(&app, GALABA, &export).await, "refused");
    approval(&app, AUDITOR, &export).send().await.problem(409, "export_refused");
    content(&app, GALABA, &export).send().await.problem(409, "export_refused");
    Ok(())
}

pub(crate) async fn an_approval_lasts_a_day_and_a_request_a_week(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    opened(&app).await;
    let first = agreed_on(&app).await;
    ask(&app, GALABA, &body("json", &["support"])).send().await.problem(409, "export_pending");
    app.clock.advance(SignedDuration::from_hours(24));
    content(&app, GALABA, &first).send().await.problem(409, "export_lapsed");
    assert_eq!(state(&app, GALABA, &first).await, "lapsed");
    let second = ask(&app, GALABA, &body("json", &["support"])).send().await.expect(201).id();
    app.clock.advance(SignedDuration::from_hours(7 * 24));
    approval(&app, AUDITOR, &second).send().await.problem(409, "export_lapsed");
    assert!(items(&app, AUDITOR, &format!("{PATH}?waiting=true")).await.is_empty());
    Ok(())
}

/// A command of Galaba on the case as it is now.
async fn give(app: &TestApp, case: &Opened, rest: &str, body: &Value) {
    let revision = app.as_(GALABA).get(&case.path("")).send().await.expect(200).revision();
    let answer = app.as_(GALABA).post(&case.path(rest), body).on(revision).send().await;
    assert!([200, 201].contains(&answer.status), "{rest}: {}", answer.text());
    app.settle().await;
}

/// The consent to care at home.
fn care() -> Value {
    json!({
        "given": true, "purpose": "care", "recipients": [{ "country": "TJ" }],
        "data_classes": ["identity", "contact", "support", "tb"], "valid_from": "2026-05-01",
        "form_version": "care-2026-01",
    })
}

/// A case with a screening, whose support alone Shymkent answers for; the consent that gives it the rest.
async fn handed_over(app: &TestApp) -> (Opened, String) {
    let case = opened(app).await;
    give(app, &case, "/consents", &care()).await;
    let symptoms =
        json!({ "current_cough": true, "fever": true, "weight_loss": false, "night_sweats": false });
    give(app, &case, "/screenings", &json!({ "on": "2026-05-03", "symptoms": symptoms })).await;
    crate::scene::handed_over(app, &case).await;
    let view = app.as_(GALABA).get(&case.path("")).send().await.expect(200).json();
    let consents = view["consents"].as_array().expect("consents").iter();
    let mut abroad = consents.filter(|consent| consent["purpose"] == "continuity_of_care");
    let consent = abroad.next().expect("a consent")["id"].as_str().expect("an id").to_owned();
    (case, consent)
}

pub(crate) async fn what_is_not_open_at_the_fetch_does_not_leave(engine: Engine) -> Result<()> {
    for withdrawn in [false, true] {
        let app = TestApp::on(engine).await?;
        let (case, consent) = handed_over(&app).await;
        let export = agreed(&app, (SHYMKENT, SECOND), &body("json", &["tb", "support"])).await;
        if withdrawn {
            give(&app, &case, &format!("/consents/{consent}/withdraw"), &json!({})).await;
        }
        let left = content(&app, SHYMKENT, &export).send().await.expect(200).json();
        let (one, reading) = (&left["cases"][0], last_reading(&app, &case).await);
        assert_eq!(one["id"], json!(case.case));
        if withdrawn {
            assert_eq!((&one["withheld"], &one["screening"]), (&json!(["tb"]), &json!(null)));
            assert_eq!(reading["consents"], json!([]));
        } else {
            assert_eq!((&one["withheld"], &one["screening"]), (&json!([]), &json!("positive")));
            assert_eq!(reading["consents"], json!([consent]));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_the_patient_is_leaves_only_where_that_was_agreed_on() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = opened(&app).await;
    let mut described = crate::scene::description("Раҳимов");
    described["telephones"] = json!(["+992901234567"]);
    let person = format!("/v1/persons/{}", case.person);
    app.as_(GALABA).post(&format!("{person}/corrections"), &described).on(1).send().await.expect(200);
    for (classes, named, telephones) in [
        (vec!["support", "tb"], false, false),
        (vec!["contact"], false, true),
        (vec!["identity"], true, false),
        (vec!["identity", "contact"], true, true),
    ] {
        let export = agreed(&app, (GALABA, AUDITOR), &body("csv", &classes)).await;
        let left = content(&app, GALABA, &export).send().await.expect(200);
        assert_eq!(left.header("content-type"), "text/csv; charset=utf-8; header=present");
        let table = left.text();
        assert!(table.starts_with("\"case\",\"person\"") && table.contains(&case.case));
        assert_eq!(table.contains("Раҳимов"), named, "{classes:?}");
        assert_eq!(table.contains("\"'+992901234567\""), telephones, "{classes:?}: no formula either");
        let persons = items(&app, AUDITOR, &format!("{person}/accesses")).await;
        let shown = persons[0]["records"].as_array().expect("records").contains(&json!(case.person));
        assert_eq!(shown, named || telephones, "{classes:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_given_to_those_who_take_one() -> Result<()> {
    let app = TestApp::sqlite().await?;
    opened(&app).await;
    let export = agreed(&app, (GALABA, AUDITOR), &body("csv", &["support"])).await;
    let other = content(&app, GALABA, &export).header("accept", "application/xml").send().await;
    other.problem(406, "not_acceptable");
    content(&app, GALABA, &export).header("accept", "text/csv").send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_person_who_is_erased_nothing_leaves() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let kept = opened(&app).await;
    let (gone, _) = crate::erasure::erased(&app).await?;
    let export = agreed(&app, (GALABA, AUDITOR), &body("json", &["identity", "support"])).await;
    let left = content(&app, GALABA, &export).send().await.expect(200);
    assert!(left.text().contains(&kept.case) && !left.text().contains(&gone.case));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_case_that_leaves_gives_the_alarm_and_is_the_one_that_is_named() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let (watched, _other) = (opened(&app).await, opened(&app).await);
    let watch = app.as_(AUDITOR).post(&watched.path("/canary"), &json!({ "watched": true }));
    watch.send().await.expect(200);
    let export = agreed_on(&app).await;
    let left = content(&app, GALABA, &export).send().await.expect(200).json();
    assert_eq!(left["cases"].as_array().map(Vec::len), Some(2));
    let alerts = items(&app, AUDITOR, "/v1/alerts").await;
    assert_eq!((alerts.len(), &alerts[0]["kind"]), (1, &json!("canary_opened")));
    assert_eq!(alerts[0]["cases"], json!([watched.case]));
    Ok(())
}

/// A server that lets so many cases out at once, and so many within a month.
async fn frugal(engine: Engine, (at_once, a_month): (u32, u32)) -> Result<TestApp> {
    let mut settings = Settings::on(engine);
    (settings.limits.export_cases, settings.limits.export_cases_per_month) = (at_once, a_month);
    settings.limits.daily_records = DailyRecords::all(1);
    TestApp::start(settings).await
}

pub(crate) async fn no_more_leaves_than_the_limits_give(engine: Engine) -> Result<()> {
    let app = frugal(engine, (2, 3)).await?;
    let none = ask(&app, GALABA, &body("json", &["support"])).send().await;
    none.problem(409, "export_empty");
    let (first, _) = (opened(&app).await, opened(&app).await);
    let export = agreed_on(&app).await;
    content(&app, GALABA, &export).send().await.expect(200);
    // What a day's work needs is counted apart: one record is still open to the worker today, and no second one.
    app.as_(GALABA).get(&first.path("")).send().await.expect(200);
    let again = ask(&app, GALABA, &body("json", &["support"])).send().await;
    assert_eq!(again.json()["left"], json!("1"));
    again.problem(429, "export_budget_exceeded");
    opened(&app).await;
    let large = ask(&app, GALABA, &body("json", &["support"])).send().await;
    assert_eq!(large.json()["most"], json!("2"));
    large.problem(409, "export_too_large");
    app.clock.advance(SignedDuration::from_hours(30 * 24));
    let mut narrow = body("json", &["support"]);
    narrow["selection"] = json!({ "opened_until": "2026-05-03" });
    ask(&app, GALABA, &narrow).send().await.problem(409, "export_empty");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_two_nodes_are_asked_for_at_once_leaves_once() -> Result<()> {
    let [one, other] = TestApp::pair().await?;
    opened(&one).await;
    let export = agreed_on(&one).await;
    other.settle().await;
    let (a, b) = tokio::join!(content(&one, GALABA, &export).send(), content(&other, GALABA, &export).send());
    let mut both = [&a, &b].map(|answer: &Answer| answer.status);
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{} {}", a.text(), b.text());
    Ok(())
}

pub(crate) async fn an_export_that_cannot_be_written_down_stays_where_it_is(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let case = opened(&app).await;
    let export = agreed_on(&app).await;
    let held = crate::accesses::hold(&app).await?;
    let refused = content(&app, GALABA, &export).send().await.problem(503, "access_log_unavailable");
    assert!(!refused.text().contains(&case.case));
    held.let_go().await?;
    let mut left = content(&app, GALABA, &export).send().await;
    for _ in 0..10 {
        if left.status == 503 {
            left = content(&app, GALABA, &export).send().await;
        }
    }
    assert!(left.expect(200).text().contains(&case.case));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_emergency_opens_does_not_leave() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = opened(&app).await;
    crate::emergencies::opened(&app, &case.case).await;
    let clinician = crate::emergencies::CLINICIAN;
    app.as_(clinician).get(&case.path("")).send().await.expect(200);
    ask(&app, clinician, &body("json", &["tb"])).send().await.problem(409, "export_empty");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_referral_that_names_hiv_does_not_leave() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = opened(&app).await;
    give(&app, &case, "/consents", &care()).await;
    for (service, to) in [("tb_diagnosis", "tj-tb-kulob"), ("hiv_testing", "tj-national-aids-centre")] {
        let referral = json!({ "to": to, "service": service, "reason": "initial_testing" });
        give(&app, &case, "/referrals", &referral).await;
    }
    let view = app.as_(GALABA).get(&case.path("")).send().await.expect(200).text();
    let export = agreed(&app, (GALABA, AUDITOR), &body("json", &["tb", "support"])).await;
    let left = content(&app, GALABA, &export).send().await.expect(200).text();
    assert!(view.contains("tb_diagnosis") && left.contains("tb_diagnosis"), "{view}");
    assert!(view.contains("hiv_testing"), "the control: the case itself has it");
    assert!(!left.contains("hiv") && !left.contains("aids"), "{left}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_reason_a_class_or_an_order_of_days_is_refused() -> Result<()> {
    let app = TestApp::sqlite().await?;
    opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let change = |field: &str, value: Value| {
        let mut changed = body("json", &["support"]);
        changed[field] = value;
        ask(&app, GALABA, &changed)
    };
    let period = json!({ "opened_from": "2026-05-04", "opened_until": "2026-05-03" });
    for (field, value, status, code) in [
        ("reason", json!(null), 400, "invalid_body"),
        ("reason", json!("soon"), 422, "export_reason_length"),
        ("reason", json!("aaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 422, "export_reason_says_nothing"),
        ("classes", json!([]), 422, "export_classes_missing"),
        ("selection", period, 422, "export_period"),
    ] {
        unchanged.refuses(change(field, value), status, code, code).await;
    }
    for path in ["approval", "refusal"] {
        let nobodys = app.as_(AUDITOR).post(
            &format!("{PATH}/{NOBODY}/{path}"),
            &if path == "approval" { json!({}) } else { json!({ "reason": "too_much" }) },
        );
        unchanged.refuses(nobodys, 404, "not_found", path).await;
    }
    unchanged.refuses(content(&app, GALABA, NOBODY), 404, "not_found", "content").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reason_of_an_export_is_sealed_and_the_log_names_no_case() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = opened(&app).await;
    let export = agreed_on(&app).await;
    content(&app, GALABA, &export).send().await.expect(200);
    let stream = safar_event_store::StreamId::new("export", GALABA);
    let stored = app.app.store.read_stream(&stream, safar_event_store::Revision::ABSENT, 10).await?;
    let names: Vec<_> = stored.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(names, ["export.requested.v1", "export.approved.v1", "export.fetched.v1"]);
    for event in &stored {
        let payload = String::from_utf8(event.payload.clone())?;
        assert!(!payload.contains("half-year") && !payload.contains(&case.case), "{payload}");
    }
    assert!(String::from_utf8(stored[0].payload.clone())?.contains("sealed.v1:"));
    Ok(())
}
