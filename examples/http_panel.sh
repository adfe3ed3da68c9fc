#!/usr/bin/env bash
# A panel next door, in curl: it asks before it creates, and shows the way out when it may not.
#   coinslot serve &
#   TOKEN=$(coinslot token create --name panel --scope panel | grep ^cst_) examples/http_panel.sh
set -euo pipefail

base=${COINSLOT_URL:-http://127.0.0.1:8000}
user=${1:-ada}

# call METHOD PATH [BODY]: prints the answer, and fails when there is none.
call() {
  curl --silent --show-error --request "$1" --header "Authorization: Bearer $TOKEN" \
    ${3:+--header "Content-Type: application/json" --data "$3"} "$base/api/v1$2"
}
status() { curl --silent --output /dev/null --write-out '%{http_code}' "$@"; }
value() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

echo "1. Whoever signs up gets an account:"
call PUT "/accounts/$user" "{\"email\":\"$user@example.com\"}"; echo

echo "2. The first server is free. 201 means go ahead; asking again changes nothing:"
call PUT "/accounts/$user/servers/survival" '{"name":"Survival"}'; echo

echo "3. The second one is refused with the reason, and where the way out is:"
refused=$(call PUT "/accounts/$user/servers/creative" '{"name":"Creative"}')
echo "$refused"
[ "$(value code <<<"$refused")" = subscription_required ]

echo "4. The panel shows what is left; who has read it asks with its tag and is told 304:"
tag=$(curl --silent --dump-header - --output /dev/null --header "Authorization: Bearer $TOKEN" \
  "$base/api/v1/accounts/$user/quota" | tr -d '\r' | sed -n 's/^etag: //Ip')
again=$(status --header "Authorization: Bearer $TOKEN" --header "If-None-Match: $tag" \
  "$base/api/v1/accounts/$user/quota")
echo "$tag: $again"
[ "$again" = 304 ]

echo "5. A link opens the billing pages to this user, once:"
link=$(call POST "/accounts/$user/link" | value url)
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT
opened=$(status --location --cookie-jar "$jar" --cookie "$jar" "$link")
spent=$(status "$link")
echo "opened: $opened, again: $spent"
[ "$opened $spent" = "200 410" ]

echo "6. A server that is deleted gives its slot back:"
call DELETE "/accounts/$user/servers/survival"
call PUT "/accounts/$user/servers/creative" '{"name":"Creative"}'; echo
