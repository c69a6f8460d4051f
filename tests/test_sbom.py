"""The bill of materials names what is locked, each with its licence."""

from __future__ import annotations

import pytest

from tests import sbom


@pytest.fixture(scope="module")
def bill() -> sbom.Bill:
    return sbom.shipped(sbom.whole())


def test_every_package_has_the_locked_version_and_a_licence(bill: sbom.Bill) -> None:
    found = {(sbom.name_of(one), one["version"]) for one in bill["components"]}
    assert {name for name, _ in found} >= {"aiohttp", "cryptography", "typst"}
    assert found <= sbom.pins()
    assert [one["name"] for one in bill["components"] if not one.get("licenses")] == []


def test_no_developers_tool_is_in_it(bill: sbom.Bill) -> None:
    """One of them is under the AGPL (docs/dependencies.md): nothing of it is shipped."""
    assert {"pytest", "pymupdf", "mypy"} & {
        sbom.name_of(one) for one in bill["components"]
    } == set()


def test_what_depends_on_what_is_told_of_these_alone(bill: sbom.Bill) -> None:
    known = {one["bom-ref"] for one in bill["components"]}
    known.add(bill["metadata"]["component"]["bom-ref"])
    named = {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])}
    assert named <= known
