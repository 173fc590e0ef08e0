//! What the ledger costs the appends: rounds with it and without it in turn, on logs of the same size, in one process.
//!
//! ```text
//! cargo run -p safar-tests --bin ledger_cost [rounds]
//! ```

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use safar_event_store::{
    EventStore, Revision,
    ledger::{
        Ledger, LedgerOptions,
        note::{Kind, Signer},
    },
};
use safar_tests::load;
use tokio::sync::watch;

const WRITERS: u64 = 64;
const ROUND: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<()> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(4), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..rounds * 2 {
        let with = round % 2 == 1;
        let place = folder.path().join(round.to_string());
        std::fs::create_dir(&place)?;
        let rate = appends_per_second(&place, with).await?;
        eprintln!("{}: {rate:.0} appends per second", if with { "with the ledger" } else { "without it" });
        rates[usize::from(with)].push(rate);
    }
    let [without, with] = rates.map(median);
    eprintln!("medians {without:.0} and {with:.0}: the ledger takes {:.1} %", (1.0 - with / without) * 100.0);
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    if rates.len() % 2 == 1 { rates[middle] } else { f64::midpoint(rates[middle - 1], rates[middle]) }
}

/// Lets all writers append for a round, each as fast as it is answered.
async fn appends_per_second(folder: &Path, with: bool) -> Result<f64> {
    let store = EventStore::open(format!("sqlite:{}", folder.join("log.sqlite").display())).await?;
    let (stop, stopped) = watch::channel(false);
    let ledger = if with {
        let signer = Signer::new("cost.test/log", Kind::Log, &format!("{}A=", "C".repeat(42)))?;
        let options = LedgerOptions {
            folder: folder.join("ledger"),
            copy: Some(folder.join("copy")),
            origin: "cost.test/log".to_owned(),
            signer: Some(signer),
            pace: Duration::from_secs(1),
        };
        Some(tokio::spawn(Ledger::open(&store, options).await?.follow(stopped)))
    } else {
        None
    };
    let begun = Instant::now();
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), writer, begun + ROUND))).collect();
    let mut appends = 0_u32;
    for writer in writers {
        appends += writer.await??;
    }
    let rate = f64::from(appends) / begun.elapsed().as_secs_f64();
    stop.send_replace(true);
    if let Some(ledger) = ledger {
        ledger.await?;
    }
    store.close().await;
    Ok(rate)
}

async fn write(store: EventStore, writer: u64, until: Instant) -> Result<u32> {
    let mut appends = 0;
    while Instant::now() < until {
        store.append(load::append(writer, Revision::from(u64::from(appends)))).await?;
        appends += 1;
    }
    Ok(appends)
}
