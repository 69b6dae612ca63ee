"""With Python and pytest: a code that is redeemed after 61 seconds is refused, and nobody has waited.

    pytest test_expired_code.py       MOCK_IDP names the binary, if it is not on PATH

Nothing but the standard library and pytest.
"""

import base64
import json
import os
import subprocess
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

API_KEY = "TutorialAppKey000000000000000001"
API_SECRET = "tutorialSecret01"
CALLBACK = "http://localhost:8080/"


@pytest.fixture(scope="session")
def mock_idp():
    """One mock for all tests, on any free port; its first line on stdout says which, once it answers."""
    command = [os.environ.get("MOCK_IDP", "mock-idp"), "--addr", "127.0.0.1:0", "--announce", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


class Issuer:
    """An authorization server of one test's own: no other test sees its clock, users or journal."""

    def __init__(self, mock_idp, name):
        self.address = urlsplit(mock_idp).netloc
        self.path = f"/oauth2/{name}"

    def call(self, method, path, body=None, headers=None):
        """Status, headers and body of one request; redirects are not followed."""
        connection = HTTPConnection(self.address)
        connection.request(method, self.path + path, body, headers or {})
        response = connection.getresponse()
        answer = response.status, response.headers, response.read().decode()
        connection.close()
        return answer

    def control(self, method, path, document=None):
        """One call of the control API."""
        body = None if document is None else json.dumps(document)
        status, _, text = self.call(method, f"/_mock{path}", body, {"Content-Type": "application/json"})
        assert status < 300, text
        return json.loads(text) if text else None

    def code(self):
        """What the callback gets when the user signs in."""
        query = urlencode(
            {
                "client_id": API_KEY,
                "redirect_uri": CALLBACK,
                "response_type": "code",
                "scope": "openid",
                "state": "a-state",
            }
        )
        _, headers, _ = self.call("GET", f"/v1/authorize?{query}")
        return parse_qs(urlsplit(headers["Location"]).query)["code"][0]

    def redeem(self, code):
        """What the token endpoint answers to a code."""
        basic = base64.b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()
        form = urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK})
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        status, _, text = self.call("POST", "/v1/token", form, headers)
        return status, json.loads(text)


@pytest.fixture
def issuer(mock_idp, request):
    issuer = Issuer(mock_idp, request.node.name)
    issuer.control("PUT", "/sign-in", {"mode": "automatic", "username": "subscriber@example.com"})
    return issuer


def test_a_code_is_worth_tokens_for_a_minute(issuer):
    code = issuer.code()
    issuer.control("POST", "/clock/advance", {"seconds": 59})

    status, tokens = issuer.redeem(code)

    assert status == 200
    assert tokens["token_type"] == "Bearer"


def test_an_expired_code_is_refused(issuer):
    code = issuer.code()
    issuer.control("POST", "/clock/advance", {"seconds": 61})

    status, refusal = issuer.redeem(code)

    assert (status, refusal["error"]) == (400, "invalid_grant")
    [entry] = issuer.control("GET", "/journal?endpoint=token")["entries"]
    assert entry["refusal"]["rule"] == "code_expired"
