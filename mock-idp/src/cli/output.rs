//! The standard output of a command.

use std::io::{self, Write};

/// Writes what a command was asked for. A reader who has gone away wants no more of it.
pub(super) fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
