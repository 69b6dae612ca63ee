#!/bin/sh
# With curl: a code that is redeemed after 61 seconds is refused, and nobody has waited.
#
#   sh expired_code.sh            MOCK_IDP names the binary, if it is not on PATH
set -eu

API_KEY=TutorialAppKey000000000000000001
API_SECRET=tutorialSecret01
CALLBACK=http://localhost:8080/

fail() {
    echo "expired_code.sh: $1" >&2
    exit 1
}

# Port 0 is any free port; the first line on stdout says which, once the mock answers.
announced=$(mktemp -u)
mkfifo "$announced"
"${MOCK_IDP:-mock-idp}" --addr 127.0.0.1:0 --announce json 2>/dev/null >"$announced" &
mock=$!
trap 'kill "$mock"; rm -f "$announced"' EXIT
read -r line <"$announced"
url=$(printf '%s' "$line" | sed 's/.*"url":"\([^"]*\)".*/\1/')

# An issuer of this test's own: no other test sees its clock.
issuer=$url/oauth2/expired-code-curl

control() {
    curl --silent --show-error --fail --output /dev/null --header 'Content-Type: application/json' "$@"
}

# Nobody has to type a password.
control --request PUT --data '{"mode":"automatic","username":"subscriber@example.com"}' "$issuer/_mock/sign-in"

callback=$(curl --silent --show-error --output /dev/null --write-out '%{redirect_url}' --get \
    --data-urlencode "client_id=$API_KEY" --data-urlencode "redirect_uri=$CALLBACK" \
    --data response_type=code --data scope=openid --data state=a-state "$issuer/v1/authorize")
code=$(printf '%s' "$callback" | sed 's/.*[?&]code=\([^&]*\).*/\1/')

control --data '{"seconds":61}' "$issuer/_mock/clock/advance"

answer=$(curl --silent --show-error --write-out ' %{http_code}' --user "$API_KEY:$API_SECRET" \
    --data grant_type=authorization_code --data-urlencode "code=$code" --data-urlencode "redirect_uri=$CALLBACK" \
    "$issuer/v1/token")
case $answer in
*'"error":"invalid_grant"'*' 400') ;;
*) fail "expected invalid_grant and 400, got $answer" ;;
esac

# The journal says why.
journal=$(curl --silent --show-error --fail "$issuer/_mock/journal?endpoint=token")
case $journal in
*'"rule":"code_expired"'*) ;;
*) fail "expected the rule code_expired in $journal" ;;
esac
echo "expired_code.sh: the code had expired, as it should"
