//! Erasure and the ledger: what was signed stays proven, and a backup of last week is sound by itself and not beside today's memory.

use anyhow::{Context as _, Result, ensure};
use safar_api::{
    clock::Clock,
    commands::{Checked, findings_against},
    config::Config,
    node::{Node, ledger_evidence, store_options, vault_as_it_is},
};
use safar_event_store::{
    EventStore, Position,
    ledger::merkle::{Hash, includes, is_consistent},
};

use crate::{
    erasing::{agreed, answers, erased, place, written},
    place::{Engine, Place, copy_whole},
};

/// What `safar verify` finds in the log of a place, with what was signed of it beside it.
async fn verified(config: &Config) -> Result<Checked> {
    let [evidence, _] = ledger_evidence(config)?;
    let store = EventStore::open(store_options(config, true, None).migrate(false).read_only(true)).await?;
    let checked = findings_against(&store, &vault_as_it_is(config).await?, evidence).await;
    store.close().await;
    Ok(checked?)
}

/// Last week's log is sound with what was signed of it last week, and refused where today's checkpoints are known.
pub(super) async fn restores_soundly(today: &Place, backup: &Config) -> Result<()> {
    let sound = verified(backup).await?;
    ensure!(sound.events > 0 && sound.findings.is_empty(), "{sound:?}");
    let (ledger, kept) = (backup.store.data_folder.join("ledger"), today.folder().join("kept"));
    copy_whole(&ledger, &kept)?;
    copy_whole(&today.folder().join("ledger"), &ledger)?;
    let found = verified(backup).await?;
    ensure!(found.findings.iter().any(|finding| finding.contains("was signed over")), "{found:?}");
    let refused = Node::open(backup, true, Clock::system()).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("older copy of the log")));
    std::fs::remove_dir_all(&ledger)?;
    copy_whole(&kept, &ledger)
}

/// What an auditor has written down of the log: its size, its root, and the leaf and the proof of each event.
struct Noted {
    size: u64,
    root: Hash,
    events: Vec<(Position, Hash, Vec<Hash>)>,
}

async fn noted(node: &Node) -> Result<Noted> {
    let (head, ledger) = (node.app.store.head().await?, &node.app.ledgers.log);
    ledger.watch().wait_for(|published| published.checkpoint.size >= head.get()).await?;
    let size = ledger.published().checkpoint.size;
    let mut events = Vec::new();
    for position in (1..=size).map(Position::from) {
        let leaf = ledger.leaf(position)?.context("a leaf")?;
        events.push((position, leaf, ledger.inclusion(position, size)?.context("a proof")?));
    }
    Ok(Noted { size, root: ledger.root(size)?.context("a root")?, events })
}

pub(crate) async fn every_proof_from_before_an_erasure_holds_after_it(engine: Engine) -> Result<()> {
    let place = place(engine, true).await?;
    let node = place.node().await?;
    let person = written(&node).await?;
    let before = noted(&node).await?;
    agreed(&node, person.0).await?;
    node.app.carry_out_erasures().await.expect("carried out");
    assert_eq!(answers(&node, &person).await, erased());
    let after = noted(&node).await?;
    assert!(before.size < after.size && before.root != after.root);
    let (old, new) = ((before.size, &before.root), (after.size, &after.root));
    let proof = node.app.ledgers.log.consistency(before.size, after.size)?.context("a proof")?;
    assert!(is_consistent(old, new, &proof), "the log from before is the beginning of the one after");
    for ((position, leaf, proof), (_, now, again)) in before.events.iter().zip(&after.events) {
        let index = position.get() - 1;
        assert_eq!(leaf, now, "what was erased is in its place");
        assert!(includes(index, before.size, leaf, proof, &before.root));
        assert!(includes(index, after.size, leaf, again, &after.root));
        // The control: a proof of another event proves nothing.
        assert!(!includes(index ^ 1, after.size, leaf, again, &after.root));
    }
    node.close().await;
    let checked = verified(&place.config).await?;
    assert_eq!((checked.findings.len(), checked.erased.len()), (0, 2), "{checked:?}");
    Ok(())
}
