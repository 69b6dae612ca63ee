//! The sign-in page for an authorization request, which the authorization endpoint opens and the form shows again.

use crate::{
    fault::samples,
    protocol::{authorization_request::AuthorizationRequest, text::SignInId},
    respond::SignInPage,
    step::Step,
};

/// Where the list of the faults that a user name can order is, below the issuer.
const ALL_FAULTS: &str = "/sign-in/faults";

/// The page, with the user name that was typed, or else the one that the request suggests.
pub(super) fn page(
    id: &SignInId,
    request: &AuthorizationRequest,
    typed: Option<&str>,
    message: Option<&str>,
    step: &Step<'_>,
) -> SignInPage {
    let users = &step.directory.users;
    let app = step.directory.app(&request.api_key);
    let hinted = || {
        let uid = request.hinted_user.as_ref()?;
        users.iter().find(|user| user.person().uid == *uid).map(|user| user.username.to_string())
    };
    let username =
        typed.map(str::to_owned).or_else(|| request.login_hint.clone()).or_else(hinted).unwrap_or_default();
    SignInPage {
        app_name: app.map(|app| app.name.clone()).unwrap_or_default(),
        website: app.map(|app| app.website.clone()).unwrap_or_default(),
        issuer: step.name.to_owned(),
        action: format!("{}/sign-in/{}", step.issuer, id.expose()),
        username,
        message: message.map(str::to_owned),
        scopes: request.scope.iter().map(str::to_owned).collect(),
        hint: users
            .iter()
            .take(2)
            .map(|user| (user.username.to_string(), user.password.expose().to_owned()))
            .collect(),
        faults: samples(),
        all_faults: format!("{}{ALL_FAULTS}", step.issuer),
    }
}
