//! The vault of a node: root keys from where the configuration says, wrapped keys from their store.
//!
//! Whatever is missing or wrong locks the compartment and nothing else: the node starts and says so.

use std::{path::PathBuf, sync::Arc, time::Duration};

use safar_domain::free_text;
use safar_event_store::{EventStore, Position, RecordedEvent, StoreError};
use safar_vault::{
    Compartment, KeyStore, RootKey, RootKeyError, RootKeys, Token, Vault, VaultError, read_private,
};
use serde_json::Value;

use super::NodeError;
use crate::config::Config;

const PAGE: u32 = 5_000;

/// The root keys that a configuration names, those of a token first; only `make` lets a missing one be made, for development.
pub fn root_keys(config: &Config, make: bool) -> Result<RootKeys, RootKeyError> {
    let mut roots = RootKeys::none();
    let token = token(config)?;
    for compartment in Compartment::ALL {
        let held = token.as_ref().map(|token| token.root(compartment)).transpose()?.flatten();
        let root = match held {
            Some(root) => Some(root),
            None => root_key(config, compartment, make)?,
        };
        if let Some(root) = root {
            roots = roots.with(compartment, root);
        }
    }
    let halves = &config.vault.epoch_folder;
    Ok(if halves.as_os_str().is_empty() { roots } else { roots.with_halves_in(halves) })
}

/// The token that a configuration names.
fn token(config: &Config) -> Result<Option<Arc<Token>>, RootKeyError> {
    let vault = &config.vault;
    if vault.pkcs11_module.as_os_str().is_empty() {
        return Ok(None);
    }
    let pin = match vault.pkcs11_pin.expose() {
        "" => read_private(&vault.pkcs11_pin_file)?,
        pin => pin.to_owned().into(),
    };
    Token::open(&vault.pkcs11_module, &vault.pkcs11_token, pin.trim()).map(Some)
}

fn root_key(config: &Config, compartment: Compartment, make: bool) -> Result<Option<RootKey>, RootKeyError> {
    let (key, file) = config.vault.root(compartment);
    let own = config.store.data_folder.join(format!("{}.key", compartment.code()));
    if !key.is_empty() {
        let name = format!("vault.{}_key", compartment.code().replace('-', "_"));
        RootKey::parse(key.expose(), &name).map(Some)
    } else if !file.as_os_str().is_empty() {
        RootKey::read(file).map(Some)
    } else if make {
        RootKey::read_or_make(&own).map(Some)
    } else if own.exists() {
        RootKey::read(&own).map(Some)
    } else {
        Ok(None)
    }
}

/// Where wrapped keys are kept.
enum Address {
    File(PathBuf),
    Server(String),
}

fn address(config: &Config) -> Address {
    let (keys, log) = (config.vault.key_store.expose(), config.store.url.expose());
    match keys.strip_prefix("sqlite:") {
        Some(path) => Address::File(path.strip_prefix("//").unwrap_or(path).into()),
        None if !keys.is_empty() => Address::Server(keys.to_owned()),
        None if log.is_empty() => Address::File(config.store.data_folder.join("keys.sqlite")),
        None => Address::Server(log.to_owned()),
    }
}

/// The key store that a configuration names; a server makes an absent file, a tool does not.
pub async fn key_store(config: &Config, make: bool) -> Result<KeyStore, VaultError> {
    match address(config) {
        Address::File(path) if make => KeyStore::sqlite(&path).await,
        Address::File(path) => KeyStore::sqlite_as_it_is(&path).await,
        Address::Server(url) => {
            KeyStore::postgres(&url, Duration::from_millis(config.store.acquire_timeout_ms)).await
        }
    }
}

/// Makes the tables of a key store on a server; one in a file needs no such step.
pub async fn migrate_keys(config: &Config, grant_to: Option<&str>) -> Result<(), VaultError> {
    match address(config) {
        Address::File(_) => Ok(()),
        Address::Server(url) => KeyStore::migrate_postgres(&url, grant_to).await,
    }
}

