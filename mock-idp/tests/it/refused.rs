//! What a refusal looks like as a whole: status, every field of the header, body.

use crate::support::Answer;

/// An answer of the token endpoint that refuses.
///
/// Nothing may keep it (RFC 6749 §5.1); what a browser may read of it hangs on its origin; a 401 says how to
/// authenticate (§5.2).
#[track_caller]
pub(crate) fn assert_token_error(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_whole(answer, status, "vary: Origin\n", &oauth(error, description));
}

/// An answer of the introspection or revocation endpoint that refuses.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_whole(answer, status, "", &oauth(error, description));
}

/// An answer of the token endpoint in Okta's envelope, whose id is random: `oae` and 22 characters.
#[track_caller]
pub(crate) fn assert_token_envelope(answer: &Answer, status: u16, code: &str, summary: &str) {
    let id = answer.json()["errorId"].as_str().unwrap_or_default().to_owned();
    assert!(id.starts_with("oae") && id.len() == 25, "{id}");
    let body = format!(
        r#"{{"errorCode":"{code}","errorSummary":"{summary}","errorLink":"{code}","errorId":"{id}","errorCauses":[]}}"#
    );
    assert_whole(answer, status, "vary: Origin\n", &body);
}

/// A refused bearer token: the reason in the header, an empty body (RFC 6750 §3). `challenge` is what follows
/// `Bearer`.
#[track_caller]
pub(crate) fn assert_bearer_error(answer: &Answer, status: u16, challenge: &str) {
    let challenge = format!("Bearer {challenge}");
    let expected = format!(
        "{status}\n\
         access-control-allow-origin: *\n\
         access-control-expose-headers: *\n\
         cache-control: no-cache, no-store\n\
         expires: 0\n\
         pragma: no-cache\n\
         referrer-policy: no-referrer\n\
         www-authenticate: {}\n\
         x-content-type-options: nosniff\n\
         \n",
        challenge.trim_end()
    );
    assert_eq!(answer.whole(), expected);
}

/// The description for every token that cannot be used. It does not name the cause (RFC 6750 §3.1).
pub(crate) const INVALID_TOKEN: &str =
    r#"error="invalid_token", error_description="The access token is invalid""#;

fn oauth(error: &str, description: &str) -> String {
    format!(r#"{{"error":"{error}","error_description":"{description}"}}"#)
}

#[track_caller]
fn assert_whole(answer: &Answer, status: u16, vary: &str, body: &str) {
    let challenge = if status == 401 { "www-authenticate: Basic realm=\"Mock Fortellis\"\n" } else { "" };
    let expected = format!(
        "{status}\n\
         cache-control: no-cache, no-store\n\
         content-type: application/json\n\
         expires: 0\n\
         pragma: no-cache\n\
         referrer-policy: no-referrer\n\
         {vary}{challenge}x-content-type-options: nosniff\n\
         \n\
         {body}"
    );
    assert_eq!(answer.whole(), expected);
}
