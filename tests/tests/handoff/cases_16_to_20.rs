//! The cases that must work: from a duplicate that is found to an emergency without consent.

use futures_util::future::join_all;
use jiff::SignedDuration;
use safar_event_store::StreamId;
use safar_tests::http::TestApp;
use serde_json::{Value, json};

use crate::scene::{
    ADMINISTRATOR, AKTAU, Care, GALABA, NGO_SHYMKENT, OUTREACH, SHYMKENT, SHYMKENT_2, accepting,
    consent_to_share, described, offering, sync,
};

const SIDES: [&str; 2] = [GALABA, SHYMKENT];

/// Case 16.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duplicate_found_on_acceptance_is_shown_linked_and_unlinked_again() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let shymkent = app.as_(SHYMKENT);
    let register = async |family: &str, year: u16| {
        let mut person = described(family);
        person["birth"]["year"] = json!(year);
        shymkent.post("/v1/persons", &person).send().await.expect(201).id()
    };
    let (own, _, _) =
        (register("Rahimov", 1991).await, register("Назаров", 1991).await, register("Rahimov", 1985).await);
    app.as_(AKTAU).post("/v1/persons", &described("Раҳимов")).send().await.expect(201);
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let path = format!("/v1/handoffs/{handoff}/candidates");
    let found = care.read(SHYMKENT, &path).await;
    let candidates = found["candidates"].as_array().cloned().unwrap_or_default();
    assert_eq!((candidates.len(), &found["compared"]), (1, &json!(3)), "{found}");
    assert_eq!((&candidates[0]["person"], &candidates[0]["likeness"]["score"]), (&json!(own), &json!(100)));
    let agree = json!(["family_name", "birth_year", "given_name", "sex", "citizenship"]);
    assert_eq!(candidates[0]["likeness"]["agree"], agree);
    app.as_(OUTREACH).get(&path).send().await.problem(403, "forbidden");
    app.as_(AKTAU).get(&path).send().await.problem(404, "not_found");
    let link = json!({ "other": care.person, "reason": "same_name_and_birth" });
    let links = format!("/v1/persons/{own}/links");
    shymkent.post(&links, &link).on(1).send().await.problem(404, "not_found");
    let accept = json!({ "duplicate_check": "found" });
    care.take(SHYMKENT, (&handoff, "accept"), &accept).await.expect(200);
    let linked = shymkent.post(&links, &link).on(1).send().await.expect(201);
    let known = care.read(SHYMKENT, &format!("/v1/persons/{own}")).await;
    assert_eq!(known["links"][0]["other"], json!(care.person));
    let undo = format!("{links}/{}/undo", known["links"][0]["id"].as_str().expect("a link"));
    shymkent.post(&undo, &json!({})).on(linked.revision()).send().await.expect(200);
    assert_eq!(care.read(SHYMKENT, &format!("/v1/persons/{own}")).await["links"], json!([]));
    care.take(SHYMKENT, (&handoff, "rescind"), &json!({ "reason": "no_capacity" })).await.expect(200);
    shymkent.get(&path).send().await.problem(409, "packet_closed");
    Ok(())
}

/// Case 17.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_with_a_decline_returns_to_the_last_who_answered_and_a_loop_makes_no_second_case()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let there = care.offer(GALABA, "ngo-kz-shymkent", &["support"]).await;
    care.hand_over(NGO_SHYMKENT, &there).await;
    let onward = care.offer(NGO_SHYMKENT, "ngo-kz-aktau", &["support"]).await;
    care.take(AKTAU, (&onward, "decline"), &json!({ "reason": "no_capacity" })).await.expect(200);
    assert_eq!(care.responsible().await, json!({ "support": "ngo-kz-shymkent" }));
    care.both_read(&onward, "declined", [NGO_SHYMKENT, AKTAU]).await;
    care.give(NGO_SHYMKENT, "/consents", &consent_to_share("TJ")).await.expect(201);
    let home = care.offer(NGO_SHYMKENT, "ngo-galaba", &["support"]).await;
    care.hand_over(GALABA, &home).await;
    assert_eq!(care.responsible().await, json!({ "support": "ngo-galaba" }));
    care.both_read(&home, "arrived", [NGO_SHYMKENT, GALABA]).await;
    let answered = care.read(GALABA, &care.path("/responsibility")).await;
    let intervals = answered["programmes"]["support"].as_array().cloned().unwrap_or_default();
    let by: Vec<_> = intervals.iter().filter_map(|one| one["organisation"].as_str()).collect();
    assert_eq!(by, ["ngo-galaba", "ngo-kz-shymkent", "ngo-galaba"]);
    for both in intervals.windows(2) {
        assert_eq!(both[0]["until"], both[1]["from"], "never nobody, never two");
    }
    let cases = care.read(GALABA, "/v1/cases").await;
    assert_eq!(cases["items"].as_array().map(Vec::len), Some(1), "{cases}");
    Ok(())
}

