//! The program `mock-idp`.

use std::process::ExitCode;

use mock_idp::cli::Cli;

fn main() -> ExitCode {
    // These commands work with what they are given, so a `.env` file cannot stop them.
    fortellis_service::run_commands(&["check", "decode"], |cli: Cli| cli.run())
}
