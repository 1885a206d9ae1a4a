#!/bin/sh
# Check format, lint, types and spelling; all faults in one run.
cd "$(dirname -- "$0")/.." || exit 1
failed=
check() {
    echo "== $*"
    ".venv/bin/$@" || failed="$failed $1"
}
check ruff format --check .
check ruff check .
check mypy
check codespell
if [ -n "$failed" ]; then
    echo "failed:$failed ('make format' repairs format and simple lint)" >&2
    exit 1
fi