/// Case 18.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_with_a_live_handoff_is_not_closed_and_the_handoff_is_named() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let close = json!({ "reason": "no_need_found" });
    for step in ["accept", "withdraw"] {
        let refused = care.give(GALABA, "/close", &close).await.problem(409, "handoff_live").json();
        assert_eq!(refused["handoff"], json!(handoff));
        let (by, body) = if step == "accept" {
            (SHYMKENT, accepting())
        } else {
            (GALABA, json!({ "reason": "plans_changed" }))
        };
        care.take(by, (&handoff, step), &body).await.expect(200);
    }
    care.give(GALABA, "/close", &close).await.expect(200);
    care.both_read(&handoff, "withdrawn", SIDES).await;
    Ok(())
}

/// Case 19.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_cases_are_offered_at_once_with_a_result_each_and_again_without_harm()
-> anyhow::Result<()> {
    const CASES: usize = 200;
    let app = TestApp::sqlite().await?;
    let mut cases = Vec::new();
    for _ in 0..CASES / 20 {
        cases.extend(join_all((0..20).map(|_| Care::opened(&app, GALABA))).await);
    }
    // The last has agreed to nothing, and the one before is being handed off already.
    let agreeing = cases[..CASES - 1].iter().map(async |care| {
        let consent = care.ask(GALABA, "/consents", &consent_to_share("KZ")).on_any().send().await;
        consent.expect(201);
    });
    join_all(agreeing).await;
    let live = cases[CASES - 2].offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let mut batch = Vec::new();
    for care in &cases {
        batch.push(json!({
            "key": app.app.ids.mint(), "command": "offer_handoff", "case": care.case,
            "if_match": care.revision().await, "body": offering("ngo-kz-shymkent", &["support"]),
        }));
    }
    let done = sync(&app, GALABA, &batch).await;
    let offered = |results: &[Value]| results.iter().filter(|one| one["status"] == 201).count();
    assert_eq!((done.len(), offered(&done)), (CASES, CASES - 2));
    let refused = |number: usize| done[number]["problem"]["code"].clone();
    assert_eq!((refused(CASES - 2), refused(CASES - 1)), (json!("handoff_live"), json!("consent_missing")));
    assert_eq!(done[CASES - 2]["problem"]["handoff"], json!(live));
    let head = app.head().await;
    let results = |answers: &[Value]| answers.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let again = sync(&app, GALABA, &batch).await;
    assert_eq!((results(&again), app.head().await), (results(&done), head), "nothing that is done changes");
    // What was missing is mended, and only that is done by the next run.
    let last = &cases[CASES - 1];
    last.give(GALABA, "/consents", &consent_to_share("KZ")).await.expect(201);
    batch[CASES - 1]["if_match"] = json!(last.revision().await);
    assert_eq!(offered(&sync(&app, GALABA, &batch).await), CASES - 1);
    assert_eq!(app.head().await, head + 2);
    for number in [0, CASES / 2, CASES - 3] {
        let id = done[number]["id"].as_str().expect("an id");
        cases[number].both_read(id, "offered", [GALABA, NGO_SHYMKENT]).await;
    }
    Ok(())
}

