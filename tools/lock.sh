#!/bin/sh
# Pin every package with its hashes, for Python 3.11 and later: what running needs (requirements.lock), that and what the
# local cloud needs (requirements-cloud.lock), all of it and what developing needs (requirements-dev.lock), and pip itself.
set -eu
cd "$(dirname -- "$0")/.."
uv --version >/dev/null 2>&1 || {
    echo "error: 'make lock' needs uv: pip install uv" >&2
    exit 1
}
# compile FILE ARGUMENTS...: pins that still fit are kept; ARGS="--upgrade" takes the newest.
compile() {
    file=$1
    shift
    uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet -o "$file" "$@"
}
echo pip | compile tools/pip.lock "$@" -
compile requirements-dev.lock pyproject.toml --all-extras --group dev --constraint tools/pip.lock "$@"
# The smaller ones have the same pins.
compile requirements-cloud.lock pyproject.toml --extra policy --extra local --constraint requirements-dev.lock
compile requirements.lock pyproject.toml --extra policy --constraint requirements-dev.lock
