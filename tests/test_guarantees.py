"""The five guarantees of the instruction (II.2), each with the tests that show it (T1).

One mark for all five would hide that one of them is shown by nothing.
"""

from __future__ import annotations

import pytest

from tests import requirements

GUARANTEES = {
    "authentication of everyone": {
        "tests/signaling/test_server.py": "test_a_token_without_its_key_is_worth_nothing",
        "tests/e2e/test_hostile.py": "test_who_has_no_right_is_told_so_and_nothing_happens",
    },
    "continuous flow of picture and sound": {
        "tests/media/test_process.py": "test_two_peers_hear_and_see_each_other",
    },
    "security and confidentiality of what is transmitted": {
        "tests/media/test_process.py": "test_media_that_does_not_decrypt_is_dropped",
        "tests/media/test_no_recording.py": (
            "test_a_relay_that_can_neither_open_nor_write_a_file_relays_all_the_same"
        ),
    },
    "reliability": {
        "tests/e2e/test_kill.py": "test_a_killed_server_loses_nothing_and_everyone_is_back",
    },
    "competent staff available": {
        "tests/visiojury/exam/test_duty.py": "test_an_agent_of_each_office_is_on_duty",
    },
}


@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_each_guarantee_is_shown_by_a_test_that_says_so(guarantee: str) -> None:
    shown = requirements.in_tests()["T1"]
    missing = [
        f"{path}: {name}"
        for path, name in GUARANTEES[guarantee].items()
        if name not in shown.get(path, [])
    ]
    assert missing == []


def test_there_are_five() -> None:
    assert len(GUARANTEES) == 5
