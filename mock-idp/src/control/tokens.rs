//! `POST /_mock/tokens`: issues tokens without a flow. They are as valid as any other token of this issuer.
//!
//! | field | default | |
//! |---|---|---|
//! | `app` | the first app | an API Key |
//! | `user` | the first user, unless the app only acts for itself | a user name; `null` for an app that acts for itself |
//! | `scope` | `openid`, for an app itself `anonymous` | separated by spaces; `openid` adds an ID token |
//! | `claims` | | an object: sets claims of both tokens; `null` removes a claim |
//! | `lifetime_seconds` | as in the app's dialect | zero or less: the tokens expired that long ago |
//! | `key` | the one that signs now | a `kid` of `/_mock/keys`: published, retired or waiting |
//!
//! The answer is that of the token endpoint: `{"token_type","expires_in","access_token","scope","id_token"?}`.

use axum::{body::Body as AxumBody, http::StatusCode, response::Response};
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Body,
    problem::Problem,
};
use crate::{
    grant::{OrderError, TokenOrder},
    respond::{TokenAnswer, json, no_store},
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(mint))
}

/// Issue tokens without a flow
///
/// Userinfo, introspection and the API gateway accept them like the tokens of a sign-in.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "Tokens",
    request_body = TokenOrder,
    responses((status = 200, body = TokenAnswer, description = "As the token endpoint answers"))
)]
async fn mint(At(issuer): At, Body(order): Body<TokenOrder>) -> Result<Response, Problem> {
    let answer = issuer.mint(&order).map_err(|error| match &error {
        OrderError::UnknownApp { api_key, near } => {
            Problem::names_nobody("app", "app", api_key, near.as_deref())
        }
        OrderError::UnknownUser { username, near } => {
            Problem::names_nobody("user", "user", username, near.as_deref())
        }
        OrderError::UnknownKey { kid, near } => Problem::names_nobody("key", "key", kid, near.as_deref()),
        OrderError::NoApp => Problem::flawed("app", &error.to_string(), "register one at /_mock/apps"),
        OrderError::Lifetime { .. } => Problem::unfit_body("lifetime_seconds", &error.to_string()),
    })?;
    Ok(no_store(json(StatusCode::OK, &answer)).map(AxumBody::from))
}
