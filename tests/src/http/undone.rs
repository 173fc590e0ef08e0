//! What a test app looks at when it ends.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, bail, ensure};
use safar_api::node::Node;
use safar_domain::{
    case::{Case, CaseEvent},
    decider::Decider as _,
};
use safar_event_store::{Position, StreamId, verify};
use safar_projections::recorded;

/// Nothing is left undone: the log is sound, every case keeps its invariants, and the read models hold all of it.
pub(super) async fn look(node: &Node) -> Result<()> {
    let Ok(caught_up) = tokio::time::timeout(Duration::from_secs(30), node.caught_up()).await else {
        bail!("the read models do not reach the head of the log");
    };
    caught_up?;
    let parked = node.app.models.parked().await?;
    ensure!(parked.is_empty(), "streams that the read models cannot read: {parked:?}");
    ensure!(node.app.models.sealed_waiting().await? == 0, "sealed events wait for a key that is there");
    let report = verify(&node.app.store, |_| ()).await?;
    ensure!(report.is_sound(), "the log is not sound: {:?}", report.findings);
    let report = verify(&node.app.access.log, |_| ()).await?;
    ensure!(report.is_sound(), "the access log is not sound: {:?}", report.findings);
    for (stream, case) in cases(node).await? {
        if let Some(broken) = case.broken_invariant() {
            bail!("{stream}: {broken}");
        }
        let shown = node.app.models.case(stream.id().parse()?).await?;
        ensure!(shown.is_some_and(|shown| shown.case == case), "the read models show another {stream}");
    }
    Ok(())
}

async fn cases(node: &Node) -> Result<BTreeMap<StreamId, Case>> {
    let mut cases: BTreeMap<StreamId, Case> = BTreeMap::new();
    let mut from = Position::START;
    loop {
        let page = node.app.store.read_all(from, 1_000).await?;
        let Some(last) = page.last() else { return Ok(cases) };
        from = last.position;
        for event in page.iter().filter(|event| event.stream.category() == Case::CATEGORY) {
            let fact = recorded::decode::<CaseEvent>(event)?;
            let case = cases.entry(event.stream.clone()).or_default();
            *case = std::mem::take(case).evolve(&fact);
        }
    }
}
