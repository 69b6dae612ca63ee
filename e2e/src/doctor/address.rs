//! Whether the page and the proxy can listen at their addresses, or which program already does.

use std::io;

use fortellis_service::{Listen, StartError, defaults, is_loopback, port_of};
use http::header;
use serde_json::Value;

use super::{
    finding::{Check, Finding},
    setup::Setup,
};
use crate::http_client::{HttpClient, HttpRequest, HttpResponse};

/// What listens at an address.
#[derive(Debug, PartialEq, Eq)]
enum Who {
    /// The tutorial's page, with its configuration.
    Site(Value),
    /// The tutorial's proxy.
    Proxy,
    /// Apple's receiver of pictures and sound.
    AirPlay,
    /// Another HTTP server, by its `Server` header.
    Other(String),
    /// Something that does not speak HTTP.
    Silent,
}

pub(super) async fn look(setup: &Setup) -> Vec<Finding> {
    let mut findings = vec![of_site(setup).await, of_proxy(setup).await];
    findings.extend(proxy_url(setup));
    findings
}

async fn of_site(setup: &Setup) -> Finding {
    const SETTING: &str = "SITE_ADDR";
    let check = Check::SiteAddress;
    match listener(SETTING, &setup.settings.site_addr).await {
        Listener::Free(found) => check.ok(SETTING, found),
        Listener::Cannot(error) => check.error(SETTING, error.found(), error.remedy()),
        Listener::Taken(Who::Site(config)) => match differing_setting(setup, &config) {
            None => {
                check.ok(SETTING, format!("the tutorial's page is served at {}", setup.settings.site_addr))
            }
            Some(name) => check.warning(
                SETTING,
                format!("the page at {} was started with another {name}", setup.settings.site_addr),
                "stop it, and start it with these variables",
            ),
        },
        Listener::Taken(who) => taken(check, SETTING, &setup.settings.site_addr, &who),
    }
}

async fn of_proxy(setup: &Setup) -> Finding {
    const SETTING: &str = "PROXY_ADDR";
    let check = Check::ProxyAddress;
    match listener(SETTING, &setup.settings.proxy_addr).await {
        Listener::Free(found) => check.ok(SETTING, found),
        Listener::Cannot(error) => check.error(SETTING, error.found(), error.remedy()),
        Listener::Taken(Who::Proxy) => {
            check.ok(SETTING, format!("the tutorial's proxy is running at {}", setup.settings.proxy_addr))
        }
        Listener::Taken(who) => taken(check, SETTING, &setup.settings.proxy_addr, &who),
    }
}

/// Whether the page posts the code to the address that the proxy listens on.
fn proxy_url(setup: &Setup) -> Option<Finding> {
    let url = url::Url::parse(&setup.settings.proxy_url).ok();
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) else {
        return Some(Check::ProxyAddress.error(
            "PROXY_URL",
            format!("{:?} is not an absolute http or https URL", setup.settings.proxy_url),
            format!("write one like {}", defaults::PROXY_URL),
        ));
    };
    let listens = port_of(&setup.settings.proxy_addr);
    let posts = url.port_or_known_default();
    if !is_loopback(&setup.settings.proxy_url) || listens.is_none() || listens == posts || listens == Some(0)
    {
        return None;
    }
    Some(Check::ProxyAddress.warning(
        "PROXY_URL",
        format!(
            "the page posts the code to {}, and the proxy listens on {}",
            setup.settings.proxy_url, setup.settings.proxy_addr
        ),
        "give both the same port",
    ))
}

enum Listener {
    Free(String),
    Taken(Who),
    Cannot(StartError),
}

async fn listener(setting: &'static str, addr: &str) -> Listener {
    let listen = match Listen::parse(setting, addr, false) {
        Ok(listen) => listen,
        Err(error) => return Listener::Cannot(error),
    };
    let error = match listen.bind().await {
        Ok(_) if addr.ends_with(":0") => return Listener::Free("any free port".to_owned()),
        Ok(_) => return Listener::Free(format!("{addr} is free")),
        Err(error) => error,
    };
    // The error of a failed bind is only a text, so a connection shows whether a program listens.
    match who(addr).await {
        Some(who) => Listener::Taken(who),
        None => Listener::Cannot(error),
    }
}

/// Finds out what listens at an address. `None` if nothing does.
async fn who(addr: &str) -> Option<Who> {
    let connected = tokio::net::TcpStream::connect(addr).await;
    if connected.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        return None;
    }
    let base = format!("http://{addr}");
    let Ok(client) = HttpClient::to(&base) else { return Some(Who::Silent) };
    if let Ok(answer) = client.send(&HttpRequest::get(format!("{base}/config.json"))).await
        && let Some(config) = site_settings(&answer)
    {
        return Some(Who::Site(config));
    }
    // A GET where the proxy takes a POST: its refusal is its own.
    Some(match client.send(&HttpRequest::get(format!("{base}/v1/token"))).await {
        Ok(answer) => of_answer(&answer),
        Err(_) => Who::Silent,
    })
}

