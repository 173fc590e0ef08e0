//! How handoffs have failed in other systems, each by the name of what went wrong there.

use futures_util::future::join;
use jiff::SignedDuration;
use safar_tests::http::{Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    scene::{
        AKTAU, AUDITOR, Care, GALABA, NATIONAL, SHYMKENT, TODAY, accepting, arriving, consent_to_share,
        offering,
    },
    steps::{STILL, steps},
};

const SIDES: [&str; 2] = [GALABA, SHYMKENT];

/// Primero: the id of a transition was not tied to the record in the address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_is_not_answered_through_the_address_of_another_record() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (mine, yours) = (Care::support(&app).await, Care::support(&app).await);
    let first = mine.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let second = yours.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let head = app.head().await;
    mine.take(SHYMKENT, (&second, "accept"), &accepting()).await.problem(404, "not_found");
    assert_eq!(app.head().await, head);
    mine.both_read(&first, "offered", SIDES).await;
    yours.both_read(&second, "offered", SIDES).await;
    Ok(())
}

/// Primero: a record could have two open transfers, and both were accepted.
pub(crate) async fn two_open_transfers_of_one_patient_are_never_both_accepted(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let care = Care::support(&app).await;
    let revision = care.revision().await;
    let offer = |to: &str| care.ask(GALABA, "/handoffs", &offering(to, &["support"])).on(revision).send();
    let (one, other) = join(offer("kz-tb-shymkent"), offer("ngo-kz-aktau")).await;
    let (made, refused) = if one.status == 201 { (one, other) } else { (other, one) };
    let made = made.expect(201).id();
    assert_eq!(refused.problem(409, "handoff_live").json()["handoff"], json!(made));
    let shown = care.shown(GALABA).await;
    assert_eq!(shown["handoffs"].as_array().map(Vec::len), Some(1));
    let (to, not_to) =
        if shown["handoffs"][0]["to"] == "ngo-kz-aktau" { (AKTAU, SHYMKENT) } else { (SHYMKENT, AKTAU) };
    care.take(not_to, (&made, "accept"), &accepting()).await.problem(404, "not_found");
    care.take(to, (&made, "accept"), &accepting()).await.expect(200);
    care.both_read(&made, "accepted", [GALABA, to]).await;
    Ok(())
}

/// SORMAS: a request that was rejected vanished at the receiver.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_was_declined_is_still_there_for_the_receiver_and_the_sender() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let decline = json!({ "reason": "no_capacity", "suggestion": "ngo-kz-shymkent" });
    care.take(SHYMKENT, (&handoff, "decline"), &decline).await.expect(200);
    app.clock.advance(SignedDuration::from_hours(400 * 24));
    let shown = care.both_read(&handoff, "declined", SIDES).await;
    assert_eq!(
        (&shown["decline_reason"], &shown["suggestion"]),
        (&json!("no_capacity"), &json!("ngo-kz-shymkent"))
    );
    Ok(())
}

/// SORMAS #11391: the former owner could still write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_former_owner_adds_late_facts_and_changes_nothing_else() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::treated(&app).await;
    let handoff = care.offer(SHYMKENT, "tj-national-tb-centre", &["support", "tb"]).await;
    care.hand_over(NATIONAL, &handoff).await;
    let head = app.head().await;
    let symptoms =
        json!({ "current_cough": true, "fever": false, "weight_loss": false, "night_sweats": false });
    let commands = [
        ("/movements", json!({ "kind": "departed", "place": "KZ-79", "means": "bus", "on": TODAY })),
        ("/consents", consent_to_share("KZ")),
        ("/screenings", json!({ "on": TODAY, "symptoms": symptoms })),
        (
            "/referrals",
            json!({ "to": "ngo-kz-shymkent", "service": "case_support", "reason": "patient_request" }),
        ),
        ("/specimens", json!({ "kind": "sputum", "collected_on": TODAY })),
        (
            "/diagnosis",
            json!({ "sites": ["pulmonary"], "confirmation": "clinically_diagnosed", "history": "new" }),
        ),
        ("/supplies", json!({ "on": TODAY, "days": 14 })),
        ("/interruptions", json!({ "since": TODAY, "reason": "travel" })),
        ("/outcome", json!({ "outcome": "completed", "on": TODAY })),
        ("/outcome/confirm", json!({})),
        ("/handoffs", offering("tj-national-tb-centre", &["tb"])),
        ("/support", json!({ "kind": "food", "on": TODAY })),
        ("/close", json!({ "reason": "care_completed" })),
    ];
    for (rest, body) in commands {
        let refused = care.give(SHYMKENT, rest, &body).await;
        // A body that is none would be refused for another reason, and prove nothing.
        assert!(refused.status == 409, "{rest}: {}", refused.text());
        assert!(
            matches!(refused.code().as_str(), "not_caring" | "not_responsible"),
            "{rest}: {}",
            refused.text()
        );
    }
    assert_eq!(app.head().await, head);
    care.give(SHYMKENT, "/notes", &json!({ "text": "A late word." })).await.expect(200);
    assert_eq!(care.events().await.pop().expect("a note")["data"]["late"], true);
    Ok(())
}

