//! Which test proves which row of the case list, and which rows have none because nothing here answers them.
//!
//! The rows are those of the authorization endpoint, the metadata and keys, logout, sessions and issuers. A proof that
//! is named here is a test, or the list fails. X10 is proved where it is decided, in the tests of `config.rs`.

use std::collections::BTreeSet;

/// Rows that do not apply, with the reason.
const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("X03", "a mock that stops closes its connections; being overloaded is a fault that a test plants"),
    ("X12", "private_key_jwt is not offered, and the metadata does not name it"),
    ("X13", "the device flow is not offered, and the metadata names no endpoint for it"),
];

/// Rows and the tests that prove them: file and function.
const PROVED: &[(&str, &str)] = &[
    ("A01", "authorize::no_client_id_ends_on_a_page"),
    ("A02", "authorize::an_unknown_client_id_ends_on_a_page"),
    ("A03", "authorize::with_another_host"),
    ("A04", "authorize::with_another_path"),
    ("A06", "authorize::with_an_added_query"),
    ("A07", "authorize::with_a_host_that_has_a_suffix"),
    ("A08", "authorize::with_the_host_as_user_name"),
    ("A10", "authorize::with_another_port"),
    ("A11", "authorize::with_another_scheme"),
    ("A13", "authorize::with_a_fragment"),
    ("A16", "authorize::no_redirect_uri_ends_on_a_page_even_with_one_registered"),
    ("A17", "authorize::two_redirect_uris_end_on_a_page_in_either_order"),
    ("A18", "authorize::a_page_shows_what_came_as_text"),
    ("A20", "authorize::no_response_type_is_told_at_the_callback"),
    ("A21", "authorize::an_unknown_response_type_is_told_at_the_callback"),
    ("A22", "authorize::tokens_for_an_app_without_the_implicit_grant_are_refused_in_the_fragment"),
    ("A23", "authorize::an_unknown_scope_beside_openid_is_refused_and_the_nearest_named"),
    ("A24", "authorize::characters_outside_the_grammar_of_scopes_are_refused"),
    ("A25", "authorize::scope_twice_is_refused"),
    ("A26", "authorize::state_twice_is_refused_and_neither_comes_back"),
    ("A27", "authorize::response_type_twice_is_refused"),
    ("A29", "sessions::prompt_none_without_a_session_is_told_that_a_login_is_required"),
    ("A30", "sessions::prompt_none_stands_alone"),
    ("A33", "authorize::registration_on_the_fly_is_not_supported"),
    ("A34", "authorize::an_unknown_code_challenge_method_is_refused"),
    ("A35", "authorize::a_code_challenge_of_ten_characters_is_refused"),
    ("A36", "authorize::a_code_challenge_outside_the_alphabet_is_refused"),
    ("A37", "authorize::plain_pkce_is_not_offered_said_or_meant"),
    ("A38", "authorize::a_public_app_has_to_send_a_code_challenge"),
    ("A40", "sessions::prompt_login_asks_for_the_password_again"),
    ("A40", "sessions::max_age_zero_asks_for_the_password_again"),
    ("A42", "authorize::a_posted_request_is_served_as_one_by_get_is"),
    ("A43", "authorize::an_unknown_parameter_is_ignored"),
    ("A44", "authorize::display_locales_acr_values_and_login_hint_cause_no_error"),
    ("A46", "authorize::without_state_in_the_request_there_is_none_in_the_answer"),
    ("A47", "authorize::no_response_type_is_told_at_the_callback"),
    ("A48", "metadata::iss_on_the_callback_is_promised_where_every_app_gets_it"),
    ("A50", "authorize::twenty_codes_are_different_and_have_room_for_128_bits"),
    ("A51", "pages::no_page_may_be_framed"),
    ("A52", "pages::no_page_is_cached_or_leaks_its_address"),
    ("A53", "sign_in::after_the_form_the_browser_comes_by_get_and_without_the_password"),
    ("A54", "authorize::no_page_of_another_origin_reads_the_authorization_endpoint"),
    ("A55", "authorize::other_methods_are_not_allowed"),
    ("A57", "sign_in::a_form_without_the_browsers_cookie_signs_nobody_in"),
    ("A57", "sign_in::a_form_for_no_page_signs_nobody_in"),
    ("A58", "sign_in::cookies_are_for_this_issuer_and_for_no_script_and_no_other_site"),
    ("A58", "sign_in::cookies_are_secure_over_https"),
    ("D01", "metadata::issuer_is_the_address_that_was_asked_for"),
    ("D02", "metadata::required_members_are_there_and_no_array_is_empty"),
    ("D03", "metadata::each_document_stands_at_the_path_of_rfc_8414_too"),
    ("D05", "keys::nothing_private_is_shown_and_each_kid_stands_once"),
    ("D06", "metadata::every_page_may_read_the_metadata"),
    ("D06", "keys::every_page_may_read_the_keys"),
    ("J03", "sessions::with_max_age_the_id_token_says_when_the_password_was_typed"),
    ("X01", "sign_in::cancel_ends_in_access_denied"),
    ("X02", "sign_in::a_wrong_password_and_an_unknown_user_get_the_same_page"),
    ("X04", "sign_in::a_page_that_was_left_open_too_long_is_over"),
    ("X09", "authorize::a_loopback_callback_of_a_native_app_has_any_port"),
    ("X14", "logout::an_unregistered_address_is_not_gone_on_to"),
    ("X15", "logout::a_forged_hint_is_refused"),
    ("X17", "implicit::tokens_never_come_in_the_query"),
    // What Okta answers, where the standards leave it open.
    ("no state", "authorize::state_is_demanded_from_apps_of_dialect_fortellis"),
    ("no nonce", "implicit::no_nonce_is_told_in_the_fragment"),
    ("no scope", "authorize::no_scope_is_refused"),
    ("unknown path", "authorize::an_unknown_path_below_an_issuer_gets_oktas_envelope"),
    ("unknown issuer", "issuers::strict_issuers_are_not_made_and_every_endpoint_says_so"),
    ("impossible issuer", "issuers::a_name_that_cannot_be_gets_oktas_404"),
    ("logout without a hint", "logout::no_hint_is_refused"),
];

/// The files that the list names, as they are written.
const FILES: &[(&str, &str)] = &[
    ("authorize", include_str!("authorize.rs")),
    ("implicit", include_str!("implicit.rs")),
    ("issuers", include_str!("issuers.rs")),
    ("keys", include_str!("keys.rs")),
    ("logout", include_str!("logout.rs")),
    ("metadata", include_str!("metadata.rs")),
    ("pages", include_str!("pages.rs")),
    ("sessions", include_str!("sessions.rs")),
    ("sign_in", include_str!("sign_in.rs")),
];

#[test]
fn each_proof_that_is_named_is_a_test() {
    for (row, proof) in PROVED {
        let (file, test) = proof.split_once("::").unwrap();
        let (_, source) = FILES.iter().find(|(name, _)| name == &file).unwrap();
        let written = format!("async fn {test}() {{");
        let at = source.find(&written).unwrap_or_else(|| panic!("{row}: there is no {proof}"));
        assert!(source[..at].trim_end().ends_with("#[tokio::test]"), "{row}: {proof} is no test");
    }
}

#[test]
fn no_row_is_both_proved_and_not_applicable() {
    let proved: BTreeSet<&str> = PROVED.iter().map(|(row, _)| *row).collect();
    for (row, reason) in NOT_APPLICABLE {
        assert!(!proved.contains(row), "{row}");
        assert!(reason.len() > 20, "{row} needs a reason");
    }
}
