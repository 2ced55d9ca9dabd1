#!/usr/bin/env bash
# Installs what the portal needs and is missing: Debian packages, .venv, hashed Python requirements.
#
#   scripts/setup.sh base    enough for `make run`
#   scripts/setup.sh dev     also Chromium and the tools of `make test` and `make check`
#
# Safe to repeat. Debian packages are taken only as root; anyone else is told the one line to ask for.
set -euo pipefail
cd "$(dirname "$0")/.."
set_of_requirements=${1:-base}
started=$SECONDS

say() { echo "setup: $*"; }
stop() { echo "setup: $*" >&2; exit 1; }

has_library() { [[ $(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) == *"$1"* ]]; }

has_postgres() {
  [ -n "${DATABASE_URL:-}" ] || [ -x "${PG_BIN:-}/initdb" ] || command -v initdb >/dev/null \
    || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_venv() { [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null; }

find_python() {
  local python
  for python in python3.11 python3; do
    if "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      echo "$python"
      return 0
    fi
  done
  return 1
}

has_chromium() { [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; }

# Debian would start a cluster of its own on port 5432; the portal makes a private one.
refuse_debians_own_cluster() {
  local setting=/etc/postgresql-common/createcluster.conf
  if [ ! -e "$setting" ]; then
    mkdir -p "$(dirname "$setting")"
    echo 'create_main_cluster = false' >"$setting"
  fi
}

apt_install() {
  local log=.run-apt.log
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >"$log" 2>&1 \
    || { tail -5 "$log" >&2; return 1; }
  rm -f "$log"
}

install_debian_packages() {
  local needed=() wished=()
  has_postgres || needed+=(postgresql-15)
  has_venv || find_python >/dev/null || needed+=(python3-venv)
  has_library libpangoft2-1.0.so.0 || needed+=(libpango-1.0-0 libpangoft2-1.0-0)
  has_library libharfbuzz-subset.so.0 || wished+=(libharfbuzz-subset0)  # without it fonts are subset more slowly
  if [ "$set_of_requirements" = dev ]; then
    # The browser tests are part of CI; elsewhere they are reported as not run.
    has_chromium || if [ -n "${CI:-}" ]; then needed+=(chromium); else wished+=(chromium); fi
  fi
  [ ${#needed[@]} -gt 0 ] || [ ${#wished[@]} -gt 0 ] || return 0

  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    local line="apt-get install -y --no-install-recommends ${needed[*]} ${wished[*]}"
    [ ${#needed[@]} -eq 0 ] || stop "missing: ${needed[*]}. As root: $line"
    say "warning: works without ${wished[*]}, better with. As root: $line"
    return 0
  fi
  say "apt: ${needed[*]} ${wished[*]}"
  refuse_debians_own_cluster
  apt-get update -qq </dev/null || say "warning: apt-get update failed; trying with the lists at hand"
  if ! apt_install "${needed[@]}" "${wished[@]}"; then  # perhaps only a wish failed
    if [ ${#needed[@]} -gt 0 ]; then
      apt_install "${needed[@]}" || stop "apt failed. As root: apt-get install -y --no-install-recommends ${needed[*]}"
    fi
    local package
    for package in "${wished[@]}"; do
      apt_install "$package" || say "warning: $package could not be installed; the portal works without it"
    done
  fi
  say "apt done after $((SECONDS - started)) s"
}

make_venv() {
  if has_venv; then return 0; fi
  local python
  python=$(find_python) || stop "Python 3.11 with venv not found. On Debian 12, as root: apt-get install -y python3-venv"
  rm -rf .venv
  "$python" -m venv .venv
}

install_python_packages() {
  local wanted="requirements/$set_of_requirements.txt" trust=()
  [ ! -e /etc/ssl/certs/ca-certificates.crt ] || trust=(--system-certs)
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
  if ! .venv/bin/uv pip install -q "${trust[@]}" --python .venv/bin/python --require-hashes -r "$wanted"; then
    say "uv found no way to the package index; taking pip, which is slower"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$wanted"
  fi
}

case "$set_of_requirements" in base | dev) ;; *) stop "usage: scripts/setup.sh base|dev" ;; esac
install_debian_packages
make_venv
install_python_packages
touch .venv/.base
[ "$set_of_requirements" != dev ] || touch .venv/.dev
say "$set_of_requirements ready after $((SECONDS - started)) s"
