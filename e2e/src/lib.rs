//! The tutorial as one process ([`stack`]), and the parts of the browser suite: a [`driver`], a [`browser`], the pages
//! ([`page`]), and the [`harness`] that runs each [`scenario`]. For the real service: a [`doctor`] that checks the
//! set-up, and a [`probe`] that records what a server answers.

pub mod browser;
pub mod browser_settings;
pub mod doctor;
pub mod driver;
pub mod harness;
pub mod http_client;
pub mod page;
pub mod probe;
pub mod scenario;
pub mod service;
pub mod stack;
