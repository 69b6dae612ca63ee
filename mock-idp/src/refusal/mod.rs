//! Every reason for which a request is refused, one file for each place where refusals arise. Each file has
//! the details of its refusals: the rule, what was expected, what was received, how to correct it, and the error that the client
//! receives. Pure.
//!
//! | file | place |
//! |---|---|
//! | `request` | any endpoint: the method, the body, the parameters |
//! | `authorize` | the authorization endpoint |
//! | `sign_in` | the sign-in page |
//! | `client` | client authentication |
//! | `token` | the token endpoint |
//! | `bearer` | access tokens, at userinfo and at the gateway |
//! | `logout` | the logout endpoint |
//! | `gateway` | the API gateway |
//!
//! `error` has the shapes of errors, `rule` the names of the rules, `phrase` the texts that several places use.

mod authorize;
mod bearer;
mod client;
mod details;
mod error;
mod explanation;
mod gateway;
mod logout;
mod phrase;
mod request;
pub(crate) mod rule;
mod sign_in;
mod token;

pub(crate) use authorize::AuthorizeRefusal;
pub(crate) use bearer::{BearerRefusal, Unusable};
pub(crate) use client::ClientRefusal;
pub(crate) use error::{ErrorShape, GatewayError, OktaError};
pub use explanation::Explanation;
pub(crate) use gateway::GatewayRefusal;
pub(crate) use logout::LogoutRefusal;
pub(crate) use request::RequestRefusal;
pub(crate) use sign_in::SignInRefusal;
pub(crate) use token::TokenRefusal;

use crate::{dialect::Dialect, protocol::redirect_uri::RegisteredUri};
use details::Details;

/// A request that the authorization server refuses, by the place where the refusal arises. It never holds a secret.
/// The gateway's refusals are a type of their own: they are worded in one way in every dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Request(RequestRefusal),
    Authorize(AuthorizeRefusal),
    SignIn(SignInRefusal),
    Client(ClientRefusal),
    Token(TokenRefusal),
    Bearer(BearerRefusal),
    Logout(LogoutRefusal),
}

/// Lets `?` and `into` turn the refusals of each place into a [`Refusal`].
macro_rules! from_places {
    ($($place:ident($refusal:ty);)*) => {
        $(impl From<$refusal> for Refusal {
            fn from(refusal: $refusal) -> Self {
                Self::$place(refusal)
            }
        })*
    };
}

from_places! {
    Request(RequestRefusal);
    Authorize(AuthorizeRefusal);
    SignIn(SignInRefusal);
    Client(ClientRefusal);
    Token(TokenRefusal);
    Bearer(BearerRefusal);
    Logout(LogoutRefusal);
}

impl From<Unusable> for Refusal {
    fn from(cause: Unusable) -> Self {
        BearerRefusal::Unusable(cause).into()
    }
}

impl Refusal {
    fn details(&self) -> Details {
        match self {
            Self::Request(refusal) => refusal.details(),
            Self::Authorize(refusal) => refusal.details(),
            Self::SignIn(refusal) => refusal.details(),
            Self::Client(refusal) => refusal.details(),
            Self::Token(refusal) => refusal.details(),
            Self::Bearer(refusal) => refusal.details(),
            Self::Logout(refusal) => refusal.details(),
        }
    }

    /// The rule, what it expected, what was received, how to correct it.
    pub(crate) fn explain(&self) -> Explanation {
        self.details().explanation()
    }

    /// The error that an app of `dialect` receives.
    pub(crate) fn error(&self, dialect: Dialect) -> OktaError {
        self.details().error.of(dialect)
    }

    /// What was probably meant, where a near miss was found.
    pub(crate) fn near(&self) -> Option<&str> {
        match self {
            Self::Client(ClientRefusal::ClientUnknown { near, .. })
            | Self::Authorize(
                AuthorizeRefusal::RedirectUriUnregistered { near, .. }
                | AuthorizeRefusal::ScopeUnknown { near, .. },
            )
            | Self::Logout(LogoutRefusal::RedirectUnregistered { near, .. }) => near.as_deref(),
            _ => None,
        }
    }

