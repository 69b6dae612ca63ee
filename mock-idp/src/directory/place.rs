//! Places in a directory: which app, user, subscription or resource, and which of its fields.

use std::fmt;

/// A part of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    All,
    /// The app of this index.
    App(usize),
    /// The user of this index.
    User(usize),
    /// The subscription of this index.
    Subscription(usize),
    /// The resource of this index.
    Resource(usize),
}

/// A step from an item to one of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathStep {
    /// Into a field.
    Key(&'static str),
    /// To an element of a list.
    Index(usize),
}

/// Where something is in a directory. As text, in the names of JSON: `apps[1].callbacks[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which item.
    pub part: Part,
    /// The way from the item to the field.
    pub steps: Vec<PathStep>,
}

impl Place {
    pub(crate) fn new(part: Part, steps: impl Into<Vec<PathStep>>) -> Self {
        Self { part, steps: steps.into() }
    }

    /// The field within its item: `callbacks[0]`.
    pub(crate) fn field(&self) -> String {
        let mut field = String::new();
        for step in &self.steps {
            match step {
                PathStep::Key(key) if field.is_empty() => field.push_str(key),
                PathStep::Key(key) => field.extend([".", key]),
                PathStep::Index(index) => field.extend(["[", &index.to_string(), "]"]),
            }
        }
        field
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (list, index) = match self.part {
            Part::All => return f.write_str(&self.field()),
            Part::App(index) => ("apps", index),
            Part::User(index) => ("users", index),
            Part::Subscription(index) => ("subscriptions", index),
            Part::Resource(index) => ("resources", index),
        };
        write!(f, "{list}[{index}]")?;
        if self.steps.is_empty() { Ok(()) } else { write!(f, ".{}", self.field()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path() {
        let steps = [PathStep::Key("callbacks"), PathStep::Index(0), PathStep::Key("any_port")];
        let place = Place::new(Part::App(1), steps);
        assert_eq!(place.field(), "callbacks[0].any_port");
        assert_eq!(place.to_string(), "apps[1].callbacks[0].any_port");
        assert_eq!(Place::new(Part::User(2), []).to_string(), "users[2]");
    }
}
