"""CSV as French spreadsheets save it, and what only looks like it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visiojury.imports.report import LineError
from visiojury.imports.table import MAX_BYTES, Table, folded, read

COLUMNS = ("nom", "prénom", "date de l’épreuve")


def table(content: str | bytes) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return read(raw, columns=COLUMNS, required=("nom",))


def refusal(content: str | bytes) -> tuple[str, int, str]:
    with pytest.raises(LineError) as refused:
        table(content)
    (fault,) = refused.value.refused.faults
    return fault.code, refused.value.refused.line, fault.column


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_encodings_and_line_ends_of_spreadsheets_are_read(encoding: str, end: str) -> None:
    text = end.join(["nom;prénom", "Lœuf;Zoé", '"Le ""Grand""";"a;b"', ""])
    rows = table(text.encode(encoding)).rows
    assert [row.cells for row in rows] == [
        {"nom": "Lœuf", "prénom": "Zoé"},
        {"nom": 'Le "Grand"', "prénom": "a;b"},
    ]
    assert [row.line for row in rows] == [2, 3]


def test_columns_are_found_in_any_order_case_and_accent() -> None:
    found = table("PRENOM ; Date de l'épreuve;autre; NOM\nZoé;x;y;Lœuf\n")
    assert found.rows[0].cells == {"prénom": "Zoé", "date de l’épreuve": "x", "nom": "Lœuf"}
    assert found.unknown == ("autre",)


def test_empty_lines_are_no_lines_and_numbers_stay_true() -> None:
    found = table('nom;prénom\n;\n\n"a\nb";Zoé\nc;d\n')
    assert [(row.line, row.cells["nom"]) for row in found.rows] == [(4, "a\nb"), (6, "c")]


def test_a_line_longer_than_its_header_is_refused() -> None:
    (row, other) = table("nom;prénom\na;b;c\nd;e;;\n").rows
    assert [fault.code for fault in row.faults] == ["line_too_long"]
    assert other.faults == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ("file_empty", 1, "")),
        (";;\na;b;c\n", ("file_empty", 1, "")),
        ("nom,prénom\na,b\n", ("file_delimiter", 1, "")),
        ("prénom;x\na;b\n", ("file_column_missing", 1, "nom")),
        ("nom;Nom\na;b\n", ("file_column_twice", 1, "nom")),
        ('nom;prénom\na;b\n"c;d\n', ("file_quotes", 3, "")),
        ('nom;prénom\n"a"b;c\n', ("file_quotes", 2, "")),
        ("nom;prénom\n".encode("utf-16"), ("file_not_text", 1, "")),
        (b"PK\x03\x04\0\0\x81", ("file_not_text", 1, "")),
        (b"nom;pr\x81nom\n", ("file_not_text", 1, "")),
        (b"a" * (MAX_BYTES + 1), ("file_too_big", 1, "")),
    ],
)
def test_what_is_no_such_file_is_refused(
    content: str | bytes, expected: tuple[str, int, str]
) -> None:
    assert refusal(content) == expected


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows([COLUMNS[:2], *rows])
    found = table(out.getvalue())
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [(r.cells.get("nom", ""), r.cells.get("prénom", "")) for r in found.rows] == [
        tuple(cell if cell.strip() else "" for cell in row) for row in kept
    ]


@given(content=st.binary(max_size=300) | st.text(';\n"\r éa', max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    lines: list[int] = []
    try:
        lines = [row.line for row in table(b"nom;x\n" + content).rows]
    except LineError as error:
        lines = [error.refused.line]
    assert len(set(lines)) == len(lines)
    assert min(lines, default=1) >= 1


@given(text=st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
