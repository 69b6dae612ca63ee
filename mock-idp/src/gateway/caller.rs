//! Who calls an API: an app, for a user or for itself. It is identified by its access token or, at the simulator, by its
//! API Key and API Secret.

use super::Gate;
use crate::{
    bearer,
    client_authentication::Claimed,
    dialect::API_AUDIENCE,
    directory::App,
    protocol::{
        claims::Claims,
        jwt::Unverified,
        text::{ApiKey, Username},
    },
    refusal::{GatewayRefusal, Unusable},
};

/// The contents of the header `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// `Bearer` and an access token, which is not verified yet.
    Token(String),
    /// `Basic` and an API Key with its API Secret, which Fortellis' simulator accepts.
    Secret(Claimed),
}

/// What a caller has proved without the issuer's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A token with these claims, signed by this issuer.
    Token(Claims),
    /// Credentials that are not compared yet.
    Secret(Claimed),
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The app.
    pub api_key: ApiKey,
    /// The name of the app.
    pub app_name: String,
    /// The user that it acts for, unless it acts for itself.
    pub user: Option<Username>,
    /// Whether it sent its API Secret, which only the simulator accepts.
    pub by_secret: bool,
}

impl Authorization {
    /// Reads the header, which must appear once.
    pub(crate) fn find(headers: &[&str]) -> Result<Self, GatewayRefusal> {
        let header = match headers {
            [] | [""] => return Err(GatewayRefusal::AuthorizationMissing),
            [header] => *header,
            _ => return Err(GatewayRefusal::AuthorizationRepeated),
        };
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" if !rest.trim().is_empty() => Ok(Self::Token(rest.trim().to_owned())),
            "basic" => Claimed::from_basic(header).map(Self::Secret).map_err(|_| GatewayRefusal::SecretWrong),
            _ => Err(GatewayRefusal::AuthorizationMalformed),
        }
    }
}

/// Refuses a token of another authorization server, and a text that is not a token, before the signature is verified. The
/// keys of another server are not known here.
pub(crate) fn addressed(token: &str, issuer: &str) -> Result<(), Unusable> {
    let claims = Unverified::parse(token).ok_or(Unusable::Malformed)?.claims;
    match claims.text("iss") {
        Some(other) if other != issuer => Err(Unusable::Issuer { received: other.to_owned() }),
        _ => Ok(()),
    }
}

impl Gate<'_> {
    /// Who calls, if the proof holds now.
    pub(super) fn caller(&self, proof: Proof) -> Result<Caller, GatewayRefusal> {
        match proof {
            Proof::Token(claims) => self.caller_by_token(claims),
            Proof::Secret(claimed) => {
                let app = claimed.authenticate(self.directory).map_err(|_| GatewayRefusal::SecretWrong)?;
                Ok(caller(app, None, true))
            }
        }
    }

    fn caller_by_token(&self, claims: Claims) -> Result<Caller, GatewayRefusal> {
        let token = bearer::check(claims, self.issuer, self.ledger, self.lifetimes, self.now)?;
        let audience = token.claims.get("aud").cloned().unwrap_or_default();
        let is_meant = audience == API_AUDIENCE
            || audience.as_array().is_some_and(|all| all.iter().any(|one| one == API_AUDIENCE));
        if !is_meant {
            return Err(GatewayRefusal::Audience { received: audience.to_string() });
        }
        // A token of a deleted app or user is refused like a revoked token.
        let app = self.directory.app(&token.api_key).ok_or(Unusable::Revoked)?;
        if let Some(username) = &token.username {
            self.directory.user(username).ok_or(Unusable::Revoked)?;
        }
        Ok(caller(app, token.username, false))
    }
}

fn caller(app: &App, user: Option<Username>, by_secret: bool) -> Caller {
    Caller { api_key: app.api_key.clone(), app_name: app.name.clone(), user, by_secret }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_holds_a_token_or_the_simulators_credentials() {
        assert_eq!(Authorization::find(&["bearer  a.b.c "]), Ok(Authorization::Token("a.b.c".into())));
        assert!(matches!(Authorization::find(&["Basic YTpi"]), Ok(Authorization::Secret(_))));
    }

    #[test]
    fn a_header_that_is_missing_repeated_or_malformed_has_its_own_refusal() {
        let refusal = |headers: &[&str]| Authorization::find(headers).unwrap_err();
        assert_eq!(refusal(&[]), GatewayRefusal::AuthorizationMissing);
        assert_eq!(refusal(&[""]), GatewayRefusal::AuthorizationMissing);
        assert_eq!(refusal(&["Bearer a", "Bearer a"]), GatewayRefusal::AuthorizationRepeated);
        for header in ["Bearer", "Bearer ", "eyJhbGciOi", "Token abc", "Bearerabc"] {
            assert_eq!(refusal(&[header]), GatewayRefusal::AuthorizationMalformed, "{header}");
        }
        assert_eq!(refusal(&["Basic !"]), GatewayRefusal::SecretWrong);
    }

    #[test]
    fn the_issuer_is_compared_before_the_signature() {
        let token = |claims: &str| {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
        };
        assert_eq!(addressed("nonsense", "us"), Err(Unusable::Malformed));
        assert_eq!(
            addressed(&token(r#"{"iss":"them"}"#), "us"),
            Err(Unusable::Issuer { received: "them".into() })
        );
        assert_eq!(addressed(&token(r#"{"iss":"us"}"#), "us"), Ok(()));
        assert_eq!(addressed(&token("{}"), "us"), Ok(()), "the signature decides");
    }
}
