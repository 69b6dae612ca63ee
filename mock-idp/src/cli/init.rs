//! `mock-idp init`: a commented configuration file to start from.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use fortellis_service::StartError;

use super::output::print;

/// Where to write the file.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write; `-` for stdout
    #[arg(default_value = "mock-idp.toml")]
    file: PathBuf,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

/// The demo data, with every other setting in comments.
const STARTER: &str = include_str!("starter.toml");

impl InitArgs {
    /// Writes the file.
    pub(super) fn run(&self) -> Result<(), StartError> {
        if self.file == Path::new("-") {
            print(STARTER.trim_end());
            return Ok(());
        }
        let file = self.file.display();
        let refuse = |found: String, remedy: &str| StartError::new("FILE", found, remedy);
        OpenOptions::new()
            .write(true)
            .create(true)
            .create_new(!self.force)
            .truncate(self.force)
            .open(&self.file)
            .and_then(|mut open| open.write_all(STARTER.as_bytes()))
            .map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => {
                    refuse(format!("{file} exists"), "name another file, or overwrite it with --force")
                }
                _ => refuse(
                    format!("{file} cannot be written: {error}"),
                    "expected a file that can be written",
                ),
            })?;
        print(&format!("Wrote {file}. Edit it, then:\n  mock-idp check {file}\n  mock-idp --config {file}"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    /// The keys that a part of the file may have. The error about an unknown key lists them.
    fn keys(beginning: &str) -> Vec<String> {
        let error = Config::from_toml("x", &format!("{beginning}zzzzzzzz = 1")).unwrap_err();
        let unknown = error.flaws().iter().find(|flaw| flaw.problem().starts_with("unknown field"));
        let keys: Vec<_> =
            unknown.unwrap().remedy().split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(keys.len() > 1, "{error}");
        keys
    }

    /// The file with every `# key = value` and `# [table]` uncommented.
    fn uncommented() -> String {
        let lines = STARTER.lines().map(|line| {
            let bare = line.trim_start_matches("# ");
            let is_key = bare
                .split_once(" = ")
                .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            if is_key || bare.starts_with('[') { bare } else { line }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_starter_is_the_demo_data() {
        assert_eq!(Config::from_toml("mock-idp.toml", STARTER).unwrap(), Config::demo());
    }

    #[test]
    fn every_key_that_can_be_written_is_in_it() {
        let mut missing = Vec::new();
        for part in [
            "",
            "[issuer]\n",
            "[gateway]\n",
            "[[app]]\n",
            "[[user]]\n",
            "[[subscription]]\n",
            "[[resource]]\n",
        ] {
            let text = uncommented();
            for key in keys(part) {
                let tables = [format!("[{key}]"), format!("[[{key}]]")];
                let known = text.lines().any(|line| {
                    line.starts_with(&format!("{key} = "))
                        || tables.contains(&line.to_owned())
                        || line.starts_with(&format!("[{}.{key}]", part.trim_matches(['[', ']', '\n'])))
                });
                if !known {
                    missing.push(format!("{part}{key}"));
                }
            }
        }
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn what_is_commented_out_is_valid_without_the_comment() {
        Config::from_toml("mock-idp.toml", &uncommented()).unwrap();
    }

    #[test]
    fn every_relaxed_rule_is_named() {
        let error =
            Config::from_toml("x", "[[app]]\nname = \"A\"\napi_key = \"a\"\nlenient = [\"zzzzzzzz\"]\n");
        for rule in error.unwrap_err().flaws()[0].remedy().split('`').skip(1).step_by(2) {
            assert!(STARTER.contains(&format!("\"{rule}\"")), "{rule}");
        }
    }
}
