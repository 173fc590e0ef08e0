//! The testing strategy: three assays one after the other, each of another product; one rapid test is never a status.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, opening::in_order};
use crate::{
    decider::Context,
    ids::{Country, HivTestId},
    refusal::refusals,
};

/// What one assay showed (WHO SMART HIV, B.DE88–114).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-assay-results"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum AssayResult {
    Reactive,
    NonReactive,
    Invalid,
}

/// One assay that was run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assay {
    /// Its place: 1, 2 or 3; 0 is a self-test or an outreach triage and no part of the strategy.
    #[schemars(range(min = 0, max = 3))]
    pub number: u8,
    /// The product, as its box says.
    #[schemars(length(min = 1, max = 64))]
    pub product: String,
    /// What it showed.
    pub result: AssayResult,
}

/// What a run of the strategy says (WHO HTS; WHO SMART HIV, B.DE115).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-conclusions"))]
pub enum Conclusion {
    /// Three consecutive reactive results of three different assays.
    Positive,
    /// Assay 1 was non-reactive.
    Negative,
    /// The assays disagree: test again in 14 days.
    Inconclusive,
}

/// Why the strategy was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-test-purposes"))]
pub enum TestPurpose {
    /// To learn the status.
    Diagnosis,
    /// On a second specimen, before ART begins (WHO HTS).
    RetestBeforeArt,
}

/// Records a run of the testing strategy; what it says follows from the assays.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordHivTest {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Why.
    pub purpose: TestPurpose,
    /// The assays, in the order in which they were run.
    #[schemars(length(min = 1, max = 8))]
    pub assays: Vec<Assay>,
    /// What the worker reads from them, if it is to be compared.
    pub conclusion: Option<Conclusion>,
}

/// The strategy was run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordHivTest`")]
pub struct HivTestRecorded {
    pub test: HivTestId,
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    pub purpose: TestPurpose,
    pub assays: Vec<Assay>,
    /// Absent while the strategy is not at its end.
    pub conclusion: Option<Conclusion>,
}

/// By which paper another AIDS centre confirmed the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-confirmation-documents"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ConfirmationDocument {
    Certificate,
    MedicalExtract,
    LaboratoryReport,
    RegisterExcerpt,
}

/// Records that an AIDS centre elsewhere has confirmed the status, with the paper that shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConfirmation {
    /// The AIDS centre, as the paper names it.
    #[schemars(length(min = 3, max = 200))]
    pub centre: String,
    /// Its country.
    pub country: Country,
    /// The day of the confirmation.
    #[schemars(with = "String", extend("format" = "date"))]
    pub confirmed_on: Date,
    /// The paper that was seen.
    pub document: ConfirmationDocument,
}

/// An AIDS centre elsewhere had confirmed the status.
pub type ConfirmationRecorded = RecordConfirmation;

/// Records that the person was told the result of a run; the run is named by the address.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnResult {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// The person was told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultReturned {
    /// Of which run.
    pub test: HivTestId,
    /// When (WHO SMART HIV, B.DE60).
    pub on: Date,
}

/// A run and when its result was told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// What was recorded.
    pub test: HivTestRecorded,
    /// When the person was told.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub returned_on: Option<Date>,
}

/// What is known of the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-statuses"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum HivStatus {
    Unknown,
    Negative,
    Inconclusive,
    Positive,
}

/// Every run, and the confirmations of others.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Testing {
    /// By id.
    pub runs: BTreeMap<HivTestId, Run>,
    /// What AIDS centres elsewhere have confirmed.
    pub confirmations: Vec<ConfirmationRecorded>,
}