    /// The registered addresses that the refusal is about.
    pub(crate) fn registered(&self) -> &[RegisteredUri] {
        match self {
            Self::Authorize(
                AuthorizeRefusal::RedirectUriMissing { registered }
                | AuthorizeRefusal::RedirectUriUnregistered { registered, .. },
            )
            | Self::Logout(LogoutRefusal::RedirectUnregistered { registered, .. }) => registered,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A refusal of the samples.
    struct Sample {
        why: Explanation,
        /// The errors that clients receive, a line each.
        errors: String,
    }

    impl Sample {
        fn text(&self) -> String {
            let Self { why: Explanation { rule, section, expected, received, remedy }, errors } = self;
            format!(
                "{rule} ({section})\n  expected: {expected}\n  received: {received}\n  remedy: {remedy}\n\
                 {errors}"
            )
        }
    }

    /// One refusal of each kind, by place.
    fn places() -> [(&'static str, Vec<Sample>); 8] {
        [
            ("request", samples(request::tests::samples())),
            ("authorize", samples(authorize::tests::samples())),
            ("sign_in", samples(sign_in::tests::samples())),
            ("client", samples(client::tests::samples())),
            ("token", samples(token::tests::samples())),
            ("bearer", samples(bearer::tests::samples())),
            ("logout", samples(logout::tests::samples())),
            ("gateway", gateway::tests::samples().iter().map(of_gateway).collect()),
        ]
    }

    fn samples<R: Into<Refusal>>(refusals: Vec<R>) -> Vec<Sample> {
        refusals.into_iter().map(|refusal| of_server(&refusal.into())).collect()
    }

    fn of_server(refusal: &Refusal) -> Sample {
        let [fortellis, oidc] = [Dialect::Fortellis, Dialect::Oidc].map(|dialect| {
            let OktaError { status, shape, code, description } = refusal.error(dialect);
            format!("{status} {shape:?} {code}: {description}")
        });
        let errors = if fortellis == oidc {
            format!("  {oidc}\n")
        } else {
            format!("  fortellis: {fortellis}\n  oidc: {oidc}\n")
        };
        Sample { why: refusal.explain(), errors }
    }

    fn of_gateway(refusal: &GatewayRefusal) -> Sample {
        let GatewayError { status, code, message } = refusal.error();
        Sample { why: refusal.explain(), errors: format!("  {status:?} {code}: {message}\n") }
    }

    #[test]
    fn each_place_words_its_refusals_as_in_its_snapshot() {
        for (place, samples) in places() {
            let text: Vec<String> = samples.iter().map(Sample::text).collect();
            insta::assert_snapshot!(place, text.concat());
        }
    }

    #[test]
    fn each_rule_has_a_name_in_snake_case_and_one_refusal() {
        let names: BTreeSet<&str> = rule::ALL.iter().copied().collect();
        assert_eq!(names.len(), rule::ALL.len(), "a name appears twice in the list");
        let is_snake = |name: &str| {
            name.split('_').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        };
        assert_eq!(names.iter().find(|name| !is_snake(name)), None);

        let mut used: Vec<&str> =
            places().iter().flat_map(|(_, samples)| samples).map(|sample| sample.why.rule).collect();
        // The gateway and userinfo have the same reasons for refusing a token.
        let shared = bearer::tests::causes().into_iter().map(|cause| Refusal::from(cause).explain().rule);
        // Authorize and logout refuse the same ID tokens.
        for rule in shared.chain([rule::ID_TOKEN_HINT_INVALID]) {
            let once = used.iter().position(|used| *used == rule).expect("the rule is used");
            used.remove(once);
        }
        let unique: BTreeSet<&str> = used.iter().copied().collect();
        assert_eq!(unique.len(), used.len(), "two refusals name the same rule: {used:?}");
        assert_eq!(unique, names);
    }

    #[test]
    fn each_refusal_says_all() {
        for (place, samples) in places() {
            for Sample { why, errors } in samples {
                let Explanation { rule, section, expected, received, remedy } = &why;
                for text in [*section, expected, received, remedy] {
                    assert!(!text.trim().is_empty(), "{place}: {rule}: {why:?}");
                }
                assert!(!errors.contains(": \n"), "{place}: {rule}: {errors}");
            }
        }
    }

    #[test]
    fn the_dialect_decides_where_okta_and_the_standards_differ() {
        let both = |refusal: Refusal| {
            let (fortellis, oidc) = (refusal.error(Dialect::Fortellis), refusal.error(Dialect::Oidc));
            ((fortellis.status, fortellis.code), (oidc.status, oidc.code))
        };
        assert_eq!(
            both(ClientRefusal::CredentialsTwice.into()),
            ((401, "invalid_request"), (400, "invalid_request"))
        );
        assert_eq!(
            both(TokenRefusal::ScopeWidened { beyond: vec![] }.into()),
            ((400, "access_denied"), (400, "invalid_scope"))
        );
        assert_eq!(
            both(AuthorizeRefusal::ResponseTypeMissing.into()),
            ((400, "unsupported_response_type"), (400, "invalid_request"))
        );
    }

    #[test]
    fn what_a_request_says_is_printable_in_the_description() {
        let refusal = Refusal::from(TokenRefusal::ScopeNotForApps { scope: "a\"b\\cé".into() });
        assert_eq!(
            refusal.error(Dialect::Oidc).description,
            "Cannot request 'a?b?c?' scopes using client credentials."
        );
    }
}
