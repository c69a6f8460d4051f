from __future__ import annotations

import inspect
import re
from pathlib import Path

import auth
from auth import errors
from auth.errors import AuthError

REFUSALS = AuthError.__subclasses__()


def test_every_refusal_has_its_own_code() -> None:
    codes = [refusal.code for refusal in REFUSALS]
    assert len(set(codes)) == len(codes) == 44
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", code) for code in codes)


def test_refusals_are_one_level_below_their_base_and_drawn_in_the_tree() -> None:
    assert not [refusal for refusal in REFUSALS if refusal.__subclasses__()]
    drawn = set(re.findall(r"── (\w+)", inspect.getdoc(errors) or ""))
    assert drawn == {refusal.__name__ for refusal in REFUSALS}


def test_every_refusal_is_raised_by_the_package() -> None:
    folder = Path(auth.__file__ or "").parent
    source = "".join(f.read_text() for f in folder.glob("*.py") if f.name != "errors.py")
    assert not [r.__name__ for r in REFUSALS if f"raise {r.__name__}" not in source
                and f"return {r.__name__}" not in source]  # fmt: skip


def test_the_text_tells_the_case_after_the_sentence() -> None:
    assert str(errors.TokenUsedError()) == "the token was already used"
    assert str(errors.ProofInvalidError("no jti")).endswith("is invalid: no jti")
