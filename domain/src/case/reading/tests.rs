use jiff::{SignedDuration, civil::Date};

use super::{ClassGround, Opened, Part};
use crate::{
    actor::{Actor, Role},
    case::{
        Case, CaseEvent,
        consent::DataClass::{self, Contact, Identity, Support, Tb},
        diagnosis::Diagnosis,
        fixtures::*,
        handoff::event::{ConsentOverride, OverrideGround},
        laboratory::Laboratory,
        programme::Programme,
        treatment::Treatment,
    },
    ids::Country,
    testing::given,
};

fn and(mut history: Vec<CaseEvent>, more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    history.extend(more);
    history
}

fn opened_on(case: &Case, reader: &Actor, hours: i64, today: Date) -> Opened {
    case.opened_to(reader, (NOON + SignedDuration::from_hours(hours), today))
}

fn opened(history: &[CaseEvent], reader: &Actor) -> Vec<DataClass> {
    let opened = opened_on(&given(history).state(), reader, 0, TODAY);
    DataClass::ALL.into_iter().filter(|class| opened.opens(*class)).collect()
}

/// The patient agreed to nothing, and tuberculosis care began in a centre.
fn closed_lips() -> Vec<CaseEvent> {
    let agreed = |event: &CaseEvent| matches!(event, CaseEvent::ConsentRecorded(_));
    treated_case().into_iter().filter(|event| !agreed(event)).collect()
}

fn overridden(programmes: &[Programme]) -> CaseEvent {
    let CaseEvent::HandoffOffered(mut offer) =
        handoff_offered_of("tb-shymkent", "tj-national-tb-centre", programmes, &[])
    else {
        panic!("an offer")
    };
    offer.consents.clear();
    let reason = "unconscious at the border".into();
    offer.consent_override = Some(ConsentOverride { ground: OverrideGround::VitalInterest, reason });
    CaseEvent::HandoffOffered(offer)
}

#[test]
fn an_organisation_reads_what_it_answers_for_without_a_consent_and_nothing_else() {
    assert_eq!(opened(&closed_lips(), &shymkent()), [Identity, Contact, Tb]);
    assert_eq!(opened(&closed_lips(), &galaba()), [Identity, Contact, Support]);
    assert_eq!(opened(&closed_lips(), &karaganda()), []);
}

#[test]
fn what_was_found_before_tuberculosis_care_began_belongs_to_who_opened_the_case() {
    let before = [opened_event(), support_opened("ngo-galaba")];
    assert_eq!(opened(&before, &galaba()), DataClass::ALL);
    let moved = and(before.to_vec(), [support_moved("ngo-galaba", "ngo-kz-taraz")]);
    assert_eq!(opened(&moved, &taraz()), [Identity, Contact, Support], "they screened nobody");
    assert_eq!(opened(&moved, &galaba()), DataClass::ALL, "what they found stays theirs");
}

fn opened_event() -> CaseEvent {
    crate::case::fixtures::opened()
}

#[test]
fn who_answered_once_reads_on() {
    let moved = and(closed_lips(), [tb_moved("tb-shymkent", "tj-national-tb-centre")]);
    assert_eq!(opened(&moved, &shymkent()), [Identity, Contact, Tb]);
}

#[test]
fn others_read_the_classes_of_a_consent_that_is_in_force_for_them() {
    let agreed = and(closed_lips(), [consent_to_share_tb(Country::TJ)]);
    assert_eq!(opened(&agreed, &dushanbe()), [Identity, Tb]);
    assert_eq!(opened(&agreed, &galaba()), [Identity, Contact, Tb, Support], "they are in the same country");
    assert_eq!(opened(&agreed, &karaganda()), [], "in another country");
    let withdrawn = and(agreed, [consent_withdrawn()]);
    assert_eq!(opened(&withdrawn, &dushanbe()), []);
}

#[test]
fn a_consent_counts_from_its_first_to_its_last_day() {
    let mut consent = consent_to_share_tb(Country::TJ);
    if let CaseEvent::ConsentRecorded(consent) = &mut consent {
        (consent.valid_from, consent.valid_until) = (TODAY, Some(TODAY));
    }
    let case = given(&and(closed_lips(), [consent])).state();
    let opens = |day: Date| opened_on(&case, &dushanbe(), 0, day).opens(Tb);
    assert!(!opens(TODAY.yesterday().unwrap()));
    assert!(opens(TODAY));
    assert!(!opens(TODAY.tomorrow().unwrap()));
}

