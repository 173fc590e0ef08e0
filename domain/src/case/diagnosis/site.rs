//! Where the disease is, and which sites are the lung by which definitions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DiagnosisMade;
use crate::case::definitions::DefinitionSet;

/// Where the disease is (WHO TB DAK, Comm.DE.102–111); several sites may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "sites"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Site {
    Pulmonary,
    PeripheralLymphNode,
    Meningitis,
    Osteoarticular,
    Disseminated,
    CentralNervousSystem,
    Pericardial,
    OtherExtrapulmonary,
    /// Mediastinal or hilar.
    IntrathoracicLymphNode,
    Pleural,
}

/// From which set on a site counts as the lung: intrathoracic lymph nodes do in the framework of 2024 (WHO TB DAK,
/// Comm.DE.102); that they did not in 2013 is [unverified], so a country may get another row here.
const LUNG: &[(Site, DefinitionSet)] =
    &[(Site::Pulmonary, DefinitionSet::Who2013), (Site::IntrathoracicLymphNode, DefinitionSet::Who2024)];

impl Site {
    /// Whether this is pulmonary disease by a definition set.
    pub fn pulmonary(self, set: DefinitionSet) -> bool {
        LUNG.iter().any(|(site, since)| *site == self && *since <= set)
    }
}

impl DiagnosisMade {
    /// The set that was in force; a name that is not known any more is read as the newest.
    pub fn definition_set(&self) -> DefinitionSet {
        DefinitionSet::parse(&self.definitions).unwrap_or(DefinitionSet::Who2024)
    }

    /// Whether the lung is affected, by the definitions of its day; disease of lung and elsewhere is pulmonary too.
    pub fn pulmonary(&self) -> bool {
        self.pulmonary_by(self.definition_set())
    }

    /// The same by another set: an episode goes by that of its first day.
    pub fn pulmonary_by(&self, set: DefinitionSet) -> bool {
        self.sites.iter().any(|site| site.pulmonary(set))
    }
}
