//! Sealed events, opened again.

use safar_domain::{
    compartment::Compartment,
    stored::{Enclosed, StoredError},
};
use safar_event_store::RecordedEvent;
use safar_vault::{Place, Vault, VaultError};

/// Where an event is sealed, from what the log says of it in the clear.
pub fn place(event: &RecordedEvent) -> Place<'_> {
    Place {
        stream: event.stream.as_str(),
        revision: event.revision.get(),
        id: event.event_id,
        event_type: &event.event_type,
    }
}

/// An event of a sealed stream as it was before it was sealed. One that is there unsealed is not taken for one.
pub async fn opened(
    vault: &Vault,
    compartment: Compartment,
    event: RecordedEvent,
) -> Result<RecordedEvent, VaultError> {
    if event.event_type != compartment.event_type() {
        return Err(VaultError::Damaged("it is in a sealed stream and not sealed"));
    }
    let content = vault.unseal(compartment, &place(&event), &event.payload).await?;
    let inside = |_: StoredError| VaultError::Damaged("what is inside is no event");
    let Enclosed { encoded, occurred_at } = Enclosed::from_bytes(&content).map_err(inside)?;
    let (event_type, payload, metadata) = (encoded.event_type, encoded.payload, encoded.metadata);
    Ok(RecordedEvent { event_type, payload, metadata, occurred_at, ..event })
}
