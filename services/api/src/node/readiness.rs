//! What a node looks at before it calls itself ready.

use std::time::Duration;

use futures_util::future::BoxFuture;
use safar_vault::{Compartment, Held};

use crate::{
    app::App,
    operations::{Check, Readiness},
};

/// A node this many events behind the log answers too old a story.
const LAG: u64 = 1_000;

impl Readiness for App {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        Box::pin(async move {
            let head = tokio::time::timeout(Duration::from_secs(1), self.store.head()).await;
            let Ok(Ok(head)) = head else {
                return vec![Check::unwell("store", "the log does not answer")];
            };
            let reached = self.models.position().await;
            let lag = head.get().saturating_sub(reached.get());
            let detail = format!("{lag} events behind");
            let models = if lag > LAG {
                Check::unwell("read_models", detail)
            } else {
                Check::well("read_models", detail)
            };
            let parked = match self.models.parked().await {
                Ok(parked) if parked.is_empty() => Check::well("parked_streams", "none"),
                Ok(parked) => Check::unwell("parked_streams", format!("{} cannot be read", parked.len())),
                Err(_) => Check::unwell("parked_streams", "the read models do not answer"),
            };
            let accesses = tokio::time::timeout(Duration::from_secs(1), self.access.lag()).await;
            // A node that shows nobody takes commands all the same, so it is ready.
            let accesses = match accesses {
                Ok(Ok(lag)) => format!("{lag} events behind"),
                Ok(Err(_)) | Err(_) => "does not answer".to_owned(),
            };
            let compartments = Compartment::ALL.map(|compartment| {
                let keys = match self.vault().holds(compartment) {
                    Held::Open => "held",
                    Held::Absent => "absent",
                    Held::WrongRoot => "not those of the key store",
                    Held::EpochGone => "younger than the key store",
                };
                format!("{} {keys}", compartment.code())
            });
            let waiting = self.models.sealed_waiting().await.unwrap_or_default();
            let keys = format!("{}; {waiting} sealed events wait", compartments.join(", "));
            // A node without keys serves everything else, so it is ready all the same.
            let accesses = Check::well("access_log", accesses);
            vec![Check::well("store", "answers"), models, parked, accesses, Check::well("keys", keys)]
        })
    }
}
