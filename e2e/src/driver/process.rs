//! A driver program, started by the suite and ended with it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// How long a driver may take to report its port.
const START: Duration = Duration::from_secs(20);

/// How long a driver may take to end its browsers and itself.
const STOP: Duration = Duration::from_secs(10);

/// Runs the driver and ends it as soon as stdin is closed, which happens however the suite
/// ends: by itself, by Ctrl-C, by `kill -9`. The driver's browsers end with it, since each listens on a pipe from the
/// driver.
/// Ctrl-C reaches the whole process group; the suite answers it, so this script must not.
const WATCHED: &str = r#""$@" </dev/null & trap '' INT; exec >&- 2>&-; read -r _; kill -9 $!; wait"#;

/// A running driver program.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    output: Receiver<String>,
    /// The port that it listens on.
    pub(super) port: u16,
}

impl Process {
    /// Starts `program` on a free port and waits until it reports the port. All that it prints goes to the file `log`.
    pub(super) fn start(program: &Path, log: &Path) -> Result<Self, String> {
        let log = File::create(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut child = command(program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        let log = Arc::new(Mutex::new(log));
        let (lines, output) = channel();
        if let Some(stdout) = child.stdout.take() {
            drain(stdout, Arc::clone(&log), lines.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            drain(stderr, log, lines);
        }
        let stdin = child.stdin.take();
        let mut process = Self { child, stdin, output, port: 0 };
        let mut said = Vec::new();
        loop {
            match process.output.recv_timeout(START) {
                Ok(line) => match announced_port(&line) {
                    Some(port) => {
                        process.port = port;
                        return Ok(process);
                    }
                    None => said.push(line),
                },
                Err(error) => {
                    process.end();
                    let how = match error {
                        RecvTimeoutError::Timeout => "did not report its port",
                        RecvTimeoutError::Disconnected => "exited at once",
                    };
                    return Err(format!("{} {how}; its output: {}", program.display(), said.join(" / ")));
                }
            }
        }
    }

    /// Waits until a driver that was asked to stop has ended, and ends it if it takes too long.
    pub(super) fn wait(mut self) {
        while self.output.recv_timeout(STOP).is_ok() {}
        self.end();
    }

    fn end(&mut self) {
        if self.stdin.take().is_none() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn command(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(WATCHED).arg("e2e-driver").arg(program).stdin(Stdio::piped());
    command
}

#[cfg(not(unix))]
fn command(program: &Path) -> Command {
    let _ = WATCHED;
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Reads to the end: a driver whose output is not read would block once the pipe is full.
fn drain(output: impl Read + Send + 'static, log: Arc<Mutex<File>>, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(io::Result::ok) {
            if let Ok(mut log) = log.lock() {
                let _ = writeln!(log, "{line}");
            }
            let _ = lines.send(line);
        }
    });
}

/// `ChromeDriver was started successfully on port 41234.`; an earlier line repeats the port that was asked for.
fn announced_port(line: &str) -> Option<u16> {
    line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_bound_is_told_from_the_port_asked_for() {
        assert_eq!(announced_port("ChromeDriver was started successfully on port 41234."), Some(41234));
        assert_eq!(announced_port("Starting ChromeDriver 156.0.8078.79 (a21ce95c) on port 0"), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_driver_that_ends_at_once_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("driver");
        std::fs::write(&program, "#!/bin/sh\necho bind failed, asked with $1\nexit 1\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        let error = Process::start(&program, &folder.path().join("log")).unwrap_err();
        assert_eq!(
            error,
            format!("{} exited at once; its output: bind failed, asked with --port=0", program.display())
        );
    }
}
