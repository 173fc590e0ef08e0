//! Why an outcome is refused: each sentence says which evidence is missing, and from which day.

use jiff::civil::Date;

use crate::refusal::refusals;

refusals! {
    /// Why an outcome is refused.
    OutcomeRefusal {
        NoEpisode = Conflict "not_on_treatment", "There is no open treatment episode on this case.";
        NothingReported = Conflict "outcome_not_reported", "No outcome has been reported yet.";
        OwnReport = Conflict "outcome_needs_second_person", "The one who reported an outcome cannot confirm it.";
        EndedAlready = Conflict "outcome_confirmed_already",
            "This episode has its outcome. If it is wrong, correct it with a reason.";
        RegimenTwo { on: Date } = Conflict "regimen_two_started",
            "Regimen II was started on {on}: in the register of this country the episode has no outcome of its own.";
        NotConfirmedYet = Conflict "outcome_not_confirmed_yet",
            "No outcome has been confirmed here: there is nothing to correct; report the right one.";
        CorrectionChangesNothing = Invalid "correction_changes_nothing", "This is the outcome in force.";
        OutcomeLater = Invalid "outcome_in_the_future", "An outcome is dated today or earlier.";
        BeforeTreatment { started: Date } = Invalid "outcome_before_start", "Treatment started on {started}; its outcome cannot be earlier.";
        BeforeDiagnosis { diagnosed: Date } = Invalid "outcome_before_diagnosis",
            "The diagnosis was made on {diagnosed}; an outcome cannot be earlier.";
        AfterNextStart { started: Date } = Invalid "outcome_after_next_start",
            "The next episode started on {started}; the outcome of the one before it cannot be later.";
        NotPulmonary = Conflict "cured_needs_pulmonary", "Only pulmonary tuberculosis can be cured by definition; report completed.";
        NotConfirmedAtStart = Conflict "cured_needs_confirmation",
            "Cured needs bacteriological confirmation at the start of treatment; report completed.";
        NoConversion { found: u8, from: Date } = Conflict "cured_needs_conversion",
            "Cured needs two consecutive negative cultures (in susceptible disease smears count too) from specimens collected at least 7 days apart. On record: {found}. Missing: one collected on {from} or later.";
        Reverted { on: Date } = Conflict "cured_after_reversion", "The specimens turned positive again on {on}; cured cannot be reported.";
        NoNegativeLastMonth { from: Date } = Conflict "cured_needs_last_month_negative",
            "Cured by the definitions of 2013 needs a negative smear or culture from the last month of treatment: none was collected on {from} or later.";
        NoNegativeBefore { from: Date, until: Date } = Conflict "cured_needs_earlier_negative",
            "Cured by the definitions of 2013 needs a negative smear or culture from an occasion before the last one: none was collected from {from} until {until}.";
        NotThreeNegatives { found: u8, from: Date } = Conflict "cured_needs_three_negatives",
            "Cured by the definitions of 2013 for resistant disease needs three consecutive negative cultures at least 30 days apart after the intensive phase. On record: {found}. Missing: one collected on {from} or later.";
        PositiveLate { on: Date } = Conflict "evidence_of_failure",
            "A specimen collected on {on}, in month 5 or later, was positive: by the definitions of 2013 treatment failed.";
        NotCompleted { until: Date } = Conflict "treatment_not_completed",
            "The regimen is complete after doses until {until} at the earliest, with more of them taken than missed.";
        CuredInstead = Conflict "cured_applies", "By definition this patient is cured; completed is for those whose cure cannot be shown.";
        ChangedForGood { on: Date } = Conflict "regimen_changed_for_good",
            "The regimen was changed for good on {on}: by definition this episode failed.";
        InterruptedTooLong { from: Date } = Conflict "interrupted_two_months",
            "Treatment stood still for two consecutive months by {from}: by definition this episode is lost to follow-up.";
        DosesUnrecorded { after: Date, lost_on: Date } = Conflict "no_dose_for_two_months",
            "No dose is on record for two consecutive months after {after}: record those that were taken; without them this episode is lost to follow-up from {lost_on}.";
        NotLostYet { from: Date } = Conflict "not_lost_yet",
            "Lost to follow-up means two consecutive months without a dose: from {from} at the earliest.";
        CompletedInstead = Conflict "treatment_completed", "By the doses on record treatment is complete; report cured or completed.";
        LostInstead = Conflict "lost_to_follow_up_applies",
            "Treatment has been interrupted for two consecutive months; report lost to follow-up.";
        MovedOutside { on: Date } = Conflict "moved_outside_network",
            "The patient moved to a facility outside the network on {on} and no dose is on record since: report not evaluated, or record the doses.";
        NeverBegan = Conflict "never_began",
            "A diagnosed patient who never began is lost to follow-up by definition; not evaluated is for one who moved to a facility outside the network.";
        NotStarted = Conflict "treatment_not_started", "Treatment was not started; a patient who never began can be lost, have died, or not be evaluated.";
        FailureReasonMissing = Invalid "failure_reason_missing",
            "Say why treatment failed: no response, an adverse reaction, or additional resistance.";
        FailureWithoutFailed = Invalid "failure_without_failed", "A reason for failure goes with the outcome failed, and only with it.";
        NoReactionOnRecord { until: Date } = Conflict "failure_needs_adverse_event",
            "No reaction to the medicine is on record until {until}: record it first, or the change of regimen.";
        NoNewResistance { started: Date } = Conflict "failure_needs_resistance",
            "No resistance is on record that was not known when treatment started on {started}: record the result first, or the change of regimen.";
        ResponseNotRefuted { from: Date } = Conflict "failure_needs_positive",
            "No positive culture (in susceptible disease smears count too) is on record that was collected on {from} or later: record it, or say that the clinician saw no response.";
        NotPositiveLate { from: Date } = Conflict "failure_needs_late_positive",
            "Failed by the definitions of 2013 needs a positive smear or culture from month 5 or later: none was collected on {from} or later.";
        NotDead = Conflict "death_not_recorded", "Record the death first; its outcome is reported with it.";
        DiedOn { died: Date } = Conflict "death_on_another_day", "The death is recorded for {died}; its outcome has the same day.";
        DiedInstead { died: Date } = Conflict "died_applies", "The person died on {died}: an outcome of that day or later is died.";
    }
}
