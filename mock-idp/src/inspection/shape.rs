//! The dialect of a token, and its deviations: the token is compared with the one that the dialect would have issued for
//! the same facts.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    dialect::Dialect,
    entropy::Entropy,
    protocol::{
        claims::{AccessFacts, Claims, IdFacts, Person},
        jwt::{Header, TokenType, Unverified},
        lifetimes::Lifetimes,
        scope::Scope,
        text::{ApiKey, KeyId, TokenId, UserId, Username},
        timestamp::Timestamp,
    },
};

/// Claims that are moments (RFC 7519 §4.1, OpenID Connect Core §2 and §5.1).
pub(super) const MOMENTS: [&str; 5] = ["iat", "nbf", "exp", "auth_time", "updated_at"];

/// Claims whose values differ between authorization servers. Only their types are compared.
const OWN: [&str; 2] = ["idp", "amr"];

/// The kind of a token, its dialect, and its deviations from that dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Shape {
    /// The kind of token.
    pub kind: TokenKind,
    /// The dialect that it is nearest to.
    pub dialect: Dialect,
    /// The differences from the tokens of that dialect. Empty if the mock could have issued it.
    pub deviations: Vec<String>,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "each is a kind of token, and its JSON says so")]
pub(crate) enum TokenKind {
    /// An access token of a user who signed in.
    UserAccessToken,
    /// An access token of an app that acts for itself.
    AppAccessToken,
    /// An ID token.
    IdToken,
}

impl TokenKind {
    /// The kind in words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::UserAccessToken => "access token of a user",
            Self::AppAccessToken => "access token of an app",
            Self::IdToken => "ID token",
        }
    }

    fn of(token: &Unverified) -> Self {
        let has = |name: &str| token.claims.get(name).is_some();
        let is_access = ["scp", "cid", "scope", "client_id"].into_iter().any(has)
            || token.header.get("typ").is_some_and(|typ| typ == TokenType::AccessToken.as_str());
        let for_itself = !has("uid") && token.claims.get("sub") == token.claims.get("cid");
        match (is_access, for_itself) {
            (true, true) => Self::AppAccessToken,
            (true, false) => Self::UserAccessToken,
            (false, _) => Self::IdToken,
        }
    }
}

impl Shape {
    /// Finds the dialect that a token is nearest to.
    pub(crate) fn of(token: &Unverified) -> Self {
        let kind = TokenKind::of(token);
        [Dialect::Fortellis, Dialect::Oidc]
            .map(|dialect| Self { kind, dialect, deviations: deviations(token, kind, dialect) })
            .into_iter()
            .min_by_key(|shape| shape.deviations.len())
            .expect("there are two dialects")
    }
}

