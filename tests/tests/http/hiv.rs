//! The HIV record from outside: who finds it, who does not, and what a case tells of it: nothing.

use safar_api::{
    config::{DailyRecords, Limits},
    routes::{Endpoint, all},
};
use safar_domain::{actor::Role, policy};
use safar_tests::http::{Answer, Ask, Engine, Settings, TestApp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    minimal::{Minimal, NOBODY, address},
    scene::{AUDITOR, seen},
};

const SOCIAL: &str = "sw-kz-aktobe";
const TB: &str = "tb-kz-aktobe-1";
const HIV: &str = "hc-kz-aktobe-1";
const COLLEAGUE: &str = "hc-kz-aktobe-2";
const HOME: &str = "hc-tj-national-1";
const ELSEWHERE: &str = "hc-kz-almaty-1";

/// Commands whose keys are counted, so that two servers that are told the same make the same ids.
struct Teller<'a> {
    app: &'a TestApp,
    told: u128,
}

impl Teller<'_> {
    async fn tell(&mut self, worker: &str, path: &str, body: Value) -> Answer {
        self.told += 1;
        let key = Uuid::from_u128(0x0190_a000_0000_7000_8000_0000_0000_0000 + self.told).to_string();
        let ask = self.app.as_(worker).post(path, &body).key(&key);
        let first = ask.clone().send().await;
        let answer = match first.code().as_str() {
            "if_match_missing" => ask.on_any().send().await,
            _ => first,
        };
        self.app.settle().await;
        answer
    }
}

/// A case of Aktobe with a referral for an HIV test that was taken; answers the address of the case.
async fn referred(teller: &mut Teller<'_>) -> String {
    let person =
        teller.tell(SOCIAL, "/v1/persons", crate::scene::description("Сафаров")).await.expect(201).id();
    let opening = json!({
        "person": person, "route": { "origin": "tj-vahdat", "transit": ["UZ"], "destination": "kz-aktobe" },
        "phase": "destination", "setting": "workplace",
    });
    let case = teller.tell(SOCIAL, "/v1/cases", opening).await.expect(201).id();
    let path = format!("/v1/cases/{case}");
    let consent = json!({
        "given": true, "purpose": "care", "recipients": [{ "country": "KZ" }],
        "data_classes": ["identity", "contact", "tb", "support"], "valid_from": "2026-05-01", "form_version": "care-2026-01",
    });
    teller.tell(SOCIAL, &format!("{path}/consents"), consent).await.expect(201);
    let shown = teller.app.as_(SOCIAL).get(&path).send().await.expect(200);
    let body = json!({ "to": "kz-aids-aktobe", "service": "hiv_testing", "reason": "initial_testing" });
    teller.told += 1;
    let key = Uuid::from_u128(0x0190_a000_0000_7000_8000_0000_0000_0000 + teller.told).to_string();
    let referral = teller.app.as_(SOCIAL).post(&format!("{path}/referrals"), &body).key(&key);
    let referral = referral.on(shown.revision()).send().await.expect(201).id();
    teller.app.settle().await;
    let visit = json!({ "attended": true, "on": "2026-05-04" });
    teller.tell(HIV, &format!("{path}/referrals/{referral}/attendance"), visit).await.expect(200);
    path
}

/// Lets a clinician into the record.
async fn let_in(app: &TestApp, by: &str, worker: &str, path: &str) -> Answer {
    let body = json!({ "worker": worker, "purpose": "care" });
    app.as_(by).post(&format!("{path}/hiv/accesses"), &body).on_any().send().await
}

/// The record of a positive patient.
async fn recorded(teller: &mut Teller<'_>, path: &str) {
    teller.tell(HIV, &format!("{path}/hiv"), json!({})).await.expect(201);
    let assays = json!([
        { "number": 1, "product": "A", "result": "reactive" },
        { "number": 2, "product": "B", "result": "reactive" },
        { "number": 3, "product": "C", "result": "reactive" },
    ]);
    let test =
        json!({ "on": "2026-05-04", "purpose": "diagnosis", "assays": assays, "conclusion": "positive" });
    teller.tell(HIV, &format!("{path}/hiv/tests"), test).await.expect(201);
}

fn hidden() -> impl Iterator<Item = Endpoint> {
    all().into_iter().filter(|row| row.action.hidden())
}

