//! What was recorded offline: a batch is its commands, each by itself.

use safar_tests::http::{Answer, As, Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    scene::{self, GALABA, OUTREACH, Opened, SHYMKENT, STRANGER, description, note, offer},
    unchanged::Unchanged,
};

/// A key of a command, by a number.
pub(crate) fn key(number: u32) -> String {
    format!("0190b000-0000-7000-8000-{number:012}")
}

/// A command on a case.
pub(crate) fn on_case(number: u32, (command, case): (&str, &str), if_match: Value, body: Value) -> Value {
    let mut whole = json!({ "key": key(number), "command": command, "case": case });
    whole["if_match"] = if_match;
    whole["body"] = body;
    whole
}

/// Sends a batch.
pub(crate) async fn send(who: &As<'_>, commands: &[Value]) -> Answer {
    let body = json!({ "commands": commands }).to_string().into_bytes();
    who.ask("POST", "/v1/sync").header("content-type", "application/json").body(body).send().await
}

/// The answers of a batch that was taken in.
pub(crate) async fn results(who: &As<'_>, commands: &[Value]) -> Vec<Value> {
    let answer = send(who, commands).await.expect(200).json();
    let results = answer["results"].as_array().cloned().unwrap_or_default();
    assert_eq!(results.len(), commands.len());
    results
}

pub(crate) fn statuses(results: &[Value]) -> Vec<u64> {
    results.iter().map(|result| result["status"].as_u64().unwrap_or_default()).collect()
}

pub(crate) fn id(result: &Value) -> &str {
    result["id"].as_str().unwrap_or_else(|| panic!("no id in {result}"))
}

fn code(result: &Value) -> &str {
    result["problem"]["code"].as_str().unwrap_or_default()
}

/// A day on the road: a person, their case, a consent, an offer and a note, none of which is known to anybody yet.
fn day_on_the_road() -> Vec<Value> {
    let consent = json!({
        "given": true, "purpose": "continuity_of_care", "recipients": [{ "country": "KZ" }],
        "data_classes": ["identity", "contact", "support", "tb"], "valid_from": "2026-05-01",
        "form_version": "care-2026-01",
    });
    let case = key(2);
    let of_case = |number, command: &str, body| json!({ "key": key(number), "command": command, "case": case, "body": body });
    vec![
        json!({ "key": key(1), "command": "register_person", "body": description("Раҳимов") }),
        json!({ "key": key(2), "command": "open_case", "occurred_at": "2026-05-03", "body": scene::opening(&key(1)) }),
        of_case(3, "record_consent", consent),
        of_case(4, "offer_handoff", offer()),
        of_case(5, "add_note", note("The train leaves on Friday.")),
    ]
}

