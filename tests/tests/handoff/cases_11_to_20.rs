//! The cases that must work: from a destination that closes to an emergency without consent.

use jiff::SignedDuration;
use safar_event_store::StreamId;
use safar_tests::http::TestApp;
use serde_json::{Value, json};

use crate::scene::{
    ADMINISTRATOR, AKTAU, Care, GALABA, NATIONAL, NGO_SHYMKENT, OUTREACH, SHYMKENT, SHYMKENT_2, TODAY,
    accepting, arriving, consent_to_share, described, offering,
};

const SIDES: [&str; 2] = [GALABA, SHYMKENT];

async fn deactivate(app: &TestApp, what: &str) {
    let path = format!("/v1/directory/{what}/deactivate");
    app.as_(ADMINISTRATOR).post(&path, &json!({})).send().await.expect(200);
    app.settle().await;
}

/// Case 11, the first part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_waits_for_the_organisation_and_outlives_a_user_who_is_disabled() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.take(SHYMKENT, (&handoff, "acknowledge"), &json!({})).await.expect(200);
    deactivate(&app, &format!("workers/{SHYMKENT}")).await;
    care.take(SHYMKENT, (&handoff, "accept"), &accepting()).await.problem(401, "token_refused");
    let inbox = care.read(SHYMKENT_2, "/v1/worklist?list=inbox").await;
    assert_eq!(
        (&inbox["items"][0]["about"], &inbox["items"][0]["subject"]),
        (&json!("handoff_offer"), &json!(handoff))
    );
    care.take(SHYMKENT_2, (&handoff, "accept"), &accepting()).await.expect(200);
    care.both_read(&handoff, "accepted", [GALABA, SHYMKENT_2]).await;
    Ok(())
}

/// Case 11, the second part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_to_a_destination_that_closes_stays_with_the_sender_who_sends_it_elsewhere()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    deactivate(&app, "organisations/kz-tb-shymkent").await;
    care.take(SHYMKENT, (&handoff, "accept"), &accepting()).await.problem(401, "token_refused");
    assert_eq!(care.responsible().await, json!({ "support": "ngo-galaba" }));
    care.take(GALABA, (&handoff, "withdraw"), &json!({ "reason": "found_better_destination" }))
        .await
        .expect(200);
    let again = care.give(GALABA, "/handoffs", &offering("kz-tb-shymkent", &["support"])).await;
    again.problem(422, "organisation_unknown");
    let elsewhere = care.offer(GALABA, "ngo-kz-shymkent", &["support"]).await;
    care.both_read(&elsewhere, "offered", [GALABA, NGO_SHYMKENT]).await;
    Ok(())
}

/// Case 12.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_facility_outside_the_network_is_answered_for_by_the_sender_with_its_evidence() -> anyhow::Result<()>
{
    let app = TestApp::sqlite().await?;
    let care = Care::opened(&app, GALABA).await;
    care.give(GALABA, "/consents", &consent_to_share("RU")).await.expect(201);
    let outside = json!({
        "external": { "name": "City hospital of Samara", "country": "RU", "telephone": "+7 846 000 00 00" },
        "programmes": ["support"], "urgency": "routine",
    });
    let handoff = care.give(GALABA, "/handoffs", &outside).await.expect(201).id();
    let packet = care.read(GALABA, &format!("/v1/handoffs/{handoff}/packet")).await;
    assert_eq!(packet["packet"]["external"], outside["external"], "the page is printed from it");
    let told = |step: &str, evidence: &str| json!({ "step": step, "on": TODAY, "evidence": evidence, "reason": null });
    let confirm = (handoff.as_str(), "external-confirmations");
    care.take(GALABA, confirm, &told("completed", "letter")).await.problem(409, "external_step_order");
    let steps = [("accepted", "call"), ("arrived", "return_slip"), ("completed", "letter")];
    for (step, evidence) in steps {
        care.take(GALABA, confirm, &told(step, evidence)).await.expect(200);
        let recorded = care.events().await.pop().expect("a confirmation");
        assert_eq!(
            (&recorded["data"]["step"], &recorded["data"]["evidence"]),
            (&json!(step), &json!(evidence))
        );
        let shown = care.read(GALABA, &format!("/v1/handoffs/{handoff}")).await;
        assert_eq!(shown["state"], step);
        assert_eq!(care.responsible().await, json!({ "support": "ngo-galaba" }), "who else could be asked");
    }
    let inside = Care::support(&app).await;
    let offer = inside.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let refused = inside.take(GALABA, (&offer, "external-confirmations"), &told("accepted", "call")).await;
    refused.problem(409, "destination_in_network");
    Ok(())
}

