//! Whether the server knows the app, its Callback URL and its scope: as far as that shows without signing in.
//!
//! An authorization endpoint answers with a page, and not at the callback, as long as it does not know the app and
//! the callback (RFC 6749 §4.1.2.1). `prompt=none` keeps it from showing its sign-in page.

use http::{Method, header};
use url::{Url, form_urlencoded};

use super::finding::{Check, Finding};
use crate::http_client::{HttpRequest, HttpResponse};

const STATE: &str = "doctor";

/// The page's authorization request. Without a callback, it shows what that refusal looks like.
pub(super) fn request(url: &str, api_key: &str, scope: &str, redirect_uri: Option<&str>) -> HttpRequest {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", api_key).append_pair("response_type", "code").append_pair("scope", scope);
    if let Some(redirect_uri) = redirect_uri {
        query.append_pair("redirect_uri", redirect_uri);
    }
    query.append_pair("state", STATE).append_pair("prompt", "none");
    HttpRequest::new(Method::GET, format!("{url}?{}", query.finish())).header(header::ACCEPT, "text/html")
}

/// Judges the answer to the request with the callback. `without` is the answer to the one without.
pub(super) fn judge(
    answer: &HttpResponse,
    without: Option<&HttpResponse>,
    url: &str,
    redirect_uri: &str,
) -> Vec<Finding> {
    let check = Check::Registration;
    let looked_at = format!("GET {url}");
    let location = answer.field(header::LOCATION);
    let place = place(answer);
    let signs_in = location.is_empty() && (200..300).contains(&answer.status);
    let at_callback = at_callback(location, redirect_uri);
    // A server that asks people to sign in before it checks the callback has not checked it yet.
    if (signs_in || !location.is_empty())
        && at_callback.is_none()
        && without.is_some_and(|without| without.status == answer.status && self::place(without) == place)
    {
        let found = "unknown: the server answers the same without a Callback URL, so it checks the app later";
        return vec![check.note(&looked_at, found)];
    }
    if location.is_empty() {
        return vec![match answer.status {
            200..=299 => check
                .ok(&looked_at, "the server knows the app and the Callback URL, and would sign people in"),
            400..=499 => refused(answer, without, &looked_at, redirect_uri),
            _ => check.error(
                &looked_at,
                answer.in_words(),
                "try again; if it happens again, report it to the operator of the server",
            ),
        }];
    }
    let Some(params) = at_callback else {
        return vec![check.ok(&looked_at, format!("the server would sign people in at {place}"))];
    };
    let param = |name: &str| {
        params.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let mut findings = Vec::new();
    let why = param("error_description");
    findings.push(match param("error") {
        // The server would need a person to sign in: the best result without signing in.
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            check.ok(&looked_at, "the server knows the app and the Callback URL")
        }
        "" => {
            check.ok(&looked_at, "the server knows the app and the Callback URL, and signs in without asking")
        }
        "invalid_scope" => check.error(
            &looked_at,
            format!("the server does not grant the scope ({why})"),
            "set FORTELLIS_SCOPE to what the app may ask for, such as openid",
        ),
        "unauthorized_client" | "unsupported_response_type" => check.error(
            &looked_at,
            format!("the app may not use the authorization code flow ({why})"),
            "check on the app's page in the developer account whether it signs people in",
        ),
        error => check.error(
            &looked_at,
            format!("the server answers {error} ({why})"),
            "the text in brackets says what it expects",
        ),
    });
    if param("state") != STATE {
        findings.push(check.error(
            &looked_at,
            "the server does not return the state, so the page refuses its answers",
            "report it to the operator of the server",
        ));
    }
    findings
}

/// The address of a redirect, without its parameters.
fn place(answer: &HttpResponse) -> &str {
    answer.field(header::LOCATION).split(['?', '#']).next().unwrap_or_default()
}

