//! The program `doctor`: checks the set-up, reports what is wrong, and ends with a status that says whether it works.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{ArgAction, Parser};
use e2e::doctor::{SetupArgs, examine};
use fortellis_service::StartError;
use mock_idp::Clock;

/// Checks the variables and the authorization server that they name, the mock or the real one, and reports each problem
/// with a remedy
#[derive(Debug, Parser)]
#[command(
    name = "doctor",
    version,
    disable_help_flag = true,
    next_line_help = true,
    max_term_width = 100,
    after_help = "Every option is also a variable, except for the last headings, and a .env file is read, as for the \
                  programs.\n\nThe doctor signs nobody in and changes nothing. It sends the API Secret only with \
                  --with-credentials, and never prints it.\n\nAs JSON: {\"server\", \"healthy\", \"errors\", \
                  \"warnings\", \"findings\": [{\"check\", \"level\", \"looked_at\", \"found\", \"remedy\"}]}, where \
                  level is ok, note, skipped, warning or error.\n\nStatus: 0 healthy (perhaps with warnings), 1 errors \
                  were found, 2 the options are wrong."
)]
struct Cli {
    #[command(flatten)]
    setup: SetupArgs,
    /// Print the findings as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print this
    #[arg(short, long, action = ArgAction::HelpShort, help_heading = "Output")]
    help: Option<bool>,
}

fn main() -> ExitCode {
    fortellis_service::run(run)
}

async fn run(cli: Cli) -> Result<ExitCode, StartError> {
    let report = examine(&cli.setup, &Clock::default()).await;
    let text = if cli.json {
        serde_json::to_string_pretty(&report)
            .map_err(|error| StartError::new("--json", error.to_string(), "leave it out"))?
    } else {
        report.to_string()
    };
    // Strips the colours unless stdout is a terminal that supports them. A closed pipe is not an error.
    let _ = writeln!(anstream::AutoStream::auto(io::stdout()), "{}", text.trim_end());
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
