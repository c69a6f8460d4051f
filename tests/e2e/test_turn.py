"""A candidate whose network lets nothing through but the TURN server, told in one of two ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.turn import SECRET, TURNServer, coturn
from tests.e2e.netns import Host
from tests.e2e.people import Cast, is_flowing
from tests.e2e.site import CANDIDATE, Site
from visiojury.rehearsal.ports import LOCAL

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]

_ROUTE = """async () => {
  const { pc } = document.querySelector("vj-app").media;
  const report = await pc.getStats();
  const transport = [...report.values()].find((entry) => entry.type === "transport");
  const pair = report.get(transport.selectedCandidatePairId);
  return { local: report.get(pair.localCandidateId).candidateType,
    remote: report.get(pair.remoteCandidateId).address };
}"""


@pytest.fixture
def turn(host: Host, tmp_path: Path) -> Iterator[TURNServer]:
    with coturn(
        tmp_path, address=host.gateway, address_v6=host.gateway_v6, relay=host.gateway
    ) as server:
        yield server


@pytest.mark.requirement("T1")
@pytest.mark.parametrize(
    ("only", "query"), [("true", ""), ("false", "?turn")], ids=["by the installation", "by address"]
)
async def test_a_candidate_joins_through_the_turn_server_alone(
    host: Host, turn: TURNServer, cast: Cast, tmp_path: Path, only: str, query: str
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "secret").write_text(SECRET)
    settings = f'[turn]\nurls = ["{turn.url}"]\nsecret_file = "secret"\nonly = {only}\n'
    site = Site(tmp_path / "site", (LOCAL, host.gateway), settings)
    try:
        site.start()
        site.create_session()
        host.let_through(tcp=site.http_port, udp=turn.port)
        secure = f"--unsafely-treat-insecure-origin-as-secure={site.origin(host.gateway)}"
        candidate = await cast.enter(CANDIDATE, program=str(host.chromium()), flags=[secure])
        await candidate.join(site, host.gateway, query=query)
        await candidate.until(lambda s: is_flowing(s, CANDIDATE), "own media at the relay")
        route = await candidate.page.evaluate(_ROUTE)
        assert route == {"local": "relay", "remote": host.gateway}
        cast.no_page_failed()
    finally:
        site.stop()
