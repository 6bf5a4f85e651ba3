#!/bin/bash
# Debian packages that tests and benches use beyond Node and npm. Each test that needs one skips by name where it is
# absent, so a machine without apt or without root only tests less.
set -euo pipefail

# command:package  what it is for
PACKAGES=(
  git:git             # worktrees and saves, and tidy's list of files
  ninja:ninja-build   # the bench's floor for starting tasks
  strace:strace       # proofs of sync order and of what a child was given
  tmux:tmux           # boards and ctrl-C in a real terminal
  sqlite3:sqlite3     # a foreign reader of the journal
  setsid:util-linux   # children that leave their group
  ps:procps           # looking for processes left behind
  dot:graphviz        # takes the graphs that are written for it
  rsvg-convert:librsvg2-bin  # draws the SVG that is made here
  zsh:zsh             # its completion
  fish:fish           # its completion
  mandoc:mandoc       # a strict reader of the man page
  man:man-db          # shows the man page
  swift-proxy-server:swift-proxy          # S3 that deploys are tried against, with the three below
  swift-account-server:swift-account
  swift-container-server:swift-container
  swift-object-server:swift-object
  rclone:rclone       # another client of S3, to be as fast as
  hugo:hugo           # builds the sites of the worker hugo-build, and reads pages that content-edit has changed
  python3:python3     # a worker of somebody's own
)

missing=()
for pair in "${PACKAGES[@]}"; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "system packages: all there"
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
  echo "system packages: no apt-get or not root; tests that need these are skipped: ${missing[*]}"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || echo "system packages: apt-get update failed, trying with the lists at hand"
if ! apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
  echo "system packages: not installed, tests that need these are skipped: ${missing[*]}"
fi
