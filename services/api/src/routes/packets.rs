//! Packets: what was sent along with a handoff, byte for byte; and what has been disclosed of a case.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::Timestamp;
use safar_domain::{
    access::Reading,
    actor::Role,
    case::{
        Case, CaseEvent,
        handoff::{
            disclosure::DisclosureGround,
            packet::{Packet, PacketSeal, SealedPacket},
        },
        reading::Part,
    },
    decider::{Decider as _, Fact},
    disclosure::{Disclosure, DisclosureEvent, Disclosures, Form},
    ids::{CaseId, HandoffId, OrganisationId, PersonId, WorkerId},
    person::{DescribePerson, Person},
    policy::Action,
};
use safar_event_store::{RecordedEvent, Revision, StreamId};
use safar_projections::recorded;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Endpoint,
    answers::Page,
    reading::{Disclosed, One, Query, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Request, model_problem},
    http::RequestId,
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<One, PacketView>(
            "/v1/handoffs/{handoff}/packet",
            (
                "handoffs.packet",
                "Shows what was sent along with a handoff; each reading is asked anew and recorded.",
            ),
            Action::ReadPacket,
            || web::route().to(packet),
        ),
        Endpoint::read::<Listing, Page<DisclosureView>>(
            "/v1/cases/{case}/disclosures",
            ("cases.disclosures", "Lists what left the record of a case, to whom and on which ground."),
            Action::ReadDisclosures,
            || web::route().to(disclosures),
        ),
    ]
}

/// What was sent along.
#[derive(Serialize)]
struct PacketView {
    /// What proves it.
    seal: PacketSeal,
    /// The packet, byte for byte as it was sealed.
    packet: Box<RawValue>,
    /// Who the patient is, as of the revision that the packet names; not for auditors, and not once the person is erased.
    identity: Option<DescribePerson>,
    /// On which ground this reader sees it.
    ground: DisclosureGround,
}

impl JsonSchema for PacketView {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PacketView".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "What was sent along with a handoff.",
            "required": ["seal", "packet", "identity", "ground"],
            "properties": {
                "seal": generator.subschema_for::<PacketSeal>(),
                "packet": generator.subschema_for::<Packet>(),
                "identity": generator.subschema_for::<Option<DescribePerson>>(),
                "ground": generator.subschema_for::<DisclosureGround>(),
            },
        })
    }
}

/// A packet that this reader may see now, with everything that a page of it needs.
pub(super) struct Opened {
    /// The case.
    pub(super) case: CaseId,
    /// Its state now.
    pub(super) state: Case,
    /// The packet as it was sealed.
    pub(super) sealed: SealedPacket,
    /// On which ground.
    pub(super) ground: DisclosureGround,
}

/// The packet in the address, if the reader may see it at this moment. The log is asked, not a read model: a consent that
/// was withdrawn a moment ago counts.
pub(super) async fn opened<Q: Query>(
    request: &HttpRequest,
    app: &App,
) -> Result<(Reader<Q>, HandoffId, Opened), Problem> {
    let reader: Reader<Q> = reader(request, app, Action::ReadPacket).await?;
    let id: HandoffId = part(request, "handoff")?;
    let absent = || Problem::of(catalogue::NOT_FOUND);
    let found = app.models.handoff(id).await.map_err(|error| model_problem(&error))?;
    let (case, _) = found.ok_or_else(absent)?;
    let actor = &reader.caller.actor;
    let reached =
        |state: &Case| reader.caller.reaches(Action::ReadPacket, state.standing(&actor.organisation));
    let state = app.case_by_now(case, reached).await?;
    let now = app.clock.now();
    let moment = (now, reader.caller.date_of(now));
    let ground = state.packet_ground(id, actor, moment).map_err(|refusal| Problem::of_refusal(&refusal))?;
    let sealed = sealed(app, case, id).await?.ok_or_else(absent)?;
    if !sealed.intact() {
        tracing::error!("a packet is not the one that was sealed");
        return Err(Problem::of(catalogue::INTEGRITY_ERROR));
    }
    Ok((reader, id, Opened { case, state, sealed, ground }))
}

/// The packet in the offer of a handoff.
async fn sealed(app: &App, case: CaseId, id: HandoffId) -> Result<Option<SealedPacket>, Problem> {
    for event in app.history(&StreamId::new(Case::CATEGORY, case), Revision::ABSENT).await? {
        let fact: Fact<CaseEvent> =
            recorded::decode(&event).map_err(|error| Problem::internal("reading a packet", &error))?;
        if let CaseEvent::HandoffOffered(offered) = fact.event
            && offered.handoff == id
        {
            return Ok(offered.packet);
        }
    }
    Ok(None)
}

impl Opened {
    /// Who the patient is, as of the revision that the packet names; an auditor proves without it.
    pub(super) async fn identity(&self, app: &App, role: Role) -> Result<Option<DescribePerson>, Problem> {
        let Some(person) = self.state.opening.as_ref().map(|opening| opening.person) else { return Ok(None) };
        if role == Role::Auditor {
            return Ok(None);
        }
        let last = self.sealed.seal.person_revision.map_or(Revision::ABSENT, Revision::from);
        as_of(app, person, last).await
    }

