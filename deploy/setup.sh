#!/bin/sh
# Set up all that a command needs, and nothing twice: deploy/setup.sh run|dev|test
#
#   run   what the program itself needs, from requirements-run.lock (`make run`)
#   dev   the tools of developers too, from requirements.lock (`make lint`, `make types`...)
#   test  the same, the Debian packages that the tests drive (`make test`), and the npm packages of
#         the tests: the OpenID provider that they sign in at (tests/oidc/package-lock.json), and what
#         checks the web client (tests/web/package-lock.json)
#
# Needs: Python 3.11 or later. Debian packages that are missing are installed as root or through
# sudo; without either, it says which and how, and fails. Python packages go into .venv, each
# checked against the hash in the lock; then the project itself, editable.
#
# Everything is said on standard error: standard output belongs to the command that comes after.
# Configuration of pip, npm and apt (mirror, proxy, certificates) is the machine's; none is here.

set -eu

readonly ATTEMPTS=4
readonly VENV=.venv
# Debian starts a service as soon as its package is there, unless this program says no.
POLICY=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
readonly POLICY
readonly STAMP=$VENV/.visiojury-setup
readonly NPM_FOLDERS="tests/oidc tests/web"

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

# Does what follows the name until it succeeds; mirrors fail now and then.
insist() {
    name=$1
    shift
    attempt=1
    until "$@"; do
        if [ $attempt -ge $ATTEMPTS ]; then
            say "$name failed $ATTEMPTS times, its own words are above."
            return 1
        fi
        say "$name failed (attempt $attempt of $ATTEMPTS); trying again in $((attempt * 5)) s"
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
}

# Programs of Debian that the tests drive, by command. An ordinary user's PATH lacks /usr/sbin.
missing_test_packages() {
    PATH=$PATH:/usr/sbin:/sbin
    command -v chromium >/dev/null || echo chromium
    command -v firefox-esr >/dev/null || echo firefox-esr
    command -v nft >/dev/null || echo nftables
    command -v ip >/dev/null || echo iproute2
    command -v pdftotext >/dev/null || echo poppler-utils
    command -v nginx >/dev/null || echo nginx-light
    command -v prometheus >/dev/null || echo prometheus
    command -v turnserver >/dev/null || echo coturn
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
}

lock_of() {
    case $1 in
    run) echo requirements-run.lock ;;
    *) echo requirements.lock ;;
    esac
}

# What the environment was built from. The path is in it because scripts in .venv/bin hold it, the
# version because an upgrade of Debian leaves an environment whose packages Python no longer finds.
wanted_stamp() {
    pwd -P
    $VENV/bin/python -V
    cksum "$1" pyproject.toml deploy/setup.sh
}

# An environment with the tools of developers has all that the program needs.
environment_is_current() {
    [ -x $VENV/bin/python ] && [ -x $VENV/bin/visiojury ] && [ -f $STAMP ] || return 1
    stamp=$(cat $STAMP)
    [ "$stamp" = "$(wanted_stamp requirements.lock)" ] ||
        { [ "$purpose" = run ] && [ "$stamp" = "$(wanted_stamp requirements-run.lock)" ]; }
}

is_recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if is_recent_enough "$python"; then
            echo "$python"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null) || found="no python3"
    fail "Python 3.11 or later is needed; this machine has $found." \
        "Debian 12 and later have it: apt-get install python3"
}

can_make_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# Prints the prefix that makes a command run as root: nothing, or sudo. Fails when there is none.
root_prefix() {
    if [ "$(id -u)" -eq 0 ]; then
        return
    fi
    command -v sudo >/dev/null || return 1
    if [ -t 2 ]; then
        sudo -v </dev/tty >&2 || return 1
        echo sudo
    else
        sudo -n true 2>/dev/null || return 1
        echo "sudo -n"
    fi
}

apt_get() {
    # fd 9 is the setup lock: a daemon that a package starts must not keep it.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@" </dev/null >&2 9<&-
}

# The tests start what they need themselves, on ports of their own; nothing is to run beside them.
forbid_services() {
    [ ! -e "$POLICY" ] || return 0
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$POLICY" >/dev/null
    $as_root chmod 755 "$POLICY"
    trap '$as_root rm -f "$POLICY"' EXIT
    trap 'exit 130' INT TERM
}

