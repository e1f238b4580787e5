#!/bin/sh
# Decides the requests of the example organization and shows one of them in full: `demo.sh BAILIWICK`.
set -eu
bailiwick=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
files="--account account.json --organization organization.json --resource-policies resource-policies.jsonl --services services.json"
out=$(mktemp)
trap 'rm -f "$out"' EXIT

echo "Harbor Freightways: who may do what"
echo
"$bailiwick" batch $files requests.csv --format csv -o - >"$out"
# The last three columns are the answer, those before it the keys that the host gave.
tr -d '\r' <"$out" | awk -F, '
    NR == 1 { for (n = 4; n <= NF; n++) { name[n] = $n; sub(/^[a-z0-9]*:/, "", name[n]) } next }
    {
        sub(/^arn:aws:(iam|sts)::111122223333:/, "", $1); sub(/^arn:aws:/, "", $3); keys = ""
        for (n = 4; n <= NF - 3; n++) if ($n != "") keys = keys " " name[n] "=" $n
        printf "  %-14s %-18s %-24s %-29s %-45s%s\n", $(NF - 2), $(NF - 1), $1, $2, $3, keys
    }'
echo
echo "One of them in full: an administrator without MFA"
echo
"$bailiwick" check $files --principal arn:aws:iam::111122223333:user/fatima --action s3:DeleteBucket \
    --resource arn:aws:s3:::harbor-shipments || true
