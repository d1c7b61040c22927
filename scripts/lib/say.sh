# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by the scripts: the repository's top, and stages with their times.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C.UTF-8

say() { printf '\n== %s\n' "$*"; }

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# stage TITLE COMMAND…: runs the command and prints how long it took.
stage() {
    local title=$1 start=$SECONDS
    shift
    say "$title"
    "$@"
    printf -- '-- %s: %d s\n' "$title" $((SECONDS - start))
}
