//! `mock-idp check`: the errors, the warnings and the contents of a configuration file.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use fortellis_service::StartError;

use super::{output::print, serve::read_text};
use crate::{
    config::{Checked, ConfigFlaw},
    directory::{Directory, SubscriptionStatus},
    protocol::text::ApiKey,
};

/// Which file to check.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 if the file can be served, perhaps with warnings; 1 if it cannot; 2 if it cannot be read.")]
pub(super) struct CheckArgs {
    /// The configuration file
    #[arg(env = "MOCK_IDP_CONFIG", value_name = "FILE", default_value = "mock-idp.toml")]
    file: PathBuf,
}

impl CheckArgs {
    /// Checks the file.
    pub(super) fn run(&self) -> Result<ExitCode, StartError> {
        let name = self.file.display().to_string();
        let text = read_text("FILE", &self.file)?;
        let Checked { config, warnings } = Checked::read(&name, &text);
        match config {
            Ok(config) => {
                let verdict = match warnings.len() {
                    0 => "can be served".to_owned(),
                    1 => "can be served; 1 warning".to_owned(),
                    count => format!("can be served; {count} warnings"),
                };
                let output = format!(
                    "{}{name} {verdict}\n\n{}",
                    lines("warning", &warnings),
                    contents(&config.directory)
                );
                print(output.trim_end());
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                let count = error.flaws().len();
                let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
                print(&format!("{}{name} cannot be served: {problems}", lines("error", error.flaws())));
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

/// One line for each flaw, in the form that editors recognize: `mock-idp.toml:4:1: error: unknown field …`.
fn lines(kind: &str, flaws: &[ConfigFlaw]) -> String {
    flaws.iter().fold(String::new(), |mut output, flaw| {
        // Writing to a string cannot fail.
        let _ = writeln!(output, "{}: {kind}: {}", flaw.place(), flaw.advice());
        output
    })
}

/// The contents of the file, in columns.
fn contents(directory: &Directory) -> String {
    let Directory { apps, users, subscriptions, resources } = directory;
    let app_name = |key: &ApiKey| directory.app(key).map_or_else(|| key.to_string(), |app| app.name.clone());
    let mut output = String::new();
    table(
        &mut output,
        "apps",
        apps.iter().map(|app| {
            let grants: Vec<&str> = app.grants.iter().map(|grant| grant.as_str()).collect();
            vec![app.api_key.to_string(), app.name.clone(), app.dialect.as_str().to_owned(), grants.join(" ")]
        }),
    );
    table(
        &mut output,
        "users",
        users.iter().map(|user| {
            let name = user.claims.text("name").unwrap_or_default();
            vec![user.username.to_string(), name.to_owned()]
        }),
    );
    table(
        &mut output,
        "subscriptions",
        subscriptions.iter().map(|subscription| {
            let status = match subscription.status {
                SubscriptionStatus::Active => "active",
                SubscriptionStatus::Inactive => "inactive",
            };
            vec![
                subscription.id.to_string(),
                app_name(&subscription.app),
                subscription.organization.name.clone(),
                status.to_owned(),
            ]
        }),
    );
    table(
        &mut output,
        "resources",
        resources.iter().map(|resource| {
            let methods: Vec<&str> = resource.methods.iter().map(|method| method.as_str()).collect();
            let methods = if methods.is_empty() { "any".to_owned() } else { methods.join(" ") };
            vec![methods, resource.path.to_string()]
        }),
    );
    output
}

/// Rows below a title. Each column is as wide as its widest cell.
fn table(output: &mut String, title: &str, rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    // Writing to a string cannot fail.
    let _ = writeln!(output, "{title}");
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(output, "  {}", cells.join("  ").trim_end());
    }
    output.push('\n');
}
