//! What the programs use where nothing is set: the mock on this machine and its demo app.
//!
//! These values are the only source: test data that needs them takes them from here.

/// Where the mock listens.
pub const MOCK_IDP_ADDR: &str = "127.0.0.1:9100";
/// Where the proxy listens.
pub const PROXY_ADDR: &str = "127.0.0.1:5000";
/// Where the site listens.
pub const SITE_ADDR: &str = "127.0.0.1:8080";
/// The name of the mock's issuer.
pub const ISSUER: &str = "default";
/// The mock's issuer.
pub const AUTH_SERVER_URL: &str = "http://localhost:9100/oauth2/default";
/// The mock's API gateway.
pub const API_URL: &str = "http://localhost:9100/api/default";
/// The mock's Subscriptions API.
pub const SUBSCRIPTIONS_URL: &str = "http://localhost:9100/subscriptions/default";
/// Where the page posts the code.
pub const PROXY_URL: &str = "http://localhost:5000";
/// The page's origin.
pub const SITE_ORIGIN: &str = "http://localhost:8080";
/// The Callback URL of the page.
pub const REDIRECT_URI: &str = "http://localhost:8080/";
/// The scope that the page asks for.
pub const SCOPE: &str = "openid";
/// The demo app's API Key, the OAuth `client_id`.
pub const API_KEY: &str = "TutorialAppKey000000000000000001";
/// The demo app's API Secret, the OAuth `client_secret`. It is public.
pub const API_SECRET: &str = "tutorialSecret01";
/// The demo app's active subscription.
pub const SUBSCRIPTION_ID: &str = "2529a384-0000-4000-8000-ed09e77dee15";
