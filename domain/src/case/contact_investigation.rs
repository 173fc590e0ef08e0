//! Contact investigation: who shared the air with the patient, and what came of looking at them.
//!
//! A contact is listed on the patient's case without a name: who it is stands in a person's record, and what care a
//! contact needs stands on a case of their own. The other side never learns through whom (WHO TB DAK, B4; CDC `CureTB`,
//! contact notification).

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{
    decider::{Context, Fact},
    ids::{CaseId, ContactId, PersonId, PlaceId},
    refusal::refusals,
};

/// Where the air was shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "contact-settings"))]
pub enum ContactSetting {
    /// Under one roof.
    Household,
    /// In a workers' dormitory or trailer.
    Dormitory,
    /// At work.
    Workplace,
    /// On the road: a train, a bus, a car.
    Travel,
    /// Relatives and friends who live elsewhere.
    FamilyAndFriends,
    /// In a health facility.
    HealthFacility,
    /// In detention.
    Detention,
    /// Somewhere else.
    Other,
}

/// What came of looking at a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "contact-results"))]
pub enum ContactResult {
    /// Screened, and no sign of tuberculosis.
    NoSign,
    /// Screened, and tuberculosis is presumed: examine.
    Presumptive,
    /// Tuberculosis was diagnosed.
    Diagnosed,
    /// Preventive treatment was begun.
    PreventiveTreatment,
    /// Does not want to be screened.
    Declined,
    /// Could not be reached.
    NotReached,
}

impl ContactResult {
    /// Whether somebody has looked at the contact.
    pub const fn screened(self) -> bool {
        matches!(self, Self::NoSign | Self::Presumptive | Self::Diagnosed | Self::PreventiveTreatment)
    }
}

/// Lists a contact of the patient.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListContact {
    /// Where the air was shared.
    pub setting: ContactSetting,
    /// Where the contact is now: a country, or a place in it.
    pub place: PlaceId,
    /// The contact's own record, where the person has agreed to have one.
    pub person: Option<PersonId>,
    /// The last day together, if known.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub last_contact_on: Option<Date>,
    /// Younger than five: such children fall ill soon after the exposure, and badly (WHO TB DAK, E6).
    pub under_five: bool,
}

/// Records what came of looking at a contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordContactResult {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What came of it.
    pub result: ContactResult,
}

/// Links a contact to the case that has been opened for them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkContact {
    /// The contact's own case.
    pub case: CaseId,
}

/// Takes a contact off the list that should never have been on it; the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveContact {}

/// A contact was listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ListContact`")]
pub struct ContactListed {
    pub contact: ContactId,
    pub setting: ContactSetting,
    pub place: PlaceId,
    pub person: Option<PersonId>,
    pub last_contact_on: Option<Date>,
    pub under_five: bool,
}

/// Something came of looking at a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordContactResult`")]
pub struct ContactResultRecorded {
    pub contact: ContactId,
    pub on: Date,
    pub result: ContactResult,
}

/// A contact has a case of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `LinkContact`")]
pub struct ContactLinked {
    pub contact: ContactId,
    pub case: CaseId,
}

/// A contact should never have been listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRemoved {
    /// Which one.
    pub contact: ContactId,
}

/// A contact as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `ListContact`")]
pub struct Contact {
    pub setting: ContactSetting,
    pub place: PlaceId,
    pub person: Option<PersonId>,
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub last_contact_on: Option<Date>,
    pub under_five: bool,
    /// When it was listed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub listed_at: Timestamp,
    /// What came of looking last, and on which day.
    pub result: Option<RecordedContactResult>,
    /// The contact's own case.
    pub case: Option<CaseId>,
}

/// What came of looking at a contact, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedContactResult {
    /// What came of it.
    pub result: ContactResult,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// Everybody who shared the air with the patient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacts {
    /// By id; those listed in error are not among them.
    pub all: BTreeMap<ContactId, Contact>,
}

refusals! {
    /// Why a step of a contact investigation is refused.
    ContactRefusal {
        ContactUnknown = Absent "not_found", "There is no such contact on this case.";
        PlaceUnknown = Invalid "contact_place_unknown", "There is no such place in the list of places.";
        ContactLater = Invalid "contact_in_the_future", "This is recorded when it has happened, not before.";
        LinkedAlready = Conflict "contact_linked", "This contact has a case of their own already.";
        ContactHasCase = Conflict "contact_has_case", "A contact with a case of their own cannot be taken off the list.";
    }
}

impl ListContact {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if !context.places.knows(&self.place) {
            return Err(ContactRefusal::PlaceUnknown.into());
        }
        if self.last_contact_on.is_some_and(|on| on > context.today) {
            return Err(ContactRefusal::ContactLater.into());
        }
        Ok(vec![CaseEvent::ContactListed(ContactListed {
            contact: ContactId(context.new_id),
            setting: self.setting,
            place: self.place.clone(),
            person: self.person,
            last_contact_on: self.last_contact_on,
            under_five: self.under_five,
        })])
    }
}

impl RecordContactResult {
    pub(super) fn decide(
        &self,
        id: ContactId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.may_add_late(&context.actor)?;
        let contact = case.contacts.known(id)?;
        if self.on > context.today {
            return Err(ContactRefusal::ContactLater.into());
        }
        if contact.result == Some(RecordedContactResult { result: self.result, on: self.on }) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::ContactResultRecorded(ContactResultRecorded {
            contact: id,
            on: self.on,
            result: self.result,
        })])
    }
}

impl LinkContact {
    pub(super) fn decide(
        &self,
        id: ContactId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        match case.contacts.known(id)?.case {
            Some(known) if known == self.case => Ok(vec![]),
            Some(_) => Err(ContactRefusal::LinkedAlready.into()),
            None => Ok(vec![CaseEvent::ContactLinked(ContactLinked { contact: id, case: self.case })]),
        }
    }
}