install_debian_packages() {
    command="apt-get update && apt-get install --no-install-recommends $*"
    command -v apt-get >/dev/null ||
        fail "these are missing and this system has no apt-get to install them: $*." \
            "Install what your system calls them, then run the same command again."
    as_root=$(root_prefix) ||
        fail "these Debian packages are missing: $*. Neither root nor sudo is at hand." \
            "Have an administrator run: $command"
    say "installing Debian packages: $*"
    forbid_services
    insist apt-get apt_get_all "$@" || fail "By hand: $command"
}

apt_get_all() { apt_get update && apt_get install --no-install-recommends "$@"; }

pip() { $VENV/bin/python -m pip --disable-pip-version-check --no-input "$@" >&2; }

# An environment that was moved, whose Python went away, or that has no pip is made again.
make_environment() {
    if [ -d $VENV ]; then
        moved=no
        if [ -f $STAMP ] && [ "$(head -n 1 $STAMP)" != "$(pwd -P)" ]; then
            moved=yes
        fi
        if [ $moved = no ] && is_recent_enough $VENV/bin/python && pip --version >/dev/null 2>&1; then
            return
        fi
        say "the environment in $VENV cannot be used; making it again"
        rm -rf ./$VENV
    fi
    "$1" -m venv $VENV >&2 || fail "$1 -m venv $VENV failed, its own words are above."
}

install_python_packages() {
    lock=$(lock_of "$purpose")
    say "installing Python packages from $lock into $VENV (a minute or two, once)"
    rm -f $STAMP
    # Only built packages: a machine without a compiler is told so at once, not after minutes.
    insist pip pip install --quiet --require-hashes --only-binary=:all: -r "$lock" || exit 1
    # The build backend is in the lock too: nothing is fetched here. "compat" puts the checkout on the
    # path; the default, an import hook, comes after folders that merely bear a package's name, and a
    # service started in / would take the system's /media for ours.
    pip install --quiet --no-index --no-deps --no-build-isolation \
        --config-settings editable_mode=compat --editable . ||
        fail "the project itself could not be installed, pip's own words are above."
    wanted_stamp "$lock" >$STAMP
}

npm_stamp_of() { echo "$1/node_modules/.visiojury-setup"; }

# Prints those whose packages are not what the lock says.
stale_npm_folders() {
    for folder in $NPM_FOLDERS; do
        stamp=$(npm_stamp_of "$folder")
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cksum "$folder/package-lock.json")" ] ||
            echo "$folder"
    done
}

install_npm_packages() {
    for folder in $(stale_npm_folders); do
        say "installing the npm packages of the tests from $folder/package-lock.json"
        # No package runs a program of its own here.
        insist npm npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel error \
            >&2 || exit 1
        cksum "$folder/package-lock.json" >"$(npm_stamp_of "$folder")"
    done
}

is_ready() {
    environment_is_current || return 1
    [ "$purpose" != test ] || { [ -z "$(missing_test_packages)$(stale_npm_folders)" ]; }
}

main() {
    purpose=${1:-run}
    case $purpose in
    run | dev | test) ;;
    *) fail "usage: deploy/setup.sh run|dev|test" ;;
    esac
    cd "$(dirname "$0")/.."
    if is_ready; then
        return
    fi

    # Two commands started at once must not build one environment together.
    if command -v flock >/dev/null; then
        exec 9<requirements.lock
        flock -w 1200 9 || fail "another setup has been running for 20 minutes; giving up."
        if is_ready; then
            return
        fi
    fi

    python=$(find_python)
    packages=
    environment_is_current || can_make_environments "$python" || packages=python3-venv
    if [ "$purpose" = test ]; then
        packages="$packages $(missing_test_packages | tr '\n' ' ')"
    fi
    if [ -n "${packages% }" ]; then
        # shellcheck disable=SC2086  # one word per package
        install_debian_packages $packages
    fi
    if ! environment_is_current; then
        # python3-venv serves Debian's own Python, perhaps not the one found first.
        can_make_environments "$python" || python=/usr/bin/python3
        can_make_environments "$python" && is_recent_enough "$python" ||
            fail "no Python here can make an environment (python3 -m venv), even with python3-venv."
        make_environment "$python"
        install_python_packages
    fi
    if [ "$purpose" = test ]; then
        install_npm_packages
    fi
    say "ready"
}

main "$@"
