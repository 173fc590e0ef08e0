//! Emergency access from outside: what it opens, for how long, who hears of it, and what it never opens.

use anyhow::Result;
use jiff::SignedDuration;
use safar_tests::http::{Answer, Ask, Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    minimal::NOBODY,
    scene::{AUDITOR, GALABA, Opened, SHYMKENT, STRANGER, note},
    unchanged::Unchanged,
};

/// A clinician whose organisation has no tie to any case here.
pub(crate) const CLINICIAN: &str = "tb-kz-almaty-1";
/// The head of the same department.
const COLLEAGUE: &str = "tb-kz-almaty-2";
const PATH: &str = "/v1/emergency-accesses";
const WHY: &str = "Brought in unconscious, coughing blood; treatment unknown.";

fn body(case: &str, words: &str) -> Value {
    json!({ "case": case, "purpose": "acute_illness", "justification": words })
}

fn ask<'a>(app: &'a TestApp, case: &str) -> Ask<'a> {
    app.as_(CLINICIAN).post(PATH, &body(case, WHY))
}

/// The case, opened in an emergency by somebody without a tie to it.
pub(crate) async fn opened(app: &TestApp, case: &str) -> Answer {
    let answer = ask(app, case).send().await.expect(201);
    app.settle().await;
    answer
}

fn person(opened: &Opened) -> String {
    format!("/v1/persons/{}", opened.person)
}

/// Everything that an emergency opens.
fn open_by_it(opened: &Opened) -> [String; 3] {
    [opened.path(""), opened.path("/timeline"), person(opened)]
}

