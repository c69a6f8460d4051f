from __future__ import annotations

from contextlib import suppress

import pytest
from aiortc import RTCCertificate
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from auth.errors import FingerprintAmbiguousError, FingerprintMissingError
from auth.fingerprints import from_offer, normalise
from tests.auth.forge import FINGERPRINT, OTHER_FINGERPRINT

SHA512 = ":".join(["AB"] * 64)


def offer(*lines: str, session: str = "", end: str = "\r\n") -> str:
    """Return an offer with `session` above its two media sections and `lines` within each."""
    media = [line for kind in ("audio", "video") for line in (f"m={kind} 9 X 0", *lines)]
    return end.join(line for line in ["v=0", "s=-", session, *media, ""] if line) + end


ours = f"a=fingerprint:sha-256 {FINGERPRINT}"
theirs = f"a=fingerprint:sha-256 {OTHER_FINGERPRINT}"


@given(data=st.binary(min_size=32, max_size=32), lower=st.booleans())
def test_any_certificate_survives_the_round_trip(data: bytes, *, lower: bool) -> None:
    written = ":".join(f"{byte:02x}" if lower else f"{byte:02X}" for byte in data)
    expected = data.hex(":").upper()
    assert normalise(written) == expected
    assert from_offer(offer(f"a=fingerprint:sha-256 {written}")) == expected


@pytest.mark.parametrize(
    "sdp",
    [
        offer(session=ours),
        offer(ours),
        offer(ours, session=ours),
        offer(ours, end="\n"),
        offer(ours.lower()),
        offer(ours.replace("sha-256", "SHA-256")),
        offer(ours, f"a=fingerprint:sha-512 {SHA512}", "a=fingerprint:sha-1 AB:CD"),
        offer(ours).removesuffix("\r\n"),
    ],
)
def test_one_certificate_is_found_wherever_it_is_named(sdp: str) -> None:
    assert from_offer(sdp) == FINGERPRINT


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        offer(),
        offer(f"a=fingerprint:sha-512 {SHA512}"),
        offer("a=fingerprint:sha-256 AB:CD"),
        offer(f"a=fingerprint:sha-256 {FINGERPRINT}:00"),
        offer(f"a=fingerprint:sha-256 {FINGERPRINT.replace(':', '')}"),
        offer(ours.replace("00", "\ufb00")),  # one character, "FF" in upper case
    ],
)
def test_an_offer_without_a_sha256_fingerprint_is_refused(sdp: str) -> None:
    with pytest.raises(FingerprintMissingError):
        from_offer(sdp)


@pytest.mark.parametrize(
    "sdp",
    [
        offer(ours, theirs),
        offer(theirs, session=ours),
        offer(ours) + offer(theirs),
        offer(ours, theirs.replace("sha-256", "SHA-256")),
        offer(ours, theirs.replace("fingerprint", "Fingerprint")),
        offer(ours, " " + theirs),
        offer(ours, theirs + " more"),
        offer(ours, "a=fingerprint"),
        offer(ours, "a=fingerprint:"),
        offer(ours, theirs.replace(":", " ", 1)),
        *(offer(f"a=x{cut}{ours}") for cut in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"),
    ],
    ids=repr,
)
def test_an_offer_that_readers_may_take_for_two_certificates_is_refused(sdp: str) -> None:
    with pytest.raises(FingerprintAmbiguousError):
        from_offer(sdp)


def test_a_certificate_of_aiortc_is_named_by_its_sha256() -> None:
    named = RTCCertificate.generateCertificate().getFingerprints()
    sdp = offer(*(f"a=fingerprint:{f.algorithm} {f.value}" for f in named))
    assert [from_offer(sdp)] == [f.value for f in named if f.algorithm == "sha-256"]


def seen_by_aiortc(sdp: str) -> set[str]:
    try:
        session = SessionDescription.parse(sdp)
    except Exception:  # noqa: BLE001  (what it cannot read, it does not connect)
        return set()
    announced = [media.dtls for media in session.media if media.dtls]
    return {f.value.upper() for dtls in announced for f in dtls.fingerprints}


lines = st.sampled_from(
    [ours, theirs, ours.lower(), "a=fingerprint:", "m=audio 9 RTP/AVP 0", "a=mid:0", "v=0", " "]
)
ends = st.sampled_from(["\r\n", "\n", "\r", "\u2028", "\f", ""])


@given(parts=st.lists(st.tuples(lines | st.text(max_size=12), ends), max_size=12))
def test_what_we_accept_is_all_that_another_parser_sees(
    parts: list[tuple[str, str]],
) -> None:
    sdp = "".join(line + end for line, end in parts)
    with suppress(FingerprintMissingError, FingerprintAmbiguousError):
        accepted = from_offer(sdp)
        assert seen_by_aiortc(sdp) <= {accepted}
