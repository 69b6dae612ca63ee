//! The probe: one set of harmless requests for any authorization server, and the answers to them. Two servers are
//! compared by their answers.
//!
//! The requests are harmless: they contain no user name, no password and no API Secret. Their unknown clients are
//! invented, and nobody is signed in (`prompt=none`). No request counts as a failed attempt of an account.

mod compare;
mod normal;
mod page;
mod prose;
mod questions;
mod record;

use crate::http_client::{HttpClient, HttpError};

pub use compare::{Difference, compare};
pub use questions::{App, count};
pub use record::{Exchange, Outcome, Record};

/// Sends all requests to a server, one after the other, and returns the answers. `progress` receives the name of each
/// request before it is sent.
///
/// Fails if the first request is not answered, since there is no server then.
pub async fn probe(
    issuer: &str,
    app: Option<&App>,
    mut progress: impl FnMut(&'static str),
) -> Result<Record, HttpError> {
    let client = HttpClient::to(issuer)?;
    let normal = normal::Normal::new(issuer, app);
    let mut exchanges = Vec::new();
    for question in questions::all(issuer, app) {
        progress(question.name);
        let outcome = match &question.ask {
            None => Outcome::Skipped { skipped: "it needs --api-key and --redirect-uri".to_owned() },
            Some(ask) => match client.send(ask).await {
                Ok(answer) => record::answered(&answer, &normal),
                Err(error) if exchanges.is_empty() => return Err(error),
                Err(error) => Outcome::Silent { no_answer: error.to_string() },
            },
        };
        let request = question.ask.map(|ask| normal.text(&ask.to_string())).unwrap_or_default();
        exchanges.push(Exchange { name: question.name.to_owned(), request, outcome });
    }
    Ok(Record { server: issuer.to_owned(), exchanges })
}
