use jiff::civil::date;
use uuid::Uuid;

use super::{
    Birth, DescribePerson, LinkPerson, LinkReason, Person, PersonCommand, PersonEvent, PersonName, Personal,
    Sex,
};
use crate::{
    case::fixtures::*, decider::Decider as _, ids::PersonId, refusal::Refusal as _, testing::context,
};

fn described(family: &str, birth: Birth) -> DescribePerson {
    let family = Personal::new(family);
    DescribePerson {
        names: vec![PersonName { family, given: Some(Personal::new("Мавзуна")), patronymic: None }],
        birth,
        sex: Sex::Female,
        citizenship: None,
        telephones: vec![],
    }
}

fn decide(person: &Person, command: &PersonCommand) -> Result<Vec<PersonEvent>, &'static str> {
    let directory = directory();
    let context = context(&galaba(), &directory);
    person.decide(command, &context).map_err(|refusal| refusal.code())
}

fn registered() -> Person {
    let description = described("Шарифова", Birth::Year { year: 1994 });
    let (organisation, person) = (galaba().organisation, Some(PersonId(NEW_ID)));
    evolved(Person::default(), PersonEvent::Registered { description, organisation, person })
}

fn evolved(person: Person, event: PersonEvent) -> Person {
    let directory = directory();
    person.evolve(&context(&galaba(), &directory).fact(event))
}

#[test]
fn nothing_of_a_person_is_printed_for_debugging() {
    let person = registered();
    let printed = format!("{person:?} {:?}", described("Шарифова", Birth::Year { year: 1994 }));
    for secret in ["Шарифова", "Мавзуна", "1994"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn names_of_the_region_are_accepted_and_impossible_ones_refused() {
    let year = Birth::Year { year: 1990 };
    for name in ["Ҷӯраева", "Әбдіқадыр", "O‘g‘li", "Қ", "Ван-дер", "И\u{306}слом"]
    {
        let command = PersonCommand::Register(described(name, year));
        assert!(decide(&Person::default(), &command).is_ok(), "{name}");
    }
    let zalgo = format!("a{}", "\u{301}".repeat(1000));
    for name in ["", "   ", &"а".repeat(101), &zalgo, "a\u{7}b"] {
        let command = PersonCommand::Register(described(name, year));
        assert_eq!(decide(&Person::default(), &command), Err("name_length"));
    }
}

#[test]
fn an_impossible_birth_date_is_refused() {
    for birth in [
        Birth::Day { date: TODAY.tomorrow().unwrap() },
        Birth::Year { year: 1850 },
        Birth::Month { year: 1990, month: 13 },
        Birth::Year { year: 2099 },
    ] {
        let command = PersonCommand::Register(described("Раҳимов", birth));
        assert_eq!(decide(&Person::default(), &command), Err("birth_date_impossible"));
    }
}

#[test]
fn age_is_counted_from_the_latest_possible_birth_date() {
    let day = date(2026, 6, 15);
    assert_eq!(Birth::Day { date: date(2010, 6, 15) }.age_on(day), Some(16));
    assert_eq!(Birth::Day { date: date(2010, 6, 16) }.age_on(day), Some(15));
    assert_eq!(Birth::Month { year: 2010, month: 6 }.age_on(day), Some(15));
    assert_eq!(Birth::Year { year: 2010 }.age_on(day), Some(15));
}

#[test]
fn a_link_can_be_undone_and_made_again() {
    let other = PersonId(Uuid::from_u128(7));
    let link = PersonCommand::Link(LinkPerson { other, reason: LinkReason::SameNameAndBirth });
    let mut person = registered();
    for _ in 0..2 {
        let events = decide(&person, &link).unwrap();
        let [PersonEvent::Linked { link: id, .. }] = events.as_slice() else { panic!("{events:?}") };
        person = evolved(person, events[0].clone());
        assert_eq!(decide(&person, &link), Err("already_linked"));
        let undone = decide(&person, &PersonCommand::UndoLink(*id)).unwrap();
        assert_eq!(undone, [PersonEvent::Unlinked { link: *id, other }]);
        person = evolved(person, undone[0].clone());
    }
    assert!(person.links.is_empty());
}

#[test]
fn a_person_who_is_not_registered_cannot_be_corrected() {
    let command = PersonCommand::Correct(described("Раҳимов", Birth::Year { year: 1990 }));
    assert_eq!(decide(&Person::default(), &command), Err("not_found"));
}

#[test]
fn an_infants_age_is_counted_in_months_and_nobody_is_treated_before_birth() {
    let day = date(2026, 6, 15);
    assert_eq!(Birth::Day { date: date(2026, 3, 15) }.months_on(day), Some(3));
    assert_eq!(Birth::Day { date: date(2026, 3, 16) }.months_on(day), Some(2));
    assert_eq!(Birth::Day { date: date(2009, 6, 15) }.months_on(day), Some(204));
    assert_eq!(
        Birth::Year { year: 2026 }.months_on(day),
        Some(0),
        "some day of this year, and not a later one"
    );
}
