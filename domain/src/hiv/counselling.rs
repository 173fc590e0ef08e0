//! Counselling before and after a test, alone or as a couple, and support of adherence.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, opening::in_order};
use crate::{decider::Context, ids::PersonId, refusal::refusals};

/// What the talk was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-counselling-topics"))]
pub enum CounsellingTopic {
    /// Before the test.
    PreTest,
    /// After the test.
    PostTest,
    /// Taking the medicine.
    Adherence,
}

/// The other half of a couple, who came by their own will.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// The partner's own record of a person.
    pub person: PersonId,
    /// The partner agreed to be counselled together.
    pub agreed: bool,
}

/// Records a talk; with a partner it is couple counselling (voluntary counselling and testing of couples).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordCounselling {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What about.
    pub topic: CounsellingTopic,
    /// The partner, in couple counselling.
    pub partner: Option<Partner>,
    /// Before a test: whether the person agreed to it.
    pub test_agreed: Option<bool>,
}

/// A talk took place.
pub type CounsellingRecorded = RecordCounselling;

/// Every talk, in the order of recording.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Counselling(pub Vec<CounsellingRecorded>);

refusals! {
    /// Why a talk is not recorded so.
    CounsellingRefusal {
        PartnerMustAgree = Conflict "hiv_partner_must_agree",
            "A couple is counselled together only when the partner has agreed to it by their own will.";
        SayWhetherAgreed = Invalid "hiv_test_agreement_missing",
            "After counselling before a test, and only then, record whether the person agreed to the test.";
    }
}

impl RecordCounselling {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        if self.partner.as_ref().is_some_and(|partner| !partner.agreed) {
            return Err(CounsellingRefusal::PartnerMustAgree.into());
        }
        if self.test_agreed.is_some() != (self.topic == CounsellingTopic::PreTest) {
            return Err(CounsellingRefusal::SayWhetherAgreed.into());
        }
        Ok(vec![HivEvent::CounsellingRecorded(self.clone())])
    }
}

impl Counselling {
    pub(super) fn recorded(&mut self, event: &CounsellingRecorded) {
        self.0.push(event.clone());
    }

    /// Whether the last answer before this day was that the person does not want the test.
    pub(super) fn test_declined(&self, on: Date) -> bool {
        let asked = self.0.iter().filter(|talk| talk.on <= on && talk.test_agreed.is_some());
        asked.max_by_key(|talk| talk.on).is_some_and(|talk| talk.test_agreed == Some(false))
    }

    /// Whether adherence was supported between two days.
    pub(super) fn adherence_between(&self, from: Date, until: Date) -> bool {
        let within = |talk: &CounsellingRecorded| {
            talk.topic == CounsellingTopic::Adherence && (from..=until).contains(&talk.on)
        };
        self.0.iter().any(within)
    }
}
