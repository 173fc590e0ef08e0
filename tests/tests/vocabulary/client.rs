//! A worker's client can build its forms from `/openapi.json` and `/v1/vocabulary` alone, in each language.

use std::collections::BTreeSet;

use safar_domain::language::Language;
use safar_tests::http::TestApp;
use serde_json::Value;

use crate::form::{Builder, Field, Form, Words};

const WORKER: &str = "sw-galaba";

/// What a client fetches in one language.
async fn words(app: &TestApp, language: Language) -> Words {
    let who = app.as_(WORKER);
    let mut words = Words::default();
    for set in who.get("/v1/vocabulary").send().await.expect(200).json()["items"].as_array().expect("sets") {
        let path = format!("/v1/vocabulary/{}?lang={language}", set["set"].as_str().expect("a name"));
        words.learn(&who.get(&path).send().await.expect(200).json());
    }
    words
}

async fn document(app: &TestApp) -> Value {
    app.anonymously().get("/openapi.json").send().await.expect(200).json()
}

fn field<'a>(form: &'a Form, name: &str) -> &'a Field {
    form.fields.iter().find(|field| field.name == name).expect(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_draws_the_form_of_every_command_in_every_language() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let document = document(&app).await;
    let mut titles = BTreeSet::new();
    for language in Language::ALL {
        let words = words(&app, language).await;
        let forms = Builder { document: &document, words: &words }.forms().map_err(anyhow::Error::msg)?;
        assert!(forms.len() > 60);
        titles.insert(forms["treatments.start"].title.clone());
    }
    assert_eq!(titles.len(), 4, "{titles:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_asks_for_what_the_command_takes_in_the_words_of_the_worker() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (document, words) = (document(&app).await, words(&app, Language::Tg).await);
    let forms = Builder { document: &document, words: &words }.forms().map_err(anyhow::Error::msg)?;
    let start = &forms["treatments.start"];
    assert_eq!(start.title, "Оғози табобат");
    let regimen = field(start, "regimen");
    assert!(regimen.required && regimen.word.label == "Реҷа");
    assert!(regimen.choices.iter().any(|(code, _)| code == "BPaLM"));
    assert_eq!(field(start, "weight_kg").word.hint.as_deref(), Some("килограмм, аз 1 то 300"));
    let sites = field(&forms["diagnosis.make"], "sites");
    assert!(sites.choices.contains(&("meningitis".to_owned(), "менингит".to_owned())));
    let result = field(&forms["results.record"], "finding");
    assert!(result.choices.iter().any(|(code, label)| code == "smear" && label.contains("микроскопия")));
    let susceptibility = result.fields.iter().find(|field| field.name == "results").expect("by drug");
    assert!(susceptibility.fields.iter().any(|drug| drug.word.label == "изониазид"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_is_missing_anywhere_would_be_found() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (document, words) = (document(&app).await, words(&app, Language::Kk).await);
    for (set, code) in [
        ("commands", "start_treatment"),
        ("operations", "persons.link"),
        ("fields", "weight_kg"),
        ("sites", "meningitis"),
        ("tests", "smear"),
        ("drugs", "isoniazid"),
    ] {
        let mut fewer = words.clone();
        fewer.forget(set, code);
        let missing = Builder { document: &document, words: &fewer }.forms().expect_err(code);
        assert!(missing.contains(code), "{missing}");
    }
    Ok(())
}
