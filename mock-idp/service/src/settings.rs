//! The settings of all programs, with nothing left unset, and their checks.
//!
//! [`SettingsArgs::derive`] is the only place where a setting follows from others, so programs that read the same
//! variables never disagree. It accepts everything: the doctor explains also what cannot work. The checks are methods
//! of [`Settings`].

use url::Url;

use crate::{
    AuthServer, Credentials, Secret, SettingsArgs, StartError,
    absolute_url::{absolute_url, base_url},
    defaults, is_loopback,
};

/// The settings, each as it was written or as it follows from the others. None of them is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the site listens.
    pub site_addr: String,
    /// Where the proxy listens.
    pub proxy_addr: String,
    /// The issuer.
    pub auth_server_url: String,
    /// The app's API Key. There is none only for a server elsewhere: the demo app's is for this machine.
    pub api_key: Option<String>,
    /// The app's API Secret. There is none only for a server elsewhere: the demo app's is for this machine.
    pub api_secret: Option<Secret>,
    /// Whether the API Secret may be sent in clear to an http server on another machine.
    pub allow_insecure: bool,
    /// The app's Callback URL.
    pub redirect_uri: String,
    /// The scope that the page asks for.
    pub scope: String,
    /// Where the page posts the code.
    pub proxy_url: String,
    /// The pages that may call the proxy, comma separated.
    pub allowed_origins: String,
    /// The API gateway.
    pub api_url: String,
    /// The Subscriptions API.
    pub subscriptions_url: String,
    /// The `Subscription-Id` that API calls carry.
    pub subscription_id: String,
}

impl SettingsArgs {
    /// Derives what is left unset:
    ///
    /// | unset | becomes |
    /// |---|---|
    /// | the authorization server, the API, the Subscriptions API | the mock's, at the port of `MOCK_IDP_ADDR` |
    /// | API Key and API Secret, also where they are empty | the demo app's, if the server is on this machine |
    /// | the Callback URL | `http://localhost:PORT/` with the port of `SITE_ADDR` |
    /// | `PROXY_URL` | `http://localhost:PORT` with the port of `PROXY_ADDR` |
    /// | the allowed origins | the origins of the site and of the Callback URL |
    ///
    /// A port 0 is not known before a program listens, so the default port takes its place. A program that has bound
    /// its address writes that into the args first.
    ///
    /// ```
    /// # use fortellis_service::SettingsArgs;
    /// let mut args = SettingsArgs::default();
    /// args.shared.site_addr = "127.0.0.1:80".to_owned();
    /// let settings = args.derive();
    /// assert_eq!(settings.redirect_uri, "http://localhost:80/");
    /// assert_eq!(settings.allowed_origins, "http://localhost");
    /// ```
    pub fn derive(&self) -> Settings {
        let Self { shared, page, backend } = self;
        let site_url = local_url(&shared.site_addr, defaults::SITE_ADDR);
        let mock_url = local_url(&shared.mock_idp_addr, defaults::MOCK_IDP_ADDR);
        let or_mocks = |url: &Option<String>, kind: &str| {
            url.clone().unwrap_or_else(|| format!("{mock_url}/{kind}/{}", shared.issuer))
        };
        let auth_server_url = or_mocks(&shared.auth_server_url, "oauth2");
        let demo = |value: &str| is_loopback(&auth_server_url).then(|| value.to_owned());
        let redirect_uri = shared.redirect_uri.clone().unwrap_or_else(|| format!("{site_url}/"));
        let api_secret = backend.api_secret.clone().filter(|secret| !secret.expose().is_empty());
        Settings {
            site_addr: shared.site_addr.clone(),
            proxy_addr: shared.proxy_addr.clone(),
            api_key: shared.api_key.clone().filter(|key| !key.is_empty()).or_else(|| demo(defaults::API_KEY)),
            allow_insecure: backend.allow_insecure,
            api_secret: api_secret.or_else(|| demo(defaults::API_SECRET).map(Secret::new)),
            scope: page.scope.clone(),
            proxy_url: page
                .proxy_url
                .clone()
                .unwrap_or_else(|| local_url(&shared.proxy_addr, defaults::PROXY_ADDR)),
            allowed_origins: backend
                .allowed_origins
                .clone()
                .unwrap_or_else(|| origins(&[&site_url, &redirect_uri])),
            api_url: or_mocks(&shared.api_url, "api"),
            subscriptions_url: or_mocks(&backend.subscriptions_url, "subscriptions"),
            subscription_id: shared.subscription_id.clone(),
            auth_server_url,
            redirect_uri,
        }
    }
}

