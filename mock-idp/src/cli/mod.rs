//! The command line, one file for each command. It turns flags and variables into values.

mod check;
mod decode;
mod init;
mod output;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{Arg, ArgAction, Parser, Subcommand};
use fortellis_service::StartError;

use check::CheckArgs;
use decode::DecodeArgs;
use init::InitArgs;
use serve::ServeArgs;
pub use serve::read_config;
use token::TokenArgs;

/// The program `mock-idp`.
///
/// ```
/// use clap::{Parser, error::ErrorKind};
/// use mock_idp::cli::Cli;
///
/// assert!(Cli::try_parse_from(["mock-idp", "--addr", "127.0.0.1:0", "--announce", "json"]).is_ok());
/// let mistyped = Cli::try_parse_from(["mock-idp", "--adress", "127.0.0.1:0"]).unwrap_err();
/// assert_eq!(mistyped.kind(), ErrorKind::UnknownArgument);
/// ```
#[derive(Debug, Parser)]
#[command(
    name = "mock-idp",
    version,
    about = "A mock of Fortellis' authorization server, for tests and local development",
    long_about = None,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_flag = true,
    arg(short_help())
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// What to serve, and where, if there is no command.
    #[command(flatten)]
    serve: ServeArgs,
}

const EXAMPLES: &str = "\
Examples:
  mock-idp                                     serve the demo data on http://localhost:9100
  mock-idp --addr 127.0.0.1:0 --announce json  serve on a free port, announced as JSON
  mock-idp init                                write a file with the demo data, to edit
  mock-idp --config mock-idp.toml              serve that file
  mock-idp token --user dealer@example.com     print an access token, without a server
  mock-idp token --lifetime -60                print one that expired a minute ago
  mock-idp token | mock-idp decode             explain a token

Every setting is a flag and a variable. Precedence: flag, variable, .env file.";

/// Help with one or two lines for each setting, in every command, since there are many settings.
fn short_help() -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .help("Print help")
        .action(ArgAction::HelpShort)
        .help_heading(None)
        .global(true)
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until Ctrl-C. This is the default command
    Serve(Box<ServeArgs>),
    /// Print a signed token, without a server
    Token(TokenArgs),
    /// Explain a token: what it says, whether it is live, who signed it, what is unusual about it
    Decode(DecodeArgs),
    /// Write a commented configuration file to start from
    Init(InitArgs),
    /// Check a configuration file: list its errors, its warnings and its contents
    Check(CheckArgs),
}

impl Cli {
    /// Runs the command, and returns the exit status of the process.
    ///
    /// ```
    /// # use std::process::ExitCode;
    /// # use clap::Parser;
    /// # use mock_idp::cli::Cli;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cli = Cli::try_parse_from(["mock-idp", "token", "--lifetime", "60"])?;
    /// assert_eq!(cli.run().await?, ExitCode::SUCCESS); // and a token on the standard output
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run(self) -> Result<ExitCode, StartError> {
        match self.command {
            None => self.serve.run().await.map(|()| ExitCode::SUCCESS),
            Some(Command::Serve(serve)) => serve.run().await.map(|()| ExitCode::SUCCESS),
            Some(Command::Token(token)) => token.run().map(|()| ExitCode::SUCCESS),
            Some(Command::Decode(decode)) => decode.run().await,
            Some(Command::Init(init)) => init.run().map(|()| ExitCode::SUCCESS),
            Some(Command::Check(check)) => check.run(),
        }
    }
}
