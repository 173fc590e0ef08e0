//! Five hundred people, and every file that a server writes about them.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::Path,
};

use anyhow::{Result, ensure};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use safar_api::auth::DevIssuer;
use safar_domain::hiv::HivEvent;
use safar_tests::{
    binary::{Installation, Running, token},
    postgres::{Database, Postgres},
};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::{
    asking::{Chance, Worker, note, open, register},
    telemetry::Collector,
};

const MANY: u64 = 500;
const SYLLABLES: [&str; 8] = ["Шоҳ", "бек", "гул", "наз", "рӯз", "мир", "зод", "қул"];

/// A family name, a telephone number and a day of birth that nobody else has.
fn seeded(number: u64) -> [String; 3] {
    let mut rest = number;
    let mut name = "Ҷаҳон".to_owned();
    for _ in 0..4 {
        name += SYLLABLES[usize::try_from(rest % 8).unwrap_or_default()];
        rest /= 8;
    }
    let birth = format!("{}-{:02}-{:02}", 1931 + number / 336, 1 + number / 28 % 12, 1 + number % 28);
    [name + "ов", format!("90765{:05}", 10_000 + 7 * number), birth]
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    Ok(found)
}

/// How a text can stand in what a program writes: as it is, in the other widths, as hex and base64, escaped for an address or JSON.
fn spellings(text: &str) -> BTreeSet<Vec<u8>> {
    let bytes = text.as_bytes();
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let wide: Vec<u16> = text.encode_utf16().collect();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let percent: String = bytes
        .iter()
        .map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let escaped: String = wide
        .iter()
        .map(|unit| {
            u8::try_from(*unit).map_or_else(|_| format!("\\u{unit:04x}"), |byte| char::from(byte).to_string())
        })
        .collect();
    let mut all = BTreeSet::from([
        bytes.to_vec(),
        wide.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        wide.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        percent.to_lowercase().into_bytes(),
        percent.into_bytes(),
        escaped.into_bytes(),
    ]);
    for before in 0..3 {
        // In the middle of other bytes only what six bits of the text alone decide is known.
        let longer = [&vec![0; before], bytes].concat();
        let known = (before * 8).div_ceil(6)..longer.len() * 8 / 6;
        for alphabet in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            all.insert(alphabet.encode(&longer).as_bytes()[known.clone()].to_vec());
        }
    }
    all
}

/// The files that hold one of these texts, however it is spelt; few places begin like one of them, and only those are looked at.
fn holding<'a>(files: &'a [(String, Vec<u8>)], texts: &[String]) -> Vec<&'a str> {
    let texts: BTreeSet<Vec<u8>> = texts.iter().flat_map(|text| spellings(text)).collect();
    let short = texts.iter().map(Vec::len).min().unwrap_or(1);
    let begins: HashSet<&[u8]> = texts.iter().map(|text| &text[..short]).collect();
    let holds = |bytes: &[u8]| {
        let mut places = bytes.windows(short).enumerate().filter(|(_, window)| begins.contains(window));
        places.any(|(at, begin)| {
            let mut like = texts.range(begin.to_vec()..).take_while(|text| text.starts_with(begin));
            like.any(|text| bytes[at..].starts_with(text))
        })
    };
    files.iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name.as_str()).collect()
}

