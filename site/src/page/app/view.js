// What the page shows. One function per state: each sets `data-state`, the title, and the text for screen readers. Text
// from other sources is inserted as text, never as HTML.

import { tabs } from "./tabs.js";
import { decode, duration, times } from "./token.js";

const $ = (id) => document.getElementById(id);

/** Calls `action` when the button is pressed. */
export function on(id, action) {
  $(id).addEventListener("click", () => action());
}

/** The person is on the way to the sign-in page; the link is for the case that the redirect fails. */
export function redirecting(url) {
  enter("redirecting", "Taking you to sign in", "The sign-in page is loading.");
  $("continue").href = url;
}

/** The code is with the proxy. */
export function exchanging() {
  enter("exchanging", "Getting your tokens", "The proxy exchanges the code for tokens.");
}

/** Something went wrong: what, and what to do about it. */
export function failed({ title, text, remedy, error, description }) {
  enter("failed", title, "You are not signed in.");
  const said = [["Error", error], ["Description", description]].filter(([, value]) => value);
  const facts = element("dl", { className: "facts" }, ...rows(said));
  const parts = [element("p", {}, text), facts, element("p", {}, remedy)];
  $("error").replaceChildren(...parts.filter((part) => part.hasChildNodes()));
  $("sign-in").textContent = "Sign in again";
  arrive();
}

const SIGNED_OUT = {
  everywhere: () => "You are signed out here and at the authorization server.",
  leaving: (issuer) => `You are signed out here. ${issuer} did not confirm that you are signed out there, too.`,
  here: (issuer) =>
    `You are signed out here. Your session at ${issuer} continues: signing in may not ask for your password.`,
};

/** The tokens are deleted; `how` says where the session has ended. */
export function signedOut(how, issuer) {
  enter("signed-out", "Signed out", SIGNED_OUT[how](issuer));
  $("sign-in").textContent = "Sign in";
  arrive();
}

/** The tokens, decoded, and what can be done with them. `at` is when they arrived, in milliseconds. */
export function signedIn(answer, at) {
  const claims = token("access", answer.access_token);
  token("id", answer.id_token);
  enter("signed-in", "Signed in", claims?.sub ? `You are signed in as ${claims.sub}.` : "You are signed in.");
  $("scope").textContent = answer.scope ?? "as asked for";
  $("sign-in").textContent = "Sign in again";
  clearApiAnswers();
  expiry(at, answer.expires_in);
  arrive();
}

/** Fills in the card of a token, and returns its claims. */
function token(kind, value) {
  $(`${kind}-section`).hidden = !value;
  if (!value) return null;
  const jwt = decode(value);
  const parts = jwt ? value.split(".") : [value];
  const colored = parts.map((part, index) => element("span", { className: `part-${index}` }, part));
  $(`${kind}-token`).replaceChildren(...colored.flatMap((part, index) => (index ? [".", part] : [part])));
  $(`${kind}-decoded`).hidden = !jwt;
  if (!jwt) return null;
  $(`${kind}-jwt-header`).textContent = JSON.stringify(jwt.header, null, 2);
  $(kind === "access" ? "claims" : "id-claims").textContent = JSON.stringify(jwt.claims, null, 2);
  $(`${kind}-times`).replaceChildren(...rows(times(jwt.claims, Date.now())));
  return jwt.claims;
}

/** Removes the tokens and the API's answers from the page: hidden, they could still be read or copied. */
function forgetTokens() {
  clearApiAnswers();
  for (const kind of ["access", "id"]) {
    for (const part of ["token", "jwt-header", "times"]) $(`${kind}-${part}`).replaceChildren();
  }
  $("claims").replaceChildren();
  $("id-claims").replaceChildren();
}

let ticking;

/** Counts down beside the token. Screen readers announce only the end. */
function expiry(at, expiresIn) {
  const tick = () => {
    const left = Math.ceil(at / 1000 + expiresIn - Date.now() / 1000);
    $("expires-in").textContent = left > 0 ? `expires in ${duration(left)}` : "has expired";
    if (left > 0) return;
    clearInterval(ticking);
    offerNewToken("The access token has expired: sign in again for a new one.");
  };
  if (!Number.isFinite(expiresIn)) {
    $("expires-in").textContent = "does not say when it expires";
    return;
  }
  ticking = setInterval(tick, 1000);
  tick();
}

/** Says what is wrong with the token, and offers to sign in again. */
function offerNewToken(why) {
  $("status").textContent = why;
  document.body.dataset.expired = "";
}

tabs(document.querySelector("[role=tablist]"));

