// The page: it opens, reads its address and the tab's memory, and takes the next step. It is the tutorial's script, with
// a state that is checked, a code that is sent once, and a way to continue after every failure.

import * as failure from "./app/failure.js";
import { callFromBrowser, callThroughBackend, findSubscriptions, redeem } from "./app/http.js";
import { authorizeUrl, decide, logoutUrl, readAnswer, withoutAnswer } from "./app/sign-in.js";
import * as view from "./app/view.js";

/** This tab's memory. Other tabs have their own, so each can sign in by itself. */
const memory = {
  KEY: "fortellis-sign-in",
  get: () => JSON.parse(sessionStorage.getItem(memory.KEY)),
  set: (phase) => sessionStorage.setItem(memory.KEY, JSON.stringify(phase)),
};

/** The content of `/config.json`, once it has been read. */
let config;

view.on("sign-in", startOver);
view.on("sign-out", signOut);
view.onApiCall({
  browser: ({ path, subscriptionId }) =>
    callFromBrowser(path, { accessToken: memory.get().answer.access_token, subscriptionId }, config),
  backend: ({ path }) => callThroughBackend(path, config),
});
view.onLookUp(() => findSubscriptions(config));
// A page restored from the browser's cache must not show an old state (the person may have signed out).
addEventListener("pageshow", (event) => event.persisted && open());
await open();

/** Takes the step that follows from address and memory. */
async function open() {
  try {
    const answer = takeAnswer();
    config ??= await readConfig();
    view.settings(config);
    if (isElsewhere()) return;
    await follow(decide(answer, memory.get(), config.issuer));
  } catch (error) {
    view.failed(error.failure ?? failure.unexpected(error));
  }
}

/** Reads the answer in the address, and removes it before history, bookmarks or scripts can see it. */
function takeAnswer() {
  const answer = readAnswer(location.search);
  if (answer) history.replaceState(null, "", withoutAnswer(location));
  if (answer?.code) console.log("This is the code in the URL: " + answer.code);
  return answer;
}

async function readConfig() {
  try {
    const response = await fetch("/config.json", { cache: "no-store" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } catch (error) {
    throw Object.assign(error, { failure: failure.siteUnreachable(error.message) });
  }
}

/**
 * Whether the answer of a sign-in would arrive at another origin, which does not know this tab's state. Where only the
 * name of this machine differs (127.0.0.1 for localhost), the page moves there; otherwise it reports it.
 */
function isElsewhere() {
  const callback = new URL(config.redirect_uri);
  if (callback.origin === location.origin) return false;
  if (callback.protocol === location.protocol && callback.port === location.port) {
    location.replace(callback.origin);
  } else {
    view.failed(failure.elsewhere(location.origin, config.redirect_uri));
  }
  return true;
}

async function follow(decision) {
  switch (decision.step) {
    case "redirect":
      return startOver();
    case "exchange":
      return exchange(decision.code);
    case "fail":
      return fail(decision.failure);
    case "confirm-sign-out":
      memory.set({ phase: "signed-out", how: "everywhere" });
      return show();
    case "show":
      return show();
  }
}

/** Sends the person to sign in, with a random state. */
function startOver() {
  const state = crypto.randomUUID();
  memory.set({ phase: "redirecting", state });
  const url = authorizeUrl(config, state);
  view.redirecting(url);
  // Without a history entry: Back leads to where the person came from, not to another redirect.
  location.replace(url);
}

/** Posts the code once: from now on the memory has its state as used. */
async function exchange(code) {
  const { state } = memory.get();
  memory.set({ phase: "exchanging", state });
  view.exchanging();
  const { answer, failure } = await redeem(code, config);
  if (failure) return fail(failure);
  memory.set({ phase: "signed-in", state, answer, at: Date.now() });
  show();
}

function fail(failure) {
  memory.set({ phase: "failed", state: memory.get()?.state, failure });
  show();
}

/** Shows the state in the tab's memory. */
function show() {
  const remembered = memory.get();
  switch (remembered.phase) {
    case "signed-in":
      return view.signedIn(remembered.answer, remembered.at);
    case "failed":
      return view.failed(remembered.failure);
    case "signed-out":
      return view.signedOut(remembered.how, config.issuer);
  }
}

/**
 * Deletes the tokens, and has a server on this machine end its session too. A real one would have to know this address
 * to return to, which the tutorial does not register, so its session continues, and the page says so.
 */
function signOut() {
  const idToken = memory.get().answer?.id_token;
  if (!config.loopback || !idToken) {
    memory.set({ phase: "signed-out", how: "here" });
    return show();
  }
  const state = crypto.randomUUID();
  memory.set({ phase: "signed-out", state, how: "leaving" });
  location.replace(logoutUrl(config, idToken, state));
}
