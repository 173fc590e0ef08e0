//! Evidence packs: what an auditor takes along, what others make of it, and every way in which somebody could have changed it.

mod tampering;

use std::time::Duration;

use anyhow::{Context as _, Result};
use ct_merkle::{InclusionProof, RootHash};
use safar_api::evidence::{Check, EventFile, Files, Manifest, Outcome, Verdict, check, read};
use safar_event_store::ledger::{
    checkpoint::Checkpoint,
    note::{Kind, Signer, Verifier},
    proof::Proof,
};
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use signed_note::{Note as TheirNote, StandardVerifier, VerifierList};

use crate::{
    scene::{self, AUDITOR, GALABA, Opened},
    unchanged::Unchanged,
};

const WORDS: &str = "the landlord is her uncle";

/// Waits until the newest checkpoint covers everything that the log holds now.
async fn signed(app: &TestApp) {
    let head = app.head().await;
    let mut published = app.app.ledgers.log.watch();
    let covered = published.wait_for(|published| published.checkpoint.size >= head).await;
    assert!(covered.is_ok(), "the ledger is kept");
}

fn key(app: &TestApp) -> Verifier {
    app.app.ledgers.log.verifier().expect("a node of a test signs").clone()
}

/// A witness of the test's own.
fn witness(letter: &str) -> Signer {
    Signer::new("witness.test/w1", Kind::Witness, &format!("{}A=", letter.repeat(42))).expect("a seed")
}

async fn taken(app: &TestApp, opened: &Opened, query: &str) -> Answer {
    app.as_(AUDITOR).get(&opened.path(&format!("/evidence.zip{query}"))).send().await
}

/// A case with a note and an offer, signed.
async fn lived(app: &TestApp) -> Opened {
    let opened = scene::opened(app).await;
    let note = scene::note(WORDS);
    app.as_(GALABA).post(&opened.path("/notes"), &note).on_any().send().await.expect(200);
    scene::offered(app, &opened).await;
    signed(app).await;
    opened
}

fn json_of<T: serde::de::DeserializeOwned>(files: &Files, name: &str) -> Result<T> {
    Ok(serde_json::from_slice(files.get(name).with_context(|| name.to_owned())?)?)
}

fn outcome(verdict: &Verdict, check: Check) -> Outcome {
    verdict.checks.iter().find(|(of, _)| *of == check).expect("every check is there").1
}

/// The leaf by the words of `docs/evidence.md`, with nothing of ours.
fn leaf_of(event: &Value, metadata: &[u8], payload: &[u8]) -> Result<([u8; 48], [u8; 32])> {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| event[name].as_u64().unwrap_or_default().to_be_bytes();
    let micros =
        |name: &str| anyhow::Ok(text(name).parse::<jiff::Timestamp>()?.as_microsecond().to_be_bytes());
    let id = |name: &str| anyhow::Ok(text(name).parse::<uuid::Uuid>()?.into_bytes());
    let fingerprint = text("fingerprint");
    let fingerprint: Result<Vec<u8>, _> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&fingerprint[at..at + 2], 16)).collect();
    let mut digest = Sha256::new();
    for field in [
        b"safar.event.v1".as_slice(),
        text("stream").as_bytes(),
        &number("revision"),
        &id("event_id")?,
        text("event_type").as_bytes(),
        &micros("occurred_at")?,
        text("actor").as_bytes(),
        &id("command_id")?,
        &number("ordinal"),
        &fingerprint?,
        metadata,
        payload,
    ] {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    let mut entry = [0; 48];
    entry[..8].copy_from_slice(&number("position"));
    entry[8..16].copy_from_slice(&micros("recorded_at")?);
    entry[16..].copy_from_slice(&digest.finalize());
    Ok((entry, Sha256::new().chain_update([0]).chain_update(entry).finalize().into()))
}

/// Everything in the pack by crates that are not ours, and the leaf by hand.
fn checked_by_others(bytes: &[u8], key: &Verifier) -> Result<usize> {
    let files = read(bytes)?;
    let note = files.get("checkpoint").context("a checkpoint")?;
    let theirs = StandardVerifier::new(&key.to_string()).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let read = TheirNote::from_bytes(note).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let known = VerifierList::new(vec![Box::new(theirs)]);
    let (good, _) = read.verify(&known).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    anyhow::ensure!(good.len() == 1, "the log has signed it");
    let Checkpoint { size, root, .. } = Checkpoint::parse(std::str::from_utf8(read.text())?)?;
    let root = RootHash::<Sha256>::new(root.into(), size);
    let mut proven = 0;
    for name in files.keys().filter(|name| name.ends_with(".tlog-proof")) {
        let of = name.trim_start_matches("proofs/").trim_end_matches(".tlog-proof");
        let file = |rest: &str| files.get(&format!("events/{of}{rest}")).context("its files are there");
        let event: Value = serde_json::from_slice(file(".json")?)?;
        let (entry, leaf) = leaf_of(&event, file(".metadata.json")?, file(".payload.json")?)?;
        let hex = leaf.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        anyhow::ensure!(event["leaf_hash"] == hex, "{name}");
        let proof = Proof::parse(&files[name])?;
        let theirs = InclusionProof::<Sha256>::try_from_bytes(proof.hashes.concat());
        let theirs = theirs.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let verified = root.verify_inclusion(&entry.as_slice(), proof.index, &theirs);
        verified.map_err(|error| anyhow::anyhow!("{name}: {error:?}"))?;
        proven += 1;
    }
    Ok(proven)
}

