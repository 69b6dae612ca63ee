//! Every case of the token, PKCE, userinfo, revocation and introspection endpoints and of the tokens has a test that
//! names it, or stands here with the reason why not.

/// The cases, by the names that the tests give in their first line.
const CASES: [(char, &[u8]); 6] = [
    (
        'T',
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28,
            29, 30, 31, 32, 33, 34, 36, 37,
        ],
    ),
    ('P', &[1, 2, 4, 6]),
    ('B', &[1, 2, 3, 4, 7, 8, 9, 10, 11, 13, 14, 15]),
    ('R', &[1, 2, 3, 4, 6, 7]),
    ('I', &[1, 2, 3, 4, 5]),
    ('J', &[1, 2, 3, 4, 5, 7]),
];

/// What Okta answers in words that are known, and this mock never has reason to.
const NOT_OFFERED: [(&str, &str); 9] = [
    (
        "The grant was issued for another authorization server.",
        "issuers share nothing, so a code from elsewhere is unknown: invalid_grant",
    ),
    (
        "Policy evaluation failed for this request",
        "there are no policies: a fault gives this answer on demand",
    ),
    ("Policy evaluation succeeded, but all the requested scopes were rejected.", "there are no policies"),
    ("User is not assigned to the client application.", "every user may use every app"),
    (
        "Browser requests to the token endpoint must use Proof Key for Code Exchange.",
        "browsers cannot read answers to fortellis apps at all, and a confidential app has its secret",
    ),
    (
        "Browser requests to the token endpoint may only use the authorization_code grant_type.",
        "OIDC libraries refresh from the browser (RFC 9700 section 2.6 allows it)",
    ),
    (
        "Browser requests to the token endpoint may not include the offline_access scope.",
        "public apps get rotated refresh tokens instead (RFC 9700 section 4.14.2)",
    ),
    ("API call exceeded rate limit due to too many requests.", "a fault gives this answer on demand"),
    ("private_key_jwt", "it is not advertised (X12), and neither is the device flow (X13)"),
];

const TESTS: [&str; 9] = [
    include_str!("claims.rs"),
    include_str!("client_authentication.rs"),
    include_str!("client_credentials.rs"),
    include_str!("introspect.rs"),
    include_str!("pkce.rs"),
    include_str!("refresh.rs"),
    include_str!("revoke.rs"),
    include_str!("token.rs"),
    include_str!("userinfo.rs"),
];

/// The names in the lines `/// T14, T34` and `/// T06: why`.
fn named(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("/// "))
        .filter_map(|line| line.split(':').next())
        .flat_map(|names| names.split(", "))
}

#[test]
fn every_case_has_a_test_that_names_it() {
    let cases = CASES
        .iter()
        .flat_map(|(section, numbers)| numbers.iter().map(move |number| format!("{section}{number:02}")));
    let missing: Vec<String> =
        cases.filter(|case| !TESTS.iter().any(|source| named(source).any(|name| name == case))).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn what_is_not_offered_is_tested_nowhere() {
    for (words, reason) in NOT_OFFERED {
        assert!(!TESTS.iter().any(|source| source.contains(words)), "{words}: no longer true that {reason}");
    }
}
