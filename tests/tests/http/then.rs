//! Time travel: what a server says of the past is what it would have said had it stopped there.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use safar_api::journey::{Journey, TWELVE};
use safar_event_store::RecordedEvent;
use safar_tests::http::{Engine, Settings, TestApp};
use serde_json::{Value, json};

use crate::{
    consents,
    scene::{self, AUDITOR, GALABA, SHYMKENT},
};

/// Whose worklists are asked for.
const ORGANISATIONS: [&str; 6] = [
    "ngo-galaba",
    "kz-tb-shymkent",
    "tj-national-tb-centre",
    "kz-tb-almaty",
    "tj-tb-dushanbe",
    "kz-tb-aktobe",
];

/// A small generator of its own, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    /// A number from 0 up to a bound.
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64*: enough to pick places.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap_or_default() % bound
    }
}

/// The twelve journeys, lived through, or a few shorter stories, with their cases and every position at which a server could have stopped since the first one
/// was opened: behind a whole command.
async fn lived(engine: Engine) -> Result<(TestApp, Vec<String>, Vec<u64>)> {
    let app = match engine {
        Engine::Sqlite => {
            let lived = TWELVE.iter().map(|(_, text)| Journey::parse(text)).collect::<Result<_, _>>()?;
            TestApp::start(Settings { lived, ..Settings::on(engine) }).await?
        }
        // A database stamps events by its own clock, so that nobody lives through months there.
        Engine::Postgres => {
            let app = TestApp::on(engine).await?;
            consents::support_alone_in_shymkent(&app).await;
            scene::one_of_each(&app).await;
            let opened = scene::opened(&app).await;
            scene::handed_over(&app, &opened).await;
            app
        }
    };
    let events = app.app.store.read_all(0.into(), 10_000).await?;
    let opened = |event: &&RecordedEvent| event.stream.category() == "case" && event.revision.get() == 1;
    let cases: Vec<_> = events.iter().filter(opened).map(|event| event.stream.id().to_owned()).collect();
    let since = events.iter().position(|event| opened(&event)).expect("a case");
    let whole = events[since..].chunk_by(|one, next| one.command == next.command);
    let stops = whole.filter_map(|events| Some(events.last()?.position.get())).collect();
    Ok((app, cases, stops))
}

/// Status and body of the answer to an auditor; of a refusal, whose body names its own request, the code.
async fn told(app: &TestApp, path: &str) -> (u16, String) {
    let answer = app.as_(AUDITOR).get(path).send().await;
    (answer.status, if answer.status == 200 { answer.text() } else { answer.code() })
}

/// What there is to ask about a case, each with the sign behind which the moment goes.
fn about(case: &str) -> [String; 4] {
    [
        format!("/v1/cases/{case}?"),
        format!("/v1/cases/{case}/responsibility?"),
        format!("/v1/cases/{case}/timeline?limit=200&"),
        format!("/v1/cases/{case}/replay?limit=200&"),
    ]
}

/// What there is to ask about everybody's work.
fn about_work() -> impl Iterator<Item = String> {
    let worklist = |organisation| format!("/v1/organisations/{organisation}/worklist?limit=200&");
    let report = |by| format!("/v1/reports/handoffs?from=2024-01-01&until=2027-01-01&by={by}&");
    ORGANISATIONS.into_iter().map(worklist).chain(["destination", "quarter"].map(report))
}

/// The clock of a test app has no finer step.
fn next_millisecond(moment: Timestamp) -> Timestamp {
    let begun = i64::from(moment.subsec_nanosecond() % 1_000_000 != 0);
    Timestamp::from_millisecond(moment.as_millisecond() + begun).expect("a moment")
}

/// Asks both servers the same, and says how many answers were compared.
async fn alike(app: &TestApp, cases: &[String], (at, dice): (u64, &mut Dice)) -> Result<usize> {
    let recorded = async |at: u64| anyhow::Ok(app.app.store.recorded_at(at.into()).await?.expect("an event"));
    let moment = next_millisecond(recorded(at).await?);
    // Other commands may have been recorded by the same moment.
    let at = app.app.store.position_at(moment).await?.get();
    let exactly = recorded(at).await? == moment;
    let cut = app.cut(at, moment).await?;
    let mut questions: Vec<String> = about_work().collect();
    for case in cases {
        let [whole, rest @ ..] = about(case);
        questions.extend([whole, rest[dice.below(rest.len())].clone()]);
    }
    for question in &questions {
        let by = if exactly && dice.below(2) == 0 { at.to_string() } else { moment.to_string() };
        let (then, now) = (format!("{question}as_of={by}"), question.trim_end_matches(['?', '&']));
        let (told, stopped) = (told(app, &then).await, told(&cut, now).await);
        assert!(told.0 == 200 || told.0 == 404, "{then}: {} {}", told.0, told.1);
        assert_eq!(told, stopped, "{then}");
    }
    Ok(questions.len())
}

