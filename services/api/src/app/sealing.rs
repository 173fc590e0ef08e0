//! Streams that are sealed: how they are named, what of an event stays in the clear, and how they are read again.

use std::{borrow::Cow, fmt::Display};

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use jiff::Timestamp;
use safar_domain::{
    compartment::Compartment,
    decider::Fact,
    free_text,
    stored::{Enclosed, Encoded, StoredError},
};
use safar_event_store::{NewEvent, RecordedEvent, Revision, StreamId};
use safar_projections::{recorded, sealed};
use safar_vault::{Place, Vault, VaultError};
use serde_json::{Value, json};
use uuid::{Builder, Uuid};

use super::{App, Rulebook};
use crate::{
    http::Fingerprint,
    problem::{Problem, catalogue},
};

/// All that a sealed event says of its circumstances in the clear.
const NO_METADATA: &[u8] = b"{}";

impl App {
    /// The keys of this node.
    pub fn vault(&self) -> &Vault {
        self.models.vault()
    }

    /// The stream of a thing; where its rulebook is sealed, under a name that only the key can make.
    pub(super) fn stream_of<D: Rulebook>(&self, id: &impl Display) -> Result<StreamId, Problem> {
        let Some(compartment) = D::compartment() else { return Ok(StreamId::new(D::CATEGORY, id)) };
        let name = self.vault().stream_name(compartment, &id.to_string());
        Ok(StreamId::new(D::CATEGORY, name.map_err(|error| vault_problem(&error))?))
    }

    /// What the log keeps of what was asked: a plain digest of a short command could be found by trying.
    pub(super) fn fingerprint_of<D: Rulebook>(&self, asked: Fingerprint) -> Result<Fingerprint, Problem> {
        let Some(compartment) = D::compartment() else { return Ok(asked) };
        let blind = self.vault().blind(compartment, "fingerprint", &asked);
        blind.map_err(|error| vault_problem(&error))
    }

    /// The id under which the clock's own command counts once; a sealed one does not follow from what others can name.
    pub(super) fn clock_command_of<D: Rulebook>(&self, id: Uuid) -> Result<Uuid, Problem> {
        let Some(compartment) = D::compartment() else { return Ok(id) };
        let blind = self.vault().blind(compartment, "command", id.as_bytes());
        let blind = blind.map_err(|error| vault_problem(&error))?;
        Ok(Builder::from_custom_bytes(*blind.first_chunk().expect("32 bytes begin with 16")).into_uuid())
    }

    /// Events on their way into the log, behind the expected revision; those of a sealed stream leave everything inside.
    pub(super) async fn for_the_log<D: Rulebook>(
        &self,
        stream: &StreamId,
        expected: Revision,
        events: Vec<NewEvent>,
    ) -> Result<Vec<NewEvent>, Problem> {
        let now = self.clock.now();
        let mut sealed = Vec::with_capacity(events.len());
        for (event, ahead) in events.into_iter().zip(1..) {
            let at = (stream, expected.plus(ahead));
            sealed.push(match D::compartment() {
                Some(compartment) => self.seal(compartment, at, event, now).await?,
                None => self.seal_words(at, event).await?,
            });
        }
        Ok(sealed)
    }

    /// An event in the clear, with the words in it sealed.
    async fn seal_words(&self, at: (&StreamId, Revision), mut event: NewEvent) -> Result<NewEvent, Problem> {
        if !free_text::may_have_words(&event.event_type) {
            return Ok(event);
        }
        let unreadable = |error: serde_json::Error| Problem::internal("writing an event", &error);
        let mut payload: Value = serde_json::from_slice(&event.payload).map_err(unreadable)?;
        let mut sealed = Vec::new();
        let keeper = Keeper::of(at, &event.event_type, &payload);
        for (field, words) in free_text::words(&event.event_type, &payload) {
            let label = keeper.label(field);
            let bytes =
                self.vault().seal(Compartment::CareNotes, &keeper.place(&label), words.as_bytes()).await;
            // What was erased takes no words any more. Decisions that need some go on without them; a note is nothing but words.
            if matches!(bytes, Err(VaultError::Erased)) && !free_text::is_nothing_else(&event.event_type) {
                sealed.push((field, String::new()));
                continue;
            }
            let bytes = bytes.map_err(|error| vault_problem(&error))?;
            sealed.push((field, free_text::stored(&BASE64_STANDARD_NO_PAD.encode(bytes))));
        }
        if sealed.is_empty() {
            return Ok(event);
        }
        replace(&mut payload, sealed);
        event.payload = serde_json::to_vec(&payload).map_err(unreadable)?;
        Ok(event)
    }

    /// Opens the words in the payload of an event for the one who may read them. Where they cannot be opened, it says why
    /// instead, and the rest of the event stays readable.
    pub async fn open_words(
        &self,
        at: (&StreamId, Revision),
        event_type: &str,
        payload: &mut Value,
    ) -> Result<(), Problem> {
        let mut opened = Vec::new();
        let keeper = Keeper::of(at, event_type, payload);
        for (field, words) in free_text::words(event_type, payload) {
            let Some(sealed) = free_text::sealed(words) else { continue };
            let label = keeper.label(field);
            opened.push((field, self.opened_words(&keeper.place(&label), sealed).await?));
        }
        replace(payload, opened);
        Ok(())
    }

