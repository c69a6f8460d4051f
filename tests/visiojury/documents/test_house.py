"""An installation's own letterhead, wording and fonts: used by name, and tried before use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import eventful_story
from tests.visiojury.documents.reading import accessibility, text_of
from tests.visiojury.documents.samples import samples as made_anew
from visiojury.documents import Edition, make
from visiojury.documents.house import PLAIN, TEMPLATES, VERSION, House, HouseError, furnish
from visiojury.documents.inspection import inspect, samples
from visiojury.documents.signing import CertificateError
from visiojury.documents.studio import Equipment, equip
from visiojury.documents.verification import verify_bytes
from visiojury.record.lines import to_lines

ENTRIES = eventful_story().entries
LETTERHEAD = """#let letterhead(office) = [
  *RÉPUBLIQUE FRANÇAISE* #h(1fr) #office
]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "letterhead.typ").write_text(LETTERHEAD, encoding="utf-8")
    return folder


def shape_of(value: object) -> object:
    """Return the names in a template's data, whatever they stand for."""
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    return shape_of(value[0]) if isinstance(value, list) and value else None


def test_the_samples_have_the_form_of_what_documents_are_given() -> None:
    """If not: python -m tests.visiojury.documents.samples."""
    assert shape_of(samples()) == shape_of(made_anew())
    told = {path.name for path in TEMPLATES.glob("*.typ") if "#show: official" in path.read_text()}
    assert set(samples()) == told


def test_our_own_templates_pass() -> None:
    inspect(PLAIN)


def test_a_letterhead_of_the_installation_stands_on_its_documents(
    own: Path, tmp_path: Path
) -> None:
    house = furnish(own, tmp_path / "furnished")
    inspect(house)
    pdf = make("convocation-sitting-1", ENTRIES, Edition(house=house))
    assert text_of(pdf).startswith("RÉPUBLIQUE FRANÇAISE DREETS Grand Est Convocation")
    assert accessibility(pdf, tmp_path) == []
    assert make("convocation-sitting-1", ENTRIES, Edition(house=house)) == pdf


def test_a_document_names_the_installations_version_and_is_not_called_a_forgery(
    own: Path, tmp_path: Path
) -> None:
    house = furnish(own, tmp_path / "furnished")
    assert house.version == f"{VERSION}-house-{house.digest}"
    pdf = make("convocation-sitting-1", ENTRIES, Edition(house=house))
    verdict = verify_bytes(pdf, to_lines(ENTRIES))
    assert {problem.code for problem in verdict.problems} == {"document_version"}
    assert verify_bytes(pdf, to_lines(ENTRIES), house).holds


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("letterhead.typ", "#let letterhead(office) = [\n", "letterhead.typ, ligne 1 : unclosed"),
        ("letterhead.typ", "// nothing", "common.typ, ligne 4 : unresolved import"),
        ("letterhead.typ", "#let letterhead() = []", "ligne"),
        ("wording.typ", "#let convocation-opening = []", "ligne"),
        (
            "convocation.typ",
            '#import "common.typ": *\n\n#data.no-such-thing',
            "convocation.typ, ligne 3 : dictionary does not contain key",
        ),
        (
            "letterhead.typ",
            '#let letterhead(office) = read("/etc/passwd")',
            "letterhead.typ, ligne 1 :",
        ),
    ],
    ids=["unclosed", "empty", "arguments", "incomplete", "field", "outside"],
)
def test_a_template_that_cannot_be_used_is_refused_with_file_line_and_reason(
    name: str, content: str, said: str, own: Path, tmp_path: Path
) -> None:
    (own / name).write_text(content, encoding="utf-8")
    with pytest.raises(HouseError) as refusal:
        equip(Equipment(templates=own, furnished=tmp_path / "furnished"))
    assert refusal.value.code == "template_invalid"
    assert said in str(refusal.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HouseError) as refusal:
        furnish(tmp_path / "ghost", tmp_path / "furnished")
    assert refusal.value.code == "templates_unreadable"
    assert "ghost" in str(refusal.value)


def test_the_same_files_elsewhere_are_the_same_house(own: Path, tmp_path: Path) -> None:
    here, there = furnish(own, tmp_path / "a"), furnish(own, tmp_path / "b")
    assert here.digest == there.digest
    (own / "letterhead.typ").write_text(LETTERHEAD + " ", encoding="utf-8")
    assert furnish(own, tmp_path / "a").digest != there.digest
    assert House().digest == ""


def test_a_certificate_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError):
        equip(Equipment(certificate=tmp_path / "ghost.p12"))
