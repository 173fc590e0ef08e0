//! Support beyond treatment, and notes.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{decider::Context, free_text::FreeText, refusal::refusals};

/// What was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "support-kinds"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum SupportKind {
    Transport,
    Food,
    Housing,
    Telephone,
    LegalAid,
    PeerSupport,
    PsychosocialSupport,
    FamilySupport,
    Microfinance,
    HygieneKit,
    Counselling,
}

/// Records support that was given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveSupport {
    /// What.
    pub kind: SupportKind,
    /// On which day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// Adds a note for those who care for the patient.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// 1 to 2,000 characters. Never a name, a telephone number or an HIV status: those have places of their own.
    #[schemars(with = "String", length(min = 1, max = 2000))]
    pub text: FreeText,
}

impl std::fmt::Debug for AddNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddNote { text: … }")
    }
}

/// Support was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `GiveSupport`")]
pub struct SupportGiven {
    pub kind: SupportKind,
    pub on: Date,
}

/// A note was added.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteAdded {
    /// The note.
    pub text: FreeText,
    /// Added by an organisation that no longer cares for the patient, or after closing.
    pub late: bool,
}

impl std::fmt::Debug for NoteAdded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoteAdded").field("late", &self.late).finish_non_exhaustive()
    }
}

/// How much support was given and how many notes there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Number of times support was given.
    pub given: u32,
    /// Number of notes.
    pub notes: u32,
}

refusals! {
    /// Why support or a note is refused.
    SupportRefusal {
        SupportLater = Invalid "support_in_the_future", "Support is recorded when it has been given, not before.";
        NoteLength = Invalid "note_length", "A note has 1 to 2,000 characters.";
    }
}

impl GiveSupport {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.on > context.today {
            return Err(SupportRefusal::SupportLater.into());
        }
        Ok(vec![CaseEvent::SupportGiven(SupportGiven { kind: self.kind, on: self.on })])
    }
}

impl AddNote {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let late = case.may_add_late(&context.actor)?;
        if !(1..=2000).contains(&self.text.length()) {
            return Err(SupportRefusal::NoteLength.into());
        }
        Ok(vec![CaseEvent::NoteAdded(NoteAdded { text: self.text.clone(), late })])
    }
}

#[cfg(test)]
mod tests {
    use crate::{case::fixtures::*, testing::given};

    #[test]
    fn a_note_is_never_printed_for_debugging() {
        let printed = format!("{:?} {:?}", note("Мавзуна, +992 900 00 00 00"), noted("Мавзуна", false));
        assert!(!printed.contains("Мавзуна") && !printed.contains("992"));
    }

    #[test]
    fn an_empty_note_is_refused() {
        given(&a_case()).when(note("  ")).as_(&galaba()).refused("note_length");
    }

    #[test]
    fn an_organisation_without_a_tie_to_the_case_cannot_add_a_note() {
        given(&a_case()).when(note("hello")).as_(&dushanbe()).refused("not_caring");
    }

    #[test]
    fn a_former_organisation_adds_a_late_note() {
        let history = a_case_and([support_moved("ngo-galaba", "ngo-kz-taraz")]);
        given(&history).when(note("hello")).as_(&galaba()).then(&[noted("hello", true)]);
    }
}
