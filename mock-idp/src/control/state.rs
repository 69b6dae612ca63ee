//! `/_mock/state`: the whole issuer as one JSON document.
//!
//! | | |
//! |---|---|
//! | `GET /_mock/state` | saves it |
//! | `PUT /_mock/state` | restores it: all of it, or nothing if the document has a flaw |
//! | `DELETE /_mock/state` | resets the issuer to its state at the start, with an empty journal |
//!
//! The document contains apps, users, subscriptions, resources, the clock, the sign-in mode, sessions, refresh tokens,
//! revocations and faults. A member that is left out is empty. A clock that is left out is not changed. A key ring that
//! is left out becomes the issuer's first one. Codes and open sign-in pages, which live for a minute and an hour, are
//! not saved. The document contains private keys, except those that are public knowledge. Access tokens stay valid in
//! an issuer of the same name, refresh tokens in any issuer.

use std::{collections::HashSet, hash::Hash};

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    clock, faults,
    input::{Body, Nothing},
    problem::{BodyFlaw, Problem},
};
use crate::{
    clock::Reading,
    directory::{App, Directory, Resource, Subscription, User},
    fault::{ArmedFault, Faults},
    keys::SavedRing,
    ledger::{Flows, Ledger, RefreshGrant, RefreshTokens, Revocations, Session, Sessions, SignInMode, pairs},
    protocol::text::{RefreshToken, SessionId},
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(save, restore, reset))
}

/// The largest document that is read, in bytes: an issuer whose memory is full fits.
const LIMIT: usize = 64 * 1024 * 1024;

/// The version of the document.
const VERSION: u32 = 1;

/// The document.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct State {
    #[schema(minimum = 1, maximum = 1)]
    version: u32,
    #[serde(default)]
    clock: Option<Reading>,
    #[serde(default)]
    sign_in: SignInMode,
    #[serde(default)]
    apps: Vec<App>,
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    subscriptions: Vec<Subscription>,
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    #[schema(schema_with = pairs::<SessionId, Session>)]
    sessions: Sessions,
    #[serde(default)]
    #[schema(schema_with = pairs::<RefreshToken, RefreshGrant>)]
    refresh_tokens: RefreshTokens,
    #[serde(default)]
    revocations: Revocations,
    #[serde(default)]
    #[schema(value_type = Vec<ArmedFault>)]
    faults: Faults,
    #[serde(default)]
    flows: Flows,
    #[serde(default)]
    key_ring: Option<SavedRing>,
}

/// Save the issuer
#[utoipa::path(
    get,
    path = "/state",
    tag = "State",
    responses((status = 200, body = State, description = "The whole issuer as one document"))
)]
async fn save(At(issuer): At) -> Json<State> {
    let clock = Some(issuer.clock().read());
    let key_ring = Some(issuer.keys().save());
    Json(issuer.step(|step| {
        let Directory { apps, users, subscriptions, resources } = step.directory.clone();
        let Ledger { sign_in_mode, sessions, refresh_tokens, revocations, flows, .. } = &*step.ledger;
        State {
            version: VERSION,
            clock,
            sign_in: sign_in_mode.clone(),
            apps,
            users,
            subscriptions,
            resources,
            sessions: sessions.clone(),
            refresh_tokens: refresh_tokens.clone(),
            revocations: revocations.clone(),
            flows: flows.clone(),
            key_ring,
            faults: step.faults.clone(),
        }
    }))
}

/// Restore the issuer
///
/// All of it, or nothing if the document has a flaw. The rules are those of the configuration file.
#[utoipa::path(
    put,
    path = "/state",
    tag = "State",
    request_body = State,
    responses((status = 204, description = "Restored"))
)]
async fn restore(At(issuer): At, Body(state): Body<State, LIMIT>) -> Result<StatusCode, Problem> {
    let State {
        version,
        clock,
        sign_in,
        apps,
        users,
        subscriptions,
        resources,
        sessions,
        refresh_tokens,
        revocations,
        flows,
        key_ring,
        faults: saved_faults,
    } = state;
    if version != VERSION {
        let problem = format!("version is {version}");
        return Err(Problem::flawed("version", &problem, &format!("expected {VERSION}")));
    }
    let directory = Directory { apps, users, subscriptions, resources };
    check(&directory, &sign_in)?;
    let key_ring = key_ring.map(SavedRing::read).transpose();
    let key_ring = key_ring.map_err(|error| Problem::unfit_body("key_ring", &error.to_string()))?;
    faults::check_all(&saved_faults)?;
    if let Some(index) = twin(saved_faults.iter().map(|fault| fault.id)) {
        let field = format!("faults[{index}].id");
        return Err(Problem::flawed(&field, "another fault has this number", "give each its own"));
    }
    issuer.step(|step| {
        *step.directory = directory;
        *step.faults = saved_faults;
        *step.ledger = Ledger {
            sign_in_mode: sign_in,
            sessions,
            refresh_tokens,
            revocations,
            flows: flows.in_place_of(&step.ledger.flows),
            ..Ledger::default()
        };
    });
    match key_ring {
        Some(key_ring) => issuer.keys().restore(key_ring),
        None => issuer.keys().reset(),
    }
    if let Some(reading) = clock {
        clock::restore(issuer.clock(), reading);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Reset the issuer
#[utoipa::path(
    delete,
    path = "/state",
    tag = "State",
    responses((status = 204, description = "Reset to the state at the start, with an empty journal"))
)]
async fn reset(At(issuer): At, _: Nothing) -> StatusCode {
    issuer.reset();
    StatusCode::NO_CONTENT
}

/// Refuses a document whose directory has flaws, or whose sign-in mode names a user who does not exist.
fn check(directory: &Directory, sign_in: &SignInMode) -> Result<(), Problem> {
    let mut flaws: Vec<BodyFlaw> = directory.flaws().into_iter().map(BodyFlaw::of_directory).collect();
    if let SignInMode::Automatic { username } = sign_in
        && directory.user(username).is_none()
    {
        let near = directory.nearest_username(username.as_str());
        flaws.push(BodyFlaw::unknown_name("sign_in.username", "user", username.as_str(), near));
    }
    if flaws.is_empty() { Ok(()) } else { Err(Problem::of_flaws(flaws)) }
}

/// Where an item appears for the second time.
fn twin<T: Eq + Hash>(items: impl Iterator<Item = T>) -> Option<usize> {
    let mut seen = HashSet::new();
    items.enumerate().find_map(|(index, item)| (!seen.insert(item)).then_some(index))
}
