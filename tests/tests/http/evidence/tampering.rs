//! Every way in which somebody could have changed a pack, each found by its name; the digests of the manifest are made again,
//! as whoever changes a pack would.

use anyhow::Result;
use safar_api::evidence::{Files, MANIFEST, check, read, write};
use safar_event_store::ledger::{
    checkpoint::Checkpoint,
    note::{Kind, Signer, Verifier},
};
use safar_tests::http::TestApp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{key, lived, taken, witness};

const EVENT: &str = "events/000003.json";
const PAYLOAD: &str = "events/000003.payload.json";
const PROOF: &str = "proofs/000003.tlog-proof";

/// Changes something.
type Hand = fn(&mut Files);

fn replace(files: &mut Files, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[name].clone()).expect("it is text");
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed, "{name} has {from}");
    files.insert(name.to_owned(), changed.into_bytes());
}

fn exchange(files: &mut Files, one: &str, other: &str) {
    let (first, second) = (files[one].clone(), files[other].clone());
    assert_ne!(first, second);
    files.insert(one.to_owned(), second);
    files.insert(other.to_owned(), first);
}

fn remove(files: &mut Files, revision: &str) {
    files.retain(|name, _| !name.contains(revision));
}

/// The manifest lists what is there.
fn listed(files: &mut Files) {
    let mut manifest: Value = serde_json::from_slice(&files[MANIFEST]).expect("it is JSON");
    let digest = |bytes: &[u8]| {
        let hex =
            Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        json!({ "bytes": bytes.len(), "sha256": hex })
    };
    let others = files.iter().filter(|(name, _)| *name != MANIFEST);
    manifest["files"] = others.map(|(name, bytes)| (name.clone(), digest(bytes))).collect();
    files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest).expect("it is JSON"));
}

/// The codes of what is found, each once.
fn codes(bytes: &[u8], keys: &[Verifier]) -> Vec<&'static str> {
    let mut codes: Vec<_> =
        check(bytes, keys, |_, _| {}).findings.into_iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// What is changed, by which hand, and the word by which it is found.
const HANDS: [(&str, Hand, &str); 17] = [
    ("a byte of an event", |files| replace(files, PAYLOAD, "{", "{ "), "event_changed"),
    ("who recorded it", |files| replace(files, "events/000003.metadata.json", "sw-", "tb-"), "event_changed"),
    (
        "when",
        |files| replace(files, EVENT, "\"recorded_at\": \"2026", "\"recorded_at\": \"2025"),
        "event_changed",
    ),
    ("its place", |files| replace(files, EVENT, "\"position\": ", "\"position\": 1"), "event_changed"),
    (
        "its leaf",
        |files| replace(files, EVENT, "\"leaf_hash\": \"", "\"leaf_hash\": \"x"),
        "event_unreadable",
    ),
    ("the last events", |files| remove(files, "/000005"), "events_missing"),
    ("an event in the middle", |files| remove(files, "/000003"), "events_missing"),
    ("the first event", |files| remove(files, "/000001"), "events_missing"),
    ("two proofs", |files| exchange(files, PROOF, "proofs/000002.tlog-proof"), "proof_of_another_event"),
    ("two events", |files| exchange(files, PAYLOAD, "events/000002.payload.json"), "event_changed"),
    ("the index of a proof", |files| replace(files, PROOF, "index ", "index 1"), "proof_of_another_event"),
    ("a proof without hashes", without_hashes, "not_in_the_log"),
    (
        "the checkpoint of a proof",
        |files| replace(files, PROOF, "safar.dev/log\n", "safar.dev/lag\n"),
        "proof_of_another_checkpoint",
    ),
    ("a page", |files| replace(files, "page.en.html", "does not prove", "proves as well"), "page_altered"),
    ("who asked", |files| replace(files, MANIFEST, "\"au-tj\"", "\"au-kz\""), "page_altered"),
    ("the case", another_case, "event_of_another_case"),
    ("the last number there is", the_last_number_there_is, "events_missing"),
];

fn without_hashes(files: &mut Files) {
    let proof = String::from_utf8(files[PROOF].clone()).expect("it is text");
    let (head, note) = proof.split_once("\n\n").expect("a proof");
    let head: Vec<&str> = head.lines().take(2).collect();
    files.insert(PROOF.to_owned(), format!("{}\n\n{note}", head.join("\n")).into_bytes());
}

fn the_last_number_there_is(files: &mut Files) {
    let last = u64::MAX.to_string();
    let third: Vec<String> = files.keys().filter(|name| name.contains("/000003")).cloned().collect();
    for name in third {
        let bytes = files.remove(&name).expect("it is there");
        files.insert(name.replace("000003", &last), bytes);
    }
    let moved = format!("events/{last}.json");
    replace(files, &moved, "\"revision\": 3", &format!("\"revision\": {last}"));
}

