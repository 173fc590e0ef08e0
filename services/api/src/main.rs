//! The binary `safar`: one command line, every role.

use std::process::ExitCode;

use clap::Parser as _;
use safar_api::{cli::Cli, commands};

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
