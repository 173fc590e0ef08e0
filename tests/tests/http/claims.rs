//! Claim codes: worth something once, together with the patient's own word, and never for guessing.

use anyhow::Result;
use safar_tests::http::{Engine, TestApp};
use serde_json::{Value, json};

use crate::scene::{GALABA, Opened, SHYMKENT, STRANGER, offered, opened};

fn by_code(code: &str, family: &str, year: i16) -> Value {
    json!({ "on": "2026-05-04", "by": { "code": { "code": code, "family_name": family, "birth_year": year } } })
}

async fn with_a_code(app: &TestApp) -> (Opened, String, String) {
    let opened = opened(app).await;
    let handoff = offered(app, &opened).await.id();
    let path = opened.path(&format!("/handoffs/{handoff}/claim-code"));
    let issued = app.as_(GALABA).post(&path, &json!({})).send().await.expect(200);
    let code = issued.json()["code"].as_str().expect("a code").to_owned();
    (opened, handoff, code)
}

pub(crate) async fn a_code_and_the_patients_word_open_a_claim_once(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let (opened, handoff, code) = with_a_code(&app).await;
    assert_eq!(code.split(' ').map(str::len).collect::<Vec<_>>(), [4, 4, 4]);
    let stranger = app.as_(STRANGER);
    // Another name, another year: the same answer as for a code that nobody issued.
    for said in [
        by_code(&code, "Назаров", 1991),
        by_code(&code, "Раҳимов", 1990),
        by_code("000000000000", "Раҳимов", 1991),
    ] {
        let refused = stranger.post("/v1/claims", &said).send().await.expect(409);
        assert_eq!(refused.json()["code"], "claim_code_unknown");
    }
    // In another script and spelling, typed without the spaces.
    let said = by_code(&code.replace(' ', ""), "Rahimov", 1991);
    let key = app.app.ids.mint().to_string();
    let claimed = stranger.post("/v1/claims", &said).key(&key).send().await.expect(200);
    assert_eq!(claimed.json()["recorded"], json!(["case.patient-arrived-elsewhere.v1"]));
    assert_eq!((&claimed.json()["case"], &claimed.json()["handoff"]), (&json!(opened.case), &json!(handoff)));
    // The answer was lost on the way: sent again, it is the same one, though the code is used up by now.
    app.settle().await;
    let again = stranger.post("/v1/claims", &said).key(&key).send().await.expect(200);
    assert_eq!(again.text(), claimed.text());
    app.settle().await;
    // Care begins at once.
    stranger.get(&opened.path("")).send().await.expect(200);
    let view = app.as_(GALABA).get(&format!("/v1/handoffs/{handoff}")).send().await.expect(200).json();
    assert_eq!((&view["claimed_by"], &view["claim_code_until"]), (&json!("ngo-chashma"), &Value::Null));
    // Used up, for whoever finds the card.
    let again = app.as_("sw-kz-taraz").post("/v1/claims", &by_code(&code, "Раҳимов", 1991));
    assert_eq!(again.send().await.expect(409).json()["code"], "claim_code_unknown");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_has_to_wait_for_an_hour() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let (_, _, code) = with_a_code(&app).await;
    let stranger = app.as_(STRANGER);
    for _ in 0..5 {
        stranger.post("/v1/claims", &by_code(&code, "Назаров", 1991)).send().await.expect(409);
    }
    // The right word comes too late, whoever says it: five wrong ones have closed the code for now.
    for worker in [STRANGER, "sw-kz-taraz"] {
        let waits =
            app.as_(worker).post("/v1/claims", &by_code(&code, "Раҳимов", 1991)).send().await.expect(429);
        assert!(waits.headers.contains_key("retry-after"));
    }
    app.clock.advance(jiff::SignedDuration::from_mins(61));
    app.as_(STRANGER).post("/v1/claims", &by_code(&code, "Раҳимов", 1991)).send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_code_is_found_before_anybody_is_asked_and_costs_nothing() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let (_, _, code) = with_a_code(&app).await;
    let last = code.chars().last().and_then(|digit| digit.to_digit(10)).expect("a digit");
    let wrong = format!("{}{}", &code[..code.len() - 1], (last + 1) % 10);
    for _ in 0..20 {
        let refused = app.as_(STRANGER).post("/v1/claims", &by_code(&wrong, "Раҳимов", 1991));
        assert_eq!(refused.send().await.expect(422).json()["code"], "claim_code_mistyped");
    }
    app.as_(STRANGER).post("/v1/claims", &by_code(&code, "Раҳимов", 1991)).send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_code_takes_the_place_of_the_old_one_and_the_log_knows_neither() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, handoff, first) = with_a_code(&app).await;
    let path = opened.path(&format!("/handoffs/{handoff}/claim-code"));
    let second = app.as_(GALABA).post(&path, &json!({})).send().await.expect(200);
    let second = second.json()["code"].as_str().expect("a code").to_owned();
    assert_ne!(first, second);
    let refused = app.as_(STRANGER).post("/v1/claims", &by_code(&first, "Раҳимов", 1991));
    refused.send().await.expect(409);
    let events =
        app.as_(crate::scene::AUDITOR).get(&opened.path("/events?limit=200")).send().await.expect(200);
    let text = events.text();
    for code in [&first, &second] {
        assert!(!text.contains(&code.replace(' ', "")) && !text.contains(code.as_str()));
    }
    app.as_(SHYMKENT).post(&path, &json!({})).send().await.expect(409);
    app.as_(STRANGER).post(&path, &json!({})).send().await.expect(404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coordinator_settles_a_claim_of_the_country_without_seeing_the_case() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let (opened, handoff, code) = with_a_code(&app).await;
    app.as_(STRANGER).post("/v1/claims", &by_code(&code, "Раҳимов", 1991)).send().await.expect(200);
    app.settle().await;
    let coordinator = app.as_("co-iom-dushanbe");
    let claims = coordinator.get("/v1/claims").send().await.expect(200).json();
    let claim = &claims["items"][0];
    assert_eq!((&claim["handoff"], &claim["claimed_by"]), (&json!(handoff), &json!("ngo-chashma")));
    coordinator.get(&opened.path("")).send().await.expect(403);
    let elsewhere = app.as_("co-project-hope-kz").get("/v1/claims").send().await.expect(200).json();
    assert_eq!(elsewhere["items"], json!([]));
    let revision = claim["revision"].as_u64().expect("a revision");
    let path = opened.path(&format!("/handoffs/{handoff}/confirm-claim"));
    app.as_("co-project-hope-kz").post(&path, &json!({})).on(revision).send().await.expect(404);
    let confirmed = coordinator.post(&path, &json!({})).on(revision).send().await.expect(200);
    let recorded = json!(["case.claim-confirmed.v1", "case.responsibility-moved.v1"]);
    assert_eq!(confirmed.json()["recorded"], recorded);
    app.settle().await;
    assert_eq!(coordinator.get("/v1/claims").send().await.expect(200).json()["items"], json!([]));
    Ok(())
}
