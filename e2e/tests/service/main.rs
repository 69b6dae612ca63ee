//! What people use with the real service, tried with the mock and with servers that stand in for others: the doctor
//! and the probe.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there fails it")]

mod doctor;
mod probe;
mod stand_in;
