//! What makes a fault impossible.

/// A field of a fault that cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FaultFlaw {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be accepted.
    pub expected: String,
}

impl FaultFlaw {
    pub(super) fn new(field: &str, problem: String, expected: &str) -> Self {
        Self { field: field.to_owned(), problem, expected: expected.to_owned() }
    }

    /// The same flaw, seen from the object that holds the fault.
    pub(super) fn in_fault(self) -> Self {
        Self { field: format!("fault.{}", self.field), ..self }
    }
}
