//! The page that travels with a handoff: the packet for people, and the slip that comes back.

use safar_domain::{
    case::handoff::packet::{Packet, SealedPacket},
    person::DescribePerson,
};
use serde_json::json;

use crate::{
    language::Language,
    press::{Order, PrintError},
};

const PAPER: &str = "handoff";

/// What is printed: the packet as it was sealed, and whose it is.
pub struct HandoffPage<'a> {
    /// The packet with its digest.
    pub sealed: &'a SealedPacket,
    /// Who the patient is, as of the revision that the packet names; absent for a reader who proves without knowing it.
    pub patient: Option<&'a DescribePerson>,
    /// What the sender is called.
    pub sender: &'a str,
    /// What the destination is called, where it is one of the network.
    pub destination: Option<&'a str>,
}

/// One or two pages of A4; the same packet and person give the same bytes each time.
pub fn handoff_page(page: &HandoffPage<'_>, language: Language) -> Result<Vec<u8>, PrintError> {
    order(page, language)?.print()
}

fn order(page: &HandoffPage<'_>, language: Language) -> Result<Order, PrintError> {
    let unreadable = |_| PrintError::Data(PAPER);
    // What was sealed is read and nothing else, so that the page cannot say what the digest does not cover.
    let packet: Packet = serde_json::from_str(&page.sealed.document).map_err(unreadable)?;
    let dated = packet.offered_at;
    let reader = if page.patient.is_some() { "named" } else { "unnamed" };
    Ok(Order {
        paper: PAPER,
        template: include_str!("../templates/handoff.typ"),
        data: json!({
            "packet": packet,
            "sha256": page.sealed.seal.sha256,
            "patient": page.patient,
            "sender_name": page.sender,
            "destination_name": page.destination,
            "language": language,
        }),
        drawing: None,
        language,
        identity: format!("{}/{reader}", page.sealed.seal.sha256),
        dated,
    })
}

#[cfg(test)]
mod tests;
