//! One command of `safar` each.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use safar_domain::{
    ids::{CaseId, WorkerId},
    language::Language,
};

/// What to do.
#[expect(
    clippy::doc_markdown,
    reason = "these comments are printed as they are, as the help of each command"
)]
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Play twelve migrants' journeys and keep serving them
    ///
    /// Starts on an embedded log in a fresh folder, loads places and organisations, plays twelve journeys through the same
    /// commands that the HTTP interface takes, and goes on serving. Prints the address, a token per role and a few
    /// requests to try. Nothing is left behind unless --data names a folder.
    ///
    /// Example: safar demo --listen 127.0.0.1:8088
    #[command(verbatim_doc_comment)]
    Demo(DemoArgs),

    /// Serve the HTTP interface
    ///
    /// Opens the log, brings the read models up to date and answers until it is told to stop (SIGTERM or Ctrl-C); then
    /// it finishes the requests it has begun. Health and metrics are on a port of their own.
    ///
    /// Example: safar --config /etc/safar/safar.toml serve
    /// Example: safar --dev serve --data ./safar-data
    #[command(verbatim_doc_comment)]
    Serve,

    /// Fold the read models again from the log
    ///
    /// The log is the record and is only read; the read models are thrown away and built anew, with a progress bar. Run it
    /// while this node's server is stopped. Other nodes have read models of their own and are not touched.
    ///
    /// Example: safar rebuild --data /var/lib/safar
    #[command(verbatim_doc_comment)]
    Rebuild,

    /// Write what was recorded of a case into a file that proves itself
    ///
    /// One ZIP with the events of the case as they are stored, a proof for each, the signed checkpoint of the log, and a page in
    /// four languages that says what it proves and what it does not. It may run beside the server and changes nothing.
    ///
    /// Example: safar evidence 0190a2b4-c3d4-789a-8bcd-ef0123456789 --data /var/lib/safar
    /// Example: safar evidence 0190a2b4-c3d4-789a-8bcd-ef0123456789 --as-of 5120 --out case.zip
    #[command(verbatim_doc_comment)]
    Evidence(EvidenceArgs),

    /// Show a case as it unfolded, and what a worker could see of it
    ///
    /// Asks a running server over HTTP as the one whose token it is, so that its policy and its record of readings hold: event by
    /// event when it happened and when it was recorded, who recorded it, what it changed, and what was recorded meanwhile.
    /// With --seen-by, for auditors: what the policy said to that worker at the moment, on which grounds, what they opened, and
    /// of the story only the events that were open to them. The token is read from --token-file or from SAFAR_TOKEN.
    ///
    /// Example: SAFAR_TOKEN=$(safar token --as au-tj) safar replay 0190a2b4-c3d4-789a-8bcd-ef0123456789
    /// Example: safar replay 0190a2b4-c3d4-789a-8bcd-ef0123456789 --server https://safar.example.org --token-file token \\
    ///            --as-of 2026-03-01T12:00:00+05:00 --seen-by tb-kz-almaty-1
    #[command(verbatim_doc_comment)]
    Replay(ReplayArgs),

    /// Say how much is in the log, and how much of it is signed
    ///
    /// Of the log and of the access log: heads, times, bytes, streams and events by kind, the signed checkpoint with its age, its
    /// copy and its witness. It counts and never looks inside; sealed records are counted as one kind. It may run beside
    /// the server and changes nothing.
    ///
    /// Example: safar log stat --data /var/lib/safar
    /// Example: safar log stat --json
    #[command(verbatim_doc_comment)]
    Log(LogArgs),

    /// Check the log from its first event to its last
    ///
    /// Reads everything and changes nothing: positions without a gap, revisions without a hole, every event of a known
    /// type and readable by its rulebook, and the whole of it what was signed in the checkpoints that are here. Exits with 1 and
    /// names the position when something is wrong.
    ///
    /// With --pack it checks an evidence pack instead, offline and on any computer, and exits with 0 when it holds under the keys
    /// that you gave, 3 when it holds by its own keys alone, and 1 when something in it is wrong.
    ///
    /// Example: safar verify --data /var/lib/safar
    /// Example: safar verify --checkpoint kept-in-may.checkpoint
    /// Example: safar verify --pack case.zip --verifier-key 'safar.example.org/log+…'
    #[command(verbatim_doc_comment)]
    Verify(VerifyArgs),

    /// Print an access token for a development server
    ///
    /// Signs with the key that a server with --dev keeps in its data folder, so it works for that server only. There is no
    /// such thing for a server in service: its tokens come from your identity provider.
    ///
    /// Example: safar token --as dilnoza
    /// Example: curl -H "Authorization: Bearer $(safar token --as dilnoza)" http://127.0.0.1:8080/v1/worklist
    #[command(verbatim_doc_comment)]
    Token(TokenArgs),

    /// Create or upgrade the tables of the log
    ///
    /// For PostgreSQL, run it as the owner of the database before the first start and after each upgrade; the server
    /// itself runs as a role that can append and read but not change. The embedded log needs no such step.
    ///
    /// Example: SAFAR__STORE__URL=postgres://owner@db/safar safar migrate
    #[command(verbatim_doc_comment)]
    Migrate(MigrateArgs),

    /// Describe organisations and workers from CSV files
    ///
    /// How the first administrator comes into an empty system, and how many records change at once: each row describes one
    /// organisation or worker, new or known. Running it again with the same files changes nothing. Places, kinds,
    /// services and roles are those of the interface.
    ///
    /// Example: safar directory --organisations organisations.csv --workers workers.csv
    #[command(verbatim_doc_comment)]
    Directory(DirectoryArgs),

    /// Look after the keys of sealed records
    ///
    /// `status` shows fingerprints, epochs and counts, never a key. `rotate` wraps every record's key anew and destroys the
    /// old wrapping keys; it may run beside the server, be interrupted, and be run again. On PostgreSQL, rotate as the owner.
    ///
    /// Example: safar keys status --data /var/lib/safar
    /// Example: safar keys rotate --config /etc/safar/safar.toml
    #[command(verbatim_doc_comment)]
    Keys(KeysArgs),

    /// Remember what logs were, for those who keep them
    ///
    /// A witness by the C2SP protocol tlog-witness: it is shown each checkpoint of the logs that it knows and cosigns it if it
    /// continues the one before, so that nobody can put back a log or show two histories unnoticed. Run it at somebody else's.
    ///
    /// Example: openssl rand -base64 32 > witness.key; chmod 600 witness.key
    /// Example: safar witness --name witness.example.org/w1 --key witness.key --state ./witness --log 'safar.example.org/log+…'
    #[command(verbatim_doc_comment)]
    Witness(WitnessArgs),

    /// Print the configuration that is in force
    ///
    /// All layers laid over each other: defaults, file, environment, options. Secrets are shown as [redacted]. What it
    /// prints, without them, is a complete configuration file.
    ///
    /// Example: safar config
    /// Example: SAFAR__LIMITS__BURST=200 safar --dev config
    #[command(verbatim_doc_comment)]
    Config,

    /// Print the OpenAPI document
    ///
    /// The same document that the server answers at /openapi.json. No server and no configuration are needed.
    ///
    /// Example: safar openapi > proto/openapi.json
    /// Example: safar openapi --check proto/openapi.json
    #[command(verbatim_doc_comment)]
    Openapi(OpenapiArgs),
}

