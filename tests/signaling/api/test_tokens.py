"""Access renewed before it ends, and the published keys."""

from __future__ import annotations

import jwt
import pytest

from signaling.access import ACCESS_LIFETIME_MS
from tests.signaling.site import Site, refusal_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("T1")]

PATH = "/api/access-token"


async def test_access_is_renewed_for_the_same_person_and_key_only(site: Site) -> None:
    session = await site.create()
    client = await site.person(session, "candidate")
    before = client._token
    renewed = (await client.post(PATH, {}))["access_token"]
    old, new = (jwt.decode(t, options={"verify_signature": False}) for t in (before, renewed))
    assert new["jti"] != old["jti"]
    assert {k: new[k] for k in ("sub", "session", "role", "invitation", "cnf")} == {
        k: old[k] for k in ("sub", "session", "role", "invitation", "cnf")
    }
    client._token = renewed
    await client.post("/api/ws-ticket", {})
    thief = site.device(session, "candidate")
    thief._token = renewed
    assert (await refusal_of(thief.post(PATH, {}))).refusal == "proof_mismatch"


async def test_revoked_access_is_not_renewed(site: Site) -> None:
    session = await site.create()
    client = await site.person(session, "candidate")
    organiser = await site.person(session, "organiser")
    await organiser.act("revoke_invitation", participant_id="candidate")
    assert (await refusal_of(client.post(PATH, {}))).refusal == "access_revoked"


async def test_renewal_ends_a_month_after_the_link_was_opened(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await site.person(await site.create(), "candidate")
    now_ms = site.server.instants.now_ms()
    with monkeypatch.context() as patch:
        patch.setattr(site.server.instants, "now_ms", lambda: now_ms + ACCESS_LIFETIME_MS - 60_000)
        last = jwt.decode(
            (await client.post(PATH, {}))["access_token"], options={"verify_signature": False}
        )
        assert 0 < last["exp"] - last["iat"] <= 61
        patch.setattr(site.server.instants, "now_ms", lambda: now_ms + ACCESS_LIFETIME_MS)
        refusal = await refusal_of(client.post(PATH, {}))
    assert (refusal.status, refusal.refusal) == (401, "access_over")


async def test_the_published_keys_verify_a_token_and_show_nothing_private(site: Site) -> None:
    client = await site.person(await site.create(), "candidate")
    async with site.http.get(site.origin + "/.well-known/jwks.json") as response:
        keys = jwt.PyJWKSet.from_dict(await response.json())
        assert '"d"' not in await response.text()
    kid = jwt.get_unverified_header(client._token)["kid"]
    claims = jwt.decode(
        client._token, keys[kid], algorithms=["ES256"], audience="visiojury", issuer=site.origin
    )
    assert claims["sub"] == "candidate"
