curl --request POST \
--url $[authServerUrl]/v1/token \
--header 'accept: application/json' \
--header 'authorization: Basic base64encoded{APIKey:APISecret}' \
--header 'content-type: application/x-www-form-urlencoded' \
--data 'grant_type=authorization_code&redirect_uri=http://localhost:80/&code={yourAuthorizationCode}'
