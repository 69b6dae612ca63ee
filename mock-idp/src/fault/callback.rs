//! Callbacks that a client must not follow: what comes back from the authorization endpoint in the browser.

use serde::{Deserialize, Serialize, Serializer};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use super::{
    named::{Group, Named},
    written,
};
use crate::protocol::{endpoint::Endpoint, json::JsonError, members::Members};

/// The endpoints that send a callback.
pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint::Authorize, Endpoint::SignIn];

/// The same, and the endpoint that redirects after a logout.
const ENDPOINTS_AND_LOGOUT: &[Endpoint] = &[Endpoint::Authorize, Endpoint::SignIn, Endpoint::Logout];

/// A change to what the callback brings.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, fault::CallbackChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// # issuer.sign_in_as("subscriber@example.com");
/// let parameters = [
///     "code",                               // NoState
///     "code state",                         // WrongState
///     "state",                              // NoCode
///     "code state error error_description", // CodeAndError
///     "code state",                         // ForeignCode
///     "code state iss",                     // ForeignIssuer, also where the app's dialect names none
///     "code state code state",              // Twice
/// ];
/// for (change, expected) in CallbackChange::ALL.into_iter().zip(parameters) {
///     issuer.fail_next(Endpoint::Authorize, Fault::callback(change));
///     // Here a browser signs in, and is sent back to the app.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// #   let answer = browser.get(url).send().await?;
/// #   let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
///     let names: Vec<_> = callback.query_pairs().map(|(name, _)| name.into_owned()).collect();
///     assert_eq!(names.join(" "), expected);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallbackChange {
    /// No `state`.
    NoState,
    /// Another `state`.
    WrongState,
    /// Neither a code nor a token.
    NoCode,
    /// What was asked for, and also `error=access_denied`.
    CodeAndError,
    /// A code that was issued for another user and another request of the same app.
    ForeignCode,
    /// The `iss` of another server (RFC 9207).
    ForeignIssuer,
    /// Every parameter twice.
    Twice,
}

impl CallbackChange {
    /// All changes.
    pub const ALL: [Self; 7] = [
        Self::NoState,
        Self::WrongState,
        Self::NoCode,
        Self::CodeAndError,
        Self::ForeignCode,
        Self::ForeignIssuer,
        Self::Twice,
    ];

    pub(super) const NAME: &str = "callback";

    pub(super) fn read(members: Members) -> Result<Self, JsonError> {
        members.only(Self::NAME)
    }

    pub(super) fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        written::change(Self::NAME, &self, serializer)
    }

    pub(super) fn schemas(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Vec<RefOr<Schema>> {
        let description = "A callback that a client must not follow.";
        vec![written::schema_of_change::<Self>(Self::NAME, description, referenced)]
    }

    pub(super) const fn endpoints(self) -> &'static [Endpoint] {
        match self {
            // The redirect after a logout has no parameter but `state`.
            Self::NoState | Self::WrongState => ENDPOINTS_AND_LOGOUT,
            Self::NoCode | Self::CodeAndError | Self::ForeignCode | Self::ForeignIssuer | Self::Twice => {
                ENDPOINTS
            }
        }
    }

    /// Changes the parameters. [`CallbackChange::ForeignCode`] does nothing here: the caller has to issue that code.
    pub(crate) fn on(self, mut params: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        const GIVEN: [&str; 3] = ["code", "access_token", "id_token"];
        match self {
            Self::NoState => params.retain(|(name, _)| *name != "state"),
            Self::WrongState => replace(&mut params, "state", "anotherState"),
            Self::NoCode => params.retain(|(name, _)| !GIVEN.contains(name)),
            Self::CodeAndError => {
                params.push(("error", "access_denied".to_owned()));
                params.push(("error_description", "A fault of the mock: this was ordered.".to_owned()));
            }
            Self::ForeignCode => {}
            Self::ForeignIssuer => replace(&mut params, "iss", "https://issuer.invalid/oauth2/default"),
            Self::Twice => params.extend_from_within(..),
        }
        params
    }
}

/// Replaces the value of a parameter, or adds the parameter if it is missing.
fn replace(params: &mut Vec<(&'static str, String)>, name: &'static str, value: &str) {
    match params.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => value.clone_into(known),
        None => params.push((name, value.to_owned())),
    }
}

/// The user names. These faults occur in the callback of the sign-in.
pub(super) static BY_NAME: Group<CallbackChange> = Group {
    heading: "The callback",
    names: &[
        Named::new("no_state", || CallbackChange::NoState, "a callback without state", "refuse the callback"),
        Named::new(
            "wrong_state",
            || CallbackChange::WrongState,
            "a callback with another state",
            "refuse the callback",
        ),
        Named::new(
            "no_code",
            || CallbackChange::NoCode,
            "a callback without a code",
            "say that sign-in failed",
        ),
        Named::new(
            "code_and_error",
            || CallbackChange::CodeAndError,
            "a code and an error at once",
            "treat it as the error",
        ),
        Named::new(
            "foreign_code",
            || CallbackChange::ForeignCode,
            "the code of another user's sign-in",
            "fail by PKCE or nonce",
        ),
        Named::new(
            "foreign_issuer",
            || CallbackChange::ForeignIssuer,
            "a callback with another iss",
            "refuse the callback",
        ),
        Named::new(
            "twice",
            || CallbackChange::Twice,
            "every parameter of the callback twice",
            "refuse the callback",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: CallbackChange) -> String {
        let params = vec![("code", "c".to_owned()), ("state", "s".to_owned())];
        let changed: Vec<String> =
            change.on(params).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        changed.join("&")
    }

    #[test]
    fn each_change_changes_its_parameters() {
        let changed: Vec<String> = CallbackChange::ALL.into_iter().map(changed).collect();
        assert_eq!(
            changed,
            [
                "code=c",
                "code=c&state=anotherState",
                "state=s",
                "code=c&state=s&error=access_denied&error_description=A fault of the mock: this was ordered.",
                "code=c&state=s",
                "code=c&state=s&iss=https://issuer.invalid/oauth2/default",
                "code=c&state=s&code=c&state=s",
            ]
        );
    }

    #[test]
    fn only_the_state_can_be_changed_at_logout() {
        let at_logout =
            CallbackChange::ALL.into_iter().filter(|it| it.endpoints().contains(&Endpoint::Logout));
        assert_eq!(at_logout.collect::<Vec<_>>(), [CallbackChange::NoState, CallbackChange::WrongState]);
    }
}
