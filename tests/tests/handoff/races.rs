//! Two nodes on one PostgreSQL, and hundreds of handoffs that the clock and three workers want to end each in their own way.

use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use safar_tests::http::{Answer, Ask, TestApp};
use serde_json::{Value, json};

use crate::scene::{GALABA, SHYMKENT, SHYMKENT_2, accepting, arriving, consent_to_share, described};

const RACES: usize = 500;
/// How many run at the same time.
const WAVE: usize = 25;
/// Repeats a run: `SAFAR_TEST_SEED=<what the failing run printed>`.
const SEED: &str = "SAFAR_TEST_SEED";
/// How each of them ends a handoff, who does it, what it is then, and what is recorded.
const RUNNERS: [(&str, &str, &str, &str); 3] = [
    ("accept", SHYMKENT, "accepted", "case.handoff-accepted.v1"),
    ("arrive", SHYMKENT_2, "arrived", "case.patient-arrived.v1"),
    ("withdraw", GALABA, "withdrawn", "case.handoff-withdrawn.v1"),
];

/// Chance that can be repeated (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap_or_default()
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

fn seed() -> Result<u64> {
    let given = std::env::var(SEED).ok().map(|text| text.parse()).transpose()?;
    let now = safar_api::clock::Clock::system().now().as_microsecond();
    Ok(given.unwrap_or(u64::try_from(now)?))
}

/// A fresh offer that lasts an hour.
struct Contest {
    case: String,
    handoff: String,
    revision: u64,
}

impl Contest {
    async fn begin(node: &TestApp) -> Self {
        let galaba = node.as_(GALABA);
        let person = galaba.post("/v1/persons", &described("Раҳимов")).send().await.expect(201).id();
        let opening = json!({
            "person": person, "phase": "pre_departure", "setting": "pre_departure_session",
            "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
        });
        let case = galaba.post("/v1/cases", &opening).send().await.expect(201).id();
        let path = |rest: &str| format!("/v1/cases/{case}/{rest}");
        let consent =
            galaba.post(&path("consents"), &consent_to_share("KZ")).on_any().send().await.expect(201);
        let offer = json!({
            "to": "kz-tb-shymkent", "programmes": ["support"], "urgency": "routine", "expires_in_hours": 1,
        });
        let offer = galaba.post(&path("handoffs"), &offer).on(consent.revision()).send().await.expect(201);
        Self { handoff: offer.id(), revision: offer.revision(), case }
    }

    /// What one of the three sends to a node, on the state in which the offer was made.
    fn ask<'a>(&self, node: &'a TestApp, (step, who): (&str, &str)) -> Ask<'a> {
        let today = jiff::tz::Offset::constant(5).to_datetime(node.clock.now()).date().to_string();
        let body = match step {
            "accept" => accepting(),
            "arrive" => arriving(&today),
            _ => json!({ "reason": "plans_changed" }),
        };
        let path = format!("/v1/cases/{}/handoffs/{}/{step}", self.case, self.handoff);
        node.as_(who).post(&path, &body).on(self.revision)
    }
}

/// Sends until the answer is something else than "later".
async fn insist(ask: Ask<'_>) -> Answer {
    for _ in 0..100 {
        let answer = ask.clone().send().await;
        if answer.status != 503 {
            return answer;
        }
    }
    panic!("a hundred times 503")
}

/// All three on every handoff of a wave at once, each at either node; the clock strikes after so many answers.
async fn run(
    nodes: &[TestApp; 2],
    contests: &[Contest],
    (chance, strikes_after): (&mut Chance, usize),
) -> Vec<Vec<(usize, Answer)>> {
    let mut asks = Vec::new();
    for (contest, of) in contests.iter().enumerate() {
        for (runner, (step, who, ..)) in RUNNERS.into_iter().enumerate() {
            asks.push((contest, runner, of.ask(&nodes[chance.below(2)], (step, who))));
        }
    }
    chance.shuffle(&mut asks);
    if strikes_after == 0 {
        nodes[0].clock.advance(SignedDuration::from_secs(2));
    }
    let mut running: FuturesUnordered<_> =
        asks.into_iter().map(async |(contest, runner, ask)| (contest, runner, insist(ask).await)).collect();
    let mut answers: Vec<Vec<(usize, Answer)>> = contests.iter().map(|_| Vec::new()).collect();
    let mut heard = 0;
    while let Some((contest, runner, answer)) = running.next().await {
        answers[contest].push((runner, answer));
        heard += 1;
        if heard == strikes_after {
            nodes[0].clock.advance(SignedDuration::from_secs(2));
        }
    }
    answers
}

/// Who won, as all three were told: the number of a runner, or nobody but the clock.
fn judge(answers: &[(usize, Answer)]) -> Result<Option<usize>> {
    let won: Vec<usize> =
        answers.iter().filter(|(_, answer)| answer.status == 200).map(|(runner, _)| *runner).collect();
    ensure!(won.len() <= 1 && answers.len() == RUNNERS.len(), "{won:?} of {} have won", answers.len());
    let winner = won.first().copied();
    for (_, lost) in answers.iter().filter(|(_, answer)| answer.status != 200) {
        let told = lost.json();
        let expected = match winner {
            Some(runner) => {
                let (_, who, state, _) = RUNNERS[runner];
                let by = if who == GALABA { "ngo-galaba" } else { "kz-tb-shymkent" };
                told["state"] == state && told["by"] == by && lost.code() == "handoff_already_moved"
            }
            None => lost.code() == "handoff_expired",
        };
        ensure!(lost.status == 409 && expected, "{winner:?} has won, and a loser is told {told}");
    }
    Ok(winner)
}

