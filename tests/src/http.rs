//! Safar as its users meet it: a node in a temporary folder, served on a free port, with a clock that the test sets.

mod ask;
mod cut;
mod directory;
mod undone;

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use actix_web::web::Data;
use anyhow::{Context as _, Result, anyhow};
use jiff::{SignedDuration, Timestamp};
use safar_api::{
    app::App,
    auth::{DevIssuer, Verifier, fetch_by_http},
    clock::{Clock, ClockHand},
    commands::live_through,
    config::{Config, DailyRecords, Limits},
    journey::{Journey, Played},
    node::{Face, Node, serve, url},
};
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use ask::{Answer, As, Ask};

use crate::postgres::{Database, Postgres};

/// Where the log of a test app is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file in a temporary folder.
    Sqlite,
    /// A database of its own on the server of this test process.
    Postgres,
}

/// What may differ between test apps.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the log is.
    pub engine: Engine,
    /// How much is taken on; by default no user is ever asked to slow down.
    pub limits: Limits,
    /// What has been lived through before the first request, on the day on which every test begins.
    pub lived: Vec<Journey>,
}

/// A running node. When it is dropped it looks whether anything was left undone, and fails the test that did so.
pub struct TestApp {
    /// The application behind the face, for looking at the log.
    pub app: App,
    /// The hand of its clock.
    pub clock: ClockHand,
    /// Where operators look.
    pub operations: String,
    /// The ids that each journey of the settings kept.
    pub kept: Vec<Played>,
    commands: AtomicU64,
    url: String,
    issuer: Arc<DevIssuer>,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<()>>>,
    database: Option<Arc<Database>>,
    folder: TempDir,
}

/// What a node says when it answers: itself, where it answers workers and operators, and what was kept.
type Begun = (App, [SocketAddr; 2], Vec<Played>);

/// The moment at which every test begins.
pub fn beginning() -> Timestamp {
    "2026-05-04T06:00:00Z".parse().expect("a fixed moment")
}

impl Settings {
    /// The usual settings on this engine.
    pub fn on(engine: Engine) -> Self {
        let many = NonZeroU32::MAX;
        let limits = Limits {
            burst: many,
            requests_per_second: many,
            daily_records: DailyRecords::all(u32::MAX),
            ..Config::development().limits
        };
        Self { engine, limits, lived: Vec::new() }
    }
}

impl TestApp {
    /// An app with the reference directory on this engine.
    pub async fn on(engine: Engine) -> Result<Self> {
        Self::start(Settings::on(engine)).await
    }

    /// An app on the embedded log.
    pub async fn sqlite() -> Result<Self> {
        Self::on(Engine::Sqlite).await
    }

