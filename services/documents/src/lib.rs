//! What Safar prints: the page that travels with a handoff, with its return slip, and the card in the patient's pocket.
//!
//! A paper is made of what it says and of nothing else: no clock, no file, no network. The same packet gives the same bytes on
//! every machine, so that a printed page can be held against the log. How a paper looks is a template in `templates/`, its
//! words are in `labels/`, one file for each language.

mod fonts;
mod handoff_page;
mod language;
mod press;
mod qr;
#[cfg(test)]
mod testing;
mod wallet_card;

pub use handoff_page::{HandoffPage, handoff_page};
pub use language::{Language, UnknownLanguage};
pub use press::PrintError;
pub use wallet_card::{WalletCard, wallet_card};
