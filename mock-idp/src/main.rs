//! The program `mock-idp`.

use std::process::ExitCode;

use mock_idp::cli::Cli;

fn main() -> ExitCode {
    program::run(|cli: Cli| cli.run())
}
