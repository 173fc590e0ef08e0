//! A person: identity, kept in a stream of its own and never in a case.
//!
//! Nothing here implements a `Debug` that shows a value: a name that cannot be printed cannot be logged.

pub mod likeness;
pub mod search;
pub mod spelling;

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decider::{Context, Decider, Fact},
    ids::{Country, LinkId, OrganisationId, PersonId},
    refusal::refusals,
};

/// Text about a person that must not leak: it has no readable `Debug` and no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who may read it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn length(&self) -> usize {
        self.0.trim().chars().count()
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A name as written somewhere: one person may have several, in several scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// Family name; 1 to 100 characters.
    pub family: Personal,
    /// Given name; absent where the person has a single name.
    pub given: Option<Personal>,
    /// Patronymic, where there is one.
    pub patronymic: Option<Personal>,
}

/// How much is known of the birth date.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "precision", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-vocabulary" = "birth-precisions"))]
pub enum Birth {
    /// Day, month and year.
    Day {
        /// The date.
        #[schemars(with = "String", extend("format" = "date"))]
        date: Date,
    },
    /// Month and year.
    Month {
        /// The year.
        year: i16,
        /// 1 to 12.
        month: i8,
    },
    /// Only the year.
    Year {
        /// The year.
        year: i16,
    },
}

impl fmt::Debug for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Birth(…)")
    }
}

impl Birth {
    /// The latest day on which the person can have been born.
    fn latest(self) -> Option<Date> {
        match self {
            Self::Day { date } => Some(date),
            Self::Month { year, month } => Some(Date::new(year, month, 1).ok()?.last_of_month()),
            Self::Year { year } => Date::new(year, 12, 31).ok(),
        }
    }

    /// The year.
    pub fn year(self) -> i16 {
        match self {
            Self::Day { date } => date.year(),
            Self::Month { year, .. } | Self::Year { year } => year,
        }
    }

    /// Completed years on a day, by the latest possible birth date; `None` when that is not 0 to 120.
    pub fn age_on(self, day: Date) -> Option<u8> {
        let born = self.latest()?;
        let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
        let years = day.year() - born.year() - i16::from(!had_birthday);
        u8::try_from(years).ok().filter(|years| *years <= 120)
    }

    /// Completed months on a day, by the latest possible birth date that is not after the day.
    pub fn months_on(self, day: Date) -> Option<u16> {
        let born = self.latest()?.min(day);
        let months = i32::from(day.year() - born.year()) * 12 + i32::from(day.month() - born.month());
        u16::try_from(months - i32::from(day.day() < born.day())).ok()
    }
}

/// Sex, as the registers ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "sexes"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Sex {
    Female,
    Male,
    Unknown,
}

/// Describes a person; the description replaces the one before, which stays in the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribePerson {
    /// Names and spellings, the one in use first; 1 to 8.
    #[schemars(length(min = 1, max = 8))]
    pub names: Vec<PersonName>,
    /// Birth date, as precisely as known.
    pub birth: Birth,
    /// Sex.
    pub sex: Sex,
    /// Citizenship.
    pub citizenship: Option<Country>,
    /// Telephone numbers at both ends of the road; at most 8.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub telephones: Vec<Personal>,
}

/// Says that two records are one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkPerson {
    /// The other record.
    pub other: PersonId,
    /// What speaks for it.
    pub reason: LinkReason,
}

/// What speaks for two records being one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "link-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum LinkReason {
    SameDocument,
    SameNameAndBirth,
    SameTelephone,
    ToldByPerson,
}

/// Takes a link back: the records are two people after all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoLink {}

/// What may be asked of a person's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonCommand {
    /// Describe a new person.
    Register(DescribePerson),
    /// Correct the description.
    Correct(DescribePerson),
    /// Link to another record.
    Link(LinkPerson),
    /// Undo a link.
    UndoLink(LinkId),
}

/// What happened to a person's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
pub enum PersonEvent {
    /// The person was described for the first time.
    #[serde(rename = "person.registered.v1")]
    Registered {
        /// How.
        description: DescribePerson,
        /// By which organisation.
        organisation: OrganisationId,
        /// Which one: the name of a sealed stream does not tell. Absent from what was written before persons were sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
    },
    /// The description was corrected.
    #[serde(rename = "person.corrected.v1")]
    Corrected {
        /// How it reads now.
        description: DescribePerson,
    },
    /// Linked to another record.
    #[serde(rename = "person.linked.v1")]
    Linked {
        /// The link.
        link: LinkId,
        /// The other record.
        other: PersonId,
        /// What speaks for it.
        reason: LinkReason,
    },
    /// The link was taken back.
    #[serde(rename = "person.unlinked.v1")]
    Unlinked {
        /// The link.
        link: LinkId,
        /// The other record.
        other: PersonId,
    },
}

/// A person as the record stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Which one; absent before the registration.
    pub id: Option<PersonId>,
    /// The description; absent before the registration.
    pub description: Option<DescribePerson>,
    /// Who registered the person.
    pub organisation: Option<OrganisationId>,
    /// Links that stand, by id.
    pub links: BTreeMap<LinkId, PersonId>,
}

