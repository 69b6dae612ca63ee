//! Signing in to the real service in a browser, where variables name it. Otherwise that is skipped, and the output
//! says so.
//!
//! `FORTELLIS_AUTH_SERVER_URL`, `FORTELLIS_API_KEY`, `FORTELLIS_API_SECRET` and `FORTELLIS_REDIRECT_URI` as for the
//! programs, and an account that signs in with only its password: `FORTELLIS_USERNAME`, `FORTELLIS_PASSWORD`. Then
//! `cargo test -p e2e --test live`. Pages with Okta's fields, in
//! front of a mock, test that the suite knows Okta's pages.

#![expect(clippy::unwrap_used, reason = "a missing value fails the scenario")]

mod okta;
mod real;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use e2e::{
    harness::Harness,
    scenario::{Scenario, keep_panics_quiet},
    service::Service,
};
use libtest_mimic::{Arguments, Trial};
use okta::Widget;

/// Where cargo lets tests write.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let harness = match Harness::start(Path::new(SCRATCH), args.list) {
        Ok(harness) => Arc::new(harness),
        Err(error) => {
            let _ = writeln!(io::stderr(), "\n{error}\n");
            return ExitCode::FAILURE;
        }
    };
    let service = Service::from_environment();
    if let (Err(missing), false) = (&service, args.list) {
        let _ = writeln!(io::stderr(), "The real service is not tried: {missing}.");
    }
    let mut scenarios = vec![real_service(&harness, service)];
    for widget in Widget::ALL {
        scenarios.push(stand_in(&harness, widget, "signs_in", okta::signs_in));
        scenarios.push(stand_in(&harness, widget, "wrong_password", okta::is_told_of_a_wrong_password));
    }
    scenarios.push(stand_in(&harness, Widget::SecondFactor, "is_told", okta::is_told_of_a_second_factor));
    keep_panics_quiet();
    let conclusion = libtest_mimic::run(&args, scenarios);
    harness.stop();
    conclusion.exit_code()
}

/// The scenario of the real service. It is ignored where no variables name it, and fails if it is run nevertheless.
fn real_service(harness: &Arc<Harness>, service: Result<Service, String>) -> Trial {
    const NAME: &str = "real_service::signs_in";
    let harness = harness.clone();
    let is_missing = service.is_err();
    Trial::test(NAME, move || {
        let service = service?;
        let sign_in = async |scenario: &Scenario<'_>| real::signs_in(scenario, &service).await;
        Ok(harness.run_with(NAME, service.stack_args(), sign_in)?)
    })
    .with_ignored_flag(is_missing)
}

/// A scenario of a server that stands in for the real one.
fn stand_in(
    harness: &Arc<Harness>,
    widget: Widget,
    what: &str,
    scenario: impl AsyncFnOnce(&Scenario<'_>, &Service) + Send + 'static,
) -> Trial {
    let harness = harness.clone();
    let name = format!("{}::{what}", widget.name());
    Trial::test(name.clone(), move || {
        let outcome = harness.block_on(async |scenarios| {
            let stand_in = okta::StandIn::start(widget).await;
            let service = stand_in.service();
            let run = async |running: &Scenario<'_>| scenario(running, &service).await;
            scenarios.run_with(&name, service.stack_args(), run).await
        });
        Ok(outcome?)
    })
}
