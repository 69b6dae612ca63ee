//! Which driver and which browser to use: the first that is found, in a fixed order, and the error message if there is
//! none.
//! Pure: the machine is a [`Machine`].

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::browser_settings::{BrowserKind, BrowserSettings};

/// What the search asks of the machine that it runs on.
pub(super) trait Machine {
    fn system(&self) -> System;
    /// Whether a file is there.
    fn has(&self, file: &Path) -> bool;
    /// A program's answer to `--version`.
    fn version(&self, program: &Path) -> Option<String>;
    /// The version that a running driver reports. A Selenium Grid reports none.
    fn running_version(&self, url: &str) -> Result<Option<String>, String>;
}

/// The operating systems that differ in where programs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    pub(super) const fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }

    fn program(self, name: &str) -> String {
        if self == Self::Windows { format!("{name}.exe") } else { name.to_owned() }
    }

    const fn path_separator(self) -> char {
        if matches!(self, Self::Windows) { ';' } else { ':' }
    }

    const fn drivers(self) -> &'static [&'static str] {
        match self {
            Self::Linux => &[
                "/usr/bin/chromedriver",
                "/usr/lib/chromium/chromedriver",
                "/usr/lib64/chromium-browser/chromedriver",
                "/snap/bin/chromium.chromedriver",
                "/usr/local/bin/chromedriver",
            ],
            Self::MacOs => &["/opt/homebrew/bin/chromedriver", "/usr/local/bin/chromedriver"],
            Self::Windows => &[r"C:\Program Files\chromedriver\chromedriver.exe"],
        }
    }

    const fn shells(self) -> &'static [&'static str] {
        match self {
            // Not Debian's /usr/bin/chromium-headless-shell: that script stays in front of the browser, which is
            // orphaned when the driver kills it.
            Self::Linux => &[
                "/usr/lib/chromium/chromium-headless-shell",
                "/usr/lib64/chromium-browser/headless_shell",
                "/opt/chrome-headless-shell/chrome-headless-shell",
            ],
            Self::MacOs | Self::Windows => &[],
        }
    }

    const fn browsers(self) -> &'static [&'static str] {
        match self {
            Self::Linux => &[
                "/usr/lib/chromium/chromium",
                "/usr/lib64/chromium-browser/chromium-browser",
                "/opt/google/chrome/chrome",
                "/snap/bin/chromium",
            ],
            Self::MacOs => &[
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                "/Applications/Chromium.app/Contents/MacOS/Chromium",
            ],
            Self::Windows => &[
                r"C:\Program Files\Google\Chrome\Application\chrome.exe",
                r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
            ],
        }
    }
}

/// The driver and browser to use, and how they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) driver: Place,
    /// Which of the places won: `CHROMEDRIVER`, `PATH` and so on.
    pub(super) found_by: &'static str,
    pub(super) browser: Browser,
    /// A note about the choice, if there is one.
    pub(super) note: Option<String>,
}

/// Where the driver is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Running already, at this URL.
    Running(String),
    /// A program, to be started.
    Program(PathBuf),
}

/// The browser that the driver starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Browser {
    pub(super) kind: BrowserKind,
    /// The program; the driver's own choice if there is none.
    pub(super) program: Option<PathBuf>,
    version: Option<u32>,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.driver {
            Place::Running(url) => write!(f, "driver {url} ({})", self.found_by)?,
            Place::Program(program) => write!(f, "driver {} ({})", program.display(), self.found_by)?,
        }
        match &self.browser.program {
            Some(program) => write!(f, ", browser {}", program.display())?,
            None => write!(f, ", the browser is the driver's choice")?,
        }
        if let Some(version) = self.browser.version {
            write!(f, " {version}")?;
        }
        self.note.as_ref().map_or(Ok(()), |note| write!(f, "; {note}"))
    }
}

/// Looks for a driver and a browser. The error is the whole message for the person at the terminal.
pub(super) fn find(settings: &BrowserSettings, machine: &dyn Machine) -> Result<Choice, String> {
    let wanted = settings.kind()?;
    let (driver, found_by) = find_driver(settings, machine)?;
    let version = match &driver {
        Place::Running(url) => machine.running_version(url).map_err(|error| {
            format!(
                "WEBDRIVER_URL: {url} does not answer ({error}); start the driver there, or unset the variable"
            )
        })?,
        Place::Program(program) => machine.version(program),
    };
    let version = version.as_deref().and_then(major);
    let browser = find_browser(settings, machine, wanted, &driver, version)?;
    let note = match (version, browser.version) {
        (Some(driver), Some(browser)) if driver != browser => Some(format!(
            "driver {driver} and browser {browser} are of different versions, which seldom works: bring both to one"
        )),
        _ => None,
    };
    Ok(Choice { driver, found_by, browser, note })
}

