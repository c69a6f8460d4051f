"""The set-up script on machines that lack something, each played by a folder of small programs.

What it does on a real, fresh Debian is seen by running it there; here is what it says and how
often it tries.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INPUTS = (
    "requirements.lock",
    "requirements-run.lock",
    "pyproject.toml",
    "deploy/setup.sh",
    "tests/oidc/package-lock.json",
    "tests/web/package-lock.json",
)
BORROWED = (
    "sh",
    "env",
    "cksum",
    "cat",
    "head",
    "dirname",
    "tr",
    "mkdir",
    "cp",
    "touch",
    "chmod",
    "rm",
    "tee",
)

PYTHON = """#!/bin/sh
echo "python $*" >>"$CALLS"
case "$*" in
-V | --version) echo "Python 3.11.9" ;;
*version_info*) [ ! -e "$MACHINE/python-is-old" ] ;;
*ensurepip*) [ -e "$MACHINE/has-venv" ] ;;
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"--require-hashes"*) [ ! -e "$MACHINE/no-network" ] ;;
*"--editable ."*) touch .venv/bin/visiojury && chmod +x .venv/bin/visiojury ;;
esac
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$CALLS"
[ ! -e "$MACHINE/no-network" ] || exit 100
case "$*" in *python3-venv*) touch "$MACHINE/has-venv" ;; esac
case "$*" in *chromium*)
    cp "$0" "$MACHINE/bin/chromium"
    "$POLICY_RC_D" || echo "policy $?" >>"$CALLS" ;;
