//! One offer for many cases, as when an organisation closes: a result for each case, and the same again when it is sent again.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use futures_util::{StreamExt as _, stream};
use jiff::civil::Date;
use safar_domain::{
    case::{
        CaseCommand,
        handoff::{Urgency, offer::OfferHandoff},
        programme::Programme,
    },
    ids::{CaseId, OrganisationId},
    language::Language,
    policy::Action,
};
use safar_event_store::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Endpoint, Precondition,
    answers::Recorded,
    case_commands::{CaseBody, carry_out, circumstances, with_occurred_at},
};
use crate::{
    app::{App, Caller, OCCURRED_AT, Outcome, Request, answer, ok},
    http::{document, language, single, speak, strict_json},
    ids::Ids,
    problem::{FieldError, Problem, catalogue},
};

/// An offer goes out for this many cases at most.
const MOST: usize = 500;
/// Cases that wait for their commit together: the log writes them in one.
const AT_ONCE: usize = 16;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::command::<OfferMany>(
            "/v1/handoffs:bulk",
            (
                "handoffs.offer_many",
                "Offers many cases to one organisation, each by itself; the order is left to the log.",
            ),
            Action::Handoff,
            Precondition::None,
            || web::route().to(offer_many),
        )
        .answers::<Offers>(),
    ]
}

/// Offers many cases to one organisation of the network, in the same words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfferMany {
    /// 1 to 500 cases.
    #[schemars(length(min = 1, max = 500))]
    cases: Vec<CaseId>,
    /// To whom.
    to: OrganisationId,
    /// Which programmes; at least one.
    #[schemars(length(min = 1))]
    programmes: BTreeSet<Programme>,
    /// How soon it must be answered.
    urgency: Urgency,
    /// How long the offer lasts, in hours; 1 to 720, by default 72, or 24 when infectious or an emergency.
    #[schemars(range(min = 1, max = 720))]
    expires_in_hours: Option<u16>,
    /// The day on which the patients should arrive, if known.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    expected_arrival: Option<Date>,
}

/// What became of each case, in the order of the request.
#[derive(Debug, Serialize, JsonSchema)]
struct Offers {
    /// One for each case.
    results: Vec<Offered>,
}

/// What became of one case.
#[derive(Debug, Serialize, JsonSchema)]
struct Offered {
    /// The case.
    case: CaseId,
    /// The status that the offer of this case alone would have answered.
    status: u16,
    /// What was recorded; its id is the handoff's.
    #[serde(flatten)]
    recorded: Option<Recorded>,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Map<String, Value>>")]
    problem: Option<Value>,
}

async fn offer_many(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::Handoff)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<OfferMany>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    if body.cases.is_empty() || body.cases.len() > MOST {
        let error = FieldError::pointer("/cases", "out_of_range", "An offer goes out for 1 to 500 cases.");
        return Err(Problem::of(catalogue::INVALID_VALUES).error(error));
    }
    let said = single(request.headers(), OCCURRED_AT)?;
    let offer = CaseCommand::OfferHandoff(body.offer());
    let words = serde_json::to_value(body.offer())
        .map(|words| document::canonical(&words))
        .map_err(|error| Problem::internal("writing an offer", &error))?;
    let each = body.cases.iter().map(|case| {
        let request = of_one(&caller, &circumstances, (*case, &words, said));
        let (app, caller, offer) = (&app, &caller, &offer);
        async move { (*case, carry_out(app, caller, &OfferHandoff::ROW, (*case, offer), request).await) }
    });
    let outcomes: Vec<_> = stream::iter(each).buffered(AT_ONCE).collect().await;
    let before = app.models.position().await;
    let done =
        |(_, outcome): &(CaseId, Result<Outcome, Problem>)| outcome.as_ref().ok().map(|one| one.position);
    let position = outcomes.iter().filter_map(done).fold(before, Position::max);
    let instance = circumstances.correlation_id.to_string();
    let language = language(request.headers());
    let shown = |(case, outcome)| shown(case, outcome, (&instance, language));
    let results = outcomes.into_iter().map(shown).collect();
    let mut response = answer(&app, ok(), position, caller.sees_numbers()).json(Offers { results });
    speak(&mut response, language);
    Ok(response)
}

/// The circumstances of one case's offer: its key follows from the key of the whole, so that each case counts once.
fn of_one(caller: &Caller, whole: &Request, (case, words, said): (CaseId, &[u8], Option<&str>)) -> Request {
    let key = Ids::derive(caller.actor.worker.as_str(), whole.key, &case.to_string());
    let path = OfferHandoff::ROW.path.replace("{case}", &case.to_string());
    let fingerprint = with_occurred_at(said, strict_json::fingerprint("POST", &path, words));
    Request { key, fingerprint, ..whole.clone() }
}

fn shown(case: CaseId, outcome: Result<Outcome, Problem>, (instance, language): (&str, Language)) -> Offered {
    match outcome {
        Ok(outcome) => {
            Offered { case, status: 201, recorded: Some(Recorded::of(outcome, true)), problem: None }
        }
        Err(problem) => {
            let status = problem.status().as_u16();
            Offered { case, status, recorded: None, problem: Some(problem.json(Some(instance), language)) }
        }
    }
}

impl OfferMany {
    /// The offer of one of the cases.
    fn offer(&self) -> OfferHandoff {
        OfferHandoff {
            to: Some(self.to.clone()),
            external: None,
            programmes: self.programmes.clone(),
            urgency: self.urgency,
            expires_in_hours: self.expires_in_hours,
            expected_arrival: self.expected_arrival,
            previous: None,
            consent_override: None,
        }
    }
}
