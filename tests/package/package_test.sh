#!/usr/bin/env bash
# The Debian package in a Debian of its own (debootstrap, chroot): install, migrate, serve, upgrade, remove, purge; over a
# private PostgreSQL of this machine. script/test package runs it. The last line is "N passed, N failed".
# Needs root, debootstrap and a Debian mirror (SALESFLOW_DEBIAN_MIRROR, http://deb.debian.org/debian).
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
mirror=${SALESFLOW_DEBIAN_MIRROR:-http://deb.debian.org/debian}
skip() { echo "SKIPPED: the package tests need $1"; echo "0 passed, 0 failed"; exit 0; }
[ "$(id -u)" = 0 ] || skip root
command -v debootstrap > /dev/null || skip "debootstrap (script/bootstrap installs it)"
unshare --mount true 2> /dev/null || skip "a mount namespace (unshare --mount)"
curl -fsSI --max-time 20 "$mirror/dists/bookworm/Release" > /dev/null || skip "a Debian mirror; $mirror does not answer (SALESFLOW_DEBIAN_MIRROR)"

passed=0 failed=0
work=$(mktemp -d /var/tmp/salesflow-package.XXXXXX)
root=$work/root
postgres=/usr/lib/postgresql/15/bin
server=
clean_up() {
  [ -z "$server" ] || kill -KILL "$server" 2> /dev/null
  [ ! -d "$work/data" ] || runuser -u postgres -- "$postgres/pg_ctl" -D "$work/data" -m immediate stop > /dev/null 2>&1
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# check TEXT COMMAND…: one test.
check() {
  local text=$1
  shift
  if "$@" > "$work/said" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $text"
  else
    failed=$((failed + 1))
    echo "FAILED  $text"
    sed 's/^/        /' "$work/said" | tail -n 20
  fi
}
# A step without which nothing else can be tried.
must() {
  local before=$failed
  check "$@"
  [ "$failed" = "$before" ] || { echo "$passed passed, $failed failed"; exit 1; }
}
free_port() {
  local port
  while port=$(shuf -n 1 -i 20000-32000) && (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
  echo "$port"
}
# Inside of the root, with a /proc that goes with the command.
in_root() { unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$@"; }
apt() {
  in_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -y -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root --no-install-recommends "$@"
}
began=$SECONDS
timed() { echo "        ($((SECONDS - began)) s since the beginning)"; }

# --- what is installed -------------------------------------------------------------------------------------------------
first=$(sed -n 's/^project(salesflow VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
second=$first.1
must "script/package makes $first" script/package "$first"
must "script/package makes $second" script/package "$second"
architecture=$(dpkg --print-architecture)
must "debootstrap makes a Debian" debootstrap --variant=minbase bookworm "$root" "$mirror"
timed
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d"
cp "build/salesflow_${first}_$architecture.deb" "build/salesflow_${second}_$architecture.deb" "$root/tmp/"
must "it installs with what it depends on" apt install "/tmp/salesflow_${first}_$architecture.deb"
timed

owner() { [ "$(in_root stat -c '%U:%G %a' "$1")" = "$2" ] || { in_root stat -c '%n %U:%G %a' "$1"; return 1; }; }
check "its files are as they were packed" in_root dpkg --verify salesflow
check "the binary says its version" sh -c "[ \"\$(chroot '$root' salesflow --version)\" = 'salesflow $first' ]"
check "all libraries are there" sh -c "! chroot '$root' ldd /usr/bin/salesflow | grep 'not found'"
check "the user has no shell" sh -c "chroot '$root' getent passwd salesflow | grep -q '/usr/sbin/nologin'"
check "settings are root's and the service reads them" owner /etc/salesflow/salesflow.env "root:salesflow 640"
check "so is the secret that signs tokens" owner /etc/salesflow/jwt "root:salesflow 640"
check "the folder of mails is the service's" owner /var/lib/salesflow "salesflow:salesflow 750"
check "the unit is there" test -f "$root/lib/systemd/system/salesflow.service"
check "the manual is there" grep -q '^## Migrations' "$root/usr/share/doc/salesflow/operations.md"
check "the dashboards are there" test -f "$root/usr/share/salesflow/grafana/dashboards/salesflow-requests.json"
check "settings that are not filled in stop the start and name themselves" sh -c \
  "! chroot '$root' salesflow serve > '$work/out' 2>&1 && grep -q 'DATABASE_URL must be set' '$work/out'"

# --- migrate, serve ----------------------------------------------------------------------------------------------------
database_port=$(free_port) port=$(free_port) ops_port=$(free_port)
install -d -o postgres -g postgres "$work/data"
chmod 755 "$work"
echo superuser > "$work/password" && chmod 644 "$work/password"
must "PostgreSQL starts" runuser -u postgres -- sh -c "
  '$postgres/initdb' -D '$work/data' --pwfile='$work/password' --auth=scram-sha-256 -E UTF8 --locale=C.UTF-8 -N &&
  '$postgres/pg_ctl' -D '$work/data' -w -l '$work/data/log' -o '-p $database_port -h 127.0.0.1 -k $work/data' start &&
  PGPASSWORD=superuser '$postgres/createdb' -h 127.0.0.1 -p $database_port crm"
settings=$root/etc/salesflow/salesflow.env
sed -i "s#:PASSWORD@127.0.0.1/#:secret@127.0.0.1:$database_port/#; s/^PORT=.*/PORT=$port/; s/^SALESFLOW_OPS_ADDRESS=.*/SALESFLOW_OPS_ADDRESS=127.0.0.1:$ops_port/" "$settings"
echo '# ours' >> "$settings"
# As systemd does: the unit's user, its EnvironmentFile=, its ExecStart=.
unit=(setpriv --reuid salesflow --regid salesflow --init-groups env -i PATH=/usr/bin:/bin)
as_unit() { in_root "${unit[@]}" "$@"; }
with_settings='set -a; . /etc/salesflow/salesflow.env; set +a;'
must "migrate makes roles, passwords and schema" as_unit sh -c \
  "$with_settings MIGRATION_DATABASE_URL=postgresql://postgres:superuser@127.0.0.1:$database_port/crm salesflow migrate up --logins"
start=$(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/salesflow.service")
serve() {
  # One process from here to there, so that signals reach it.
  unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" "${unit[@]}" sh -c "$with_settings exec $start" \
    > "$work/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 1 150); do
    curl -fsS "http://127.0.0.1:$ops_port/readyz" > /dev/null 2>&1 && return 0
    kill -0 "$server" 2> /dev/null || break
    sleep 0.2
  done
  tail -n 20 "$work/serve.log"
  return 1
}
stop() {
  kill -TERM "$server"
  wait "$server"
  local code=$?
  server=
  [ "$code" = 0 ] || { echo "it ended with $code"; tail -n 20 "$work/serve.log"; return 1; }
}
ask() {
  curl -sS --fail-with-body -H 'Content-Type: application/json' "http://127.0.0.1:$port$1" -d "$2" && return 0
  tail -n 10 "$work/serve.log"
  return 1
}
must "the service starts as the unit says" serve
check "it serves" ask /api/auth/signup '{"email":"anna@example.com","password":"correct horse","first_name":"Anna","last_name":"Muster"}'
has_mail() { ls "$root"/var/lib/salesflow/mail/*.eml; }
asks_for_mail() {
  ask /api/auth/request-password-reset '{"email":"anna@example.com"}' || return 1
  for _ in $(seq 1 50); do has_mail 2> /dev/null && return 0; sleep 0.2; done
  has_mail
}
check "it spools mails" asks_for_mail
check "its metrics are apart" sh -c "curl -fsS http://127.0.0.1:$ops_port/metrics | grep -q salesflow_http_requests_total"
check "SIGTERM ends it" stop
timed

# --- upgrade, remove, purge --------------------------------------------------------------------------------------------
secret=$(sha256sum < "$root/etc/salesflow/jwt")
must "it is upgraded" apt install "/tmp/salesflow_${second}_$architecture.deb"
check "the new one is installed" sh -c "[ \"\$(chroot '$root' dpkg-query -W -f '\${Version}' salesflow)\" = '$second' ]"
check "settings are kept" grep -q '^# ours$' "$settings"
check "so is the secret" sh -c "[ \"\$(sha256sum < '$root/etc/salesflow/jwt')\" = '$secret' ]"
check "the schema is up to date" as_unit sh -c \
  "$with_settings MIGRATION_DATABASE_URL=postgresql://postgres:superuser@127.0.0.1:$database_port/crm salesflow migrate verify"
check "it starts again" serve
check "and knows its people" ask /api/auth/login '{"username":"anna@example.com","password":"correct horse"}'
check "and ends" stop
check "it is removed" apt remove salesflow
check "the binary is gone" test ! -e "$root/usr/bin/salesflow"
check "settings, secret and mails stay" sh -c "test -e '$settings' && test -e '$root/etc/salesflow/jwt' && ls '$root'/var/lib/salesflow/mail/*.eml"
check "it is purged" apt purge salesflow
check "nothing of it stays" sh -c "! chroot '$root' find / -xdev -name '*salesflow*' -not -path '/tmp/*' -not -path '/var/log/*' -not -path '/var/cache/*' | grep ."
check "nor its user" sh -c "! chroot '$root' getent passwd salesflow"
timed
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
