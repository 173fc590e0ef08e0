//! The handoff from outside: every case that must work, and every way in which another system has failed.

mod cases_11_to_15;
mod cases_16_to_20;
mod cases_1_to_10;
mod failures;
mod races;
mod scene;
mod steps;
mod withheld;

use safar_tests::http::Engine;

/// Makes a test of each of these on each engine.
macro_rules! on_both_engines {
    ($($area:ident: $($rule:ident),* $(,)?;)*) => {
        mod sqlite {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() -> anyhow::Result<()> {
                crate::$area::$rule(crate::Engine::Sqlite).await
            })*)*
        }
        mod postgres {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() -> anyhow::Result<()> {
                crate::$area::$rule(crate::Engine::Postgres).await
            })*)*
        }
    };
}

on_both_engines! {
    cases_1_to_10:
        two_people_of_the_destination_accept_together_and_one_event_is_recorded,
        accept_and_withdraw_race_and_the_order_of_the_log_decides,
        a_second_offer_of_a_programme_with_a_live_handoff_is_refused_with_its_address;
    failures:
        two_open_transfers_of_one_patient_are_never_both_accepted,
        revoking_and_accepting_at_once_leave_one_truth;
    withheld:
        a_handoff_of_programmes_that_are_withheld_is_neither_found_nor_among_the_disclosures;
}
