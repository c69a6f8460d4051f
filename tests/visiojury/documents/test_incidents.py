"""The incident sheet has every field of annex 3, in its order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import SITTING, Story, eventful_story, sealed_story
from tests.visiojury.documents.reading import accessibility, attachments_of, pages_of, text_of
from visiojury.documents import DocumentError, incident_sheet

EVENTFUL = eventful_story()
CONTINUED = incident_sheet(EVENTFUL.entries, SITTING)
POSTPONED = incident_sheet(EVENTFUL.entries, "sitting-2")

IN_ORDER = [
    "Fiche de déclaration d’incident",
    "à remettre au jury",
    "Référent de l’épreuve",
    "Nom RÉFÉRENT",
    "Prénom Rémi",
    "Organisme DEETS Martinique",
    "Diplôme Diplôme d’État d’ingénierie sociale (DEIS)",
    "Date de l’épreuve 15 juin 2026",
    "Heure de début 11 h 01 min 12 s, heure de Paris (5 h 01 min 12 s, heure de la Martinique)",
    "Heure de fin 11 h 48 min 24 s, heure de Paris",
    "Durée de la défaillance technique 13,6 s (2 défaillances)",
    "DREETS de domiciliation référente DEETS Martinique",
    "DREETS organisatrice DREETS Grand Est",
    "Organisme chargé du contrôle",
    "Adresse du lieu de l’épreuve Route de la Pointe des Sables",
    "Rayer la mention inutile.",
    "n’a pas empêché de poursuivre",
    "a empêché de poursuivre",
    "demandent le report",
    "Le report se décide conjointement",
    "Rayer la mention inutile.",
    "L’épreuve s’est poursuivie.",
    "L’épreuve est reportée.",
    "DREETS de domiciliation référente (DEETS Martinique) – date, lieu et signature",
    "Référent de l’épreuve – date, lieu et signature",
    "DREETS organisatrice de l’examen (DREETS Grand Est) – date, lieu et signature",
    "Observations du candidat",
    "Relevé des défaillances mesurées",
    "11 h 06 min 12,7 s",
]


@pytest.mark.requirement("D10")
def test_every_field_of_the_annex_stands_in_its_order() -> None:
    text, position = text_of(CONTINUED), 0
    for field in IN_ORDER:
        found = text.find(field, position)
        assert found >= 0, f"{field!r} is not in {text[position : position + 300]!r}"
        position = found + len(field)


def test_the_mention_that_does_not_hold_is_struck_out() -> None:
    continued, postponed = text_of(CONTINUED), text_of(POSTPONED)
    assert "L’épreuve est reportée. (mention rayée)" in continued
    assert "L’épreuve s’est poursuivie. (mention rayée)" not in continued
    assert "L’épreuve s’est poursuivie. (mention rayée)" in postponed
    assert "L’épreuve est reportée. (mention rayée)" not in postponed
    assert "Demandé par Émile EXAMINATEUR" in postponed


def test_nothing_is_struck_out_while_the_sitting_runs() -> None:
    story = Story()
    story.open_sitting()
    story.cut("candidate", 8.0)
    text = text_of(incident_sheet(story.entries, SITTING))
    assert "mention rayée" not in text
    assert "à décider" in text
    assert "8,0 s (1 défaillance)" in text


def test_an_outage_that_has_not_ended_is_told_as_such() -> None:
    story = Story()
    story.open_sitting()
    story.cut("candidate", 8.0)
    open_only = [entry for entry in story.entries if entry.event.type != "outage.closed"]
    text = text_of(incident_sheet(open_only, SITTING))
    assert "en cours" in text
    assert "aucune défaillance mesurée" in text


def test_the_sheet_says_nothing_of_the_deliberation_and_stays_the_same() -> None:
    end = next(
        entry.seq
        for entry in EVENTFUL.entries
        if entry.event.type == "sitting.closed" and entry.event.sitting_id == SITTING
    )
    attached = attachments_of(CONTINUED)
    assert list(attached) == ["document.json"]
    statement = json.loads(attached["document.json"][0])
    assert statement["entries"] == end
    assert incident_sheet(EVENTFUL.entries[:end], SITTING) == CONTINUED
    assert "TROISIÈME" not in attached["document.json"][0].decode()


@pytest.mark.parametrize("sheet", [CONTINUED, POSTPONED], ids=["continued", "postponed"])
def test_the_sheet_is_accessible_and_short(sheet: bytes, tmp_path: Path) -> None:
    assert accessibility(sheet, tmp_path) == []
    assert pages_of(sheet) == 3


@pytest.mark.requirement("D10")
def test_a_sitting_in_which_nothing_happened_has_no_sheet() -> None:
    with pytest.raises(DocumentError) as refusal:
        incident_sheet(sealed_story(cuts=()).entries, SITTING)
    assert refusal.value.code == "nothing_to_report"


def test_an_unknown_sitting_or_an_empty_record_has_no_sheet() -> None:
    with pytest.raises(DocumentError) as refusal:
        incident_sheet(EVENTFUL.entries, "sitting-9")
    assert refusal.value.code == "sitting_unknown"
    with pytest.raises(DocumentError) as refusal:
        incident_sheet([], SITTING)
    assert refusal.value.code == "record_empty"
