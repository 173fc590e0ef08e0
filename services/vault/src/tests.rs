mod golden;
mod halves;
mod keeping;
mod moving;
mod nothing_shown;
mod rotating;
mod tokens;

use std::path::Path;

use uuid::Uuid;

use crate::{
    Compartment, KeyStore, Place, RootKey, RootKeys, Vault,
    key::{KEY, Key},
};

const HIV: Compartment = Compartment::Hiv;
const ROOT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_ROOT: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn roots(text: &str) -> RootKeys {
    RootKeys::none().with(HIV, RootKey::parse(text, "a test").unwrap())
}

fn key(byte: u8) -> Key {
    Key::new(zeroize::Zeroizing::new([byte; KEY]))
}

fn place(revision: u64) -> Place<'static> {
    Place { stream: "hiv-0a", revision, id: Uuid::from_u128(7), event_type: "hiv.sealed.v1" }
}

async fn store(folder: &Path) -> KeyStore {
    KeyStore::sqlite(&folder.join("keys.sqlite")).await.unwrap()
}

async fn vault(folder: &Path) -> Vault {
    Vault::open(store(folder).await, &roots(ROOT)).await.unwrap()
}
