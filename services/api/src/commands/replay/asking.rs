//! Asking a server with somebody's token, and saying what to do when it does not answer.

use std::{fs, time::Duration};

use reqwest::{Client, Url, header::HeaderValue, redirect::Policy};
use serde_json::Value;

use crate::{
    cli::ReplayArgs,
    commands::{Failure, table::plain},
    config::is_safe_address,
};

/// How long a page may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A server and the token that it is shown.
pub(super) struct Server {
    client: Client,
    address: String,
    token: HeaderValue,
    language: &'static str,
}

impl Server {
    pub(super) fn new(arguments: &ReplayArgs) -> Result<Self, Failure> {
        let address = arguments.server.trim_end_matches('/').to_owned();
        if !is_safe_address(&address) {
            let sentence =
                "--server takes https://host; http:// only for this machine, or others could read the token";
            return Err(Failure::Usage(sentence.to_owned()));
        }
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none());
        // What is on this machine is not asked by way of another one.
        let client = if address.starts_with("http:") { client.no_proxy() } else { client };
        Ok(Self {
            client: client.build().map_err(Failure::failed)?,
            token: token(arguments)?,
            language: arguments.language.code(),
            address,
        })
    }

    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let url = Url::parse(&format!("{}{path}?{pairs}", self.address)).map_err(|_| self.is_another())?;
        let request = self.client.get(url).header("Authorization", self.token.clone());
        let answer = request.header("Accept-Language", self.language).send().await;
        let answer = answer.map_err(|error| self.unreached(error))?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|error| self.unreached(error))?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| self.is_another())?;
        if status == 200 { Ok(body) } else { Err(self.refused(status, &body)) }
    }

    pub(super) fn is_another(&self) -> Failure {
        Failure::failed(format!(
            "what answers at {} is no Safar of this version; look whether --server is right",
            plain(&self.address)
        ))
    }

    fn unreached(&self, error: reqwest::Error) -> Failure {
        let why = if error.is_timeout() { "it does not answer in time" } else { "nothing answers there" };
        tracing::debug!(error = %error.without_url(), "the server was not reached");
        Failure::failed(format!(
            "the server {} was not reached ({why}); look whether it runs and whether --server is right",
            plain(&self.address)
        ))
    }

    /// What the server said, and what to do next.
    fn refused(&self, status: u16, problem: &Value) -> Failure {
        let Some(detail) = problem["detail"].as_str() else { return self.is_another() };
        let next = match status {
            401 => {
                "The token is not valid, or no longer: get a new one and give it by --token-file or SAFAR_TOKEN."
            }
            403 => {
                "Ask with the token of an auditor; what a worker could see (--seen-by) is for auditors alone."
            }
            404 => "Look whether the id is right, and whether the case is open to the one whose token it is.",
            429 | 503 => "Try again in a while.",
            _ => "",
        };
        let places = problem["errors"].as_array().into_iter().flatten();
        let places: Vec<String> = places
            .filter_map(|error| {
                Some(format!(" {}: {}", error["parameter"].as_str()?, error["detail"].as_str()?))
            })
            .collect();
        let sentence = format!("the server answers {status}: {detail}{} {next}", places.concat());
        Failure::failed(plain(sentence.trim_end()))
    }
}

/// The token, as it is sent; never from the command line, where other users of the machine would see it.
fn token(arguments: &ReplayArgs) -> Result<HeaderValue, Failure> {
    let text = match &arguments.token_file {
        Some(file) => fs::read_to_string(file)
            .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?,
        None => std::env::var("SAFAR_TOKEN").unwrap_or_default(),
    };
    if text.trim().is_empty() {
        let sentence = "there is no token: give it by --token-file or in SAFAR_TOKEN; for a development server, \
                        SAFAR_TOKEN=$(safar token --as au-tj) with the --data of the server";
        return Err(Failure::Usage(sentence.to_owned()));
    }
    let header = HeaderValue::from_str(&format!("Bearer {}", text.trim()));
    let mut header = header.map_err(|_| Failure::Usage("what was given as a token is none".to_owned()))?;
    header.set_sensitive(true);
    Ok(header)
}
