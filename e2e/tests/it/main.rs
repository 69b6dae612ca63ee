//! The browser suite: a person uses the tutorial in a browser, one file a scenario.
//!
//! `cargo test -p e2e` runs all of them, `cargo test -p e2e reload` those with `reload` in their name. They run side by
//! side; each has its own programs on free ports, its own issuer and its own browser with an empty profile.

#![expect(clippy::unwrap_used, reason = "a missing value fails the scenario")]

mod accessible;
mod already_signed_in;
mod as_written;
mod authorization_server_down;
mod back_button;
mod calls_the_api;
mod cancels;
mod code_expires;
mod code_replayed;
mod error_in_the_url;
mod faults;
mod foreign_page;
mod keyboard;
mod phone;
mod proxy_down;
mod real_service;
mod refused_by_the_gateway;
mod reloads;
mod signs_in;
mod signs_out;
mod state_forged;
mod two_tabs;
mod without_javascript;
mod wrong_password;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use e2e::{harness::Harness, scenario::keep_panics_quiet};
use libtest_mimic::{Arguments, Trial};

/// Where cargo lets tests write.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// Makes a test of each scenario.
macro_rules! scenarios {
    ($harness:expr; $($file:ident::$scenario:ident,)*) => {
        vec![$({
            let harness = $harness.clone();
            let name = concat!(stringify!($file), "::", stringify!($scenario));
            Trial::test(name, move || Ok(harness.run(name, $file::$scenario)?))
        },)*]
    };
}

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    // A scenario spends half of its time waiting for its browser.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    args.test_threads.get_or_insert(2 * cores);
    let harness = match Harness::start(Path::new(SCRATCH), args.list) {
        Ok(harness) => Arc::new(harness),
        Err(error) => {
            let _ = writeln!(io::stderr(), "\n{error}\n");
            return ExitCode::FAILURE;
        }
    };
    let scenarios = scenarios! { harness;
        accessible::as_the_control_apis_description,
        accessible::in_light_and_dark,
        accessible::on_a_phone,
        already_signed_in::goes_straight_through,
        as_written::by_hand_with_curl,
        as_written::on_the_tutorials_own_ports,
        as_written::with_a_flask_proxy_and_the_page,
        authorization_server_down::before_the_code_is_redeemed,
        back_button::shows_the_tokens_still,
        calls_the_api::both_ways,
        cancels::and_is_told_so,
        code_expires::before_the_proxy_redeems_it,
        code_replayed::by_a_thief_who_was_faster,
        error_in_the_url::is_shown_and_not_followed,
        faults::in_the_answer_to_the_code,
        faults::in_the_callback,
        faults::in_the_tokens_are_for_the_api_to_notice,
        faults::with_another_persons_code,
        foreign_page::has_the_proxy_call_no_api,
        foreign_page::neither_reads_nor_changes_anything,
        foreign_page::under_a_rebound_name_is_told_nothing,
        keyboard::alone_is_enough,
        phone::shows_all_of_it,
        phone::shows_all_of_the_control_api,
        proxy_down::then_up_and_sign_in_again,
        real_service::is_sent_what_the_tutorial_sends,
        real_service::needs_credentials_of_its_own,
        refused_by_the_gateway::for_its_path_and_its_quota,
        refused_by_the_gateway::for_its_subscription,
        refused_by_the_gateway::for_its_token,
        refused_by_the_gateway::for_the_audience_of_its_token,
        refused_by_the_gateway::when_its_token_has_expired,
        reloads::and_stays_signed_in,
        reloads::and_stays_failed,
        signs_in::and_sees_the_tokens,
        signs_out::of_the_page_and_of_the_server,
        state_forged::and_the_code_is_not_sent,
        two_tabs::at_once,
        without_javascript::the_sign_in_page_works,
        wrong_password::then_the_right_one,
    };
    keep_panics_quiet();
    let conclusion = libtest_mimic::run(&args, scenarios);
    harness.stop();
    conclusion.exit_code()
}