/// SORMAS #6241: revoking and accepting at once left each side with a truth of its own.
pub(crate) async fn revoking_and_accepting_at_once_leave_one_truth(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    for _ in 0..8 {
        let care = Care::support(&app).await;
        let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
        let revision = care.revision().await;
        let accept = care.step(SHYMKENT, (&handoff, "accept"), &accepting()).on(revision);
        let revoke = json!({ "reason": "wrong_destination" });
        let revoke = care.step(GALABA, (&handoff, "withdraw"), &revoke).on(revision);
        let (accepted, revoked) = join(accept.clone().send(), revoke.clone().send()).await;
        let state = if accepted.status == 200 { "accepted" } else { "withdrawn" };
        assert_ne!(accepted.status == 200, revoked.status == 200, "{} {}", accepted.text(), revoked.text());
        let truth = care.both_read(&handoff, state, SIDES).await;
        // Asked again, both are told the same as before.
        let again = join(accept.send(), revoke.send()).await;
        assert_eq!((again.0.status, again.1.status), (accepted.status, revoked.status));
        assert_eq!(care.both_read(&handoff, state, SIDES).await, truth);
        assert_eq!(care.both_read(&handoff, state, [GALABA, SHYMKENT]).await["state"], state);
    }
    Ok(())
}

/// Who takes a step, which, and with what body.
type Step = (&'static str, &'static str, Value);

/// Handoffs of one case, one in each of these ends, by the steps that lead there.
async fn ended(care: &Care<'_>) -> Vec<(String, &'static str)> {
    let no_capacity = json!({ "reason": "no_capacity" });
    let ends: [(&str, &[Step]); 6] = [
        ("declined", &[(SHYMKENT, "decline", no_capacity.clone())]),
        ("declined", &[(SHYMKENT, "accept", accepting()), (SHYMKENT, "rescind", no_capacity)]),
        ("withdrawn", &[(GALABA, "withdraw", json!({ "reason": "plans_changed" }))]),
        ("did_not_travel", &[(SHYMKENT, "accept", accepting()), (GALABA, "did-not-travel", json!({}))]),
        ("entered_in_error", &[(GALABA, "entered-in-error", json!({ "reason": "wrong_patient" }))]),
        ("accepted", &[(SHYMKENT, "accept", accepting())]),
    ];
    let mut ended = Vec::new();
    for (end, steps) in ends {
        let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
        for (by, step, body) in steps {
            care.take(by, (&handoff, step), body).await.expect(200);
        }
        ended.push((handoff, end));
    }
    // The last one is waited for in vain, and one more expires.
    care.app.clock.advance(SignedDuration::from_hours(20 * 24));
    let waited = ended.last_mut().expect("six of them");
    care.take(GALABA, (&waited.0, "not-arrived"), &json!({})).await.expect(200);
    waited.1 = "not_arrived";
    let expired = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.app.clock.advance(SignedDuration::from_hours(73));
    care.take(SHYMKENT, (&expired, "accept"), &accepting()).await.problem(409, "handoff_expired");
    ended.push((expired, "expired"));
    let arrived = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.hand_over(SHYMKENT, &arrived).await;
    let visit = json!({ "care": "first_visit", "on": care.today() });
    care.take(SHYMKENT, (&arrived, "complete"), &visit).await.expect(200);
    ended.push((arrived, "completed"));
    ended
}

