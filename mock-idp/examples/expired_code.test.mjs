// With Node and its own test runner: a code that is redeemed after 61 seconds is refused, and nobody has waited.
//
//   node --test expired_code.test.mjs       MOCK_IDP names the binary, if it is not on PATH
//
// Node 20 or later, and nothing else.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { after, before, beforeEach, test } from "node:test";

const apiKey = "TutorialAppKey000000000000000001";
const apiSecret = "tutorialSecret01";
const callback = "http://localhost:8080/";

let mock;
let url;
let issuer;

before(async () => {
  // Port 0 is any free port; the first line on stdout says which, once the mock answers.
  mock = spawn(process.env.MOCK_IDP ?? "mock-idp", ["--addr", "127.0.0.1:0", "--announce", "json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: mock.stdout })) {
    ({ url } = JSON.parse(line));
    break;
  }
});

after(() => mock.kill());

beforeEach(async (context) => {
  // An issuer of this test's own: no other test sees its clock, users or journal.
  issuer = `${url}/oauth2/${context.name.replaceAll(" ", "-")}`;
  await control("PUT", "/sign-in", { mode: "automatic", username: "subscriber@example.com" });
});

/** One call of the control API. */
async function control(method, path, document) {
  const response = await fetch(`${issuer}/_mock${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: document && JSON.stringify(document),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.json();
}

/** What the callback gets when the user signs in. */
async function signIn() {
  const query = new URLSearchParams({
    client_id: apiKey,
    redirect_uri: callback,
    response_type: "code",
    scope: "openid",
    state: "a-state",
  });
  const response = await fetch(`${issuer}/v1/authorize?${query}`, { redirect: "manual" });
  return new URL(response.headers.get("Location")).searchParams.get("code");
}

/** What the token endpoint answers to a code. */
async function redeem(code) {
  const response = await fetch(`${issuer}/v1/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${apiKey}:${apiSecret}`)}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: callback }),
  });
  return { status: response.status, answer: await response.json() };
}

test("a code is worth tokens for a minute", async () => {
  const code = await signIn();
  await control("POST", "/clock/advance", { seconds: 59 });

  const { status, answer } = await redeem(code);

  assert.equal(status, 200);
  assert.equal(answer.token_type, "Bearer");
});

test("an expired code is refused", async () => {
  const code = await signIn();
  await control("POST", "/clock/advance", { seconds: 61 });

  const { status, answer } = await redeem(code);

  assert.equal(status, 400);
  assert.equal(answer.error, "invalid_grant");
  const { entries } = await control("GET", "/journal?endpoint=token");
  assert.deepEqual(entries.map((entry) => entry.refusal.rule), ["code_expired"]);
});
