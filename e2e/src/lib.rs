//! The tutorial as one process ([`stack`]), and what the browser suite is made of: a driver, a browser, the pages in a
//! person's verbs, and the stage on which a story is told. For the real service: a [`doctor`] who looks at the set-up,
//! and a [`probe`] that writes down what a server answers.

pub mod browser;
pub mod doctor;
pub mod driver;
pub mod page;
pub mod probe;
pub mod service;
pub mod settings;
pub mod stack;
pub mod story;
pub mod theatre;
pub mod wire;
