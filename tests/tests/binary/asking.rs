//! Asking a server as a worker does.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use safar_tests::binary::client;
use serde_json::{Value, json};
use uuid::Uuid;

/// A worker at a desk, with a token.
#[derive(Clone)]
pub(crate) struct Worker {
    http: Client,
    /// Under which the log knows them.
    pub(crate) name: String,
    token: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) position: Option<String>,
    /// In how many seconds to come again.
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

/// A command as it is sent, as often as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) key: Uuid,
    pub(crate) path: String,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Value,
}

impl Worker {
    pub(crate) fn new(name: &str, token: impl Into<String>) -> Self {
        Self { http: client(), name: name.to_owned(), token: token.into() }
    }

    pub(crate) async fn get(&self, address: &str, path: &str) -> Result<Answer> {
        let request = self.http.request(Method::GET, format!("{address}{path}"));
        Answer::of(request.bearer_auth(&self.token).send().await?).await
    }

    /// Sends a command once; an error means that nobody knows what became of it.
    pub(crate) async fn send(&self, address: &str, command: &Command) -> Result<Answer> {
        let mut request = self
            .http
            .request(Method::POST, format!("{address}{}", command.path))
            .bearer_auth(&self.token)
            .header("Idempotency-Key", command.key.to_string())
            .json(&command.body);
        if let Some(if_match) = &command.if_match {
            request = request.header("If-Match", if_match);
        }
        Answer::of(request.send().await?).await
    }

    /// Sends a command until it is answered with something else than "later".
    pub(crate) async fn insist(&self, address: &str, command: &Command) -> Result<Answer> {
        for _ in 0..100 {
            let answer = self.send(address, command).await?;
            if answer.status != 503 {
                return Ok(answer);
            }
        }
        anyhow::bail!("{} is answered 503 a hundred times", command.path)
    }
}

impl Answer {
    async fn of(response: reqwest::Response) -> Result<Self> {
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let position = header("safar-position").map(str::to_owned);
        let retry_after = header("retry-after").map(str::to_owned);
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Self { status, position, retry_after, body })
    }

    /// The body of an answer that has to be a success.
    pub(crate) fn success(self) -> Result<Value> {
        ensure!(self.status < 300, "{}: {}", self.status, self.body);
        Ok(self.body)
    }

    /// The id of the thing that was created.
    pub(crate) fn id(self) -> Result<String> {
        let body = self.success()?;
        Ok(body["id"].as_str().with_context(|| format!("no id in {body}"))?.to_owned())
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// A person whose names and numbers nobody else has.
pub(crate) fn register(key: Uuid, family: &str, telephones: &[&str]) -> Command {
    let body = json!({
        "names": [{ "family": family, "given": "Фируз", "patronymic": null }],
        "birth": { "precision": "year", "year": 1991 }, "sex": "male", "citizenship": "TJ",
        "telephones": telephones,
    });
    Command { key, path: "/v1/persons".to_owned(), if_match: None, body }
}

pub(crate) fn open(key: Uuid, person: &str) -> Command {
    let body = json!({
        "person": person, "phase": "pre_departure", "setting": "pre_departure_session",
        "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
    });
    Command { key, path: "/v1/cases".to_owned(), if_match: None, body }
}

/// The cheapest command there is, at a revision or in any order.
pub(crate) fn support(key: Uuid, case: &str, revision: Option<u64>) -> Command {
    let if_match = revision.map_or_else(|| "any".to_owned(), |revision| format!("\"{revision}\""));
    let body = json!({ "kind": "food", "on": "2026-01-31" });
    Command { key, path: format!("/v1/cases/{case}/support"), if_match: Some(if_match), body }
}

pub(crate) fn note(key: Uuid, case: &str, text: &str) -> Command {
    let if_match = Some("any".to_owned());
    Command { key, path: format!("/v1/cases/{case}/notes"), if_match, body: json!({ "text": text }) }
}

/// Chance that can be repeated (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn key(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(
            (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes(),
        )
        .into_uuid()
    }
}
