//! `GET /_mock/events`: the live journal, as server-sent events (HTML Standard §9.2).
//!
//! Each event is named `exchange`, its data is an entry of the journal, its id the entry's number. The stream begins
//! with the next exchange. With `after` in the query, or with `Last-Event-ID` when a browser reconnects, it begins
//! after that entry. The journal's filters apply here too.

use std::{collections::VecDeque, convert::Infallible, sync::Arc};

use axum::{
    http::{HeaderMap, HeaderName},
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use tokio::sync::watch;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Query,
    journal::permitted,
    problem::Problem,
};
use crate::{
    issuer::Issuer,
    journal::{Entry, Filter},
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(events))
}

/// The live journal
///
/// Server-sent events named `exchange`, each with an entry of the journal as its data and its number as its id. The
/// stream begins with the next exchange, or after the entry that `after` or the header `Last-Event-ID` names.
#[utoipa::path(
    get,
    path = "/events",
    tag = "Journal",
    params(Filter, ("Last-Event-ID" = Option<u64>, Header, description = "The number of the last entry seen")),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "The stream"))
)]
async fn events(
    At(issuer): At,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let filter = permitted(filter, &issuer)?;
    let written = issuer.journal().written();
    let newest = *written.borrow();
    let seen: Option<u64> = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    // A number that does not exist yet is from before the mock was restarted. All entries of this journal are new.
    let seen = seen.map(|seen| if seen > newest { 0 } else { seen });
    let after = seen.or(filter.after).unwrap_or(newest);
    let follower =
        Follower { issuer, filter: Filter { after: Some(after), ..filter }, written, ready: VecDeque::new() };
    let entries = stream::unfold(follower, |mut follower| async {
        let entry = follower.next().await?;
        Some((Ok(event(&entry)), follower))
    });
    Ok(Sse::new(entries).keep_alive(KeepAlive::default()))
}

fn event(entry: &Entry) -> Event {
    let event = Event::default().event("exchange").id(entry.number.to_string());
    event.json_data(entry).unwrap_or_else(|error| Event::default().comment(error.to_string()))
}

/// Follows a journal.
struct Follower {
    issuer: Arc<Issuer>,
    /// What is read. `after` is the last entry that was sent.
    filter: Filter,
    written: watch::Receiver<u64>,
    /// Entries that are read and not sent yet.
    ready: VecDeque<Entry>,
}

impl Follower {
    /// Waits for the next entry. `None` means that there are no more.
    async fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.filter.after = Some(entry.number);
                return Some(entry);
            }
            self.written.mark_unchanged();
            self.ready.extend(self.issuer.journal().matching(&self.filter));
            if self.ready.is_empty() {
                // A browser then reconnects, and reaches the new issuer.
                if self.issuer.journal().has_ended() {
                    return None;
                }
                self.written.changed().await.ok()?;
            }
        }
    }
}
