//! The built binary `safar`, started and stopped as an operator would, each time in a folder of its own and on free ports.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use safar_api::{auth::DevIssuer, clock::Clock, ids::Ids};
use tempfile::TempDir;

/// Longer than a start has ever taken on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary beside this test: `cargo build -p safar-api` makes it.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has an executable");
    let folder = test.ancestors().nth(2).expect("tests are built into <target>/<profile>/deps");
    let program = folder.join("safar");
    assert!(program.is_file(), "{} is not there; run `cargo build -p safar-api` first", program.display());
    program
}

/// A folder with the data of one node, and how `safar` is started on it.
#[derive(Debug)]
pub struct Installation {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Installation {
    /// An empty folder; nobody is asked to slow down, and the operators' port is a free one.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("safar-binary-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        let installation = Self { folder, settings: Vec::new() };
        Ok(installation
            .set("SERVER__OPERATIONS_LISTEN", "127.0.0.1:0")
            .set("LIMITS__BURST", "1000000")
            .set("LIMITS__REQUESTS_PER_SECOND", "1000000"))
    }

    /// The same with one setting more, such as `STORE__URL`.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.settings.push((format!("SAFAR__{key}"), value.into()));
        self
    }

    /// The same with a variable that is no setting of ours.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// The same as a server in service: a secret of its own, and an identity provider instead of `--dev`.
    #[must_use]
    pub fn in_service(self, issuer: &DevIssuer) -> Self {
        // What is written here would be refused; all nodes of a test share it.
        static SECRET: LazyLock<String> = LazyLock::new(|| Ids::new(Clock::system()).mint().to_string());
        let provider = issuer.config();
        let keys = provider.jwks.expect("the development issuer writes its keys down");
        let issuers = format!(
            r#"[{{ issuer = "{}", audience = "{}", algorithms = ["EdDSA"], jwks = '{keys}' }}]"#,
            provider.issuer, provider.audience
        );
        self.set("SERVER__TOKEN_SECRET", SECRET.as_str())
            .set("VAULT__IDENTITY_KEY", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")
            .set("VAULT__CARE_NOTES_KEY", "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=")
            .set("AUTH__ISSUERS", issuers)
    }

    /// Where the node keeps its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A place for the test's own files, beside the data.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `safar` with these arguments on this data; no setting of the surroundings reaches it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("SAFAR_")) {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .env("TMPDIR", self.folder.path()) // what a killed process leaves behind goes with the folder
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a tool to its end; one that does not end, such as a server that should have refused to start, is killed.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        let files = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
        let mut command = self.command(arguments);
        let mut child = command.stdout(files.0.reopen()?).stderr(files.1.reopen()?).spawn()?;
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                bail!("safar {arguments:?} did not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Ok(Output { status, stdout: fs::read(files.0.path())?, stderr: fs::read(files.1.path())? })
    }

    /// Runs a tool that has to succeed, and gives what it printed.
    pub fn tool(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "safar {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(printed)
    }

    /// The organisations and workers of the demonstration, as an operator brings them in.
    pub fn describe_directory(&self) -> Result<()> {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/reference");
        let file = |name: &str| reference.join(name).display().to_string();
        self.tool(&["directory", "--organisations", &file("organisations.csv")])?;
        let (organisations, workers) = (file("demo-organisations.csv"), file("demo-workers.csv"));
        self.tool(&["directory", "--organisations", &organisations, "--workers", &workers])?;
        Ok(())
    }

    /// A token that the command line prints for a server with `--dev`.
    pub fn token(&self, worker: &str) -> Result<String> {
        Ok(self.tool(&["token", "--as", worker])?.trim().to_owned())
    }

    /// Starts a server (`serve` or `demo`, with its options) on a free port and waits until it calls itself ready.
    pub async fn start(&self, arguments: &[&str]) -> Result<Running> {
        let arguments = [arguments, &["--listen", "127.0.0.1:0"]].concat();
        let (printed, log) = (self.file("printed"), self.file("log"));
        let child =
            self.command(&arguments).stdout(File::create(&printed)?).stderr(File::create(&log)?).spawn()?;
        let mut running = Running { child, printed, log, address: String::new(), operations: String::new() };
        running.wait_until_ready().await?;
        Ok(running)
    }
}

/// A server that runs; killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    printed: PathBuf,
    log: PathBuf,
    /// Where workers ask: `http://127.0.0.1:…`.
    pub address: String,
    /// Where operators look.
    pub operations: String,
}

impl Running {
    async fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.addresses() && ready(&self.operations).await {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}: {}", self.log()?);
            }
            ensure!(Instant::now() < deadline, "the server is not ready in time: {}", self.log()?);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Reads where it listens from what it printed, or from its log.
    fn addresses(&mut self) -> bool {
        let printed = fs::read_to_string(&self.printed).unwrap_or_default();
        let said = printed.lines().find_map(|line| {
            let (address, operations) =
                line.strip_prefix("safar listens on ")?.split_once(", health and metrics on ")?;
            Some((address.to_owned(), operations.to_owned()))
        });
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let logged = log.lines().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            let url = |name: &str| Some(format!("http://{}", line[name].as_str()?));
            (line["message"] == "safar is ready").then_some((url("address")?, url("operations")?))
        });
        let Some((address, operations)) = said.or(logged) else { return false };
        (self.address, self.operations) = (address, operations);
        true
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn printed(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.printed)?)
    }

    /// Its log so far.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status()?;
        ensure!(sent.success(), "the signal {name} was not sent");
        Ok(())
    }

    /// Waits for its end.
    pub async fn end(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "the server does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        self.signal("TERM")?;
        self.end().await
    }

    /// Ends it as a crash would: kill -9.
    pub fn crash(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait().context("the killed server")?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _status = self.child.wait();
    }
}

async fn ready(operations: &str) -> bool {
    let answer = client().get(format!("{operations}/readyz")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// A client without a proxy, with a bound on every answer.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client without options can be built")
}

/// A token of an issuer that a server in service was told to trust.
pub fn token(issuer: &DevIssuer, worker: &str) -> String {
    let clock = Clock::system();
    issuer.mint(worker, clock.now(), 900, Ids::new(clock).mint())
}