/// Every row of every table of a database, as the server itself writes it out: bytes in hex.
async fn tables(database: &Database) -> Result<Vec<(String, Vec<u8>)>> {
    let mut owner = database.owner().await?;
    let all = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables \
                 WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let names: Vec<String> = sqlx::query_scalar(all).fetch_all(&mut owner).await?;
    let mut found = Vec::new();
    for name in names {
        let rows = AssertSqlSafe(format!("SELECT one::text FROM {name} one"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut owner).await?;
        found.push((name, rows.join("\n").into_bytes()));
    }
    Ok(found)
}

/// Registers everybody, opens a case and writes a note about it; the texts that nobody may find.
async fn write(server: &Running, worker: &Worker) -> Result<Vec<String>> {
    let (mut chance, mut texts, mut last) = (Chance(11), Vec::new(), String::new());
    for number in 0..MANY {
        let [family, telephone, birth] = seeded(number);
        let mut person = register(chance.key(), &family, &[&telephone]);
        person.body["birth"] = json!({ "precision": "day", "date": birth });
        last = worker.insist(&server.address, &person).await?.id()?;
        texts.extend([family, telephone, birth]);
    }
    let case = worker.insist(&server.address, &open(chance.key(), &last)).await?.id()?;
    let words = note(chance.key(), &case, &format!("{} {}", texts[0], texts[1]));
    worker.insist(&server.address, &words).await?.success()?;
    let shown = worker.get(&server.address, &format!("/v1/persons/{last}")).await?.success()?;
    ensure!(shown.to_string().contains(&texts[texts.len() - 2]), "it is there, for the one who may read it");
    ensure!(worker.get(&server.address, &format!("/v1/cases/{case}")).await?.status == 200);
    Ok(texts)
}

/// All that a server on this log writes, also when it tells its log and a collector everything.
async fn written_about_five_hundred(database: Option<&Database>) -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let (collector, endpoint) = Collector::start()?;
    let node = Installation::new()?.in_service(&issuer).set("TELEMETRY__OTLP_ENDPOINT", endpoint);
    let mut node = node.set("TELEMETRY__LOG", "debug").set("TELEMETRY__METRICS_INTERVAL_SECONDS", "1");
    if let Some(database) = database {
        let owner = Installation::new()?.set("STORE__URL", &database.owner_url);
        owner.tool(&["migrate", "--grant-to", &database.login])?;
        node = node.set("STORE__URL", &database.app_url);
    }
    node.describe_directory()?;
    let mut server = node.start(&["serve"]).await?;
    let texts = write(&server, &Worker::new("sw-galaba", token(&issuer, "sw-galaba"))).await?;
    let mut written = files(&node.data())?;
    server.stop().await?;
    written.extend(files(&node.data())?);
    let log = server.log()?;
    ensure!(log.contains("\"DEBUG\""), "it tells everything");
    written.push(("the log of the server".to_owned(), log.into_bytes()));
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        let bodies = collector.bodies(path);
        ensure!(!bodies.is_empty(), "nothing was sent to {path}");
        written.push((path.to_owned(), bodies.concat()));
    }
    if let Some(database) = database {
        let tables = tables(database).await?;
        ensure!(tables.iter().any(|(name, rows)| name == "safar_log.event" && rows.len() > 100_000));
        written.extend(tables);
    }
    ensure!(written.iter().any(|(name, _)| name.ends_with("read-models.sqlite")), "there are files");
    let held = holding(&written, &texts);
    ensure!(held.is_empty(), "{held:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_and_no_number_of_five_hundred_people_is_in_what_a_server_writes() -> Result<()> {
    written_about_five_hundred(None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_is_it_in_what_a_server_on_postgresql_writes() -> Result<()> {
    let database = Postgres::shared()?.database().await?;
    written_about_five_hundred(Some(&database)).await
}

/// The twelve journeys have an HIV record with tests, treatment and a handoff.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_hiv_record_no_fact_is_in_any_file() -> Result<()> {
    let node = Installation::new()?;
    node.tool(&["demo", "--once"])?;
    let written = files(&node.data())?;
    let facts = HivEvent::NAMES.iter().copied().chain([
        "begun_elsewhere",
        "initiated_on_tb_treatment",
        "hiv-ru-2026-01",
    ]);
    let facts: Vec<String> = facts.map(str::to_owned).collect();
    let held = holding(&written, &facts);
    ensure!(held.is_empty(), "{held:?}");
    let stored = ["hiv.sealed.v1", "case.opened.v1"].map(str::to_owned);
    for name in stored {
        ensure!(!holding(&written, std::slice::from_ref(&name)).is_empty(), "and yet {name} was written");
    }
    Ok(())
}

/// The control: however a text is spelt, between whatever else, it is found; and another is not.
#[test]
fn what_lies_in_the_clear_is_found_in_every_spelling() {
    let texts: Vec<String> = (0..MANY).flat_map(seeded).collect();
    for text in [&texts[0], &texts[301], &texts[902]] {
        for spelt in spellings(text) {
            let file = |bytes: &[u8]| [("file".to_owned(), [b"... ", bytes, b" ..."].concat())];
            assert_eq!(holding(&file(&spelt), &texts), ["file"], "{text}");
            assert!(holding(&file(&spelt[1..spelt.len() - 1]), &texts).is_empty(), "{text}");
        }
        let sentence = format!("x{text}, and more");
        for before in 0..3 {
            let encoded = BASE64_STANDARD_NO_PAD.encode([&vec![b'y'; before], sentence.as_bytes()].concat());
            assert_eq!(holding(&[("file".to_owned(), encoded.into_bytes())], &texts), ["file"], "{text}");
        }
    }
}