impl Settings {
    /// Checks the authorization server and the app: absolute URLs, and the app's own API Key for a server that is not
    /// on this machine.
    pub fn auth_server(&self) -> Result<AuthServer, StartError> {
        let issuer = base_url("FORTELLIS_AUTH_SERVER_URL", &self.auth_server_url)?;
        if let Some(base) = issuer.find("/v1/").map(|at| &issuer[..at]) {
            return Err(StartError::new(
                "FORTELLIS_AUTH_SERVER_URL",
                format!("\"{issuer}\" is an endpoint"),
                format!("expected the issuer, \"{base}\""),
            ));
        }
        let api_key = self.own("FORTELLIS_API_KEY", self.api_key.as_deref(), defaults::API_KEY)?.to_owned();
        absolute_url("FORTELLIS_REDIRECT_URI", &self.redirect_uri)?;
        let loopback = is_loopback(&issuer);
        Ok(AuthServer { issuer, loopback, api_key, redirect_uri: self.redirect_uri.clone() })
    }

    /// Checks the API Key and the API Secret: both the app's own for a server that is not on this machine, and not sent
    /// to it in clear.
    pub fn credentials(&self) -> Result<Credentials, StartError> {
        if self.sends_secrets_in_clear() && !self.allow_insecure {
            return Err(StartError::new(
                "FORTELLIS_AUTH_SERVER_URL",
                format!(
                    "{} is on another machine and not https, so others on the network could read the API Secret",
                    self.auth_server_url
                ),
                "expected an https URL; --allow-insecure or FORTELLIS_ALLOW_INSECURE=true allows http in a network that \
                 you trust",
            ));
        }
        let api_secret = self.api_secret.as_ref().map(Secret::expose);
        Ok(Credentials {
            api_key: self.own("FORTELLIS_API_KEY", self.api_key.as_deref(), defaults::API_KEY)?.to_owned(),
            api_secret: Secret::new(self.own("FORTELLIS_API_SECRET", api_secret, defaults::API_SECRET)?),
        })
    }

    /// Whether the authorization server is on another machine and not https.
    ///
    /// ```
    /// # use fortellis_service::SettingsArgs;
    /// let mut args = SettingsArgs::default();
    /// args.shared.auth_server_url = Some("http://mock-idp:9100/oauth2/default".to_owned());
    /// assert!(args.derive().sends_secrets_in_clear());
    /// args.shared.auth_server_url = Some("http://localhost:9100/oauth2/default".to_owned());
    /// assert!(!args.derive().sends_secrets_in_clear());
    /// ```
    pub fn sends_secrets_in_clear(&self) -> bool {
        let url = &self.auth_server_url;
        Url::parse(url).is_ok_and(|url| url.scheme() == "http") && !is_loopback(url)
    }

    /// Checks the API gateway's URL. Returns it without a trailing slash.
    pub fn api_url(&self) -> Result<String, StartError> {
        base_url("FORTELLIS_API_URL", &self.api_url)
    }

    /// Checks the Subscriptions API's URL. Returns it without a trailing slash.
    pub fn subscriptions_url(&self) -> Result<String, StartError> {
        base_url("FORTELLIS_SUBSCRIPTIONS_URL", &self.subscriptions_url)
    }

    /// Checks where the page posts the code. Returns it without a trailing slash.
    pub fn proxy_url(&self) -> Result<String, StartError> {
        base_url("PROXY_URL", &self.proxy_url)
    }

    /// A credential. The demo app's value never goes to another machine.
    fn own<'a>(&self, variable: &str, value: Option<&'a str>, demo: &str) -> Result<&'a str, StartError> {
        let found = match value {
            Some(value) if value != demo || is_loopback(&self.auth_server_url) => return Ok(value),
            Some(_) => "the demo app's value",
            None => "nothing",
        };
        let server = self.auth_server_url.trim_end_matches('/');
        Err(StartError::new(
            variable,
            format!("{found} is set for {server}, which is not on this machine"),
            "set your app's own, from its page in the Fortellis developer account",
        ))
    }
}

