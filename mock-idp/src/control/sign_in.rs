//! `/_mock/sign-in`: whether a person signs in, or the mock does it for them.
//!
//! `GET` and `PUT` of `{"mode":"interactive"}` or `{"mode":"automatic","username":"subscriber@example.com"}`. In the
//! automatic mode the user is signed in where the sign-in page would be shown, as if the password had just been
//! typed. The mock redirects to the app immediately.

use axum::Json;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Body,
    problem::Problem,
};
use crate::ledger::SignInMode;

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(show, set))
}

/// Who signs in
#[utoipa::path(
    get,
    path = "/sign-in",
    tag = "Sign-in",
    responses((status = 200, body = SignInMode, description = "The mode"))
)]
async fn show(At(issuer): At) -> Json<SignInMode> {
    Json(issuer.step(|step| step.ledger.sign_in_mode.clone()))
}

/// Sign a user in without a page, or show the page again
#[utoipa::path(
    put,
    path = "/sign-in",
    tag = "Sign-in",
    request_body = SignInMode,
    responses((status = 200, body = SignInMode, description = "The mode from now on"))
)]
async fn set(At(issuer): At, Body(mode): Body<SignInMode>) -> Result<Json<SignInMode>, Problem> {
    issuer.step(|step| {
        let mode = match mode {
            SignInMode::Automatic { username } => {
                // The name as the directory spells it, because later comparisons are case-sensitive.
                let Some(user) = step.directory.user_called(username.as_str()) else {
                    let near = step.directory.nearest_username(username.as_str());
                    return Err(Problem::names_nobody("username", "user", username.as_str(), near));
                };
                SignInMode::Automatic { username: user.username.clone() }
            }
            interactive @ SignInMode::Interactive => interactive,
        };
        step.ledger.sign_in_mode = mode.clone();
        Ok(Json(mode))
    })
}
