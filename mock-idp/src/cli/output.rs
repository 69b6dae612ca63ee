//! The standard output of a command.

use std::io::{self, Write};

/// Writes the result of a command. An error is ignored: the reader may have closed the pipe.
pub(super) fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
