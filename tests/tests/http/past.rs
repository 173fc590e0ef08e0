//! Who answered for a case at an earlier moment, as it was known then.

use jiff::{SignedDuration, Timestamp, tz::Offset};
use safar_tests::http::{Answer, As, Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    minimal::NOBODY,
    scene::{self, AUDITOR, GALABA, Opened, STRANGER, seen},
    unchanged::{MARKER, Unchanged},
};

/// A case that was opened an hour after the beginning and handed over two hours later, with the positions in between.
struct Past {
    opened: Opened,
    /// Before the case was there, after its opening, and after the arrival.
    positions: [u64; 3],
    /// When the log took in the opening and the arrival, by its own clock.
    recorded: [Timestamp; 2],
}

async fn past(app: &TestApp) -> Past {
    let hour = SignedDuration::from_hours(1);
    let before = app.head().await;
    app.clock.advance(hour);
    let opened = scene::opened(app).await;
    let after = app.head().await;
    app.clock.advance(hour + hour);
    scene::handed_over(app, &opened).await;
    let positions = [before, after, app.head().await];
    let told = app.as_(GALABA).get(&opened.path("/responsibility")).send().await.expect(200).json();
    let moment = |name: &str| {
        let text = told["programmes"]["support"][0][name].as_str();
        text.and_then(|text| text.parse::<Timestamp>().ok()).expect("a moment")
    };
    let recorded = [moment("from"), moment("until")];
    app.clock.set(recorded[1] + hour);
    Past { opened, positions, recorded }
}

async fn ask(who: &As<'_>, opened: &Opened, as_of: &str) -> Answer {
    who.get(&opened.path(&format!("/responsibility?as_of={as_of}"))).send().await
}

/// Who answers for support, and whether that has ended.
fn support(answer: &Answer) -> Vec<(Value, bool)> {
    let intervals = answer.json()["programmes"]["support"].as_array().cloned().unwrap_or_default();
    let one = |interval: &Value| (interval["organisation"].clone(), !interval["until"].is_null());
    intervals.iter().map(one).collect()
}

pub(crate) async fn responsibility_is_told_as_it_was_known_then(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let Past { opened, positions: [_, after_opening, after_arrival], recorded } = past(&app).await;
    let [opening, arrival] = recorded;
    let galaba = app.as_(GALABA);
    let (alone, moved) =
        ([(json!("ngo-galaba"), false)], [(json!("ngo-galaba"), true), (json!("kz-tb-shymkent"), false)]);
    let now = galaba.get(&opened.path("/responsibility")).send().await.expect(200);
    assert_eq!(support(&now), moved);
    let eve = arrival - SignedDuration::from_micros(1);
    let local = eve.display_with_offset(Offset::constant(5)).to_string().replace('+', "%2B");
    for (moment, then) in [
        (opening.to_string(), &alone[..]),
        (eve.to_string(), &alone),
        (local, &alone),
        (arrival.to_string(), &moved),
        (app.clock.now().to_string(), &moved),
    ] {
        let told = ask(&galaba, &opened, &moment).await.expect(200);
        assert_eq!(support(&told), then, "{moment}");
        assert!(told.header("etag").is_empty(), "a command cannot be built on the past");
    }
    for (position, then) in [(after_opening, &alone[..]), (after_arrival, &moved)] {
        let token = app.app.sealer.seal_position(position);
        assert_eq!(support(&ask(&galaba, &opened, &token).await.expect(200)), then);
        let number = ask(&app.as_(AUDITOR), &opened, &position.to_string()).await.expect(200);
        assert_eq!(support(&number), then);
    }
    assert_eq!(ask(&galaba, &opened, &arrival.to_string()).await.json(), now.json());
    Ok(())
}

pub(crate) async fn before_its_opening_there_is_no_case(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let Past { opened, positions: [before, ..], recorded: [opening, _] } = past(&app).await;
    let galaba = app.as_(GALABA);
    let absent = galaba.get(&format!("/v1/cases/{NOBODY}/responsibility")).send().await;
    let token = app.app.sealer.seal_position(before);
    let eve = (opening - SignedDuration::from_micros(1)).to_string();
    for then in [&eve, "-000100-01-01T00:00:00Z", &token] {
        assert_eq!(seen(&ask(&galaba, &opened, then).await), seen(&absent), "{then}");
    }
    ask(&app.as_(AUDITOR), &opened, "0").await.problem(404, "not_found");
    Ok(())
}

pub(crate) async fn a_moment_that_is_none_or_is_to_come_is_refused(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let Past { opened, recorded: [opening, _], .. } = past(&app).await;
    let to_come = (app.clock.now() + SignedDuration::from_millis(1)).to_string();
    let unchanged = Unchanged::from_here(&app).await;
    let (galaba, head) = (app.as_(GALABA), app.head().await);
    let foreign = safar_api::sealed::Sealer::random().seal_position(1);
    let malformed = [
        "",
        "1",
        "yesterday",
        "2026-05-04",
        "2026-05-04T07:00:00",
        "2026-05-04T07:00:00+05:00",
        MARKER,
        &foreign,
    ];
    for (as_of, code) in malformed.map(|as_of| (as_of, "invalid")).into_iter().chain([
        (to_come.as_str(), "in_the_future"),
        ("9999-12-30T00:00:00Z", "in_the_future"),
        (&app.app.sealer.seal_position(head + 1), "in_the_future"),
    ]) {
        let answer = ask(&galaba, &opened, as_of).await;
        unchanged.refused(&answer, 400, "invalid_query", as_of).await;
        let error = &answer.json()["errors"][0];
        assert_eq!((&error["parameter"], &error["code"]), (&json!("as_of"), &json!(code)), "{as_of}");
    }
    let by_number = ask(&app.as_(AUDITOR), &opened, &(head + 1).to_string()).await;
    unchanged.refused(&by_number, 400, "invalid_query", "a number ahead").await;
    let absent = app.as_(STRANGER).get(&format!("/v1/cases/{NOBODY}/responsibility")).send().await;
    for as_of in [&opening.to_string(), "yesterday"] {
        assert_eq!(seen(&ask(&app.as_(STRANGER), &opened, as_of).await), seen(&absent), "{as_of}");
    }
    Ok(())
}
