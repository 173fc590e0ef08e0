//! A PostgreSQL server to throw away, and a database per test.
//!
//! `SAFAR_TEST_POSTGRES` may hold the address of a superuser on a server that many tests share; without it each test process
//! starts its own. Data is on disk, with fsync on: what is tested here is durability.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

/// Names the address of a shared server.
pub const SHARED: &str = "SAFAR_TEST_POSTGRES";

/// A server; stopped and removed when this is dropped, and also when this process dies in any other way.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    own: Option<Own>,
}

/// The keeper holds the server and ends it when its standard input closes, that is, at the latest with this process.
#[derive(Debug)]
struct Own {
    keeper: Child,
    data: PathBuf,
}

impl Postgres {
    /// The server of this test process: the shared one, or its own.
    pub fn shared() -> Result<&'static Self> {
        static SERVER: OnceLock<Result<Postgres, String>> = OnceLock::new();
        let server = SERVER.get_or_init(|| match std::env::var(SHARED) {
            Ok(url) => Ok(Self { url, own: None }),
            Err(_) => Self::start().map_err(|error| format!("{error:#}")),
        });
        server.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Starts a server on a free port, in a folder of its own.
    pub fn start() -> Result<Self> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new().prefix("safar-postgres-").tempdir()?.keep();
        let data = folder.join("data");
        programs.give_away(&folder)?;
        let initdb = programs
            .command("initdb")
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .current_dir(&folder)
            .output()
            .context("initdb could not be started")?;
        ensure!(initdb.status.success(), "initdb: {}", String::from_utf8_lossy(&initdb.stderr));
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let keeper = programs.keep(&folder, &data, port)?;
        let mut server = Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            own: Some(Own { keeper, data }),
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The address of a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server as a crash would, with nothing written but what was synced, and starts it again; only an own one.
    pub fn crash_and_restart(&self) -> Result<()> {
        let own = self.own.as_ref().context("a shared server is not crashed")?;
        let restarted = Programs::find()?
            .command("pg_ctl")
            .args(["-s", "-w", "-m", "immediate", "-l"])
            .arg(own.data.with_file_name("log"))
            .arg("-D")
            .arg(&own.data)
            .arg("restart")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        ensure!(restarted.success(), "the server did not come back");
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let own = self.own.as_mut().context("only an own server is started")?;
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let status = fs::read_to_string(own.data.join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if own.keeper.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("the server did not start, see {}", own.data.with_file_name("log").display());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Makes an empty database, with a login that owns nothing and may do nothing yet.
    pub async fn database(&self) -> Result<Database> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("safar_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Relaxed));
        let login = format!("{name}_app");
        let options: PgConnectOptions = self.url.parse()?;
        let mut connection = options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE ROLE {login} LOGIN"))).execute(&mut connection).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
        connection.close().await?;
        let address =
            |user: &str| format!("postgres://{user}@{}:{}/{name}", options.get_host(), options.get_port());
        Ok(Database {
            owner_url: address(options.get_username()),
            app_url: address(&login),
            login,
            server: options,
            name,
        })
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ended = self.keeper.wait();
    }
}

/// A database of one test; dropped with it.
#[derive(Debug)]
pub struct Database {
    /// Address of the superuser.
    pub owner_url: String,
    /// Address of the login that the application uses.
    pub app_url: String,
    /// Name of that login.
    pub login: String,
    name: String,
    server: PgConnectOptions,
}

impl Database {
    /// A connection with all rights.
    pub async fn owner(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.owner_url).await?)
    }

    /// A connection with the rights of the application.
    pub async fn app(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.app_url).await?)
    }
}

impl Drop for Database {
    /// In a thread of its own, for a runtime may be running in this one. Best effort: the server is thrown away anyway.
    fn drop(&mut self) {
        let statements = [
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            format!("DROP ROLE IF EXISTS {}", self.login),
        ];
        let server = self.server.clone();
        let cleaner = std::thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = server.connect().await?;
                for statement in statements {
                    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
                }
                Ok(())
            })
        });
        let _best_effort = cleaner.join();
    }
}

/// Where the programs are, and as whom to run them: PostgreSQL refuses to run as root.
struct Programs {
    folder: PathBuf,
    user: Option<&'static str>,
}

impl Programs {
    fn find() -> Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folder = std::env::split_paths(&path)
            .chain(["/usr/lib/postgresql/15/bin".into(), "/usr/local/bin".into(), "/usr/bin".into()])
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .context(
                "no initdb and postgres found: install PostgreSQL 15 or newer, or set SAFAR_TEST_POSTGRES",
            )?;
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let user = match (is_root, has_user("postgres")?) {
            (false, _) => None,
            (true, true) => Some("postgres"),
            (true, false) => Some("nobody"),
        };
        Ok(Self { folder, user })
    }

    fn command(&self, program: &str) -> Command {
        self.command_at(&self.folder.join(program))
    }

    fn command_at(&self, program: &Path) -> Command {
        let Some(user) = self.user else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), "--clear-groups", "--"]).arg(program);
        command
    }

    fn give_away(&self, folder: &Path) -> Result<()> {
        let Some(user) = self.user else { return Ok(()) };
        let given = Command::new("chown").arg(user).arg(folder).status()?;
        ensure!(given.success(), "chown {user} {}", folder.display());
        Ok(())
    }

    /// In a process group of its own, so that whatever kills the test lets this clean up behind it.
    fn keep(&self, folder: &Path, data: &Path, port: u16) -> Result<Child> {
        const SCRIPT: &str = r#"
            "$1" -D "$2" -l "$3/log" -s -w -o "$4" start </dev/null || exit 1
            cat
            "$1" -D "$2" -s -m immediate stop
            rm -rf "$3""#;
        let server =
            format!("-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300", folder.display());
        let mut command = self.command_at(Path::new("/bin/sh"));
        command
            .args(["-c", SCRIPT, "keeper"])
            .args([&self.folder.join("pg_ctl"), data, folder])
            .arg(server)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        command.spawn().context("the server could not be started")
    }
}

fn has_user(user: &str) -> Result<bool> {
    let users = fs::read_to_string("/etc/passwd")?;
    Ok(users.lines().any(|line| line.split(':').next() == Some(user)))
}