fn find_driver(settings: &BrowserSettings, machine: &dyn Machine) -> Result<(Place, &'static str), String> {
    let system = machine.system();
    let name = system.program("chromedriver");
    let mut looked_at = Vec::new();
    if let Some(url) = &settings.webdriver_url {
        if !url.starts_with("http://") {
            return Err(format!(
                "WEBDRIVER_URL: \"{url}\" is not an http URL; expected one like http://127.0.0.1:9515"
            ));
        }
        return Ok((Place::Running(url.clone()), "WEBDRIVER_URL"));
    }
    looked_at.push("WEBDRIVER_URL (unset)".to_owned());
    if let Some(program) = &settings.chromedriver {
        let program = PathBuf::from(program);
        if machine.has(&program) {
            return Ok((Place::Program(program), "CHROMEDRIVER"));
        }
        return Err(format!(
            "CHROMEDRIVER: there is no {}; expected the driver program, or unset the variable to have it looked for",
            program.display()
        ));
    }
    looked_at.push("CHROMEDRIVER (unset)".to_owned());
    if let Some(folder) = &settings.chromewebdriver {
        let program = Path::new(folder).join(&name);
        if machine.has(&program) {
            return Ok((Place::Program(program), "CHROMEWEBDRIVER"));
        }
        looked_at.push(format!("CHROMEWEBDRIVER (no {name} in {folder})"));
    } else {
        looked_at.push("CHROMEWEBDRIVER (unset)".to_owned());
    }
    if let Some(program) = on_path(settings, machine, &name) {
        return Ok((Place::Program(program), "PATH"));
    }
    looked_at.push(format!("PATH (no {name})"));
    for spot in system.drivers() {
        if machine.has(Path::new(spot)) {
            return Ok((Place::Program(PathBuf::from(spot)), "a usual place"));
        }
        looked_at.push((*spot).to_owned());
    }
    Err(missing(&looked_at))
}

/// The error message if there is no driver.
fn missing(looked_at: &[String]) -> String {
    format!(
        "no browser driver found for the browser scenarios.\n  looked at: {}\n{INSTALL}",
        looked_at.join(", ")
    )
}

/// How to install a driver and a browser; `e2e/install` does the same.
const INSTALL: &str = "  \
  e2e/install installs what is missing, or by hand:
  Debian:   apt-get install chromium chromium-driver chromium-headless-shell
  Ubuntu:   snap install chromium
  Fedora:   dnf install chromium chromedriver chromium-headless
  macOS:    brew install --cask google-chrome chromedriver
  Windows:  winget install Google.Chrome Chromium.ChromeDriver
  or set WEBDRIVER_URL=http://127.0.0.1:9515 to use a driver that is running, CHROMEDRIVER=FILE to use another.";

fn find_browser(
    settings: &BrowserSettings,
    machine: &dyn Machine,
    wanted: Option<BrowserKind>,
    driver: &Place,
    driver_version: Option<u32>,
) -> Result<Browser, String> {
    let found = |kind, program: PathBuf| {
        let version = machine.version(&program).as_deref().and_then(major);
        Browser { kind, program: Some(program), version }
    };
    if let Some(program) = &settings.chrome_bin {
        let kind = wanted.unwrap_or_else(|| kind_by_name(program));
        // The driver may be on another machine, so the file need not be on this one.
        return Ok(found(kind, PathBuf::from(program)));
    }
    if matches!(driver, Place::Running(_)) && driver_version.is_none() {
        // A grid has its own browsers.
        let kind = wanted.unwrap_or(BrowserKind::Chrome);
        return Ok(Browser { kind, program: None, version: None });
    }
    if wanted != Some(BrowserKind::Chrome) {
        let shell =
            shells(settings, machine, driver).into_iter().map(|shell| found(BrowserKind::Shell, shell));
        let mut same_version = shell
            .filter(|shell| wanted.is_some() || (shell.version.is_some() && shell.version == driver_version));
        if let Some(shell) = same_version.next() {
            return Ok(shell);
        }
        if wanted.is_some() {
            return Err(format!(
                "E2E_BROWSER=shell, but there is no headless shell.\n  looked at: {}, PATH (no chrome-headless-shell), \
                 beside the driver\n{INSTALL}",
                machine.system().shells().join(", ")
            ));
        }
    }
    let usual = machine.system().browsers().iter().map(PathBuf::from).find(|program| machine.has(program));
    let on_path = || {
        ["google-chrome", "chromium", "chromium-browser"]
            .iter()
            .find_map(|name| on_path(settings, machine, &machine.system().program(name)))
    };
    Ok(usual
        .or_else(on_path)
        .map_or(Browser { kind: BrowserKind::Chrome, program: None, version: None }, |program| {
            found(BrowserKind::Chrome, program)
        }))
}

