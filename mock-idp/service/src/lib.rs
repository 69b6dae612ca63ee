//! The frame around the HTTP services of this workspace: the mock, the proxy and the site. What they do alike is
//! written once.
//!
//! - [`run`], [`run_commands`], [`run_quietly`], [`until_stopped`]: `.env`, flags, log, runtime, and one readable line when a start fails.
//! - [`SettingsArgs`] and [`Settings`]: the flags and variables that the programs share, and what follows from them
//!   where they are unset. [`defaults`] are the values behind them.
//! - [`Listen`]: an address from a flag or variable, bound, or the reason why not.
//! - [`Server`]: a running axum router, or whatever else [`Accept`]s connections, as a handle. Dropping it, or
//!   [`Server::stop`], ends it. [`Limits`] end connections that do nothing.
//! - [`stderr`], [`stdout`]: what a program writes while it serves. Nobody waits for the reader.
//! - [`Announcement`]: where a program really listens, for people and for machines.
//! - [`AuthServer`], [`Credentials`], [`basic_credentials`]: the authorization server, and what an app shows there.
//! - [`is_loopback`]: whether a URL names this machine.

mod absolute_url;
mod activity;
mod announce;
mod auth_server;
mod basic;
mod connection;
pub mod defaults;
mod dotenv;
mod host;
mod limits;
mod listen;
mod loopback;
mod output;
mod run;
mod secret;
mod server;
mod settings;
mod settings_args;
mod start_error;

pub use absolute_url::base_url;
pub use announce::{AnnounceArgs, AnnounceFormat, Announcement};
pub use auth_server::{AuthServer, Credentials};
pub use basic::basic_credentials;
pub use limits::{HEADER_TIMEOUT_SECONDS, IDLE_TIMEOUT_SECONDS, LimitArgs, Limits};
pub use listen::Listen;
pub use loopback::{is_loopback, is_loopback_host};
pub use output::{Text, stderr, stdout};
pub use run::{from_variables, run, run_commands, run_quietly, until_stopped};
pub use secret::Secret;
pub use server::{Accept, Server};
pub use settings::{Settings, check_subscription_id, port_of};
pub use settings_args::{BackendArgs, PageArgs, SettingsArgs, SharedArgs};
pub use start_error::StartError;
