//! The HTTP face, asked from outside: every route, every role, every convention, and what must be refused.

mod accesses;
mod app;
mod bad_bodies;
mod bad_requests;
mod bulk;
mod catalogue;
mod claims;
mod commands;
mod conflicts;
mod connections;
mod consents;
mod contacts;
mod corrections;
mod damage;
mod document;
mod duty;
mod emergencies;
mod erasure;
mod evidence;
mod exports;
mod hiv;
mod idempotency;
mod language;
mod late_entry;
mod ledger;
mod logs;
mod minimal;
mod notices;
mod packets;
mod papers;
mod past;
mod permissions;
mod preconditions;
mod pull_requests;
mod reach;
mod reading;
mod reports;
mod routes;
mod scene;
mod scope;
mod search;
mod sync;
mod then;
mod tokens;
mod unchanged;
mod worlds;

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
    scope:
        a_case_of_others_one_that_is_not_there_and_no_id_at_all_answer_alike,
        a_person_a_handoff_a_pull_request_and_a_contact_notice_of_others_answer_like_none,
        a_case_of_others_is_in_no_list;
    routes:
        nobody_without_a_token_reaches_any_route,
        a_good_token_of_someone_who_does_not_work_here_reaches_no_route,
        every_path_names_its_methods_to_those_who_use_another,
        who_takes_no_json_is_told_so_on_every_route,
        an_unknown_query_parameter_is_refused_on_every_reading_route;
    permissions:
        a_function_of_others_is_refused_on_what_exists_as_on_what_does_not,
        a_new_role_counts_at_the_next_request_with_the_same_token;
    papers:
        a_paper_of_others_does_not_exist;
    damage:
        a_damaged_event_is_an_integrity_error_and_holds_up_its_own_stream_alone;
    ledger:
        tiles_and_proofs_that_are_not_there_are_not_found_and_wrong_numbers_are_refused;
    hiv:
        for_everybody_but_an_hiv_clinician_the_routes_do_not_exist,
        who_signed_in_long_ago_is_asked_again_where_there_is_something_to_open;
    erasure:
        the_words_of_an_emergency_and_of_an_override_go_with_the_person,
        a_legal_hold_stands_in_the_way_and_only_an_auditor_sets_it;
    emergencies:
        without_a_review_within_72_hours_there_is_no_other;
    connections:
        a_head_that_comes_byte_by_byte_is_not_waited_for,
        a_body_that_comes_byte_by_byte_is_not_waited_for,
        connections_that_say_nothing_are_closed_and_others_served,
        methods_that_nobody_needs_open_no_tunnel_and_echo_nothing,
        lines_that_two_servers_could_read_differently_end_the_connection,
        who_reads_an_answer_byte_by_byte_is_not_written_to_for_ever;
    commands:
        a_step_out_of_turn_is_refused_with_a_code_of_its_own;
    bad_requests:
        one_bearer_token_is_what_opens_the_door,
        a_moment_is_a_day_or_an_instant_with_its_offset,
        an_endless_address_or_head_is_turned_away,
        a_body_that_says_it_is_endless_is_not_waited_for,
        ambiguous_framing_ends_the_connection,
        no_method_is_taken_from_a_header_and_no_origin_gets_a_permission,
        a_hurried_user_is_asked_to_wait_and_others_are_not;
    accesses:
        who_was_shown_a_case_is_told_to_those_who_answer_for_it_and_to_auditors,
        nothing_of_a_patient_is_shown_while_the_access_log_cannot_be_written,
        a_watched_case_gives_the_alarm_and_shows_nothing_of_it,
        more_records_than_a_days_work_needs_are_not_opened;
    exports:
        an_export_leaves_once_when_two_people_agree,
        an_export_is_seen_by_its_organisation_and_by_auditors,
        an_approval_lasts_a_day_and_a_request_a_week,
        what_is_not_open_at_the_fetch_does_not_leave,
        no_more_leaves_than_the_limits_give,
        an_export_that_cannot_be_written_down_stays_where_it_is;
    idempotency:
        a_key_is_one_uuid_and_is_there,
        the_same_command_again_has_the_same_outcome_and_no_new_event,
        a_repeated_command_keeps_its_outcome_when_the_state_has_moved_on,
        a_key_with_another_body_or_address_is_refused,
        an_answer_that_nobody_heard_is_learnt_by_sending_again,
        sixteen_at_once_under_one_key_record_one_event;
    preconditions:
        a_command_on_what_exists_names_one_strong_revision,
        a_stale_revision_is_refused_and_a_commuting_fact_is_rebased;
    reading:
        a_cursor_is_good_only_for_the_one_who_got_it_and_where_it_was_given,
        a_filter_takes_only_values_that_it_knows,
        a_writer_reads_their_own_write,
        a_long_timeline_is_read_in_pages_exactly_once;
    then:
        the_past_is_what_a_server_says_that_stopped_there,
        differences_and_steps_lead_from_each_moment_to_the_next,
        what_a_worker_saw_then_is_what_they_were_answered_then,
        an_auditor_is_told_what_a_worker_opened_by_then,
        the_past_opens_nothing_that_is_withheld_now,
        truth_is_asked_by_a_moment_and_the_past_by_those_who_see_the_people;
    corrections:
        what_was_decided_on_a_wrong_result_is_listed_with_how_it_depends_on_it,
        a_correction_of_what_is_withheld_is_not_listed;
    past:
        responsibility_is_told_as_it_was_known_then,
        before_its_opening_there_is_no_case,
        a_moment_that_is_none_or_is_to_come_is_refused;
    sync:
        a_refused_command_stops_those_that_name_it_and_no_others,
        a_command_of_a_batch_is_refused_as_on_its_own_route,
        a_batch_is_small_enough_and_says_nothing_of_a_key_of_its_own,
        commands_of_a_batch_build_on_each_other_in_their_order,
        a_batch_sent_again_counts_once_as_do_its_commands_on_their_own_routes,
        three_facts_recorded_offline_stay_three;
    bulk:
        each_case_of_an_offer_has_a_result_of_its_own,
        two_hundred_cases_are_offered_at_once_and_again_without_harm,
        an_offer_of_many_that_breaks_off_is_finished_by_sending_it_again;
    conflicts:
        an_acceptance_taken_offline_after_the_withdrawal_is_kept_as_a_conflict,
        a_conflict_is_settled_once_by_those_whose_step_it_was;
    bad_bodies:
        what_only_the_server_knows_is_not_taken_from_a_client,
        a_body_is_declared_as_json_in_utf_8_and_nothing_else,
        the_names_of_the_region_are_taken_and_given_back_as_written,
        a_note_may_say_anything_and_is_only_ever_text,
        a_body_that_is_not_one_sound_document_is_refused,
        a_document_of_the_wrong_shape_or_with_wrong_values_is_refused;
    tokens:
        a_good_token_ends_with_its_worker_their_organisation_and_its_time,
        a_token_of_another_country_finds_what_a_stranger_finds,
        what_a_client_says_of_its_origin_is_not_believed;
    claims:
        a_code_and_the_patients_word_open_a_claim_once;
    consents:
        who_answers_for_support_alone_is_shown_no_tuberculosis_without_a_consent,
        a_withdrawn_consent_closes_the_person_and_the_case_to_those_whom_it_let_in,
        nobody_is_told_of_a_contact_by_who_is_not_shown_the_illness;
    packets:
        a_packet_has_the_same_bytes_each_time_and_they_are_those_of_the_digest,
        a_consent_that_is_withdrawn_closes_the_packet_at_once_and_what_was_read_is_listed;
    notices:
        each_side_is_told_what_the_other_did_and_nobody_else_is,
        an_offer_that_nobody_answers_is_told_to_both_sides;
    contacts:
        a_contact_abroad_is_looked_for_without_the_patient_being_known;
    pull_requests:
        who_is_asked_reads_the_person_offers_and_answers,
        an_unanswered_request_lapses_after_fourteen_days;
}
