// The logic of a sign-in, without a browser: the answer in the address, the tab's memory, and the next step that follows
// from both. Nothing here uses the page, the network or the clock.

import * as failure from "./failure.js";

/** The parameters of an answer (RFC 6749 §4.1.2 and §4.1.2.1, RFC 9207 §2). They are removed from the address bar at once. */
const PARAMETERS = ["code", "state", "error", "error_description", "error_uri", "iss", "session_state"];

/**
 * The answer of the authorization server in a query, or null if there is none.
 * @param {string} query as in `location.search`
 */
export function readAnswer(query) {
  const params = new URLSearchParams(query);
  if (!["code", "error", "state"].some((name) => params.has(name))) return null;
  return {
    code: params.get("code"),
    state: params.get("state"),
    error: params.get("error"),
    description: params.get("error_description"),
    issuer: params.get("iss"),
    repeated: PARAMETERS.find((name) => params.getAll(name).length > 1) ?? null,
  };
}

/** The path and query without the answer: what may stay in the address bar and in the history. */
export function withoutAnswer({ pathname, search }) {
  const params = new URLSearchParams(search);
  for (const name of PARAMETERS) params.delete(name);
  const rest = params.toString();
  return rest ? `${pathname}?${rest}` : pathname;
}

/**
 * What to do when the page opens.
 *
 * The memory is that of one tab, and each phase replaces the one before, so a `state` is accepted once: only while the
 * tab waits for its answer.
 *
 * | phase | members | |
 * |---|---|---|
 * | `redirecting` | `state` | the person was sent to sign in |
 * | `exchanging` | `state` | the code is with the proxy |
 * | `signed-in` | `state`, `answer`, `at` | the tokens, and when they arrived |
 * | `failed` | `state`, `failure` | what went wrong |
 * | `signed-out` | `state`, `how` | by whom: `here`, `leaving`, `everywhere` |
 *
 * @param answer the result of `readAnswer`
 * @param memory one row of the table, or null in a new tab
 * @param {string} issuer the authorization server of the request
 * @returns {{step: "redirect"|"exchange"|"fail"|"show"|"confirm-sign-out", code?: string, failure?: object}}
 */
export function decide(answer, memory, issuer) {
  if (!answer) {
    switch (memory?.phase) {
      case "signed-in":
      case "failed":
      case "signed-out":
        return { step: "show" };
      // The code was removed from the address and its answer never arrived: it may have been used, so it is not resent.
      case "exchanging":
        return { step: "fail", failure: failure.interrupted() };
      default:
        return { step: "redirect" };
    }
  }
  const ours = answer.state !== null && answer.state === memory?.state;
  // The person went back through the sign-in of these tokens. A second code is not needed.
  if (ours && memory.phase === "signed-in") return { step: "show" };
  if (ours && memory.phase === "signed-out") {
    return answer.code === null && answer.error === null
      ? { step: "confirm-sign-out" }
      : { step: "fail", failure: failure.stateUsed() };
  }
  if (answer.repeated) return { step: "fail", failure: failure.repeated(answer.repeated) };
  if (answer.error !== null) {
    return { step: "fail", failure: ours ? failure.refused(answer) : failure.refusedUnasked(answer) };
  }
  if (ours && memory.phase !== "redirecting") return { step: "fail", failure: failure.stateUsed() };
  if (!ours) return { step: "fail", failure: failure.stateForeign(memory?.phase === "redirecting", answer.state) };
  if (answer.issuer !== null && answer.issuer !== issuer) {
    return { step: "fail", failure: failure.issuerForeign(answer.issuer, issuer) };
  }
  if (!answer.code) return { step: "fail", failure: failure.answerEmpty() };
  return { step: "exchange", code: answer.code };
}

/**
 * The address that the tutorial sends people to, character by character: the redirect URI appears in it unchanged, except
 * for characters that would end it or change its meaning.
 */
export function authorizeUrl(config, state) {
  const redirectUri = config.redirect_uri.replace(/[%&#+ ]/g, encodeURIComponent);
  return (
    `${config.issuer}/v1/authorize?client_id=${encodeURIComponent(config.api_key)}&response_type=code` +
    `&scope=${encodeURIComponent(config.scope)}&redirect_uri=${redirectUri}&state=${state}`
  );
}

/** The address that ends the session at the authorization server and returns (RP-Initiated Logout §2). */
export function logoutUrl(config, idToken, state) {
  const params = new URLSearchParams({
    id_token_hint: idToken,
    post_logout_redirect_uri: config.redirect_uri,
    state,
  });
  return `${config.issuer}/v1/logout?${params}`;
}
