//! Accessibility checks with axe-core.

use std::fmt;

use fantoccini::error::CmdError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::session::Browser;

/// axe-core, under the Mozilla Public License 2.0; see `assets/README.md`.
const AXE: &str = include_str!("../../assets/axe.min.js");

/// WCAG 2.0 to 2.2 at the levels A and AA, and axe's own advice.
const ALL: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// The rules that depend on colours.
const COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

const RUN: &str = "
    const [runOnly, answer] = arguments;
    axe.run(document, { runOnly, resultTypes: ['violations'] }).then(
        found => answer(found.violations.map(({ id, impact, help, nodes }) =>
            ({ id, impact, help, nodes: nodes.map(node => node.html) }))),
        error => answer(String(error)));
";

/// A rule that a page breaks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// The rule, for example `color-contrast`.
    pub id: String,
    /// How bad it is: `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    /// What the rule asks for.
    pub help: String,
    /// The HTML of each element that breaks it.
    pub nodes: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.id, self.impact.as_deref().unwrap_or("unrated"), self.help)?;
        self.nodes.iter().try_for_each(|node| write!(f, "\n    {node}"))
    }
}

impl Browser {
    /// Fails unless the page breaks no rule of accessibility.
    ///
    /// # Panics
    ///
    /// With a list of the rules that are broken, and where.
    pub async fn expect_accessible(&self) {
        self.expect_none_broken(json!({ "type": "tag", "values": ALL })).await;
    }

    /// Fails unless the page can be read in its colours: other colours can break no other rule.
    ///
    /// # Panics
    ///
    /// With a list of what cannot be read.
    pub async fn expect_legible(&self) {
        self.expect_none_broken(json!({ "type": "rule", "values": COLOURS })).await;
    }

    async fn expect_none_broken(&self, rules: Value) {
        let violations = self
            .command("check the page with axe-core", async {
                self.client.execute(AXE, Vec::new()).await?;
                read(self.client.execute_async(RUN, vec![rules]).await?)
            })
            .await;
        let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(
            violations.is_empty(),
            "the page is not accessible:\n  {}\n{}",
            list.join("\n  "),
            self.seen().await
        );
    }
}

#[expect(clippy::result_large_err, reason = "the error is fantoccini's")]
fn read(found: Value) -> Result<Vec<Violation>, CmdError> {
    if let Value::String(error) = found {
        return Err(CmdError::NotJson(error));
    }
    serde_json::from_value(found).map_err(CmdError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_reads_as_a_sentence_and_its_places() {
        let violation = Violation {
            id: "label".to_owned(),
            impact: Some("critical".to_owned()),
            help: "Form elements must have labels".to_owned(),
            nodes: vec!["<input name=\"username\">".to_owned()],
        };
        assert_eq!(
            violation.to_string(),
            "label (critical): Form elements must have labels\n    <input name=\"username\">"
        );
    }
}
