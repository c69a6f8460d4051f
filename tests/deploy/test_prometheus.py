"""What ops teams watch: metrics, alerts and dashboards, held against Debian's own Prometheus."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import NoEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate

from tests import metrics_reference as reference
from tests.certificates import make_identity
from tests.e2e.site import VISIOJURY, Site
from visiojury.rehearsal.ports import free_port

ROOT = reference.DEPLOY.parent
CASES = ROOT / "tests/deploy/prometheus/visiojury.test.yml"
RUNBOOK = ROOT / "docs/runbook.md"
COMPARISON = re.compile(r" (==|!=|>=|<=|>|<) ")
REHEARSAL_S = 90
SEEN_S = 15.0

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


def promtool(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_rules_are_rules_and_each_rings_when_it_should() -> None:
    done = promtool("check", "rules", str(reference.RULES))
    assert done.returncode == 0, done.stdout + done.stderr
    done = promtool("test", "rules", str(CASES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_its_case_and_its_paragraph() -> None:
    alerts = {rule["alert"] for rule in reference.rules()}
    assert len(alerts) > 10
    tested = {
        case["alertname"]
        for group in yaml.safe_load(CASES.read_text("utf-8"))["tests"]
        for case in group["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tested == alerts
    paragraphs = re.split(r"^## ", RUNBOOK.read_text("utf-8"), flags=re.MULTILINE)[1:]
    told = {text.split("\n")[0]: text for text in paragraphs}
    assert told.keys() == alerts
    parts = ("**For people**", "**Look at**", "**Do**")
    assert [name for name, text in told.items() if not all(p in text for p in parts)] == []


def test_queries_ask_for_metrics_that_are_there() -> None:
    known = {reference.exposed(metric) for metric in reference.metrics()}
    asked = {where: reference.names_in(query) for where, query in reference.queries()}
    assert len(asked) > 30
    assert {where: names - known for where, names in asked.items() if names - known} == {}


@dataclass(frozen=True)
class Watched:
    """A server in which a session was held, and the Prometheus that watched it."""

    metrics: str
    prometheus: str

    def ask(self, query: str) -> list[Any]:
        url = f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(url, timeout=10) as response:
            found: list[Any] = json.load(response)["data"]["result"]
            return found


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """The shipped configuration, but for the target and a shorter interval."""
    own = (reference.DEPLOY / "prometheus/prometheus.yml").read_text("utf-8")
    text = own.replace("127.0.0.1:9464", target).replace(": 5s", ": 1s")
    (folder / "prometheus.yml").write_text(text, "utf-8")
    (folder / reference.RULES.name).write_bytes(reference.RULES.read_bytes())
    port = free_port()
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(15)


def sign_documents(site: Site) -> None:
    """Give the installation a certificate, whose end is watched too."""
    identity = make_identity(site.directory)
    key = load_pem_private_key(identity.key.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    certificate = load_pem_x509_certificate(identity.certificate.read_bytes())
    held = serialize_key_and_certificates(b"", key, certificate, None, NoEncryption())
    (site.directory / "seal.p12").write_bytes(held)
    with site.config.open("a", encoding="utf-8") as config:
        config.write('[documents]\ncertificate = "seal.p12"\n')


def knock(port: int) -> None:
    """Be a stranger at the relay: what it refuses is watched too."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"?", ("127.0.0.1", port))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    site = Site(folder)
    sign_documents(site)
    site.start()
    try:
        with prometheus(folder, f"127.0.0.1:{site.metrics_port}") as url:
            knock(site.relay_port)
            command = [
                str(VISIOJURY),
                "rehearse",
                "--url",
                site.origin(),
                "--config",
                str(site.config),
            ]
            subprocess.run(
                [*command, "--keep", str(folder / "kept"), "--json"],
                stdout=sys.stderr,
                check=False,  # A busy machine may miss a figure; here only what happened counts.
                timeout=REHEARSAL_S,
            )
            time.sleep(3)  # Two more readings, so that what came last has a rate.
            yield Watched(f"http://127.0.0.1:{site.metrics_port}/metrics", url)
    finally:
        assert site.stop() == 0, site.log.read_text()[-2000:]


def test_metrics_are_as_prometheus_wants_them(watched: Watched) -> None:
    with urllib.request.urlopen(watched.metrics, timeout=10) as response:
        text = response.read().decode()
    done = promtool("check", "metrics", given=text)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(("where", "query"), list(reference.queries()))
def test_every_query_of_every_panel_and_alert_has_data(
    watched: Watched, where: str, query: str
) -> None:
    """An alert's comparison is asked for its truth: quiet, it would give nothing."""
    asked = COMPARISON.sub(r" \1 bool ", query)
    deadline_s = time.monotonic() + SEEN_S
    while not (found := watched.ask(asked)) and time.monotonic() < deadline_s:
        time.sleep(0.5)
    assert found, f"{where}: {asked}"
