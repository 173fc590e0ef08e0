//! Streams that are sealed: how they are named, what of an event stays in the clear, and how they are read again.

use std::fmt::Display;

use jiff::Timestamp;
use safar_domain::{
    compartment::Compartment,
    decider::Fact,
    stored::{Enclosed, Encoded, StoredError},
};
use safar_event_store::{NewEvent, RecordedEvent, Revision, StreamId};
use safar_projections::{recorded, sealed};
use safar_vault::{Place, Vault, VaultError};
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
        let Some(compartment) = D::compartment() else { return Ok(events) };
        let now = self.clock.now();
        let mut sealed = Vec::with_capacity(events.len());
        for (event, ahead) in events.into_iter().zip(1..) {
            let revision = expected.plus(ahead);
            sealed.push(self.seal(compartment, (stream, revision), event, now).await?);
        }
        Ok(sealed)
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
        let (loaded, _) = self.up_to_date::<D>(&stream, self.clock.now()).await?;
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