/// What `demo` takes.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Stop after the journeys instead of serving.
    #[arg(long)]
    pub once: bool,
}

/// What `migrate` takes.
#[derive(Debug, Clone, Args)]
pub struct MigrateArgs {
    /// Let this login of PostgreSQL append and read and make keys, and nothing else.
    #[arg(long, value_name = "LOGIN")]
    pub grant_to: Option<String>,
}

/// What `directory` takes.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub struct DirectoryArgs {
    /// Organisations, with the columns id, name, kind, place, services (separated by semicolons).
    #[arg(long, value_name = "FILE")]
    pub organisations: Option<PathBuf>,

    /// Workers, with the columns id, organisation, roles, languages (separated by semicolons).
    #[arg(long, value_name = "FILE")]
    pub workers: Option<PathBuf>,
}

/// What `evidence` takes.
#[derive(Debug, Clone, Args)]
pub struct EvidenceArgs {
    /// The id of the case.
    #[arg(value_name = "CASE")]
    pub case: CaseId,

    /// Take only events up to this position of the log.
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(u64).range(1..))]
    pub as_of: Option<u64>,

    /// Write it to this file, which must not be there; safar-evidence-<CASE>.zip by default.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What `replay` takes.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The id of the case.
    #[arg(value_name = "CASE")]
    pub case: CaseId,

    /// The server that is asked; https, unless it is on this machine.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub server: String,

    /// A file with the access token; without it, the variable `SAFAR_TOKEN` is read.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// As it was known then: a moment with its offset, or the position of an earlier answer.
    #[arg(long, value_name = "MOMENT_OR_POSITION")]
    pub as_of: Option<String>,

    /// Without what happened later than this moment, by the workers' word.
    #[arg(long, value_name = "MOMENT", conflicts_with = "seen_by")]
    pub as_true_at: Option<String>,

    /// Say what this worker could see, and show only that of the story; for auditors.
    #[arg(long, value_name = "WORKER")]
    pub seen_by: Option<WorkerId>,

    /// Print what the server answers as one JSON document.
    #[arg(long)]
    pub json: bool,

    /// In which language the events are told: en, ru, tg or kk.
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    pub language: Language,
}

