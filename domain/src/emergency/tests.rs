use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{case::fixtures::*, refusal::Refusal as _, testing::context};

const WHY: &str = "Coughs blood, on treatment, nobody here knows with what.";
const MOST: u32 = 5;

fn case(number: u128) -> CaseId {
    CaseId(Uuid::from_u128(number))
}

fn of_galaba() -> FoundCase {
    FoundCase { readable: false, told: [organisation("ngo-galaba")].into() }
}

fn asked(number: u128, words: &str) -> OpenEmergencyAccess {
    let justification = FreeText::from(words);
    OpenEmergencyAccess { case: case(number), purpose: EmergencyPurpose::AcuteIllness, justification }
}

fn open(number: u128) -> EmergencyCommand {
    EmergencyCommand::Open(asked(number, WHY), Some(of_galaba()), MOST)
}

fn review(of: u128, finding: ReviewFinding) -> EmergencyCommand {
    let comment = FreeText::from("The ward confirmed it.");
    EmergencyCommand::Review(EmergencyId(Uuid::from_u128(of)), ReviewEmergencyAccess { finding, comment })
}

fn after(hours: i64) -> Timestamp {
    NOON + SignedDuration::from_hours(hours)
}

/// A worker's emergency accesses, step by step.
#[derive(Clone, Default)]
struct Story(Emergencies);

impl Story {
    fn try_step(
        &self,
        command: &EmergencyCommand,
        (by, at, id): (&Actor, Timestamp, u128),
    ) -> Result<Self, &'static str> {
        let directory = directory();
        let context = Context { now: at, new_id: Uuid::from_u128(id), ..context(by, &directory) };
        let decided = self.0.decide(command, &context).map_err(|refusal| refusal.code())?;
        let facts: Vec<_> = decided.into_iter().map(|event| context.fact(event)).collect();
        Ok(Self(facts.iter().fold(self.0.clone(), Emergencies::evolve)))
    }

    /// The clinician of Shymkent opens a case; the id of the access is the case's.
    fn opened(&self, number: u128, at: Timestamp) -> Result<Self, &'static str> {
        self.try_step(&open(number), (&shymkent(), at, number))
    }

    fn reviewed(&self, of: u128, finding: ReviewFinding, at: Timestamp) -> Result<Self, &'static str> {
        self.try_step(&review(of, finding), (&galaba(), at, 999))
    }

    fn reads(&self, number: u128, at: Timestamp) -> bool {
        self.0.in_force(at).any(|emergency| emergency.opened.case == case(number))
    }
}

#[test]
fn a_record_is_open_for_an_hour_and_no_other_with_it() {
    let story = Story::default().opened(1, NOON).unwrap();
    let second = SignedDuration::from_secs(1);
    for (at, open) in [(NOON, true), (after(1) - second, true), (after(1), false), (after(2), false)] {
        assert_eq!(story.reads(1, at), open, "{at}");
        assert!(!story.reads(2, at));
    }
}

#[test]
fn a_justification_is_words_of_twenty_characters() {
    let say = |words: &str| {
        let command = EmergencyCommand::Open(asked(1, words), Some(of_galaba()), MOST);
        Story::default().try_step(&command, (&shymkent(), NOON, 1)).err()
    };
    for words in ["", "five.", "  a bit short      ", &"long ".repeat(401)] {
        assert_eq!(say(words), Some("justification_length"), "{words}");
    }
    for words in [&"a".repeat(20), &"ab ".repeat(10), "....................."] {
        assert_eq!(say(words), Some("justification_says_nothing"), "{words}");
    }
    for words in ["Twenty of characters", "Бемор хун туф мекунад"] {
        assert_eq!(say(words), None, "{words}");
    }
}

#[test]
fn what_is_open_or_readable_anyway_takes_no_emergency() {
    let story = Story::default().opened(1, NOON).unwrap();
    assert_eq!(story.opened(1, after(0)).err(), Some("emergency_in_force"));
    assert!(story.opened(1, after(1)).is_ok(), "it may be opened again when it has closed");
    let readable = FoundCase { readable: true, ..of_galaba() };
    let command = EmergencyCommand::Open(asked(2, WHY), Some(readable), MOST);
    assert_eq!(story.try_step(&command, (&shymkent(), NOON, 2)).err(), Some("emergency_not_needed"));
}

#[test]
fn a_case_that_is_none_counts_as_one_that_is() {
    let missing = EmergencyCommand::Open(asked(1, WHY), None, MOST);
    let mut story = Story::default();
    for used in 1..=MOST {
        story = story.try_step(&missing, (&shymkent(), NOON, 1)).unwrap();
        assert_eq!(story.0.left(MOST, NOON), MOST - used);
    }
    assert!(story.0.all.is_empty());
    assert_eq!(story.opened(2, NOON).err(), Some("emergency_quota_exceeded"));
    let misses = story.try_step(&missing, (&shymkent(), NOON, 1)).err();
    assert_eq!(misses, Some("emergency_quota_exceeded"), "and tells nothing of which there are");
}