/// Case 13.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_comes_while_the_patient_travels_is_seen_by_who_answers_and_by_who_asked()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::treated(&app).await;
    let (on_the_road, later) = (care.specimen().await, care.specimen().await);
    let handoff = care.offer(SHYMKENT, "tj-national-tb-centre", &["support", "tb"]).await;
    care.take(NATIONAL, (&handoff, "accept"), &accepting()).await.expect(200);
    let leaving = json!({ "on": TODAY, "medicine_days": 20, "expected_arrival": null });
    care.take(SHYMKENT, (&handoff, "depart"), &leaving).await.expect(200);
    let negative = json!({ "test": "smear", "grade": "negative" });
    care.result(SHYMKENT, &on_the_road, negative.clone()).await.expect(200);
    care.take(NATIONAL, (&handoff, "arrive"), &arriving(TODAY)).await.expect(200);
    let results = |seen: &Value| {
        let all = seen["specimens"].as_array().cloned().unwrap_or_default();
        all.iter().filter(|one| one["results"][0]["finding"]["grade"] == "negative").count()
    };
    assert_eq!(results(&care.shown(NATIONAL).await), 1);
    care.result(NATIONAL, &later, negative.clone()).await.expect(200);
    for who in [NATIONAL, SHYMKENT] {
        assert_eq!(results(&care.shown(who).await), 2, "{who}");
    }
    assert!(care.told(SHYMKENT).await.contains(&"result_recorded".to_owned()), "who asked is told");
    care.both_read(&handoff, "arrived", [SHYMKENT, NATIONAL]).await;
    Ok(())
}

/// Case 14.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_that_is_refused_stays_with_the_sender_and_shows_as_an_open_need() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::treated(&app).await;
    let handoff = care.offer(SHYMKENT, "tj-national-tb-centre", &["support", "tb"]).await;
    let nothing = json!({ "duplicate_check": "none_found", "refused": { "support": "no_capacity", "tb": "no_capacity" } });
    care.take(NATIONAL, (&handoff, "accept"), &nothing).await.problem(422, "acceptance_of_nothing");
    let part = json!({ "duplicate_check": "none_found", "refused": { "support": "no_capacity" } });
    care.take(NATIONAL, (&handoff, "accept"), &part).await.expect(200);
    let shown = care.both_read(&handoff, "accepted", [SHYMKENT, NATIONAL]).await;
    assert_eq!(
        (&shown["accepted"], &shown["refused"]),
        (&json!(["tb"]), &json!({ "support": "no_capacity" }))
    );
    // The need is open: it can be offered to somebody else at once, while the other part is still on its way.
    let elsewhere = care.offer(SHYMKENT, "ngo-galaba", &["support"]).await;
    care.take(NATIONAL, (&handoff, "arrive"), &arriving(TODAY)).await.expect(200);
    let responsible = json!({ "support": "kz-tb-shymkent", "tb": "tj-national-tb-centre" });
    assert_eq!(care.responsible().await, responsible);
    care.hand_over(GALABA, &elsewhere).await;
    let responsible = json!({ "support": "ngo-galaba", "tb": "tj-national-tb-centre" });
    assert_eq!(care.responsible().await, responsible);
    Ok(())
}

/// Case 15, the first part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_before_the_expiry_recorded_after_it_beats_the_clock_and_both_are_kept()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    app.clock.advance(SignedDuration::from_hours(4 * 24));
    care.take(SHYMKENT_2, (&handoff, "accept"), &accepting()).await.problem(409, "handoff_expired");
    let before = care.revision().await;
    let arrive = |on: &str, at: &str| {
        care.step(SHYMKENT, (&handoff, "arrive"), &arriving(on)).on(before).header("safar-occurred-at", at)
    };
    let too_late = arrive("2026-05-08", "2026-05-08T09:00:00+05:00").send().await;
    too_late.problem(409, "handoff_expired");
    arrive("2026-05-06", "2026-05-06T10:00:00+05:00").send().await.expect(200);
    let names = [
        "case.handoff-reinstated.v1",
        "case.handoff-accepted.v1",
        "case.patient-arrived.v1",
        "case.responsibility-moved.v1",
    ];
    assert_eq!(care.since(before).await, names);
    let events = care.events().await;
    let of = |name: &str| events.iter().find(|event| event["event"] == name).expect("it is kept");
    assert_eq!(of("case.handoff-expired.v1")["recorded_at"], "2026-05-08T06:00:00Z");
    assert_eq!(of(names[0])["data"]["arrived_on"], "2026-05-06", "the event says why");
    let arrived = of(names[2]);
    let both = (&arrived["occurred_at"], &arrived["recorded_at"]);
    assert_eq!(both, (&json!("2026-05-06T05:00:00Z"), &json!("2026-05-08T06:00:00Z")));
    let shown = care.both_read(&handoff, "arrived", SIDES).await;
    assert_eq!(shown["arrived_on"], "2026-05-06");
    assert_eq!(care.responsible().await, json!({ "support": "kz-tb-shymkent" }));
    Ok(())
}

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
    let said = |event: &safar_event_store::RecordedEvent| {
        String::from_utf8_lossy(&event.payload).contains("Found unconscious at the border")
    };
    assert_eq!(kept.iter().filter(|event| said(event)).count(), 1, "the reason is kept, and once");
    Ok(())
}
