//! What a test binary needs to tell stories: a stage, and the runtime that its stories run on.

use std::{
    io::{self, Write},
    path::Path,
};

use tokio::runtime::Runtime;

use crate::{driver::Driver, settings::Settings, story::Stage};

/// The stage and the runtime that its stories run on.
#[derive(Debug)]
pub struct Theatre {
    runtime: Runtime,
    stage: Option<Stage>,
}

impl Theatre {
    /// Finds and starts the driver, unless the stories are only to be listed. Its files go to a new folder within
    /// `scratch`, evidence of failures beside that. An error is for the person at the terminal.
    pub fn open(scratch: &Path, only_list: bool) -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|error| format!("cannot start threads: {error}"))?;
        if only_list {
            return Ok(Self { runtime, stage: None });
        }
        let driver =
            Driver::start(&Settings::from_environment(), scratch).map_err(|error| error.to_string())?;
        let _ = writeln!(io::stderr(), "{driver}");
        let failures = scratch.parent().unwrap_or(scratch).join("e2e-failures");
        Ok(Self { runtime, stage: Some(Stage::new(driver, failures)) })
    }

    /// Does something on the stage, to its end.
    pub fn act(&self, act: impl AsyncFnOnce(&Stage) -> Result<(), String>) -> Result<(), String> {
        let stage = self.stage.as_ref().ok_or("only listed")?;
        self.runtime.block_on(act(stage))
    }

    /// Ends the driver and its browsers.
    pub fn close(&self) {
        if let Some(stage) = &self.stage {
            stage.close();
        }
    }
}
