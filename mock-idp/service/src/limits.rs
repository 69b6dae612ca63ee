//! How long a connection may do nothing.

use std::time::Duration;

use clap::{Args, value_parser};

/// How long a client may take for the head of a request.
pub const HEADER_TIMEOUT_SECONDS: u64 = 10;
/// How long a connection may stay open between two requests.
pub const IDLE_TIMEOUT_SECONDS: u64 = 75;

/// How long a connection may do nothing before the server closes it. Neither limit touches an answer that is under
/// way, such as server-sent events or a long poll.
///
/// ```
/// use std::time::Duration;
/// use fortellis_service::Limits;
///
/// assert_eq!(Limits::default().header, Duration::from_secs(10));
/// assert_eq!(Limits::default().idle, Duration::from_secs(75));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a client may take for its TLS handshake, and for the head of a request: from the start of the
    /// connection or from the first byte to the empty line.
    pub header: Duration,
    /// How long a connection may stay open between two requests.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self::from_seconds(HEADER_TIMEOUT_SECONDS, IDLE_TIMEOUT_SECONDS)
    }
}

impl Limits {
    /// The limits in whole seconds, as flags and variables give them.
    pub const fn from_seconds(header: u64, idle: u64) -> Self {
        Self { header: Duration::from_secs(header), idle: Duration::from_secs(idle) }
    }
}

/// The flags `--header-timeout-seconds` and `--idle-timeout-seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct LimitArgs {
    /// How long a client may take for the head of a request
    #[arg(long, env = "HEADER_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = HEADER_TIMEOUT_SECONDS,
          value_parser = value_parser!(u64).range(1..=86_400), help_heading = CONNECTIONS)]
    pub header_timeout_seconds: u64,
    /// How long a connection may stay open between two requests
    #[arg(long, env = "IDLE_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = IDLE_TIMEOUT_SECONDS,
          value_parser = value_parser!(u64).range(1..=86_400), help_heading = CONNECTIONS)]
    pub idle_timeout_seconds: u64,
}

const CONNECTIONS: &str = "Connections";

/// Nothing is set.
impl Default for LimitArgs {
    fn default() -> Self {
        Self { header_timeout_seconds: HEADER_TIMEOUT_SECONDS, idle_timeout_seconds: IDLE_TIMEOUT_SECONDS }
    }
}

impl From<LimitArgs> for Limits {
    fn from(args: LimitArgs) -> Self {
        Self::from_seconds(args.header_timeout_seconds, args.idle_timeout_seconds)
    }
}
