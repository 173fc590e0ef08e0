//! Two worlds: the same twelve journeys, but in one of them a patient has an HIV record. Nobody without a tie to it may find
//! any difference, wherever they look.

mod alike;
mod commands;
mod crawl;
mod found;
mod leaky;
mod pair;
mod times;
mod variations;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use actix_web::http::header::HeaderName;
use anyhow::Result;
use safar_api::routes::Endpoint;
use safar_tests::binary::client;
use serde_json::{Value, json};

use crawl::{Crawl, reading_rows};
use leaky::Leaks;
use pair::{Change, Leak, Pair};
use times::as_long;

/// Everybody who asks: each role, those around the record's case and those far from it, and somebody without a token.
const EVERYBODY: [&str; 19] = [
    "",
    "ow-kz-aktobe",
    "sw-kz-aktobe",
    "tb-kz-aktobe-1",
    "hc-kz-almaty-1",
    "sw-galaba",
    "ow-sohibkor",
    "sw-sohibkor",
    "tb-tj-national-1",
    "tb-tj-dushanbe-1",
    "tb-kz-almaty-1",
    "tb-kz-shymkent-1",
    "sw-kz-shymkent",
    "co-iom-dushanbe",
    "au-kz",
    "au-tj",
    "ad-kz",
    "ad-tj",
    "in-tj-register",
];

/// One of each kind, who asks in every way and once more at the end.
const SOME: [&str; 10] = [
    "",
    "ow-kz-aktobe",
    "sw-kz-aktobe",
    "tb-kz-aktobe-1",
    "hc-kz-almaty-1",
    "sw-galaba",
    "tb-tj-national-1",
    "co-iom-dushanbe",
    "au-kz",
    "in-tj-register",
];

/// Who takes one id for another.
const CURIOUS: [&str; 4] = ["sw-kz-aktobe", "tb-kz-aktobe-1", "hc-kz-almaty-1", "au-kz"];

/// Who was let into the record.
const LET_IN: &str = "hc-tj-national-2";

/// Reading rows that answer nobody here, for whoever may use them has a tie to the record.
const NEVER: [&str; 2] = ["hiv.read", "hiv.timeline"];

fn rows(wanted: impl Fn(&str) -> bool) -> Vec<Endpoint> {
    reading_rows().filter(|row| wanted(row.name)).collect()
}

