//! The acceptance of the reports: a cohort of the shape of a published study goes through the commands, and the report says
//! exactly what was sent.
//!
//! In China's web transfer system 7,284 patients were transferred; 97.3 % arrived, after 3 days in the median (quartiles 0
//! and 14), and 16 % of them ended without an evaluated outcome (`PLoS` ONE 2018, e0206580).

#[path = "corridor/cohort.rs"]
mod cohort;
#[path = "corridor/expected.rs"]
mod expected;
#[path = "corridor/sending.rs"]
mod sending;

use std::time::Duration;

use anyhow::Result;
use cohort::{Fate, Transfer, cohort};
use safar_tests::http::TestApp;
use serde_json::{Value, json};

const AUDITOR: &str = "au-tj";
const COORDINATOR: &str = "co-iom-dushanbe";

/// Printed with every run; another one may be given in `SAFAR_SEED`.
#[expect(clippy::print_stdout, reason = "a run that fails is repeated by its seed")]
fn seed() -> u64 {
    let seed = std::env::var("SAFAR_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7_284);
    println!("SAFAR_SEED={seed}");
    seed
}

/// Every transfer of the cohort.
fn transfers(seed: u64) -> Vec<Transfer> {
    cohort(seed).concat()
}

async fn report(app: &TestApp, worker: &str, query: &str) -> Value {
    let path = format!("/v1/reports/handoffs?from=2025-01-01&until=2027-01-01&{query}");
    app.as_(worker).get(&path).send().await.expect(200).json()
}

/// The follower may take longer than any reader would wait.
async fn caught_up(app: &TestApp) -> Result<()> {
    let head = app.app.store.head().await?;
    while app.app.models.wait_for(head, Duration::from_secs(10)).await < head {}
    Ok(())
}

#[test]
fn the_cohort_has_the_shape_of_the_study() {
    let all = transfers(seed());
    let arrived: Vec<_> = all.iter().filter_map(Transfer::days_to_arrival).collect();
    assert_eq!((all.len(), arrived.len()), (7_284, 7_087));
    assert_eq!(expected::quartiles(&arrived), Some([0, 3, 14]));
    let open = all.iter().filter(|transfer| transfer.without_evaluated_outcome()).count();
    assert_eq!(open, 1_134, "16 % of the arrived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_returns_the_figures_of_the_cohort_exactly_as_they_were_sent() -> Result<()> {
    let patients = cohort(seed());
    let app = TestApp::sqlite().await?;
    sending::send(&app, &patients).await;
    caught_up(&app).await?;
    let all: Vec<&Transfer> = patients.iter().flatten().collect();
    let found = report(&app, AUDITOR, "").await;
    assert_eq!(found["total"], expected::figures(&all));
    let days = &found["total"]["intervals"]["offered_to_arrived"];
    assert_eq!(*days, json!({ "n": 7_087, "lower_quartile": 0, "median": 3, "upper_quartile": 14 }));
    assert_eq!(found["total"]["steps"]["arrived"], json!({ "numerator": 7_087, "denominator": 7_284 }));
    for by in ["regions", "origin", "destination", "month", "quarter"] {
        let found = report(&app, AUDITOR, &format!("by={by}")).await;
        assert_eq!(found["groups"], expected::groups(&all, by), "{by}");
    }
    // No pair of regions is rare here, so that a coordinator is told the same.
    let (coarse, exact) =
        (report(&app, COORDINATOR, "by=regions").await, report(&app, AUDITOR, "by=regions").await);
    assert_eq!(coarse, exact);
    let kulob = |transfer: &&Transfer| {
        [transfer.origin, transfer.destination].iter().any(|side| side.organisation == "tj-tb-kulob")
    };
    let of_kulob: Vec<_> = all.into_iter().filter(kulob).collect();
    assert_eq!(report(&app, "tb-tj-kulob-1", "").await["total"], expected::figures(&of_kulob));
    Ok(())
}

#[test]
fn a_cohort_with_one_arrival_less_would_be_told_apart() {
    let mut all = transfers(seed());
    let before = expected::figures(&all.iter().collect::<Vec<_>>());
    let arrived = all.iter_mut().find(|transfer| transfer.days_to_arrival().is_some());
    arrived.expect("most arrive").fate = Fate::Declined;
    assert_ne!(expected::figures(&all.iter().collect::<Vec<_>>()), before);
}
