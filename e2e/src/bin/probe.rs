//! The program `probe`: asks an authorization server harmless questions and records the answers, or compares two such
//! records.

use std::{
    fs,
    io::{self, ErrorKind, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{ArgAction, Args, Parser, Subcommand};
use e2e::probe::{App, Record, compare, count, probe};
use fixtures::tutorial_app;
use fortellis_service::{StartError, base_url};
use mock_idp::MockIdp;

/// Asks an authorization server a fixed set of harmless questions, and records the answers
#[derive(Debug, Parser)]
#[command(
    name = "probe",
    version,
    disable_help_flag = true,
    disable_help_subcommand = true,
    next_line_help = true,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "  probe URL > real.json                        records what the server answers\n  \
                  probe compare e2e/probe/mock.json real.json  lists where the mock differs\n\nNo \
                  credentials are sent and nobody is signed in. Hosts, keys and ids are replaced by their names, and only \
                  the names of cookies are kept. The file keeps the wording of the answers, but compare does not \
                  compare it: it compares status, headers, error codes and members.\n\nWith access to the real service you can improve the mock: \
                  probe https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7 with the API Key and a Callback URL \
                  of an app of yours (both are public: the address bar shows them), read the file, and send it to \
                  those who maintain the mock, for example as a change that adds it as e2e/probe/fortellis.json.\n\nStatus: 0 \
                  the file is written, or two files agree; 1 they differ; 2 an error."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    server: Server,
    /// Print this
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

#[derive(Debug, Args)]
struct Server {
    /// The issuer, without a trailing slash
    #[arg(value_name = "URL", required = true)]
    url: Option<String>,
    /// The API Key of an app of yours there: allows more questions
    #[arg(long, value_name = "KEY", requires = "redirect_uri")]
    api_key: Option<String>,
    /// One of its Callback URLs, as it is registered
    #[arg(long, value_name = "URL", requires = "api_key")]
    redirect_uri: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists what two servers answer differently
    Compare {
        /// The file of the first server
        one: PathBuf,
        /// The file of the second server
        other: PathBuf,
    },
    /// Starts the mock, asks it, and stops it; e2e/probe/mock.json is made this way
    Mock,
}

fn main() -> ExitCode {
    fortellis_service::run_quietly(run)
}

async fn run(cli: Cli) -> Result<ExitCode, StartError> {
    match cli.command {
        Some(Command::Compare { one, other }) => show_differences(&one, &other),
        Some(Command::Mock) => {
            let idp = MockIdp::start().await.map_err(|error| StartError::cannot_serve("mock", error))?;
            let app = App {
                api_key: tutorial_app::API_KEY.to_owned(),
                redirect_uri: tutorial_app::REDIRECT_URI.to_owned(),
            };
            let mut record = ask(idp.default_issuer().url(), Some(&app)).await?;
            // The port differs each time.
            "the mock".clone_into(&mut record.server);
            // The wording of the mock is in the snapshots of its refusals.
            write(&record.without_prose())
        }
        None => {
            let issuer = base_url("URL", &cli.server.url.unwrap_or_default())?;
            let app = cli.server.api_key.zip(cli.server.redirect_uri);
            let app = app.map(|(api_key, redirect_uri)| App { api_key, redirect_uri });
            let record = ask(&issuer, app.as_ref()).await?;
            if !record.has_metadata() {
                let _ = writeln!(
                    io::stderr(),
                    "note: no issuer answers at {issuer}: there is no metadata document. The address of an issuer ends \
                     in its name, as in https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7"
                );
            }
            write(&record)
        }
    }
}

/// Asks everything. A terminal shows the progress.
async fn ask(issuer: &str, app: Option<&App>) -> Result<Record, StartError> {
    const CLEAR_LINE: &str = "\r\x1b[K";
    let mut stderr = io::stderr();
    let watched = stderr.is_terminal();
    let mut asked = 0;
    let progress = |name: &str| {
        asked += 1;
        if watched {
            let _ = write!(stderr, "{CLEAR_LINE}{asked}/{} {name}", count());
            let _ = stderr.flush();
        }
    };
    let record = probe(issuer, app, progress).await;
    if watched {
        let _ = write!(io::stderr(), "{CLEAR_LINE}");
    }
    record.map_err(|error| {
        StartError::new(
            "URL",
            format!("{issuer} cannot be asked: {error}"),
            error
                .remedy()
                .unwrap_or("check that the server is up and that the network allows outgoing connections"),
        )
    })
}

fn write(record: &Record) -> Result<ExitCode, StartError> {
    let cannot = |error: &dyn std::fmt::Display| {
        StartError::new("stdout", format!("cannot be written to ({error})"), "name another file")
    };
    let text = serde_json::to_string_pretty(record).map_err(|error| cannot(&error))?;
    match writeln!(io::stdout(), "{text}") {
        // A closed pipe is not an error.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(cannot(&error)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn show_differences(one: &Path, other: &Path) -> Result<ExitCode, StartError> {
    let differences = compare(&read(one)?, &read(other)?);
    let mut stdout = io::stdout();
    // A closed pipe is not an error.
    if differences.is_empty() {
        let _ = writeln!(stdout, "Both servers gave the same answers.");
        return Ok(ExitCode::SUCCESS);
    }
    let _ = writeln!(stdout, "First: {}\nSecond: {}\n", one.display(), other.display());
    for difference in &differences {
        let _ = writeln!(stdout, "{difference}");
    }
    let _ = writeln!(stdout, "{} of {} answers differ.", differences.len(), count());
    Ok(ExitCode::FAILURE)
}

fn read(file: &Path) -> Result<Record, StartError> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| {
        StartError::new(&name, format!("cannot be read ({error})"), "name a file of the probe's")
    })?;
    serde_json::from_str(&text).map_err(|error| {
        StartError::new(
            &name,
            format!("is not a file of the probe ({error})"),
            "write it again with the probe",
        )
    })
}
