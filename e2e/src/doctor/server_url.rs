//! Whether `FORTELLIS_AUTH_SERVER_URL` can be an issuer: its form, and common mistakes.

use fortellis_service::is_loopback;
use url::Url;

use super::{
    finding::{Check, Finding},
    fortellis::{self, Known, PRODUCTION, Stage},
};

const VARIABLE: &str = "FORTELLIS_AUTH_SERVER_URL";

/// What was found, and the issuer, if requests to it make sense. An http server on another machine must be allowed, as
/// for the programs.
pub(super) fn look(text: &str, allow_insecure: bool) -> (Vec<Finding>, Option<String>) {
    match judge(text, allow_insecure) {
        Ok(good) => good,
        Err(finding) => (vec![*finding], None),
    }
}

type Good = (Vec<Finding>, Option<String>);

fn judge(text: &str, allow_insecure: bool) -> Result<Good, Box<Finding>> {
    let (url, issuer) = shape(text, allow_insecure)?;
    let host = url.host_str().unwrap_or_default();
    let id = issuer_id(&url, &issuer)?;
    let mut findings = Vec::new();
    if text != issuer {
        findings.push(Check::ServerUrl.warning(
            VARIABLE,
            format!("{text} ends with a slash"),
            format!("write {issuer}: issuers are compared byte for byte, and this one has no slash"),
        ));
    }
    if is_insecure(&url) {
        findings.push(Check::ServerUrl.warning(
            VARIABLE,
            format!(
                "{issuer} is not https, and others on the network could read the API Secret and the tokens"
            ),
            "use https; FORTELLIS_ALLOW_INSECURE allows http only in a network that you trust",
        ));
    }
    if is_loopback(&issuer) {
        findings.push(Check::ServerUrl.ok(VARIABLE, format!("{issuer} is on this machine")));
    } else if fortellis::is_fortellis(host) {
        findings.push(at_fortellis(&issuer, host, id)?);
    } else {
        findings.push(
            Check::ServerUrl
                .note(VARIABLE, format!("{issuer} is neither on this machine nor one of Fortellis' hosts")),
        );
    }
    Ok((findings, Some(issuer)))
}

/// Takes the URL apart: an absolute one, https unless on this machine, and no endpoint. Also without its last slash.
fn shape(text: &str, allow_insecure: bool) -> Result<(Url, String), Box<Finding>> {
    let error =
        |found: String, remedy: String| Err(Box::new(Check::ServerUrl.error(VARIABLE, found, remedy)));
    let trimmed =
        text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>'));
    if trimmed != text {
        return error(
            format!("{text:?} has quotes or spaces around it"),
            format!("write {trimmed} and nothing else; in a .env file too"),
        );
    }
    if text.contains("$[") || text.contains(['{', '}']) {
        return error(
            format!("{text:?} is a placeholder of the documentation"),
            format!("write the address that it stands for; in production {}", PRODUCTION.url()),
        );
    }
    let Some(url) =
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    else {
        return error(
            format!("{text:?} is not an absolute http or https URL"),
            format!("write one like {}", PRODUCTION.url()),
        );
    };
    if !url.username().is_empty() || url.password().is_some() {
        return error(
            "it contains a user name or password".to_owned(),
            "write them into FORTELLIS_API_KEY and FORTELLIS_API_SECRET".to_owned(),
        );
    }
    for (part, what) in [
        ("/v1/", "an endpoint"),
        ("/v1", "an endpoint's path"),
        ("/.well-known", "the address of the metadata"),
    ] {
        // RFC 8414 §3.1 puts the well-known part in front of the issuer's path.
        if let Some(path) = url.path().strip_prefix("/.well-known/") {
            let rest = path.split_once('/').map_or("", |(_, rest)| rest);
            let issuer = format!("{}/{rest}", url.origin().ascii_serialization());
            return error(
                format!("{text} is the address of the metadata"),
                format!("write the issuer, {}", issuer.trim_end_matches('/')),
            );
        }
        let at = if part == "/v1" { text.strip_suffix(part).map(str::len) } else { text.find(part) };
        if let Some(issuer) = at.map(|at| &text[..at]) {
            return error(format!("{text} is {what}"), format!("write the issuer, {issuer}"));
        }
    }
    if let Some(at) = text.find(['?', '#']) {
        return error(
            format!("{text} has a query or a fragment"),
            format!("write {}", text[..at].trim_end_matches('/')),
        );
    }
    if is_insecure(&url) && !allow_insecure {
        return error(
            format!("{text} is not https: others on the network could read the API Secret and the tokens"),
            format!(
                "write https://{}; in a network that you trust, --allow-insecure or FORTELLIS_ALLOW_INSECURE=true allows \
                 http",
                text.trim_start_matches("http://").trim_end_matches('/')
            ),
        );
    }
    Ok((url, text.trim_end_matches('/').to_owned()))
}

