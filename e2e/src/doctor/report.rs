//! All findings together, as a screen for people and as JSON for programs.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use serde::Serialize;

use super::finding::{Finding, Level};

/// The widest line, in columns.
const WIDTH: usize = 100;
/// Where findings begin, behind symbol and name.
const INDENT: usize = 21;

/// What the doctor found. Its `Display` is the screen, with colours: print it through a stream that strips them
/// where they are not wanted.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The authorization server.
    server: String,
    /// Whether there is no error.
    healthy: bool,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(server: &str, findings: Vec<Finding>) -> Self {
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        let (errors, warnings) = (count(Level::Error), count(Level::Warning));
        Self { server: server.to_owned(), healthy: errors == 0, errors, warnings, findings }
    }

    /// Whether there is no error.
    pub const fn is_healthy(&self) -> bool {
        self.healthy
    }

    /// The findings, in the order in which they were made.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn verdict(&self) -> String {
        let many = |number: usize, what: &str| match number {
            0 => format!("no {what}s"),
            1 => format!("1 {what}"),
            number => format!("{number} {what}s"),
        };
        let (errors, warnings) = (many(self.errors, "error"), many(self.warnings, "warning"));
        format!("{}: {errors}, {warnings}", if self.healthy { "Healthy" } else { "Not healthy" })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut part = "";
        for finding in &self.findings {
            if finding.check.part() != part {
                part = finding.check.part();
                let heading = Style::new().bold();
                writeln!(f, "{heading}{part}{heading:#}")?;
            }
            show(f, finding)?;
        }
        let style = if self.healthy { style(Level::Ok) } else { style(Level::Error) };
        writeln!(f, "\n{style}{}{style:#}", self.verdict())
    }
}

fn show(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    let style = style(finding.level);
    let (symbol, name) = (symbol(finding.level), finding.check.as_str());
    // What was checked matters only where something is wrong.
    let wrong = matches!(finding.level, Level::Warning | Level::Error);
    let found = if wrong && !finding.found.starts_with(&finding.looked_at) {
        format!("{}: {}", finding.looked_at, finding.found)
    } else {
        finding.found.clone()
    };
    let mut lines = wrapped(&found, WIDTH - INDENT);
    write!(f, "  {style}{symbol}{style:#} {name:<INDENT$}", INDENT = INDENT - 4)?;
    writeln!(f, "{}", lines.next().unwrap_or_default())?;
    for line in lines {
        writeln!(f, "{:INDENT$}{line}", "")?;
    }
    if let Some(remedy) = &finding.remedy {
        let remedy_style = Style::new().effects(Effects::BOLD);
        for (at, line) in wrapped(remedy, WIDTH - INDENT - 2).enumerate() {
            let arrow = if at == 0 { "→" } else { " " };
            writeln!(f, "{:INDENT$}{remedy_style}{arrow} {line}{remedy_style:#}", "")?;
        }
    }
    Ok(())
}

const fn symbol(level: Level) -> char {
    match level {
        Level::Ok => '✓',
        Level::Note => 'i',
        Level::Skipped => '-',
        Level::Warning => '!',
        Level::Error => '✗',
    }
}

const fn style(level: Level) -> Style {
    let colour = match level {
        Level::Ok => AnsiColor::Green,
        Level::Note | Level::Skipped => AnsiColor::Cyan,
        Level::Warning => AnsiColor::Yellow,
        Level::Error => AnsiColor::Red,
    };
    colour.on_default()
}

/// A text in lines of at most `width` columns, broken at spaces. A word that is longer has a line of its own.
fn wrapped(text: &str, width: usize) -> impl Iterator<Item = String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines
            .last_mut()
            .filter(|line| line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                let _ = write!(line, " {word}");
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_broken_at_spaces_alone() {
        let lines = |text: &str| wrapped(text, 8).collect::<Vec<_>>();
        assert_eq!(lines("one two three"), ["one two", "three"]);
        assert_eq!(lines("a https://long.example.com b"), ["a", "https://long.example.com", "b"]);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn only_errors_make_a_setup_unhealthy() {
        use crate::doctor::Check;
        let warning = Check::Scope.warning("x", "odd", "mend it");
        let report = Report::new("x", vec![warning.clone()]);
        assert!(report.is_healthy());
        assert_eq!(report.verdict(), "Healthy: no errors, 1 warning");
        let report = Report::new("x", vec![warning, Check::Scope.error("x", "wrong", "mend it")]);
        assert!(!report.is_healthy());
        assert_eq!(report.verdict(), "Not healthy: 1 error, 1 warning");
    }
}