refusals! {
    /// Why a test is not recorded so.
    TestingRefusal {
        Declined = Conflict "hiv_test_declined", "The person has declined the test: talk again, and record that they agree, before testing.";
        NoAssay = Invalid "hiv_assays_out_of_range", "Record one to eight assays, numbered 0 to 3, each with its product (1 to 64 characters).";
        OutOfTurn = Invalid "hiv_assays_out_of_turn", "Assays are run one after the other: 1, then 2, then 3; only an invalid one is run again.";
        SameProduct { product: String } = Invalid "hiv_assay_repeated_product",
            "Assays 1, 2 and 3 are three different products; {product} was used for two of them.";
        StrategyEnded = Invalid "hiv_strategy_ended", "Assay 1 was non-reactive: the result is negative, and no further assay is run.";
        TieBreaker = Invalid "hiv_tie_breaker",
            "Assay 3 does not decide between two that disagree: the result is inconclusive, test again in 14 days.";
        NotPositive { missing: String } = Conflict "hiv_positive_needs_three_reactive",
            "HIV-positive needs three consecutive reactive results of three different assays, or the paper of an AIDS centre; a reactive result is missing of assay: {missing}.";
        OtherConclusion { found: &'static str } = Conflict "hiv_conclusion_differs", "These assays say {found}, not what was concluded.";
        TestUnknown = Absent "not_found", "There is no such test in this record.";
        NothingToReturn = Conflict "hiv_no_result_yet", "This run has no result yet: complete the assays first.";
        CentreMissing = Invalid "hiv_confirming_centre_missing", "Name the AIDS centre as the paper does (3 to 200 characters).";
    }
}

impl Conclusion {
    const fn word(found: Option<Self>) -> &'static str {
        match found {
            Some(Self::Positive) => "positive",
            Some(Self::Negative) => "negative",
            Some(Self::Inconclusive) => "inconclusive",
            None => "nothing yet",
        }
    }
}

/// What the assays of a run say; each new one is judged by what went before (WHO HTS, three-assay strategy).
fn conclusion(assays: &[Assay]) -> Result<Option<Conclusion>, TestingRefusal> {
    // The last valid place and whether the last assay has to be run again.
    let (mut reached, mut again, mut said) = (0, None, None);
    for assay in assays.iter().filter(|assay| assay.number > 0) {
        match said {
            Some(Conclusion::Negative) => return Err(TestingRefusal::StrategyEnded),
            Some(_) => return Err(TestingRefusal::TieBreaker),
            None if assay.number != again.unwrap_or(reached + 1) => return Err(TestingRefusal::OutOfTurn),
            None => (),
        }
        again = (assay.result == AssayResult::Invalid).then_some(assay.number);
        if again.is_none() {
            reached = assay.number;
        }
        said = match (assay.number, assay.result) {
            (1, AssayResult::NonReactive) => Some(Conclusion::Negative),
            (_, AssayResult::NonReactive) => Some(Conclusion::Inconclusive),
            (3, AssayResult::Reactive) => Some(Conclusion::Positive),
            _ => None,
        };
    }
    Ok(said)
}

/// The places at which no reactive result stands.
fn missing(assays: &[Assay]) -> String {
    let reactive = |number: u8| {
        assays.iter().any(|assay| assay.number == number && assay.result == AssayResult::Reactive)
    };
    let places = (1..=3).filter(|number| !reactive(*number));
    places.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

impl RecordHivTest {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.may_add_late(&context.actor)?;
        in_order(&[self.on], context.today)?;
        if record.counselling.test_declined(self.on) {
            return Err(TestingRefusal::Declined.into());
        }
        let sound = |assay: &Assay| assay.number <= 3 && (1..=64).contains(&assay.product.trim().len());
        if !(1..=8).contains(&self.assays.len()) || !self.assays.iter().all(sound) {
            return Err(TestingRefusal::NoAssay.into());
        }
        self.three_products()?;
        let found = conclusion(&self.assays)?;
        if let Some(claimed) = self.conclusion.filter(|claimed| Some(*claimed) != found) {
            return Err(if claimed == Conclusion::Positive {
                TestingRefusal::NotPositive { missing: missing(&self.assays) }
            } else {
                TestingRefusal::OtherConclusion { found: Conclusion::word(found) }
            }
            .into());
        }
        Ok(vec![HivEvent::TestRecorded(HivTestRecorded {
            test: HivTestId(context.new_id),
            on: self.on,
            purpose: self.purpose,
            assays: self.assays.clone(),
            conclusion: found,
        })])
    }

    fn three_products(&self) -> Result<(), TestingRefusal> {
        let mut products: BTreeMap<String, u8> = BTreeMap::new();
        for assay in self.assays.iter().filter(|assay| assay.number > 0) {
            let name = assay.product.trim().to_lowercase();
            if products.insert(name, assay.number).is_some_and(|number| number != assay.number) {
                return Err(TestingRefusal::SameProduct { product: assay.product.clone() });
            }
        }
        Ok(())
    }
}