fn later(app: &TestApp, minutes: i64) {
    app.clock.advance(SignedDuration::from_mins(minutes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinician_reads_one_case_for_an_hour_and_each_reading_names_the_emergency() -> Result<()> {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::on(engine).await?;
        let (first, second) = (crate::scene::opened(&app).await, crate::scene::opened(&app).await);
        let clinician = app.as_(CLINICIAN);
        for path in open_by_it(&first) {
            clinician.get(&path).send().await.problem(404, "not_found");
        }
        let answer = opened(&app, &first.case).await;
        assert_eq!(
            (&answer.json()["left"], &answer.json()["until"]),
            (&json!(4), &json!("2026-05-04T07:00:00Z"))
        );
        for path in open_by_it(&first) {
            clinician.get(&path).send().await.expect(200);
        }
        let case = clinician.get(&first.path("")).send().await.expect(200).json();
        assert_eq!(case["commands"], json!([]));
        for path in open_by_it(&second).iter().chain([&first.path("/accesses")]) {
            clinician.get(path).send().await.problem(404, "not_found");
        }
        let colleague = app.as_(COLLEAGUE).get(&first.path("")).send().await;
        colleague.problem(404, "not_found");
        let report = app.as_(GALABA).get(&first.path("/accesses")).send().await.expect(200).json();
        let reading = &report["items"][0];
        assert_eq!((&reading["ground"], &reading["emergency"]), (&json!("emergency"), &json!(answer.id())));
        later(&app, 60);
        for path in open_by_it(&first) {
            app.as_(CLINICIAN).get(&path).send().await.problem(404, "not_found");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emergency_opens_no_list_no_search_and_no_command() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = crate::scene::opened(&app).await;
    opened(&app, &case.case).await;
    let clinician = app.as_(CLINICIAN);
    let rows = clinician.get("/v1/cases").send().await.expect(200).json();
    assert_eq!(rows["items"], json!([]));
    let search =
        json!({ "names": [{ "family": "Раҳимов", "given": "Далер", "patronymic": null }], "birth": null });
    let found = clinician.ask("POST", "/v1/persons:search").json(&search).send().await.expect(200).json();
    assert_eq!(found["candidates"], json!([]));
    let unchanged = Unchanged::from_here(&app).await;
    let note = clinician.post(&case.path("/notes"), &note("Seen here.")).on_any();
    unchanged.refuses(note, 404, "not_found", "a command on the case").await;
    let person =
        clinician.post(&format!("{}/corrections", person(&case)), &crate::scene::description("Назаров"));
    unchanged.refuses(person.on(1), 404, "not_found", "a command on the person").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emergency_without_a_justification_on_an_open_case_or_beyond_the_quota_is_refused() -> Result<()> {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::on(engine).await?;
        let case = crate::scene::opened(&app).await;
        let unchanged = Unchanged::from_here(&app).await;
        let clinician = app.as_(CLINICIAN);
        let none = clinician.post(PATH, &json!({ "case": case.case, "purpose": "acute_illness" }));
        unchanged.refuses(none, 400, "invalid_body", "no justification").await;
        for (words, code) in [
            ("", "justification_length"),
            ("quick", "justification_length"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", "justification_says_nothing"),
        ] {
            let ask = clinician.post(PATH, &body(&case.case, words));
            unchanged.refuses(ask, 422, code, words).await;
        }
        let own = app.as_(SHYMKENT).post(PATH, &body(&case.case, WHY));
        crate::scene::handed_over(&app, &case).await;
        own.send().await.problem(409, "emergency_not_needed");
        opened(&app, &case.case).await;
        ask(&app, &case.case).send().await.problem(409, "emergency_in_force");
        for _ in 0..4 {
            ask(&app, NOBODY).send().await.problem(404, "not_found");
        }
        for case in [NOBODY.to_owned(), crate::scene::opened(&app).await.case] {
            let refused = ask(&app, &case).send().await;
            assert_eq!(refused.json()["most"], json!("5"));
            refused.problem(429, "emergency_quota_exceeded");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_one_of_the_quota_is_given_once_on_two_nodes() -> Result<()> {
    let [one, other] = TestApp::pair().await?;
    let mut cases = Vec::new();
    for _ in 0..6 {
        cases.push(crate::scene::opened(&one).await.case);
    }
    other.settle().await;
    for case in &cases[..4] {
        ask(&one, case).send().await.expect(201);
    }
    let (a, b) = tokio::join!(ask(&one, &cases[4]).send(), ask(&other, &cases[5]).send());
    let mut both = [a.status, b.status];
    both.sort_unstable();
    assert_eq!(both, [201, 429]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_emergency_sent_again_counts_and_alerts_once() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = crate::scene::opened(&app).await;
    let first = ask(&app, &case.case);
    let [a, b] = [first.clone().send().await.expect(201), first.send().await.expect(201)];
    assert_eq!((a.id(), &a.json()["left"]), (b.id(), &b.json()["left"]));
    let missed = ask(&app, NOBODY);
    missed.clone().send().await.problem(404, "not_found");
    missed.send().await.problem(404, "not_found");
    let alerts = app.as_(AUDITOR).get("/v1/alerts").send().await.expect(200).json();
    let alerts = alerts["items"].as_array().expect("a list");
    assert_eq!((alerts.len(), &alerts[0]["kind"]), (1, &json!("emergency_opened")));
    assert_eq!(alerts[0]["cases"], json!([case.case]));
    let third = crate::scene::opened(&app).await;
    assert_eq!(opened(&app, &third.case).await.json()["left"], json!(2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_for_the_case_is_told_reads_why_and_reviews_it() -> Result<()> {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::on(engine).await?;
        let case = crate::scene::opened(&app).await;
        let id = opened(&app, &case.case).await.id();
        let told = app.as_(GALABA).get("/v1/notices").send().await.expect(200).json();
        let told =
            told["items"].as_array().expect("a list").iter().find(|row| row["about"] == "emergency_opened");
        let told = told.expect("the organisation is told");
        assert_eq!((&told["case"], &told["subject"]), (&json!(case.case), &json!(id)));
        let one = format!("{PATH}/{id}");
        for worker in [GALABA, AUDITOR, CLINICIAN] {
            let view = app.as_(worker).get(&one).send().await.expect(200).json();
            assert_eq!((&view["justification"], &view["open"]), (&json!(WHY), &json!(true)), "{worker}");
            let list = app.as_(worker).get(PATH).send().await.expect(200).json();
            assert_eq!(list["items"][0]["id"], json!(id), "{worker}");
        }
        for worker in [STRANGER, COLLEAGUE] {
            app.as_(worker).get(&one).send().await.problem(404, "not_found");
            assert_eq!(app.as_(worker).get(PATH).send().await.expect(200).json()["items"], json!([]));
        }
        let review = |worker: &str, finding: &str| {
            let found = json!({ "finding": finding, "comment": "Nobody of that ward knows of it." });
            app.as_(worker).post(&format!("{one}/review"), &found)
        };
        for worker in [CLINICIAN, COLLEAGUE, STRANGER] {
            review(worker, "justified").send().await.problem(404, "not_found");
        }
        review(GALABA, "not_justified").send().await.expect(200);
        app.as_(CLINICIAN).get(&case.path("")).send().await.problem(404, "not_found");
        review(AUDITOR, "justified").send().await.problem(409, "emergency_reviewed");
        app.settle().await;
        let view = app.as_(CLINICIAN).get(&one).send().await.expect(200).json();
        assert_eq!(view["review"]["comment"], json!("Nobody of that ward knows of it."));
        let heard = app.as_(COLLEAGUE).get("/v1/notices").send().await.expect(200).json();
        assert_eq!(heard["items"][0]["about"], json!("emergency_reviewed"));
    }
    Ok(())
}

pub(crate) async fn without_a_review_within_72_hours_there_is_no_other(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let (first, second) = (crate::scene::opened(&app).await, crate::scene::opened(&app).await);
    let id = opened(&app, &first.case).await.id();
    later(&app, 72 * 60);
    ask(&app, &second.case).send().await.problem(429, "emergency_review_overdue");
    let found = json!({ "finding": "justified", "comment": "The hospital has called." });
    app.as_(AUDITOR).post(&format!("{PATH}/{id}/review"), &found).send().await.expect(200);
    assert_eq!(opened(&app, &second.case).await.json()["left"], json!(3));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_of_an_emergency_are_sealed_with_those_of_the_case() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let case = crate::scene::opened(&app).await;
    opened(&app, &case.case).await;
    let stream = safar_event_store::StreamId::new("emergency", CLINICIAN);
    let stored = app.app.store.read_stream(&stream, safar_event_store::Revision::ABSENT, 10).await?;
    let payload = String::from_utf8(stored[0].payload.clone())?;
    assert!(payload.contains("sealed.v1:") && !payload.contains("unconscious"), "{payload}");
    Ok(())
}