/// Everything that somebody without a tie can ask, in both worlds; where they differ, and how often it was asked.
async fn crawled(pair: &Pair) -> (Vec<String>, u64, BTreeSet<&'static str>) {
    let (began, case) = (Instant::now(), pair.case());
    let say = |what: &str, crawl: &Crawl<'_>| {
        eprintln!(
            "{what}: {} requests per world, {} ids, {:?}",
            crawl.asked,
            crawl.found.len(),
            began.elapsed()
        );
    };
    let mut crawl = Crawl::new(pair, &EVERYBODY, None);
    crawl.until_nothing_is_new(&rows(|_| true)).await;
    say("read", &crawl);
    crawl.search().await;
    crawl.vary(&SOME).await;
    say("in every way", &crawl);
    crawl.mistake_ids(&CURIOUS, pair.hidden_ids()).await;
    say("ids mistaken", &crawl);
    crawl.command(&SOME, &[[case.clone(), case]]).await;
    say("commanded", &crawl);
    pair.settle().await;
    let mut after = Crawl::new(pair, &SOME, None);
    after.until_nothing_is_new(&rows(|_| true)).await;
    say("read again", &after);
    let answered =
        crawl.examples.keys().filter(|(_, _, success)| *success).map(|(name, _, _)| *name).collect();
    ([crawl.differences, after.differences].concat(), crawl.asked + after.asked, answered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_worlds_one_with_an_hiv_record_look_the_same_to_everybody_without_a_tie() -> Result<()> {
    let pair = Pair::lived().await?;
    let (differences, asked, answered) = crawled(&pair).await;
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    let unanswered = rows(|name| !answered.contains(name) && !NEVER.contains(&name));
    let unanswered = unanswered.iter().filter(|row| !crawl::counts_everything(row.action));
    let unanswered: Vec<_> = unanswered.map(|row| row.name).collect();
    assert!(unanswered.is_empty(), "nobody was answered by {unanswered:?}");
    assert!(asked > 20_000, "only {asked} requests");
    for page in ["livez", "readyz"] {
        let mut answers = Vec::new();
        for world in &pair.worlds {
            answers.push(client().get(format!("{}/{page}", world.operations)).send().await?.text().await?);
        }
        assert_eq!(answers[0], answers[1], "{page}");
    }
    Ok(())
}

/// To whom, by which row, and how the first world gives something away: a revision more, a byte more, a header more, another
/// refusal, another order.
const LEAKS: [(&str, &str, Change); 5] = [
    ("tb-kz-aktobe-1", "cases.read", |answer| {
        let next = answer.revision() + 1;
        answer.headers.insert("etag", format!("\"{next}\"").parse().expect("a header"));
    }),
    ("ow-kz-aktobe", "cases.list", |answer| answer.body.push(b' ')),
    ("sw-kz-aktobe", "worklist.counts", |answer| {
        answer.headers.insert("x-cache", "hit".parse().expect("a header"));
    }),
    ("hc-kz-almaty-1", "hiv.read", |answer| answer.status = 403),
    ("au-kz", "cases.timeline", |answer| {
        let mut page = answer.json();
        page["items"].as_array_mut().expect("a list").reverse();
        answer.body = page.to_string().into_bytes();
    }),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leak_of_any_kind_is_found_and_its_place_is_named() -> Result<()> {
    let pair = Pair::lived().await?;
    let case = pair.case();
    for (worker, name, change) in LEAKS {
        let rows = rows(|row| row == name);
        let path = rows[0].path.replace("{case}", &case);
        let place = format!("GET {path} as {worker} ");
        let mut crawl = Crawl::new(&pair, &[worker], Some(Leak { worker, path, change }));
        crawl.found.add("case", [case.clone(), case.clone()]);
        crawl.until_nothing_is_new(&rows).await;
        let named = crawl.differences.iter().all(|line| line.starts_with(&place));
        assert!(crawl.differences.len() == 1 && named, "{place}: {:?}", crawl.differences);
    }
    // And one that is none: who was let into the record sees it, in the world that has it.
    let mut crawl = Crawl::new(&pair, &[LET_IN], None);
    crawl.found.add("case", [case.clone(), case.clone()]);
    crawl.until_nothing_is_new(&rows(|name| name.starts_with("hiv."))).await;
    let read = format!("GET /v1/cases/{case}/hiv as {LET_IN} []: status 200 and 404");
    assert!(crawl.differences.contains(&read), "{:?}", crawl.differences);
    Ok(())
}

/// To whom, by which row, and what a server with a leak does with every answer of it, by how much it hides.
const LEAKY: [(&str, &str, Leaks); 3] = [
    ("tb-kz-aktobe-1", "cases.read", |answer, hidden| {
        let value = hidden.to_string().parse().expect("a header");
        answer.headers.insert(HeaderName::from_static("x-events"), value);
    }),
    ("sw-kz-aktobe", "worklist.counts", |answer, hidden| {
        let mut counts: Value = serde_json::from_slice(&answer.body).expect("counts");
        let overdue = &mut counts["lists"]["overdue"];
        *overdue = json!(overdue.as_u64().expect("a number") + hidden);
        answer.body = counts.to_string().into_bytes();
    }),
    ("ow-kz-aktobe", "cases.list", |answer, hidden| {
        answer.body.extend((0..hidden).map(|_| b' '));
    }),
];

/// The same servers in both worlds, with the same mistake in them: only what they hide is different.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_leaks_is_found_and_the_route_is_named() -> Result<()> {
    let mut pair = Pair::lived().await?;
    let case = pair.case();
    for (worker, name, leaks) in LEAKY {
        let rows = rows(|row| row == name);
        let path = rows[0].path.replace("{case}", &case);
        let servers = [leaky::serve(&mut pair.worlds[0], leaks)?, leaky::serve(&mut pair.worlds[1], leaks)?];
        let mut crawl = Crawl::new(&pair, &[worker], None);
        crawl.found.add("case", [case.clone(), case.clone()]);
        crawl.until_nothing_is_new(&rows).await;
        let place = format!("GET {path} as {worker} ");
        let named = crawl.differences.iter().all(|line| line.starts_with(&place));
        assert!(!crawl.differences.is_empty() && named, "{place}: {:?}", crawl.differences);
        for (world, server) in pair.worlds.iter_mut().zip(servers) {
            server.stop(world).await;
        }
        // The control: without the mistake nothing is found there.
        let mut crawl = Crawl::new(&pair, &[worker], None);
        crawl.found.add("case", [case.clone(), case.clone()]);
        crawl.until_nothing_is_new(&rows).await;
        assert!(crawl.differences.is_empty(), "{:?}", crawl.differences);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_takes_as_long_with_the_record_as_without() -> Result<()> {
    let pair = Pair::lived().await?;
    let case = format!("/v1/cases/{}", pair.case());
    for (worker, path) in [
        ("sw-kz-aktobe", case.clone()),
        ("tb-kz-aktobe-1", format!("{case}/timeline")),
        ("sw-kz-aktobe", "/v1/worklist".to_owned()),
        ("sw-kz-aktobe", format!("{case}/hiv")),
        ("hc-kz-almaty-1", format!("{case}/hiv")),
        ("hc-kz-almaty-1", "/v1/hiv/worklist".to_owned()),
    ] {
        let medians = pair.medians_of_three((worker, &path), Duration::ZERO).await;
        eprintln!("{path} as {worker}: {medians:?}");
        assert!(medians.into_iter().any(as_long), "{path} as {worker}: {medians:?}");
    }
    // The control: three times as much is seen each time.
    let [_, once] = pair.medians(("sw-kz-aktobe", &case), Duration::ZERO).await;
    let medians = pair.medians_of_three(("sw-kz-aktobe", &case), 3 * once).await;
    assert!(!medians.into_iter().any(as_long), "{medians:?}");
    Ok(())
}
