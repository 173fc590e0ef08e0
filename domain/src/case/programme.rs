//! The programmes of a case and who answers for each: exactly one organisation from its opening to its closing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{HandoffId, OrganisationId};

/// A line of care with one responsible organisation. HIV care has its own record and its own responsibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "programmes"))]
pub enum Programme {
    /// Accompanying the person: opened with the case.
    Support,
    /// Tuberculosis care: opened when a TB centre registers the patient.
    Tb,
}

impl Programme {
    /// Both programmes of the care record.
    pub const ALL: [Self; 2] = [Self::Support, Self::Tb];

    /// The code on the wire and in the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Tb => "tb",
        }
    }
}

impl std::fmt::Display for Programme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// One organisation's time of answering for a programme, in recorded time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Who answers.
    pub organisation: OrganisationId,
    /// From when, inclusive.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    /// Until when, exclusive; absent while it lasts.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub until: Option<Timestamp>,
    /// The handoff that brought it, if one did.
    pub handoff: Option<HandoffId>,
}

/// A programme began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsibilityOpened {
    /// Which one.
    pub programme: Programme,
    /// Who answers from now on.
    pub organisation: OrganisationId,
}

/// Another organisation answers from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsibilityMoved {
    /// For which programme.
    pub programme: Programme,
    /// Who answered.
    pub from: OrganisationId,
    /// Who answers.
    pub to: OrganisationId,
    /// The handoff that moved it.
    pub handoff: HandoffId,
}

/// A programme ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsibilityClosed {
    /// Which one.
    pub programme: Programme,
}

/// Who answered for what, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responsibility {
    intervals: BTreeMap<Programme, Vec<Interval>>,
}

impl Responsibility {
    /// Who answers for a programme now.
    pub fn of(&self, programme: Programme) -> Option<&OrganisationId> {
        let last = self.intervals.get(&programme)?.last()?;
        last.until.is_none().then_some(&last.organisation)
    }

    /// The programmes that are open.
    pub fn open(&self) -> impl Iterator<Item = (Programme, &OrganisationId)> {
        Programme::ALL.into_iter().filter_map(|programme| Some((programme, self.of(programme)?)))
    }

    /// The programmes an organisation answers for now.
    pub fn held_by<'a>(&'a self, organisation: &'a OrganisationId) -> impl Iterator<Item = Programme> + 'a {
        self.open().filter(move |(_, holder)| *holder == organisation).map(|(programme, _)| programme)
    }

    /// Whether an organisation answers, or ever answered, for any programme.
    pub fn ever_held_by(&self, organisation: &OrganisationId) -> bool {
        self.intervals.values().flatten().any(|interval| interval.organisation == *organisation)
    }

    /// Leaves a programme out, as if it had never been opened.
    pub(super) fn forget(&mut self, programme: Programme) {
        self.intervals.remove(&programme);
    }

    /// The intervals of every programme, oldest first.
    pub fn intervals(&self) -> &BTreeMap<Programme, Vec<Interval>> {
        &self.intervals
    }

    pub(super) fn opened(&mut self, event: &ResponsibilityOpened, at: Timestamp) {
        self.begin(event.programme, event.organisation.clone(), at, None);
    }

    pub(super) fn moved(&mut self, event: &ResponsibilityMoved, at: Timestamp) {
        self.end(event.programme, at);
        self.begin(event.programme, event.to.clone(), at, Some(event.handoff));
    }

    pub(super) fn closed(&mut self, event: &ResponsibilityClosed, at: Timestamp) {
        self.end(event.programme, at);
    }

    fn begin(
        &mut self,
        programme: Programme,
        organisation: OrganisationId,
        from: Timestamp,
        handoff: Option<HandoffId>,
    ) {
        let interval = Interval { organisation, from, until: None, handoff };
        self.intervals.entry(programme).or_default().push(interval);
    }

    fn end(&mut self, programme: Programme, at: Timestamp) {
        if let Some(last) = self.intervals.get_mut(&programme).and_then(|intervals| intervals.last_mut()) {
            last.until.get_or_insert(at);
        }
    }
}
