//! The command line of `safar`.

mod commands;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser};

pub use commands::{
    Command, DemoArgs, DirectoryArgs, EvidenceArgs, KeysArgs, KeysCommand, LogArgs, LogCommand, MigrateArgs,
    OpenapiArgs, ReplayArgs, StatArgs, TokenArgs, VerifyArgs, WitnessArgs,
};

use crate::config::Sources;

/// Case management that keeps a migrant's TB and HIV care whole from origin to destination and back.
///
/// Safar keeps an append-only log of facts and answers from read models that are folded from it. Everything is in this
/// one binary: the server, the tools for its operator, and a demonstration that needs nothing else.
#[derive(Debug, Parser)]
#[command(name = "safar", version, arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    #[expect(missing_docs, reason = "the options are documented where they are declared")]
    pub options: Options,
    #[command(subcommand)]
    #[expect(missing_docs, reason = "the commands are documented where they are declared")]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  safar demo                                    play twelve journeys and look around
  safar --dev serve                             a development server on this machine
  safar --config /etc/safar/safar.toml serve    a server as configured
  safar token --as dilnoza                      a token for the running development server
  safar config                                  what is in force, and every key there is

Settings come from, in this order: the defaults (deploy/safar.toml), --config, variables such as
SAFAR__SERVER__LISTEN, and the options above. The process exits with 0 when all went well, 1 when
something failed, 2 when the command line or the configuration was not understood.";

/// Options that every command takes.
#[expect(clippy::doc_markdown, reason = "these comments are printed as they are, as the help of each option")]
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Read settings from this TOML file; its keys are those that `safar config` prints.
    #[arg(long, short, global = true, value_name = "FILE", env = "SAFAR_CONFIG")]
    pub config: Option<PathBuf>,

    /// Development: tokens from a built-in issuer, readable logs. Refused unless the address is a loopback one.
    #[arg(long, global = true)]
    pub dev: bool,

    /// Keep the embedded log, the read models and the development key in this folder.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// Listen on this address; port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// Use this log: empty for the embedded one, or postgres://user@host/database. A password belongs into
    /// SAFAR__STORE__URL, where other users of the machine do not see it.
    #[arg(long, global = true, value_name = "URL")]
    pub store: Option<String>,
}

impl Options {
    /// These options over the environment and the file.
    pub fn sources(&self) -> Sources {
        let text = |path: &PathBuf| path.display().to_string();
        let flags = [
            ("store.data_folder", self.data.as_ref().map(text)),
            ("server.listen", self.listen.map(|listen| listen.to_string())),
            ("store.url", self.store.clone()),
        ];
        let flags = flags.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect();
        Sources { file: self.config.clone(), flags, ..Sources::from_environment() }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_or_after_the_command_and_set_their_keys() {
        for line in
            [&["safar", "--dev", "--data", "/d", "serve"][..], &["safar", "serve", "--data", "/d", "--dev"]]
        {
            let cli = Cli::try_parse_from(line).unwrap();
            assert!(cli.options.dev && matches!(cli.command, Command::Serve));
            assert_eq!(cli.options.sources().flags, [("store.data_folder", "/d".to_owned())]);
        }
        assert!(Cli::try_parse_from(["safar", "serve", "--devv"]).is_err());
        assert!(Cli::try_parse_from(["safar", "serve", "--listen", "nowhere"]).is_err());
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_long_about().map(ToString::to_string).unwrap_or_default();
            assert!(help.len() > 100 && help.contains("safar "), "{}: {help}", command.get_name());
        }
    }
}
