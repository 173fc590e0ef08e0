//! Looking somebody up: across scripts and mistakes, and only among those whom the organisation may know.

use anyhow::Result;
use safar_api::config::Config;
use safar_tests::http::{Answer, Engine, Settings, TestApp};
use serde_json::{Value, json};

use crate::scene::{GALABA, SHYMKENT, STRANGER, handed_over, opened};

fn person(family: &str, given: &str, birth: &Value) -> Value {
    json!({
        "names": [{ "family": family, "given": given, "patronymic": "Саидович" }],
        "birth": birth, "sex": "male", "citizenship": "TJ", "telephones": ["+992 900 00 00 01"],
    })
}

fn day(date: &str) -> Value {
    json!({ "precision": "day", "date": date })
}

fn wanted(family: &str, given: Option<&str>, birth: impl Into<Option<Value>>) -> Value {
    let birth: Option<Value> = birth.into();
    json!({ "names": [{ "family": family, "given": given, "patronymic": null }], "birth": birth })
}

async fn find(app: &TestApp, worker: &str, body: &Value) -> Answer {
    app.as_(worker).ask("POST", "/v1/persons:search").json(body).send().await
}

fn persons(answer: &Answer) -> Vec<String> {
    let candidates = answer.json()["candidates"].as_array().cloned().unwrap_or_default();
    candidates.iter().map(|one| one["person"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_found_in_another_script_with_day_and_month_swapped() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let galaba = app.as_(GALABA);
    let own = person("Ҷӯраев", "Фирӯз", &day("1991-03-04"));
    let own = galaba.post("/v1/persons", &own).send().await.expect(201).id();
    let other = person("Назаров", "Далер", &day("1991-03-04"));
    galaba.post("/v1/persons", &other).send().await.expect(201);
    app.settle().await;
    for (body, agrees) in [
        (wanted("Dzhuraev", Some("Firuz"), Some(day("1991-04-03"))), "birth_date_swapped"),
        (wanted("Джураев", None, Some(json!({ "precision": "year", "year": 1991 }))), "birth_year"),
        (wanted("Juraev", Some("Feruz"), None), "given_name"),
        (wanted("Жураев", Some("Фируз"), Some(json!({ "precision": "year", "year": 1992 }))), "given_name"),
    ] {
        let found = find(&app, GALABA, &body).await.expect(200);
        assert_eq!(persons(&found), [own.as_str()], "{body}");
        let likeness = found.json()["candidates"][0]["likeness"].clone();
        assert!(
            likeness["agree"].as_array().is_some_and(|parts| parts.contains(&json!(agrees))),
            "{likeness}"
        );
        assert!(likeness["score"].as_u64().is_some_and(|score| score >= 60), "{likeness}");
    }
    let nobody = wanted("Раҳимов", Some("Далер"), Some(day("1991-03-04")));
    assert!(persons(&find(&app, GALABA, &nobody).await.expect(200)).is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_organisation_may_not_know_it_does_not_find() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = opened(&app).await;
    let body = wanted("Rakhimov", Some("Daler"), None);
    let nothing = find(&app, STRANGER, &body).await.expect(200);
    let absent = find(&app, STRANGER, &wanted("Nobody", Some("Daler"), None)).await.expect(200);
    assert_eq!(nothing.text(), absent.text(), "hidden is as absent");
    assert!(persons(&find(&app, SHYMKENT, &body).await.expect(200)).is_empty());
    assert_eq!(persons(&find(&app, GALABA, &body).await.expect(200)), [opened.person.as_str()]);
    handed_over(&app, &opened).await;
    assert_eq!(persons(&find(&app, SHYMKENT, &body).await.expect(200)), [opened.person.as_str()]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_name_is_found_and_the_old_one_is_not() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let galaba = app.as_(GALABA);
    let registered = galaba.post("/v1/persons", &person("Салимов", "Далер", &day("1991-03-04"))).send().await;
    let registered = registered.expect(201);
    let correction = format!("/v1/persons/{}/corrections", registered.id());
    let right = person("Халилов", "Далер", &day("1991-03-04"));
    galaba.post(&correction, &right).on(registered.revision()).send().await.expect(200);
    app.settle().await;
    let found = |family: &'static str| {
        let app = &app;
        async move { persons(&find(app, GALABA, &wanted(family, Some("Daler"), None)).await.expect(200)) }
    };
    assert_eq!(found("Khalilov").await, [registered.id()]);
    assert!(found("Salimov").await.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_says_enough_and_is_not_repeated_for_ever() -> Result<()> {
    let mut settings = Settings::on(Engine::Sqlite);
    settings.limits.person_searches_per_hour = 2;
    assert!(Config::development().limits.person_searches_per_hour > 2);
    let app = TestApp::start(settings).await?;
    let body = wanted("Rakhimov", Some("Daler"), None);
    find(&app, GALABA, &wanted("Rakhimov", None, None)).await.problem(422, "search_too_wide");
    for _ in 0..2 {
        find(&app, GALABA, &body).await.expect(200);
    }
    let refused = find(&app, GALABA, &body).await.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "3600");
    find(&app, STRANGER, &body).await.expect(200);
    Ok(())
}
