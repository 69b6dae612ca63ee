//! Faults with a name that can be typed on the sign-in page. Each family lists its own.

/// The named faults of a family.
#[derive(Debug)]
pub(super) struct Group<F: 'static> {
    /// What the faults change.
    pub heading: &'static str,
    pub names: &'static [Named<F>],
}

/// A fault of a family, with its name.
#[derive(Debug)]
pub(super) struct Named<F> {
    /// What is typed.
    pub name: &'static str,
    /// Makes the fault.
    pub make: fn() -> F,
    /// What happens.
    pub does: &'static str,
    /// What a correct client does about it.
    pub must: &'static str,
}

impl<F> Named<F> {
    pub(super) const fn new(
        name: &'static str,
        make: fn() -> F,
        does: &'static str,
        must: &'static str,
    ) -> Self {
        Self { name, make, does, must }
    }
}
