//! Faults by name: what can be typed as a user name on the sign-in page, such as `fault:expired@example.com`.

use super::{
    CallbackChange, KeysChange, Kind, OAuthErrorFault, RateLimitFault, StatusFault, TokenChange, TokenFault,
    UserinfoChange,
    wire::{DELAY_BY_NAME, TRUNCATE_BY_NAME},
};

/// What such a user name begins with.
pub(crate) const PREFIX: &str = "fault:";

/// A fault that a person can order.
#[derive(Debug)]
pub(crate) struct Named {
    /// What is typed.
    pub name: &'static str,
    /// What happens.
    pub does: &'static str,
    /// What a correct client does about it.
    pub must: &'static str,
    make: fn() -> Kind,
}

impl Named {
    /// The fault.
    pub(crate) fn kind(&self) -> Kind {
        (self.make)()
    }
}

/// The fault that a user name orders, the part behind `@` left aside. `Err` is a name that no fault has, with its
/// nearest; `None` is another user name.
pub(crate) fn named(username: &str) -> Option<Result<&'static Named, Option<&'static str>>> {
    let name = username.strip_prefix(PREFIX)?.split('@').next().unwrap_or_default();
    let found = NAMES.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    Some(found.ok_or_else(|| crate::protocol::near_miss::nearest(name, NAMES.iter().map(|known| known.name))))
}

/// Those that the sign-in page shows.
pub(crate) fn samples() -> Vec<&'static Named> {
    const SHOWN: [&str; 5] = ["expired", "bad_signature", "wrong_state", "status", "hang"];
    NAMES.iter().filter(|named| SHOWN.contains(&named.name)).collect()
}

/// All of them, by what they spoil.
pub(crate) fn groups() -> Vec<(&'static str, Vec<&'static Named>)> {
    let mut groups: Vec<(&'static str, Vec<&'static Named>)> = Vec::new();
    for named in &NAMES {
        let heading = match named.kind() {
            Kind::Token(_) => "The tokens",
            Kind::Callback { .. } => "The callback",
            Kind::Keys { .. } | Kind::Metadata { .. } | Kind::Userinfo { .. } => "Keys and userinfo",
            Kind::Status(_)
            | Kind::OAuthError(_)
            | Kind::Delay(_)
            | Kind::Hang {}
            | Kind::Reset {}
            | Kind::Truncate(_)
            | Kind::MalformedJson {}
            | Kind::NotJson {}
            | Kind::RateLimit(_) => "The answer of the token endpoint",
        };
        match groups.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, group)) => group.push(named),
            None => groups.push((heading, vec![named])),
        }
    }
    groups
}

const fn row(name: &'static str, make: fn() -> Kind, does: &'static str, must: &'static str) -> Named {
    Named { name, does, must, make }
}

fn token(change: TokenChange) -> Kind {
    Kind::Token(TokenFault { token: vec![change], ..TokenFault::default() })
}

fn omit(claim: &str) -> Kind {
    Kind::Token(TokenFault { omit: vec![claim.to_owned()], ..TokenFault::default() })
}

const fn callback(callback: CallbackChange) -> Kind {
    Kind::Callback { callback }
}