pub(crate) async fn the_past_is_what_a_server_says_that_stopped_there(engine: Engine) -> Result<()> {
    let seed = std::env::var("SAFAR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    eprintln!("SAFAR_SEED={seed}");
    let (app, cases, stops) = lived(engine).await?;
    let head = app.head().await;
    app.clock.set(next_millisecond(app.app.store.recorded_at(head.into()).await?.expect("an event")));
    let (mut dice, mut compared) = (Dice(seed), 0);
    let moments = if engine == Engine::Sqlite { 1_000 / cases.len() } else { 12 };
    for _ in 0..moments {
        let at = stops[dice.below(stops.len())];
        compared += alike(&app, &cases, (at, &mut dice)).await?;
    }
    eprintln!("{} cases, {head} events, {compared} answers compared", cases.len());
    Ok(())
}

/// Without what is not said of the past, and without the number that every event changes.
fn bare(text: &str) -> Value {
    let mut case: Value = serde_json::from_str(text).expect("a case");
    case.as_object_mut().expect("an object").remove("revision");
    leave_out_commands(&mut case);
    case
}

fn leave_out_commands(value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| match member {
            Value::Array(commands) if name == "commands" => commands.clear(),
            _ => leave_out_commands(member),
        }),
        Value::Array(items) => items.iter_mut().for_each(leave_out_commands),
        _ => (),
    }
}

fn patched(mut state: Value, changes: &Value) -> Value {
    let patch: json_patch::Patch = serde_json::from_value(changes.clone()).expect("a patch of RFC 6902");
    json_patch::patch(&mut state, &patch).expect("the patch fits");
    state
}

pub(crate) async fn differences_and_steps_lead_from_each_moment_to_the_next(engine: Engine) -> Result<()> {
    let (app, cases, places) = lived(engine).await?;
    let mut dice = Dice(7);
    for case in &cases {
        let path = format!("/v1/cases/{case}");
        let mut state = Value::Null;
        let (_, steps) = told(&app, &format!("{path}/replay?limit=200")).await;
        let steps: Value = serde_json::from_str(&steps)?;
        for step in steps["items"].as_array().expect("steps") {
            state = patched(state, &step["changes"]);
            let revision = step["revision"].as_u64().expect("a number");
            assert!(step["knowledge"]["revision"].as_u64().expect("a number") < revision, "{step}");
        }
        let (_, now) = told(&app, &path).await;
        assert_eq!(state, bare(&now), "the steps lead to {path}");
        let mut pair = [places[dice.below(places.len())], places[dice.below(places.len())]];
        pair.sort_unstable();
        let [from, to] = pair;
        let (status, then) = told(&app, &format!("{path}?as_of={from}")).await;
        let before = if status == 200 { bare(&then) } else { Value::Null };
        let (status, then) = told(&app, &format!("{path}?as_of={to}")).await;
        let (answered, difference) = told(&app, &format!("{path}/diff?from={from}&to={to}")).await;
        assert_eq!(answered, status, "there is a difference where there is a case");
        if status == 200 {
            let difference: Value = serde_json::from_str(&difference)?;
            assert_eq!(patched(before, &difference["changes"]), bare(&then), "{path} from {from} to {to}");
        }
    }
    let backwards = format!("/v1/cases/{}/diff?from={}&to={}", cases[0], places[9], places[8]);
    app.as_(AUDITOR).get(&backwards).send().await.problem(400, "invalid_query");
    Ok(())
}

/// Who looked at cases, in every role that may.
const WORKERS: [&str; 5] = [GALABA, "ow-galaba", "tb-kz-shymkent-1", "tb-tj-national-1", "co-iom-dushanbe"];

pub(crate) async fn what_a_worker_saw_then_is_what_they_were_answered_then(engine: Engine) -> Result<()> {
    let (app, cases, stops) = lived(engine).await?;
    let mut dice = Dice(11);
    for _ in 0..if engine == Engine::Sqlite { 6 } else { 3 } {
        let at = stops[dice.below(stops.len())];
        let cut = app.cut(at, app.app.store.recorded_at(at.into()).await?.expect("an event")).await?;
        for (case, worker) in cases.iter().flat_map(|case| WORKERS.map(|worker| (case, worker))) {
            let path = format!("/v1/cases/{case}");
            let (status, sight) = told(&app, &format!("{path}/seen-by?worker={worker}&as_of={at}")).await;
            if status == 404 {
                assert_eq!(told(&cut, &path).await.0, 404, "there was no {path} yet");
                continue;
            }
            let sight: Value = serde_json::from_str(&sight)?;
            let answered = cut.as_(worker).get(&path).send().await;
            let decided = match answered.status {
                200 => "permit",
                403 => "deny_function",
                _ => "hide",
            };
            assert_eq!(sight["decision"], decided, "{worker} at {at}: {sight}");
            if decided == "permit" {
                let mut seen = sight["case"].clone();
                seen.as_object_mut().expect("an object").remove("revision");
                assert_eq!(seen, bare(&answered.text()), "{worker} at {at}");
                let story = cut.as_(worker).get(&format!("{path}/timeline?limit=200")).send().await.json();
                let story: Vec<_> = story["items"].as_array().expect("a story").iter().collect();
                let revisions: Vec<_> = story.iter().map(|line| line["revision"].clone()).collect();
                assert_eq!(sight["events"], json!(revisions), "{worker} at {at}");
            } else {
                assert_eq!(sight["case"], Value::Null, "{worker} at {at}");
            }
        }
    }
    Ok(())
}