/// The headless shells of this machine: beside the driver, on PATH, in the usual places.
fn shells(settings: &BrowserSettings, machine: &dyn Machine, driver: &Place) -> Vec<PathBuf> {
    let name = machine.system().program("chrome-headless-shell");
    let beside = match driver {
        Place::Program(program) => program.parent().map(|folder| folder.join(&name)),
        Place::Running(_) => None,
    };
    let usual = machine.system().shells().iter().map(PathBuf::from);
    beside
        .into_iter()
        .chain(usual)
        .filter(|program| machine.has(program))
        .chain(on_path(settings, machine, &name))
        .collect()
}

fn kind_by_name(program: &str) -> BrowserKind {
    if program.contains("headless-shell") || program.contains("headless_shell") {
        BrowserKind::Shell
    } else {
        BrowserKind::Chrome
    }
}

fn on_path(settings: &BrowserSettings, machine: &dyn Machine, name: &str) -> Option<PathBuf> {
    let path = settings.path.as_ref()?.to_str()?;
    path.split(machine.system().path_separator())
        .filter(|folder| !folder.is_empty())
        .map(|folder| Path::new(folder).join(name))
        .find(|program| machine.has(program))
}

/// The first number of `ChromeDriver 156.0.8078.79 (…)`, `Chromium 156.0.8078.79 built on …` or `156.0.8078.79 (…)`.
fn major(version: &str) -> Option<u32> {
    version.split_whitespace().find_map(|word| {
        let (first, rest) = word.split_once('.')?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then(|| first.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Fake {
        system: System,
        files: BTreeMap<PathBuf, &'static str>,
        running: Result<Option<String>, String>,
    }

    impl Machine for Fake {
        fn system(&self) -> System {
            self.system
        }
        fn has(&self, file: &Path) -> bool {
            self.files.contains_key(file)
        }
        fn version(&self, program: &Path) -> Option<String> {
            self.files.get(program).map(|version| (*version).to_owned())
        }
        fn running_version(&self, _url: &str) -> Result<Option<String>, String> {
            self.running.clone()
        }
    }

    const DRIVER: (&str, &str) = ("/usr/bin/chromedriver", "ChromeDriver 156.0.8078.79 (a21ce95c)");
    const SHELL: (&str, &str) = ("/usr/lib/chromium/chromium-headless-shell", "Chromium 156.0.8078.79");
    const CHROME: (&str, &str) = ("/usr/lib/chromium/chromium", "Chromium 156.0.8078.79 built on Debian");

    fn linux(files: &[(&str, &'static str)]) -> Fake {
        machine(System::Linux, files)
    }

    fn machine(system: System, files: &[(&str, &'static str)]) -> Fake {
        let files = files.iter().map(|(path, version)| (PathBuf::from(path), *version)).collect();
        Fake { system, files, running: Err("connection refused".to_owned()) }
    }

    fn settings() -> BrowserSettings {
        BrowserSettings { path: Some("/usr/local/bin:/usr/bin".into()), ..BrowserSettings::default() }
    }

    fn asking_for(browser: &str) -> BrowserSettings {
        BrowserSettings { browser: Some(browser.to_owned()), ..settings() }
    }

    #[test]
    fn a_debian_machine_uses_the_headless_shell() {
        let choice = find(&settings(), &linux(&[DRIVER, SHELL, CHROME])).unwrap();
        assert_eq!(
            choice.to_string(),
            "driver /usr/bin/chromedriver (PATH), browser /usr/lib/chromium/chromium-headless-shell 156"
        );
        assert_eq!(choice.browser.kind, BrowserKind::Shell);
        let choice = find(&asking_for("chrome"), &linux(&[DRIVER, SHELL, CHROME])).unwrap();
        assert_eq!(choice.browser.program, Some(PathBuf::from(CHROME.0)));
    }

    #[test]
    fn a_variable_wins_over_the_path_and_the_path_over_the_usual_places() {
        let files = [
            DRIVER,
            CHROME,
            ("/opt/driver", "ChromeDriver 156.0"),
            ("/ci/chromedriver", "ChromeDriver 156.0"),
        ];
        let mut settings = settings();
        assert_eq!(find(&settings, &linux(&files)).unwrap().found_by, "PATH");
        settings.path = None;
        assert_eq!(find(&settings, &linux(&files)).unwrap().found_by, "a usual place");
        settings.chromewebdriver = Some("/ci".to_owned());
        assert_eq!(
            find(&settings, &linux(&files)).unwrap().driver,
            Place::Program("/ci/chromedriver".into())
        );
        settings.chromedriver = Some("/opt/driver".to_owned());
        assert_eq!(find(&settings, &linux(&files)).unwrap().driver, Place::Program("/opt/driver".into()));
        settings.chrome_bin = Some(SHELL.0.to_owned());
        assert_eq!(find(&settings, &linux(&files)).unwrap().browser.kind, BrowserKind::Shell);
    }

    #[test]
    fn with_no_driver_the_message_says_what_was_looked_at_and_what_to_install() {
        let message = find(&settings(), &linux(&[CHROME])).unwrap_err();
        assert_eq!(
            message,
            "no browser driver found for the browser scenarios.\n  looked at: WEBDRIVER_URL (unset), CHROMEDRIVER \
             (unset), CHROMEWEBDRIVER (unset), PATH (no chromedriver), /usr/bin/chromedriver, \
             /usr/lib/chromium/chromedriver, /usr/lib64/chromium-browser/chromedriver, \
             /snap/bin/chromium.chromedriver, /usr/local/bin/chromedriver\n  \
             e2e/install installs what is missing, or by hand:\n  \
             Debian:   apt-get install chromium chromium-driver chromium-headless-shell\n  \
             Ubuntu:   snap install chromium\n  \
             Fedora:   dnf install chromium chromedriver chromium-headless\n  \
             macOS:    brew install --cask google-chrome chromedriver\n  \
             Windows:  winget install Google.Chrome Chromium.ChromeDriver\n  \
             or set WEBDRIVER_URL=http://127.0.0.1:9515 to use a driver that is running, CHROMEDRIVER=FILE to use \
             another."
        );
    }

    #[test]
    fn a_variable_that_points_nowhere_is_an_error_and_not_passed_over() {
        let mut settings = settings();
        settings.chromedriver = Some("/gone".to_owned());
        assert!(
            find(&settings, &linux(&[DRIVER])).unwrap_err().starts_with("CHROMEDRIVER: there is no /gone;")
        );
        settings.webdriver_url = Some("http://127.0.0.1:9515".to_owned());
        assert_eq!(
            find(&settings, &linux(&[DRIVER])).unwrap_err(),
            "WEBDRIVER_URL: http://127.0.0.1:9515 does not answer (connection refused); start the driver there, or \
             unset the variable"
        );
        settings.webdriver_url = Some("localhost:9515".to_owned());
        assert!(find(&settings, &linux(&[DRIVER])).unwrap_err().contains("is not an http URL"));
        let message = find(&asking_for("shell"), &linux(&[DRIVER, CHROME])).unwrap_err();
        assert!(message.starts_with("E2E_BROWSER=shell, but there is no headless shell."), "{message}");
    }

    #[test]
    fn a_running_driver_gets_a_browser_of_its_version_and_a_grid_its_own() {
        let settings =
            BrowserSettings { webdriver_url: Some("http://127.0.0.1:9515".to_owned()), ..settings() };
        let mut machine = linux(&[SHELL, CHROME]);
        machine.running = Ok(Some("156.0.8078.79 (a21ce95c)".to_owned()));
        assert_eq!(find(&settings, &machine).unwrap().browser.kind, BrowserKind::Shell);
        machine.running = Ok(None);
        assert_eq!(
            find(&settings, &machine).unwrap().to_string(),
            "driver http://127.0.0.1:9515 (WEBDRIVER_URL), the browser is the driver's choice"
        );
    }

    #[test]
    fn browsers_of_another_version_are_avoided_or_mentioned() {
        let old_shell = (SHELL.0, "Chromium 150.0.7871.100");
        let choice = find(&settings(), &linux(&[DRIVER, old_shell, CHROME])).unwrap();
        assert_eq!((choice.browser.kind, choice.note), (BrowserKind::Chrome, None));
        let new_chrome = (CHROME.0, "Chromium 157.0.8100.1");
        let choice = find(&settings(), &linux(&[DRIVER, new_chrome])).unwrap();
        assert!(
            choice.to_string().contains("driver 156 and browser 157 are of different versions"),
            "{choice}"
        );
    }

    #[test]
    fn macos_and_windows_have_their_own_places() {
        let chrome =
            ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "Google Chrome 156.0.8078.79");
        let files = [("/opt/homebrew/bin/chromedriver", DRIVER.1), chrome];
        let choice = find(&settings(), &machine(System::MacOs, &files)).unwrap();
        assert_eq!(choice.browser.program, Some(PathBuf::from(chrome.0)));
        let message = find(&settings(), &machine(System::Windows, &[])).unwrap_err();
        assert!(message.contains("PATH (no chromedriver.exe)"), "{message}");
    }

    #[test]
    fn versions_are_read_from_what_programs_say() {
        assert_eq!(major(DRIVER.1), Some(156));
        assert_eq!(major("Google Chrome for Testing 157.0.1 "), Some(157));
        assert_eq!(major("156.0.8078.79 (a21ce95c)"), Some(156));
        assert_eq!(major("no version"), None);
    }
}
