//! The `.env` file of the working directory.
//!
//! The file may belong to another program. So only the lines that set a known variable are read, and nothing else in
//! it can stop a start. What the file holds is never printed: it may be a password.

use std::{collections::BTreeSet, fmt::Write, fs, io::ErrorKind, iter};

use clap::Command;

use crate::StartError;

const FILE: &str = ".env";

/// Variables that every program reads beside those of its flags.
const OF_EVERY_PROGRAM: [&str; 2] = ["RUST_LOG", "NO_COLOR"];

/// Switches that give something away. A file that came with a checkout cannot turn them on.
const NEVER_FROM_A_FILE: [&str; 2] = ["MOCK_IDP_ALLOW_REMOTE", "FORTELLIS_ALLOW_INSECURE"];

/// Reads the file, and sets the variables of `command` that it names and that are not set yet. Returns what the log
/// should say about the file.
pub(crate) fn load(command: &Command) -> Result<Vec<String>, StartError> {
    let bytes = match fs::read(FILE) {
        Ok(bytes) => bytes,
        // Python's virtual environments are sometimes directories of this name.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
            return Ok(vec![]);
        }
        Err(error) => return Ok(vec![format!("the file is ignored, because it cannot be read: {error}")]),
    };
    let mut known = BTreeSet::from(OF_EVERY_PROGRAM.map(str::to_owned));
    variables(command, &mut known);
    let file = parse(&String::from_utf8_lossy(&bytes), &known)?;
    // The crate writes to the environment, which only `unsafe` code can do. It gets no line that it could refuse.
    dotenvy::from_read(file.quoted().as_bytes()).map_err(|_| {
        StartError::new(FILE, "a variable cannot be set", "set it in the environment instead")
    })?;
    Ok(file.notes)
}

/// The variables of a command and its sub-commands, except those that help does not show, such as `HOME`.
fn variables(command: &Command, known: &mut BTreeSet<String>) {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    known.extend(shown.filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned())));
    command.get_subcommands().for_each(|command| variables(command, known));
}

/// What concerns us in the file.
#[derive(Debug, Default, PartialEq, Eq)]
struct File {
    variables: Vec<(String, String)>,
    notes: Vec<String>,
}

impl File {
    /// The variables in the form that `dotenvy` reads.
    fn quoted(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.variables {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
            let _ = writeln!(text, "{name}=\"{value}\"");
        }
        text
    }
}

fn parse(text: &str, known: &BTreeSet<String>) -> Result<File, StartError> {
    let mut file = File::default();
    let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        if !known.contains(name) {
            continue;
        }
        let value = rest
            .trim_start()
            .strip_prefix('=')
            .ok_or("has no \"=\" after its name")
            .and_then(|value| read_value(value, &mut lines.by_ref().map(|(line, _)| line)))
            .map_err(|reason| {
                StartError::new(
                    FILE,
                    format!("line {number}: {name} {reason}"),
                    "expected NAME=value; a value in quotation marks ends with the same mark",
                )
            })?;
        if !NEVER_FROM_A_FILE.contains(&name) {
            file.variables.push((name.to_owned(), value));
        } else if !is_off(&value) {
            file.notes.push(format!(
                "line {number}: {name} is ignored: it must be a flag or a variable of the environment"
            ));
        }
    }
    Ok(file)
}

fn is_off(value: &str) -> bool {
    ["", "0", "f", "false", "n", "no", "off"].contains(&value.to_ascii_lowercase().as_str())
}

/// Reads what follows `=`. A value in quotation marks may continue on the following lines.
fn read_value<'a>(
    first: &'a str,
    following: &mut impl Iterator<Item = &'a str>,
) -> Result<String, &'static str> {
    let first = first.trim();
    let value = match first.chars().next() {
        Some(mark @ ('"' | '\'')) => quoted(mark, &first[1..], following)?,
        _ => unquoted(first).to_owned(),
    };
    if value.contains(['\0', char::REPLACEMENT_CHARACTER]) {
        return Err("has a character that no variable can have, or is not written in UTF-8");
    }
    Ok(value)
}

/// A value without quotation marks: the line up to a comment.
fn unquoted(text: &str) -> &str {
    let comment = text
        .match_indices('#')
        .find(|(at, _)| text[..*at].chars().next_back().is_none_or(char::is_whitespace));
    comment.map_or(text, |(at, _)| text[..at].trim_end())
}