    /// What this opens, for the access log.
    pub(super) fn reading(&self, action: Action) -> Reading {
        let person = self.state.opening.as_ref().map(|opening| opening.person);
        Reading::disclosed(action, &self.ground).cases([self.case]).persons(person)
    }

    /// Writes the disclosure down, for both sides of the handoff and in the access log; only then may the body leave.
    pub(super) async fn disclose<Q>(
        &self,
        (app, reader, request): (&App, &Reader<Q>, &HttpRequest),
        handoff: HandoffId,
        form: Form,
    ) -> Result<Disclosed, Problem> {
        use actix_web::FromRequest as _;
        let circumstances = Request {
            key: app.ids.mint(),
            fingerprint: [0; 32],
            correlation_id: RequestId::extract(request).await?.0,
            occurred_at: safar_domain::time::OccurredAt::at(app.clock.now(), &jiff::tz::TimeZone::UTC),
            expected: None,
            birth: None,
            person_revision: None,
        };
        let sha256 = Some(self.sealed.seal.sha256.clone());
        let disclosure = Disclosure { handoff, form, ground: self.ground.clone(), sha256 };
        let actor = (&reader.caller, &circumstances);
        app.execute::<Disclosures>(&self.case, &disclosure, actor, |_| Ok(())).await?;
        reader.discloses((app, request), self.reading(Action::ReadPacket)).await
    }
}

/// A person's description as of a revision of the record; none of one that was erased.
async fn as_of(app: &App, person: PersonId, last: Revision) -> Result<Option<DescribePerson>, Problem> {
    let mut state = Person::default();
    let history =
        super::persons::unless_erased(app.record_history::<Person>(person, Revision::ABSENT).await)?;
    for event in history.unwrap_or_default() {
        if event.revision > last {
            break;
        }
        let fact = recorded::decode(&event).map_err(|error| Problem::internal("folding a person", &error))?;
        state = state.evolve(&fact);
    }
    Ok(state.description)
}

async fn packet(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, id, opened) = opened::<One>(&request, &app).await?;
    let identity = opened.identity(&app, reader.caller.actor.role).await?;
    let document = RawValue::from_string(opened.sealed.document.clone());
    let packet = document.map_err(|error| Problem::internal("reading a packet", &error))?;
    let shown = opened.disclose((&app, &reader, &request), id, Form::Packet).await?;
    let view = PacketView { seal: opened.sealed.seal, packet, identity, ground: opened.ground };
    Ok(reader.one(&app, shown, None, &view))
}

listing!(Listing {});

/// Something that left the record of a case.
#[derive(Debug, Serialize, JsonSchema)]
struct DisclosureView {
    /// Its place in the list.
    number: u64,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Who read it.
    worker: WorkerId,
    /// For which organisation.
    organisation: OrganisationId,
    /// Of which handoff.
    handoff: HandoffId,
    /// In which form.
    form: Form,
    /// On which ground.
    ground: DisclosureGround,
    /// The digest of the packet.
    sha256: Option<String>,
}

impl DisclosureView {
    fn of(event: &RecordedEvent) -> Result<Self, Problem> {
        let fact: Fact<DisclosureEvent> =
            recorded::decode(event).map_err(|error| Problem::internal("reading a disclosure", &error))?;
        let DisclosureEvent::Made(made) = fact.event;
        Ok(Self {
            number: event.revision.get(),
            at: fact.recorded_at,
            worker: fact.actor.worker,
            organisation: fact.actor.organisation,
            handoff: made.handoff,
            form: made.form,
            ground: made.ground,
            sha256: made.sha256,
        })
    }
}

async fn disclosures(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadDisclosures).await?;
    let case: CaseId = part(&request, "case")?;
    let state = app.case(case).await?;
    let known = state.opening.is_some();
    let standing = state.standing(&reader.caller.actor.organisation);
    reader.caller.reaches(Action::ReadDisclosures, standing)?;
    if !known {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    let limit = limit(reader.query.limit)?;
    let after: Option<u64> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let after = after.map_or(Revision::ABSENT, Revision::from);
    let now = app.clock.now();
    let opened = state.opened_to(&reader.caller.actor, (now, reader.caller.date_of(now)));
    let stream = StreamId::new(Disclosures::CATEGORY, case);
    // A handoff that the reader is not shown was not disclosed either.
    let shown = |item: &DisclosureView| state.shows(&opened, Part::Handoff(item.handoff), &item.organisation);
    let mut items: Vec<DisclosureView> = Vec::new();
    for event in app.history(&stream, after).await? {
        let item = DisclosureView::of(&event)?;
        if shown(&item) && items.len() < limit as usize {
            items.push(item);
        }
    }
    let opened = Reading::opened(Action::ReadDisclosures, reader.ground(standing)).cases([case]);
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |item| item.number.to_string())
}