#[test]
fn an_override_opens_what_was_sent_for_72_hours_and_no_more() {
    let case = given(&and(closed_lips(), [overridden(&[Programme::Tb])])).state();
    let opens = |hours| opened_on(&case, &dushanbe(), hours, TODAY);
    assert!(opens(71).opens(Tb) && !opens(71).opens(Support));
    assert!(opens(71).rests_on(ClassGround::Override));
    assert_eq!(opens(72).withheld().len(), 4);
    let support = given(&and(closed_lips(), [overridden(&[Programme::Support])])).state();
    assert!(!opened_on(&support, &dushanbe(), 0, TODAY).opens(Tb), "tuberculosis was not sent");
}

#[test]
fn a_patient_who_has_come_to_another_door_is_known_there_while_the_claim_is_open() {
    let agreed = |event: &CaseEvent| matches!(event, CaseEvent::ConsentRecorded(_));
    let offered: Vec<CaseEvent> = offered_case().into_iter().filter(|event| !agreed(event)).collect();
    assert_eq!(opened(&offered, &karaganda()), []);
    let claimed = and(offered, [claimed("ngo-kz-karaganda")]);
    assert_eq!(opened(&claimed, &karaganda()), [Identity, Contact, Support]);
    assert_eq!(opened(&and(claimed, [claim_refused("ngo-galaba")]), &karaganda()), []);
}

#[test]
fn an_auditor_is_shown_all() {
    let auditor = Actor { role: Role::Auditor, ..karaganda() };
    assert_eq!(opened(&closed_lips(), &auditor), DataClass::ALL);
}

#[test]
fn of_what_is_withheld_nothing_is_left_in_the_case() {
    let history = and(closed_lips(), [overridden(&[Programme::Tb]), noted("about something", false)]);
    let case = given(&history).state();
    let seen = |reader: &Actor| case.as_opened(&opened_on(&case, reader, 0, TODAY));
    let for_support = seen(&galaba());
    assert_eq!(for_support.treatment, Treatment::default());
    assert_eq!(for_support.diagnosis, Diagnosis::default());
    assert_eq!(for_support.laboratory, Laboratory::default());
    assert!(for_support.responsibility.of(Programme::Tb).is_none());
    assert!(for_support.handoffs.all.is_empty(), "an offer of tuberculosis care tells of it");
    assert!(for_support.advice().is_empty());
    assert_eq!(seen(&shymkent()).treatment, case.treatment);
    assert!(!seen(&dushanbe()).handoffs.all.is_empty(), "the side it was offered to knows of it");
    assert_eq!(seen(&Actor { role: Role::Auditor, ..galaba() }), case);
}

#[test]
fn a_line_of_the_story_is_told_where_its_part_is_open_or_to_who_wrote_it() {
    let history = and(closed_lips(), [overridden(&[Programme::Tb])]);
    let case = given(&history).state();
    let tells = |reader: &Actor, event: &CaseEvent, by: &str| {
        case.shows(&opened_on(&case, reader, 0, TODAY), Part::of(event), &organisation(by))
    };
    let treatment = started("2HRZE/4HR", START);
    assert!(tells(&shymkent(), &treatment, "tb-shymkent"));
    assert!(!tells(&galaba(), &treatment, "tb-shymkent"));
    assert!(tells(&galaba(), &treatment, "ngo-galaba"), "its own entry");
    assert!(!tells(&galaba(), &died(TODAY), "tb-shymkent"), "the cause may be tuberculosis");
    assert!(!tells(&galaba(), &noted("", false), "tb-shymkent"), "words may be about anything");
    assert!(!tells(&galaba(), &overridden(&[Programme::Tb]), "tb-shymkent"));
    assert!(tells(&dushanbe(), &overridden(&[Programme::Tb]), "tb-shymkent"));
    assert!(tells(&karaganda(), &opened_event(), "ngo-galaba"));
    assert!(!tells(&galaba(), &tb_opened("tb-shymkent"), "tb-shymkent"));
    assert!(tells(&karaganda(), &support_opened("ngo-galaba"), "ngo-galaba"));
    assert!(
        !tells(&karaganda(), &referred("tb-shymkent"), "ngo-galaba"),
        "whoever is sent for a test was asked"
    );
    assert!(tells(&shymkent(), &referred("tb-shymkent"), "ngo-galaba"));
}