/// All of them. Those of tokens and answers strike when this sign-in's code is exchanged.
static NAMES: [Named; 39] = [
    row("expired", || token(TokenChange::Expired), "the tokens expired an hour ago", "refuse the token"),
    row(
        "not_yet_valid",
        || token(TokenChange::NotYetValid),
        "the tokens are valid in an hour",
        "refuse the token",
    ),
    row("wrong_issuer", || token(TokenChange::WrongIssuer), "another iss in the tokens", "refuse the token"),
    row(
        "wrong_audience",
        || token(TokenChange::WrongAudience),
        "another aud in the tokens",
        "refuse the token",
    ),
    row(
        "wrong_nonce",
        || token(TokenChange::WrongNonce),
        "another nonce in the ID token",
        "refuse the token",
    ),
    row(
        "wrong_subject",
        || token(TokenChange::WrongSubject),
        "another sub in the tokens",
        "compare sub with userinfo, and refuse",
    ),
    row(
        "wrong_at_hash",
        || token(TokenChange::WrongAtHash),
        "another at_hash in the ID token",
        "refuse the access token",
    ),
    row(
        "bad_signature",
        || token(TokenChange::BadSignature),
        "one wrong bit in the signatures",
        "refuse the token",
    ),
    row(
        "unknown_kid",
        || token(TokenChange::UnknownKid),
        "a kid that no key has",
        "fetch the keys once more, then refuse",
    ),
    row("no_kid", || token(TokenChange::NoKid), "no kid", "accept if exactly one key fits, else refuse"),
    row("alg_none", || token(TokenChange::AlgNone), "alg none, no signature", "refuse the token"),
    row(
        "hs256_with_public_key",
        || token(TokenChange::Hs256WithPublicKey),
        "signed with the public key as a password",
        "refuse the token",
    ),
    row("omit_iss", || omit("iss"), "no iss in the tokens", "refuse the token"),
    row("omit_sub", || omit("sub"), "no sub in the tokens", "refuse the token"),
    row("omit_aud", || omit("aud"), "no aud in the tokens", "refuse the token"),
    row("omit_iat", || omit("iat"), "no iat in the tokens", "refuse the token"),
    row("omit_exp", || omit("exp"), "no exp in the tokens", "refuse the token"),
    row("omit_nonce", || omit("nonce"), "no nonce in the ID token", "refuse the token"),
    row(
        "omit_at_hash",
        || omit("at_hash"),
        "no at_hash in the ID token",
        "go on with the code flow, refuse in the implicit",
    ),
    row("no_state", || callback(CallbackChange::NoState), "a callback without state", "refuse the callback"),
    row(
        "wrong_state",
        || callback(CallbackChange::WrongState),
        "a callback with another state",
        "refuse the callback",
    ),
    row(
        "no_code",
        || callback(CallbackChange::NoCode),
        "a callback without a code",
        "say that sign-in failed",
    ),
    row(
        "code_and_error",
        || callback(CallbackChange::CodeAndError),
        "a code and an error at once",
        "treat it as the error",
    ),
    row(
        "foreign_code",
        || callback(CallbackChange::ForeignCode),
        "the code of another user's sign-in",
        "fail by PKCE or nonce",
    ),
    row(
        "foreign_issuer",
        || callback(CallbackChange::ForeignIssuer),
        "a callback with another iss",
        "refuse the callback",
    ),
    row(
        "twice",
        || callback(CallbackChange::Twice),
        "every parameter of the callback twice",
        "refuse the callback",
    ),
    row(
        "empty",
        || Kind::Keys { keys: KeysChange::Empty },
        "no keys at the next fetch",
        "refuse, and fetch again later",
    ),
    row(
        "stale",
        || Kind::Keys { keys: KeysChange::Stale },
        "the keys before the last rotation at the next fetch",
        "fetch the keys once more",
    ),
    row(
        "two_with_same_kid",
        || Kind::Keys { keys: KeysChange::TwoWithSameKid },
        "two keys under one kid at the next fetch",
        "try both, or refuse",
    ),
    row(
        "foreign_subject",
        || Kind::Userinfo { userinfo: UserinfoChange::ForeignSubject },
        "userinfo of somebody else",
        "refuse userinfo",
    ),
    row(
        "status",
        || Kind::Status(StatusFault { status: 503, body: None, headers: std::collections::BTreeMap::new() }),
        "503 for the code",
        "say so; begin a new sign-in",
    ),
    row(
        "oauth_error",
        || Kind::OAuthError(OAuthErrorFault { error: "server_error".to_owned(), description: None }),
        "server_error for the code",
        "say so; begin a new sign-in",
    ),
    row(
        "rate_limit",
        || Kind::RateLimit(RateLimitFault::default()),
        "429 for the code",
        "wait as Retry-After says",
    ),
    row(
        "delay",
        || Kind::Delay(DELAY_BY_NAME),
        "three seconds until the tokens come",
        "wait, and stay usable",
    ),
    row("hang", || Kind::Hang {}, "the tokens never come", "give up after a while"),
    row(
        "reset",
        || Kind::Reset {},
        "a reset connection for the code",
        "say so; never send the code twice blindly",
    ),
    row(
        "truncate",
        || Kind::Truncate(TRUNCATE_BY_NAME),
        "20 bytes of the token answer",
        "notice that the answer is not whole",
    ),
    row(
        "malformed_json",
        || Kind::MalformedJson {},
        "a token answer that is not quite JSON",
        "say so; show nothing of it",
    ),
    row("not_json", || Kind::NotJson {}, "a page in place of tokens", "say so; show nothing of it"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fault::{Fault, Rule},
        protocol::endpoint::Endpoint,
    };

    #[test]
    fn every_change_has_its_name() {
        let kinds: Vec<Kind> = NAMES.iter().map(Named::kind).collect();
        let lacking = |kind: &Kind| !kinds.contains(kind);
        assert!(!TokenChange::ALL.into_iter().map(token).any(|kind| lacking(&kind)));
        assert!(!CallbackChange::ALL.into_iter().map(callback).any(|kind| lacking(&kind)));
        assert!(!KeysChange::ALL.into_iter().map(|keys| Kind::Keys { keys }).any(|kind| lacking(&kind)));
        for named in &NAMES {
            let kind = named.kind();
            let endpoint = if kind.endpoints().contains(&Endpoint::Token) {
                Endpoint::Token
            } else {
                kind.endpoints()[0]
            };
            assert_eq!(Rule::new(endpoint, Fault::from(kind)).flaw(), None, "{}", named.name);
        }
    }

    #[test]
    fn a_user_name_orders_a_fault_and_a_slip_is_seen() {
        let name = |text: &str| named(text).map(|found| found.map(|named| named.name));
        assert_eq!(name("fault:expired@example.com"), Some(Ok("expired")));
        assert_eq!(name("fault:Expired"), Some(Ok("expired")));
        assert_eq!(name("fault:expird@example.com"), Some(Err(Some("expired"))));
        assert_eq!(name("fault:@example.com"), Some(Err(None)));
        assert_eq!(name("subscriber@example.com"), None);
    }
}
