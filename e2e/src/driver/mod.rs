//! A WebDriver: found or started, and ended again.
//! Searched in this order: `WEBDRIVER_URL`, `CHROMEDRIVER`, `CHROMEWEBDRIVER`, `PATH`, the usual places. With none
//! the scenarios fail, with one message that says what to install: a suite that
//! could not run must not pass.

mod find;
mod process;

use std::{
    fmt, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tempfile::TempDir;
use url::Url;

use crate::browser_settings::{BrowserKind, BrowserSettings};
use find::{Choice, Machine, Place, System};
use process::Process;

/// How often a driver is started before giving up. In rare cases a driver does not get its port.
const STARTS: usize = 3;

/// Why there is no driver: the whole message for the person at the terminal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoDriver(String);

/// A driver that takes orders. Dropping it, or [`Driver::stop`], ends one that the suite started, with its browsers.
#[derive(Debug)]
pub struct Driver {
    url: String,
    choice: Choice,
    process: Mutex<Option<Process>>,
    /// Profiles of browsers, and the driver's log.
    scratch: Mutex<Option<TempDir>>,
    scratch_path: PathBuf,
}

impl Driver {
    /// Finds a driver and starts it, unless one is running. Its files go to a new folder within `scratch`.
    pub fn start(settings: &BrowserSettings, scratch: &Path) -> Result<Self, NoDriver> {
        let choice = find::find(settings, &ThisMachine).map_err(NoDriver)?;
        let scratch = fs::create_dir_all(scratch)
            .and_then(|()| tempfile::Builder::new().prefix("e2e-").tempdir_in(scratch))
            .map_err(|error| NoDriver(format!("cannot make a folder in {}: {error}", scratch.display())))?;
        let scratch_path = scratch.path().to_owned();
        let (url, process) = match &choice.driver {
            Place::Running(url) => (url.clone(), None),
            Place::Program(program) => {
                let process = start(program, &scratch_path.join(LOG)).map_err(NoDriver)?;
                (format!("http://127.0.0.1:{}", process.port), Some(process))
            }
        };
        Ok(Self {
            url,
            choice,
            process: Mutex::new(process),
            scratch: Mutex::new(Some(scratch)),
            scratch_path,
        })
    }

    /// Ends the driver, if the suite started it, and its browsers with it. Later calls do nothing.
    pub fn stop(&self) {
        if let Some(process) = take(&self.process) {
            // A driver that is killed may leave its browsers running.
            let _ = http_get(&self.url, "shutdown");
            process.wait();
        }
        drop(take(&self.scratch));
    }

    /// What the driver printed, if the suite started it.
    pub fn log(&self) -> Option<String> {
        fs::read_to_string(self.scratch_path.join(LOG)).ok()
    }

    /// Where it takes orders.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn browser_kind(&self) -> BrowserKind {
        self.choice.browser.kind
    }

    pub(crate) fn browser_program(&self) -> Option<&Path> {
        self.choice.browser.program.as_deref()
    }

    /// A new folder for a browser's profile. A driver that was running already may be elsewhere and makes its own.
    pub(crate) fn new_profile(&self) -> io::Result<Option<TempDir>> {
        match &self.choice.driver {
            Place::Running(_) => Ok(None),
            Place::Program(_) => {
                tempfile::Builder::new().prefix("profile-").tempdir_in(&self.scratch_path).map(Some)
            }
        }
    }

    /// Whether the browser will run as root, which Chromium's sandbox refuses.
    pub(crate) fn runs_as_root(&self) -> bool {
        belongs_to_root(&self.scratch_path)
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.choice.fmt(f)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop();
    }
}

const LOG: &str = "driver.log";

fn start(program: &Path, log: &Path) -> Result<Process, String> {
    let mut error = String::new();
    for _ in 0..STARTS {
        match Process::start(program, log) {
            Ok(process) => return Ok(process),
            Err(why) => error = why,
        }
    }
    Err(error)
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The owner of a folder that this process made is the user that it runs as.
#[cfg(unix)]
fn belongs_to_root(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(folder).is_ok_and(|folder| folder.uid() == 0)
}

#[cfg(not(unix))]
fn belongs_to_root(_folder: &Path) -> bool {
    false
}

/// The machine that the suite runs on.
struct ThisMachine;

impl Machine for ThisMachine {
    fn system(&self) -> System {
        System::here()
    }

    fn has(&self, file: &Path) -> bool {
        file.is_file()
    }

    fn version(&self, program: &Path) -> Option<String> {
        // Asked for its version, chrome.exe opens a window instead.
        if System::here() == System::Windows && !program.ends_with("chromedriver.exe") {
            return None;
        }
        let output = Command::new(program).arg("--version").output().ok()?;
        String::from_utf8(output.stdout).ok()
    }

    fn running_version(&self, url: &str) -> Result<Option<String>, String> {
        let status = http_get(url, "status").map_err(|error| error.to_string())?;
        let status: serde_json::Value = serde_json::from_str(&status).map_err(|error| error.to_string())?;
        Ok(status.pointer("/value/build/version").and_then(|version| version.as_str()).map(str::to_owned))
    }
}

/// One plain GET. It is needed where there is no runtime for an HTTP client, such as in a destructor.
fn http_get(base: &str, path: &str) -> io::Result<String> {
    const TIMEOUT: Duration = Duration::from_secs(10);
    let bad_url = |_| io::Error::new(io::ErrorKind::InvalidInput, "not a URL");
    let url = Url::parse(&format!("{}/{path}", base.trim_end_matches('/'))).map_err(bad_url)?;
    let host = url.host_str().unwrap_or("127.0.0.1");
    let port = url.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let request = format!("GET {} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n", url.path());
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut length = None;
    loop {
        let mut line = String::new();
        if answer.read_line(&mut line)? == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"));
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok();
            }
            _ if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = String::new();
    match length {
        // chromedriver keeps the connection open despite `Connection: close`.
        Some(length) => answer.take(length).read_to_string(&mut body)?,
        None => answer.read_to_string(&mut body)?,
    };
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// The result of `http_get` for an answer. The connection stays open until it returns.
    fn got(answer: &'static str) -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(&stream).lines().map(Result::unwrap);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            stream.write_all(answer.as_bytes()).unwrap();
            (request, stream)
        });
        let body = http_get(&url, "status");
        let (request, _stream) = served.join().unwrap();
        assert_eq!(request[0], "GET /status HTTP/1.1");
        body
    }

    #[test]
    fn an_answer_ends_where_it_says_though_the_connection_stays_open() {
        assert_eq!(got("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap(), "{}");
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let closed = thread::spawn(move || drop(listener.accept()));
        assert!(http_get(&url, "status").is_err());
        closed.join().unwrap();
    }
}
