//! The contract of the log: one suite, run unchanged on both engines. `controls` proves of each check that it can fail.

#[path = "event_store/append.rs"]
mod append;
#[path = "event_store/checks.rs"]
mod checks;
#[path = "event_store/commands.rs"]
mod commands;
#[path = "event_store/controls.rs"]
mod controls;
#[path = "event_store/copies.rs"]
mod copies;
#[path = "event_store/durability.rs"]
mod durability;
#[path = "event_store/faults.rs"]
mod faults;
#[path = "event_store/fixture.rs"]
mod fixture;
#[path = "event_store/flips.rs"]
mod flips;
#[path = "event_store/given.rs"]
mod given;
#[path = "event_store/guards.rs"]
mod guards;
#[path = "event_store/integrity.rs"]
mod integrity;
#[path = "event_store/ledger.rs"]
mod ledger;
#[path = "event_store/order.rs"]
mod order;
#[path = "event_store/postgres_only.rs"]
mod postgres_only;
#[path = "event_store/proxy.rs"]
mod proxy;
#[path = "event_store/reading.rs"]
mod reading;
#[path = "event_store/sqlite_only.rs"]
mod sqlite_only;

/// Makes a test of each clause on each engine.
macro_rules! contract {
    ($($area:ident: $($clause:ident),* $(,)?;)*) => {
        mod sqlite {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() -> anyhow::Result<()> {
                crate::$area::$clause(&crate::fixture::Fixture::sqlite()?).await
            })*)*
        }
        mod postgres {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() -> anyhow::Result<()> {
                crate::$area::$clause(&crate::fixture::Fixture::postgres().await?).await
            })*)*
        }
    };
}

contract! {
    append:
        a_stream_begins_at_revision_one_and_has_no_holes,
        a_stale_revision_names_what_was_expected_and_what_is_there,
        the_events_of_an_append_are_contiguous,
        an_append_over_several_streams_is_stored_whole_or_not_at_all,
        neighbours_in_a_batch_each_get_their_own_answer,
        a_poisonous_append_hurts_only_itself,
        appends_on_one_stream_that_wait_together_follow_each_other,
        of_two_equal_expectations_that_wait_together_the_first_wins,
        what_can_never_be_stored_is_refused_by_name,
        every_byte_comes_back_as_it_was;
    commands:
        the_same_command_gets_its_first_answer,
        the_first_answer_survives_a_restart,
        a_command_id_with_other_content_is_refused,
        a_command_sent_many_times_at_once_is_stored_once,
        the_same_id_of_another_actor_is_another_command,
        what_a_command_stored_can_be_looked_up;
    order:
        of_many_writers_on_one_stream_exactly_one_wins,
        writers_on_distinct_streams_never_conflict,
        a_reader_beside_two_writers_never_sees_a_gap_or_a_late_position,
        several_nodes_share_one_order,
        recorded_time_never_runs_backwards,
        ten_thousand_events_are_in_order;
    reading:
        a_write_is_read_back_at_once,
        streams_and_the_log_are_read_in_pages_both_ways,
        what_there_is_is_counted_by_kind_up_to_a_position,
        waiting_ends_when_the_position_is_there,
        waiting_ends_with_the_timeout_otherwise,
        a_reader_beside_the_owner_follows_and_cannot_append;
    durability:
        a_restart_goes_on_where_the_log_ended,
        closing_commits_what_waits_and_refuses_what_comes,
        a_full_queue_refuses_at_once_and_recovers,
        counters_add_up,
        kill_minus_nine_under_load_loses_nothing_acknowledged;
    guards:
        update_delete_and_truncate_are_refused_with_the_rights_of_the_application,
        update_delete_and_truncate_are_refused_by_triggers_with_all_rights,
        a_log_without_its_guards_is_not_opened;
    integrity:
        a_sound_log_verifies,
        a_change_of_any_column_is_found,
        a_damaged_event_is_never_handed_out,
        a_removed_a_swapped_and_a_reinserted_event_are_found;
    ledger:
        the_tree_follows_the_log_and_proves_every_event_against_every_checkpoint,
        a_log_that_is_shorter_than_what_was_signed_is_not_opened,
        of_a_log_that_does_not_go_on_where_it_was_signed_nothing_more_is_signed,
        a_history_that_was_written_anew_is_found_and_not_opened,
        an_event_that_was_removed_is_found_and_the_log_not_opened,
        a_flipped_byte_of_any_column_is_found_in_each_of_two_thousand_events,
        a_damaged_tile_is_found_and_made_anew_and_a_damaged_checkpoint_is_found,
        a_witness_cosigns_what_continues_and_refuses_the_fork_that_two_auditors_are_shown;
    copies:
        a_start_over_another_history_changes_no_tile,
        a_copy_never_goes_back_though_several_nodes_write_it,
        a_ledger_whose_second_place_has_another_history_signs_nothing_more,
        a_second_place_that_is_not_mounted_is_not_taken_for_an_empty_one,
        a_second_place_that_hangs_holds_up_nobody,
        a_checkpoint_is_written_only_after_a_witness_could_be_asked;
    controls:
        the_tamper_check_notices_a_missing_trigger,
        the_check_of_acknowledgements_notices_a_liar,
        the_check_of_commands_notices_a_double;
}
