//! Papers: the page that travels with a handoff, and the card in the patient's pocket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_documents::{HandoffPage, Language, PrintError, WalletCard, handoff_page, wallet_card};
use safar_domain::{
    case::handoff::disclosure::DisclosureGround,
    disclosure::Form,
    ids::{HandoffId, OrganisationId},
    organisation::OrganisationState,
    policy::Action,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::{
    Endpoint, claims,
    packets::{self, Opened},
    reading::{Query, Reader},
};
use crate::{
    app::App,
    problem::{FieldError, Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let rows = vec![
        Endpoint::read::<Printing, Paper>(
            "/v1/handoffs/{handoff}/packet.pdf",
            (
                "handoffs.packet_page",
                "Prints what was sent along with a handoff, with the slip that comes back; the same bytes each time.",
            ),
            Action::ReadPacket,
            || web::route().to(page),
        ),
        Endpoint::read::<Printing, Paper>(
            "/v1/handoffs/{handoff}/card.pdf",
            (
                "handoffs.card",
                "Prints the patient's card with the claim code in force; for the sender, and without a word of illness.",
            ),
            Action::ReadPacket,
            || web::route().to(card),
        ),
    ];
    rows.into_iter().map(|row| Endpoint { media: PDF, ..row }).collect()
}

const PDF: &str = "application/pdf";

/// The bytes of a PDF.
struct Paper;

impl JsonSchema for Paper {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Paper".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentMediaType": PDF })
    }
}

/// The query of a paper.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Printing {
    /// The language to print in; English by default.
    #[schemars(extend("enum" = ["en", "ru", "tg", "kk"], "x-vocabulary" = "interface-languages"))]
    lang: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for Printing {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

impl Printing {
    fn language(&self) -> Result<Language, Problem> {
        let Some(code) = &self.lang else { return Ok(Language::En) };
        code.parse().map_err(|_| {
            let sentence = "Papers are printed in en, ru, tg and kk.";
            Problem::of(catalogue::INVALID_QUERY).error(FieldError::parameter("lang", "invalid", sentence))
        })
    }
}

/// Who asked for which handoff, and what that opens.
type Asked = (Reader<Printing>, HandoffId, Opened);

async fn page(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, id, opened) = packets::opened::<Printing>(&request, &app).await?;
    let language = reader.query.language()?;
    let patient = opened.identity(&app, reader.caller.actor.role).await?;
    let handoff = opened.state.handoffs.all.get(&id).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let name = |id: &OrganisationId| organisation(&reader, id).map(|organisation| organisation.name.clone());
    let sender = name(&handoff.from).unwrap_or_else(|| handoff.from.to_string());
    let destination = name(&handoff.to);
    let sealed = opened.sealed.clone();
    let bytes = printed(move || {
        let (patient, destination) = (patient.as_ref(), destination.as_deref());
        handoff_page(&HandoffPage { sealed: &sealed, patient, sender: &sender, destination }, language)
    })
    .await?;
    handed_out((&app, &request), &(reader, id, opened), Form::PacketPage, bytes).await
}

async fn card(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, id, opened) = packets::opened::<Printing>(&request, &app).await?;
    // The code is the sender's to give: a destination has the patient or the packet, an auditor needs neither.
    if opened.ground != DisclosureGround::OwnRecord {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    let language = reader.query.language()?;
    let handoff = opened.state.handoffs.all.get(&id).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let (code, expires_at) = claims::in_force(&app, &opened.state, id)?;
    let telephone = organisation(&reader, &handoff.from).and_then(|sender| sender.telephone.clone());
    // The last day that is whole: nobody is told a day on which the code stops at noon.
    let valid_until = reader.caller.date_of(expires_at).yesterday().ok();
    let dated = handoff.offered_at;
    let bytes = printed(move || {
        let telephone = telephone.as_deref();
        wallet_card(&WalletCard { code: &code, telephone, valid_until, dated }, language)
    })
    .await?;
    handed_out((&app, &request), &(reader, id, opened), Form::ClaimCard, bytes).await
}

fn organisation<'a>(reader: &'a Reader<Printing>, id: &OrganisationId) -> Option<&'a OrganisationState> {
    reader.caller.directory.organisations.get(id)
}

/// Prints away from the threads that answer: setting a page takes the processor for some milliseconds.
async fn printed(
    print: impl FnOnce() -> Result<Vec<u8>, PrintError> + Send + 'static,
) -> Result<Vec<u8>, Problem> {
    let done = web::block(print).await.map_err(|error| Problem::internal("printing a paper", &error))?;
    done.map_err(|error| Problem::internal("printing a paper", &error))
}

/// Writes the disclosure down and answers the paper.
async fn handed_out(
    (app, request): (&App, &HttpRequest),
    (reader, id, opened): &Asked,
    form: Form,
    bytes: Vec<u8>,
) -> Result<HttpResponse, Problem> {
    let shown = opened.disclose((app, reader, request), *id, form).await?;
    Ok(reader.document(app, shown, PDF, bytes))
}