    async fn opened_words(&self, place: &Place<'_>, sealed: &str) -> Result<Value, Problem> {
        const DAMAGED: VaultError = VaultError::Damaged("sealed words are no words");
        let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).map_err(|_| vault_problem(&DAMAGED))?;
        match self.vault().unseal(Compartment::CareNotes, place, &bytes).await {
            Ok(words) => match std::str::from_utf8(&words) {
                Ok(words) => Ok(json!(words)),
                Err(_) => Err(vault_problem(&DAMAGED)),
            },
            Err(VaultError::KeyUnavailable(_)) => Ok(json!({ "unavailable": "key_unavailable" })),
            Err(VaultError::Erased) => Ok(json!({ "unavailable": "erased" })),
            Err(error) => Err(vault_problem(&error)),
        }
    }

    async fn seal(
        &self,
        compartment: Compartment,
        (stream, revision): (&StreamId, Revision),
        event: NewEvent,
        now: Timestamp,
    ) -> Result<NewEvent, Problem> {
        let NewEvent { event_id, event_type, occurred_at, payload, metadata } = event;
        let enclosed = Enclosed { encoded: Encoded { event_type, payload, metadata }, occurred_at };
        let content = enclosed.to_bytes().map_err(|error| Problem::internal("writing an event", &error))?;
        let event_type = compartment.event_type();
        let place = Place { stream: stream.as_str(), revision: revision.get(), id: event_id, event_type };
        let payload = self.vault().seal(compartment, &place, &content).await;
        Ok(NewEvent {
            event_id,
            event_type: event_type.to_owned(),
            occurred_at: now,
            payload: payload.map_err(|error| vault_problem(&error))?,
            metadata: NO_METADATA.to_vec(),
        })
    }

    /// An event as its rulebook knows it.
    pub(super) async fn unsealed<D: Rulebook>(&self, event: RecordedEvent) -> Result<RecordedEvent, Problem> {
        let Some(compartment) = D::compartment() else { return Ok(event) };
        let opened = sealed::opened(self.vault(), compartment, event).await;
        opened.map_err(|error| vault_problem(&error))
    }

    /// The fact in an event that was opened; what a sealed one is called is not for the log lines.
    pub(super) fn fact<D: Rulebook>(event: &RecordedEvent) -> Result<Fact<D::Event>, Problem> {
        recorded::decode(event).map_err(|error: StoredError| match D::compartment() {
            None => Problem::internal("folding a stream", &error),
            Some(_) => Problem::internal(
                "folding a sealed stream",
                &VaultError::Damaged("an event is of an unknown kind"),
            ),
        })
    }

    /// A record as the log has it now, with everything recorded that time alone has brought about, and its revision.
    pub async fn record_and_revision<D: Rulebook>(
        &self,
        id: impl Display + Send,
    ) -> Result<(D, Revision), Problem> {
        let stream = self.stream_of::<D>(&id)?;
        let loaded = self.up_to_date::<D>(&stream, self.clock.now()).await?;
        Ok((loaded.state, loaded.revision))
    }

    /// A record as the log has it now.
    pub async fn record<D: Rulebook>(&self, id: impl Display + Send) -> Result<D, Problem> {
        Ok(self.record_and_revision(id).await?.0)
    }

    /// Everything that happened to a record after a revision, opened.
    pub async fn record_history<D: Rulebook>(
        &self,
        id: impl Display + Send,
        after: Revision,
    ) -> Result<Vec<RecordedEvent>, Problem> {
        let mut history = Vec::new();
        for event in self.history(&self.stream_of::<D>(&id)?, after).await? {
            history.push(self.unsealed::<D>(event).await?);
        }
        Ok(history)
    }
}

/// Whose key of notes words take, and where they stand: those about a case that stand in another stream are kept by the case.
struct Keeper<'a> {
    stream: Cow<'a, str>,
    /// The stream in which the event is, where that is another one.
    foreign: Option<&'a str>,
    revision: Revision,
}

impl<'a> Keeper<'a> {
    fn of((stream, revision): (&'a StreamId, Revision), event_type: &str, payload: &Value) -> Self {
        match free_text::of_case(event_type, payload) {
            None => Self { stream: stream.as_str().into(), foreign: None, revision },
            Some(case) => {
                Self { stream: format!("case-{case}").into(), foreign: Some(stream.as_str()), revision }
            }
        }
    }

    /// The name of the place: the field, behind the stream where that is not the keeper's own.
    fn label<'b>(&self, field: &'b str) -> Cow<'b, str> {
        self.foreign.map_or(field.into(), |stream| format!("{stream}{field}").into())
    }

    fn place<'b>(&'b self, label: &'b str) -> Place<'b> {
        Place { stream: &self.stream, revision: self.revision.get(), id: Uuid::nil(), event_type: label }
    }
}

fn replace<T: Into<Value>>(payload: &mut Value, fields: Vec<(&'static str, T)>) {
    for (field, value) in fields {
        if let Some(place) = payload.pointer_mut(field) {
            *place = value.into();
        }
    }
}

/// What a caller is told when the vault cannot.
pub(crate) fn vault_problem(error: &VaultError) -> Problem {
    match error {
        VaultError::KeyUnavailable(_) => {
            tracing::warn!(%error, "something sealed was asked for");
            Problem::of(catalogue::KEY_UNAVAILABLE).retry_after(10)
        }
        VaultError::Erased => Problem::of(catalogue::ERASED),
        VaultError::Damaged(_) => {
            tracing::error!(%error, "something sealed cannot be opened");
            Problem::of(catalogue::INTEGRITY_ERROR)
        }
    }
}