fn site_settings(answer: &HttpResponse) -> Option<Value> {
    let config: Value = serde_json::from_str(&answer.body).ok()?;
    (answer.status == 200 && config["issuer"].is_string() && config["proxy_url"].is_string())
        .then_some(config)
}

fn of_answer(answer: &HttpResponse) -> Who {
    let server = answer.field(header::SERVER);
    if server.starts_with("AirTunes") {
        return Who::AirPlay;
    }
    let refusal: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if answer.status == 405 && refusal["error"] == "method_not_allowed" {
        return Who::Proxy;
    }
    Who::Other(server.to_owned())
}

/// The first setting in which a running page differs.
fn differing_setting(setup: &Setup, config: &Value) -> Option<&'static str> {
    let base = |url: &str| url.trim_end_matches('/').to_owned();
    let scope = setup.settings.scope.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let here = [
        ("issuer", "FORTELLIS_AUTH_SERVER_URL", base(&setup.settings.auth_server_url)),
        ("api_key", "FORTELLIS_API_KEY", setup.api_key().unwrap_or_default().to_owned()),
        ("redirect_uri", "FORTELLIS_REDIRECT_URI", setup.settings.redirect_uri.clone()),
        ("scope", "FORTELLIS_SCOPE", scope),
        ("proxy_url", "PROXY_URL", base(&setup.settings.proxy_url)),
        ("api_url", "FORTELLIS_API_URL", base(&setup.settings.api_url)),
        ("subscription_id", "FORTELLIS_SUBSCRIPTION_ID", setup.settings.subscription_id.clone()),
    ];
    here.into_iter().find(|(name, _, value)| config[name] != value.as_str()).map(|(_, variable, _)| variable)
}

fn taken(check: Check, setting: &str, addr: &str, who: &Who) -> Finding {
    let port = addr.rsplit_once(':').map_or("", |(_, port)| port);
    let another = format!("stop it, or set {setting} to another port");
    match who {
        Who::AirPlay => check.error(
            setting,
            format!("port {port} is taken by macOS' AirPlay Receiver"),
            "turn it off (System Settings > General > AirDrop & Handoff), or set another port",
        ),
        Who::Site(_) => check.error(setting, format!("port {port} is taken by the tutorial's page"), another),
        Who::Proxy => check.error(setting, format!("port {port} is taken by the tutorial's proxy"), another),
        Who::Other(name) if name.is_empty() => {
            check.error(setting, format!("port {port} is taken by another HTTP server"), another)
        }
        Who::Other(name) => {
            check.error(setting, format!("port {port} is taken by another HTTP server, {name}"), another)
        }
        Who::Silent => check.error(setting, format!("port {port} is taken by another program"), another),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{finding::Level, setup::setup};

    fn answer(status: u16, server: &str, body: &str) -> HttpResponse {
        let mut headers = http::HeaderMap::new();
        headers.insert(header::SERVER, server.parse().unwrap());
        HttpResponse { status, headers, body: body.to_owned() }
    }

    #[test]
    fn whoever_is_there_is_known_by_the_answer() {
        assert_eq!(of_answer(&answer(403, "AirTunes/870.14.1", "")), Who::AirPlay);
        assert_eq!(of_answer(&answer(405, "", r#"{"error":"method_not_allowed"}"#)), Who::Proxy);
        assert_eq!(of_answer(&answer(405, "Werkzeug/3", "<html>")), Who::Other("Werkzeug/3".to_owned()));
    }

    #[test]
    fn airplay_is_named_with_the_way_to_turn_it_off() {
        let finding = taken(Check::ProxyAddress, "PROXY_ADDR", "127.0.0.1:5000", &Who::AirPlay);
        assert_eq!(finding.level, Level::Error);
        assert!(finding.found.contains("AirPlay") && finding.remedy.unwrap().contains("AirDrop & Handoff"));
    }

    #[test]
    fn the_page_must_post_to_where_the_proxy_listens() {
        let level = |args: &[&str]| proxy_url(&setup(args)).map(|finding| finding.level);
        assert_eq!(level(&[]), None);
        assert_eq!(level(&["--proxy-addr", "127.0.0.1:5001"]), None, "the page follows the proxy");
        let stays = ["--proxy-addr", "127.0.0.1:5001", "--proxy-url", "http://localhost:5000"];
        assert_eq!(level(&stays), Some(Level::Warning));
        assert_eq!(
            level(&["--proxy-addr", "127.0.0.1:5001", "--proxy-url", "https://proxy.example.com"]),
            None
        );
        assert_eq!(level(&["--proxy-url", "localhost:5000"]), Some(Level::Error));
    }
}
