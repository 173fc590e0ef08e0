//! People read their own language; programs read the same codes whoever asks.

use safar_tests::http::{Answer, As, TestApp};
use serde_json::{Value, json};

use crate::{
    scene::{self, GALABA, SHYMKENT, note, offer},
    sync,
};

const NOWHERE: &str = "/v1/cases/0190a000-0000-7000-8000-00000000dead";

async fn asked(who: &As<'_>, path: &str, languages: &str) -> Answer {
    who.get(path).header("accept-language", languages).send().await
}

fn cyrillic(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.chars().any(|letter| ('а'..='я').contains(&letter)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_is_told_in_the_language_that_the_reader_asks_for() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let who = app.as_(GALABA);
    let titles = [("tg", "tg"), ("ru;q=0.5, kk", "kk"), ("ru-RU, en;q=0.8", "ru"), ("xx", "en"), ("", "en")];
    for (languages, spoken) in titles {
        let answer = asked(&who, NOWHERE, languages).await.problem(404, "not_found");
        assert_eq!(answer.header("content-language"), spoken, "{languages}");
        assert!(answer.header("vary").contains("accept-language"));
        let body = answer.json();
        for sentence in [&body["title"], &body["detail"]] {
            assert_eq!(cyrillic(sentence), spoken != "en", "{languages}: {sentence}");
        }
    }
    let [english, tajik] = [asked(&who, NOWHERE, "en").await.json(), asked(&who, NOWHERE, "tg").await.json()];
    let names = |of: &Value| of.as_object().map(|of| of.keys().cloned().collect::<Vec<_>>());
    assert_eq!(names(&english), names(&tajik));
    assert_eq!((&english["type"], &english["status"]), (&tajik["type"], &tajik["status"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_repeated_in_another_language_is_answered_in_that_one() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let first = scene::offered(&app, &opened).await;
    let again = async |language: &str| {
        let ask = app.as_(GALABA).post(&opened.path("/handoffs"), &offer()).on(first.revision());
        let ask = ask.key("0190b000-0000-7000-8000-000000000001").header("accept-language", language);
        ask.send().await.problem(409, "handoff_live").json()
    };
    let [english, russian, kazakh] = [again("en").await, again("ru").await, again("kk").await];
    let detail = |of: &Value| of["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail(&english).contains("is being handed off already"), "{english}");
    assert!(detail(&russian).contains("уже передаётся") && detail(&kazakh) != detail(&russian), "{russian}");
    for member in ["code", "status", "handoff", "link", "programme"] {
        assert!(english[member] == russian[member] && russian[member] == kazakh[member], "{member}");
    }
    assert!(detail(&kazakh).contains(first.id().as_str()), "what the sentence names is in it");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_answered_in_the_language_of_its_sender() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let empty = sync::on_case(1, ("add_note", &opened.case), json!("any"), note(""));
    let body = json!({ "commands": [empty] }).to_string().into_bytes();
    let ask = app.as_(GALABA).ask("POST", "/v1/sync").header("content-type", "application/json");
    let answer = ask.header("accept-language", "tg").body(body).send().await.expect(200);
    assert_eq!(answer.header("content-language"), "tg");
    let result = answer.json()["results"][0].clone();
    assert_eq!((&result["status"], &result["problem"]["code"]), (&json!(422), &json!("note_length")));
    assert!(cyrillic(&result["problem"]["title"]) && cyrillic(&result["problem"]["detail"]), "{result}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_place_of_a_wrong_request_is_explained_in_the_readers_language() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let who = app.as_(GALABA);
    let notes = opened.path("/notes");
    let support = opened.path("/support");
    for (path, body) in [
        (&notes, json!({})),
        (&notes, json!({ "text": null })),
        (&notes, json!({ "text": 7 })),
        (&notes, json!({ "text": "a", "more": true })),
        (&notes, json!([])),
        (&support, json!({ "kind": "gold", "on": "2026-05-04" })),
        (&support, json!({ "kind": "transport", "on": "soon" })),
    ] {
        let answer = who.post(path, &body).on_any().header("accept-language", "ru").send().await.json();
        assert!(cyrillic(&answer["title"]) && cyrillic(&answer["errors"][0]["detail"]), "{answer}");
    }
    for query in ["limit=0", "limit=many", "never=1", "limit=1&limit=2", "cursor=abc", "min_position=abc"] {
        let answer = asked(&who, &format!("/v1/worklist?{query}"), "kk").await.json();
        let told =
            if answer["errors"].is_array() { &answer["errors"][0]["detail"] } else { &answer["detail"] };
        assert!(cyrillic(told), "{query}: {answer}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_what_happened_and_what_was_told_are_sentences() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    scene::offered(&app, &opened).await;
    app.settle().await;
    let timeline = opened.path("/timeline");
    for (worker, path) in [(SHYMKENT, "/v1/worklist"), (SHYMKENT, "/v1/notices"), (GALABA, &timeline)] {
        let mut told = vec![];
        for language in ["en", "ru", "tg", "kk"] {
            let answer = asked(&app.as_(worker), path, language).await.expect(200);
            assert_eq!(answer.header("content-language"), language);
            let text = answer.json()["items"][0]["text"].clone();
            assert_eq!(cyrillic(&text), language != "en", "{path}: {text}");
            told.push(text.to_string());
        }
        told.dedup();
        assert_eq!(told.len(), 4, "{told:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_waits_for_as_many_days_as_it_lasts() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    scene::offered(&app, &opened).await;
    app.settle().await;
    let text = async || {
        let page = asked(&app.as_(SHYMKENT), "/v1/worklist?list=inbox", "ru").await.expect(200).json();
        page["items"][0]["text"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(text().await, "Ответьте на предложение принять пациента: срок через 3 дня.");
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(text().await, "Ответьте на предложение принять пациента: срок через 2 дня.");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_code_is_there_in_each_language() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let nobody = app.anonymously();
    let page =
        nobody.get("/problems/cured_needs_pulmonary?lang=kk").header("accept", "text/html").send().await;
    let page = page.expect(200);
    assert_eq!(page.header("content-language"), "kk");
    assert!(page.text().contains("<html lang=\"kk\">") && page.text().contains("Не істеу керек"));
    let told = asked(&nobody, "/problems/not_found", "tg").await.expect(200).json();
    assert!(cyrillic(&told["title"]) && cyrillic(&told["remedy"]) && cyrillic(&told["explanation"]));
    assert_eq!(told["code"], "not_found");
    nobody.get("/problems?lang=xx").send().await.problem(400, "invalid_query");
    Ok(())
}