/// The parameters of a redirect, if it leads to the callback. A default port may be written or not.
fn at_callback(location: &str, redirect_uri: &str) -> Option<Vec<(String, String)>> {
    let (location, callback) = (Url::parse(location).ok()?, Url::parse(redirect_uri).ok()?);
    if location.origin() != callback.origin() || location.path() != callback.path() {
        return None;
    }
    let query = location.query().or(location.fragment()).unwrap_or_default();
    Some(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

fn refused(
    answer: &HttpResponse,
    without: Option<&HttpResponse>,
    looked_at: &str,
    redirect_uri: &str,
) -> Finding {
    let check = Check::Registration;
    let unknown_app = || {
        check.error(
            looked_at,
            "the server does not know the app: it refuses the API Key with a page",
            "check FORTELLIS_API_KEY, and that the app is registered at this server",
        )
    };
    let unknown_callback = || {
        let slash = Url::parse(redirect_uri).is_ok_and(|url| url.path() == "/");
        let near = if slash { "; with and without a slash at the end are two URLs" } else { "" };
        check.error(
            looked_at,
            format!("the server knows the app, but {redirect_uri} is not among its Callback URLs"),
            format!("register it on the app's page in the developer account, exactly as written{near}"),
        )
    };
    let names = |answer: &HttpResponse, word: &str| answer.body.contains(word);
    if names(answer, "login_required") || names(answer, "not logged in") {
        let found =
            "the server knows the app and the Callback URL, and says on a page that nobody is signed in";
        return check.ok(looked_at, found);
    }
    if names(answer, "client_id") && !names(answer, "redirect_uri") {
        return unknown_app();
    }
    // A server that answers the same without a callback has not checked the callback.
    match without {
        Some(without) if names(without, "client_id") && !names(without, "redirect_uri") => unknown_app(),
        Some(_) if names(answer, "redirect_uri") => unknown_callback(),
        Some(without) if without.status != answer.status || without.body != answer.body => unknown_callback(),
        _ => check.error(
            looked_at,
            format!("{}: the server does not know the app or its Callback URL", answer.in_words()),
            "check on the app's page in the developer account that FORTELLIS_API_KEY and FORTELLIS_REDIRECT_URI are as \
             registered, character by character",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    const CALLBACK: &str = "http://localhost:8080/";

    fn page(status: u16, body: &str) -> HttpResponse {
        HttpResponse { status, headers: http::HeaderMap::new(), body: body.to_owned() }
    }

    fn redirect(location: &str) -> HttpResponse {
        let mut answer = page(302, "");
        answer.headers.insert(header::LOCATION, location.parse().unwrap());
        answer
    }

    fn seen(answer: &HttpResponse, without: Option<&HttpResponse>) -> Vec<(Level, String)> {
        let findings = judge(answer, without, "x", CALLBACK);
        findings.into_iter().map(|finding| (finding.level, finding.found)).collect()
    }

    #[track_caller]
    fn assert_seen(answer: &HttpResponse, without: Option<&HttpResponse>, level: Level, found: &str) {
        let seen = seen(answer, without);
        assert!(seen.len() == 1 && seen[0].0 == level && seen[0].1.contains(found), "{seen:?}");
    }

    #[test]
    fn whoever_answers_at_the_callback_knows_it() {
        let at = |query: &str| redirect(&format!("{CALLBACK}?{query}"));
        assert_seen(&at("state=doctor&error=login_required"), None, Level::Ok, "knows the app");
        assert_seen(&at("code=x&state=doctor"), None, Level::Ok, "without asking");
        assert_seen(
            &at("state=doctor&error=invalid_scope&error_description=No+such"),
            None,
            Level::Error,
            "scope (No such)",
        );
        assert_seen(
            &at("state=doctor&error=unauthorized_client"),
            None,
            Level::Error,
            "authorization code flow",
        );
        assert_seen(&at("state=doctor&error=server_error"), None, Level::Error, "server_error");
        let stateless = seen(&at("error=login_required"), None);
        assert_eq!(stateless.iter().map(|(level, _)| *level).collect::<Vec<_>>(), [Level::Ok, Level::Error]);
    }

    #[test]
    fn whoever_shows_a_sign_in_page_knows_it_too() {
        assert_seen(&page(200, "<form>"), None, Level::Ok, "would sign people in");
        assert_seen(
            &redirect("https://sso.test/login?x=secret"),
            None,
            Level::Ok,
            "at https://sso.test/login",
        );
        assert_seen(
            &redirect("http://localhost:8080.evil.test/"),
            None,
            Level::Ok,
            "sign people in at http://localhost:8080.evil.test/",
        );
    }

    #[test]
    fn whoever_does_the_same_without_a_callback_has_told_nothing() {
        let (form, login) = (page(200, "<form>"), redirect("https://sso.test/login?x=1"));
        assert_seen(&form, Some(&page(200, "<form >")), Level::Note, "unknown");
        assert_seen(&login, Some(&redirect("https://sso.test/login?x=2")), Level::Note, "unknown");
        let refusal = page(400, "The 'redirect_uri' parameter is missing.");
        assert_seen(&form, Some(&refusal), Level::Ok, "would sign people in");
        assert_seen(&login, Some(&refusal), Level::Ok, "at https://sso.test/login");
    }

    #[test]
    fn a_page_that_says_that_nobody_is_signed_in_refuses_nothing() {
        let page = page(400, "The client specified not to prompt, but the user is not logged in.");
        assert_seen(&page, None, Level::Ok, "nobody is signed in");
    }

    #[test]
    fn an_unknown_app_is_told_from_an_unknown_callback() {
        let app = page(400, "Invalid value for 'client_id' parameter.");
        let callback =
            page(400, "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings");
        assert_seen(&app, Some(&app), Level::Error, "does not know the app");
        assert_seen(&callback, Some(&callback), Level::Error, "not among its Callback URLs");
        assert_seen(
            &page(400, "Bad"),
            Some(&page(400, "Missing")),
            Level::Error,
            "not among its Callback URLs",
        );
        assert_seen(&page(400, "Bad"), Some(&app), Level::Error, "does not know the app");
        assert_seen(
            &page(400, "Bad"),
            Some(&page(400, "Bad")),
            Level::Error,
            "does not know the app or its Callback URL",
        );
        assert_seen(&page(400, "Bad"), None, Level::Error, "does not know the app or its Callback URL");
    }
}
