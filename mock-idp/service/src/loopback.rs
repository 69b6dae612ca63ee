//! Which URLs and hosts name this machine.

use url::{Host, Url};

/// Whether a URL names this machine by its host.
///
/// ```
/// # use fortellis_service::is_loopback;
/// assert!(is_loopback("http://localhost:9100/oauth2/default"));
/// assert!(!is_loopback("https://identity.fortellis.io"));
/// ```
pub fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host().is_some_and(|host| is_loopback_host(&host)))
}

/// Whether a host is this machine: `localhost`, `*.localhost`, 127.0.0.0/8 or `[::1]`.
///
/// ```
/// # use fortellis_service::is_loopback_host;
/// use url::Host;
///
/// assert!(is_loopback_host(&Host::Domain("app.localhost")));
/// assert!(!is_loopback_host(&Host::Domain("localhost.example.com")));
/// ```
pub fn is_loopback_host<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref();
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_names_that_only_look_like_it() {
        for url in ["http://localhost:1", "http://a.localhost", "http://127.9.9.9/x", "http://[::1]:1"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in
            ["http://localhost.evil.test", "https://identity.fortellis.io", "http://localhost@evil.test", "x"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
