#!/bin/sh
# Write requirements.lock: every package, pinned and with its hashes, for Python 3.11 and later.
set -eu
cd "$(dirname -- "$0")/.."
uv --version >/dev/null 2>&1 || {
    echo "error: 'make lock' needs uv: pip install uv" >&2
    exit 1
}
exec uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
    --quiet -o requirements.lock
