//! Drafts of tokens: which claims they have and how long they live, in the dialect of the app.

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
    /// The claims.
    pub claims: Claims,
}

/// What a successful request gives. The tokens are drafts, because signing takes time and needs no lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuance {
    /// The app.
    pub api_key: ApiKey,
    /// The person, unless the app acts for itself.
    pub person: Option<Person>,
    /// The access token.
    pub access: Option<Draft>,
    /// The granted scope.
    pub scope: Scope,
    /// The lifetime of the access token, as the answer says it.
    pub expires_in: Lifetime,
    /// The refresh token.
    pub refresh_token: Option<RefreshToken>,
    /// The ID token.
    pub id: Option<Draft>,
    /// Whether the ID token gets the hash of the signed access token.
    pub at_hash: bool,
}

impl Issuance {
    /// The names of the tokens that it gives, as the answer calls them.
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

/// Who issues tokens, for which app, when, and for how long.
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

    /// How long tokens live. A person's tokens and an app's own tokens may differ.
    pub(super) const fn lifetime(&self, person: Option<&Person>) -> Lifetime {
        match person {
            Some(_) => self.dialect().user_token_lifetime(self.lifetimes),
            None => self.lifetimes.access_token,
        }
    }

    /// The expiry of tokens that are issued now.
    pub(crate) fn expiry(&self, person: Option<&Person>) -> Expiry {
        Expiry::after(self.now, self.lifetime(person))
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

/// The claims about a person that a scope gives, without `sub` (OpenID Connect Core §5.4).
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
        // The user name is the e-mail address, unless the user has such a claim.
        let email = person.claims.get("email").cloned().unwrap_or_else(|| person.username.as_str().into());
        let verified = person.claims.get("email_verified").cloned().unwrap_or(true.into());
        claims = claims.with("email", email).with("email_verified", verified);
    }
    claims
}

#[cfg(test)]
mod tests {
    use fixtures::subscriber;
    use serde_json::{Value, json};

    use super::{
        super::decide::tests::{Case, ISSUER},
        *,
    };

    fn minting(case: &Case) -> Minting<'_> {
        Minting { issuer: ISSUER, app: &case.app, lifetimes: &case.lifetimes, now: case.now }
    }

    fn claims_for(person: &Person, scope: &str) -> Value {
        serde_json::to_value(person_claims(person, &scope.parse().unwrap())).unwrap()
    }

    #[test]
    fn a_scope_gives_the_claims_that_belong_to_it() {
        let person = Case::tutorial().session.person;
        let name = json!({
            "name": "Sam Subscriber", "given_name": "Sam", "family_name": "Subscriber",
            "preferred_username": subscriber::USERNAME,
        });
        assert_eq!(claims_for(&person, "openid"), json!({}));
        assert_eq!(claims_for(&person, "profile"), name);
        let email = json!({ "email": subscriber::USERNAME, "email_verified": true });
        assert_eq!(claims_for(&person, "openid email"), email);
    }

    #[test]
    fn claims_of_the_user_replace_the_usual_ones() {
        let mut person = Case::tutorial().session.person;
        let own = [("email", json!("sam@example.org")), ("email_verified", json!(false))];
        let own = own.into_iter().chain([("preferred_username", json!("sam"))]);
        person.claims = own.fold(Claims::new(), |claims, (name, value)| claims.with(name, value));
        let email = json!({ "email": "sam@example.org", "email_verified": false });
        assert_eq!(claims_for(&person, "email"), email);
        assert_eq!(claims_for(&person, "profile"), json!({ "preferred_username": "sam" }));
    }

    #[test]
    fn the_lifetime_depends_on_dialect_and_person() {
        for (case, of_person) in [(Case::tutorial(), 14_400), (Case::oidc(), 3600)] {
            let (minting, person) = (minting(&case), &case.session.person);
            assert_eq!(minting.lifetime(Some(person)), Lifetime::from_seconds(of_person));
            assert_eq!(minting.lifetime(None), Lifetime::from_seconds(3600), "an app for itself");
            let expected = Expiry::after(case.now, Lifetime::from_seconds(of_person));
            assert_eq!(minting.expiry(Some(person)), expected);
        }
    }

    #[test]
    fn the_type_of_an_access_token_depends_on_the_dialect() {
        for (case, token_type) in [(Case::tutorial(), TokenType::Jwt), (Case::oidc(), TokenType::AccessToken)]
        {
            let draft = minting(&case).access(&TokenId::new("AT.1"), &case.request.scope, None);
            assert_eq!((draft.token_type, draft.claims.text("iss")), (token_type, Some(ISSUER)));
        }
    }

    #[test]
    fn an_issuance_names_its_tokens_and_their_ids() {
        let mut case = Case::tutorial().scope("openid offline_access");
        let params = case.code_params();
        let issuance = case.decide(&params).unwrap();
        assert_eq!(issuance.gives(), ["access_token", "refresh_token", "id_token"]);
        let ids: Vec<TokenId> = issuance.token_ids().collect();
        assert!(ids.len() == 2 && ids[0].as_str().starts_with("AT."), "{ids:?}");
        assert!(ids[1].as_str().starts_with("ID."), "{ids:?}");
    }
}
