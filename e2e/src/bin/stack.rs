//! The program `stack`, which `cargo dev` runs: the whole tutorial until Ctrl-C.

use std::{io::Write, process::ExitCode};

use clap::{ArgAction, Parser};
use e2e::stack::{Stack, StackArgs};
use fortellis_service::{AnnounceArgs, StartError};

/// The tutorial in one process: mock, proxy and site, connected to each other
#[derive(Debug, Parser)]
#[command(
    name = "stack",
    version,
    disable_help_flag = true,
    next_line_help = true,
    max_term_width = 100,
    after_help = "Every option is also a variable, and a .env file is read. An option wins over a variable, a \
                  variable over .env. RUST_LOG sets the log's level.\n\nWith FORTELLIS_AUTH_SERVER_URL, \
                  FORTELLIS_API_KEY and FORTELLIS_API_SECRET the real service replaces the mock."
)]
struct Cli {
    #[command(flatten)]
    args: StackArgs,
    #[command(flatten)]
    announce: AnnounceArgs,
    /// Print this
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

fn main() -> ExitCode {
    fortellis_service::run(serve)
}

async fn serve(cli: Cli) -> Result<(), StartError> {
    let stack = Stack::start(cli.args).await?;
    let _ = writeln!(fortellis_service::stderr(), "\n{stack}");
    stack.announce(cli.announce.announce);
    fortellis_service::until_stopped().await;
    stack.stop().await;
    Ok(())
}
