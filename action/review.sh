#!/usr/bin/env bash
# Writes a review in three formats to the folder OUT, shows it in the run's summary, and fails as FAIL_ON says.
set -euo pipefail

tool=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
mkdir -p "$OUT"
out=$(cd "$OUT" && pwd -P)
make --silent --directory "$tool" setup # the packages of uv.lock, each held against its hash

cd "$PROJECT"
read -r -a names <<<"${NAMES:-}"
write() { # FORMAT FILE FAIL_ON
    "$tool/.venv/bin/clusterwright" review --base "$BASE" --format "$1" --out "$out/$2" --fail-on "$3" \
        -- ${names[@]+"${names[@]}"}
}
write sarif review.sarif never
write markdown review.md never
write json review.json never
verdict=$("$tool/.venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["verdict"]["level"])' <"$out/review.json")

cat "$out/review.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
printf 'verdict=%s\nfolder=%s\n' "$verdict" "$out" >>"${GITHUB_OUTPUT:-/dev/null}"
case "$FAIL_ON:$verdict" in
stop:stop | look:stop | look:look)
    echo "::error::The verdict is '$verdict', and fail-on is '$FAIL_ON': see the review in the summary of this run."
    exit 1
    ;;
esac
