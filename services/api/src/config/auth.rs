//! `[auth]`: whose tokens are accepted.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The section `[auth]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Auth {
    pub max_lifetime_seconds: i64,
    pub leeway_seconds: i64,
    pub remembered_tokens: u64,
    pub refresh_seconds: i64,
    pub issuers: Vec<IssuerConfig>,
}

/// One identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct IssuerConfig {
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<SigningAlgorithm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub discover: bool,
}

/// The algorithms that a token may be signed with; all are asymmetric, so that no one who verifies can also sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the names of RFC 7518 and RFC 8037")]
pub enum SigningAlgorithm {
    EdDSA,
    ES256,
    RS256,
}

/// Where an issuer's keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An address, `https` unless it is on this machine.
    Url(String),
    /// The address that the issuer's own description names.
    Discovered,
    /// A file, read again at each refresh.
    File(PathBuf),
    /// The configuration itself.
    Inline(String),
}

impl IssuerConfig {
    /// The one source that is set.
    pub fn key_source(&self) -> Result<KeySource, ConfigError> {
        match (&self.jwks_url, &self.jwks_file, &self.jwks, self.discover) {
            (Some(url), None, None, false) if is_safe_address(url) => Ok(KeySource::Url(url.clone())),
            (Some(_), None, None, false) => {
                Err(ConfigError::invalid("auth.issuers.jwks_url", "has to begin with https://"))
            }
            (None, Some(path), None, false) => Ok(KeySource::File(path.clone())),
            (None, None, Some(text), false) => Ok(KeySource::Inline(text.clone())),
            (None, None, None, true) if is_safe_address(&self.issuer) => Ok(KeySource::Discovered),
            (None, None, None, true) => Err(ConfigError::invalid(
                "auth.issuers.issuer",
                "has to begin with https:// where discover = true",
            )),
            _ => Err(ConfigError::invalid(
                "auth.issuers",
                "needs one of jwks_url, jwks_file, jwks and discover = true per issuer",
            )),
        }
    }
}

/// Keys that come over a network in the clear could be anybody's; the machine's own loopback is not a network. An address with a
/// name before an `@` may be of another host than it seems.
pub(crate) fn is_safe_address(text: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(text) else { return false };
    let plain = url.username().is_empty() && url.password().is_none();
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    plain && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

impl Auth {
    pub(super) fn check(&self, dev: bool) -> Result<(), ConfigError> {
        for issuer in &self.issuers {
            issuer.key_source()?;
            if issuer.issuer.is_empty() || issuer.audience.is_empty() || issuer.algorithms.is_empty() {
                return Err(ConfigError::invalid(
                    "auth.issuers",
                    "needs issuer, audience and algorithms, none empty",
                ));
            }
        }
        let mut names: Vec<&str> = self.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ConfigError::invalid("auth.issuers", "names the same issuer twice"));
        }
        if self.issuers.is_empty() && !dev {
            return Err(ConfigError::invalid(
                "auth.issuers",
                "is empty, so nobody could sign in; name one, or use --dev",
            ));
        }
        if !(1..=900).contains(&self.max_lifetime_seconds) || !(0..=60).contains(&self.leeway_seconds) {
            return Err(ConfigError::invalid(
                "auth",
                "allows a lifetime of 1 to 900 seconds and a leeway of 0 to 60",
            ));
        }
        if self.refresh_seconds < 60 {
            return Err(ConfigError::invalid("auth.refresh_seconds", "has to be 60 or more"));
        }
        Ok(())
    }
}