/// Checks that a `Subscription-Id` can be sent as a header.
pub fn check_subscription_id(text: &str) -> Result<(), StartError> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(StartError::new(
        "FORTELLIS_SUBSCRIPTION_ID",
        format!("{text:?} cannot be sent as a header"),
        format!("expected an id like {}", defaults::SUBSCRIPTION_ID),
    ))
}

/// The port of `HOST:PORT`.
///
/// ```
/// # use fortellis_service::port_of;
/// assert_eq!(port_of("127.0.0.1:8080"), Some(8080));
/// assert_eq!(port_of("localhost"), None);
/// ```
pub fn port_of(addr: &str) -> Option<u16> {
    addr.rsplit_once(':')?.1.parse().ok()
}

/// The URL at which this machine reaches a program that listens on `addr`.
fn local_url(addr: &str, default: &str) -> String {
    let port = port_of(addr).filter(|port| *port != 0).or_else(|| port_of(default));
    format!("http://localhost:{}", port.unwrap_or_default())
}

/// The origins of some URLs as browsers send them, each once, comma separated.
fn origins(urls: &[&str]) -> String {
    let mut origins: Vec<String> = urls
        .iter()
        .filter_map(|url| Url::parse(url).ok())
        .map(|url| url.origin().ascii_serialization())
        .collect();
    origins.dedup();
    origins.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";

    fn settings(url: &str, api_key: Option<&str>, api_secret: Option<&str>) -> Settings {
        let mut args = SettingsArgs::default();
        args.shared.auth_server_url = Some(url.to_owned());
        args.shared.api_key = api_key.map(str::to_owned);
        args.shared.redirect_uri = Some("http://localhost:80/".to_owned());
        args.backend.api_secret = api_secret.map(Secret::new);
        args.derive()
    }

    fn auth_server(url: &str, api_key: Option<&str>) -> Result<AuthServer, StartError> {
        settings(url, api_key, None).auth_server()
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let unset = SettingsArgs::default().derive();
        assert_eq!(
            unset,
            Settings {
                site_addr: defaults::SITE_ADDR.to_owned(),
                proxy_addr: defaults::PROXY_ADDR.to_owned(),
                auth_server_url: defaults::AUTH_SERVER_URL.to_owned(),
                api_key: Some(defaults::API_KEY.to_owned()),
                api_secret: Some(Secret::new(defaults::API_SECRET)),
                allow_insecure: false,
                redirect_uri: defaults::REDIRECT_URI.to_owned(),
                scope: defaults::SCOPE.to_owned(),
                proxy_url: defaults::PROXY_URL.to_owned(),
                allowed_origins: defaults::SITE_ORIGIN.to_owned(),
                api_url: defaults::API_URL.to_owned(),
                subscriptions_url: defaults::SUBSCRIPTIONS_URL.to_owned(),
                subscription_id: defaults::SUBSCRIPTION_ID.to_owned(),
            }
        );
    }

    #[test]
    fn addresses_lead_to_all_that_names_them() {
        let mut args = SettingsArgs::default();
        args.shared.site_addr = "127.0.0.1:8081".to_owned();
        args.shared.proxy_addr = "[::1]:5001".to_owned();
        args.shared.mock_idp_addr = "localhost:9101".to_owned();
        args.shared.issuer = "shop".to_owned();
        let settings = args.derive();
        assert_eq!(settings.redirect_uri, "http://localhost:8081/");
        assert_eq!(settings.allowed_origins, "http://localhost:8081");
        assert_eq!(settings.proxy_url, "http://localhost:5001");
        assert_eq!(settings.auth_server_url, "http://localhost:9101/oauth2/shop");
        assert_eq!(settings.api_url, "http://localhost:9101/api/shop");
        assert_eq!(settings.subscriptions_url, "http://localhost:9101/subscriptions/shop");
    }

    #[test]
    fn the_page_of_the_callback_url_may_call_the_proxy() {
        let origins = |site_addr: &str, redirect_uri: &str| {
            let mut args = SettingsArgs::default();
            site_addr.clone_into(&mut args.shared.site_addr);
            args.shared.redirect_uri = Some(redirect_uri.to_owned());
            args.derive().allowed_origins
        };
        assert_eq!(origins("127.0.0.1:80", "http://localhost:80/"), "http://localhost");
        assert_eq!(
            origins("127.0.0.1:8080", "http://localhost:80/"),
            "http://localhost:8080,http://localhost"
        );
        assert_eq!(origins("127.0.0.1:8080", "https://a.test/cb"), "http://localhost:8080,https://a.test");
        assert_eq!(origins("127.0.0.1:8080", "nonsense"), "http://localhost:8080");
    }

    #[test]
    fn a_port_that_is_not_known_yet_is_the_default_one() {
        for addr in ["127.0.0.1:0", "nonsense", ""] {
            let mut args = SettingsArgs::default();
            addr.clone_into(&mut args.shared.site_addr);
            assert_eq!(args.derive().redirect_uri, defaults::REDIRECT_URI, "{addr}");
        }
    }

    #[test]
    fn the_mock_gets_the_demo_app_unless_another_is_named() {
        let url = defaults::AUTH_SERVER_URL;
        let server = auth_server(url, None).unwrap();
        assert_eq!(server.api_key, defaults::API_KEY);
        assert_eq!(server.redirect_uri, "http://localhost:80/");
        assert_eq!(auth_server(url, Some("")).unwrap().api_key, defaults::API_KEY);
        assert_eq!(auth_server(url, Some("own")).unwrap().api_key, "own");
    }

    #[test]
    fn a_real_server_without_own_credentials_stops_the_start() {
        assert_eq!(
            auth_server(REAL, None).unwrap_err().to_string(),
            "FORTELLIS_API_KEY: nothing is set for https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7, which \
             is not on this machine; set your app's own, from its page in the Fortellis developer account"
        );
        assert!(auth_server(REAL, Some(defaults::API_KEY)).is_err());
        assert!(!auth_server(REAL, Some("own")).unwrap().loopback);
        let credentials = |api_secret| settings(REAL, Some("own"), api_secret).credentials();
        assert!(credentials(None).is_err());
        assert!(credentials(Some(defaults::API_SECRET)).is_err());
        assert!(credentials(Some("own")).is_ok());
    }

    #[test]
    fn a_secret_is_not_sent_in_clear_to_another_machine() {
        let secret = Some("own-secret");
        for url in ["http://mock-idp:9100/oauth2/default", "HTTP://identity.fortellis.io/oauth2/x"] {
            let refused = settings(url, Some("own"), secret).credentials().unwrap_err().to_string();
            assert_eq!(
                refused,
                format!(
                    "FORTELLIS_AUTH_SERVER_URL: {url} is on another machine and not https, so others on the network \
                     could read the API Secret; expected an https URL; --allow-insecure or \
                     FORTELLIS_ALLOW_INSECURE=true allows http in a network that you trust"
                )
            );
            let allowed = Settings { allow_insecure: true, ..settings(url, Some("own"), secret) };
            assert!(allowed.credentials().is_ok());
        }
        for url in ["http://127.0.0.1:1/oauth2/x", "http://[::1]:1/oauth2/x", REAL] {
            assert!(settings(url, Some("own"), secret).credentials().is_ok(), "{url}");
        }
    }

    #[test]
    fn an_endpoint_in_place_of_the_issuer_is_named() {
        assert_eq!(
            auth_server("http://localhost:9100/oauth2/default/v1/token", None).unwrap_err().to_string(),
            "FORTELLIS_AUTH_SERVER_URL: \"http://localhost:9100/oauth2/default/v1/token\" is an endpoint; expected \
             the issuer, \"http://localhost:9100/oauth2/default\""
        );
    }

    #[test]
    fn a_bad_url_is_named() {
        for text in ["", "localhost:9100", "ftp://localhost/x", "http://"] {
            let error = auth_server(text, None).unwrap_err().to_string();
            assert!(error.starts_with(&format!("FORTELLIS_AUTH_SERVER_URL: \"{text}\" is not")), "{error}");
        }
        assert_eq!(
            auth_server("http://localhost:1/oauth2/x/", None).unwrap().issuer,
            "http://localhost:1/oauth2/x"
        );
    }
}