pub(crate) async fn an_auditor_is_told_what_a_worker_opened_by_then(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let head = app.head().await;
    let sight = async |rest: &str| {
        let path = opened.path(&format!("/seen-by?worker={GALABA}{rest}"));
        app.as_(AUDITOR).get(&path).send().await.expect(200).json()
    };
    assert_eq!(sight("").await["readings"], json!([]));
    let before = app.clock.now();
    app.clock.advance(SignedDuration::from_mins(5));
    app.as_(GALABA).get(&opened.path("")).send().await.expect(200);
    let seen = sight("").await;
    let what: Vec<_> = seen["readings"].as_array().expect("a list").iter().map(|one| &one["what"]).collect();
    assert_eq!(what, ["cases.read"]);
    assert_eq!(seen["actor"]["role"], "social_worker");
    assert_eq!((&seen["standing"], &seen["decision"]), (&json!("responsible"), &json!("permit")));
    assert_eq!(seen["grounds"]["identity"], json!({ "ground": "own" }));
    if engine == Engine::Sqlite {
        assert_eq!(sight(&format!("&as_of={before}")).await["readings"], json!([]));
    }
    let nobody = opened.path(&format!("/seen-by?worker=sw-nobody&as_of={head}"));
    app.as_(AUDITOR).get(&nobody).send().await.problem(400, "invalid_query");
    app.as_(GALABA).get(&opened.path("/seen-by")).send().await.problem(403, "forbidden");
    Ok(())
}

pub(crate) async fn the_past_opens_nothing_that_is_withheld_now(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = consents::support_alone_in_shymkent(&app).await;
    let consent = consents::agrees(&app, (SHYMKENT, &opened), ("KZ", &["tb"])).await;
    app.settle().await;
    let then = app.app.sealer.seal_position(app.head().await);
    let past = async |rest: &str| app.as_(SHYMKENT).get(&opened.path(rest)).send().await.expect(200).json();
    let asked = [
        (format!("?as_of={then}"), "/screening"),
        ("/replay".to_owned(), "/items"),
        (format!("/replay?as_of={then}"), "/items"),
        ("/diff".to_owned(), "/changes"),
        (format!("/diff?to={then}"), "/changes"),
    ];
    // What the screening found, wherever the answer has it.
    let found = async |(rest, pointer): &(String, &str)| {
        past(rest).await.pointer(pointer).expect("it is part of the answer").to_string().contains("positive")
    };
    for question in &asked {
        assert!(found(question).await, "with the consent {question:?} tells it");
    }
    consents::withdraws(&app, &opened, &consent).await;
    app.settle().await;
    for question in &asked {
        assert!(!found(question).await, "without it {question:?} does not");
    }
    assert_eq!(past(&format!("?as_of={then}")).await["withheld"], json!(["tb"]));
    // What hidden events changed of the open part is in the steps all the same.
    let steps = past("/replay?limit=200").await;
    let steps = steps["items"].as_array().expect("steps").iter();
    let state = steps.fold(Value::Null, |state, step| patched(state, &step["changes"]));
    assert_eq!(state, bare(&past("").await.to_string()));
    Ok(())
}

pub(crate) async fn truth_is_asked_by_a_moment_and_the_past_by_those_who_see_the_people(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let to_come = (app.clock.now() + SignedDuration::from_hours(1)).to_string();
    for (as_true_at, code) in
        [("yesterday", "not_an_instant"), ("12", "not_an_instant"), (to_come.as_str(), "in_the_future")]
    {
        let answer = app.as_(GALABA).get(&opened.path(&format!("?as_true_at={as_true_at}"))).send().await;
        let problem = answer.problem(400, "invalid_query").json();
        assert_eq!(problem["errors"][0]["parameter"], "as_true_at");
        assert_eq!(problem["errors"][0]["code"], code, "{as_true_at}");
    }
    let long_ago = opened.path("?as_true_at=2001-01-01T00:00:00Z");
    app.as_(GALABA).get(&long_ago).send().await.problem(404, "not_found");
    let report = async |worker, rest: &str| {
        app.as_(worker)
            .get(&format!("/v1/reports/handoffs?from=2026-01-01&until=2026-05-01&{rest}"))
            .send()
            .await
    };
    for rest in ["as_of=2026-04-01T00:00:00Z", "as_true_at=2026-04-01T00:00:00Z"] {
        let refused = report("co-iom-dushanbe", rest).await.problem(400, "invalid_query").json();
        assert_eq!(refused["errors"][0]["code"], "present_alone", "{rest}");
        report(GALABA, rest).await.expect(200);
    }
    Ok(())
}