/** The two ways to call the API: the button, and where the answer is shown. */
const WAYS = { browser: ["call-api", "api-answer"], backend: ["call-api-backend", "api-answer-backend"] };

/** Makes the call of the chosen way when the form is sent, and shows its result. */
export function onApiCall(calls) {
  const calling = new Set();
  $("api-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    // Enter in a field also sends the form, without a button.
    const way = $("tab-backend").getAttribute("aria-selected") === "true" ? "backend" : "browser";
    if (calling.has(way)) return;
    calling.add(way);
    const [button, answer] = WAYS[way].map($);
    clearApiAnswer(answer);
    // Not disabled: the button would lose the focus.
    button.setAttribute("aria-disabled", "true");
    const said = await calls[way]({
      path: $("api-path").value,
      subscriptionId: $("subscription-id").value.trim(),
    });
    button.removeAttribute("aria-disabled");
    calling.delete(way);
    // After a sign-out in the meantime, the answer is not shown.
    if (document.body.dataset.state !== "signed-in") return;
    showApiAnswer(answer, said);
    // The API's clock decides, or the token was revoked: by this page's clock it may still be valid.
    if (way === "browser" && said.refusesToken) {
      offerNewToken("The API refused the access token: sign in again for a new one.");
    }
  });
}

function clearApiAnswers() {
  for (const [, answer] of Object.values(WAYS)) clearApiAnswer($(answer));
}

function clearApiAnswer(answer) {
  for (const part of answer.children) part.replaceChildren();
}

function showApiAnswer(answer, { request, sent, status, ok, received, body, problem }) {
  const [summary, detail] = answer.children;
  const outcome = element("span", { className: ok ? "good" : "bad" }, status ?? "No answer");
  summary.replaceChildren(element("code", {}, request), " → ", outcome);
  const facts = (pairs) => element("dl", { className: "facts" }, ...rows(pairs));
  detail.replaceChildren(
    element("h3", {}, "Sent"),
    facts(sent),
    element("h3", {}, "Received"),
    ...(problem ? [element("p", {}, problem)] : [facts(received), element("pre", {}, body || "(an empty body)")]),
  );
}

/** Looks up subscriptions when the button is pressed, takes the first active one, and offers the others. */
export function onLookUp(find) {
  on("find-subscription", async () => {
    $("subscription-note").textContent = "";
    const { subscriptions, problem } = await find();
    $("subscription-note").textContent = problem ?? offer(subscriptions);
  });
}

function offer(subscriptions) {
  const options = subscriptions.map(({ subscriptionId, orgName, status }) =>
    element("option", { value: subscriptionId, label: `${orgName} (${status})` }),
  );
  $("subscriptions").replaceChildren(...options);
  const taken = subscriptions.find(({ status }) => status === "active");
  if (!taken) return "No dealer has an active subscription to the app.";
  $("subscription-id").value = taken.subscriptionId;
  const more = subscriptions.length - 1;
  return `The subscription of ${taken.orgName}.${more ? ` The field offers ${more} more.` : ""}`;
}

/** The settings at the foot of the page. */
export function settings(config) {
  $("subscription-id").value = config.subscription_id;
  $("settings").replaceChildren(
    ...rows([
      ["Authorization server", config.issuer],
      ["API Key", config.api_key],
      ["Callback URL", config.redirect_uri],
      ["Scope", config.scope],
      ["Proxy", config.proxy_url],
      ["API", config.api_url],
      ["Subscription-Id", config.subscription_id],
    ]),
  );
  $("foot").hidden = false;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button.dataset.copy));
}

/** Copies a token; where the browser forbids it, the token is selected instead. */
async function copy(id) {
  $("copied").textContent = "";
  try {
    await navigator.clipboard.writeText($(id).textContent);
    $("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren($(id));
    $("copied").textContent = "Selected: press Ctrl+C or ⌘C to copy.";
  }
}

/** Enters a state. The style sheet shows what belongs to it, by `data-state`. */
function enter(state, title, status) {
  clearInterval(ticking);
  delete document.body.dataset.expired;
  $("error").replaceChildren();
  $("copied").textContent = "";
  if (state !== "signed-in") forgetTokens();
  document.title = `${title} – Authorization code tutorial`;
  $("heading").textContent = title;
  $("status").textContent = status;
  for (const step of document.querySelectorAll("[data-step]")) {
    if (step.dataset.step === state) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  document.body.dataset.state = state;
}

/** Moves the focus of keyboard and screen reader to the change. */
function arrive() {
  $("heading").focus({ preventScroll: true });
}

function rows(pairs) {
  return pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
