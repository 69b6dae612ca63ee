//! Whether `FORTELLIS_REDIRECT_URI` can be the page's callback: its form, and whether the site answers there.

use fortellis_service::{is_loopback, port_of};
use url::Url;

use super::{
    finding::{Check, Finding},
    setup::Setup,
};

const VARIABLE: &str = "FORTELLIS_REDIRECT_URI";

/// The findings, and the callback, if a browser can be sent there.
pub(super) fn look(setup: &Setup) -> (Vec<Finding>, Option<Url>) {
    let text = &setup.settings.redirect_uri;
    let check = Check::RedirectUri;
    let error = |found: String, remedy: String| (vec![check.error(VARIABLE, found, remedy)], None);
    let Some(url) =
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    else {
        return error(
            format!("{text:?} is not an absolute http or https URL"),
            "write the app's Callback URL, such as http://localhost:8080/".to_owned(),
        );
    };
    if let Some(at) = text.find('#') {
        return error(
            format!("{text} has a fragment, which no callback may have (RFC 6749 §3.1.2)"),
            format!("write {}", &text[..at]),
        );
    }
    if url.scheme() == "http" && !is_loopback(text) {
        return error(
            format!("{text} is not https: others on the network could read the code"),
            format!("write https://{}, and register that", text.trim_start_matches("http://")),
        );
    }
    let findings = oddities(setup, &url).unwrap_or_else(|| vec![check.ok(VARIABLE, text.as_str())]);
    (findings, Some(url))
}

fn oddities(setup: &Setup, url: &Url) -> Option<Vec<Finding>> {
    let (text, check) = (&setup.settings.redirect_uri, Check::RedirectUri);
    let mut findings = Vec::new();
    let after_host = text.split_once("://").map_or("", |(_, rest)| rest);
    if !after_host.contains('/') {
        findings.push(check.warning(
            VARIABLE,
            format!("{text} has no slash at the end"),
            format!(
                "write {text}/: Fortellis has http://localhost:80 registered and http://localhost:80/ sent, and \
                 others compare byte for byte"
            ),
        ));
    }
    if is_loopback(text) {
        if url.scheme() == "https" {
            findings.push(check.warning(
                VARIABLE,
                format!("{text} is https, but the site serves only http"),
                "register and write http:// (Fortellis puts an s into a Callback URL that is typed without http://), \
                 or put a server with a certificate in front of the site",
            ));
        } else if let (Some(callback), Some(site)) =
            (url.port_or_known_default(), port_of(&setup.settings.site_addr))
            && callback != site
            && site != 0
        {
            findings.push(check.warning(
                VARIABLE,
                format!("{text} leads to port {callback}, but the page is served on port {site}"),
                format!("set SITE_ADDR=127.0.0.1:{callback}, or another FORTELLIS_REDIRECT_URI"),
            ));
        }
    }
    (!findings.is_empty()).then_some(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{finding::Level, setup::setup};

    fn seen(redirect_uri: &str, site_addr: &str) -> Vec<(Level, String)> {
        let setup = setup(&["--redirect-uri", redirect_uri, "--site-addr", site_addr]);
        look(&setup).0.into_iter().map(|it| (it.level, it.remedy.unwrap_or(it.found))).collect()
    }

    #[test]
    fn the_defaults_and_the_tutorials_own_are_fine() {
        for (callback, site) in [
            ("http://localhost:8080/", "127.0.0.1:8080"),
            ("http://localhost:80/", "127.0.0.1:80"),
            ("http://localhost/cb", "localhost:80"),
            ("https://app.example.com/cb", "127.0.0.1:8080"),
            ("http://localhost:8080/", "127.0.0.1:0"),
        ] {
            assert_eq!(seen(callback, site), [(Level::Ok, callback.to_owned())]);
        }
    }

    #[test]
    fn what_is_odd_or_wrong_is_told() {
        for (callback, level, remedy) in [
            ("http://localhost:8080", Level::Warning, "write http://localhost:8080/"),
            ("https://localhost:8080/", Level::Warning, "register and write http://"),
            ("http://localhost:80/", Level::Warning, "set SITE_ADDR=127.0.0.1:80"),
            ("http://app.example.com/", Level::Error, "write https://app.example.com/"),
            ("http://localhost:8080/#/cb", Level::Error, "write http://localhost:8080/"),
            ("localhost:8080", Level::Error, "write the app's Callback URL"),
        ] {
            let seen = seen(callback, "127.0.0.1:8080");
            let [(found_level, found_remedy)] = &seen[..] else { panic!("{callback}: {seen:?}") };
            assert_eq!(*found_level, level, "{callback}");
            assert!(found_remedy.starts_with(remedy), "{callback}: {found_remedy}");
        }
    }
}
