//! What the doctor looks at: the settings that the programs would use, unchecked, so that what cannot work gets as far
//! as a finding.

use clap::Args;
use fortellis_service::{Secret, Settings, SettingsArgs, is_loopback};

/// The flags and variables of the doctor.
#[derive(Debug, Clone, Default, Args)]
pub struct SetupArgs {
    /// Those that it shares with the programs.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Also try the API Secret: sends it to the authorization server for a token of the app's own
    #[arg(long, help_heading = "Extent")]
    pub with_credentials: bool,
}

/// The settings with nothing left unset.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) settings: Settings,
    pub(super) with_credentials: bool,
}

impl From<&SetupArgs> for Setup {
    fn from(args: &SetupArgs) -> Self {
        Self { settings: args.settings.derive(), with_credentials: args.with_credentials }
    }
}

impl Setup {
    /// Whether the authorization server is on this machine, where the demo app may be used.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(&self.settings.auth_server_url)
    }

    /// The API Key that the programs use.
    pub(super) fn api_key(&self) -> Option<&str> {
        self.settings.api_key.as_deref()
    }

    /// The API Secret that the programs use.
    pub(super) fn api_secret(&self) -> Option<&str> {
        self.settings.api_secret.as_ref().map(Secret::expose)
    }
}

/// The setup with these flags, whatever variables are set where the tests run.
#[cfg(test)]
pub(super) fn setup(flags: &[&str]) -> Setup {
    Setup::from(&setup_args(flags))
}

/// The args of these flags.
#[cfg(test)]
pub(super) fn setup_args(flags: &[&str]) -> SetupArgs {
    use clap::{Command, FromArgMatches, builder::Resettable};

    let command = SetupArgs::augment_args(Command::new("doctor").no_binary_name(true));
    let command = command.mut_args(|arg| arg.env(Resettable::Reset));
    SetupArgs::from_arg_matches(&command.get_matches_from(flags)).unwrap()
}
