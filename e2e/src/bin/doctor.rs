//! The program `doctor`: looks at the set-up, says what is wrong with it, and ends with a status that says whether.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{ArgAction, Parser};
use e2e::doctor::{SetupArgs, examine};
use fortellis_service::StartError;
use mock_idp::Clock;

/// Looks at the variables and at the authorization server that they name, the mock or the real one, and says what is
/// wrong and how to mend it
#[derive(Debug, Parser)]
#[command(
    name = "doctor",
    version,
    disable_help_flag = true,
    next_line_help = true,
    max_term_width = 100,
    after_help = "Every option but the last ones is also a variable, and a .env file is read, as for the programs \
                  themselves.\n\nNobody is signed in and nothing is changed. The API Secret is sent with \
                  --with-credentials alone, and never printed.\n\nAs JSON: {\"server\", \"healthy\", \"errors\", \
                  \"warnings\", \"findings\": [{\"check\", \"level\", \"looked_at\", \"found\", \"remedy\"}]}, where \
                  level is ok, note, skipped, warning or error.\n\nStatus: 0 healthy (perhaps with warnings), 1 errors \
                  were found, 2 the doctor cannot be asked so."
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
    // Takes the colours out unless stdout is a terminal that wants them. A closed pipe has seen enough.
    let _ = writeln!(anstream::AutoStream::auto(io::stdout()), "{}", text.trim_end());
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