/// A value in quotation marks. In double ones `\n` is a new line, and `\"`, `\\` and `\$` are the second character.
fn quoted<'a>(
    mark: char,
    first: &'a str,
    following: &mut impl Iterator<Item = &'a str>,
) -> Result<String, &'static str> {
    let mut value = String::new();
    for line in iter::once(first).chain(following) {
        let mut rest = line.chars();
        while let Some(c) = rest.next() {
            if c == mark {
                let after = rest.as_str().trim_start();
                let ends = after.is_empty() || after.starts_with('#');
                return if ends { Ok(value) } else { Err("has text after its closing quotation mark") };
            }
            let escaped = rest.clone().next().filter(|_| mark == '"' && c == '\\');
            value.push(match escaped {
                Some('n') => '\n',
                Some(escaped @ ('"' | '\\' | '$')) => escaped,
                _ => {
                    value.push(c);
                    continue;
                }
            });
            rest.next();
        }
        value.push('\n');
    }
    Err("has a quotation mark that is not closed")
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        parse(text, &known()).map(|file| file.variables).map_err(|error| error.to_string())
    }

    fn known() -> BTreeSet<String> {
        ["SITE_ADDR", "FORTELLIS_API_SECRET", "MOCK_IDP_ALLOW_REMOTE"].map(str::to_owned).into()
    }

    #[track_caller]
    fn assert_value(line: &str, value: &str) {
        let expected = ("FORTELLIS_API_SECRET".to_owned(), value.to_owned());
        assert_eq!(read(&format!("FORTELLIS_API_SECRET{line}\n")), Ok(vec![expected]), "{line}");
    }

    #[test]
    fn other_peoples_lines_are_not_read() {
        let text = "APP_NAME=My Shop\nDB_PASSWORD='hunter2\nQUOTE=\"\n{\"json\": true}\n= \nFORTELLIS_API_SECRETS='x\n\
                    MY_SITE_ADDR=\"x\n# SITE_ADDR='\n---\nKEY=-----BEGIN\n\u{fffd}\0\nSITE_ADDR=127.0.0.1:0\r\n";
        assert_eq!(read(text), Ok(vec![("SITE_ADDR".to_owned(), "127.0.0.1:0".to_owned())]));
    }

    #[test]
    fn a_value_is_what_the_line_says() {
        assert_value("=my secret", "my secret");
        assert_value(" = my secret  # a comment", "my secret");
        assert_value("=a#b$c\\n\"'", "a#b$c\\n\"'");
        assert_value("=", "");
        assert_value("=# nothing", "");
        assert_value("='a \"b\" \\n $c' # a comment", "a \"b\" \\n $c");
        assert_value("=\"a 'b' \\\"c\\\" \\$d \\\\ \\x\\n\"", "a 'b' \"c\" $d \\ \\x\n");
        assert_value("=\"one\ntwo\"", "one\ntwo");
        let expected = Ok(vec![("SITE_ADDR".to_owned(), "[::1]:0".to_owned())]);
        assert_eq!(read("\u{feff}export  SITE_ADDR=[::1]:0"), expected);
    }

    /// By its number and its name. What it holds is not printed.
    #[test]
    fn a_line_of_ours_that_cannot_be_read_is_named() {
        for (line, reason) in [
            ("FORTELLIS_API_SECRET: hunter2", "has no \"=\" after its name"),
            ("FORTELLIS_API_SECRET", "has no \"=\" after its name"),
            ("FORTELLIS_API_SECRET='hunter2", "has a quotation mark that is not closed"),
            ("FORTELLIS_API_SECRET=\"hunter2\\\"", "has a quotation mark that is not closed"),
            ("FORTELLIS_API_SECRET='hunt'er2", "has text after its closing quotation mark"),
            (
                "FORTELLIS_API_SECRET=hunter2\0",
                "has a character that no variable can have, or is not written in UTF-8",
            ),
        ] {
            assert_eq!(
                read(&format!("APP_NAME=My Shop\n{line}\nDB_PASSWORD=hunter2\n")),
                Err(format!(
                    ".env: line 2: FORTELLIS_API_SECRET {reason}; expected NAME=value; a value in quotation marks \
                     ends with the same mark"
                ))
            );
        }
    }

    #[test]
    fn a_file_cannot_switch_on_what_gives_something_away() {
        let file = parse("MOCK_IDP_ALLOW_REMOTE=true\n", &known()).unwrap();
        assert_eq!(
            file,
            File {
                variables: vec![],
                notes: vec![
                    "line 1: MOCK_IDP_ALLOW_REMOTE is ignored: it must be a flag or a variable of the environment"
                        .to_owned()
                ]
            }
        );
        assert_eq!(parse("MOCK_IDP_ALLOW_REMOTE=off\n", &known()).unwrap(), File::default());
    }

    #[test]
    fn what_is_written_for_the_environment_is_read_back_as_it_was() {
        let variables: Vec<_> = [("A", "my $HOME 'x' \"y\" \\n \\"), ("B", ""), ("C", "one\ntwo # three")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let file = File { variables: variables.clone(), notes: vec![] };
        let back: Result<Vec<_>, _> = dotenvy::from_read_iter(file.quoted().as_bytes()).collect();
        assert_eq!(back.unwrap(), variables);
    }

    #[test]
    fn the_variables_of_sub_commands_are_known_and_hidden_ones_are_not() {
        let command = Command::new("x")
            .arg(Arg::new("home").env("HOME").hide(true))
            .subcommand(Command::new("y").arg(Arg::new("seed").env("SEED")));
        let mut known = BTreeSet::new();
        variables(&command, &mut known);
        assert_eq!(known, ["SEED".to_owned()].into());
    }
}
