//! The program `mock-idp`.

use std::process::ExitCode;

use mock_idp::cli::Cli;

fn main() -> ExitCode {
    fortellis_service::run(|cli: Cli| cli.run())
}
