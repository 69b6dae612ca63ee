//! The tutorial's site: the counterpart of `index.py` and `index.html`, with the checks that the tutorial omits.
//!
//! It serves one page. The page sends the person to the authorization server, takes the code that comes back, has the
//! proxy change it into tokens, shows them, and calls the API with them. All of that happens in the browser: this
//! server hands out files and knows no secret.
//!
//! | path | |
//! |---|---|
//! | `/`, and the path of the Callback URL if it is another | the page |
//! | `/app.js`, `/app/….js`, `/style.css` | the files of the page, from `src/page` |
//! | `/config.json` | what is known only at run time: the server, the app, the proxy, the API |
//! | `/healthz` | alive |
//! Everything answers to GET and HEAD, only on loopback addresses and the Callback URL's host. A page of another origin may
//! open the page in a tab, as the authorization server does, and load nothing. The page itself may load nothing from
//! elsewhere, runs only its own scripts, and calls only the proxy, the API and the authorization server. An address with a
//! code is never logged, cached, or sent to another site.
//!
//! ```no_run
//! use fortellis_service::AuthServer;
//! use site::{Config, Site};
//! use tokio::net::TcpListener;
//!
//! # async fn example() -> std::io::Result<()> {
//! let config = Config {
//!     auth_server: AuthServer {
//!         issuer: "http://localhost:9100/oauth2/default".to_owned(),
//!         loopback: true,
//!         api_key: "TutorialAppKey000000000000000001".to_owned(),
//!         redirect_uri: "http://localhost:8080/".to_owned(),
//!     },
//!     scope: "openid".to_owned(),
//!     proxy_url: "http://localhost:5000".to_owned(),
//!     api_url: "http://localhost:9100/api/default".to_owned(),
//!     subscription_id: "2529a384-0000-4000-8000-ed09e77dee15".to_owned(),
//! };
//! let site = Site::start(TcpListener::bind("127.0.0.1:8080").await?, config)?;
//! println!("open {}/", site.url());
//! # Ok(())
//! # }
//! ```
//!
//! The map, outside to inside: `server` (the handle and the layers) · `request_log` · `protection` (who may call, and
//! what the page may do) · `endpoint` (paths and answers) · `page/` (the page itself: HTML, CSS and modules, no build
//! step).

mod config;
mod endpoint;
mod protection;
mod request_log;
mod server;

pub use config::{Args, Config};
pub use server::Site;
