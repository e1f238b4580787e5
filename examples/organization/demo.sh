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
cut -d, -f1-3 "$out" >"$out.request"
rev "$out" 2>/dev/null | cut -d, -f1-3 | rev | paste -d, - "$out.request" | tail -n +2 |
    awk -F, '{ sub(/^arn:aws:(iam|sts)::111122223333:/, "", $4); printf "  %-14s %-18s %-26s %-30s %s\n", $1, $2, $4, $5, $6 }'
rm -f "$out.request"
echo
echo "One of them in full: an administrator without MFA"
echo
"$bailiwick" check $files --principal arn:aws:iam::111122223333:user/fatima --action s3:DeleteBucket \
    --resource arn:aws:s3:::harbor-shipments || true