refusals! {
    /// Why a change of a person's record is refused.
    PersonRefusal {
        Unknown = Absent "not_found", "There is no such person, or the record is outside your organisation's reach.";
        AlreadyRegistered = Conflict "person_already_registered", "This person has been registered already.";
        NameLength = Invalid "name_length", "A name needs 1 to 8 spellings of 1 to 100 characters each, with at most 4 marks on one letter.";
        BirthImpossible = Invalid "birth_date_impossible", "The birth date does not exist, lies in the future or more than 120 years back.";
        Telephones = Invalid "telephone_length", "At most 8 telephone numbers of 5 to 20 characters each.";
        LinkedAlready = Conflict "already_linked", "These two records are linked already.";
        LinkToItself = Invalid "link_to_itself", "A record cannot be linked to itself.";
        SearchTooWide = Invalid "search_too_wide", "A family name alone is not searched: say the given name or the year of birth as well.";
        LinkUnknown = Absent "not_found", "There is no such link on this person.";
    }
}

impl DescribePerson {
    fn check(&self, today: Date) -> Result<(), PersonRefusal> {
        if !well_formed(&self.names) {
            return Err(PersonRefusal::NameLength);
        }
        if self.birth.age_on(today).is_none() && !self.born_this_year(today) {
            return Err(PersonRefusal::BirthImpossible);
        }
        let dialable = |number: &Personal| (5..=20).contains(&number.length());
        if self.telephones.len() > 8 || !self.telephones.iter().all(dialable) {
            return Err(PersonRefusal::Telephones);
        }
        Ok(())
    }

    /// A child of this year whose day or month is unknown.
    fn born_this_year(&self, today: Date) -> bool {
        match self.birth {
            Birth::Day { .. } => false,
            Birth::Month { year, month } => {
                (1..=12).contains(&month) && (year, month) == (today.year(), today.month())
            }
            Birth::Year { year } => year == today.year(),
        }
    }
}

/// One to eight names, each of a length that a name can have.
fn well_formed(names: &[PersonName]) -> bool {
    let whole = |text: &Personal| (1..=100).contains(&text.length()) && few_marks(text.reveal());
    let parts = |name: &PersonName| {
        whole(&name.family)
            && name.given.as_ref().is_none_or(whole)
            && name.patronymic.as_ref().is_none_or(whole)
    };
    (1..=8).contains(&names.len()) && names.iter().all(parts)
}

/// At most four combining marks in a row: real names have one or two.
fn few_marks(text: &str) -> bool {
    let mut run = 0;
    text.chars().all(|letter| {
        run = if ('\u{300}'..='\u{36f}').contains(&letter) { run + 1 } else { 0 };
        run <= 4 && !letter.is_control()
    })
}

impl Decider for Person {
    const CATEGORY: &'static str = "person";

    type Command = PersonCommand;
    type Event = PersonEvent;
    type Refusal = PersonRefusal;

    fn decide(
        &self,
        command: &PersonCommand,
        context: &Context<'_>,
    ) -> Result<Vec<PersonEvent>, PersonRefusal> {
        match (&self.description, command) {
            (None, PersonCommand::Register(description)) => {
                description.check(context.today)?;
                let organisation = context.actor.organisation.clone();
                let (description, person) = (description.clone(), Some(PersonId(context.new_id)));
                Ok(vec![PersonEvent::Registered { description, organisation, person }])
            }
            (None, _) => Err(PersonRefusal::Unknown),
            (Some(_), PersonCommand::Register(_)) => Err(PersonRefusal::AlreadyRegistered),
            (Some(known), PersonCommand::Correct(description)) => {
                description.check(context.today)?;
                if known == description {
                    return Ok(vec![]);
                }
                Ok(vec![PersonEvent::Corrected { description: description.clone() }])
            }
            (Some(_), PersonCommand::Link(link)) => {
                if self.links.values().any(|other| *other == link.other) {
                    return Err(PersonRefusal::LinkedAlready);
                }
                let (other, reason) = (link.other, link.reason);
                Ok(vec![PersonEvent::Linked { link: LinkId(context.new_id), other, reason }])
            }
            (Some(_), PersonCommand::UndoLink(link)) => {
                let other = *self.links.get(link).ok_or(PersonRefusal::LinkUnknown)?;
                Ok(vec![PersonEvent::Unlinked { link: *link, other }])
            }
        }
    }

    fn evolve(mut self, fact: &Fact<PersonEvent>) -> Self {
        match &fact.event {
            PersonEvent::Registered { description, organisation, person } => {
                self.id = *person;
                self.description = Some(description.clone());
                self.organisation = Some(organisation.clone());
            }
            PersonEvent::Corrected { description } => self.description = Some(description.clone()),
            PersonEvent::Linked { link, other, .. } => {
                self.links.insert(*link, *other);
            }
            PersonEvent::Unlinked { link, .. } => {
                self.links.remove(link);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
