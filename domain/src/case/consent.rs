//! Consents: for what, to whom, which data, for how long; each disclosure names the one it rests on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{
    decider::Context,
    ids::{ConsentId, Country, OrganisationId},
    refusal::refusals,
};

/// What the data may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "consent-purposes"))]
pub enum Purpose {
    /// Screening, examination and treatment by those who ask.
    Care,
    /// Handing data on so that care goes on elsewhere.
    ContinuityOfCare,
    /// Counting for the programme, without a name.
    Monitoring,
}

/// Which data. HIV data have consents of their own, in the HIV record, and no class here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "data-classes"))]
pub enum DataClass {
    /// Names, birth date, documents.
    Identity,
    /// Telephone and address at both ends.
    Contact,
    /// Tuberculosis: tests, diagnosis, treatment.
    Tb,
    /// Support given and needs.
    Support,
}

impl DataClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Contact, Self::Tb, Self::Support];

    /// The code on the wire and in the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Tb => "tb",
            Self::Support => "support",
        }
    }
}

/// Who may receive the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Recipient {
    /// Any organisation of the network in this country.
    Country(Country),
    /// This organisation alone.
    Organisation(OrganisationId),
}

impl Recipient {
    /// Whether an organisation in a country is among the recipients.
    pub fn covers(&self, organisation: Option<&OrganisationId>, country: Country) -> bool {
        match self {
            Self::Country(named) => *named == country,
            Self::Organisation(named) => organisation == Some(named),
        }
    }
}

/// Records what the person agreed to, or declined.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    /// Agreed, or declined.
    pub given: bool,
    /// For what.
    pub purpose: Purpose,
    /// To whom; at least one.
    #[schemars(length(min = 1, max = 16))]
    pub recipients: Vec<Recipient>,
    /// Which data; at least one class.
    #[schemars(length(min = 1))]
    pub data_classes: BTreeSet<DataClass>,
    /// First day in force.
    #[schemars(with = "String", extend("format" = "date"))]
    pub valid_from: Date,
    /// Last day in force; absent means until withdrawn.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub valid_until: Option<Date>,
    /// The version of the form that was explained, e.g. `care-2026-01`.
    #[schemars(length(min = 1, max = 64))]
    pub form_version: String,
}

/// Takes a consent back; the consent is named by the address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawConsent {}

/// The person agreed or declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordConsent`")]
pub struct ConsentRecorded {
    pub consent: ConsentId,
    pub given: bool,
    pub purpose: Purpose,
    pub recipients: Vec<Recipient>,
    pub data_classes: BTreeSet<DataClass>,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
    pub form_version: String,
}

/// The person took the consent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentWithdrawn {
    /// Which one.
    pub consent: ConsentId,
}

/// Every consent ever asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    /// By id, with whether it was withdrawn.
    pub all: BTreeMap<ConsentId, (ConsentRecorded, bool)>,
}

refusals! {
    /// Why a consent is refused.
    ConsentRefusal {
        ConsentUnknown = Absent "not_found", "There is no such consent on this case.";
        Backwards = Invalid "consent_period_backwards", "A consent cannot end before it begins.";
        NobodyNamed = Invalid "consent_without_recipient", "Name at least one recipient and one class of data.";
        NoFormVersion = Invalid "consent_form_version_missing", "Name the version of the form that was explained (1 to 64 characters).";
    }
}

impl RecordConsent {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.valid_until.is_some_and(|until| until < self.valid_from) {
            return Err(ConsentRefusal::Backwards.into());
        }
        if self.recipients.is_empty() || self.recipients.len() > 16 || self.data_classes.is_empty() {
            return Err(ConsentRefusal::NobodyNamed.into());
        }
        if !(1..=64).contains(&self.form_version.trim().len()) {
            return Err(ConsentRefusal::NoFormVersion.into());
        }
        Ok(vec![CaseEvent::ConsentRecorded(ConsentRecorded {
            consent: ConsentId(context.new_id),
            given: self.given,
            purpose: self.purpose,
            recipients: self.recipients.clone(),
            data_classes: self.data_classes.clone(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            form_version: self.form_version.clone(),
        })])
    }
}

