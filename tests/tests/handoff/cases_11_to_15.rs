//! The cases that must work: from a destination that closes to a step taken offline.

use jiff::SignedDuration;
use safar_tests::http::TestApp;
use serde_json::{Value, json};

use crate::scene::{
    ADMINISTRATOR, Care, GALABA, NATIONAL, NGO_SHYMKENT, SHYMKENT, SHYMKENT_2, TODAY, accepting, arriving,
    consent_to_share, offering, sync,
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

/// Case 15, the second part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offline_accept_after_a_withdrawal_is_kept_for_both_sides_and_changes_nothing()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let accept = json!({
        "key": app.app.ids.mint(), "command": "accept_handoff", "case": care.case, "part": handoff,
        "if_match": care.revision().await, "occurred_at": "2026-05-04T11:00:00+05:00", "body": accepting(),
    });
    care.take(GALABA, (&handoff, "withdraw"), &json!({ "reason": "plans_changed" })).await.expect(200);
    let before = care.revision().await;
    let done = sync(&app, SHYMKENT, &[accept]).await;
    assert_eq!(
        (&done[0]["status"], &done[0]["problem"]["code"]),
        (&json!(409), &json!("handoff_already_moved"))
    );
    assert_eq!(care.revision().await, before);
    care.both_read(&handoff, "withdrawn", SIDES).await;
    let mut read = Vec::new();
    for side in SIDES {
        let open = care.read(side, "/v1/conflicts?state=open").await;
        let mut conflict = open["items"][0].clone();
        assert_eq!(
            (&conflict["id"], &conflict["handoff"]),
            (&done[0]["conflict"], &json!(handoff)),
            "{side}: {open}"
        );
        assert_eq!(
            (&conflict["winner"]["state"], &conflict["winner"]["by"]),
            (&json!("withdrawn"), &json!("ngo-galaba"))
        );
        conflict["commands"] = Value::Null;
        read.push(conflict);
    }
    assert_eq!(read[0], read[1]);
    Ok(())
}
