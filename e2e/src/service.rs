//! The real service that the variables name: the server, an app, and an account to sign in with.

use clap::Parser;
use fortellis_service::{
    BackendArgs, PageArgs, Secret, SettingsArgs, SharedArgs, from_variables, is_loopback,
};
use url::Url;

use crate::{page::Account, stack::StackArgs};

/// The variables. A test binary's arguments belong to its test harness, so these are variables only.
#[derive(Debug, Parser)]
#[command(name = "live")]
struct ServiceArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Who signs in
    #[arg(long, env = "FORTELLIS_USERNAME")]
    username: Option<String>,
    /// The password
    #[arg(long, env = "FORTELLIS_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

/// A service, an app of it, and an account.
#[derive(Debug, Clone)]
pub struct Service {
    /// The issuer.
    pub issuer: String,
    /// The app's API Key.
    pub api_key: String,
    /// The app's API Secret.
    pub api_secret: Secret,
    /// The app's Callback URL.
    pub redirect_uri: String,
    /// The scope.
    pub scope: String,
    /// Who signs in.
    pub account: Account,
}

impl Service {
    /// The service that the variables name. An error says what is missing: nothing is sent to
    /// it without its own credentials and an account.
    pub fn from_environment() -> Result<Self, String> {
        Self::named_by(from_variables())
    }

    fn named_by(args: ServiceArgs) -> Result<Self, String> {
        let settings = args.settings.derive();
        if is_loopback(&settings.auth_server_url) {
            return Err("FORTELLIS_AUTH_SERVER_URL does not name a server on another machine".to_owned());
        }
        let api_secret = settings.api_secret.map(|secret| secret.expose().to_owned());
        let values = [
            ("FORTELLIS_API_KEY", settings.api_key),
            ("FORTELLIS_API_SECRET", api_secret),
            ("FORTELLIS_USERNAME", args.username),
            ("FORTELLIS_PASSWORD", args.password),
        ];
        let missing: Vec<&str> =
            values.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        let [(_, Some(api_key)), (_, Some(api_secret)), (_, Some(username)), (_, Some(password))] = values
        else {
            return Err(format!("{} not set", missing.join(", ")));
        };
        Ok(Self {
            issuer: settings.auth_server_url.trim_end_matches('/').to_owned(),
            api_key,
            api_secret: Secret::new(api_secret),
            redirect_uri: settings.redirect_uri,
            scope: settings.scope,
            account: Account { username, password: Secret::new(password) },
        })
    }

    /// The tutorial's programs for it, on free ports.
    pub fn stack_args(&self) -> StackArgs {
        let on_free_ports = StackArgs::on_free_ports("unused");
        let shared = SharedArgs {
            auth_server_url: Some(self.issuer.clone()),
            api_key: Some(self.api_key.clone()),
            redirect_uri: Some(self.redirect_uri.clone()),
            ..on_free_ports.settings.shared
        };
        let page = PageArgs { scope: self.scope.clone(), ..PageArgs::default() };
        let backend = BackendArgs { api_secret: Some(self.api_secret.clone()), ..BackendArgs::default() };
        StackArgs { settings: SettingsArgs { shared, page, backend }, ..StackArgs::default() }
    }

    /// The callback as browsers write it: without a default port.
    ///
    /// # Panics
    /// If the site cannot be reached there: it serves only http, and only on this machine.
    pub fn callback(&self) -> Url {
        let url = Url::parse(&self.redirect_uri).expect("FORTELLIS_REDIRECT_URI is an absolute URL");
        assert!(
            url.scheme() == "http" && is_loopback(&self.redirect_uri),
            "FORTELLIS_REDIRECT_URI: {url} cannot be served here; register one like http://localhost:8080/"
        );
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";

    fn args(url: &str) -> ServiceArgs {
        let own = |text: &str| Some(text.to_owned());
        let mut settings = SettingsArgs::default();
        settings.shared.auth_server_url = own(url);
        settings.shared.api_key = own("key");
        settings.backend.api_secret = Some(Secret::new("secret"));
        ServiceArgs { settings, username: own("sam@example.com"), password: own("pass") }
    }

    #[test]
    fn a_service_elsewhere_with_credentials_and_an_account_is_signed_in_to() {
        let service = Service::named_by(args(&format!("{REAL}/"))).unwrap();
        assert_eq!((service.issuer.as_str(), service.callback().as_str()), (REAL, "http://localhost:8080/"));
        let args = service.stack_args();
        assert_eq!(args.settings.shared.auth_server_url.as_deref(), Some(REAL));
        assert_eq!(
            args.settings.page.proxy_url, None,
            "the programs are on free ports, whatever the variables say"
        );
        let text = format!("{service:?}");
        assert!(!text.contains("pass\"") && !text.contains("\"secret"), "{text}");
    }

    #[test]
    fn whatever_is_missing_is_named() {
        let missing = |spoil: fn(&mut ServiceArgs)| {
            let mut args = args(REAL);
            spoil(&mut args);
            Service::named_by(args).unwrap_err()
        };
        let nowhere = "FORTELLIS_AUTH_SERVER_URL does not name a server on another machine";
        assert_eq!(missing(|it| it.settings.shared.auth_server_url = None), nowhere);
        let mock = "http://localhost:9100/oauth2/default".to_owned();
        assert_eq!(Service::named_by(args(&mock)).unwrap_err(), nowhere);
        assert_eq!(missing(|it| it.password = None), "FORTELLIS_PASSWORD not set");
        let empty = |it: &mut ServiceArgs| {
            it.settings.shared.api_key = Some(String::new());
            it.username = None;
        };
        assert_eq!(missing(empty), "FORTELLIS_API_KEY, FORTELLIS_USERNAME not set");
    }

    #[test]
    #[should_panic(expected = "http://localhost:8080/")]
    fn a_callback_that_cannot_be_served_here_is_named() {
        let mut args = args(REAL);
        args.settings.shared.redirect_uri = Some("https://app.example.com/cb".to_owned());
        Service::named_by(args).unwrap().callback();
    }
}
