//! What an auditor is shown of the ledgers, and checks with nothing but the answers.

use safar_event_store::ledger::{
    checkpoint::Checkpoint,
    merkle::{self, Hash},
    note::Note,
};
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::Value;

use crate::{scene, unchanged::Unchanged};

/// Waits until the newest checkpoint covers everything that the log holds now.
async fn signed(app: &TestApp) {
    let head = app.head().await;
    let mut published = app.app.ledgers.log.watch();
    let covered = published.wait_for(|published| published.checkpoint.size >= head).await;
    assert!(covered.is_ok(), "the ledger is kept");
}

async fn read(app: &TestApp, path: &str) -> Answer {
    app.as_(scene::AUDITOR).get(path).send().await.expect(200)
}

fn hash(value: &Value) -> Hash {
    let text = serde_json::to_string(&serde_json::json!({ "hash": value })).expect("it is well formed");
    let bytes = text.split('"').nth(3).expect("it is well formed");
    Checkpoint::parse(&format!("hash\n1\n{bytes}\n")).expect("it is well formed").root
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().expect("it is well formed").iter().map(hash).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_checks_checkpoint_tiles_and_proofs_with_the_answers_alone() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    signed(&app).await;
    let before = app.app.ledgers.log.published().checkpoint.clone();
    scene::opened(&app).await;
    signed(&app).await;
    let note = read(&app, "/v1/log/checkpoint").await;
    assert_eq!(note.header("content-type"), "text/plain; charset=utf-8");
    let text = note.text();
    let parsed = Note::parse(text.as_bytes())?;
    parsed.verify(&[app.app.ledgers.log.verifier().expect("it is well formed").clone()])?;
    let Checkpoint { origin, size, root } = Checkpoint::parse(parsed.text)?;
    assert_eq!((origin.as_str(), size), ("safar.dev/log", app.head().await));

    let tile = read(&app, &format!("/v1/log/tile/0/000.p/{size}")).await;
    assert_eq!(tile.header("content-type"), "application/octet-stream");
    let leaves = tile.body.as_chunks::<32>().0;
    assert_eq!((leaves.len() as u64, merkle::root_of(leaves)), (size, root));

    let proof = read(&app, "/v1/log/proofs/inclusion?position=3").await.json();
    assert_eq!(hash(&proof["leaf"]), leaves[2]);
    assert!(merkle::includes(2, size, &leaves[2], &hashes(&proof["hashes"]), &root));
    assert!(!merkle::includes(3, size, &leaves[2], &hashes(&proof["hashes"]), &root));
    let path = format!("/v1/log/proofs/consistency?from={}&to={size}", before.size);
    let proof = hashes(&read(&app, &path).await.json()["hashes"]);
    assert!(before.size < size && merkle::is_consistent((before.size, &before.root), (size, &root), &proof));

    let access = read(&app, "/v1/access-log/checkpoint").await;
    assert!(access.text().starts_with("safar.dev/access\n"));
    let unseen = app.as_(scene::AUDITOR).get("/v1/log/checkpoint?cosigned=true").send().await;
    unseen.problem(404, "not_found");
    Ok(())
}

pub(crate) async fn tiles_and_proofs_that_are_not_there_are_not_found_and_wrong_numbers_are_refused(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    signed(&app).await;
    let size = app.head().await;
    let unchanged = Unchanged::from_here(&app).await;
    let auditor = app.as_(scene::AUDITOR);
    for tile in [
        "64/000",
        "0/x1/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000",
        "0/001",
        "1/000.p/1",
        "0/x000/000",
        "entries/000",
        "0/-01",
        "0/000.p/00",
        "..%2f..%2fcheckpoint",
        "0/%2e%2e/checkpoint",
    ] {
        let answer = auditor.get(&format!("/v1/log/tile/{tile}")).send().await;
        unchanged.refused(&answer, 404, "not_found", tile).await;
    }
    for beyond in [
        format!("tile/0/000.p/{}", size + 1),
        format!("proofs/inclusion?position={}", size + 1),
        format!("proofs/inclusion?size={}", size + 1),
        format!("proofs/inclusion?position={}", u64::MAX),
        format!("proofs/consistency?to={}", size + 1),
    ] {
        let answer = auditor.get(&format!("/v1/log/{beyond}")).send().await;
        unchanged.refused(&answer, 404, "not_found", &beyond).await;
    }
    for wrong in
        ["inclusion?position=0", "inclusion?position=-1", "consistency?from=5&to=2", "consistency?from=x"]
    {
        let answer = auditor.get(&format!("/v1/log/proofs/{wrong}")).send().await;
        unchanged.refused(&answer, 400, "invalid_query", wrong).await;
    }
    Ok(())
}
