"""The bills of materials (CycloneDX 1.6): each package with its version and its licence.

`make sbom` writes two into dist/: `visiojury.cdx.json`, what an installation has, and
`visiojury-dev.cdx.json`, with the tools of developers. Both are read from the environment as it is
installed, not from what the locks promise; the same environment gives the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parent.parent
RUN_LOCK = ROOT / "requirements-run.lock"
SHIPPED, WHOLE = "visiojury.cdx.json", "visiojury-dev.cdx.json"
_PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)

Bill = dict[str, Any]


def pins() -> set[tuple[str, str]]:
    """Return name and version of every package of an installation, on one platform or another."""
    return set(_PIN.findall(RUN_LOCK.read_text("utf-8")))


def name_of(component: Bill) -> str:
    """Return the name as locks write it. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", component["name"]).lower()


def whole() -> Bill:
    """Return the bill of the environment that runs this."""
    program = Path(sysconfig.get_path("scripts")) / "cyclonedx-py"
    arguments = ("--no-validate", "--output-reproducible", "--of", "JSON")
    done = subprocess.run(
        [
            program,
            "environment",
            "--pyproject",
            ROOT / "pyproject.toml",
            *arguments,
            sys.executable,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # It says that nothing was validated: that comes after.
        check=True,
    )
    bill: Bill = json.loads(done.stdout)
    return bill


def shipped(bill: Bill) -> Bill:
    """Return what of a bill is in an installation too."""
    wanted = {name for name, _ in pins()}
    components = [one for one in bill["components"] if name_of(one) in wanted]
    root = bill["metadata"]["component"]["bom-ref"]
    kept = {root, *(one["bom-ref"] for one in components)}
    dependencies = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", ()) if ref in kept]}
        for one in bill["dependencies"]
        if one["ref"] in kept
    ]
    return {**bill, "components": components, "dependencies": dependencies}


def text_of(bill: Bill) -> str:
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    bill = whole()
    for name, one in ((SHIPPED, shipped(bill)), (WHOLE, bill)):
        text = text_of(one)
        if (error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
            raise SystemExit(f"{name}: {error}")
        (folder / name).write_text(text, "utf-8")
        print(f"{folder / name}: {len(one['components'])} packages")


if __name__ == "__main__":
    main()
