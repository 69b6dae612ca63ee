//! Whether the API gateway and the subscription belong to the authorization server: a token of the real server is
//! worth nothing at the mock's gateway, and the other way round.

use fortellis_service::is_loopback;
use url::Url;

use super::{
    finding::{Check, Finding},
    setup::Setup,
};

const URL: &str = "FORTELLIS_API_URL";
const SUBSCRIPTION: &str = "FORTELLIS_SUBSCRIPTION_ID";
/// The real gateway.
const REAL: &str = "https://api.fortellis.io";

pub(super) fn look(setup: &Setup) -> Vec<Finding> {
    let check = Check::Api;
    let text = setup.settings.api_url.trim_end_matches('/');
    let Some(url) =
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    else {
        return vec![check.error(
            URL,
            format!("{text:?} is not an absolute http or https URL"),
            format!("write {REAL}"),
        )];
    };
    let mut findings = Vec::new();
    match (setup.is_local(), is_loopback(text)) {
        (true, false) => findings.push(check.warning(
            URL,
            format!("{text} does not accept the tokens of an authorization server on this machine"),
            "leave it unset for the mock's gateway",
        )),
        (false, true) => findings.push(check.warning(
            URL,
            format!("{text} is on this machine, and does not accept the tokens of a server elsewhere"),
            format!("set {URL}={REAL}"),
        )),
        (false, false) if url.scheme() == "http" => findings.push(check.error(
            URL,
            format!("{text} is not https: others on the network could read the tokens"),
            format!("write https://{}", text.trim_start_matches("http://")),
        )),
        _ => {}
    }
    if !is_loopback(text) && setup.settings.subscription_id == fixtures::SUBSCRIPTION_ID {
        findings.push(check.warning(
            SUBSCRIPTION,
            "the demo subscription is set, and no real API knows it",
            "set the id of your subscription (the Activation Report in the developer account shows it), or test",
        ));
    }
    if findings.is_empty() {
        findings.push(check.ok(URL, text));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{finding::Level, setup::setup};

    #[test]
    fn gateway_and_subscription_must_belong_to_the_server() {
        let real = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";
        let local = "http://localhost:9100/oauth2/default";
        let (mock, demo) = ("http://localhost:9100/api/default", fixtures::SUBSCRIPTION_ID);
        for (server, api, subscription, expected) in [
            (local, mock, demo, &[(Level::Ok, URL)][..]),
            (real, REAL, "test", &[(Level::Ok, URL)]),
            (real, mock, "test", &[(Level::Warning, URL)]),
            (local, REAL, "test", &[(Level::Warning, URL)]),
            (real, REAL, demo, &[(Level::Warning, SUBSCRIPTION)]),
            (real, "http://api.fortellis.io", "test", &[(Level::Error, URL)]),
            (real, "api.fortellis.io", "test", &[(Level::Error, URL)]),
        ] {
            let setup =
                setup(&["--auth-server-url", server, "--api-url", api, "--subscription-id", subscription]);
            let found = look(&setup);
            let seen: Vec<_> = found.iter().map(|it| (it.level, it.looked_at.as_str())).collect();
            assert_eq!(seen, expected, "{server} {api} {subscription}");
        }
    }
}
