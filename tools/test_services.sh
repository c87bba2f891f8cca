#!/bin/sh
# Installs what the tests need besides Python packages, where it is missing and we may: PostgreSQL's server
# programs and Dovecot's IMAP and LMTP server; with "browser" also Chromium. Debian and Ubuntu only; elsewhere it says what to install.
set -eu

have_postgresql() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
have_dovecot() { command -v dovecot >/dev/null || test -x /usr/sbin/dovecot; }
have_chromium() { command -v chromium >/dev/null || command -v google-chrome >/dev/null; }

missing=""
have_postgresql || missing="postgresql"
have_dovecot || missing="$missing dovecot-imapd dovecot-lmtpd"
if [ "${1:-}" = browser ]; then have_chromium || missing="$missing chromium"; fi
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "The tests need: $missing. Install it (Debian: apt-get install $missing) and try again." >&2
  exit 1
fi
