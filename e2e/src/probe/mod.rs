//! The probe: the same set of harmless requests for any authorization server, and what came back, so that two servers
//! can be compared.
//!
//! Harmless: there is no user name, no password and no API Secret in any of them, unknown clients are the probe's own
//! invention, and nobody is signed in (`prompt=none`). Nothing of it can be counted as somebody's failed attempt.

mod compare;
mod normal;
mod page;
mod questions;
mod record;

use crate::http_client::{HttpClient, HttpError};

pub use compare::{Difference, compare};
pub use questions::{App, count};
pub use record::{Exchange, Outcome, Record};

/// Asks a server everything, one after the other, and gives what came back. `progress` is told the name of each
/// question before it is asked.
///
/// Fails if the first question is not answered: there is no server then.
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
