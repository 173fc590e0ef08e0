//! A server on the embedded log, killed at random moments under load.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use safar_api::{auth::DevIssuer, clock::Clock};
use safar_tests::binary::{Installation, token};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    asking::{Chance, Command, Worker, note, open, register, support},
    journal::{Acknowledged, Journal, assert_it_notices, log_of},
};

const ROUNDS: u32 = 6;
const WRITERS: u64 = 8;
/// Repeats a run: `SAFAR_TEST_SEED=<what the failing run printed>`.
const SEED: &str = "SAFAR_TEST_SEED";

/// What the writers know, across the deaths of the server.
#[derive(Default)]
struct Known {
    journal: Journal,
    /// Sent, and never answered.
    unknown: Vec<(String, Command)>,
}

type Shared = Arc<Mutex<Known>>;

fn seed() -> Result<u64> {
    let given = std::env::var(SEED).ok().map(|text| text.parse()).transpose()?;
    let now = Clock::system().now().as_microsecond();
    Ok(given.unwrap_or(u64::try_from(now)?))
}

/// Writes to one case until the server no longer answers.
async fn write(
    worker: Worker,
    address: String,
    case: String,
    chance: Chance,
    told: (Shared, mpsc::UnboundedSender<()>),
) {
    let (mut chance, (known, count)) = (chance, told);
    loop {
        let key = chance.key();
        let command = if chance.below(2) == 0 { note(key, &case, "seen") } else { support(key, &case, None) };
        let answer = worker
            .send(&address, &command)
            .await
            .and_then(|answer| Acknowledged::of(&worker.name, key, &case, &answer));
        let mut known = known.lock().expect("no writer panics while it holds this");
        let Ok(told) = answer else {
            known.unknown.push((case, command));
            return;
        };
        known.journal.acknowledged.push(told);
        let _the_main_test_may_have_heard_enough = count.send(());
    }
}

/// One life of the server: it is killed after so many acknowledgements, a moment later or earlier.
async fn live_and_die(
    node: &Installation,
    worker: &Worker,
    cases: &[String],
    (known, chance): (&Shared, &mut Chance),
) -> Result<()> {
    let began = Instant::now();
    let mut running = node.start(&["serve"]).await?;
    ensure!(began.elapsed() < Duration::from_secs(5), "ready only after {:?}", began.elapsed());
    repeat_what_is_unknown(worker, &running.address, known).await?;
    let (count, mut counted) = mpsc::unbounded_channel();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let case = cases[usize::try_from(writer)? % cases.len()].clone();
        let told = (known.clone(), count.clone());
        writers.spawn(write(worker.clone(), running.address.clone(), case, Chance(chance.next()), told));
    }
    for _ in 0..20 + chance.below(150) {
        counted.recv().await.context("the writers ended by themselves")?;
    }
    tokio::time::sleep(Duration::from_micros(chance.below(20_000))).await;
    running.crash()?;
    writers.join_all().await;
    Ok(())
}

/// Whoever got no answer sends the same again, and is answered: with what was done then, or with what is done now.
async fn repeat_what_is_unknown(worker: &Worker, address: &str, known: &Shared) -> Result<()> {
    let unknown = std::mem::take(&mut known.lock().expect("no writer is left").unknown);
    for (case, command) in unknown {
        let answer = worker.insist(address, &command).await?;
        let told = Acknowledged::of(&worker.name, command.key, &case, &answer)?;
        known.lock().expect("no writer is left").journal.acknowledged.push(told);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_minus_nine_loses_nothing_acknowledged_and_counts_nothing_twice() -> Result<()> {
    let seed = seed()?;
    println!("{SEED}={seed}");
    let (mut chance, issuer) = (Chance(seed), DevIssuer::ephemeral());
    let node = Installation::new()?.in_service(&issuer);
    node.describe_directory()?;
    let worker = Worker::new("sw-galaba", token(&issuer, "sw-galaba"));
    let known = Shared::default();
    let cases = {
        let mut running = node.start(&["serve"]).await?;
        let mut cases = Vec::new();
        for _ in 0..4 {
            let person =
                worker.send(&running.address, &register(chance.key(), "Назаров", &[])).await?.id()?;
            cases.push(worker.send(&running.address, &open(chance.key(), &person)).await?.id()?);
        }
        running.crash()?;
        cases
    };
    let mut unknown = 0;
    for _ in 0..ROUNDS {
        live_and_die(&node, &worker, &cases, (&known, &mut chance)).await?;
        unknown += known.lock().expect("no writer is left").unknown.len();
    }
    ensure!(
        unknown >= usize::try_from(ROUNDS)?,
        "the kills hit nobody: {unknown} commands without an answer"
    );
    let running = node.start(&["serve"]).await?;
    repeat_what_is_unknown(&worker, &running.address, &known).await?;

    let journal = std::mem::take(&mut known.lock().expect("no writer is left").journal);
    let log = log_of(&format!("sqlite:{}", node.data().join("log.sqlite").display())).await?;
    assert_it_notices(&journal, &log)?;
    ensure!(node.tool(&["verify"])?.contains("The log is sound"));
    Ok(())
}
