//! The form bodies of token requests, one function per grant.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a form value escapes. `:` and `/` mean nothing in a form, so they stay as the tutorial's `api.py` sends them.
const FORM_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'/');

/// Changes a code into tokens (RFC 6749 §4.1.3), with PKCE's verifier where there is one (RFC 7636 §4.5).
pub(crate) fn authorization_code(redirect_uri: &str, code: &str, code_verifier: Option<&str>) -> String {
    let mut form = form("authorization_code", &[("redirect_uri", redirect_uri), ("code", code)]);
    if let Some(code_verifier) = code_verifier {
        push(&mut form, "code_verifier", code_verifier);
    }
    form
}

/// Changes a refresh token into fresh tokens (RFC 6749 §6). A scope may narrow what was granted.
pub(crate) fn refresh_token(refresh_token: &str, scope: Option<&str>) -> String {
    let mut form = form("refresh_token", &[("refresh_token", refresh_token)]);
    if let Some(scope) = scope {
        push(&mut form, "scope", scope);
    }
    form
}

/// Asks for the app's own token (RFC 6749 §4.4.2). Fortellis wants the scope `anonymous`.
pub(crate) fn client_credentials() -> String {
    form("client_credentials", &[("scope", "anonymous")])
}

fn form(grant_type: &str, parameters: &[(&str, &str)]) -> String {
    let mut form = format!("grant_type={grant_type}");
    for (name, value) in parameters {
        push(&mut form, name, value);
    }
    form
}

fn push(form: &mut String, name: &str, value: &str) {
    form.push('&');
    form.push_str(name);
    form.push('=');
    form.extend(utf8_percent_encode(value, FORM_VALUE));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_cannot_add_or_change_parameters() {
        let form = authorization_code("http://localhost:80/?a=b", "a&b=c+d/é% \n", Some("v~-._"));
        assert_eq!(
            form,
            "grant_type=authorization_code&redirect_uri=http://localhost:80/%3Fa%3Db\
             &code=a%26b%3Dc%2Bd/%C3%A9%25%20%0A&code_verifier=v~-._"
        );
        let read: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
        assert_eq!(read[1].1, "http://localhost:80/?a=b");
        assert_eq!(read[2].1, "a&b=c+d/é% \n");
    }

    #[test]
    fn each_grant_has_its_parameters_in_order() {
        assert_eq!(client_credentials(), "grant_type=client_credentials&scope=anonymous");
        assert_eq!(refresh_token("r1", None), "grant_type=refresh_token&refresh_token=r1");
        assert_eq!(
            refresh_token("r1", Some("openid email")),
            "grant_type=refresh_token&refresh_token=r1&scope=openid%20email"
        );
    }
}