#[test]
fn the_quota_is_counted_over_thirty_days() {
    let mut story = Story::default();
    for day in 0..5_i64 {
        let number = u128::try_from(day).unwrap();
        story = story.opened(number, after(24 * day)).unwrap();
        story = story.reviewed(number, ReviewFinding::Justified, after(24 * day + 1)).unwrap();
    }
    assert_eq!(story.opened(9, after(24 * 5)).err(), Some("emergency_quota_exceeded"));
    assert_eq!(story.opened(9, after(24 * 30 - 1)).err(), Some("emergency_quota_exceeded"));
    assert_eq!(story.0.left(MOST, after(24 * 30)), 1);
    let again = story.opened(9, after(24 * 30)).unwrap();
    assert_eq!(again.opened(10, after(24 * 30)).err(), Some("emergency_quota_exceeded"));
}

#[test]
fn nobody_opens_another_while_a_review_is_overdue() {
    let story = Story::default().opened(1, NOON).unwrap();
    assert!(story.opened(2, after(71)).is_ok());
    assert_eq!(story.0.left(MOST, after(72)), 0);
    assert_eq!(story.opened(2, after(72)).err(), Some("emergency_review_overdue"));
    assert_eq!(story.opened(2, after(24 * 40)).err(), Some("emergency_review_overdue"), "it does not lapse");
    let reviewed = story.reviewed(1, ReviewFinding::NotJustified, after(24 * 40)).unwrap();
    assert!(reviewed.opened(2, after(24 * 40)).is_ok());
}

#[test]
fn a_record_that_should_not_have_been_opened_closes_at_once() {
    let story = Story::default().opened(1, NOON).unwrap();
    assert!(story.reviewed(1, ReviewFinding::Justified, NOON).unwrap().reads(1, NOON));
    assert!(!story.reviewed(1, ReviewFinding::NotJustified, NOON).unwrap().reads(1, NOON));
}

#[test]
fn nobody_reviews_their_own_or_their_houses_and_nobody_twice() {
    let story = Story::default().opened(1, NOON).unwrap();
    let by =
        |reviewer: &Actor| story.try_step(&review(1, ReviewFinding::Justified), (reviewer, NOON, 9)).err();
    for reviewer in [shymkent(), second_clinician()] {
        assert_eq!(by(&reviewer), Some("emergency_own_review"), "{reviewer:?}");
    }
    let turned_auditor = Actor { role: Role::Auditor, ..shymkent() };
    assert_eq!(by(&turned_auditor), Some("emergency_own_review"));
    let auditor = Actor { role: Role::Auditor, ..second_clinician() };
    assert_eq!((by(&auditor), by(&galaba())), (None, None));
    let reviewed = story.reviewed(1, ReviewFinding::Justified, NOON).unwrap();
    let again = reviewed.reviewed(1, ReviewFinding::NotJustified, NOON).err();
    assert_eq!(again, Some("emergency_reviewed"));
    assert_eq!(story.reviewed(2, ReviewFinding::Justified, NOON).err(), Some("not_found"));
    let silent = ReviewEmergencyAccess { finding: ReviewFinding::Justified, comment: FreeText::from(" ") };
    let silent = EmergencyCommand::Review(EmergencyId(Uuid::from_u128(1)), silent);
    assert_eq!(story.try_step(&silent, (&galaba(), NOON, 9)).err(), Some("review_comment_length"));
}

#[test]
fn those_are_told_who_answer_for_the_case_or_did_last() {
    let state = |history: &[crate::case::CaseEvent]| crate::testing::given(history).state();
    let told = |case: &Case| FoundCase::of(case, &dushanbe(), (NOON, TODAY));
    let galaba_alone = BTreeSet::from([organisation("ngo-galaba")]);
    assert_eq!(told(&state(&a_case())), FoundCase { readable: false, told: galaba_alone });
    let both = BTreeSet::from([organisation("ngo-galaba"), organisation("tb-shymkent")]);
    assert_eq!(told(&state(&registered_case())).told, both);
    assert!(FoundCase::of(&state(&registered_case()), &shymkent(), (NOON, TODAY)).readable);
    let withdrawn = referred_case_and([consent_withdrawn_of(20)]);
    let reached = FoundCase::of(&state(&withdrawn), &shymkent(), (NOON, TODAY));
    assert!(!reached.readable, "it expects the patient, who has taken every consent back");
    let moved = a_case_and([support_moved("ngo-galaba", "ngo-kz-taraz")]);
    assert_eq!(told(&state(&moved)).told, BTreeSet::from([organisation("ngo-kz-taraz")]));
}
