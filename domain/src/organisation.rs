//! Organisations of the directory: what they are, where, and what they offer.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Role,
    case::programme::Programme,
    decider::{Context, Decider, Fact},
    ids::{Country, OrganisationId, PlaceId},
    refusal::refusals,
};

/// What kind of organisation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "organisation-kinds"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum OrganisationKind {
    Ngo,
    TbCentre,
    AidsCentre,
    Coordinator,
    Government,
    TrainingCentre,
    LegalAid,
    Microfinance,
}

/// A service that patients are referred or handed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "services"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Service {
    Coordination,
    TbDiagnosis,
    TbTreatment,
    DrTbTreatment,
    HivTesting,
    Art,
    PreDepartureOrientation,
    WorkerTraining,
    Outreach,
    Referral,
    CaseSupport,
    PeerSupport,
    MutualSupportTeam,
    FamilySupport,
    LegalAid,
    Microfinance,
}

impl Service {
    /// Given by clinicians, who need the medical record.
    pub const fn clinical(self) -> bool {
        matches!(
            self,
            Self::TbDiagnosis | Self::TbTreatment | Self::DrTbTreatment | Self::HivTesting | Self::Art
        )
    }

    /// Given to somebody whose case must be known: clinical services, and accompanying the person.
    pub const fn needs_the_case(self) -> bool {
        self.clinical() || matches!(self, Self::CaseSupport)
    }
}

/// Describes an organisation, new or known; the description replaces the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeOrganisation {
    /// The name, as the organisation writes it; 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it is.
    pub place: PlaceId,
    /// What it offers.
    pub services: BTreeSet<Service>,
    /// The telephone on which colleagues reach it, in international form (`+992372210000`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\+[0-9]{7,15}$"))]
    pub telephone: Option<String>,
}

/// What may be asked of an organisation's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganisationCommand {
    /// Describe it.
    Describe(OrganisationId, DescribeOrganisation),
    /// It no longer takes part.
    Deactivate(OrganisationId),
}

/// What happened to an organisation's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
pub enum OrganisationEvent {
    /// It was described.
    #[serde(rename = "organisation.described.v1")]
    Described {
        /// Which one.
        organisation: OrganisationId,
        /// How.
        description: DescribeOrganisation,
    },
    /// It no longer takes part.
    #[serde(rename = "organisation.deactivated.v1")]
    Deactivated {
        /// Which one.
        organisation: OrganisationId,
    },
}

/// An organisation as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationState {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it is.
    pub place: PlaceId,
    /// What it offers.
    pub services: BTreeSet<Service>,
    /// The telephone on which colleagues reach it.
    #[serde(default)]
    pub telephone: Option<String>,
    /// Whether it takes part now.
    pub active: bool,
}

impl OrganisationState {
    /// The country it is in.
    pub fn country(&self) -> Country {
        self.place.country()
    }

    /// Whether a worker of this role can work here: clinicians only where their service is offered.
    pub fn employs(&self, role: Role) -> bool {
        let any: &[Service] = match role {
            Role::TbClinician => &[Service::TbDiagnosis, Service::TbTreatment, Service::DrTbTreatment],
            Role::HivClinician => &[Service::HivTesting, Service::Art],
            _ => return true,
        };
        any.iter().any(|service| self.services.contains(service))
    }

    /// Whether it can take over a programme.
    pub fn takes(&self, programme: Programme) -> bool {
        let any: &[Service] = match programme {
            Programme::Tb => &[Service::TbTreatment, Service::DrTbTreatment],
            Programme::Support => &[Service::CaseSupport, Service::TbTreatment, Service::PeerSupport],
        };
        any.iter().any(|service| self.services.contains(service))
    }
}

/// The record of one organisation; absent until it is described.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organisation(pub Option<OrganisationState>);

refusals! {
    /// Why a change of the directory is refused.
    OrganisationRefusal {
        Unknown = Absent "not_found", "There is no such organisation.";
        PlaceUnknown = Invalid "place_unknown", "The place is not known; look it up in the directory of places.";
        Name = Invalid "organisation_name_length", "A name has 1 to 200 characters.";
        Telephone = Invalid "organisation_telephone", "A telephone number is a plus sign and 7 to 15 digits.";
        Reserved = Invalid "organisation_id_reserved", "Names that begin with external- stand for destinations outside the network.";
    }
}

/// How the names of destinations outside the network begin; no organisation of the directory has such a name.
pub const EXTERNAL: &str = "external-";

/// An international number: a plus sign and 7 to 15 digits (ITU-T E.164).
fn is_telephone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl Decider for Organisation {
    const CATEGORY: &'static str = "organisation";

    type Command = OrganisationCommand;
    type Event = OrganisationEvent;
    type Refusal = OrganisationRefusal;

    fn decide(
        &self,
        command: &OrganisationCommand,
        context: &Context<'_>,
    ) -> Result<Vec<OrganisationEvent>, OrganisationRefusal> {
        match command {
            OrganisationCommand::Describe(organisation, description) => {
                if !(1..=200).contains(&description.name.trim().chars().count()) {
                    return Err(OrganisationRefusal::Name);
                }
                if organisation.as_str().starts_with(EXTERNAL) {
                    return Err(OrganisationRefusal::Reserved);
                }
                if description.telephone.as_deref().is_some_and(|number| !is_telephone(number)) {
                    return Err(OrganisationRefusal::Telephone);
                }
                if !context.places.knows(&description.place) {
                    return Err(OrganisationRefusal::PlaceUnknown);
                }
                if self.0.as_ref() == Some(&OrganisationState::from(description)) {
                    return Ok(vec![]);
                }
                Ok(vec![OrganisationEvent::Described {
                    organisation: organisation.clone(),
                    description: description.clone(),
                }])
            }
            OrganisationCommand::Deactivate(organisation) => match &self.0 {
                None => Err(OrganisationRefusal::Unknown),
                Some(state) if !state.active => Ok(vec![]),
                Some(_) => Ok(vec![OrganisationEvent::Deactivated { organisation: organisation.clone() }]),
            },
        }
    }

    fn evolve(self, fact: &Fact<OrganisationEvent>) -> Self {
        match &fact.event {
            OrganisationEvent::Described { description, .. } => Self(Some(description.into())),
            OrganisationEvent::Deactivated { .. } => {
                Self(self.0.map(|state| OrganisationState { active: false, ..state }))
            }
        }
    }
}

impl From<&DescribeOrganisation> for OrganisationState {
    fn from(description: &DescribeOrganisation) -> Self {
        Self {
            name: description.name.clone(),
            kind: description.kind,
            place: description.place.clone(),
            services: description.services.clone(),
            telephone: description.telephone.clone(),
            active: true,
        }
    }
}
