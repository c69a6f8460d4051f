"""The minutes say what happened, in French, and say it the same way each time."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from tests.builders import (
    DAY_MS,
    SITTING,
    Story,
    definition,
    eventful_story,
    overseas_definition,
    sealed_story,
)
from tests.visiojury.documents.reading import (
    accessibility,
    attachments_of,
    pages_of,
    rightmost_of,
    text_of,
)
from visiojury.documents import DocumentError, minutes
from visiojury.documents.house import VERSION
from visiojury.exam import commands as cmd
from visiojury.record.fold import fold
from visiojury.record.lines import from_lines, to_lines

PAGE_PT, MARGIN_PT = 595.3, 59.5
SEALED = sealed_story()
EVENTFUL = eventful_story()
PDF = minutes(EVENTFUL.entries)
TEXT = text_of(PDF)

MAKE_AGAIN = """
import hashlib, sys
from tests.builders import eventful_story
from visiojury.documents import minutes
print(hashlib.sha256(minutes(eventful_story().entries)).hexdigest())
"""


@pytest.mark.requirement("J7")
@pytest.mark.parametrize(
    "fact",
    [
        # The session, both offices, the route.
        "DEIS par la VAE, session de juin 2026",
        "Diplôme d’État d’ingénierie sociale (DEIS)",
        "validation des acquis de l’expérience (VAE)",
        "DREETS Grand Est, 6 rue Gustave-Adolphe Hirn, 67000 Strasbourg",
        "DEETS Martinique, Route de la Pointe des Sables",
        # The jury: on site and remote, who checked what, since when.
        "Paule PRÉSIDENTE président du jury sur place (DREETS Grand Est) carte nationale",
        "Émile EXAMINATEUR examinateur à distance carte nationale d’identité",
        "par Odile ORGANISATRICE 9 h 00 min 41 s, heure de Paris",
        "lien personnel et code",
        # The first sitting.
        "3.1. Camille CANDIDATE – épreuve tenue jusqu’à son terme",
        "Anne AIDANTE ; passeport ; contrôle par Rémi RÉFÉRENT",
        "Début prévu 15 juin 2026 à 11 h 00, heure de Paris (5 h 00, heure de la Martinique)",
        "Temps majoré 10 min, sur prescription médicale",
        "Début 11 h 01 min 12 s, heure de Paris (5 h 01 min 12 s, heure de la Martinique)",
        "Pauses 7 min 00,0 s",
        "Temps perdu par défaillance 13,6 s",
        "Prolongation accordée 12 s, sur 10 min au plus (un tiers de la durée réglementaire)",
        "Fin due 11 h 48 min 24 s, heure de Paris (5 h 48 min 24 s, heure de la Martinique)",
        "Durée constatée 47 min 12,0 s",
        # Who was connected during it, before and after the server was away.
        "11 h 15 min 48 s 5 h 15 min 48 s 11 h 15 min 41 s 5 h 15 min 41 s 11 h 48 min 24 s",
        # Its outages: bounds to the tenth, side, what was given back, by whom, why.
        "11 h 06 min 12,7 s 5 h 06 min 12,7 s 11 h 06 min 18,8 s 5 h 06 min 18,8 s 6,1 s",
        "Camille CANDIDATE (candidat) : liaison depuis son poste (son et image)",
        "7 s, accordé par Paule PRÉSIDENTE 11 h 07 min 29 s 5 h 07 min 29 s",
        "serveur de visioconférence (son et image) 5 s, réduit par Paule PRÉSIDENTE",
        "sur 8 s ; reste 9 min 48 s sous le plafond",
        "motif : La phrase interrompue a été reprise.",
        "Évacuation du bâtiment.",
        # The second one, postponed.
        "3.2. Dominique DEUXIÈME – épreuve reportée",
        "Plafond atteint : seul un report restait possible",
        "La prestation interrompue n’est pas prise en compte",
        "Demandé par Émile EXAMINATEUR à 12 h 44 min 53 s",
        "Accord (DEETS Martinique) par Rémi RÉFÉRENT",
        "Accord (DREETS Grand Est) par Odile ORGANISATRICE",
        # The third one.
        "3.3. Claude TROISIÈME – candidat absent",
        # What stopped nothing.
        "Élise EXPERTE (examinateur) son ; microphone ou caméra de son poste",
        "11 h 07 min 19,4 s 11 h 07 min 29,4 s 10,0 s",
        "serveur 11 h 15 min 41,5 s 11 h 15 min 49,0 s 7,5 s",
        "Camille CANDIDATE (candidat) 11 h 07 min 33 s 11 h 08 min 11 s Rémi RÉFÉRENT 37,5 s",
        # The decisions.
        "1 membre sur place, 2 membres à distance",
        "validation partielle",
        "Bloc 2 – Concevoir et conduire une action",
        "3 voix pour, 0 voix contre, 0 abstention",
        "sans décision : épreuve reportée",
        "sans décision : candidat absent",
        # The seal and the signatures.
        "W_ou-DIkakywsbuR5BK8MVwDI9IYaA7Qfel1FZ06czc",
        "visiojury verify",
        "Renée RESPONSABLE responsable de session Date et signature",
    ],
)
def test_the_minutes_say(fact: str) -> None:
    assert fact in TEXT


def test_the_head_and_the_signature_are_printed_in_full() -> None:
    joined = TEXT.replace(" ", "")
    seal = EVENTFUL.session.seal
    assert seal is not None
    assert seal.head in joined
    assert seal.signature in joined


def test_the_service_is_not_put_on_anybody() -> None:
    """What we caused names no participant. Source: design of exam time, section 1."""
    assert "(candidat) : serveur" not in TEXT
    assert "(examinateur) : serveur" not in TEXT


def test_a_single_outage_is_told_with_the_seconds_it_gave_back() -> None:
    text = text_of(minutes(SEALED.entries))
    assert "11 h 05 min 12,4 s 11 h 05 min 18,4 s 6,0 s" in text
    assert "6 s, accordé par Paule PRÉSIDENTE" in text
    assert "Fin due 11 h 31 min 18 s, heure de Paris Fin 11 h 31 min 18 s" in text
    assert "Incidents n’ayant pas interrompu d’épreuve Aucun." in text
    assert "Martinique" not in text


@pytest.mark.parametrize(
    ("waited_s", "said"),
    [
        (1000.0, "soit 13 min 20,0 s avant la fin due"),
        (1800.9, "heure de Paris Durée constatée"),
        (1842.3, "soit 42,3 s après la fin due"),
    ],
)
def test_an_end_away_from_the_end_due_is_told(waited_s: float, said: str) -> None:
    story = Story()
    story.open_sitting()
    story.wait(waited_s)
    story.act("chair", cmd.Close(sitting_id=SITTING))
    story.deliberate()
    story.seal()
    assert said in text_of(minutes(story.entries))


def test_a_session_without_an_outage_says_so() -> None:
    text = text_of(minutes(sealed_story(cuts=()).entries))
    assert "Aucune défaillance n’a empêché l’épreuve." in text
    assert "Prolongation accordée 0 s" in text
    assert "Appels à l’aide Aucun." in text


def test_thirty_outages_run_over_several_pages_with_their_heading() -> None:
    story = Story()
    story.open_sitting()
    for number in range(30):
        story.wait(20)
        story.cut("candidate", 1.5 + number / 10)
    story.decide_all()
    story.close_sitting()
    story.deliberate()
    story.seal()
    pdf = minutes(story.entries)
    text = text_of(pdf)
    assert pages_of(pdf) >= 4
    assert text.count("Temps rendu, décision") >= 2
    assert "30 11 h" in text
    assert "4,4 s Camille CANDIDATE" in text


def test_a_rehearsal_is_marked_as_worth_nothing() -> None:
    story = Story(replace(definition(), purpose="rehearsal"))
    story.open_sitting()
    story.close_sitting()
    story.deliberate()
    story.seal()
    text = text_of(minutes(story.entries))
    assert "Session d’essai, sans valeur" in text
    assert "sans valeur" not in TEXT


@pytest.mark.requirement("S5")
def test_a_host_office_where_it_is_another_day_says_which() -> None:
    base = overseas_definition()
    reunion = replace(base.offices[1], time_zone="Pacific/Auckland")
    (plan, *_) = base.sittings
    late = replace(plan, planned_ms=DAY_MS + 10 * 3_600_000)
    story = Story(replace(base, offices=(base.offices[0], reunion), sittings=(late,)))
    story.open_sitting()
    story.close_sitting()
    story.deliberate()
    story.seal()
    assert "7 h 01 min 12 s le 16 juin 2026" in text_of(minutes(story.entries))


@pytest.mark.parametrize(
    "name",
    [
        "Wolfeschlegelsteinhausenbergerdorff" * 5,
        "Von-der-" * 24,
        "Nguyễn Đặng Łukasz Țepeș Ægir Þórr",
        "Ελένη Жанна שרה ქეთევან Հասմիկ",
        "漢字 한국 देव 🙂",
        '#eval("1") *gras* $x$ \\ <b> @ref [x]',
        "Retourné\u202eeésrevnI\u0007\u00ad\ufeff",
    ],
)
def test_any_name_can_be_printed_and_none_can_disturb(name: str, tmp_path: Path) -> None:
    people = tuple(
        replace(p, family_name=name) if p.participant_id == "candidate" else p
        for p in definition().participants
    )
    story = Story(replace(definition(), participants=people))
    story.open_sitting()
    story.cut("candidate", 2.0)
    story.decide_all()
    story.close_sitting()
    story.deliberate()
    story.seal()
    pdf = minutes(story.entries)
    assert accessibility(pdf, tmp_path) == []
    assert rightmost_of(pdf) < PAGE_PT - MARGIN_PT + 1
    assert "\u202e" not in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    (extract,) = attachments_of(pdf)["record.jsonl"]
    enrolled = fold(from_lines(extract)).participants.values()
    assert name in {person.family_name for person in enrolled}


def test_a_character_that_no_font_has_is_spelled_out() -> None:
    people = tuple(
        replace(p, family_name="漢a") if p.participant_id == "chair" else p
        for p in definition().participants
    )
    story = Story(replace(definition(), participants=people))
    story.open_sitting()
    story.close_sitting()
    story.deliberate()
    story.seal()
    assert "Paule [U+6F22]A" in text_of(minutes(story.entries))


def test_a_record_without_its_seal_gives_no_minutes() -> None:
    with pytest.raises(DocumentError) as refusal:
        minutes(SEALED.entries[:-1])
    assert refusal.value.code == "record_unsealed"
    with pytest.raises(DocumentError):
        minutes([])


def test_an_unknown_time_zone_is_refused() -> None:
    story = Story()
    created = story.session.info
    office = replace(created.offices[0], time_zone="Europe/Nowhere")
    nowhere = replace(created, offices=(office, created.offices[1]))
    story.drafts[0] = replace(story.drafts[0], event=nowhere)
    story.seal()
    with pytest.raises(DocumentError) as refusal:
        minutes(story.entries)
    assert refusal.value.code == "time_zone_unknown"


def test_a_session_sealed_before_anything_happened_still_has_minutes() -> None:
    story = Story()
    story.seal()
    text = text_of(minutes(story.entries))
    assert "Le jury n’a pas délibéré." in text
    assert "épreuve prévue, non tenue" in text


# --- the file ----------------------------------------------------------------------------------


def test_the_record_is_attached_to_the_byte() -> None:
    attached = attachments_of(PDF)
    assert set(attached) == {"document.json", "record.jsonl"}
    assert attached["record.jsonl"] == [to_lines(EVENTFUL.entries)]
    assert PDF.count(b"/AFRelationship/Source") == 1


def test_the_file_says_which_version_laid_it_out_and_when_the_record_was_sealed() -> None:
    metadata = pypdf.PdfReader(io.BytesIO(PDF)).metadata
    assert metadata is not None
    assert str(metadata["/Keywords"]) == VERSION
    assert metadata.creation_date is not None
    assert metadata.creation_date.timestamp() == EVENTFUL.now_ms // 1000


def test_the_file_claims_both_standards_and_is_accessible(tmp_path: Path) -> None:
    metadata = pypdf.PdfReader(io.BytesIO(PDF)).xmp_metadata
    assert metadata is not None
    xmp = metadata.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert accessibility(PDF, tmp_path) == []


@pytest.mark.requirement("J7")
@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Caracas", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "HOME": "/"},
    ],
)
def test_another_process_elsewhere_makes_the_same_bytes(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", MAKE_AGAIN],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)} | surroundings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == hashlib.sha256(PDF).hexdigest()


def test_the_entries_after_the_seal_are_not_told() -> None:
    assert minutes([*SEALED.entries, SEALED.entries[3]]) == minutes(SEALED.entries)