fn deviations(token: &Unverified, kind: TokenKind, dialect: Dialect) -> Vec<String> {
    let typ = if kind == TokenKind::IdToken { TokenType::Jwt } else { dialect.access_token_type() };
    let key = KeyId::new(token.kid().unwrap_or_default());
    let header = serde_json::to_value(Header::rs256(typ, &key)).expect("a header is JSON");
    let mut found = compared(header.as_object().expect("a header is an object"), &token.header);
    if token.kid().is_some_and(|kid| uuid::Uuid::try_parse(kid).is_err()) {
        found.push(format!("kid is {key}; expected a UUID"));
    }
    let claims: Map<String, Value> = issued(token, kind, dialect).iter().map(owned).collect();
    found.extend(compared(&claims, &token.claims.iter().map(owned).collect()));
    found.extend(identifier(token, kind));
    found.extend(lifetime(token, kind, dialect));
    found
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// The claims that the dialect would issue for the facts in the token.
fn issued(token: &Unverified, kind: TokenKind, dialect: Dialect) -> Claims {
    let claims = &token.claims;
    let text = |name: &str| claims.text(name).unwrap_or_default();
    let beginning = Timestamp::new(jiff::Timestamp::UNIX_EPOCH);
    let moment = |name: &str| claims.moment(name).unwrap_or(beginning);
    let token_id = TokenId::new(text("jti"));
    let person = |uid: &str| Person {
        username: Username::new(text("sub")),
        uid: UserId::new(text(uid)),
        claims: Claims::new(),
    };
    if kind == TokenKind::IdToken {
        let (api_key, person) = (ApiKey::new(text("aud")), person("sub"));
        let facts = |person_claims| IdFacts {
            issuer: text("iss"),
            api_key: &api_key,
            token_id: &token_id,
            person: &person,
            person_claims,
            nonce: claims.text("nonce"),
            auth_time: moment("auth_time"),
            issued_at: moment("iat"),
            expires_at: moment("exp"),
        };
        let bare = dialect.id_claims(&facts(Claims::new()));
        let issued = dialect.id_claims(&facts(inline_claims(claims, &bare)));
        // Signing adds the hash. The hashed access token is not known here.
        let hash = claims.text("at_hash").filter(|_| dialect.has_at_hash());
        return issued.with_some("at_hash", hash);
    }
    let listed = claims.get("scp").and_then(|scp| serde_json::from_value::<Scope>(scp.clone()).ok());
    let scope = listed.or_else(|| text("scope").parse().ok());
    let api_key = ApiKey::new(claims.text("cid").unwrap_or_else(|| text("client_id")));
    let person = person("uid");
    dialect.access_claims(&AccessFacts {
        issuer: text("iss"),
        api_key: &api_key,
        token_id: &token_id,
        scope: &scope.unwrap_or_default(),
        person: (kind == TokenKind::UserAccessToken).then_some(&person),
        issued_at: moment("iat"),
        expires_at: moment("exp"),
    })
}

/// The claims about the person in an ID token itself: those between `sub` and the next claim of the dialect.
fn inline_claims(claims: &Claims, bare: &Claims) -> Claims {
    claims
        .iter()
        .skip_while(|(name, _)| *name != "sub")
        .skip(1)
        .take_while(|(name, _)| bare.get(name).is_none())
        .filter(|(name, _)| *name != "at_hash")
        .fold(Claims::new(), |inline, (name, value)| inline.with(name, value.clone()))
}

/// The members that are missing, additional, in another order, or of another value.
fn compared(expected: &Map<String, Value>, actual: &Map<String, Value>) -> Vec<String> {
    let beyond = |one: &Map<String, Value>, other: &Map<String, Value>| -> Vec<String> {
        one.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
    };
    let common = |one: &Map<String, Value>, other: &Map<String, Value>| -> Vec<String> {
        one.keys().filter(|name| other.contains_key(*name)).cloned().collect()
    };
    let mut found: Vec<String> =
        beyond(expected, actual).into_iter().map(|name| format!("{name} is missing")).collect();
    found.extend(beyond(actual, expected).into_iter().map(|name| format!("{name} is extra")));
    let order = common(expected, actual);
    if order != common(actual, expected) {
        found.push(format!("the order differs; expected {}", order.join(", ")));
    }
    found.extend(actual.iter().filter_map(|(name, value)| differs(name, expected.get(name)?, value)));
    found
}

fn differs(name: &str, expected: &Value, actual: &Value) -> Option<String> {
    let form = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    if form(expected) != form(actual) {
        return Some(format!("{name} is {}; expected {}", form(actual), form(expected)));
    }
    if MOMENTS.contains(&name) && expected != actual {
        return Some(format!("{name} is {actual}; expected whole seconds"));
    }
    (expected != actual && !OWN.contains(&name)).then(|| format!("{name} is {actual}; expected {expected}"))
}

/// Reports a `jti` whose form is not that of the mock and of Okta.
fn identifier(token: &Unverified, kind: TokenKind) -> Option<String> {
    let jti = token.claims.text("jti")?;
    let mut entropy = Entropy::from_seed(0, "a sample");
    let sample = match kind {
        TokenKind::IdToken => entropy.id_token_id(),
        TokenKind::UserAccessToken | TokenKind::AppAccessToken => entropy.access_token_id(None),
    };
    let (prefix, own) = sample.as_str().split_once('.')?;
    let fits = jti
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(|rest| rest.split('.').next())
        .is_some_and(|id| id.len() == own.len());
    (!fits).then(|| format!("jti is {jti:?}; expected {prefix}. and {} characters", own.len()))
}

fn lifetime(token: &Unverified, kind: TokenKind, dialect: Dialect) -> Option<String> {
    let lifetimes = Lifetimes::default();
    let expected = match kind {
        TokenKind::AppAccessToken => lifetimes.access_token,
        TokenKind::UserAccessToken | TokenKind::IdToken => dialect.user_token_lifetime(&lifetimes),
    };
    let seconds = token.claims.moment("exp")?.unix_seconds() - token.claims.moment("iat")?.unix_seconds();
    let expected = i64::from(expected.seconds());
    (seconds != expected).then(|| format!("it lives {seconds} s; expected {expected} s"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The access token that the tutorial prints.
    fn tutorials() -> Unverified {
        let answer: Value = serde_json::from_str(fixtures::TUTORIAL_TOKEN_ANSWER_JSON).unwrap();
        Unverified::parse(answer["access_token"].as_str().unwrap()).unwrap()
    }

    /// The deviations of the tutorial's access token after `spoil` has changed it.
    fn spoiled(spoil: impl FnOnce(&mut Unverified)) -> Vec<String> {
        let mut token = tutorials();
        spoil(&mut token);
        Shape::of(&token).deviations
    }

    #[test]
    fn the_tutorials_own_tokens_are_of_dialect_fortellis_without_deviation() {
        let answer: Value = serde_json::from_str(fixtures::TUTORIAL_TOKEN_ANSWER_JSON).unwrap();
        for (name, kind) in [("access_token", TokenKind::UserAccessToken), ("id_token", TokenKind::IdToken)] {
            let token = Unverified::parse(answer[name].as_str().unwrap()).unwrap();
            assert_eq!(Shape::of(&token), Shape { kind, dialect: Dialect::Fortellis, deviations: vec![] });
        }
    }

    #[test]
    fn each_deviation_is_reported() {
        let set = |name: &'static str, value: Value| spoiled(|token| token.claims.set(name, value));
        assert_eq!(set("aud", json!("other")), ["aud is \"other\"; expected \"api_providers\""]);
        assert_eq!(set("aud", json!(["api_providers"])), ["aud is a list; expected text"]);
        assert_eq!(set("role", json!("buyer")), ["role is extra"]);
        assert_eq!(set("jti", json!("AT.short")), ["jti is \"AT.short\"; expected AT. and 43 characters"]);
        assert_eq!(spoiled(|token| token.claims.remove("uid")), ["uid is missing"]);
        assert_eq!(
            spoiled(|token| {
                let aud = token.claims.get("aud").cloned().unwrap();
                token.claims.remove("aud");
                token.claims.set("aud", aud);
            }),
            ["the order differs; expected cid, jti, scp, sub, uid, iat, exp, aud, iss"]
        );
        assert_eq!(set("iat", json!("today")), ["iat is text; expected a number"]);
        assert_eq!(set("iat", json!(1.5)), ["iat is 1.5; expected whole seconds"]);
        assert_eq!(
            spoiled(|token| {
                let issued_at = token.claims.moment("iat").unwrap().unix_seconds();
                token.claims.set("exp", issued_at + 3600);
            }),
            ["it lives 3600 s; expected 14400 s"]
        );
        let header = |name: &str, value: Value| {
            spoiled(|token| {
                token.header.insert(name.to_owned(), value);
            })
        };
        assert_eq!(header("kid", json!("key-1")), ["kid is key-1; expected a UUID"]);
        assert_eq!(header("alg", json!("RS512")), ["alg is \"RS512\"; expected \"RS256\""]);
        assert_eq!(header("typ", json!("jwt")), ["typ is \"jwt\"; expected \"JWT\""]);
        assert_eq!(header("x5t", json!("…")), ["x5t is extra"]);
    }
}
