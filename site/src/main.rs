//! The program `site`: settings, bind, announce, serve until Ctrl-C.

use std::process::ExitCode;

use clap::{ArgAction, Parser};
use fortellis_service::{AnnounceArgs, Announcement, LimitArgs, Listen, StartError};
use site::{Args, Site};

/// Serves the page that signs the user in and shows the tokens
#[derive(Debug, Parser)]
#[command(
    name = "site",
    version,
    disable_help_flag = true,
    next_line_help = true,
    max_term_width = 100,
    // The program's own address is `--addr`.
    mut_arg("site_addr", |arg| arg.long("addr").alias("site-addr")),
    after_help = "Every option is also a variable, and a .env file is read. An option wins over a variable, a \
                  variable over .env. RUST_LOG sets the log's level.\n\nAs in the tutorial:  SITE_ADDR=127.0.0.1:80 \
                  FORTELLIS_REDIRECT_URI=http://localhost:80/"
)]
struct Cli {
    #[command(flatten)]
    announce: AnnounceArgs,
    /// Print this
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
    #[command(flatten)]
    args: Args,
    #[command(flatten)]
    limits: LimitArgs,
}

fn main() -> ExitCode {
    fortellis_service::run(serve)
}

async fn serve(cli: Cli) -> Result<(), StartError> {
    let listen = Listen::parse("SITE_ADDR", &cli.args.shared.site_addr, false)?;
    let config = cli.args.resolve()?;
    let issuer = config.auth_server.issuer.clone();
    let site = Site::start_within(cli.limits.into(), listen.bind().await?, config)
        .map_err(|error| StartError::cannot_serve("SITE_ADDR", error))?;
    Announcement { program: "site", url: site.url(), issuer: Some(issuer) }.announce(cli.announce.announce);
    fortellis_service::until_stopped().await;
    site.stop().await;
    Ok(())
}
