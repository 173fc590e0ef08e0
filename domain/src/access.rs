//! Accesses: what of patients was shown, to whom and on which ground; which records are watched; what gave the alarm.
//!
//! They have a log of their own, so that readers do not lengthen the log of care and each can be kept, proven and lost
//! alone. No HIV record is named in it: a reading of one is a fact of that record (`hiv/reading.rs`).

pub mod canary;
pub mod watch;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actor::{Actor, Role},
    case::{
        handoff::disclosure::DisclosureGround,
        reading::{ClassGround, Opened},
        standing::Standing,
    },
    ids::{CaseId, ConsentId, EmergencyId, ExportId, PersonId},
    policy::Action,
};

/// The ground on which something was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "access-grounds"))]
pub enum AccessGround {
    /// The reader's organisation answers for the record.
    Responsible,
    /// It has the patient in the house.
    Provisional,
    /// It expects the patient.
    Expecting,
    /// It answered for the record once.
    Former,
    /// It was offered the patient.
    Offered,
    /// A row of the reader's own lists.
    OwnList,
    /// The sender reads what it sent.
    OwnRecord,
    /// The patient agreed.
    Consents,
    /// The sender overrode the consent rule, for a while.
    Override,
    /// An auditor may read any case.
    Audit,
    /// The reader opened the case in an emergency, for an hour.
    Emergency,
    /// It left with many others in an export that two persons agreed on.
    Export,
}

impl AccessGround {
    /// The ground of a reader whose organisation has this tie to the record.
    pub fn of(reader: &Actor, standing: Option<Standing>) -> Self {
        match standing {
            _ if reader.role == Role::Auditor => Self::Audit,
            Some(Standing::Responsible) => Self::Responsible,
            Some(Standing::Provisional) => Self::Provisional,
            Some(Standing::Expecting) => Self::Expecting,
            Some(Standing::Former) => Self::Former,
            Some(Standing::Offered) => Self::Offered,
            None => Self::OwnList,
        }
    }
}

/// One reading: everything that one answer showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// By which function, as the policy calls it.
    pub what: String,
    /// Of which cases.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cases: BTreeSet<CaseId>,
    /// Of which persons.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub persons: BTreeSet<PersonId>,
    /// On which ground.
    pub ground: AccessGround,
    /// Under which consents, where the ground is consent; each names its own version of the form.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub consents: BTreeSet<ConsentId>,
    /// Which emergency access it was, where that is the ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<EmergencyId>,
    /// With which export it left, where that is the ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportId>,
    /// Whether the records themselves were shown, and not only rows that name them.
    pub opened: bool,
}

impl Reading {
    /// Records are shown.
    pub fn opened(action: Action, ground: AccessGround) -> Self {
        let what = action.code().to_owned();
        let (cases, persons, consents) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { what, cases, persons, ground, consents, emergency: None, export: None, opened: true }
    }

    /// Rows of the reader's own lists are shown.
    pub fn listed(action: Action) -> Self {
        Self { opened: false, ..Self::opened(action, AccessGround::OwnList) }
    }

    /// The records of the reader's own lists are shown whole.
    pub fn opened_in_list(action: Action) -> Self {
        Self::opened(action, AccessGround::OwnList)
    }

    /// What was sent along with a handoff is shown.
    pub fn disclosed(action: Action, ground: &DisclosureGround) -> Self {
        let (ground, consents) = match ground {
            DisclosureGround::OwnRecord => (AccessGround::OwnRecord, BTreeSet::new()),
            DisclosureGround::Consents(consents) => (AccessGround::Consents, consents.clone()),
            DisclosureGround::Override => (AccessGround::Override, BTreeSet::new()),
            DisclosureGround::Audit => (AccessGround::Audit, BTreeSet::new()),
        };
        Self { consents, ..Self::opened(action, ground) }
    }

    /// Under this emergency access.
    #[must_use]
    pub fn in_emergency(self, emergency: EmergencyId) -> Self {
        Self { ground: AccessGround::Emergency, emergency: Some(emergency), ..self }
    }

    /// Under this export.
    #[must_use]
    pub fn in_export(self, export: ExportId) -> Self {
        Self { ground: AccessGround::Export, export: Some(export), ..self }
    }

    /// Whether it counts among what a day's work needs: what leaves with an export has a budget of its own.
    pub fn counts(&self) -> bool {
        self.opened && self.ground != AccessGround::Export
    }

    /// A case is shown, as far as it is open to the reader. Whose organisation answers for some of it reads that for itself and the
    /// rest under the consents that are named; everybody else reads under consents, or for a while under an override.
    pub fn of_case(action: Action, ground: AccessGround, opened: &Opened) -> Self {
        let consents = opened.consents();
        let ground = match ground {
            AccessGround::Expecting | AccessGround::Former if opened.rests_on(ClassGround::Override) => {
                AccessGround::Override
            }
            AccessGround::Expecting | AccessGround::Former
                if !opened.rests_on(ClassGround::Own) && !consents.is_empty() =>
            {
                AccessGround::Consents
            }
            ground => ground,
        };
        Self { consents, ..Self::opened(action, ground) }
    }

    /// Of these cases.
    #[must_use]
    pub fn cases(mut self, cases: impl IntoIterator<Item = CaseId>) -> Self {
        self.cases.extend(cases);
        self
    }

    /// Of these persons.
    #[must_use]
    pub fn persons(mut self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.persons.extend(persons);
        self
    }

    /// Whether it tells anything: whom it shows, or that the one who was searched for is not found.
    pub fn tells(&self) -> bool {
        self.records().next().is_some() || self.what == Action::SearchPersons.code()
    }

    /// Every record it names, cases and persons alike.
    pub fn records(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.cases.iter().map(|case| case.0).chain(self.persons.iter().map(|person| person.0))
    }
}

/// Why somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "alert-kinds"))]
pub enum AlertKind {
    /// Somebody has opened a record that nobody has a reason to open.
    CanaryOpened,
    /// Somebody has tried to open more records than a day's work needs.
    BudgetExceeded,
    /// Somebody has opened a record of others in an emergency.
    EmergencyOpened,
}

impl AlertKind {
    /// The word on the wire, in the log and in the metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CanaryOpened => "canary_opened",
            Self::BudgetExceeded => "budget_exceeded",
            Self::EmergencyOpened => "emergency_opened",
        }
    }
}

/// An alarm; who gave cause for it and when is with every event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Why.
    pub kind: AlertKind,
    /// By which function, as the policy calls it.
    pub what: String,
    /// Which cases were, or were not, shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cases: BTreeSet<CaseId>,
    /// Which persons.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub persons: BTreeSet<PersonId>,
}

impl Alert {
    /// The alarm that a reading gives.
    pub fn of(kind: AlertKind, reading: &Reading) -> Self {
        let Reading { what, cases, persons, .. } = reading.clone();
        Self { kind, what, cases, persons }
    }
}

/// What the access log holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum AccessEvent {
    /// Something was shown.
    #[serde(rename = "reading.made.v1")]
    Read(Reading),
    /// A case is watched from now on, or no longer.
    #[serde(rename = "canary.set.v1")]
    CanarySet(canary::CanarySet),
    /// Something gave the alarm.
    #[serde(rename = "alert.raised.v1")]
    Alerted(Alert),
}
