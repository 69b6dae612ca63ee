//! What a test binary needs to run scenarios: a driver, a runtime, and a place for evidence of failures.

use std::{
    io::{self, Write},
    path::Path,
};

use tokio::runtime::Runtime;

use crate::{
    browser_settings::BrowserSettings,
    driver::Driver,
    scenario::{Scenario, Scenarios},
    stack::StackArgs,
};

/// Runs scenarios, all with one driver.
#[derive(Debug)]
pub struct Harness {
    runtime: Runtime,
    scenarios: Option<Scenarios>,
}

impl Harness {
    /// Finds and starts the driver, unless the scenarios are only listed. Its files go to a new folder within
    /// `scratch`, evidence of failures beside that. An error is for the person at the terminal.
    pub fn start(scratch: &Path, only_list: bool) -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|error| format!("cannot start threads: {error}"))?;
        if only_list {
            return Ok(Self { runtime, scenarios: None });
        }
        let driver = Driver::start(&BrowserSettings::from_environment(), scratch)
            .map_err(|error| error.to_string())?;
        let _ = writeln!(io::stderr(), "{driver}");
        let failures = scratch.parent().unwrap_or(scratch).join("e2e-failures");
        Ok(Self { runtime, scenarios: Some(Scenarios::new(driver, failures)) })
    }

    /// Runs a scenario with the demo app. An error says what went wrong, and where the evidence is.
    pub fn run(&self, name: &str, scenario: impl AsyncFnOnce(&Scenario<'_>)) -> Result<(), String> {
        self.block_on(async |scenarios| scenarios.run(name, scenario).await)
    }

    /// Runs a scenario with settings of its own.
    pub fn run_with(
        &self,
        name: &str,
        args: StackArgs,
        scenario: impl AsyncFnOnce(&Scenario<'_>),
    ) -> Result<(), String> {
        self.block_on(async |scenarios| scenarios.run_with(name, args, scenario).await)
    }

    /// Runs what needs the runtime before its scenario starts.
    pub fn block_on(&self, run: impl AsyncFnOnce(&Scenarios) -> Result<(), String>) -> Result<(), String> {
        let scenarios = self.scenarios.as_ref().ok_or("only listed")?;
        self.runtime.block_on(run(scenarios))
    }

    /// Ends the driver and its browsers.
    pub fn stop(&self) {
        if let Some(scenarios) = &self.scenarios {
            scenarios.stop();
        }
    }
}
