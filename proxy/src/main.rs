//! The program `proxy`: settings, bind, announce, serve until Ctrl-C.

use std::process::ExitCode;

use clap::{ArgAction, Parser};
use fortellis_service::{AnnounceArgs, Announcement, LimitArgs, Listen, StartError};
use proxy::{Args, Proxy};

/// Exchanges authorization codes for tokens and calls the API, so that no page needs the API Secret
#[derive(Debug, Parser)]
#[command(
    name = "proxy",
    version,
    disable_help_flag = true,
    next_line_help = true,
    max_term_width = 100,
    // The program's own address is `--addr`.
    mut_arg("proxy_addr", |arg| arg.long("addr").alias("proxy-addr")),
    after_help = "Every option is also a variable, and a .env file is read. An option wins over a variable, a \
                  variable over .env. RUST_LOG sets the log's level.\n\nTry it:  curl --data CODE \
                  http://localhost:5000/v1/token"
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
    let listen = Listen::parse("PROXY_ADDR", &cli.args.shared.proxy_addr, false)?;
    let config = cli.args.resolve()?;
    let issuer = config.auth_server.issuer.clone();
    let proxy = Proxy::start_within(cli.limits.into(), listen.bind().await?, config)
        .map_err(|error| StartError::cannot_serve("PROXY_ADDR", error))?;
    Announcement { program: "proxy", url: proxy.url(), issuer: Some(issuer) }.announce(cli.announce.announce);
    fortellis_service::until_stopped().await;
    proxy.stop().await;
    Ok(())
}