/// What `log` takes.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: LogCommand,
}

/// What can be done with a log.
#[derive(Debug, Clone, Subcommand)]
pub enum LogCommand {
    /// Show how much there is, and how much of it is signed
    Stat(StatArgs),
}

/// What `log stat` takes.
#[derive(Debug, Clone, Args)]
pub struct StatArgs {
    /// Print it as one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// What `verify` takes.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Print the findings as JSON, one per line; of a pack, the whole verdict.
    #[arg(long)]
    pub json: bool,

    /// Hold the log against this checkpoint too, which somebody kept; may be given more than once. It is taken at its word,
    /// whatever key has signed it; its origin says by its last part, log or access, which log it is of.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,

    /// Check this evidence pack instead of the log.
    #[arg(long, value_name = "FILE", conflicts_with = "checkpoint")]
    pub pack: Option<PathBuf>,

    /// A verifier key that you know, of the log or of a witness; may be given more than once. `safar keys status` prints the log's.
    #[arg(long, value_name = "KEY", requires = "pack")]
    pub verifier_key: Vec<String>,
}

/// What `keys` takes.
#[derive(Debug, Clone, Args)]
pub struct KeysArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What can be done with keys.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum KeysCommand {
    /// Show fingerprints, epochs and counts
    Status,
    /// Begin a new epoch and destroy the old ones
    Rotate,
}

/// What `witness` takes; where it listens is said by `--listen`.
#[derive(Debug, Clone, Args)]
pub struct WitnessArgs {
    /// The name in front of its cosignatures: a host with a path, without a scheme.
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// What it signs with: a file with 32 random bytes in base64, for its owner alone.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// The folder in which it remembers what it has cosigned. It must never be put back to an older copy.
    #[arg(long, value_name = "FOLDER")]
    pub state: PathBuf,

    /// The verifier key of a log that it cosigns; may be given more than once.
    #[arg(long, required = true, value_name = "KEY")]
    pub log: Vec<String>,
}

/// What `token` takes.
#[derive(Debug, Clone, Args)]
pub struct TokenArgs {
    /// The worker's id, as in the directory: small letters, digits and hyphens.
    #[arg(long = "as", value_name = "WORKER")]
    pub worker: String,

    /// For how many minutes it is valid.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u8).range(1..=15))]
    pub minutes: u8,
}

/// What `openapi` takes.
#[derive(Debug, Clone, Args)]
pub struct OpenapiArgs {
    /// Compare with this file instead of printing; exits with 1 when it is stale.
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
}