impl RecordConfirmation {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        in_order(&[self.confirmed_on], context.today)?;
        if !(3..=200).contains(&self.centre.trim().chars().count()) {
            return Err(TestingRefusal::CentreMissing.into());
        }
        Ok(vec![HivEvent::ConfirmationRecorded(self.clone())])
    }
}

impl ReturnResult {
    pub(super) fn decide(
        &self,
        test: HivTestId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        let run = record.testing.runs.get(&test).ok_or(TestingRefusal::TestUnknown)?;
        if run.test.conclusion.is_none() {
            return Err(TestingRefusal::NothingToReturn.into());
        }
        in_order(&[run.test.on, self.on], context.today)?;
        if run.returned_on == Some(self.on) {
            return Ok(vec![]);
        }
        Ok(vec![HivEvent::ResultReturned(ResultReturned { test, on: self.on })])
    }
}

impl Testing {
    pub(super) fn tested(&mut self, event: &HivTestRecorded) {
        self.runs.insert(event.test, Run { test: event.clone(), returned_on: None });
    }

    pub(super) fn confirmed(&mut self, event: &ConfirmationRecorded) {
        self.confirmations.push(event.clone());
    }

    pub(super) fn returned(&mut self, event: &ResultReturned) {
        if let Some(run) = self.runs.get_mut(&event.test) {
            run.returned_on = Some(event.on);
        }
    }

    /// The runs in the order of their days.
    pub fn in_order(&self) -> Vec<&Run> {
        let mut runs: Vec<_> = self.runs.values().collect();
        runs.sort_by_key(|run| (run.test.on, run.test.test));
        runs
    }

    /// The status: positive stays positive unless a later retest disagrees; else the last result counts.
    pub fn status(&self) -> HivStatus {
        let positive = self.positive_since();
        let last = self.in_order().into_iter().rfind(|run| run.test.conclusion.is_some());
        let disagrees = |run: &Run| {
            let retest = run.test.purpose == TestPurpose::RetestBeforeArt;
            retest && run.test.conclusion != Some(Conclusion::Positive)
        };
        match (positive, last) {
            (Some(_), Some(run)) if disagrees(run) && Some(run.test.on) >= positive => {
                HivStatus::Inconclusive
            }
            (Some(_), _) => HivStatus::Positive,
            (None, None) => HivStatus::Unknown,
            (None, Some(run)) => match run.test.conclusion {
                Some(Conclusion::Negative) => HivStatus::Negative,
                _ => HivStatus::Inconclusive,
            },
        }
    }

    /// Whether the status is positive.
    pub fn positive(&self) -> bool {
        self.status() == HivStatus::Positive
    }

    /// The day of the first proof: three reactive assays, or the paper of an AIDS centre (WHO SMART HIV, B.DE119).
    pub fn positive_since(&self) -> Option<Date> {
        let runs = self.runs.values().filter(|run| run.test.conclusion == Some(Conclusion::Positive));
        let confirmed = self.confirmations.iter().map(|confirmation| confirmation.confirmed_on);
        runs.map(|run| run.test.on).chain(confirmed).min()
    }

    /// Whether the status was retested on a second specimen before ART (WHO HTS).
    pub fn retested(&self) -> bool {
        self.runs.values().any(|run| {
            run.test.purpose == TestPurpose::RetestBeforeArt
                && run.test.conclusion == Some(Conclusion::Positive)
        })
    }

    /// The day on which an inconclusive status is tested again.
    pub fn retest_due(&self, after_days: i32) -> Option<Date> {
        let last =
            self.in_order().into_iter().rfind(|run| run.test.conclusion == Some(Conclusion::Inconclusive))?;
        (self.status() == HivStatus::Inconclusive)
            .then(|| last.test.on.saturating_add(Span::new().days(after_days)))
    }
}

#[cfg(test)]
mod tests;
