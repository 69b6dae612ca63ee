//! The names of the rules, by the place where a request is refused. Tests and filters compare them, so they never
//! change.

/// Declares the names, and the list of them for the tests.
macro_rules! names {
    ($($name:ident = $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*

        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($text),*];
    };
}

names! {
    // Any request.
    REQUEST_UNREADABLE = "request_unreadable";
    PARAMETER_REPEATED = "parameter_repeated";
    PARAMETER_MISSING = "parameter_missing";
    BODY_TOO_LARGE = "body_too_large";
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported";
    METHOD_NOT_ALLOWED = "method_not_allowed";
    // The authorization endpoint.
    CLIENT_ID_MISSING = "client_id_missing";
    REDIRECT_URI_MISSING = "redirect_uri_missing";
    REDIRECT_URI_UNREGISTERED = "redirect_uri_unregistered";
    RESPONSE_TYPE_MISSING = "response_type_missing";
    RESPONSE_TYPE_UNSUPPORTED = "response_type_unsupported";
    RESPONSE_TYPE_NOT_ALLOWED = "response_type_not_allowed";
    RESPONSE_MODE_UNSUPPORTED = "response_mode_unsupported";
    RESPONSE_MODE_QUERY_FOR_TOKEN = "response_mode_query_for_token";
    SCOPE_MISSING = "scope_missing";
    SCOPE_MALFORMED = "scope_malformed";
    SCOPE_UNKNOWN = "scope_unknown";
    SCOPE_OPENID_MISSING = "scope_openid_missing";
    STATE_MISSING = "state_missing";
    NONCE_MISSING = "nonce_missing";
    PROMPT_UNKNOWN = "prompt_unknown";
    PROMPT_NONE_WITH_OTHERS = "prompt_none_with_others";
    MAX_AGE_MALFORMED = "max_age_malformed";
    CODE_CHALLENGE_MISSING = "code_challenge_missing";
    CODE_CHALLENGE_METHOD_UNSUPPORTED = "code_challenge_method_unsupported";
    CODE_CHALLENGE_MALFORMED = "code_challenge_malformed";
    REQUEST_UNSUPPORTED = "request_unsupported";
    REQUEST_URI_UNSUPPORTED = "request_uri_unsupported";
    REGISTRATION_UNSUPPORTED = "registration_unsupported";
    ID_TOKEN_HINT_INVALID = "id_token_hint_invalid";
    LOGIN_REQUIRED = "login_required";
    // The sign-in page.
    SIGN_IN_UNKNOWN = "sign_in_unknown";
    SIGN_IN_ELSEWHERE = "sign_in_elsewhere";
    SIGNED_IN_AS_ANOTHER = "signed_in_as_another";
    CANCELLED = "cancelled";
    // Client authentication.
    CLIENT_UNKNOWN = "client_unknown";
    CLIENT_CREDENTIALS_MISSING = "client_credentials_missing";
    CLIENT_CREDENTIALS_UNDECODABLE = "client_credentials_undecodable";
    CLIENT_CREDENTIALS_TWICE = "client_credentials_twice";
    CLIENT_CREDENTIALS_IN_QUERY = "client_credentials_in_query";
    CLIENT_ID_EMPTY = "client_id_empty";
    CLIENT_SECRET_MISSING = "client_secret_missing";
    CLIENT_SECRET_WRONG = "client_secret_wrong";
    CLIENT_SECRET_UNEXPECTED = "client_secret_unexpected";
    CLIENT_ID_MISMATCH = "client_id_mismatch";
    // The token endpoint.
    BROWSER_ORIGIN_UNREGISTERED = "browser_origin_unregistered";
    PARAMETERS_IN_QUERY = "parameters_in_query";
    GRANT_TYPE_MISSING = "grant_type_missing";
    GRANT_TYPE_UNSUPPORTED = "grant_type_unsupported";
    GRANT_NOT_ALLOWED = "grant_not_allowed";
    CODE_UNKNOWN = "code_unknown";
    CODE_REPLAYED = "code_replayed";
    CODE_EXPIRED = "code_expired";
    CODE_OF_ANOTHER_APP = "code_of_another_app";
    REDIRECT_URI_MISMATCH = "redirect_uri_mismatch";
    CODE_VERIFIER_MISSING = "code_verifier_missing";
    CODE_VERIFIER_WRONG = "code_verifier_wrong";
    CODE_VERIFIER_UNEXPECTED = "code_verifier_unexpected";
    SCOPE_NOT_FOR_APPS = "scope_not_for_apps";
    REFRESH_TOKEN_UNKNOWN = "refresh_token_unknown";
    REFRESH_TOKEN_REVOKED = "refresh_token_revoked";
    REFRESH_TOKEN_REUSED = "refresh_token_reused";
    REFRESH_TOKEN_EXPIRED = "refresh_token_expired";
    REFRESH_TOKEN_OF_ANOTHER_APP = "refresh_token_of_another_app";
    SCOPE_WIDENED = "scope_widened";
    // Access tokens.
    BEARER_MISSING = "bearer_missing";
    BEARER_TWICE = "bearer_twice";
    BEARER_SCOPE = "bearer_scope";
    BEARER_MALFORMED = "bearer_malformed";
    BEARER_SIGNATURE = "bearer_signature";
    BEARER_NOT_ACCESS_TOKEN = "bearer_not_access_token";
    BEARER_ISSUER = "bearer_issuer";
    BEARER_EXPIRED = "bearer_expired";
    BEARER_NOT_YET_VALID = "bearer_not_yet_valid";
    BEARER_REVOKED = "bearer_revoked";
    // The logout endpoint.
    ID_TOKEN_HINT_MISSING = "id_token_hint_missing";
    ID_TOKEN_HINT_OF_ANOTHER_APP = "id_token_hint_of_another_app";
    POST_LOGOUT_REDIRECT_URI_UNREGISTERED = "post_logout_redirect_uri_unregistered";
    // The API gateway.
    API_UNKNOWN = "api_unknown";
    AUTHORIZATION_MISSING = "authorization_missing";
    AUTHORIZATION_REPEATED = "authorization_repeated";
    AUTHORIZATION_MALFORMED = "authorization_malformed";
    SIMULATOR_SECRET_WRONG = "simulator_secret_wrong";
    SECRET_OUTSIDE_SIMULATOR = "secret_outside_simulator";
    TOKEN_AUDIENCE = "token_audience";
    API_NOT_ADDED = "api_not_added";
    SUBSCRIPTION_MISSING = "subscription_missing";
    SUBSCRIPTION_REPEATED = "subscription_repeated";
    SUBSCRIPTION_UNKNOWN = "subscription_unknown";
    SUBSCRIPTION_OF_ANOTHER_APP = "subscription_of_another_app";
    SUBSCRIPTION_INACTIVE = "subscription_inactive";
    PAYLOAD_TOO_BIG = "payload_too_big";
    QUOTA_EXCEEDED = "quota_exceeded";
}
