"""Every command given something wrong: a code, a French sentence, exit code 2, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auth.keys import InstallationKeys
from visiojury.cli import main

NOWHERE = ["--url", "http://127.0.0.1:1"]
CASES = [
    (["verify", "missing"], "n’existe pas"),
    (["verify", "folder"], "C’est un dossier"),
    (["verify", "junk"], "Ni registre, ni archive"),
    (["verify", "junk", "--record", "missing"], "introuvable"),
    (["verify", "junk", "--record", "folder"], "c’est un dossier"),
    (["session", "create", "missing"], "introuvable"),
    (["session", "create", "folder"], "c’est un dossier"),
    (["session", "create", "junk"], "ni TOML ni JSON"),
    (["session", "import", "missing"], "introuvable"),
    (["session", "list", "--config", "missing"], "illisible"),
    (["session", "list", *NOWHERE], "ne répond pas"),
    (["session", "list", "--url", "nonsense"], "commence par https://"),
    (["session", "show", "nobody", *NOWHERE], "ne répond pas"),
    (["documents", "list", "nobody", *NOWHERE], "ne répond pas"),
    (["documents", "make", "nobody", "out", *NOWHERE], "ne répond pas"),
    (["erase", "--dry-run", *NOWHERE], "ne répond pas"),
    (["backup", "copy"], "cette base n’existe pas"),
    (["restore", "missing"], "introuvable"),
    (["restore", "folder"], "c’est un dossier"),
    (["restore", "junk"], "incomplète ou abîmée"),
]


@pytest.mark.parametrize(("arguments", "said"), CASES, ids=[" ".join(a) for a, _ in CASES])
def test_a_wrong_input_is_refused_in_words(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "junk").write_text("junk")
    InstallationKeys.load_or_create(tmp_path / "var" / "keys")
    assert main([*arguments, "--json"]) == 2
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    (problem,) = told.get("problems", [told])
    assert problem["code"].replace("_", "").isalpha()
    assert said in problem["message"]
