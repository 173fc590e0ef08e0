//! One identity provider and the keys we know of it.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{
    discovery,
    keys::{self, KeySet, KeysError, PublicKey},
};
use crate::{
    clock::Clock,
    config::{IssuerConfig, KeySource, SigningAlgorithm},
};

/// An unknown key causes at most one fetch in this time, however many tokens name it.
const FETCH_PAUSE_SECONDS: i64 = 60;
/// A key set is small.
const KEY_SET_LIMIT: usize = 256 * 1024;

/// Gets the bytes at an address; tests put their own in its place.
pub type Fetch = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Vec<u8>, FetchError>> + Send + Sync>;

/// Why a key set could not be fetched; the address is left out, for it may carry a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key set could not be fetched: {0}")]
pub struct FetchError(pub String);

/// Fetches over HTTPS: no redirects, five seconds, 256 KiB.
pub fn fetch_by_http() -> Result<Fetch, FetchError> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| FetchError(error.without_url().to_string()))?;
    Ok(Arc::new(move |url| Box::pin(get(client.clone(), url))))
}

async fn get(client: reqwest::Client, url: String) -> Result<Vec<u8>, FetchError> {
    let failed = |error: reqwest::Error| FetchError(error.without_url().to_string());
    let mut response =
        client.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    if !response.status().is_success() {
        return Err(FetchError(format!("it was answered with {}", response.status().as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > KEY_SET_LIMIT {
            return Err(FetchError("it is larger than 256 KiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(super) struct Issuer {
    pub(super) name: String,
    pub(super) audience: String,
    algorithms: Vec<SigningAlgorithm>,
    source: KeySource,
    keys: RwLock<Arc<KeySet>>,
    last_try: Mutex<Option<Timestamp>>,
}

impl Issuer {
    /// An issuer of the configuration, with the keys that are at hand without a network.
    pub(super) fn new(config: &IssuerConfig, source: KeySource) -> Result<Self, KeysError> {
        let keys = match &source {
            KeySource::Inline(text) => keys::read(text.as_bytes())?,
            KeySource::File(_) | KeySource::Url(_) | KeySource::Discovered => KeySet::new(),
        };
        Ok(Self {
            name: config.issuer.clone(),
            audience: config.audience.clone(),
            algorithms: config.algorithms.clone(),
            source,
            keys: RwLock::new(Arc::new(keys)),
            last_try: Mutex::new(None),
        })
    }

    pub(super) fn allows(&self, algorithm: SigningAlgorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// The key, if it is known now; no waiting.
    pub(super) fn known(&self, id: &str) -> Option<Arc<PublicKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The key, after at most one fetch per minute when it is not known.
    pub(super) async fn key(&self, id: &str, fetch: &Fetch, clock: &Clock) -> Option<Arc<PublicKey>> {
        if let Some(key) = self.known(id) {
            return Some(key);
        }
        // Whoever waits here for another's fetch finds its result, not a fetch of its own.
        let mut last_try = self.last_try.lock().await;
        let now = clock.now();
        let too_soon = last_try.is_some_and(|at| now.as_second() - at.as_second() < FETCH_PAUSE_SECONDS);
        if !too_soon && self.known(id).is_none() {
            *last_try = Some(now);
            self.load(fetch).await;
        }
        self.known(id)
    }

    /// Loads the keys again, so that one that was taken back is forgotten. What fails changes nothing.
    pub(super) async fn refresh(&self, fetch: &Fetch, clock: &Clock) -> bool {
        *self.last_try.lock().await = Some(clock.now());
        self.load(fetch).await
    }

    async fn load(&self, fetch: &Fetch) -> bool {
        let text = match &self.source {
            KeySource::Inline(_) => return true,
            KeySource::Url(url) => fetch(url.clone()).await.map_err(|error| error.to_string()),
            KeySource::Discovered => self.discover(fetch).await,
            KeySource::File(path) => std::fs::read(path).map_err(|error| error.to_string()),
        };
        match text.and_then(|text| keys::read(&text).map_err(|error| error.to_string())) {
            Ok(keys) => {
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                true
            }
            Err(error) => {
                tracing::warn!(issuer = %self.name, error, "the issuer's keys could not be loaded; known keys stay");
                false
            }
        }
    }

    /// The keys at the address that the issuer names; asked for each time, for a provider may move them.
    async fn discover(&self, fetch: &Fetch) -> Result<Vec<u8>, String> {
        let description = fetch(discovery::address(&self.name)).await.map_err(|error| error.to_string())?;
        let keys = discovery::keys_address(&description, &self.name)?;
        fetch(keys).await.map_err(|error| error.to_string())
    }
}
