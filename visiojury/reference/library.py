"""Every file of reference data, read and checked once; then what is in force on a given day.

One rule joins the files: later values replace earlier ones, field by field; the installation's own
files come after all of ours. All faults of all files are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from visiojury.exam.advice import Planning
from visiojury.exam.enrolment import IDENTIFIER
from visiojury.reference import model as m
from visiojury.reference import toml
from visiojury.reference.errors import Fault, ReferenceDataError

OURS = Path(str(resources.files("visiojury.reference"))) / "data"

SUBJECTS: dict[str, type[Any] | dict[str, type[Any]]] = {
    "diplomas": m.DiplomaEntry,
    "offices": m.OfficeEntry,
    "territories": m.TerritoryEntry,
    "pooling": m.PoolingEntry,
    "thresholds": {"planning": Planning, "deadlines": m.Deadlines, "retention": m.Retention},
}
"""Of each subject, what an entry is: always the same, or by its name."""


@dataclass(frozen=True, slots=True)
class Value:
    """A field as read, and where it stands."""

    value: Any
    file: toml.File
    line: int


Entries = dict[tuple[str, str], dict[str, Value]]
"""By subject and entry: the fields given."""


@dataclass(frozen=True, slots=True)
class _Dated:
    since: date
    subject: str
    file: toml.File


class Library:
    """All reference data of an installation; `at` gives what holds on a day."""

    def __init__(self, files: list[_Dated]) -> None:
        self._files = files
        self._latest: m.Reference | None = None
        """What was last asked for: a server asks for today, again and again."""

    @classmethod
    def read(cls, overrides: Path | None = None) -> Library:
        """Read our files and the installation's, and check them at each date they begin.

        Raises:
            ReferenceDataError: with every fault found.
        """
        faults: list[Fault] = []
        files = list(_files(OURS, faults))
        if overrides is not None:
            files += _files(overrides, faults)
        for file in files:
            faults += _faults_of(file)
        if faults:
            raise ReferenceDataError(faults)
        library = cls(files)
        first = min(file.since for file in files if file.file.path.is_relative_to(OURS))
        for day in sorted({max(file.since, first) for file in files}):
            library.at(day)
        return library

    def at(self, day: date) -> m.Reference:
        """Return the data in force on `day`.

        Raises:
            ReferenceDataError: `reference_value_missing`, `reference_link_broken`.
        """
        if self._latest is None or self._latest.day != day:
            self._latest = self._made(day)
        return self._latest

    def _made(self, day: date) -> m.Reference:
        entries: Entries = {}
        for dated in self._files:
            if dated.since <= day:
                _lay_over(entries, dated)
        faults = [*_missing(entries), *_broken(entries)]
        if not entries:
            reason = f"aucune donnée de référence n’est en vigueur le {day.isoformat()}."
            faults = [Fault(code="reference_value_missing", path=OURS, line=0, reason=reason)]
        if faults:
            raise ReferenceDataError(faults)
        return _reference(entries, day)


def load(day: date, overrides: Path | None = None) -> m.Reference:
    """Return the data in force on `day`. Raises: ReferenceDataError."""
    return Library.read(overrides).at(day)


# --- files --------------------------------------------------------------------------------------


def _files(root: Path, faults: list[Fault]) -> Iterator[_Dated]:
    """Yield the files of `root` in the order of their dates; note those that cannot be read."""
    try:
        folders = sorted(path for path in root.iterdir() if not path.name.startswith("."))
    except OSError as error:
        reason = f"dossier illisible ({error.strerror})."
        faults.append(Fault(code="reference_unreadable", path=root, line=0, reason=reason))
        return
    for path in (path for folder in folders for path in _listed(folder)):
        try:
            since, subject = _placed(path, root)
            yield _Dated(since, subject, toml.read(path))
        except ReferenceDataError as error:
            faults += error.faults


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else [folder]


def _placed(path: Path, root: Path) -> tuple[date, str]:
    """Return the date and subject that a path `DATE/SUBJECT.toml` names."""
    names = ", ".join(f"{name}.toml" for name in SUBJECTS)
    if path.suffix == ".toml" and path.stem in SUBJECTS and path.parent.parent == root:
        try:
            return date.fromisoformat(path.parent.name), path.stem
        except ValueError:
            pass
    reason = f"rien n’est attendu ici : un dossier se nomme AAAA-MM-JJ et contient {names}."
    raise ReferenceDataError(
        [Fault(code="reference_name_unknown", path=path, line=0, reason=reason)]
    )


# --- values -------------------------------------------------------------------------------------


def _model(subject: str, entry: str) -> type[Any] | None:
    kind = SUBJECTS[subject]
    return kind.get(entry) if isinstance(kind, dict) else kind


@cache
def _adapters(kind: type[object]) -> Mapping[str, TypeAdapter[Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: TypeAdapter(hint) for name, hint in hints.items()}


def _faults_of(dated: _Dated) -> Iterator[Fault]:
    """Yield what is wrong with a file by itself: unknown names, refused values."""
    file = dated.file
    for entry, given in file.entries.items():
        kind = _model(dated.subject, entry)
        if kind is None or not isinstance(given, dict) or not IDENTIFIER.fullmatch(entry):
            reason = f"« {entry} » n’est pas attendu ; retirez-le ou corrigez son nom."
            yield _fault("reference_name_unknown", file, file.line(entry), reason)
            continue
        adapters = _adapters(kind)  # type: ignore[arg-type] # mypy doubts that a class has a hash
        for key, value in given.items():
            line = file.line(entry, key)
            if key not in adapters:
                reason = f"« {key} » n’est pas attendu ; champs possibles : {', '.join(adapters)}."
                yield _fault("reference_name_unknown", file, line, reason)
            elif (why := _why_refused(adapters[key], value)) is not None:
                yield _fault("reference_value_refused", file, line, f"« {key} » {why}.")


def _why_refused(adapter: TypeAdapter[Any], value: object) -> str | None:
    try:
        adapter.validate_python(_plain(value), strict=True)
    except ValidationError as error:
        return _french(error)
    return None


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_REASONS = {
    "bool_type": "doit valoir true ou false",
    "date_type": "doit être une date : AAAA-MM-JJ, sans guillemets",
    "dict_type": 'doit être une table : { "…" = … }',
    "greater_than_equal": "doit valoir {ge} au moins",
    "int_type": "doit être un nombre entier",
    "less_than_equal": "doit valoir {le} au plus",
    "literal_error": "doit valoir {expected}",
    "string_too_long": "dépasse {max_length} caractères",
    "string_too_short": "ne peut pas être vide",
    "string_type": "doit être un texte entre guillemets",
    "tuple_type": 'doit être une liste : ["…", "…"]',
}
"""French of pydantic's kinds of error; what is not here is quoted in its own words."""


