//! What the ledger costs the appends: rounds without it and with it, in pairs whose order is swapped from one to the next, each on a
//! fresh log, in one process. Run it on a machine that does nothing else; what a pair says is worth as little as the machine is quiet.
//!
//! ```text
//! cargo run --release -p safar-tests --bin ledger_cost [pairs] [seconds]     (default: 5 pairs of rounds of 10 seconds)
//! ```

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use safar_event_store::{
    Engine, EventStore, Revision, StoreOptions,
    ledger::{
        Ledger, LedgerOptions, MARKER,
        note::{Kind, Signer},
    },
};
use safar_tests::{
    load,
    postgres::{Database, Postgres},
};
use tokio::sync::watch;

const WRITERS: [u64; 2] = [1, 64];

#[tokio::main]
async fn main() -> Result<()> {
    let number = |place: usize, default: u64| {
        std::env::args().nth(place).map_or(Ok(default), |text| text.parse::<u64>())
    };
    let (pairs, round) = (number(1, 5)?, Duration::from_secs(number(2, 10)?));
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for writers in WRITERS {
            let mut rates = [Vec::new(), Vec::new()];
            for pair in 0..pairs {
                let turns = if pair % 2 == 0 { [false, true] } else { [true, false] };
                for with in turns {
                    rates[usize::from(with)]
                        .push(Round::new(engine).await?.rate(writers, round, with).await?);
                }
            }
            say(engine, writers, rates);
        }
    }
    Ok(())
}

fn say(engine: Engine, writers: u64, [without, with]: [Vec<f64>; 2]) {
    let cost = |(without, with): (&f64, &f64)| (1.0 - with / without) * 100.0;
    let costs: Vec<f64> = without.iter().zip(&with).map(cost).collect();
    let each = costs.iter().map(|cost| format!("{cost:.1}")).collect::<Vec<_>>().join(" ");
    let medians = [&without, &with].map(|rates| median(rates.clone()));
    eprintln!(
        "{engine:?}, {writers} writers: {:.0} appends per second without the ledger, {:.0} with it: it takes {:.1} % \
         (median of the pairs {:.1} %: {each})",
        medians[0],
        medians[1],
        cost((&medians[0], &medians[1])),
        median(costs),
    );
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { f64::midpoint(numbers[middle - 1], numbers[middle]) }
}

/// A fresh log, with a folder for its ledger.
struct Round {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

impl Round {
    async fn new(engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::shared()?.database().await?),
        };
        Ok(Self { folder, database })
    }

    async fn open(&self) -> Result<EventStore> {
        let Some(database) = &self.database else {
            let file = self.folder.path().join("log.sqlite");
            return Ok(EventStore::open(format!("sqlite:{}", file.display())).await?);
        };
        EventStore::migrate(StoreOptions::new(&database.owner_url).grant_to(&database.login)).await?;
        Ok(EventStore::open(database.app_url.as_str()).await?)
    }

    /// Lets all writers append for a while, each as fast as it is answered.
    async fn rate(&self, writers: u64, round: Duration, with: bool) -> Result<f64> {
        let store = self.open().await?;
        let (stop, stopped) = watch::channel(false);
        let ledger = if with {
            let ledger = Ledger::open(&store, options(self.folder.path())?).await?;
            Some(tokio::spawn(ledger.follow(stopped)))
        } else {
            None
        };
        let begun = Instant::now();
        let writers: Vec<_> =
            (0..writers).map(|writer| tokio::spawn(write(store.clone(), writer, begun + round))).collect();
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
}

fn options(folder: &Path) -> Result<LedgerOptions> {
    std::fs::write(folder.join(MARKER), "")?;
    Ok(LedgerOptions {
        folder: folder.join("ledger"),
        copy: Some(folder.join("copy")),
        origin: "cost.test/log".to_owned(),
        signer: Some(Signer::new("cost.test/log", Kind::Log, &format!("{}A=", "C".repeat(42)))?),
        pace: Duration::from_secs(1),
        alarm: || (),
    })
}

async fn write(store: EventStore, writer: u64, until: Instant) -> Result<u32> {
    let mut appends = 0;
    while Instant::now() < until {
        store.append(load::append(writer, Revision::from(u64::from(appends)))).await?;
        appends += 1;
    }
    Ok(appends)
}