    /// An app with settings of its own.
    pub async fn start(settings: Settings) -> Result<Self> {
        let database = match settings.engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Arc::new(Postgres::shared()?.database().await?)),
        };
        let issuer = Arc::new(DevIssuer::ephemeral());
        let (_, clock) = Clock::settable(beginning());
        Self::node((settings.limits, Some(settings.lived)), (database, issuer, clock)).await
    }

    /// Two nodes on one PostgreSQL database, under one clock.
    pub async fn pair() -> Result<[Self; 2]> {
        let settings = Settings::on(Engine::Postgres);
        let first = Self::start(settings.clone()).await?;
        let second = first.beside(&settings.limits).await?;
        Ok([first, second])
    }

    /// Another node on the same PostgreSQL database, which begins to know of it only now.
    pub async fn beside(&self, limits: &Limits) -> Result<Self> {
        let shared = (self.database.clone(), self.issuer.clone(), self.clock.clone());
        Self::node((limits.clone(), None), shared).await
    }

    /// The database, where the log is in one.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_deref()
    }

    /// One node; the first one on a log has something to live through, or describes the directory.
    async fn node(
        (limits, lived): (Limits, Option<Vec<Journey>>),
        (database, issuer, clock): (Option<Arc<Database>>, Arc<DevIssuer>, ClockHand),
    ) -> Result<Self> {
        let folder = folder()?;
        let mut config = configured(&folder, &issuer)?;
        config.limits = limits;
        if let Some(database) = &database {
            config.store.url = database.owner_url.clone().into();
        }
        Self::run((config, lived), (folder, database, issuer, clock)).await
    }

    /// Runs a node over what is in a folder.
    async fn run(
        (config, lived): (Config, Option<Vec<Journey>>),
        (folder, database, issuer, clock): (TempDir, Option<Arc<Database>>, Arc<DevIssuer>, ClockHand),
    ) -> Result<Self> {
        let (ready, started) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let hand = clock.clone();
        let server = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(live((config, lived), hand, ready, stopped))
        });
        let Ok((app, [address, operations], kept)) = started.await else {
            let ended = server.join().map_err(|_| anyhow!("the node panicked"))?;
            return Err(ended.err().unwrap_or_else(|| anyhow!("the node ended before it began")));
        };
        let client =
            reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().context("a client")?;
        Ok(Self {
            app,
            clock,
            operations: url(operations),
            kept,
            commands: AtomicU64::new(0),
            url: url(address),
            issuer,
            client,
            stop: Some(stop),
            server: Some(server),
            database,
            folder,
        })
    }

    /// Speaks as this worker, with a token of this minute.
    pub fn as_(&self, worker: &str) -> As<'_> {
        let now = self.clock.now();
        As::new(self, Some(self.issuer.mint(worker, now, 900, self.app.ids.mint())))
    }

    /// Speaks as this worker, who signed in so many minutes ago.
    pub fn signed_in(&self, worker: &str, minutes_ago: i64) -> As<'_> {
        let now = self.clock.now();
        let then = now.saturating_sub(SignedDuration::from_mins(minutes_ago)).expect("a moment");
        As::new(self, Some(self.issuer.mint_for_session(worker, (then, now), 900, self.app.ids.mint())))
    }

    /// Speaks without a token.
    pub fn anonymously(&self) -> As<'_> {
        As::new(self, None)
    }

    /// The key of the next command: by chance, but counted where something was lived through, so that two apps that are told
    /// the same make the same ids.
    fn key(&self) -> Uuid {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let counted = Uuid::from_u128(0x0190_e000_0000_7000_8000_0000_0000_0000 + u128::from(number));
        if self.kept.is_empty() { self.app.ids.mint() } else { counted }
    }

    /// How many events the log holds.
    pub async fn head(&self) -> u64 {
        self.app.store.head().await.expect("the log answers").get()
    }

    /// Ends without a look at what is left undone: for a test that has damaged the log.
    pub fn leave(mut self) {
        let stopped = self.stop.take().map(|stop| stop.send(()));
        let ended = self.server.take().map(JoinHandle::join);
        assert!(stopped.is_some() && ended.is_some_and(|ended| ended.is_ok()), "the node panicked");
    }

    /// Waits until the read models have taken in everything.
    pub async fn settle(&self) {
        let head = self.app.store.head().await.expect("the log answers");
        let reached = self.app.models.wait_for(head, std::time::Duration::from_secs(30)).await;
        assert!(reached >= head, "the read models stand at {reached} and the log at {head}");
    }

    /// The folder in which the node writes.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The face of the node, to be served once more beside it.
    pub fn face(&self) -> Result<Face> {
        let mut config = Config::development();
        config.auth.issuers.push(self.issuer.config());
        let verifier = Verifier::new(config.auth, fetch_by_http()?, self.clock.clock())?;
        Ok(Face::new(self.app.clone(), Data::new(verifier), &Settings::on(Engine::Sqlite).limits))
    }

    /// Sends requests to another address from now on; answers the one before.
    pub fn served_at(&mut self, url: String) -> String {
        std::mem::replace(&mut self.url, url)
    }

    /// Host and port, for requests that are written byte by byte.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }
}

fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("safar-http-").tempdir()?)
}

/// What every test app is configured with.
fn configured(folder: &TempDir, issuer: &DevIssuer) -> Result<Config> {
    let mut config = Config::development();
    folder.path().clone_into(&mut config.store.data_folder);
    config.server.listen = "127.0.0.1:0".parse()?;
    config.server.operations_listen = "127.0.0.1:0".parse()?;
    config.server.workers = 2;
    config.server.drain_seconds = 1;
    config.vault.identity_key = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=".to_owned().into();
    config.vault.care_notes_key = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=".to_owned().into();
    config.vault.hiv_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned().into();
    config.server.token_secret = "a secret that only these tests ever use".to_owned().into();
    config.auth.issuers.push(issuer.config());
    Ok(config)
}

/// Lives until told to stop, then looks whether anything was left undone.
async fn live(
    (config, lived): (Config, Option<Vec<Journey>>),
    hand: ClockHand,
    ready: oneshot::Sender<Begun>,
    stopped: oneshot::Receiver<()>,
) -> Result<()> {
    let clock = hand.clock();
    let mut kept = Vec::new();
    let journeys = lived.as_deref().unwrap_or_default();
    if !journeys.is_empty() {
        kept = live_through(&config, journeys, hand.now(), |_, _| ()).await?;
        hand.advance(SignedDuration::from_mins(1));
    }
    let node = Node::open(&config, true, clock.clone()).await?;
    if lived.is_some_and(|journeys| journeys.is_empty()) {
        directory::describe(&node.app).await?;
    }
    node.caught_up().await?;
    let verifier = Verifier::new(config.auth.clone(), fetch_by_http()?, clock)?;
    let face = Face::new(node.app.clone(), Data::new(verifier), &config.limits);
    let servers = serve(&config, face, prometheus::Registry::new())?;
    let handed_over = ready.send((node.app.clone(), [servers.address, servers.operations], kept));
    handed_over.map_err(|_| anyhow!("the test went away"))?;
    servers
        .run(async {
            let _stop_or_test_gone = stopped.await;
        })
        .await?;
    let undone = undone::look(&node).await;
    node.close().await;
    undone
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _already_ended = stop.send(());
        }
        let Some(server) = self.server.take() else { return };
        let ended = server.join().unwrap_or_else(|_| Err(anyhow!("the node panicked")));
        if let Err(error) = ended {
            assert!(std::thread::panicking(), "something was left undone: {error:#}");
        }
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp").field("url", &self.url).finish_non_exhaustive()
    }
}
