"""One template and its data to a PDF/A-3a + PDF/UA-1 file. Knows Typst, not the exam.

Only the fonts of the house are used (those inside the Typst package, unless an installation
brings its own) and the date is the record's, so the same input gives the same bytes on any
machine, for one version of Typst and of the templates: `House.version` names both, and is
written in the file's keywords.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from visiojury.documents.house import PLAIN, House

if TYPE_CHECKING:
    import typst

RECORD, STATEMENT = "record.jsonl", "document.json"
"""Names of what is attached: the entries told; what the document says of itself."""
STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]

CODES = frozenset(
    {"code", "digest", "head", "proof_address", "qr", "sha256", "signature", "thumbprint"}
)
"""Members that hold digests and the like: the templates cut these themselves."""

_LONGEST_WORD = 28
_LONGEST_CAPITALS = 16
"""Family names stand in capitals, in narrow columns."""
_LONG_WORD = re.compile(rf"[^\s-]{{{_LONGEST_CAPITALS + 1},}}")
_BREAK_EVERY = 8
_BREAK = "\u200b"
_MOST_ATTEMPTS = 5
_UNPRINTABLE = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    statement: bytes,
    record: bytes | None = None,
    at_ms: int,
    house: House = PLAIN,
) -> bytes:
    """Return `template` filled with `data`.

    Args:
        template: file name in the house's templates.
        data: what the template shows; strings of any script and origin.
        statement: what the document says of itself, attached as JSON.
        record: the entries it is told from, attached as JSON lines; None: not attached.
        at_ms: the document's date, milliseconds UTC.
        house: templates and fonts.

    Raises:
        typst.TypstError: a house's template does not go with this data.
    """
    import typst  # noqa: PLC0415 - a large library, see house.py

    text = json.dumps(printable(data), ensure_ascii=False, sort_keys=True)
    attached = {"statement": statement.decode(), "record": (record or b"").decode()}
    for _ in range(_MOST_ATTEMPTS):
        try:
            return _compile(template, {"data": text, **attached}, at_ms, house)
        except typst.TypstError as error:
            missing = _missing_characters(str(error.diagnostic))
            if not missing:
                raise
            text = text.translate({ord(character): code_point(character) for character in missing})
    raise AssertionError("characters that no font has are replaced at the first attempt")


def printable(value: Any, *, is_code: bool = False) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return `value` with nothing in it that could hide or disturb what stands on the page.

    A character that is invisible, or turns the direction of its line, is spelled out; a word
    too long for a column may be broken anywhere, so that it covers nothing beside it.
    """
    if isinstance(value, str):
        text = "".join(_visible(character) for character in value)
        return text if is_code else _LONG_WORD.sub(_with_breaks, text)
    if isinstance(value, Mapping):
        return {key: printable(item, is_code=key in CODES) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def code_point(character: str) -> str:
    """Return « [U+6F22] », which any font can show."""
    return f"[U+{ord(character):04X}]"


def _with_breaks(word: re.Match[str]) -> str:
    """Return a word with an invisible place to break it every few letters, if it needs any."""
    text = word[0]
    if len(text) <= _LONGEST_WORD and not text.isupper():
        return text
    starts = range(0, len(text), _BREAK_EVERY)
    return _BREAK.join(text[start : start + _BREAK_EVERY] for start in starts)


def _visible(character: str) -> str:
    if character in _SPACES:
        return " "
    if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}:
        return code_point(character)
    return character


def _compile(template: str, inputs: dict[str, str], at_ms: int, house: House) -> bytes:
    import typst  # noqa: PLC0415

    compiler = typst.Compiler(
        house.root / template,
        root=house.root,
        font_paths=house.fonts(),
        sys_inputs=inputs | {"version": house.version},
    )
    pdf, warnings = compiler.compile_with_warnings(
        format="pdf", pdf_standards=STANDARDS, timestamp=at_ms // 1000
    )
    assert isinstance(pdf, bytes)
    assert not warnings, [warning.message for warning in warnings]
    return pdf


def _missing_characters(diagnostic: str) -> set[str]:
    """Return the characters that a font is missing for, from Typst's own words.

    A contract test fails when an upgrade changes those words.
    """
    texts = (_unescaped(text) for text in _UNPRINTABLE.findall(diagnostic))
    return {character for text in texts for character in text if ord(character) > 0x7F}


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
