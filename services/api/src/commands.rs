//! What each subcommand of `safar` does.

mod config;
mod demo;
mod directory;
mod evidence;
mod keys;
mod log;
mod migrate;
mod openapi;
mod pack;
mod rebuild;
mod replay;
mod serve;
mod table;
mod token;
mod verify;
mod witness;

use std::{fmt::Display, io::Write as _, process::ExitCode};

pub use demo::live_through;
pub use verify::{Checked, findings, findings_against};

use crate::{
    cli::{Cli, Command},
    config::{Config, ConfigError},
};

/// Why a command ends with another status than 0.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line or the configuration was not understood: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// Something failed: exit status 1.
    #[error("{0}")]
    Failed(String),
    /// Nothing is wrong, and what was checked rests on a word that nobody vouched for: exit status 3.
    #[error("{0}")]
    Unvouched(String),
}

impl Failure {
    pub(crate) fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs a command line to its end.
pub fn run(cli: Cli) -> ExitCode {
    let (sources, dev) = (cli.options.sources(), cli.options.dev);
    let done = match cli.command {
        Command::Demo(arguments) => demo::run(&cli.options, &arguments),
        Command::Serve => serve::run(&sources, dev),
        Command::Rebuild => rebuild::run(&sources, dev),
        Command::Evidence(arguments) => evidence::run(&sources, dev, &arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Log(arguments) => log::run(&sources, dev, &arguments),
        Command::Verify(arguments) => verify::run(&sources, dev, &arguments),
        Command::Token(arguments) => token::run(&sources, &arguments),
        Command::Migrate(arguments) => migrate::run(&sources, &arguments),
        Command::Directory(arguments) => directory::run(&sources, dev, &arguments),
        Command::Keys(arguments) => keys::run(&sources, arguments.command),
        Command::Witness(arguments) => witness::run(&arguments, cli.options.listen),
        Command::Config => config::run(&sources),
        Command::Openapi(arguments) => openapi::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(sentence)) => complain(&sentence, 2),
        Err(Failure::Failed(sentence)) => complain(&sentence, 1),
        Err(Failure::Unvouched(sentence)) => complain(&sentence, 3),
    }
}

fn complain(sentence: &str, status: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "safar: {sentence}");
    ExitCode::from(status)
}

/// Prints for the one who typed the command; a closed pipe ends it quietly.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The configuration for a tool: read, without the checks that only a server needs.
pub(crate) fn tool_config(sources: &crate::config::Sources) -> Result<Config, Failure> {
    Ok(Config::read(sources)?)
}

/// A runtime for a command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()
        .map_err(Failure::failed)
}
