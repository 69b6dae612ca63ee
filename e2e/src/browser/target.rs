//! How to find an element on a page.

use std::fmt;

use fantoccini::Locator;

/// An element of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// The element whose `data-testid` is `name`.
    pub fn test_id(name: &str) -> Self {
        Self(format!("[data-testid=\"{name}\"]"))
    }

    /// The form field or button whose `name` is `name`.
    pub fn field(name: &str) -> Self {
        Self(format!("[name=\"{name}\"]"))
    }

    /// The first element that a CSS selector finds.
    pub fn css(selector: &str) -> Self {
        Self(selector.to_owned())
    }

    pub(super) fn locator(&self) -> Locator<'_> {
        Locator::Css(&self.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
