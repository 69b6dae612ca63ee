//! Signing in to the real service in a browser, where variables name it; else that is skipped, and says so.
//!
//! `FORTELLIS_AUTH_SERVER_URL`, `FORTELLIS_API_KEY`, `FORTELLIS_API_SECRET` and `FORTELLIS_REDIRECT_URI` as for the
//! programs, and an account that signs in with its password alone: `FORTELLIS_USERNAME`, `FORTELLIS_PASSWORD`. Then
//! `cargo test -p e2e --test live`. That the pages of Okta are known is proved with pages that have Okta's fields, in
//! front of a mock.

#![expect(clippy::unwrap_used, reason = "in a story, what is not there fails it")]

mod okta;
mod real;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use e2e::{service::Service, story::keep_panics_quiet, theatre::Theatre};
use libtest_mimic::{Arguments, Trial};
use okta::Widget;

/// Where cargo lets tests write.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let theatre = match Theatre::open(Path::new(SCRATCH), args.list) {
        Ok(theatre) => Arc::new(theatre),
        Err(error) => {
            let _ = writeln!(io::stderr(), "\n{error}\n");
            return ExitCode::FAILURE;
        }
    };
    let service = Service::from_environment();
    if let (Err(missing), false) = (&service, args.list) {
        let _ = writeln!(io::stderr(), "The real service is not tried: {missing}.");
    }
    let mut stories = vec![real_service(&theatre, service)];
    for widget in Widget::ALL {
        stories.push(stand_in(&theatre, widget, "signs_in", okta::signs_in));
        stories.push(stand_in(&theatre, widget, "wrong_password", okta::is_told_of_a_wrong_password));
    }
    stories.push(stand_in(&theatre, Widget::SecondFactor, "is_told", okta::is_told_of_a_second_factor));
    keep_panics_quiet();
    let conclusion = libtest_mimic::run(&args, stories);
    theatre.close();
    conclusion.exit_code()
}

/// The story of the real service. It is ignored where no variables name it, and fails if it is to be told nevertheless.
fn real_service(theatre: &Arc<Theatre>, service: Result<Service, String>) -> Trial {
    const NAME: &str = "real_service::signs_in";
    let theatre = theatre.clone();
    let is_missing = service.is_err();
    Trial::test(NAME, move || {
        let service = service?;
        let told = theatre.act(async |stage| {
            stage
                .tell_with(NAME, service.stack_args(), async |story| real::signs_in(story, &service).await)
                .await
        });
        Ok(told?)
    })
    .with_ignored_flag(is_missing)
}

/// A story of a server that stands in for the real one.
fn stand_in(
    theatre: &Arc<Theatre>,
    widget: Widget,
    what: &str,
    story: impl AsyncFnOnce(&e2e::story::Story<'_>, &Service) + Send + 'static,
) -> Trial {
    let theatre = theatre.clone();
    let name = format!("{}::{what}", widget.name());
    Trial::test(name.clone(), move || {
        let told = theatre.act(async |stage| {
            let stand_in = okta::StandIn::start(widget).await;
            let service = stand_in.service();
            stage.tell_with(&name, service.stack_args(), async |told| story(told, &service).await).await
        });
        Ok(told?)
    })
}