/// CARE: "status at least n" let cancelled requests proceed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_ended_handoff_goes_on_by_any_step_of_anybody() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    // A patient who was given up may still arrive, or turn out to have stayed: that is no end for good.
    for (handoff, end) in ended(&care).await.into_iter().filter(|(_, end)| *end != "not_arrived") {
        let before = care.both_read(&handoff, end, SIDES).await;
        for (step, body) in steps(&care.today()) {
            for who in SIDES {
                let answer = care.take(who, (&handoff, step), &body).await;
                let still = STILL.contains(&step) && answer.status == 200;
                assert!(still || answer.status == 409, "{end}: {step} by {who}: {}", answer.text());
            }
        }
        let mut after = care.both_read(&handoff, end, SIDES).await;
        for told in ["contact_attempts", "reported_on", "claim_code_until"] {
            after[told] = before[told].clone();
        }
        assert_eq!(after, before);
    }
    assert_eq!(care.responsible().await, json!({ "support": "kz-tb-shymkent" }));
    Ok(())
}

/// CARE: a bulk update rewrote states that were final.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_every_live_handoff_at_once_rewrites_no_ended_one() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let ended = ended(&care).await;
    care.give(SHYMKENT, "/consents", &consent_to_share("TJ")).await.expect(201);
    let live = care.offer(SHYMKENT, "ngo-galaba", &["support"]).await;
    let mut before = Vec::new();
    for (handoff, end) in &ended {
        before.push(care.both_read(handoff, end, SIDES).await);
    }
    let death = json!({ "on": care.today(), "cause": "unknown", "source": "family" });
    let recorded = care.give(SHYMKENT, "/death", &death).await.expect(200).json()["recorded"].clone();
    assert_eq!(recorded, json!(["case.death-recorded.v1", "case.handoff-cancelled-by-death.v1"]));
    care.both_read(&live, "cancelled_by_death", [SHYMKENT, GALABA]).await;
    for ((handoff, end), before) in ended.iter().zip(before) {
        assert_eq!(care.both_read(handoff, end, SIDES).await, before);
    }
    Ok(())
}

/// e-TB Manager: ownership moved when the transfer was sent, and a sender whose patient stayed could do nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sender_answers_and_acts_until_the_patient_has_arrived() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::treated(&app).await;
    let handoff = care.offer(SHYMKENT, "tj-national-tb-centre", &["support", "tb"]).await;
    let leaving = json!({ "on": TODAY, "medicine_days": 20, "expected_arrival": null });
    let steps = [(NATIONAL, "accept", accepting()), (SHYMKENT, "depart", leaving)];
    let own = json!({ "support": "kz-tb-shymkent", "tb": "kz-tb-shymkent" });
    for (by, step, body) in steps {
        assert_eq!(care.responsible().await, own, "before {step}");
        care.give(SHYMKENT, "/supplies", &json!({ "on": TODAY, "days": 7 })).await.expect(200);
        care.take(by, (&handoff, step), &body).await.expect(200);
    }
    care.give(SHYMKENT, "/supplies", &json!({ "on": TODAY, "days": 7 })).await.expect(200);
    assert_eq!(care.responsible().await, own);
    care.take(NATIONAL, (&handoff, "arrive"), &arriving(TODAY)).await.expect(200);
    care.give(SHYMKENT, "/supplies", &json!({ "on": TODAY, "days": 7 })).await.problem(409, "not_caring");
    care.give(NATIONAL, "/supplies", &json!({ "on": TODAY, "days": 7 })).await.expect(200);
    Ok(())
}

/// `OpenCRVS`: the key under which a command counts once did not name the record, and the second record was passed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_used_on_one_case_does_not_silently_swallow_the_command_on_another() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (one, other) = (Care::support(&app).await, Care::support(&app).await);
    let first = one.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let second = other.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let key = app.app.ids.mint().to_string();
    let accept = one.step(SHYMKENT, (&first, "accept"), &accepting()).on(one.revision().await);
    accept.key(&key).send().await.expect(200);
    let revision = other.revision().await;
    let again = other.step(SHYMKENT, (&second, "accept"), &accepting()).on(revision);
    let refused = again.clone().key(&key).send().await;
    refused.problem(422, "idempotency_key_reused");
    other.both_read(&second, "offered", SIDES).await;
    again.send().await.expect(200);
    other.both_read(&second, "accepted", SIDES).await;
    Ok(())
}