impl RemoveContact {
    pub(super) fn decide(
        id: ContactId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if case.contacts.known(id)?.case.is_some() {
            return Err(ContactRefusal::ContactHasCase.into());
        }
        Ok(vec![CaseEvent::ContactRemoved(ContactRemoved { contact: id })])
    }
}

impl Contacts {
    fn known(&self, id: ContactId) -> Result<&Contact, ContactRefusal> {
        self.all.get(&id).ok_or(ContactRefusal::ContactUnknown)
    }

    /// Contacts at whom nobody has looked yet.
    pub fn unscreened(&self) -> impl Iterator<Item = (&ContactId, &Contact)> {
        let waits = |contact: &Contact| {
            contact.case.is_none()
                && contact.result.is_none_or(|known| known.result == ContactResult::NotReached)
        };
        self.all.iter().filter(move |(_, contact)| waits(contact))
    }

    pub(super) fn take_in(&mut self, fact: &Fact<CaseEvent>) {
        match &fact.event {
            CaseEvent::ContactListed(event) => {
                let contact = Contact {
                    setting: event.setting,
                    place: event.place.clone(),
                    person: event.person,
                    last_contact_on: event.last_contact_on,
                    under_five: event.under_five,
                    listed_at: fact.recorded_at,
                    result: None,
                    case: None,
                };
                self.all.insert(event.contact, contact);
            }
            CaseEvent::ContactResultRecorded(event) => {
                let result = RecordedContactResult { result: event.result, on: event.on };
                if let Some(contact) = self.all.get_mut(&event.contact)
                    && contact.result.is_none_or(|known| known.on <= event.on)
                {
                    contact.result = Some(result);
                }
            }
            CaseEvent::ContactLinked(event) => {
                if let Some(contact) = self.all.get_mut(&event.contact) {
                    contact.case = Some(event.case);
                }
            }
            CaseEvent::ContactRemoved(event) => {
                self.all.remove(&event.contact);
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ContactResult;
    use crate::{case::fixtures::*, testing::given};

    #[test]
    fn a_contact_is_listed_without_a_name_and_waits_to_be_looked_at() {
        given(&a_case())
            .when(list_contact("tj-farkhor", None))
            .as_(&galaba())
            .then(&[contact_listed("tj-farkhor")]);
        let case = given(&a_case_and([contact_listed("tj-farkhor")])).state();
        assert_eq!(case.contacts.unscreened().count(), 1);
    }

    #[test]
    fn a_contact_at_whom_somebody_has_looked_waits_no_more_and_one_not_reached_does() {
        for (result, waits) in [
            (ContactResult::NoSign, 0),
            (ContactResult::Presumptive, 0),
            (ContactResult::PreventiveTreatment, 0),
            (ContactResult::Declined, 0),
            (ContactResult::NotReached, 1),
        ] {
            let history = a_case_and([contact_listed("tj-farkhor"), contact_looked_at(result, TODAY)]);
            assert_eq!(given(&history).state().contacts.unscreened().count(), waits, "{result:?}");
        }
    }

    #[test]
    fn the_latest_look_stands_whatever_order_it_was_recorded_in() {
        let earlier = TODAY.yesterday().unwrap();
        let history = a_case_and([
            contact_listed("tj-farkhor"),
            contact_looked_at(ContactResult::Presumptive, TODAY),
            contact_looked_at(ContactResult::NotReached, earlier),
        ]);
        let case = given(&history).state();
        let known = case.contacts.all.values().next().and_then(|contact| contact.result);
        assert_eq!(known.map(|known| known.result), Some(ContactResult::Presumptive));
    }

    #[test]
    fn a_contact_has_one_case_and_then_stays_on_the_list() {
        let listed = a_case_and([contact_listed("tj-farkhor")]);
        given(&listed).when(link_contact(9)).as_(&galaba()).then(&[contact_linked(9)]);
        let linked = a_case_and([contact_listed("tj-farkhor"), contact_linked(9)]);
        given(&linked).when(link_contact(9)).as_(&galaba()).then(&[]);
        given(&linked).when(link_contact(8)).as_(&galaba()).refused("contact_linked");
        given(&linked).when(remove_contact()).as_(&galaba()).refused("contact_has_case");
    }

    #[test]
    fn a_contact_listed_in_error_is_known_no_more() {
        let listed = a_case_and([contact_listed("tj-farkhor")]);
        given(&listed).when(remove_contact()).as_(&galaba()).then(&[contact_removed()]);
        let removed = a_case_and([contact_listed("tj-farkhor"), contact_removed()]);
        given(&removed)
            .when(look_at_contact(ContactResult::NoSign, TODAY))
            .as_(&galaba())
            .refused("not_found");
    }

    #[test]
    fn nobody_met_or_was_looked_at_tomorrow() {
        let tomorrow = TODAY.tomorrow().unwrap();
        given(&a_case())
            .when(list_contact("tj-farkhor", Some(tomorrow)))
            .as_(&galaba())
            .refused("contact_in_the_future");
        given(&a_case_and([contact_listed("tj-farkhor")]))
            .when(look_at_contact(ContactResult::NoSign, tomorrow))
            .as_(&galaba())
            .refused("contact_in_the_future");
    }

    #[test]
    fn a_place_that_nobody_knows_is_refused() {
        given(&a_case())
            .when(list_contact("tj-nowhere", None))
            .as_(&galaba())
            .refused("contact_place_unknown");
    }

    #[test]
    fn an_organisation_without_a_tie_lists_nobody() {
        given(&a_case()).when(list_contact("tj-farkhor", None)).as_(&dushanbe()).refused("not_caring");
    }
}
