//! Consents to share HIV data: apart from all others, default deny, and in Russia for a named recipient alone.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal};
use crate::{
    case::consent::{Purpose, Recipient},
    decider::Context,
    ids::{ConsentId, Country, OrganisationId},
    organisation::OrganisationKind,
    refusal::refusals,
};

/// Records what the person agreed to, or declined, about HIV data.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordHivConsent {
    /// Agreed, or declined.
    pub given: bool,
    /// For what.
    pub purpose: Purpose,
    /// To whom; at least one. An organisation in Russia, or an authority anywhere, is named itself.
    #[schemars(length(min = 1, max = 16))]
    pub recipients: Vec<Recipient>,
    /// First day in force.
    #[schemars(with = "String", extend("format" = "date"))]
    pub valid_from: Date,
    /// Last day in force; absent means until withdrawn.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub valid_until: Option<Date>,
    /// The version of the form that was explained.
    #[schemars(length(min = 1, max = 64))]
    pub form_version: String,
}

/// Takes a consent back; the consent is named by the address.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawHivConsent {}

/// The person agreed or declined.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordHivConsent`")]
pub struct HivConsentRecorded {
    pub consent: ConsentId,
    pub given: bool,
    pub purpose: Purpose,
    pub recipients: Vec<Recipient>,
    #[schemars(with = "String", extend("format" = "date"))]
    pub valid_from: Date,
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub valid_until: Option<Date>,
    pub form_version: String,
}

/// The person took the consent back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HivConsentWithdrawn {
    /// Which one.
    pub consent: ConsentId,
}

/// A consent as it stands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HivConsent {
    /// What was agreed.
    pub said: HivConsentRecorded,
    /// Whether it was taken back.
    pub withdrawn: bool,
}

/// Every consent ever asked for.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HivConsents(pub BTreeMap<ConsentId, HivConsent>);

/// Why somebody may read the record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "ground", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-vocabulary" = "hiv-reading-grounds"))]
pub enum Ground {
    /// The reader's organisation answers for this care.
    OwnRecord,
    /// The person agreed to it.
    Consent {
        /// In this consent.
        consent: ConsentId,
    },
}

refusals! {
    /// Why a consent about HIV data is refused, or does not reach.
    HivConsentRefusal {
        ConsentUnknown = Absent "not_found", "There is no such consent in this record.";
        Backwards = Invalid "consent_period_backwards", "A consent cannot end before it begins.";
        NobodyNamed = Invalid "hiv_consent_without_recipient", "Name at least one recipient, and at most sixteen.";
        NoFormVersion = Invalid "consent_form_version_missing", "Name the version of the form that was explained (1 to 64 characters).";
        NameTheRecipient { country: Country } = Invalid "hiv_consent_too_wide",
            "HIV data go to an organisation in {country} only when the person names that organisation: list each recipient by itself.";
        NotCovered { to: OrganisationId } = Conflict "hiv_consent_missing",
            "No consent in force lets HIV data go to {to}: ask the person, and record a consent that names it or its country.";
    }
}

impl RecordHivConsent {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.asks_for_consent(context)?;
        if self.valid_until.is_some_and(|until| until < self.valid_from) {
            return Err(HivConsentRefusal::Backwards.into());
        }
        if !(1..=16).contains(&self.recipients.len()) {
            return Err(HivConsentRefusal::NobodyNamed.into());
        }
        if !(1..=64).contains(&self.form_version.trim().len()) {
            return Err(HivConsentRefusal::NoFormVersion.into());
        }
        // A status known to an actor there can mean expulsion (38-FZ art. 10 of the Russian Federation).
        let wide = |recipient: &&Recipient| **recipient == Recipient::Country(Country::RU);
        if self.given && self.recipients.iter().any(|recipient| wide(&recipient)) {
            return Err(HivConsentRefusal::NameTheRecipient { country: Country::RU }.into());
        }
        Ok(vec![HivEvent::ConsentRecorded(HivConsentRecorded {
            consent: ConsentId(context.new_id),
            given: self.given,
            purpose: self.purpose,
            recipients: self.recipients.clone(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            form_version: self.form_version.clone(),
        })])
    }
}

impl HivRecord {
    /// Who answers asks the patient; a centre that registered them from afar does so while a consent still covers it, or it
    /// could give back to itself what the patient has taken away.
    fn asks_for_consent(&self, context: &Context<'_>) -> Result<(), HivRefusal> {
        self.cares(&context.actor)?;
        if self.answers(&context.actor).is_ok() {
            return Ok(());
        }
        self.consents.allow(&context.actor.organisation, context)?;
        Ok(())
    }
}

impl WithdrawHivConsent {
    /// A withdrawal closes at once every live handoff that no other consent carries.
    pub(super) fn decide(
        consent: ConsentId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.may_add_late(&context.actor)?;
        let found = record.consents.0.get(&consent).ok_or(HivConsentRefusal::ConsentUnknown)?;
        if found.withdrawn {
            return Ok(vec![]);
        }
        let event = HivConsentWithdrawn { consent };
        let mut left = record.consents.clone();
        left.withdrawn(&event);
        let mut events = vec![HivEvent::ConsentWithdrawn(event)];
        events.extend(record.handoffs.without_ground(&left, context));
        Ok(events)
    }
}

impl HivConsents {
    pub(super) fn recorded(&mut self, event: &HivConsentRecorded) {
        self.0.insert(event.consent, HivConsent { said: event.clone(), withdrawn: false });
    }

    pub(super) fn withdrawn(&mut self, event: &HivConsentWithdrawn) {
        if let Some(consent) = self.0.get_mut(&event.consent) {
            consent.withdrawn = true;
        }
    }

    /// The consent under which an organisation may see HIV data today. A country reaches neither Russia nor an authority:
    /// these are named, or get nothing.
    pub fn covering(
        &self,
        (organisation, country, kind): (&OrganisationId, Country, OrganisationKind),
        today: Date,
    ) -> Option<ConsentId> {
        let named_only = country == Country::RU || kind == OrganisationKind::Government;
        let covers = |recipient: &Recipient| match recipient {
            Recipient::Country(_) if named_only => false,
            recipient => recipient.covers(Some(organisation), country),
        };
        let in_force = |consent: &HivConsent| {
            let said = &consent.said;
            let lasts = said.valid_until.is_none_or(|until| today <= until);
            said.given && !consent.withdrawn && said.valid_from <= today && lasts
        };
        let shares = |consent: &HivConsent| consent.said.purpose != Purpose::Monitoring;
        self.0
            .values()
            .find(|consent| {
                in_force(consent) && shares(consent) && consent.said.recipients.iter().any(covers)
            })
            .map(|consent| consent.said.consent)
    }

    /// The same for an organisation of the directory, or why its data stay.
    pub(super) fn allow(
        &self,
        to: &OrganisationId,
        context: &Context<'_>,
    ) -> Result<ConsentId, HivConsentRefusal> {
        let found = context.directory.active(to);
        found
            .and_then(|found| self.covering((to, found.country(), found.kind), context.today))
            .ok_or_else(|| HivConsentRefusal::NotCovered { to: to.clone() })
    }
}