/// The vault of a node that serves `log`.
pub(super) async fn vault(config: &Config, dev: bool, log: &EventStore) -> Result<Vault, NodeError> {
    let roots = root_keys(config, dev)?;
    let held: Vec<_> = roots.compartments().collect();
    for compartment in Compartment::ALL.iter().filter(|compartment| !held.contains(compartment)) {
        let compartment = compartment.code();
        tracing::warn!(compartment, "this node has no key for it, and does not serve what is sealed in it");
    }
    if held.is_empty() {
        return Ok(Vault::locked());
    }
    let opened = async {
        if dev {
            migrate_keys(config, None).await?;
        }
        let store = key_store(config, true).await?;
        let roots = trusted(&store, roots, log).await?;
        Ok(Vault::open(store, &roots).await?)
    };
    match opened.await {
        Ok(vault) => Ok(vault),
        Err(Untrusted::Clear(category)) => Err(NodeError::InTheClear(category)),
        Err(Untrusted::Vault(error)) => {
            tracing::error!(%error, "the keys cannot be used; what is sealed is not served");
            Ok(Vault::locked())
        }
    }
}

/// Why the keys are not taken into use.
enum Untrusted {
    /// The log holds streams of this category as no version writes them any more.
    Clear(String),
    Vault(VaultError),
}

impl From<VaultError> for Untrusted {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// The vault of a tool, which makes nothing: locked where a key or the key store is missing.
pub async fn vault_as_it_is(config: &Config) -> Result<Vault, RootKeyError> {
    let roots = root_keys(config, false)?;
    if roots.compartments().next().is_none() {
        return Ok(Vault::locked());
    }
    let opened = async {
        let store = key_store(config, false).await?;
        let mut known = roots;
        for compartment in known.compartments() {
            if !store.knows(compartment).await? {
                tracing::warn!(compartment = compartment.code(), "the key store knows no keys of it");
                known = known.without(compartment);
            }
        }
        Vault::open(store, &known).await
    };
    Ok(opened.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the keys cannot be used; what is sealed stays closed");
        Vault::locked()
    }))
}

/// A key store that knows nothing of a compartment is not the one under which a log's events of it were sealed: new keys
/// would name the same records anew, and the old ones would seem never to have been.
async fn trusted(store: &KeyStore, mut roots: RootKeys, log: &EventStore) -> Result<RootKeys, Untrusted> {
    for compartment in roots.compartments() {
        if store.knows(compartment).await? {
            continue;
        }
        // A log that cannot be read says so elsewhere.
        match first_of(log, compartment).await {
            Ok(None) => continue,
            Ok(Some(event)) if !is_sealed(&event, compartment) => {
                return Err(Untrusted::Clear(event.stream.category().to_owned()));
            }
            _ => (),
        }
        tracing::error!(
            compartment = compartment.code(),
            "the key store is new and the log is not: restore the key store from its backup"
        );
        roots = roots.without(compartment);
    }
    Ok(roots)
}

/// The first event in the log that belongs into this compartment.
async fn first_of(log: &EventStore, compartment: Compartment) -> Result<Option<RecordedEvent>, StoreError> {
    let mut from = Position::START;
    let belongs = |event: &RecordedEvent| {
        Compartment::of_category(event.stream.category()) == Some(compartment)
            || is_sealed(event, compartment)
    };
    loop {
        let page = log.read_all(from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        from = last.position;
        if let Some(first) = page.into_iter().find(belongs) {
            return Ok(Some(first));
        }
    }
}

/// Whether an event, or the words in it, are sealed in a compartment.
fn is_sealed(event: &RecordedEvent, compartment: Compartment) -> bool {
    if compartment != Compartment::CareNotes || !free_text::may_have_words(&event.event_type) {
        return event.event_type == compartment.event_type();
    }
    let payload: Value = serde_json::from_slice(&event.payload).unwrap_or_default();
    free_text::words(&event.event_type, &payload).iter().any(|(_, words)| free_text::sealed(words).is_some())
}