/// Whether the server is on another machine and not https.
fn is_insecure(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url.as_str())
}

/// The id in `/oauth2/{id}`.
fn issuer_id<'a>(url: &Url, issuer: &'a str) -> Result<&'a str, Box<Finding>> {
    let host = url.host_str().unwrap_or_default();
    if let Some(what) = fortellis::other(host) {
        return Err(Box::new(Check::ServerUrl.error(
            VARIABLE,
            format!("{host} is {what}, not an authorization server"),
            format!("write {}", PRODUCTION.url()),
        )));
    }
    let id = issuer.split_once("/oauth2/").map(|(_, id)| id).filter(|id| !id.is_empty() && !id.contains('/'));
    id.ok_or_else(|| {
        let example = match fortellis::at_host(host) {
            Some(known) => known.url(),
            None => format!("{}/oauth2/default", url.origin().ascii_serialization()),
        };
        Box::new(Check::ServerUrl.error(
            VARIABLE,
            format!("{issuer} has no /oauth2/ with the id of an issuer behind it"),
            format!("write the whole issuer, such as {example}"),
        ))
    })
}

fn at_fortellis(issuer: &str, host: &str, id: &str) -> Result<Finding, Box<Finding>> {
    let (here, meant) = (fortellis::at_host(host), fortellis::with_id(id));
    let check = Check::ServerUrl;
    Ok(match (here, meant) {
        (Some(Known { stage, id: own, .. }), _) if own == id => match stage {
            Stage::Production => check.ok(VARIABLE, format!("{issuer} is Fortellis' production")),
            Stage::Internal(purpose) => check.warning(
                VARIABLE,
                format!(
                    "{issuer} is Fortellis' own server for {purpose}, and does not know developers' apps"
                ),
                format!("write {}, unless you work there", PRODUCTION.url()),
            ),
            Stage::Deprecated => check.warning(
                VARIABLE,
                format!("{issuer} is deprecated by Fortellis"),
                format!("write {}", PRODUCTION.url()),
            ),
        },
        (Some(here), Some(meant)) => {
            return Err(Box::new(check.error(
                VARIABLE,
                format!("the issuer {id} is not at {host} but at {}", meant.host),
                format!("write {} (or, if the id is right, {})", here.url(), meant.url()),
            )));
        }
        (Some(here), None) => check.warning(
            VARIABLE,
            format!("{id} is not the issuer that Fortellis documents for {host}"),
            format!("unless you know better, write {}", here.url()),
        ),
        (None, Some(meant)) => {
            return Err(Box::new(check.error(
                VARIABLE,
                format!("the issuer {id} is not at {host} but at {}", meant.host),
                format!("write {}", meant.url()),
            )));
        }
        (None, None) => check.warning(
            VARIABLE,
            format!("{host} is not an authorization server that Fortellis documents"),
            format!("unless you know better, write {}", PRODUCTION.url()),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    /// The level, and the issuer that is to be asked.
    fn seen(text: &str) -> (Level, Option<String>) {
        let (findings, issuer) = look(text, false);
        (findings.iter().map(|finding| finding.level).max().unwrap(), issuer)
    }

    /// The remedy for what cannot work.
    #[track_caller]
    fn remedy(text: &str) -> String {
        let (findings, issuer) = look(text, false);
        assert_eq!(issuer, None, "nothing is asked of a server that is not meant");
        let [finding] = &findings[..] else { panic!("{findings:#?}") };
        assert_eq!(finding.level, Level::Error);
        finding.remedy.clone().unwrap()
    }

    #[test]
    fn the_mock_and_production_are_fine() {
        for text in [
            "http://localhost:9100/oauth2/default",
            "http://127.0.0.1:1/oauth2/x",
            "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7",
        ] {
            assert_eq!(seen(text), (Level::Ok, Some(text.to_owned())));
        }
    }

    #[test]
    fn a_slash_at_the_end_is_odd_and_taken_off() {
        assert_eq!(
            seen("http://localhost:9100/oauth2/default/"),
            (Level::Warning, Some("http://localhost:9100/oauth2/default".to_owned()))
        );
    }

    #[test]
    fn an_address_below_the_issuer_leads_to_the_issuer() {
        let issuer = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";
        for below in [
            "/v1/authorize",
            "/v1/token/",
            "/v1",
            "/v1/authorize?client_id=x&response_type=code",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ] {
            assert_eq!(remedy(&format!("{issuer}{below}")), format!("write the issuer, {issuer}"), "{below}");
        }
        assert_eq!(
            remedy(
                "https://identity.fortellis.io/.well-known/oauth-authorization-server/oauth2/aus1p1ixy7YL8cMq02p7"
            ),
            format!("write the issuer, {issuer}")
        );
    }

    #[test]
    fn host_and_id_of_two_servers_are_named() {
        let (findings, _) = look("https://identity.fortellis.io/oauth2/aus1ni5i9n9WkzcYa2p7", false);
        assert_eq!(
            findings[0].found,
            "the issuer aus1ni5i9n9WkzcYa2p7 is not at identity.fortellis.io but at identity-dev.fortellis.io"
        );
        assert_eq!(
            remedy("https://identity.fortellis.io/oauth2/aus1ni5i9n9WkzcYa2p7"),
            "write https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7 (or, if the id is right, \
             https://identity-dev.fortellis.io/oauth2/aus1ni5i9n9WkzcYa2p7)"
        );
    }

    #[test]
    fn a_host_that_is_no_authorization_server_is_named() {
        for host in ["accounts", "api", "verify", "developer"] {
            let url = format!("https://{host}.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7");
            assert_eq!(remedy(&url), "write https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7");
        }
    }

    #[test]
    fn what_cannot_be_an_issuer_is_said_to_be_none() {
        for (text, expected) in [
            ("", "write one like"),
            ("identity.fortellis.io", "write one like"),
            ("ftp://identity.fortellis.io", "write one like"),
            ("$[authServerUrl]", "write the address that it stands for"),
            ("\"http://localhost:9100/oauth2/default\"", "write http://localhost:9100/oauth2/default and"),
            ("https://u:p@identity.fortellis.io/oauth2/x", "write them into"),
            (
                "https://identity.fortellis.io",
                "write the whole issuer, such as https://identity.fortellis.io/oauth2/aus1p1",
            ),
            ("http://localhost:9100", "write the whole issuer, such as http://localhost:9100/oauth2/default"),
            ("http://localhost:9100/oauth2/", "write the whole issuer"),
            ("http://localhost:9100/oauth2/default?x=1", "write http://localhost:9100/oauth2/default"),
            (
                "http://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7",
                "write https://identity.fortellis.io/oauth2/",
            ),
        ] {
            let remedy = remedy(text);
            assert!(remedy.starts_with(expected), "{text}: {remedy}");
        }
    }

    #[test]
    fn other_servers_of_fortellis_and_elsewhere_are_remarked_on() {
        for (text, level) in [
            ("https://identity-dev.fortellis.io/oauth2/aus1ni5i9n9WkzcYa2p7", Level::Warning),
            ("https://api.accounts.fortellis.io/oauth2/aus1ufzl27tS4FQ9X2p7", Level::Warning),
            ("https://identity.fortellis.io/oauth2/ausNobodyHasToldUs00", Level::Warning),
            ("https://new.fortellis.io/oauth2/ausNobodyHasToldUs00", Level::Warning),
            ("https://auth.example.com/oauth2/default", Level::Note),
        ] {
            assert_eq!(seen(text), (level, Some(text.to_owned())));
        }
    }

    #[test]
    fn http_to_another_machine_must_be_allowed() {
        let url = "http://mock-idp:9100/oauth2/default";
        let (findings, issuer) = look(url, false);
        assert_eq!((findings[0].level, issuer), (Level::Error, None));
        let (findings, issuer) = look(url, true);
        assert_eq!((findings[0].level, issuer.as_deref()), (Level::Warning, Some(url)));
    }
}
