//! Making out tokens: which claims, how long they live, in the dialect of the app.

use crate::{
    dialect::Dialect,
    directory::App,
    entropy::Entropy,
    protocol::{
        claims::{AccessFacts, Claims, IdFacts, Person},
        jwt::TokenType,
        lifetimes::Lifetimes,
        scope::{self, Scope},
        text::{ApiKey, RefreshToken, TokenId},
        timestamp::{Expiry, Lifetime, Timestamp},
    },
};

/// A token that is not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The header's `typ`.
    pub token_type: TokenType,
    /// What it says.
    pub claims: Claims,
}

/// What a successful request gives. The tokens are drafts: signing takes time and no lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuance {
    /// The app.
    pub api_key: ApiKey,
    /// The person, unless the app acts for itself.
    pub person: Option<Person>,
    /// The access token.
    pub access: Option<Draft>,
    /// What is granted.
    pub scope: Scope,
    /// What the answer says of the access token's lifetime.
    pub expires_in: Lifetime,
    /// The refresh token.
    pub refresh_token: Option<RefreshToken>,
    /// The ID token.
    pub id: Option<Draft>,
    /// Whether the ID token gets the hash of the signed access token.
    pub at_hash: bool,
}

impl Issuance {
    /// What it gives, by the names of the answer's members.
    pub(crate) fn gives(&self) -> Vec<&'static str> {
        let given = [
            ("access_token", self.access.is_some()),
            ("refresh_token", self.refresh_token.is_some()),
            ("id_token", self.id.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    /// The `jti` of each token.
    pub(crate) fn token_ids(&self) -> impl Iterator<Item = TokenId> {
        [&self.access, &self.id]
            .into_iter()
            .flatten()
            .filter_map(|draft| draft.claims.text("jti").map(TokenId::new))
    }
}

/// For whom and from whom tokens are made out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minting<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// The app.
    pub app: &'a App,
    /// How long things live.
    pub lifetimes: &'a Lifetimes,
    /// `iat`.
    pub now: Timestamp,
}

/// What an ID token says beyond the person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignInFacts<'a> {
    /// The client's nonce.
    pub nonce: Option<&'a str>,
    /// When the person signed in.
    pub auth_time: Timestamp,
    /// The scopes whose claims go into the token itself.
    pub inline: Option<&'a Scope>,
}

impl Minting<'_> {
    const fn dialect(&self) -> Dialect {
        self.app.dialect
    }

    /// Until when tokens live that are made out now.
    pub(crate) fn expiry(&self, person: Option<&Person>) -> Expiry {
        let lifetime = match person {
            Some(_) => self.dialect().user_token_lifetime(self.lifetimes),
            None => self.lifetimes.access_token,
        };
        Expiry::after(self.now, lifetime)
    }

    /// An access token.
    pub(crate) fn access(&self, token_id: &TokenId, scope: &Scope, person: Option<&Person>) -> Draft {
        let facts = AccessFacts {
            issuer: self.issuer,
            api_key: &self.app.api_key,
            token_id,
            scope,
            person,
            issued_at: self.now,
            expires_at: self.expiry(person).moment(),
        };
        Draft { token_type: self.dialect().access_token_type(), claims: self.dialect().access_claims(&facts) }
    }

    /// An ID token.
    pub(crate) fn id(&self, entropy: &mut Entropy, person: &Person, facts: SignInFacts<'_>) -> Draft {
        let token_id = entropy.id_token_id();
        let facts = IdFacts {
            issuer: self.issuer,
            api_key: &self.app.api_key,
            token_id: &token_id,
            person,
            person_claims: facts.inline.map(|scope| person_claims(person, scope)).unwrap_or_default(),
            nonce: facts.nonce,
            auth_time: facts.auth_time,
            issued_at: self.now,
            expires_at: self.expiry(Some(person)).moment(),
        };
        Draft { token_type: TokenType::Jwt, claims: self.dialect().id_claims(&facts) }
    }
}

/// The claims that a scope gives about a person (OpenID Connect Core §5.4). `sub` is not among them.
pub(crate) fn person_claims(person: &Person, scope: &Scope) -> Claims {
    const EMAIL: [&str; 2] = ["email", "email_verified"];
    let mut claims = Claims::new();
    if scope.contains(scope::PROFILE) {
        for (name, value) in person.claims.iter().filter(|(name, _)| !EMAIL.contains(&name.as_str())) {
            claims.set(name, value.clone());
        }
        if claims.get("preferred_username").is_none() {
            claims.set("preferred_username", person.username.as_str());
        }
    }
    if scope.contains(scope::EMAIL) {
        // The user name is the e-mail address, unless the user has claims of their own.
        let email = person.claims.get("email").cloned().unwrap_or_else(|| person.username.as_str().into());
        let verified = person.claims.get("email_verified").cloned().unwrap_or(true.into());
        claims = claims.with("email", email).with("email_verified", verified);
    }
    claims
}
