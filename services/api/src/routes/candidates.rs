//! Candidates: the reader's own records that may be of the person who is offered.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_domain::{
    decider::{Decider as _, Fact},
    ids::{OrganisationId, PersonId},
    person::{
        DescribePerson, Person, PersonEvent,
        likeness::{Likeness, likeness},
    },
    policy::Action,
};
use safar_event_store::Revision;
use safar_projections::recorded;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Endpoint, packets::opened, persons::unless_erased, reading::One};
use crate::{
    app::{App, Caller, model_problem},
    problem::Problem,
};

/// How many of an organisation's persons are compared, the last written to first.
const COMPARED: u32 = 2_000;
/// How many candidates are shown, the likeliest first.
const SHOWN: usize = 20;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<One, Candidates>(
        "/v1/handoffs/{handoff}/candidates",
        (
            "handoffs.candidates",
            "Finds the reader's own records that may be of the person who is offered, and says what speaks for each.",
        ),
        Action::FindCandidates,
        || web::route().to(candidates),
    )]
}

/// Who may be the person that is offered.
#[derive(Debug, Serialize, JsonSchema)]
struct Candidates {
    /// The likeliest first; 20 at most.
    candidates: Vec<Candidate>,
    /// How many of the organisation's own records were compared; 2,000 at most.
    compared: usize,
}

/// A record of the reader's organisation.
#[derive(Debug, Serialize, JsonSchema)]
struct Candidate {
    /// The record; link it when it is the same person.
    person: PersonId,
    /// The person as the reader's own organisation has described them.
    description: DescribePerson,
    /// In what it agrees with the person who is offered.
    likeness: Likeness,
}

/// The person of the packet is compared as long as the packet is open to the reader, and nothing of it is shown here.
async fn candidates(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    Caller::of(&request, &app).await?.may(Action::FindCandidates)?;
    let (reader, _, opened) = opened::<One>(&request, &app).await?;
    let actor = &reader.caller.actor;
    let offered = opened.identity(&app, actor.role).await?;
    let known = app.models.registered_by(&actor.organisation, COMPARED).await;
    let mut known = known.map_err(|error| model_problem(&error))?;
    known.retain(|person| opened.state.opening.as_ref().is_none_or(|opening| opening.person != *person));
    let mut found = Vec::new();
    for person in &known {
        let own = as_described_by(&app, *person, &actor.organisation).await?;
        let alike =
            own.as_ref().zip(offered.as_ref()).and_then(|(own, offered)| likeness(own, offered.into()));
        let candidate = own.zip(alike);
        found.extend(candidate.map(|(description, likeness)| Candidate {
            person: *person,
            description,
            likeness,
        }));
    }
    found.sort_by_key(|candidate| {
        let Likeness { score, agree, .. } = &candidate.likeness;
        std::cmp::Reverse((*score, agree.len()))
    });
    found.truncate(SHOWN);
    let compared_with = opened.reading(Action::FindCandidates);
    let persons = found.iter().map(|candidate| candidate.person);
    let shown = reader.discloses((&app, &request), compared_with.persons(persons)).await?;
    Ok(reader.one(&app, shown, None, &Candidates { candidates: found, compared: known.len() }))
}

/// A person as one organisation has described them: what others have corrected since is for those who care for a case.
async fn as_described_by(
    app: &App,
    person: PersonId,
    organisation: &OrganisationId,
) -> Result<Option<DescribePerson>, Problem> {
    let mut state = Person::default();
    let history = unless_erased(app.record_history::<Person>(person, Revision::ABSENT).await)?;
    for event in history.unwrap_or_default() {
        let fact: Fact<PersonEvent> =
            recorded::decode(&event).map_err(|error| Problem::internal("folding a person", &error))?;
        if fact.actor.organisation == *organisation {
            state = state.evolve(&fact);
        }
    }
    Ok(state.description)
}