async fn a_pack_is_taken_and_holds(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = lived(&app).await;
    let before = app.app.access.log.head().await?.get();
    let answer = taken(&app, &opened, "").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"safar-evidence.zip\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let written = app.app.access.log.read_all(before.into(), 10).await?;
    assert_eq!(written.len(), 1);
    let reading: Value = serde_json::from_slice(&written[0].payload)?;
    assert_eq!((&reading["what"], &reading["cases"]), (&json!("cases.evidence"), &json!([opened.case])));

    let verdict = check(&answer.body, &[key(&app)], |_, _| {});
    assert!(verdict.is_sound() && verdict.by_known_key, "{verdict:?}");
    assert_eq!(outcome(&verdict, Check::Witnesses), Outcome::Open);
    assert_eq!(verdict.events, checked_by_others(&answer.body, &key(&app))? as u64);
    let files = read(&answer.body)?;
    let manifest: Manifest = json_of(&files, "manifest.json")?;
    assert_eq!((manifest.case.to_string(), manifest.asked_by.as_str()), (opened.case.clone(), AUDITOR));
    // As many as the auditor reads, and not a word of what was sealed or of who it is.
    let read = app.as_(AUDITOR).get(&opened.path("/events")).send().await.expect(200).json();
    assert_eq!(read["items"].as_array().map(Vec::len), Some(usize::try_from(verdict.events)?));
    for word in [WORDS, "Раҳимов", "Далер"] {
        assert!(!answer.body.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
    let page = String::from_utf8(files["page.ru.html"].clone())?;
    assert!(page.contains("Слова работника, запечатаны.") && !page.contains("<script"), "{page}");
    assert!(taken(&app, &opened, "").await.body == answer.body, "the same question has the same bytes");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_proves_each_event_of_a_case_by_crates_that_are_not_ours() -> Result<()> {
    a_pack_is_taken_and_holds(Engine::Sqlite).await?;
    a_pack_is_taken_and_holds(Engine::Postgres).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_up_to_a_position_ends_there_and_wrong_positions_are_refused() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = lived(&app).await;
    let all = read(&taken(&app, &opened, "").await.expect(200).body)?;
    let third: EventFile = json_of(&all, "events/000003.json")?;
    let cut = taken(&app, &opened, &format!("?up_to={}", third.position)).await.expect(200);
    let verdict = check(&cut.body, &[key(&app)], |_, _| {});
    assert!(verdict.is_sound() && verdict.events == 3, "{verdict:?}");
    let unchanged = Unchanged::from_here(&app).await;
    let beyond = app.head().await + 1;
    for wrong in ["0", "-1", "x", "18446744073709551616", &beyond.to_string()] {
        let answer = taken(&app, &opened, &format!("?up_to={wrong}")).await;
        unchanged.refused(&answer, 400, "invalid_query", wrong).await;
    }
    // Before the case there was nothing of it.
    taken(&app, &opened, "?up_to=1").await.problem(404, "not_found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cosigned_checkpoint_is_preferred_and_its_witness_is_believed_under_a_known_key_alone() -> Result<()>
{
    let app = TestApp::sqlite().await?;
    let opened = lived(&app).await;
    let log = &app.app.ledgers.log;
    let note = log.published().note.clone().context("a node of a test signs")?;
    let (text, _) = note.split_once("\n\n").context("a note")?;
    log.keep_cosigned(format!("{note}{}", witness("D").cosign(&format!("{text}\n"), 1_790_000_000)))?;
    let bytes = taken(&app, &opened, "").await.expect(200).body;
    let known = |witness: Signer| [key(&app), witness.verifier().clone()];
    let verdict = check(&bytes, &known(witness("D")), |_, _| {});
    assert!(verdict.is_sound(), "{verdict:?}");
    assert_eq!(outcome(&verdict, Check::Witnesses), Outcome::Holds);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("witness.test/w1 cosigned")), "{verdict:?}");
    let other = check(&bytes, &known(witness("E")), |_, _| {});
    assert_eq!(other.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["not_cosigned"]);
    // What has come since is not cosigned yet, and the pack does not wait for it.
    let support = json!({ "kind": "food", "on": "2026-05-04" });
    app.as_(GALABA).post(&opened.path("/support"), &support).on_any().send().await.expect(200);
    signed(&app).await;
    let bytes = taken(&app, &opened, "").await.expect(200).body;
    assert_eq!(outcome(&check(&bytes, &[key(&app)], |_, _| {}), Check::Witnesses), Outcome::Open);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_erased_person_a_pack_still_proves_and_its_words_open_nowhere() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = lived(&app).await;
    let path = |rest: &str| format!("/v1/persons/{}{rest}", opened.person);
    let asked = app.as_(GALABA).post(&path("/erasure"), &json!({ "ground": "own_request" })).send().await;
    let (revision, before) = (asked.expect(200).revision(), app.head().await);
    let agreed = app.as_(AUDITOR).post(&path("/erasure/approval"), &json!({})).on(revision).send().await;
    agreed.expect(200);
    let done = (before + 2).into();
    assert!(app.app.models.wait_for(done, Duration::from_secs(30)).await >= done);
    signed(&app).await;
    let bytes = taken(&app, &opened, "").await.expect(200).body;
    let verdict = check(&bytes, &[key(&app)], |_, _| {});
    assert!(verdict.is_sound() && verdict.by_known_key, "{verdict:?}");
    let files = read(&bytes)?;
    let (name, _) = files
        .iter()
        .find(|(_, bytes)| bytes.windows(18).any(|window| window == b"case.note-added.v1"))
        .context("the note is there")?;
    let note: Value = json_of(&files, &name.replace(".json", ".payload.json"))?;
    assert!(note.to_string().contains("sealed.v1:"), "{note}");
    Ok(())
}