esac
case "$*" in *firefox-esr*) cp "$0" "$MACHINE/bin/firefox-esr" ;; esac
case "$*" in *nftables*) cp "$0" "$MACHINE/bin/nft" ;; esac
case "$*" in *iproute2*) cp "$0" "$MACHINE/bin/ip" ;; esac
case "$*" in *prometheus*) cp "$0" "$MACHINE/bin/prometheus" ;; esac
case "$*" in *nginx-light*) cp "$0" "$MACHINE/bin/nginx" ;; esac
case "$*" in *poppler-utils*) cp "$0" "$MACHINE/bin/pdftotext" ;; esac
case "$*" in *coturn*) cp "$0" "$MACHINE/bin/turnserver" ;; esac
case "$*" in *nodejs*) cp "$0" "$MACHINE/bin/node" ;; esac
case "$*" in *npm*) cp "$MACHINE/npm" "$MACHINE/bin/npm" ;; esac
"""
NPM = """#!/bin/sh
echo "npm $*" >>"$CALLS"
[ ! -e "$MACHINE/no-registry" ] || exit 1
mkdir -p "$3/node_modules"
"""


@dataclass(frozen=True)
class Machine:
    """A machine with a checkout, where only what is put in `bin` exists."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    def lacks(self, name: str) -> None:
        (self.folder / "bin" / name).unlink()

    def has(self, fact: str) -> None:
        (self.folder / fact).touch()

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def set_up(self, purpose: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.checkout / "deploy" / "setup.sh", purpose],
            env={
                "PATH": str(self.folder / "bin"),
                "CALLS": str(self.folder / "calls"),
                "MACHINE": str(self.folder),
                "POLICY_RC_D": str(self.folder / "policy-rc.d"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self, beginning: str) -> list[str]:
        path = self.folder / "calls"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [line for line in lines if line.startswith(beginning)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh Debian as root: python3 without venv, no browser."""
    machine = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    for name in BORROWED:
        found = shutil.which(name)
        assert found, name
        (tmp_path / "bin" / name).symlink_to(found)
    for name in INPUTS:
        (machine.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, machine.checkout / name)
    machine.program("python3", PYTHON)
    machine.program("apt-get", APT_GET)
    machine.program("../npm", NPM)
    machine.program("id", "#!/bin/sh\necho 0\n")
    machine.program("sleep", '#!/bin/sh\necho "sleep $1" >>"$CALLS"\n')
    return machine


def test_a_fresh_machine_is_set_up_and_standard_output_stays_clean(machine: Machine) -> None:
    done = machine.set_up("run")

    assert (done.returncode, done.stdout) == (0, "")
    assert (machine.checkout / ".venv/bin/visiojury").exists()
    assert any("requirements-run.lock" in call for call in machine.calls("python"))


def test_the_program_alone_needs_no_browser(machine: Machine) -> None:
    machine.set_up("run")

    assert [call for call in machine.calls("apt-get") if "chromium" in call] == []
    assert [call for call in machine.calls("apt-get") if "python3-venv" in call] != []


def test_a_second_set_up_does_and_says_nothing(machine: Machine) -> None:
    machine.set_up("test")
    before = len(machine.calls("apt-get")), len(machine.calls("python -m"))

    again = machine.set_up("test")

    assert (again.returncode, again.stderr) == (0, "")
    assert (len(machine.calls("apt-get")), len(machine.calls("python -m"))) == before


def test_npm_packages_of_the_tests_are_installed_once_and_anew_with_another_lock(
    machine: Machine,
) -> None:
    machine.set_up("test")
    machine.set_up("test")
    assert len(machine.calls("npm ci")) == 2
    lock = machine.checkout / "tests/oidc/package-lock.json"
    lock.write_text(lock.read_text("utf-8") + "\n", "utf-8")

    machine.set_up("test")

    assert len(machine.calls("npm ci")) == 3


def test_a_registry_that_does_not_answer_is_asked_four_times(machine: Machine) -> None:
    machine.has("no-registry")

    done = machine.set_up("test")

    assert done.returncode == 1
    assert "npm failed 4 times" in done.stderr
    assert len(machine.calls("npm ci")) == 4


def test_the_tools_of_developers_serve_the_program_too(machine: Machine) -> None:
    machine.set_up("dev")

    assert machine.set_up("run").stderr == ""


def test_the_tests_need_more_than_the_program(machine: Machine) -> None:
    machine.set_up("run")

    machine.set_up("test")

    assert any("requirements.lock" in call for call in machine.calls("python -m pip"))
    assert any("chromium" in call for call in machine.calls("apt-get"))


def test_no_service_starts_because_the_tests_need_its_program(machine: Machine) -> None:
    machine.set_up("test")

    assert machine.calls("policy") == ["policy 101"]
    assert not (machine.folder / "policy-rc.d").exists()


def test_what_an_administrator_says_of_services_stays(machine: Machine) -> None:
    machine.program("../policy-rc.d", "#!/bin/sh\nexit 104\n")

    machine.set_up("test")

    assert machine.calls("policy") == ["policy 104"]
    assert (machine.folder / "policy-rc.d").exists()


def test_a_new_lock_is_installed(machine: Machine) -> None:
    machine.set_up("run")
    with (machine.checkout / "requirements-run.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")

    assert "ready" in machine.set_up("run").stderr
    assert len(machine.calls("python -m venv")) == 1


def test_a_checkout_that_was_moved_gets_a_new_environment(machine: Machine) -> None:
    machine.set_up("run")
    stamp = machine.checkout / ".venv/.visiojury-setup"
    lines = stamp.read_text("utf-8").splitlines(keepends=True)
    stamp.write_text("".join(["elsewhere\n", *lines[1:]]), "utf-8")

    machine.set_up("run")

    assert len(machine.calls("python -m venv")) == 2


def test_without_root_or_sudo_it_names_what_is_missing_and_how_to_get_it(machine: Machine) -> None:
    machine.program("id", "#!/bin/sh\necho 1000\n")

    done = machine.set_up("test")

    assert done.returncode != 0
    assert "apt-get install --no-install-recommends python3-venv chromium" in done.stderr
    assert "sudo" in done.stderr
    assert machine.calls("apt-get") == []


def test_sudo_serves_who_is_not_root(machine: Machine) -> None:
    machine.program("id", "#!/bin/sh\necho 1000\n")
    machine.program("sudo", '#!/bin/sh\necho "sudo $*" >>"$CALLS"\n[ "$1" = -n ] && shift\n"$@"\n')
    machine.program("true", "#!/bin/sh\n")

    assert machine.set_up("run").returncode == 0
    assert any("apt-get" in call for call in machine.calls("sudo"))


def test_a_system_without_apt_is_told_the_names(machine: Machine) -> None:
    machine.lacks("apt-get")

    done = machine.set_up("test")

    assert done.returncode != 0
    assert "chromium" in done.stderr
    assert "no apt-get" in done.stderr


def test_an_old_python_is_refused_in_plain_words(machine: Machine) -> None:
    machine.has("python-is-old")

    done = machine.set_up("run")

    assert done.returncode != 0
    assert "Python 3.11 or later is needed" in done.stderr
    assert machine.calls("apt-get") == []


def test_a_machine_without_a_network_is_not_tried_for_ever(machine: Machine) -> None:
    machine.has("no-network")

    done = machine.set_up("run")

    assert done.returncode != 0
    assert "apt-get failed 4 times" in done.stderr
    assert machine.calls("sleep") == ["sleep 5", "sleep 10", "sleep 15"]


def test_packages_that_do_not_come_leave_no_environment_that_looks_finished(
    machine: Machine,
) -> None:
    machine.has("has-venv")
    machine.has("no-network")

    done = machine.set_up("run")

    assert done.returncode != 0
    assert "pip failed 4 times" in done.stderr
    assert not (machine.checkout / ".venv/.visiojury-setup").exists()


def test_an_unknown_purpose_is_refused(machine: Machine) -> None:
    done = machine.set_up("everything")

    assert done.returncode != 0
    assert "usage: deploy/setup.sh run|dev|test" in done.stderr