fn another_case(files: &mut Files) {
    let mut manifest: Value = serde_json::from_slice(&files[MANIFEST]).expect("it is JSON");
    manifest["case"] = json!("0190a000-0000-7000-8000-000000000001");
    files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest).expect("it is JSON"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_a_pack_is_found_by_its_name_and_an_untouched_one_passes() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = lived(&app).await;
    let bytes = taken(&app, &opened, "").await.expect(200).body;
    let known = [key(&app)];
    assert_eq!(codes(&bytes, &known), Vec::<&str>::new(), "the control: untouched");
    let mut same = read(&bytes)?;
    listed(&mut same);
    assert_eq!(codes(&write(&same)?, &known), Vec::<&str>::new(), "the control: the manifest made again");
    for (what, hand, code) in HANDS {
        let mut files = read(&bytes)?;
        hand(&mut files);
        let unlisted = codes(&write(&files)?, &known);
        listed(&mut files);
        let found = codes(&write(&files)?, &known);
        assert!(found.contains(&code), "{what}: {found:?}");
        let seen = unlisted.iter().any(|code| code.starts_with("file_"));
        assert!(
            seen || ["who asked", "the case"].contains(&what),
            "{what} with the digests left: {unlisted:?}"
        );
    }
    Ok(())
}

/// The same checkpoint as somebody else would sign it, in its own file and in each proof.
fn signed_again(files: &mut Files, signer: &Signer, size: u64) {
    let old = String::from_utf8(files["checkpoint"].clone()).expect("it is text");
    let root =
        Checkpoint::parse(&format!("{}\n", old.split_once("\n\n").expect("a note").0)).expect("one").root;
    let new =
        signer.sign(&Checkpoint { origin: signer.verifier().name().to_owned(), size, root }.to_string());
    for (name, bytes) in files.iter_mut() {
        if name == "checkpoint" || name.starts_with("proofs/") {
            *bytes = String::from_utf8(bytes.clone()).expect("it is text").replace(&old, &new).into_bytes();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_of_another_log_or_under_another_key_convinces_nobody_who_knows_the_key() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = lived(&app).await;
    let bytes = taken(&app, &opened, "").await.expect(200).body;
    let (own, size) = (key(&app), app.head().await);
    let forger = |name: &str| Signer::new(name, Kind::Log, &format!("{}A=", "F".repeat(42))).expect("a seed");
    assert_eq!(
        codes(&bytes, &[forger(own.name()).verifier().clone()]),
        ["checkpoint_not_signed"],
        "a wrong key"
    );
    for name in [own.name(), "other.example/log"] {
        let (signer, mut files) = (forger(name), read(&bytes)?);
        signed_again(&mut files, &signer, size);
        listed(&mut files);
        let found = codes(&write(&files)?, std::slice::from_ref(&own));
        assert!(found.contains(&"checkpoint_not_signed"), "{name}: {found:?}");
    }
    // By its own word such a pack holds together, and that is all that is said of it.
    let (signer, mut files) = (forger(own.name()), read(&bytes)?);
    signed_again(&mut files, &signer, size);
    let mut manifest: Value = serde_json::from_slice(&files[MANIFEST])?;
    manifest["keys"][0]["verifier"] = json!(signer.verifier().to_string());
    files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest)?);
    listed(&mut files);
    let verdict = check(&write(&files)?, &[], |_, _| {});
    assert!(
        !verdict.by_known_key && verdict.remarks.iter().any(|remark| remark.contains("the pack's own word"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cosignature_that_was_changed_or_is_of_something_else_is_found() -> Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = lived(&app).await;
    let (log, signer) = (&app.app.ledgers.log, witness("D"));
    let note = log.published().note.clone().unwrap_or_default();
    let text = format!("{}\n", note.split_once("\n\n").expect("a note").0);
    let known = [key(&app), signer.verifier().clone()];
    for (cosigned, found) in [
        (signer.cosign(&text, 1_790_000_000), vec![]),
        (signer.cosign("safar.dev/log\n1\nroot\n", 1_790_000_000), vec!["cosignature_wrong"]),
        (witness("E").cosign(&text, 1_790_000_000), vec!["not_cosigned"]),
    ] {
        log.keep_cosigned(format!("{note}{cosigned}"))?;
        let bytes = taken(&app, &opened, "").await.expect(200).body;
        assert_eq!(codes(&bytes, &known), found);
    }
    Ok(())
}