def _french(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    reason = _REASONS.get(first["type"], f"est refusé ({first['msg']})")
    return reason.format_map(first.get("ctx", {})).replace(" or ", " ou ")


def _lay_over(entries: Entries, dated: _Dated) -> None:
    for entry, given in dated.file.entries.items():
        laid = entries.setdefault((dated.subject, entry), {})
        for key, value in given.items():
            laid[key] = Value(value, dated.file, dated.file.line(entry, key))
        if not laid:
            laid[""] = Value(None, dated.file, dated.file.line(entry))


# --- the whole ----------------------------------------------------------------------------------


def _missing(entries: Entries) -> Iterator[Fault]:
    """Yield each field that no file gives."""
    for (subject, entry), given in entries.items():
        kind = _model(subject, entry)
        assert kind is not None, "unknown entries were refused when read"
        last = next(reversed(given.values()))
        for field in fields(kind):
            is_optional = field.default is not MISSING or field.default_factory is not MISSING
            if field.name not in given and not is_optional:
                reason = f"« {field.name} » manque à « {entry} »."
                line = last.file.line(entry)
                yield _fault("reference_value_missing", last.file, line, reason)


def _broken(entries: Entries) -> Iterator[Fault]:
    """Yield each reference to what does not exist."""
    zones = available_timezones()
    for (subject, entry), given in entries.items():
        for key, target in _LINKS.get(subject, ()):
            named = given[key].value if key in given else ()
            for name in [named] if isinstance(named, str) else named:
                known = name in zones if target == "zone" else (target, name) in entries
                if not known:
                    reason = f"« {name} », cité par « {entry} », n’existe pas ({_TERMS[target]})."
                    value = given[key]
                    yield _fault("reference_link_broken", value.file, value.line, reason)


_LINKS: dict[str, tuple[tuple[str, str], ...]] = {
    "offices": (("time_zone", "zone"),),
    "territories": (("time_zones", "zone"),),
    "pooling": (("diploma", "diplomas"), ("organised_by", "offices"), ("hosts", "offices")),
}
_TERMS = {
    "zone": "fuseau horaire",
    "diplomas": "diplôme de diplomas.toml",
    "offices": "service de offices.toml",
}


def _reference(entries: Entries, day: date) -> m.Reference:
    made: dict[str, dict[str, Any]] = {subject: {} for subject in SUBJECTS}
    for (subject, entry), given in entries.items():
        kind = _model(subject, entry)
        assert kind is not None, "unknown entries were refused when read"
        values: dict[str, Any] = {key: _plain(v.value) for key, v in given.items() if key}
        since, until = values.get("since"), values.get("until")
        if (since is None or since <= day) and (until is None or day <= until):
            made[subject][entry] = kind(**values)
    return m.Reference(
        day=day,
        diplomas=made["diplomas"],
        offices=made["offices"],
        territories=made["territories"],
        pooling=made["pooling"],
        **made["thresholds"],
    )


def _fault(code: str, file: toml.File, line: int, reason: str) -> Fault:
    return Fault(code=code, path=file.path, line=line, reason=reason)