fn asks<'a>(app: &'a TestApp, minimal: &Minimal, (row, worker): (&Endpoint, &str), case: &str) -> Ask<'a> {
    minimal.request(&app.as_(worker), row, &address(row, &[("case", case)]))
}

pub(crate) async fn for_everybody_but_an_hiv_clinician_the_routes_do_not_exist(
    engine: Engine,
) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let case = path.rsplit('/').next().unwrap_or_default();
    let others = [
        "ow-kz-aktobe",
        SOCIAL,
        TB,
        "co-iom-dushanbe",
        "au-kz",
        crate::scene::ADMINISTRATOR,
        "in-tj-register",
    ];
    let head = app.head().await;
    for row in hidden() {
        assert!(
            Role::ALL
                .into_iter()
                .all(|role| policy::permits(role, row.action) == (role == Role::HivClinician))
        );
        for worker in others {
            let refused = asks(&app, &minimal, (&row, worker), case).send().await;
            let unknown = format!("/v1/cases/{case}/no-such-thing");
            let nothing = minimal.request(&app.as_(worker), &row, &unknown).send().await;
            assert_eq!(seen(&refused), seen(&nothing), "{} as {worker}", row.name);
            assert_eq!(refused.status, 404);
        }
    }
    assert_eq!(app.head().await, head, "nothing was recorded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinician_of_another_centre_cannot_tell_a_record_from_none() -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::sqlite().await?, Minimal::new());
    let mut teller = Teller { app: &app, told: 0 };
    let (with, without) = (referred(&mut teller).await, referred(&mut teller).await);
    recorded(&mut teller, &with).await;
    let id = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    for row in hidden().filter(|row| row.path.contains("{case}")) {
        for worker in [ELSEWHERE, HOME] {
            let absent = asks(&app, &minimal, (&row, worker), NOBODY).send().await;
            assert_eq!((absent.status, absent.code().as_str()), (404, "not_found"), "{}", row.name);
            for case in [id(&with), id(&without)] {
                let answer = asks(&app, &minimal, (&row, worker), &case).send().await;
                assert_eq!(seen(&answer), seen(&absent), "{} as {worker}", row.name);
            }
        }
    }
    for worker in [ELSEWHERE, HOME] {
        let list = app.as_(worker).get("/v1/hiv/worklist").send().await.expect(200);
        assert_eq!(list.json()["items"], json!([]));
    }
    // The control: who has the tie is let in.
    app.as_(HIV).get(&format!("{with}/hiv")).send().await.expect(200);
    app.as_(HIV).get(&format!("{without}/hiv")).send().await.problem(404, "not_found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_says_what_is_due_and_a_reading_is_listed_and_overtakes_nobody() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let clinician = app.as_(HIV);
    let shown = clinician.get(&format!("{path}/hiv")).send().await.expect(200);
    let view = shown.json();
    assert_eq!((&view["status"], &view["ground"]["ground"]), (&json!("positive"), &json!("own_record")));
    let about: Vec<_> = view["tasks"].as_array().unwrap().iter().map(|task| &task["about"]).collect();
    assert!(about.contains(&&json!("art_start")) && about.contains(&&json!("result_to_return")), "{about:?}");
    let_in(&app, HIV, COLLEAGUE, &path).await.expect(200);
    let shown = clinician.get(&format!("{path}/hiv")).send().await.expect(200);
    app.as_(COLLEAGUE).get(&format!("{path}/hiv")).send().await.expect(200);
    // Decided on what the first reader saw; the second reading has come between.
    let consent = json!({
        "given": true, "purpose": "continuity_of_care", "recipients": [{ "organisation": "tj-national-aids-centre" }],
        "valid_from": "2026-05-01", "form_version": "hiv-2026-01",
    });
    let consents = format!("{path}/hiv/consents");
    let consent = clinician.post(&consents, &consent).on(shown.revision()).send().await.expect(201);
    let stale = json!({ "to": "tj-national-aids-centre" });
    let offer = |revision: u64| clinician.post(&format!("{path}/hiv/handoffs"), &stale).on(revision);
    offer(shown.revision()).send().await.problem(412, "stale_revision");
    offer(consent.revision()).send().await.expect(201);
    app.settle().await;
    let timeline = clinician.get(&format!("{path}/hiv/timeline")).send().await.expect(200).json();
    let names: Vec<_> =
        timeline["items"].as_array().unwrap().iter().map(|item| item["event"].clone()).collect();
    assert_eq!(names.iter().filter(|name| **name == "hiv.read.v1").count(), 4, "{names:?}");
    let list = app.as_(HOME).get("/v1/hiv/worklist").send().await.expect(200).json();
    assert_eq!(list["items"][0]["tasks"][0]["about"], "access_to_take_up");
    assert_eq!(list["items"][0]["tasks"].as_array().map(Vec::len), Some(1), "and nothing else of it");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_are_counted_and_watched_and_the_access_log_hears_of_no_case() -> anyhow::Result<()> {
    let settings = Settings::on(Engine::Sqlite);
    let daily_records = DailyRecords { hiv_clinician: 1, ..settings.limits.daily_records };
    let limits = Limits { daily_records, ..settings.limits };
    let app = TestApp::start(Settings { limits, ..settings }).await?;
    let mut teller = Teller { app: &app, told: 0 };
    let (path, other) = (referred(&mut teller).await, referred(&mut teller).await);
    recorded(&mut teller, &path).await;
    recorded(&mut teller, &other).await;
    let alerts = async || {
        let list = app.as_(AUDITOR).get("/v1/alerts").send().await.expect(200).json();
        let alerts = list["items"].as_array().unwrap().iter();
        alerts
            .map(|row| json!([row["kind"], row["worker"], row["what"], row["cases"], row["persons"]]))
            .collect::<Vec<_>>()
    };
    let written = async || app.app.access.log.head().await.unwrap().get();
    let before = written().await;
    for _ in 0..2 {
        app.as_(HIV).get(&format!("{path}/hiv")).send().await.expect(200);
    }
    assert_eq!(written().await, before, "which case has a record is told nowhere");
    for part in ["", "/timeline"] {
        let refused = app.as_(HIV).get(&format!("{other}/hiv{part}")).send().await;
        assert!(!refused.problem(429, "reading_budget_exceeded").header("retry-after").is_empty());
    }
    assert_eq!(written().await, before + 1);
    let exceeded = json!(["budget_exceeded", HIV, "cases.read", [], []]);
    assert_eq!(alerts().await, std::slice::from_ref(&exceeded));
    app.as_(AUDITOR).post(&format!("{path}/canary"), &json!({ "watched": true })).send().await.expect(200);
    app.as_(HIV).get(&format!("{path}/hiv")).send().await.expect(200);
    // The alarm does not tell whether there was anything to read.
    app.as_(ELSEWHERE).get(&format!("{path}/hiv")).send().await.problem(404, "not_found");
    let watched = |worker: &str| json!(["canary_opened", worker, "cases.read", [], []]);
    assert_eq!(alerts().await, [watched(ELSEWHERE), watched(HIV), exceeded]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_and_what_happened_is_told_in_the_readers_language() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let cyrillic = |text: &str| text.chars().any(|letter| ('а'..='я').contains(&letter));
    for (address, texts) in [
        (format!("{path}/hiv"), "/tasks"),
        (format!("{path}/hiv/timeline"), "/items"),
        ("/v1/hiv/worklist".to_owned(), "/items/0/tasks"),
    ] {
        let mut told = std::collections::BTreeSet::new();
        for language in ["en", "ru", "tg", "kk"] {
            let ask = app.as_(HIV).get(&address).header("accept-language", language);
            let answer = ask.send().await.expect(200);
            assert_eq!(answer.header("content-language"), language, "{address}");
            let lines = answer.json().pointer(texts).and_then(Value::as_array).cloned().unwrap_or_default();
            assert!(lines.len() > 1, "{address}");
            for line in &lines {
                let text = line["text"].as_str().unwrap_or_default();
                assert!(
                    text.len() > 5 && cyrillic(text) == (language != "en"),
                    "{address} {language}: {text}"
                );
            }
            told.insert(lines[0]["text"].to_string());
        }
        assert_eq!(told.len(), 4, "{told:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_consent_acts_on_the_next_request() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let consent = json!({
        "given": true, "purpose": "continuity_of_care", "recipients": [{ "country": "TJ" }],
        "valid_from": "2026-05-01", "form_version": "hiv-2026-01",
    });
    let offer = json!({ "to": "tj-national-aids-centre" });
    let at = |rest: &str| format!("{path}/hiv{rest}");
    let revision = app.as_(HIV).get(&at("")).send().await.expect(200).revision();
    let early = app.as_(HIV).post(&at("/handoffs"), &offer).on(revision).send().await;
    early.problem(409, "hiv_consent_missing");
    let consent = app.as_(HIV).post(&at("/consents"), &consent).on(revision).send().await.expect(201);
    app.as_(HIV).post(&at("/handoffs"), &offer).on(consent.revision()).send().await.expect(201);
    let_in(&app, HOME, HOME, &path).await.expect(200);
    let here = app.as_(HOME).get(&at("")).send().await.expect(200);
    let withdraw = at(&format!("/consents/{}/withdraw", consent.id()));
    let gone = app.as_(HIV).post(&withdraw, &json!({})).on(here.revision()).send().await.expect(200);
    assert_eq!(gone.json()["recorded"], json!(["hiv.consent-withdrawn.v1", "hiv.handoff-withdrawn.v1"]));
    app.as_(HOME).get(&at("")).send().await.problem(404, "not_found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinician_of_the_answering_centre_who_is_not_let_in_finds_nothing() -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::sqlite().await?, Minimal::new());
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let case = path.rsplit('/').next().unwrap_or_default();
    let own = |row: &Endpoint| row.path.contains("{case}/hiv") && row.name != "hiv.open";
    for row in all().iter().filter(|row| own(row)) {
        let refused = asks(&app, &minimal, (row, COLLEAGUE), case).send().await;
        let absent = asks(&app, &minimal, (row, COLLEAGUE), NOBODY).send().await;
        assert_eq!(seen(&refused), seen(&absent), "{}", row.name);
        assert_eq!(refused.status, 404, "{}", row.name);
    }
    let list = || async { app.as_(COLLEAGUE).get("/v1/hiv/worklist").send().await.expect(200).json() };
    assert_eq!(list().await["items"], json!([]));
    let_in(&app, COLLEAGUE, COLLEAGUE, &path).await.problem(404, "not_found");
    let_in(&app, HIV, TB, &path).await.problem(422, "hiv_access_for_others");
    let_in(&app, HIV, COLLEAGUE, &path).await.expect(200);
    app.settle().await;
    app.as_(COLLEAGUE).get(&format!("{path}/hiv")).send().await.expect(200);
    assert_ne!(list().await["items"], json!([]));
    let end = app.as_(COLLEAGUE).post(&format!("{path}/hiv/accesses/end"), &json!({ "worker": COLLEAGUE }));
    end.on_any().send().await.expect(200);
    app.as_(COLLEAGUE).get(&format!("{path}/hiv")).send().await.problem(404, "not_found");
    Ok(())
}

pub(crate) async fn who_signed_in_long_ago_is_asked_again_where_there_is_something_to_open(
    engine: Engine,
) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let case = path.rsplit('/').next().unwrap_or_default();
    let stale = app.signed_in(HIV, 16);
    for row in hidden() {
        let asked = minimal.request(&stale, &row, &address(&row, &[("case", case)])).send().await;
        asked.problem(403, "step_up_required");
    }
    let again = stale.get(&format!("{path}/hiv")).send().await;
    let header = again.headers["www-authenticate"].to_str()?;
    assert_eq!(header, "Bearer error=\"insufficient_user_authentication\", max_age=900");
    app.signed_in(HIV, 14).get(&format!("{path}/hiv")).send().await.expect(200);
    // Who has no tie is not asked to sign in for something they may not know of.
    for worker in [COLLEAGUE, ELSEWHERE] {
        let there = app.signed_in(worker, 16).get(&format!("{path}/hiv")).send().await;
        let nowhere = app.signed_in(worker, 16).get(&format!("/v1/cases/{NOBODY}/hiv")).send().await;
        assert_eq!((seen(&there), there.status), (seen(&nowhere), 404), "{worker}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_ends_although_each_of_its_pages_is_a_reading() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut teller = Teller { app: &app, told: 0 };
    let path = referred(&mut teller).await;
    recorded(&mut teller, &path).await;
    let (mut address, mut events) = (format!("{path}/hiv/timeline?limit=1"), Vec::new());
    for _ in 0..20 {
        let page = app.as_(HIV).get(&address).send().await.expect(200).json();
        events.extend(page["items"].as_array().unwrap().iter().map(|item| item["event"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        address = format!("{path}/hiv/timeline?limit=1&cursor={cursor}");
    }
    let expected = ["hiv.opened.v1", "hiv.access-granted.v1", "hiv.test-recorded.v1", "hiv.read.v1"];
    assert_eq!(events, expected.map(Value::from));
    Ok(())
}