impl WithdrawConsent {
    /// A withdrawal closes at once every live handoff that rested on the consent.
    pub(super) fn decide(
        consent: ConsentId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.may_add_late(&context.actor)?;
        let (_, withdrawn) = case.consents.all.get(&consent).ok_or(ConsentRefusal::ConsentUnknown)?;
        if *withdrawn {
            return Ok(vec![]);
        }
        let mut events = vec![CaseEvent::ConsentWithdrawn(ConsentWithdrawn { consent })];
        events.extend(case.handoffs.withdrawn_with(consent));
        Ok(events)
    }
}

impl Consents {
    pub(super) fn recorded(&mut self, event: &ConsentRecorded) {
        self.all.insert(event.consent, (event.clone(), false));
    }

    pub(super) fn withdrawn(&mut self, event: &ConsentWithdrawn) {
        if let Some((_, withdrawn)) = self.all.get_mut(&event.consent) {
            *withdrawn = true;
        }
    }

    /// Whether the person agreed to care itself: asked before anything is examined (WHO TB DAK, B2).
    pub fn care_agreed(&self, today: Date) -> bool {
        self.in_force(today).any(|consent| consent.purpose == Purpose::Care)
    }

    /// The consents under which these classes may go to this recipient, or the first class that none covers.
    pub fn covering(
        &self,
        classes: &BTreeSet<DataClass>,
        recipient: (Option<&OrganisationId>, Country),
        today: Date,
    ) -> Result<BTreeSet<ConsentId>, DataClass> {
        self.given_for(&[Purpose::ContinuityOfCare], classes, recipient, today)
    }

    /// The consents under which these classes may be shared for a service: care given here, or continued elsewhere.
    pub fn shared(
        &self,
        classes: &BTreeSet<DataClass>,
        recipient: (Option<&OrganisationId>, Country),
        today: Date,
    ) -> Result<BTreeSet<ConsentId>, DataClass> {
        self.given_for(&[Purpose::Care, Purpose::ContinuityOfCare], classes, recipient, today)
    }

    fn given_for(
        &self,
        purposes: &[Purpose],
        classes: &BTreeSet<DataClass>,
        recipient: (Option<&OrganisationId>, Country),
        today: Date,
    ) -> Result<BTreeSet<ConsentId>, DataClass> {
        let covering = |class: DataClass| {
            self.in_force(today)
                .find(|consent| {
                    purposes.contains(&consent.purpose)
                        && consent.data_classes.contains(&class)
                        && consent.recipients.iter().any(|named| named.covers(recipient.0, recipient.1))
                })
                .map(|consent| consent.consent)
                .ok_or(class)
        };
        classes.iter().copied().map(covering).collect()
    }

    fn in_force(&self, today: Date) -> impl Iterator<Item = &ConsentRecorded> {
        self.all.values().filter_map(move |(consent, withdrawn)| {
            let lasts = consent.valid_until.is_none_or(|until| today <= until);
            (consent.given && !withdrawn && consent.valid_from <= today && lasts).then_some(consent)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::DataClass;
    use crate::{case::fixtures::*, ids::Country, testing::given};

    fn covered(history: &[crate::case::CaseEvent], class: DataClass, country: Country) -> bool {
        let classes = BTreeSet::from([class]);
        given(history).state().consents.covering(&classes, (None, country), TODAY).is_ok()
    }

    #[test]
    fn a_consent_covers_only_the_country_and_the_classes_it_names() {
        let history = a_case_and([consent_to_share_tb(Country::KZ)]);
        assert!(covered(&history, DataClass::Tb, Country::KZ));
        assert!(!covered(&history, DataClass::Tb, Country::RU));
        assert!(!covered(&history, DataClass::Contact, Country::KZ));
    }

    #[test]
    fn a_withdrawn_consent_covers_nothing() {
        let history = a_case_and([consent_to_share_tb(Country::KZ), consent_withdrawn()]);
        assert!(!covered(&history, DataClass::Tb, Country::KZ));
    }

    #[test]
    fn a_consent_cannot_end_before_it_begins() {
        given(&a_case()).when(consent_backwards()).as_(&galaba()).refused("consent_period_backwards");
    }

    #[test]
    fn withdrawing_twice_changes_nothing() {
        let history = a_case_and([consent_to_share_tb(Country::KZ), consent_withdrawn()]);
        given(&history).when(withdraw_consent()).as_(&galaba()).nothing();
    }

    #[test]
    fn withdrawing_an_unknown_consent_is_refused() {
        given(&a_case()).when(withdraw_consent()).as_(&galaba()).refused("not_found");
    }
}
