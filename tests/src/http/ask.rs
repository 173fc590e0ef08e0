//! Requests as a worker sends them, and answers as a worker reads them.

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::TestApp;

/// Someone who asks: a worker with a token, or nobody.
#[derive(Debug, Clone)]
pub struct As<'a> {
    app: &'a TestApp,
    token: Option<String>,
}

/// A request that is being put together.
#[derive(Debug, Clone)]
#[must_use = "a request is sent by `send`"]
pub struct Ask<'a> {
    app: &'a TestApp,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl<'a> As<'a> {
    pub(super) fn new(app: &'a TestApp, token: Option<String>) -> Self {
        Self { app, token }
    }

    /// The token, where there is one.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Any request, with nothing but the token.
    pub fn ask(&self, method: &str, path: &str) -> Ask<'a> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let token = self.token.iter().map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        Ask { app: self.app, method, path: path.to_owned(), headers: token.collect(), body: None }
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Ask<'a> {
        self.ask("GET", path)
    }

    /// Gives a command under a new key.
    pub fn post(&self, path: &str, body: &Value) -> Ask<'a> {
        self.command("POST", path, body)
    }

    /// Describes something under a new key.
    pub fn put(&self, path: &str, body: &Value) -> Ask<'a> {
        self.command("PUT", path, body)
    }

    /// Gives a command under a new key, by either method.
    pub fn command(&self, method: &str, path: &str, body: &Value) -> Ask<'a> {
        self.ask(method, path).key(&self.app.key().to_string()).json(body)
    }
}

impl Ask<'_> {
    /// Sets a header, in place of one of that name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Adds a header beside others of that name.
    pub fn also(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Takes a header away.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Under which key the command counts once.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// The revision on which the command was decided.
    pub fn on(self, revision: u64) -> Self {
        self.header("if-match", &format!("\"{revision}\""))
    }

    /// On whatever revision it meets.
    pub fn on_any(self) -> Self {
        self.header("if-match", "any")
    }

    /// A body of JSON.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string().into_bytes())
    }

    /// A body as it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends it and waits for the whole answer.
    pub async fn send(self) -> Answer {
        let url = format!("{}{}", self.app.url, self.path);
        let mut request = self.app.client.request(self.method, url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("the answer is whole").to_vec();
        Answer { status, headers, body }
    }
}

impl Answer {
    /// Fails with the whole answer unless it has this status.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the check is the point; the answer is for whoever wants it"
    )]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Fails unless it is a problem with this status and this code.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the check is the point; the answer is for whoever wants it"
    )]
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
        assert_eq!(answer.code(), code, "{}", answer.text());
        answer
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header, empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The code of a problem, empty in a success.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The revision in the `ETag`.
    #[track_caller]
    pub fn revision(&self) -> u64 {
        self.header("etag").trim_matches('"').parse().expect("an ETag with a revision")
    }

    /// The id of the thing that was created.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text())).to_owned()
    }
}

impl TestApp {
    /// Sends bytes as they are and reads until the server closes the connection; `None` if it closes without a word.
    pub async fn raw(&self, request: &[u8]) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.host()).await.expect("the server listens");
        // The server may refuse and close before it has read everything.
        let _cut_short = stream.write_all(request).await;
        let mut bytes = Vec::new();
        let _cut_short = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name: reqwest::header::HeaderName = name.parse().ok()?;
            headers.append(name, value.parse().ok()?);
        }
        Some(Answer { status, headers, body: body.as_bytes().to_vec() })
    }
}