pub(crate) async fn commands_of_a_batch_build_on_each_other_in_their_order(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let answer = send(&app.as_(GALABA), &day_on_the_road()).await.expect(200);
    let results = answer.json()["results"].clone();
    let done: Vec<_> = (0..5).map(|at| (&results[at]["status"], &results[at]["revision"])).collect();
    assert_eq!(json!(done), json!([[201, 1], [201, 2], [201, 3], [201, 4], [200, 5]]), "{results}");
    assert_eq!(results[3]["recorded"], json!(["case.handoff-offered.v1"]));
    let path = format!("/v1/cases/{}/timeline?min_position=", id(&results[1]));
    let path = path + answer.header("safar-position");
    let timeline = app.as_(GALABA).get(&path).send().await.expect(200).json();
    assert_eq!(timeline["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(timeline["items"][0]["occurred_precision"], "day", "{timeline}");
    let handoff = format!("/v1/handoffs/{}", id(&results[3]));
    app.as_(SHYMKENT).get(&handoff).send().await.expect(200);
    Ok(())
}

pub(crate) async fn a_batch_sent_again_counts_once_as_do_its_commands_on_their_own_routes(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let galaba = app.as_(GALABA);
    let first = results(&galaba, &day_on_the_road()).await;
    app.settle().await;
    let unchanged = Unchanged::from_here(&app).await;
    let again = send(&galaba, &day_on_the_road()).await;
    unchanged.kept(&again, "the whole batch").await;
    assert_eq!(again.json()["results"], json!(first));
    let (person, case) = (id(&first[0]), id(&first[1]));
    let path = |rest: &str| format!("/v1/cases/{case}{rest}");
    let alone = [
        (galaba.post("/v1/persons", &description("Раҳимов")), 1),
        (galaba.post("/v1/cases", &scene::opening(person)).header("safar-occurred-at", "2026-05-03"), 2),
        (galaba.post(&path("/handoffs"), &offer()).on(3), 4),
        (galaba.post(&path("/notes"), &note("The train leaves on Friday.")).on_any(), 5),
    ];
    for (ask, number) in alone {
        let answer = ask.key(&key(number)).send().await;
        let before = &first[usize::try_from(number)? - 1];
        assert_eq!(u64::from(answer.status), before["status"], "{}", answer.text());
        assert_eq!(answer.json()["recorded"], before["recorded"]);
        unchanged.kept(&answer, "a command on its own route").await;
    }
    let other = galaba.post(&path("/notes"), &note("Another note.")).key(&key(5)).on_any();
    unchanged.refuses(other, 422, "idempotency_key_reused", "the key of a command of the batch").await;
    Ok(())
}

pub(crate) async fn three_facts_recorded_offline_stay_three(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let facts: Vec<Value> = (1..=3)
        .map(|day: u32| {
            let body = json!({ "kind": "food", "on": format!("2026-05-0{day}") });
            let mut fact = on_case(day, ("give_support", &opened.case), json!("any"), body);
            fact["occurred_at"] = json!(format!("2026-05-0{day}"));
            fact
        })
        .collect();
    let done = results(&app.as_(OUTREACH), &facts).await;
    assert_eq!(statuses(&done), [200, 200, 200]);
    app.settle().await;
    let timeline = app.as_(GALABA).get(&opened.path("/timeline")).send().await.expect(200).json();
    let items = timeline["items"].as_array().cloned().unwrap_or_default();
    let days: Vec<_> = items.iter().filter_map(|item| item["data"]["on"].as_str()).collect();
    assert_eq!(days, ["2026-05-01", "2026-05-02", "2026-05-03"]);
    Ok(())
}

pub(crate) async fn a_refused_command_stops_those_that_name_it_and_no_others(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let nowhere = scene::opening(crate::minimal::NOBODY);
    let batch = [
        json!({ "key": key(1), "command": "open_case", "body": nowhere }),
        json!({ "key": key(2), "command": "add_note", "case": key(1), "body": note("Of no case.") }),
        json!({ "key": key(3), "command": "record_result", "case": opened.case, "part": key(2), "body": {} }),
        on_case(4, ("add_note", &opened.case), json!("any"), note("Of a case.")),
        json!({ "key": key(5), "command": "open_case", "body": scene::opening(&key(1)) }),
    ];
    let before = app.head().await;
    let done = results(&app.as_(GALABA), &batch).await;
    assert_eq!(statuses(&done), [404, 424, 403, 200, 424], "{done:?}");
    assert_eq!((code(&done[1]), code(&done[4])), ("dependency_failed", "dependency_failed"));
    assert_eq!(app.head().await, before + 1);
    Ok(())
}

/// A command of a batch, and the same on its own route.
fn pairs<'a>(who: &As<'a>, opened: &Opened) -> Vec<(Value, safar_tests::http::Ask<'a>)> {
    let case = opened.case.as_str();
    let notes = |body: &Value| who.post(&opened.path("/notes"), body);
    let (extra, long) = (json!({ "text": "A", "stranger": 1 }), note(&"x".repeat(5_000)));
    let mut timeless = on_case(5, ("add_note", case), json!("any"), note("A"));
    timeless["occurred_at"] = json!("yesterday");
    vec![
        (on_case(1, ("add_note", case), json!("any"), extra.clone()), notes(&extra).on_any()),
        (on_case(2, ("add_note", case), json!("any"), json!({})), notes(&json!({})).on_any()),
        (on_case(3, ("add_note", case), json!("any"), long.clone()), notes(&long).on_any()),
        (on_case(4, ("add_note", case), json!(null), note("A")), notes(&note("A"))),
        (timeless, notes(&note("A")).on_any().header("safar-occurred-at", "yesterday")),
        (
            on_case(6, ("close_case", case), json!("any"), json!({ "reason": "no_need_found" })),
            who.post(&opened.path("/close"), &json!({ "reason": "no_need_found" })).on_any(),
        ),
        (
            on_case(7, ("close_case", case), json!(1), json!({ "reason": "no_need_found" })),
            who.post(&opened.path("/close"), &json!({ "reason": "no_need_found" })).on(1),
        ),
        (
            on_case(8, ("offer_handoff", case), json!(opened.revision), offer()),
            who.post(&opened.path("/handoffs"), &offer()).on(opened.revision),
        ),
        (
            on_case(9, ("diagnose", case), json!(2), json!({})),
            who.post(&opened.path("/diagnosis"), &json!({})).on(2),
        ),
        (
            on_case(10, ("add_note", crate::minimal::NOBODY), json!("any"), note("A")),
            who.post(&format!("/v1/cases/{}/notes", crate::minimal::NOBODY), &note("A")).on_any(),
        ),
    ]
}

pub(crate) async fn a_command_of_a_batch_is_refused_as_on_its_own_route(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let galaba = app.as_(GALABA);
    let (batch, alone): (Vec<_>, Vec<_>) = pairs(&galaba, &opened).into_iter().unzip();
    let done = results(&galaba, &batch).await;
    let mut codes = Vec::new();
    for (result, ask) in done.iter().zip(alone) {
        let problem = ask.send().await.json();
        for member in ["type", "title", "status", "code", "detail", "allowed", "revision"] {
            assert_eq!(result["problem"][member], problem[member], "{member} of {result}");
        }
        let place = |problem: &Value| {
            let error = &problem["errors"][0];
            (error["code"].clone(), error["detail"].clone())
        };
        assert_eq!(place(&result["problem"]), place(&problem), "{result}");
        assert_eq!(result["status"], problem["status"]);
        codes.push(problem["code"].as_str().unwrap_or_default().to_owned());
    }
    codes.dedup();
    assert_eq!(codes.len(), 9, "the refusals should differ: {codes:?}");
    unchanged.kept(&send(&galaba, &batch).await, "refused commands").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_place_of_a_mistake_is_counted_from_the_command() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let whole = || on_case(1, ("add_note", &opened.case), json!("any"), note("A"));
    let with = |name: &str, value: Value| {
        let mut command = whole();
        command[name] = value;
        command
    };
    let batch = [
        (with("stranger", json!(1)), "", 400),
        (with("key", json!("MARKERq7Zt")), "/key", 422),
        (with("command", json!("drop_table")), "/command", 422),
        (with("part", json!(opened.case)), "/part", 400),
        (with("case", Value::Null), "/case", 400),
        (with("if_match", json!("*")), "/if_match", 422),
        (with("if_match", json!(-1)), "/if_match", 422),
        (with("occurred_at", json!("MARKERq7Zt")), "/occurred_at", 400),
        (with("body", json!({ "text": 1 })), "/body/text", 400),
        (json!(7), "", 400),
    ];
    let commands: Vec<Value> = batch.iter().map(|(command, ..)| command.clone()).collect();
    let unchanged = Unchanged::from_here(&app).await;
    let done = results(&app.as_(GALABA), &commands).await;
    for (result, (command, pointer, status)) in done.iter().zip(&batch) {
        assert_eq!(result["status"], *status, "{command}: {result}");
        assert_eq!(result["problem"]["errors"][0]["pointer"], *pointer, "{command}: {result}");
        assert!(!result["problem"].to_string().contains("MARKER"), "{result}");
    }
    unchanged.kept(&send(&app.as_(GALABA), &commands).await, "malformed commands").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_command_needs_the_rights_of_its_own_route() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let case = opened.case.as_str();
    let batch = [
        on_case(1, ("add_note", case), json!("any"), note("A")),
        on_case(2, ("close_case", case), json!(opened.revision), json!({ "reason": "no_need_found" })),
        on_case(3, ("record_consent", case), json!("any"), json!({})),
    ];
    assert_eq!(statuses(&results(&app.as_(OUTREACH), &batch).await), [200, 403, 400]);
    assert_eq!(statuses(&results(&app.as_(STRANGER), &batch).await), [404, 404, 400]);
    for (worker, status) in [(scene::AUDITOR, 403), (scene::ADMINISTRATOR, 403), ("hc-kz-aktobe-1", 403)] {
        send(&app.as_(worker), &batch).await.problem(status, "forbidden");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_batch_itself_recorded_does_not_make_it_stale_and_what_others_did_does() -> anyhow::Result<()>
{
    let app = TestApp::sqlite().await?;
    let close = json!({ "reason": "no_need_found" });
    let batch = |opened: &Opened| {
        let case = opened.case.clone();
        [
            on_case(1, ("add_note", &case), json!("any"), note("Seen at the station.")),
            on_case(2, ("add_note", &case), json!("any"), note("Has found work.")),
            on_case(3, ("close_case", &case), json!(opened.revision), close.clone()),
            on_case(4, ("reopen_case", &case), json!(opened.revision), json!({})),
        ]
    };
    let alone = scene::opened(&app).await;
    assert_eq!(statuses(&results(&app.as_(GALABA), &batch(&alone)).await), [200; 4]);
    let busy = scene::opened(&app).await;
    app.as_(GALABA).post(&busy.path("/notes"), &note("By a colleague.")).on_any().send().await.expect(200);
    let done = results(&app.as_(OUTREACH), &batch(&busy)[..2]).await;
    assert_eq!(statuses(&done), [200, 200]);
    let mut late = batch(&busy);
    for (number, command) in (11..).zip(&mut late) {
        command["key"] = json!(key(number));
    }
    let done = results(&app.as_(GALABA), &late).await;
    assert_eq!(statuses(&done), [200, 200, 412, 409], "{done:?}");
    assert_eq!((code(&done[2]), code(&done[3])), ("stale_revision", "case_not_closed"));
    Ok(())
}

pub(crate) async fn a_batch_is_small_enough_and_says_nothing_of_a_key_of_its_own(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let notes = |count: u32| -> Vec<Value> {
        (0..count).map(|n| on_case(n, ("add_note", &opened.case), json!("any"), note("A"))).collect()
    };
    let unchanged = Unchanged::from_here(&app).await;
    for batch in [notes(501), notes(0)] {
        unchanged.refused(&send(&galaba, &batch).await, 422, "invalid_values", "its length").await;
    }
    let body = json!({ "commands": notes(1) });
    for (name, value) in [
        ("idempotency-key", key(1)),
        ("if-match", "\"2\"".to_owned()),
        ("safar-occurred-at", "2026-05-03".to_owned()),
    ] {
        let ask = galaba.ask("POST", "/v1/sync").json(&body).header(name, &value);
        unchanged.refuses(ask, 400, "bad_request", name).await;
    }
    let wide = json!({ "commands": [{ "key": key(1), "command": "add_note", "body": { "text": "x".repeat(1 << 20) } }] });
    unchanged
        .refuses(galaba.ask("POST", "/v1/sync").json(&wide), 413, "body_too_large", "too many bytes")
        .await;
    assert_eq!(statuses(&results(&galaba, &notes(500)).await), [200; 500]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_recorded_after_the_expiry_it_preceded_beats_the_clock() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let handoff = scene::offered(&app, &opened).await.id();
    app.clock.advance(jiff::SignedDuration::from_hours(24 * 4));
    let arrival = |number, day: &str, body: &str| {
        let body = json!({ "on": body, "identity_check": "document" });
        let mut arrival = on_case(number, ("arrive_patient", &opened.case), json!("any"), body);
        arrival["part"] = json!(handoff);
        arrival["occurred_at"] = json!(day);
        arrival
    };
    // The control: an arrival after the expiry does not.
    let too_late = arrival(1, "2026-05-08", "2026-05-08");
    let in_time = arrival(2, "2026-05-06", "2026-05-06");
    let done = results(&app.as_(SHYMKENT), &[too_late, in_time]).await;
    assert_eq!(statuses(&done), [409, 200], "{done:?}");
    assert_eq!(code(&done[0]), "handoff_expired");
    let recorded = [
        "case.handoff-reinstated.v1",
        "case.handoff-accepted.v1",
        "case.patient-arrived.v1",
        "case.responsibility-moved.v1",
    ];
    assert_eq!(done[1]["recorded"], json!(recorded));
    app.settle().await;
    let shown = app.as_(GALABA).get(&opened.path("/timeline")).send().await.expect(200).text();
    assert!(shown.contains("case.handoff-expired.v1"), "both are kept: {shown}");
    Ok(())
}
