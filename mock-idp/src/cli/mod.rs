//! The command line: flags and variables become a configuration.

mod serve;

pub use serve::{ServeArgs, read_config};

use clap::Parser;

/// The program `mock-idp`.
#[derive(Debug, Parser)]
#[command(
    name = "mock-idp",
    version,
    about = "A mock of Fortellis' authorization server, for tests and local development",
    after_help = "Every setting is a flag and a variable; a flag wins over a variable, a variable over a .env file."
)]
pub struct Cli {
    /// What to serve, and where.
    #[command(flatten)]
    pub serve: ServeArgs,
}
