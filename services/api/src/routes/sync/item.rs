//! One command of a batch, as it is written.

use safar_domain::ids::CaseId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    http::IfMatchOrAny,
    problem::{FieldError, Place, Problem, catalogue},
    routes::{Precondition, case_commands::CaseRow},
};

/// The commands that have a route beside those of a case that exists.
const REGISTER: &str = "register_person";
const OPEN: &str = "open_case";
const CLAIM: &str = "claim_patient";

/// A command that was given offline. Wherever it names a thing (its case, its part, a UUID in its body), the key of an
/// earlier command of the batch stands for what that one creates.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    /// Under which it counts once, here and on its own route.
    pub(super) key: Uuid,
    /// When it happened, if not now: a day, or a moment with its offset; as `Safar-Occurred-At`.
    pub(super) occurred_at: Option<String>,
    /// Its name, as answers list it in `allowed`.
    #[schemars(extend("enum" = names(), "x-vocabulary" = "commands", "x-vocabulary-part" = true))]
    pub(super) command: String,
    /// The case, for a command on a case that exists.
    pub(super) case: Option<Uuid>,
    /// The referral, specimen, consent or handoff that it steps on.
    pub(super) part: Option<Uuid>,
    /// The revision it was decided on, or `any` where facts commute; may be left out on a case that the batch opens. What the
    /// batch itself has recorded since that revision stands in nobody's way.
    pub(super) if_match: Option<Decided>,
    /// The body of its own route.
    #[schemars(with = "Map<String, Value>")]
    pub(super) body: Value,
}

fn names() -> Vec<&'static str> {
    // A command that answers with something of its own, as a claim code, is given on its own route alone.
    [REGISTER, OPEN, CLAIM].into_iter().chain(CaseRow::names()).collect()
}

/// As `If-Match`: a revision, or `any`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided(pub(super) IfMatchOrAny);

impl<'de> Deserialize<'de> for Decided {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = Value::deserialize(deserializer)?;
        let revision = said.as_u64().filter(|revision| i64::try_from(*revision).is_ok());
        let any = (said == "any").then_some(IfMatchOrAny::Any);
        let decided = revision.map(IfMatchOrAny::Revision).or(any);
        decided.map(Self).ok_or_else(|| D::Error::custom("This must be a revision, or any."))
    }
}

impl JsonSchema for Decided {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decided".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [{ "type": "integer", "minimum": 0 }, { "const": "any" }] })
    }
}

/// Where a command goes.
#[derive(Clone, Copy)]
pub(super) enum Target {
    RegisterPerson,
    OpenCase,
    ClaimPatient,
    Case(&'static CaseRow),
}

impl Target {
    /// By its name.
    pub(super) fn named(command: &str) -> Result<Self, Problem> {
        let target = match command {
            REGISTER => Some(Self::RegisterPerson),
            OPEN => Some(Self::OpenCase),
            CLAIM => Some(Self::ClaimPatient),
            other => CaseRow::named(other).map(Self::Case),
        };
        target.ok_or_else(|| {
            let sentence = "There is no command of this name; the OpenAPI document lists them.";
            let error = FieldError::pointer("/command", "unknown_value", sentence);
            Problem::of(catalogue::INVALID_VALUES).error(error)
        })
    }

    /// The path of its own route.
    pub(super) fn path(self, case: Option<CaseId>, part: Option<Uuid>) -> String {
        match self {
            Self::RegisterPerson => "/v1/persons".to_owned(),
            Self::OpenCase => "/v1/cases".to_owned(),
            Self::ClaimPatient => "/v1/claims".to_owned(),
            Self::Case(row) => {
                let case = case.map_or_else(String::new, |case| case.to_string());
                let part = part.map_or_else(String::new, |part| part.to_string());
                row.path.replace("{case}", &case).replace("{part}", &part)
            }
        }
    }

    pub(super) const fn precondition(self) -> Precondition {
        match self {
            Self::Case(row) => row.precondition,
            _ => Precondition::None,
        }
    }

    /// Whether it makes something that has an id.
    pub(super) const fn creates(self) -> bool {
        match self {
            Self::RegisterPerson | Self::OpenCase => true,
            Self::ClaimPatient => false,
            Self::Case(row) => row.creates.is_some(),
        }
    }
}

impl Item {
    /// It names what its address would name, and nothing else.
    pub(super) fn names_its_things(&self, target: Target) -> Result<(), Problem> {
        let (case, part) = match target {
            Target::Case(row) => (true, row.path.contains("{part}")),
            _ => (false, false),
        };
        let revision = target.precondition() != Precondition::None;
        fits("/case", self.case.is_some(), case)?;
        fits("/part", self.part.is_some(), part)?;
        if revision { Ok(()) } else { fits("/if_match", self.if_match.is_some(), false) }
    }
}

fn fits(pointer: &'static str, there: bool, wanted: bool) -> Result<(), Problem> {
    let (code, sentence) = match (there, wanted) {
        (false, true) => ("missing_field", "This command needs it."),
        (true, false) => ("unknown_field", "This command takes none."),
        _ => return Ok(()),
    };
    Err(Problem::of(catalogue::INVALID_BODY).error(FieldError::pointer(pointer, code, sentence)))
}

/// Where in the command a place of its own route's request is.
pub(super) fn place(place: Place) -> Place {
    match place {
        Place::Header("If-Match") => Place::Pointer("/if_match".to_owned()),
        Place::Header(crate::app::OCCURRED_AT) => Place::Pointer("/occurred_at".to_owned()),
        Place::Pointer(pointer) => Place::Pointer(format!("/body{pointer}")),
        other => other,
    }
}
