//! Who acts: a worker of an organisation, in a role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{Country, OrganisationId, WorkerId};

/// What a worker is employed to do; rights follow from it through [`crate::policy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "roles"))]
pub enum Role {
    /// Meets migrants where they are: stations, border posts, workplaces.
    OutreachWorker,
    /// Opens cases of an NGO and hands them over.
    SocialWorker,
    /// Clinician of a TB centre: diagnoses, treats, accepts patients, confirms outcomes.
    TbClinician,
    /// Clinician of an AIDS centre.
    HivClinician,
    /// Reads indicators of a programme, never a name and never a single case.
    Coordinator,
    /// Replays histories and checks their proofs; changes nothing.
    Auditor,
    /// Keeps the directory; sees no case.
    Administrator,
    /// A machine of a partner system.
    Integrator,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::OutreachWorker,
        Self::SocialWorker,
        Self::TbClinician,
        Self::HivClinician,
        Self::Coordinator,
        Self::Auditor,
        Self::Administrator,
        Self::Integrator,
    ];

    /// The code on the wire and in the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OutreachWorker => "outreach_worker",
            Self::SocialWorker => "social_worker",
            Self::TbClinician => "tb_clinician",
            Self::HivClinician => "hiv_clinician",
            Self::Coordinator => "coordinator",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::Integrator => "integrator",
        }
    }
}

/// The operator at the command line; no token can name it, for no worker of the directory is called so.
pub const OPERATOR: &str = "safar-operator";

impl Actor {
    /// Whether this is the operator at the command line of a node, who describes the first directory.
    pub fn operates(&self) -> bool {
        self.worker.as_str() == OPERATOR
    }
}

/// The worker who gives a command, with the role and the organisation held at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Who.
    pub worker: WorkerId,
    /// For whom.
    pub organisation: OrganisationId,
    /// Where that organisation is.
    pub country: Country,
    /// As what.
    pub role: Role,
}
