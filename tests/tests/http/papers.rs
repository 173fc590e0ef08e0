//! Papers over HTTP: the page of a handoff and the patient's card.

use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::json;

use crate::{
    scene::{self, AUDITOR, GALABA, Opened, SHYMKENT, STRANGER},
    unchanged::Unchanged,
};

const LANGUAGES: [&str; 4] = ["en", "ru", "tg", "kk"];

/// A handoff of Galaba to Shymkent, and its address.
async fn offered(app: &TestApp) -> (Opened, String) {
    let opened = scene::opened(app).await;
    let handoff = scene::offered(app, &opened).await.id();
    (opened, format!("/v1/handoffs/{handoff}"))
}

async fn coded(app: &TestApp, opened: &Opened, handoff: &str) -> String {
    let id = handoff.rsplit('/').next().unwrap_or_default();
    let path = opened.path(&format!("/handoffs/{id}/claim-code"));
    let code = app.as_(GALABA).post(&path, &json!({})).send().await.expect(200);
    app.settle().await;
    code.json()["code"].as_str().expect("a code").to_owned()
}

fn paper(answer: &Answer) -> &[u8] {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-disposition"), "inline; filename=\"safar.pdf\"");
    assert!(answer.body.starts_with(b"%PDF-1.7") && answer.body.ends_with(b"%%EOF"), "a whole PDF");
    &answer.body
}

async fn disclosed(app: &TestApp, opened: &Opened) -> Vec<String> {
    app.settle().await;
    let list = app.as_(GALABA).get(&opened.path("/disclosures")).send().await.expect(200).json();
    let form = |item: &serde_json::Value| item["form"].as_str().unwrap_or_default().to_owned();
    list["items"].as_array().expect("a list").iter().map(form).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_the_same_bytes_each_time_and_each_reading_is_recorded() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, handoff) = offered(&app).await;
    for (number, language) in LANGUAGES.into_iter().enumerate() {
        let path = format!("{handoff}/packet.pdf?lang={language}");
        let first = app.as_(SHYMKENT).get(&path).send().await;
        let second = app.as_(GALABA).get(&path).send().await;
        assert!(paper(&first) == paper(&second), "{language}");
        assert_eq!(disclosed(&app, &opened).await, vec!["packet_page"; 2 * (number + 1)]);
    }
    let english = app.as_(GALABA).get(&format!("{handoff}/packet.pdf")).send().await;
    let said = app.as_(GALABA).get(&format!("{handoff}/packet.pdf?lang=en")).send().await;
    assert!(paper(&english) == paper(&said), "English is the default");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_language_that_is_none_of_ours_is_refused_with_the_names_of_those_that_are() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, handoff) = offered(&app).await;
    coded(&app, &opened, &handoff).await;
    for paper in ["packet.pdf", "card.pdf"] {
        for language in ["uz", "EN", "", "en-GB"] {
            let answer = app.as_(GALABA).get(&format!("{handoff}/{paper}?lang={language}")).send().await;
            let answer = answer.problem(400, "invalid_query");
            assert!(answer.text().contains("en, ru, tg and kk"), "{}", answer.text());
        }
    }
    assert!(disclosed(&app, &opened).await.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_consent_is_withdrawn_the_destination_prints_no_more() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, handoff) = offered(&app).await;
    let path = format!("{handoff}/packet.pdf");
    paper(&app.as_(SHYMKENT).get(&path).send().await);
    let view = app.as_(GALABA).get(&opened.path("")).send().await.expect(200);
    let consent = view.json()["consents"][0]["id"].as_str().expect("a consent").to_owned();
    let withdraw = opened.path(&format!("/consents/{consent}/withdraw"));
    app.as_(GALABA).post(&withdraw, &json!({})).on(view.revision()).send().await.expect(200);
    app.settle().await;
    app.as_(SHYMKENT).get(&path).send().await.problem(409, "packet_closed");
    assert_eq!(disclosed(&app, &opened).await, ["packet_page"], "what is refused is no disclosure");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_gets_the_page_without_the_patient() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (_, handoff) = offered(&app).await;
    let path = format!("{handoff}/packet.pdf");
    let (named, unnamed) = (app.as_(GALABA).get(&path), app.as_(AUDITOR).get(&path));
    let (named, unnamed) = (named.send().await, unnamed.send().await);
    assert!(paper(&named) != paper(&unnamed));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_sender_prints_the_card_and_only_with_a_code_in_force() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, handoff) = offered(&app).await;
    let path = format!("{handoff}/card.pdf?lang=tg");
    app.as_(GALABA).get(&path).send().await.problem(409, "claim_code_absent");
    coded(&app, &opened, &handoff).await;
    let first = app.as_(GALABA).get(&path).send().await;
    let second = app.as_(GALABA).get(&path).send().await;
    assert!(paper(&first) == paper(&second));
    coded(&app, &opened, &handoff).await;
    let anew = app.as_(GALABA).get(&path).send().await;
    assert!(paper(&anew) != paper(&first), "a new code is on the card");
    assert_eq!(disclosed(&app, &opened).await, ["claim_card"; 3]);
    for other in [SHYMKENT, AUDITOR, STRANGER] {
        app.as_(other).get(&path).send().await.problem(404, "not_found");
    }
    assert_eq!(disclosed(&app, &opened).await, ["claim_card"; 3]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paper_is_given_to_whoever_takes_pdf_or_json() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (_, handoff) = offered(&app).await;
    let path = format!("{handoff}/packet.pdf");
    for accepted in ["application/pdf", "text/html, */*;q=0.1", "application/json"] {
        paper(&app.as_(GALABA).get(&path).header("accept", accepted).send().await);
    }
    let unchanged = Unchanged::from_here(&app).await;
    let ask = |path: &str, accepted: &str| app.as_(GALABA).get(path).header("accept", accepted);
    unchanged.refuses(ask(&path, "application/pdf;q=0"), 406, "not_acceptable", "no PDF").await;
    unchanged.refuses(ask(&handoff, "application/pdf"), 406, "not_acceptable", "no paper").await;
    Ok(())
}

pub(crate) async fn a_paper_of_others_does_not_exist(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let (_, handoff) = offered(&app).await;
    let nowhere = "/v1/handoffs/0190a000-0000-7000-8000-00000000dead";
    let unchanged = Unchanged::from_here(&app).await;
    for paper in ["packet.pdf", "card.pdf", "packet.pdf?lang=uz"] {
        let theirs = app.as_(STRANGER).get(&format!("{handoff}/{paper}")).send().await;
        let none = app.as_(STRANGER).get(&format!("{nowhere}/{paper}")).send().await;
        assert_eq!(scene::seen(&theirs), scene::seen(&none), "{paper}");
        unchanged.refused(&theirs, 404, "not_found", paper).await;
    }
    Ok(())
}