fn moment(of: &Value) -> Result<Timestamp> {
    Ok(of.as_str().context("a moment")?.parse()?)
}

/// From where on a node has seen how the race went: the winner was told, and where the clock has won, a note comes later.
async fn position(node: &TestApp, notes: &str, answers: &[(usize, Answer)]) -> String {
    if let Some((_, won)) = answers.iter().find(|(_, answer)| answer.status == 200) {
        return won.header("safar-position").to_owned();
    }
    let over = node.as_(GALABA).post(notes, &json!({ "text": "The race is over." })).on_any();
    insist(over).await.expect(200).header("safar-position").to_owned()
}

/// Both nodes tell both sides the same, and the log has the winner's event right behind the offer and no other ending.
async fn compare(
    nodes: &[TestApp; 2],
    contest: &Contest,
    (winner, answers): (Option<usize>, &[(usize, Answer)]),
) -> Result<()> {
    let path = |rest: &str| format!("/v1/cases/{}/{rest}", contest.case);
    let position = position(&nodes[0], &path("notes"), answers).await;
    let (state, event) = winner.map_or(("expired", "case.handoff-expired.v1"), |runner| {
        let (_, _, state, event) = RUNNERS[runner];
        (state, event)
    });
    let mut read = Vec::new();
    for (node, who) in [(0, GALABA), (1, SHYMKENT)] {
        let path = format!("/v1/handoffs/{}?min_position={position}", contest.handoff);
        let mut shown = nodes[node].as_(who).get(&path).send().await.expect(200).json();
        shown["commands"] = Value::Null;
        read.push(shown);
    }
    ensure!(read[0]["state"] == state && read[0] == read[1], "{state}: {read:?}");
    let timeline = format!("{}?min_position={position}&limit=200", path("timeline"));
    let timeline = nodes[1].as_(GALABA).get(&timeline).send().await.expect(200).json();
    let events = timeline["items"].as_array().context("a timeline")?;
    let later: Vec<_> =
        events.iter().filter(|event| event["revision"].as_u64() > Some(contest.revision)).collect();
    let ends = RUNNERS.map(|(.., end)| end);
    let ended: Vec<_> = later
        .iter()
        .filter(|later| {
            let name = later["event"].as_str().unwrap_or_default();
            // An arrival that was not awaited accepts in the same append.
            let implicit = later["data"]["implicit"] == true;
            !implicit && (ends.contains(&name) || name == "case.handoff-expired.v1")
        })
        .collect();
    ensure!(ended.len() == 1 && ended[0]["event"] == event, "{state}: {later:?}");
    for (_, lost) in answers.iter().filter(|(_, answer)| answer.status == 409 && winner.is_some()) {
        let (told, recorded) = (moment(&lost.json()["at"])?, moment(&ended[0]["recorded_at"])?);
        ensure!(told == recorded, "told that it was at {told}, recorded at {recorded}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_races_on_two_nodes_have_one_winner_each_and_every_loser_is_told_who() -> Result<()> {
    let seed = seed()?;
    println!("{SEED}={seed}");
    let (mut chance, nodes) = (Chance(seed), TestApp::pair().await?);
    let mut wins = [0; RUNNERS.len() + 1];
    for wave in 0..RACES / WAVE {
        let contests = join_all((0..WAVE).map(|number| Contest::begin(&nodes[number % 2]))).await;
        nodes[0].clock.advance(SignedDuration::from_hours(1) - SignedDuration::from_secs(1));
        // In every other wave the offers expire: while the three are running, or a moment before they begin.
        let strikes_after = match wave % 4 {
            1 => 1 + chance.below(WAVE),
            3 => 0,
            _ => usize::MAX,
        };
        let answers = run(&nodes, &contests, (&mut chance, strikes_after)).await;
        for (contest, answers) in contests.iter().zip(&answers) {
            let winner = judge(answers).with_context(|| format!("case {}", contest.case))?;
            wins[winner.unwrap_or(RUNNERS.len())] += 1;
        }
        let compared = contests
            .iter()
            .zip(&answers)
            .map(async |(contest, answers)| compare(&nodes, contest, (judge(answers)?, answers)).await);
        join_all(compared).await.into_iter().collect::<Result<Vec<()>>>()?;
    }
    println!("accept, arrive, withdraw and the clock have won {wins:?}");
    assert_eq!(wins.iter().sum::<usize>(), RACES);
    assert!(wins.iter().all(|won| *won >= RACES / 50), "one of them never has a chance: {wins:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_winners_and_a_loser_who_is_told_something_else_are_noticed() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let contest = Contest::begin(&app).await;
    let mut answers = Vec::new();
    for (runner, (step, who, ..)) in RUNNERS.into_iter().enumerate() {
        answers.push((runner, contest.ask(&app, (step, who)).send().await));
    }
    assert_eq!(judge(&answers)?, Some(0));
    let change = |number: usize, status: u16, body: Value| {
        let mut changed = answers.clone();
        (changed[number].1.status, changed[number].1.body) = (status, body.to_string().into_bytes());
        judge(&changed)
    };
    let lost = answers[1].1.json();
    let other = |name: &str, value: &str| {
        let mut told = lost.clone();
        told[name] = json!(value);
        told
    };
    assert!(change(1, 200, json!({})).is_err(), "two winners");
    assert!(change(1, 412, lost.clone()).is_err(), "another status");
    assert!(change(1, 409, other("state", "withdrawn")).is_err(), "another state");
    assert!(change(1, 409, other("by", "ngo-galaba")).is_err(), "another winner");
    assert!(change(0, 409, lost.clone()).is_err(), "no winner, and nobody was told that it has expired");
    Ok(())
}
