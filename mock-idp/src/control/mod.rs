//! The control API, `{issuer}/_mock/…`: what a test turns and reads while the mock runs. One resource, one file.
//!
//! It speaks JSON; errors are problems (RFC 9457). Its calls do not stand in the journal.

mod clock;
mod events;
mod guard;
mod input;
mod journal;
mod problem;

use axum::{
    Router,
    extract::{FromRequestParts, OriginalUri},
    http::request::Parts,
    middleware,
    routing::MethodRouter,
};
use std::sync::Arc;

use crate::{extract::IssuerAt, issuer::Issuer, issuers::Issuers, protocol::near_miss};
use input::{Body, Query};
use problem::Problem;

/// Where an issuer's control API stands.
const BASE: &str = "/oauth2/{issuer}/_mock";

/// A resource of the control API.
type Room = MethodRouter<Issuers>;

/// All of them, by path.
fn rooms() -> [(&'static str, Room); 5] {
    [
        ("/clock", clock::route()),
        ("/clock/advance", clock::advance_route()),
        ("/events", events::route()),
        ("/journal", journal::route()),
        ("/journal/wait", journal::wait_route()),
    ]
}

/// Every URL of the control API.
pub(crate) fn router(issuers: Issuers) -> Router {
    let rooms = rooms()
        .into_iter()
        .fold(Router::new(), |router, (path, room)| router.route(path, room))
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(issuers.clone(), guard::guard));
    Router::new().nest(BASE, rooms).with_state(issuers)
}

async fn nowhere(OriginalUri(uri): OriginalUri) -> Problem {
    let below = uri.path().split_once("/_mock").map_or("", |(_, below)| below);
    let paths = rooms().map(|(path, _)| path);
    Problem::not_found(uri.path(), near_miss::nearest(below, paths), &paths)
}

/// The issuer whose control API is called.
struct At(Arc<Issuer>);

impl FromRequestParts<Issuers> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, issuers: &Issuers) -> Result<Self, Problem> {
        let path = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri).path();
        let problem = Problem::unknown_issuer(path);
        match Option::<IssuerAt>::from_request_parts(parts, issuers).await {
            Ok(Some(IssuerAt(issuer))) => Ok(Self(issuer)),
            Ok(None) | Err(_) => Err(problem),
        }
    }
}