/// An emergency: the offer goes without a consent, with a ground and a reason.
async fn overridden(care: &Care<'_>) -> String {
    let mut offer = offering("kz-tb-shymkent", &["support"]);
    care.give(GALABA, "/handoffs", &offer).await.problem(409, "consent_missing");
    offer["consent_override"] = json!({ "ground": "vital_interest", "reason": "short" });
    care.give(GALABA, "/handoffs", &offer).await.problem(422, "override_reason_length");
    offer["consent_override"]["reason"] = json!("Found unconscious at the border, nobody to ask.");
    care.give(GALABA, "/handoffs", &offer).await.expect(201).id()
}

/// Case 20, the first part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emergency_without_consent_opens_the_packet_for_72_hours_and_the_patient_sees_it_was_read()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::opened(&app, GALABA).await;
    let handoff = overridden(&care).await;
    let packet = format!("/v1/handoffs/{handoff}/packet");
    care.take(SHYMKENT, (&handoff, "accept"), &accepting()).await.expect(200);
    assert_eq!(care.read(SHYMKENT, &packet).await["ground"], "override");
    app.clock.advance(SignedDuration::from_hours(72) - SignedDuration::from_secs(1));
    app.as_(SHYMKENT_2).get(&packet).send().await.expect(200);
    app.clock.advance(SignedDuration::from_secs(1));
    app.as_(SHYMKENT).get(&packet).send().await.problem(409, "consent_missing");
    assert_eq!(care.read(GALABA, &packet).await["ground"], "own_record", "the sender reads its own");
    care.give(GALABA, "/consents", &consent_to_share("KZ")).await.expect(201);
    app.as_(SHYMKENT).get(&packet).send().await.expect(200);
    let disclosed = care.read(GALABA, &care.path("/disclosures")).await;
    let told = |item: &Value| (item["worker"].as_str().map(str::to_owned), item["ground"].clone());
    let told: Vec<_> = disclosed["items"].as_array().into_iter().flatten().map(told).collect();
    let override_ = json!("override");
    assert_eq!(told[0], (Some(SHYMKENT.to_owned()), override_.clone()));
    assert_eq!(told[1], (Some(SHYMKENT_2.to_owned()), override_));
    assert!(
        told.last()
            .is_some_and(|(who, ground)| who.as_deref() == Some(SHYMKENT) && ground["consents"].is_array())
    );
    Ok(())
}

/// Case 20, the second part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_override_is_reviewed_afterwards_by_somebody_else() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::opened(&app, GALABA).await;
    let handoff = overridden(&care).await;
    let second = json!({ "organisation": "ngo-galaba", "role": "social_worker" });
    app.as_(ADMINISTRATOR).put("/v1/directory/workers/sw-galaba-2", &second).send().await.expect(200);
    app.settle().await;
    let review = json!({ "finding": "justified" });
    let step = (handoff.as_str(), "review-override");
    care.take(GALABA, step, &review).await.problem(409, "own_override");
    care.take(SHYMKENT, step, &review).await.problem(409, "handoff_not_yours");
    let shown = care.both_read(&handoff, "offered", SIDES).await;
    assert_eq!(shown["consent_override"], json!({ "ground": "vital_interest", "review": null }));
    care.take("sw-galaba-2", step, &review).await.expect(200);
    let shown = care.both_read(&handoff, "offered", SIDES).await;
    assert_eq!(shown["consent_override"]["review"], "justified");
    care.take("sw-galaba-2", step, &review).await.problem(409, "no_override");
    let stream = StreamId::new("case", &care.case);
    let kept = app.app.store.read_stream(&stream, 0.into(), 100).await?;
    let reason = "Found unconscious at the border";
    let mut said = 0;
    for event in kept {
        let mut payload = serde_json::from_slice(&event.payload)?;
        assert!(!payload_says(&payload, reason), "it rests sealed");
        let at = (&stream, event.revision);
        app.app.open_words(at, &event.event_type, &mut payload).await.expect("there is the key");
        said += usize::from(payload_says(&payload, reason));
    }
    assert_eq!(said, 1, "the reason is kept, and once");
    Ok(())
}

fn payload_says(payload: &serde_json::Value, text: &str) -> bool {
    payload.to_string().contains(text)
}
