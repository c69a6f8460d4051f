"""The containers of deploy/: linted, rendered, and held against the program that they run."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import Chart
from helm_python.chart import lint

from signaling import settings as s
from signaling.api import ROUTES
from visiojury.cli import parser

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "deploy/container"
CONTAINERFILE = CONTAINER / "Containerfile"
COMPOSE = CONTAINER / "compose.yaml"
CHART = ROOT / "deploy/helm/visiojury"
WARNING = 2
OWN = {"log_level": 'log_level = "debug"\n[turn]\nonly = false'}


def test_the_containerfile_has_no_fault() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run(
        [hadolint, "--no-fail", "--format=json", CONTAINERFILE],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert json.loads(done.stdout) == []


def test_what_the_image_is_made_of_is_there_and_reaches_the_builder() -> None:
    text = CONTAINERFILE.read_text("utf-8")
    lines = re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    assert [name for name in copied if not (ROOT / name).exists()] == []
    admitted = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert set(admitted) == copied


def arguments_of(command: list[str]) -> str:
    """Return which of our commands a container runs; refused ones exit."""
    return str(parser().parse_args(command).run.__module__)


# --- compose --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    whole = yaml.safe_load(COMPOSE.read_text("utf-8"))
    found: dict[str, Any] = whole["services"]
    assert set(found) == {"server", "relay", "front", "prometheus"}
    named = {v.split(":")[0] for one in found.values() for v in one["volumes"] if v[0] not in "./"}
    assert named == set(whole["volumes"])
    return found


def test_compose_mounts_what_is_there(services: dict[str, Any]) -> None:
    mounted = [v.split(":")[0] for one in services.values() for v in one["volumes"] if v[0] == "."]
    assert mounted
    assert [path for path in mounted if not (CONTAINER / path).exists()] == []


def test_compose_runs_commands_that_meet(services: dict[str, Any]) -> None:
    assert arguments_of(services["server"]["command"]).endswith("serving")
    assert arguments_of(services["relay"]["command"]).endswith("relays")
    server, relay = (s.load(CONTAINER / "etc" / name) for name in ("visiojury.toml", "relay.toml"))
    assert [str(path) for path in server.relay.sockets] == [services["relay"]["command"][-1]]
    assert server.relay.count() == 0
    assert relay.relay.host == "0.0.0.0"
    front = services["front"]["environment"]["VISIOJURY_SERVER"]
    assert front == f"{server.http.host}:{server.http.port}"
    minutes = int(services["server"]["stop_grace_period"].removesuffix("m"))
    assert minutes * 60 > server.drain_s


def test_our_containers_may_do_nothing_more_than_they_need(services: dict[str, Any]) -> None:
    for name in ("server", "relay"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert not [v for v in services["relay"]["volumes"] if v.startswith("data:")]


# --- Helm -----------------------------------------------------------------------------------------


def rendered(**values: Any) -> dict[str, Any]:
    """Return the manifests by kind, as Helm itself renders them."""
    with Chart.load(CHART) as chart:
        texts = chart.render(values, name="vj", namespace="exams").values()
    documents = [yaml.safe_load(text) for text in texts]
    return {one["kind"]: one for one in documents if one is not None}


def test_the_chart_has_no_fault() -> None:
    report = lint(CHART, strict=True)
    assert report["errors"] == []
    assert [m for m in report["messages"] if m["severity"] >= WARNING] == []


def test_the_chart_refuses_what_it_does_not_know() -> None:
    for wrong in ({"hosts": "exam.example"}, {"drainSeconds": "long"}, {"relay": {"count": 0}}):
        assert lint(CHART, wrong, strict=True)["errors"] != []


def configurations(manifests: dict[str, Any], folder: Path) -> Iterator[s.Settings]:
    for name, text in manifests["ConfigMap"]["data"].items():
        (folder / name).write_text(text, "utf-8")
        yield s.load(folder / name)


def test_the_pod_runs_commands_that_meet(tmp_path: Path) -> None:
    manifests = rendered(
        settings=OWN["log_level"], secretName="keys", relay={"count": 2, "announce": ["192.0.2.9"]}
    )
    pod = manifests["StatefulSet"]["spec"]["template"]["spec"]
    server, *relays = pod["containers"]
    assert arguments_of(server["args"]).endswith("serving")
    assert {arguments_of(relay["args"]) for relay in relays} == {"visiojury.console.relays"}
    relay_settings, settings = sorted(
        configurations(manifests, tmp_path), key=lambda one: len(one.relay.sockets)
    )
    assert settings.log_level == "debug"
    assert [str(path) for path in settings.relay.sockets] == [r["args"][-1] for r in relays]
    assert [relay["args"][-2] for relay in relays] == ["40000", "40001"]
    assert relay_settings.relay.host == "0.0.0.0"
    assert settings.http.origins == ("https://visiojury.example.gouv.fr",)
    mounts = {mount["mountPath"] for mount in server["volumeMounts"]}
    assert {"/etc/visiojury", str(settings.data), "/run/visiojury-relay"} <= mounts


def test_an_address_of_the_relay_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for announced, expected in (([], ("198.51.100.7",)), (["192.0.2.9"], ("192.0.2.9",))):
        manifests = rendered(relay={"announce": announced})
        _, relay = manifests["StatefulSet"]["spec"]["template"]["spec"]["containers"]
        for one in relay["env"]:  # As the kubelet sets them: references to what stands before.
            value = one.get("value", "198.51.100.7").replace("$(NODE_ADDRESS)", "198.51.100.7")
            monkeypatch.setenv(one["name"], value)
        (tmp_path / "relay.toml").write_text(manifests["ConfigMap"]["data"]["relay.toml"], "utf-8")
        assert s.load(tmp_path / "relay.toml").relay.announce == expected


def test_the_pod_has_time_to_drain_and_rights_to_nothing() -> None:
    manifests = rendered(drainSeconds=7200)
    pod = manifests["StatefulSet"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > 7200
    assert pod["hostNetwork"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    for container in pod["containers"]:
        confined = container["securityContext"]
        assert confined["readOnlyRootFilesystem"]
        assert confined["capabilities"] == {"drop": ["ALL"]}
    paths = {route.path for route in ROUTES}
    probes = ("readinessProbe", "livenessProbe", "startupProbe")
    assert {pod["containers"][0][probe]["httpGet"]["path"] for probe in probes} <= paths


def test_what_leads_to_the_pod_finds_it() -> None:
    manifests = rendered()
    labels = manifests["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget"):
        selector = manifests[kind]["spec"]["selector"]
        assert (selector.get("matchLabels") or selector).items() <= labels.items()
    (rule,) = manifests["Ingress"]["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    service = manifests["Service"]
    assert backend["name"] == service["metadata"]["name"]
    assert "Ingress" not in rendered(ingress={"enabled": False})
