//! From a reply to a whole answer: tokens are signed here, outside of the lock, and a fault changes the content.

use http::StatusCode;
use serde_json::json;

use super::document;
use crate::{
    dialect::Dialect,
    endpoint::{
        reply::{Answer, GatewayAnswer},
        request::Request,
    },
    fault::{AnswerFault, CallbackChange, DocumentFault, Kind, TokenFault},
    grant::Issuance,
    interaction::{Gives, Granted},
    issuer::Issuer,
    protocol::redirect_uri::RedirectUri,
    respond::{
        CallbackTarget, Parameters, Response, bearer_error, gateway_error, gateway_json, html,
        json as json_answer, no_store, oauth_error, redirect, refusal_page, with_request_id,
    },
};

/// Writes an answer. `fault` is one that changes its content.
pub(super) fn answer(answer: Answer, request: &Request, fault: Option<&Kind>, issuer: &Issuer) -> Response {
    match answer {
        Answer::Keys => document::keys(issuer, fault),
        Answer::Metadata { document, iss_parameter } => {
            document::metadata(issuer, document, iss_parameter, fault)
        }
        Answer::Json(value) => no_store(json_answer(StatusCode::OK, &value)),
        Answer::Userinfo(claims) => no_store(match fault {
            Some(Kind::Document(DocumentFault::Userinfo(change))) => {
                json_answer(StatusCode::OK, &change.on(json!(claims)))
            }
            _ => json_answer(StatusCode::OK, &claims),
        }),
        Answer::Tokens(issuance) => {
            no_store(json_answer(StatusCode::OK, &issuer.sign(*issuance, of_tokens(fault))))
        }
        Answer::Granted(granted) => granted_at_callback(*granted, request, fault, issuer),
        Answer::CallbackError { callback, refusal, dialect } => {
            let callback = CallbackTarget { to: &callback, dialect, issuer: issuer.url() };
            callback.send(&request.method, &callback.refused(&refusal))
        }
        Answer::Redirect { uri, state } => signed_out(&uri, state, request, fault),
        Answer::SignIn(status, page) => html(status, &*page),
        Answer::Faults(page) => html(StatusCode::OK, &page),
        Answer::SignedOut(page) => html(StatusCode::OK, &page),
        Answer::RefusalPage(refusal, dialect) => refusal_page(&refusal, dialect),
        Answer::Error { refusal, dialect, error_id } => oauth_error(&refusal, dialect, error_id),
        // A challenge has one form in every dialect, and no room for Okta's envelope.
        Answer::BearerError(refusal) => bearer_error(&refusal, Dialect::Oidc),
        Answer::Written(response) => response,
        Answer::Gateway { answer, request_id } => {
            let response = match answer {
                GatewayAnswer::Resource(status, body) => gateway_json(status, body.as_ref()),
                GatewayAnswer::Json(body) => no_store(json_answer(StatusCode::OK, &body)),
                GatewayAnswer::Refused(refusal) => gateway_error(&refusal, issuer.gateway()),
            };
            with_request_id(response, &request_id)
        }
    }
}

fn of_tokens(fault: Option<&Kind>) -> Option<&TokenFault> {
    match fault {
        Some(Kind::Token(fault)) => Some(fault),
        _ => None,
    }
}

fn of_callback(fault: Option<&Kind>) -> Option<CallbackChange> {
    match fault {
        Some(Kind::Callback(change)) => Some(*change),
        _ => None,
    }
}

fn granted_at_callback(
    granted: Granted,
    request: &Request,
    fault: Option<&Kind>,
    issuer: &Issuer,
) -> Response {
    let Granted { callback, gives, dialect } = granted;
    let callback = CallbackTarget { to: &callback, dialect, issuer: issuer.url() };
    let params = if let Some(Kind::Answer(AnswerFault::OAuthError(error))) = fault {
        callback.faulty(error)
    } else {
        let given = match gives {
            Gives::Code(code) => vec![("code", code.expose().to_owned())],
            Gives::Tokens(issuance) => tokens(*issuance, of_tokens(fault), issuer),
        };
        changed(callback.answered(given), fault)
    };
    callback.send(&request.method, &params)
}

/// The redirect after signing out carries `state` or nothing.
fn signed_out(uri: &RedirectUri, state: Option<String>, request: &Request, fault: Option<&Kind>) -> Response {
    let params = changed(state.map(|state| ("state", state)).into_iter().collect(), fault);
    let uri = uri.as_str();
    if params.is_empty() {
        return redirect(&request.method, uri);
    }
    let separator = if uri.contains('?') { '&' } else { '?' };
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    let encoded = encoded.extend_pairs(params.iter().map(|(name, value)| (name, value))).finish();
    redirect(&request.method, &format!("{uri}{separator}{encoded}"))
}

fn changed(params: Parameters, fault: Option<&Kind>) -> Parameters {
    match of_callback(fault) {
        Some(change) => change.on(params),
        None => params,
    }
}

/// Signed tokens in the order of Fortellis' fragment (RFC 6749 §4.2.2).
fn tokens(issuance: Issuance, fault: Option<&TokenFault>, issuer: &Issuer) -> Parameters {
    let signed = issuer.sign(issuance, fault);
    let mut params = Vec::new();
    if let Some(access_token) = signed.access_token {
        params.push(("access_token", access_token));
        params.push(("token_type", signed.token_type.to_owned()));
        params.push(("expires_in", signed.expires_in.seconds().to_string()));
        params.push(("scope", signed.scope));
    }
    if let Some(id_token) = signed.id_token {
        params.push(("id_token", id_token));
    }
    params
}