/// `CareTogether`: the expected version was taken and not looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expected_revision_is_asked_for_and_believed() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let revision = care.revision().await;
    care.give(GALABA, "/notes", &json!({ "text": "The telephone number has changed." })).await.expect(200);
    let head = app.head().await;
    let accept = care.step(SHYMKENT, (&handoff, "accept"), &accepting());
    let stale = accept.clone().on(revision).send().await.problem(412, "stale_revision");
    assert_eq!(stale.json()["revision"], revision + 1);
    accept.clone().on(revision + 2).send().await.problem(412, "stale_revision");
    accept.clone().send().await.problem(428, "if_match_missing");
    accept.clone().on_any().send().await.problem(400, "if_match_invalid");
    assert_eq!(app.head().await, head);
    accept.on(revision + 1).send().await.expect(200);
    Ok(())
}

/// CHT: three edits made offline were one when they had been sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_edits_made_offline_are_three_when_they_have_been_sent_twice() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.take(SHYMKENT, (&handoff, "accept"), &accepting()).await.expect(200);
    let before = care.revision().await;
    let attempt = |_| {
        json!({
            "key": app.app.ids.mint(), "command": "record_contact_attempt", "case": care.case, "part": handoff,
            "if_match": "any", "body": { "on": TODAY, "channel": "telephone", "result": "no_answer" },
        })
    };
    let batch = json!({ "commands": (0..3).map(attempt).collect::<Vec<_>>() });
    for _ in 0..2 {
        let sent = app.as_(SHYMKENT).ask("POST", "/v1/sync").json(&batch).send().await.expect(200).json();
        let results = sent["results"].as_array().cloned().unwrap_or_default();
        assert!(results.len() == 3 && results.iter().all(|one| one["status"] == 200), "{sent}");
        assert_eq!(care.since(before).await, ["case.contact-attempted.v1"; 3]);
    }
    assert_eq!(care.both_read(&handoff, "accepted", SIDES).await["contact_attempts"], 3);
    Ok(())
}

/// The register on paper: a transfer out and a transfer in were two forms, and nobody saw that one of them was missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transfer_out_is_the_transfer_in_of_the_other_and_one_that_does_not_come_shows_on_both_sides()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut awaited = String::new();
    for step in ["arrived", "accepted", "offered", "declined"] {
        let care = Care::support(&app).await;
        let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
        match step {
            "arrived" => care.hand_over(SHYMKENT, &handoff).await,
            "accepted" => {
                care.take(SHYMKENT, (&handoff, "accept"), &accepting()).await.expect(200);
                awaited = handoff;
            }
            "declined" => {
                let decline = json!({ "reason": "no_capacity" });
                care.take(SHYMKENT, (&handoff, "decline"), &decline).await.expect(200);
            }
            _ => (),
        }
    }
    app.clock.advance(SignedDuration::from_hours(20 * 24));
    let listed = async |who: &str, direction: &str| {
        let path = format!("/v1/handoffs?direction={direction}&limit=200");
        let items = app.as_(who).get(&path).send().await.expect(200).json()["items"].clone();
        let one = |item: &Value| (item["id"].clone(), item["state"].clone());
        items.as_array().expect("a list").iter().map(one).collect::<Vec<_>>()
    };
    let (out, come) = (listed(GALABA, "outgoing").await, listed(SHYMKENT, "incoming").await);
    assert_eq!((out.len(), &out), (4, &come));
    for who in [GALABA, SHYMKENT] {
        let overdue = app.as_(who).get("/v1/worklist?list=overdue").send().await.expect(200).json();
        let missing: Vec<_> = overdue["items"].as_array().into_iter().flatten().collect();
        assert_eq!((missing.len(), &missing[0]["subject"]), (1, &json!(awaited)), "{who}: {overdue}");
    }
    let figures = async |who: &str| {
        let report = app.as_(who).get("/v1/reports/handoffs").send().await.expect(200).json();
        report["total"].clone()
    };
    let (sender, receiver) = (figures(GALABA).await, figures(SHYMKENT).await);
    assert_eq!((&sender, &sender["offered"]), (&receiver, &json!(4)));
    assert_eq!(figures(AUDITOR).await, sender);
    Ok(())
}
