//! Sealed streams, from the command to the bytes on the disk: what is in the clear, who can open it, and what goes on
//! without the key.

mod bytes;
mod diary;
mod erasing;
mod keys;
mod persons;
mod place;
mod proofs;
mod read_models;
mod words;

use place::Engine;

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
    bytes:
        nothing_of_a_sealed_record_is_found_in_what_the_server_wrote,
        an_unsealed_record_would_be_found,
        a_sealed_event_says_nothing_but_when_and_by_which_pseudonym;
    erasing:
        what_was_erased_opens_from_no_backup_of_log_and_keys,
        without_an_end_to_its_epoch_an_old_backup_opens,
        an_erasure_that_broke_off_is_carried_out_at_the_next_start,
        what_is_not_agreed_on_or_held_is_not_carried_out,
        nothing_by_which_the_person_was_found_is_left;
    keys:
        a_sealed_command_counts_once_and_tells_its_outcome_again,
        without_the_key_sealed_records_wait_and_everything_else_goes_on,
        a_wrong_key_opens_nothing_and_harms_nothing,
        a_new_key_store_beside_an_old_log_is_not_trusted,
        an_event_that_is_not_sealed_or_was_moved_is_refused,
        what_was_erased_is_told_apart_from_what_is_unavailable,
        the_log_is_verified_with_the_key_and_without;
    persons:
        a_person_is_found_by_the_name_in_another_script_until_the_key_is_destroyed,
        without_the_key_of_identity_persons_wait_and_everything_else_goes_on,
        a_log_with_persons_in_the_clear_is_refused;
    proofs:
        every_proof_from_before_an_erasure_holds_after_it;
    read_models:
        an_organisation_with_a_tie_finds_the_record_and_others_do_not,
        what_waited_for_the_key_is_folded_when_it_comes,
        a_rebuild_gives_the_same_bytes_and_without_the_key_none,
        what_was_erased_is_in_no_read_model_after_a_rebuild,
        nothing_in_clear_rests_in_the_read_models;
    words:
        a_note_is_sealed_where_it_rests_and_opened_at_its_own_place_alone,
        without_the_key_of_notes_the_rest_of_an_event_is_served;
}
