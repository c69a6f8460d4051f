"""The modules of the web client, each alone, in the browser that will run them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright

from auth.errors import ProofInvalidError
from auth.proofs import ProofVerifier
from signaling.app import SECURITY_HEADERS, WEB
from tests.e2e.netns import CHROMIUM

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMPTY = (
    '<!doctype html><html lang="fr"><title>Essai</title><body><div id="root"></div></body></html>'
)
ACCENTED = re.compile(r"[àâçéèêëîïôûù]")
STRING_USE = re.compile(r"\bt((?:\.[A-Za-z_]\w*)+)")

# Source: RFC 7396, appendix A.
MERGES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client() -> AsyncIterator[Page]:
    """A page of our own origin, under the policy of the real pages, with nothing on it."""

    async def secure(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(SECURITY_HEADERS)

    async def empty(_request: web.Request) -> web.Response:
        return web.Response(text=EMPTY, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", empty)
    app.router.add_static("/static/", WEB)
    app.on_response_prepare.append(secure)
    async with TestServer(app) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{server.port}/")
        yield page
        await browser.close()


async def call(page: Page, module: str, body: str, value: object = None) -> Any:
    """Run `body`, which sees the module as `m` and `value`, and return its result."""
    script = f"async (value) => {{ const m = await import('/static/{module}'); {body} }}"
    return await page.evaluate(script, value)


# --- the state ------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "patch", "merged"), MERGES)
async def test_a_patch_gives_what_the_rfc_says(
    client: Page, target: Any, patch: Any, merged: Any
) -> None:
    body = "return m.merge(value[0], value[1]);"
    assert await call(client, "merge.js", body, [target, patch]) == merged


async def test_a_patch_changes_neither_the_state_before_nor_what_it_does_not_name(
    client: Page,
) -> None:
    body = """
    const before = { kept: { deep: 1 }, changed: { old: 1 } };
    const after = m.merge(before, { changed: { old: 2 } });
    return [before.changed.old, after.changed.old, after.kept === before.kept];"""
    assert await call(client, "merge.js", body) == [1, 2, True]


# --- time -----------------------------------------------------------------------------------


async def test_the_servers_clock_is_taken_from_the_quickest_answer(client: Page) -> None:
    body = """
    const clock = new m.ServerClock(), now = performance.now();
    clock.pong(1_000_000, now - 900, now);
    clock.pong(1_000_030, now - 20, now);
    clock.pong(1_000_700, now - 600, now);
    return clock.at(now);"""
    assert await call(client, "timing.js", body) == pytest.approx(1_000_040)


async def test_a_message_from_later_than_now_moves_the_clock_on(client: Page) -> None:
    body = """
    const clock = new m.ServerClock(), now = performance.now();
    clock.pong(1_000_000, now - 200, now);
    clock.tick(1_000_300, now);
    clock.tick(999_000, now);
    return clock.at(now);"""
    assert await call(client, "timing.js", body) == pytest.approx(1_000_300)


SITTING = """
const socket = { isSilent: false, heard: 0, clock: { now: () => 100_000, at: () => 97_000 } };
const sitting = (clock) =>
  ({ clock: { ended_ms: null, cap_ms: 20_000, extension_ms: 0, ...clock } });
"""


@pytest.mark.requirement("D5")
@pytest.mark.parametrize(
    ("sitting", "expected"),
    [
        (
            "sitting({ runs: true, end_due_ms: 160_500 })",
            {"remaining_ms": 60_500, "runs": True, "end_due_ms": 160_500, "extension_s": 0},
        ),
        (
            "sitting({ runs: false, remaining_ms: 42_000, growing_since_ms: 94_000 })",
            {"remaining_ms": 42_000, "runs": False, "end_due_ms": 142_000, "extension_s": 6},
        ),
        (
            "sitting({ runs: true, end_due_ms: 99_000, extension_ms: 20_000 })",
            {"remaining_ms": -1_000, "isElapsed": True, "extension_s": 20, "left_s": 0},
        ),
        (
            "sitting({ runs: false, remaining_ms: 7_000, ended_ms: 90_000 })",
            {"remaining_ms": 7_000, "isOver": True, "runs": False},
        ),
    ],
)
async def test_the_exam_clock_reads_as_the_server_says(
    client: Page, sitting: str, expected: dict[str, Any]
) -> None:
    reading = await call(client, "clock.js", f"{SITTING} return m.read({sitting}, socket);")
    assert {name: reading[name] for name in expected} == expected


async def test_a_silent_link_stops_the_display_where_it_was_last_told(client: Page) -> None:
    body = f"""{SITTING} socket.isSilent = true;
    return m.read(sitting({{ runs: true, end_due_ms: 160_000 }}), socket);"""
    reading = await call(client, "clock.js", body)
    assert (reading["remaining_ms"], reading["runs"], reading["isUnsure"]) == (63_000, False, True)


async def test_each_warning_is_said_once_and_again_only_when_time_came_back(client: Page) -> None:
    body = """
    const warnings = new m.Warnings();
    const said = [301, 299, 298, 61, 59, 120, 60, 0, -5].map((s) => warnings.next("x",
      { remaining_ms: s * 1000, isOver: false, isUnsure: false }) !== null);
    return said;"""
    assert await call(client, "clock.js", body) == [
        False, True, False, False, True, False, True, True, False,
    ]  # fmt: skip


@pytest.mark.requirement("S5")
@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("m.minutesSeconds(1_800_000)", "30:00"),
        ("m.minutesSeconds(59_001)", "01:00"),
        ("m.minutesSeconds(1)", "00:01"),
        ("m.minutesSeconds(-4_000)", "00:00"),
        ("m.minutesSeconds(4_500_000)", "75:00"),
        ("m.length(6_040)", "6,0 s"),
        ("m.length(72_400)", "1 min 12 s"),
        ("m.length(900_000)", "15 min"),
        ("m.whole(7)", "7 s"),
        ("m.planned(2_700)", "45 minutes"),
        ("m.hourSeconds(1_795_330_961_484, metropole)", "08 h 02 min 41 s"),
        ("m.hourEverywhere(1_795_330_961_484, reunion, [metropole, reunion])",
         "11 h 02 (heure locale, La Réunion) · 08 h 02 (heure locale, Grand Est)"),
        ("m.hourEverywhere(1_795_330_961_484, metropole, [metropole])",
         "08 h 02 (heure locale, Grand Est)"),
    ],
)  # fmt: skip
async def test_times_read_as_in_french_and_say_whose_they_are(
    client: Page, expression: str, text: str
) -> None:
    body = f"""
    const metropole = {{ region: "Grand Est", time_zone: "Europe/Paris" }};
    const reunion = {{ region: "La Réunion", time_zone: "Indian/Reunion" }};
    return {expression};"""
    assert (await call(client, "format.js", body)).replace("\u00a0", " ") == text


# --- the page -------------------------------------------------------------------------------


async def test_an_element_with_a_key_is_kept_when_others_come_and_go(client: Page) -> None:
    """A picture that is moved or made anew stops playing."""
    body = """
    const root = document.createElement("div");
    m.render(root, m.h("p", { key: "a" }, "a"), m.h("video", { key: "v" }), m.h("p", { key: "b" }));
    const video = root.querySelector("video");
    let moves = 0;
    new MutationObserver((all) => all.forEach((one) =>
      moves += [...one.removedNodes].includes(video) ? 1 : 0)).observe(root, { childList: true });
    m.render(root, m.h("h1", null, "new"), m.h("video", { key: "v" }), m.h("p", { key: "b" }, "b"));
    await new Promise((resolve) => setTimeout(resolve));
    return [root.querySelector("video") === video, moves, root.textContent];"""
    assert await call(client, "dom.js", body) == [True, 0, "newb"]


async def test_what_a_view_no_longer_says_is_gone(client: Page) -> None:
    body = """
    const root = document.createElement("div");
    let pressed = "";
    m.render(root, m.h("button", { class: "x", disabled: true, onclick: () => (pressed += "1") }));
    m.render(root, m.h("button", { testid: "y", onclick: () => (pressed += "2") }, false, null, 0));
    root.firstChild.click();
    m.render(root, m.h("button", null));
    root.firstChild.click();
    return [root.firstChild.attributes.length, pressed];"""
    assert await call(client, "dom.js", body) == [0, "2"]


async def test_text_is_never_markup(client: Page) -> None:
    body = """
    const root = document.createElement("div");
    m.render(root, m.h("p", { title: "<b>" }, "<img src=x onerror=alert(1)>"));
    return [root.querySelectorAll("img").length, root.textContent];"""
    assert await call(client, "dom.js", body) == [0, "<img src=x onerror=alert(1)>"]


async def test_an_outage_is_said_at_once_and_its_end_politely(client: Page) -> None:
    body = """
    const view = (outages) => ({ me: "c", people: { c: { name: "A", role: "chair" } },
      helps: {}, stations: {},
      sittings: { s: { sitting_id: "s", state: "running", outages } } });
    const open = { outage_id: "o", start_ms: 0, end_ms: null, participant_id: "c",
      stream: "audio", cause: "uplink", granted_s: null, most_s: 6 };
    const over = { ...open, end_ms: 6000 };
    const states = [view({}), view({ o: open }), view({ o: open }), view({ o: over }),
      view({ o: { ...over, granted_s: 6 } })];
    return states.slice(1).map((after, n) => m.notices(states[n], after).map((one) => one.how));"""
    assert await call(client, "notices.js", body) == [["assertive"], [], ["polite"], ["polite"]]


# --- who this browser is --------------------------------------------------------------------


async def test_a_proof_holds_for_the_request_it_was_made_for_and_no_other(client: Page) -> None:
    proof, origin = await client.evaluate("""async () => {
      const { API } = await import("/static/api.js");
      const { identityFor } = await import("/static/keys.js");
      const api = new API();
      api.identity = await identityFor("a secret");
      return [await api.proof("POST", "/api/ws-ticket", "token"), location.origin];
    }""")
    verifier = ProofVerifier()
    with pytest.raises(ProofInvalidError):
        verifier.verify(proof, method="POST", url=f"{origin}/api/media-token", access_token="token")
    url = f"{origin}/api/ws-ticket"
    assert len(verifier.verify(proof, method="POST", url=url, access_token="token")) == 43


async def test_the_device_is_the_same_after_a_reload_and_its_key_stays_inside(
    client: Page,
) -> None:
    script = """async () => {
      const keys = await import("/static/keys.js");
      const identity = (await keys.lastIdentity()) ?? (await keys.identityFor("another secret"));
      await keys.keep(identity);
      const { x } = await crypto.subtle.exportKey("jwk", identity.key.publicKey);
      const escaped = await crypto.subtle.exportKey("jwk", identity.key.privateKey)
        .then(() => true, () => false);
      return [x, identity.certificate.getFingerprints()[0].value, escaped];
    }"""
    before = await client.evaluate(script)
    await client.reload()
    assert await client.evaluate(script) == before
    assert before[2] is False


# --- the texts ------------------------------------------------------------------------------


async def test_every_text_that_a_page_names_is_there(client: Page) -> None:
    sources = [path.read_text("utf-8") for path in sorted(WEB.rglob("*.js"))]
    names = sorted({name for source in sources for name in STRING_USE.findall(source)})
    body = """
    const find = (name) => name.slice(1).split(".").reduce((at, part) => at?.[part], m.t);
    return value.filter((name) => find(name) === undefined);"""
    assert len(names) > 150
    assert await call(client, "strings.js", body, names) == []


async def test_french_is_written_in_one_place() -> None:
    texts = {WEB / "strings.js", *(WEB / "strings").glob("*.js")}
    others = [path for path in WEB.rglob("*.js") if path not in texts]
    assert others
    assert [path.name for path in others if ACCENTED.search(path.read_text("utf-8"))] == []


async def test_no_domain_of_texts_hides_another(client: Page) -> None:
    """Spread into one object, the later of two texts of one name would silently win."""
    body = "return Object.values(m).flatMap((texts) => Object.keys(texts));"
    domains = sorted(path.name for path in (WEB / "strings").glob("*.js") if path.stem != "plural")
    names = [name for domain in domains for name in await call(client, f"strings/{domain}", body)]
    common = re.findall(r"^  (\w+): ", (WEB / "strings.js").read_text("utf-8"), re.MULTILINE)
    names += common
    assert len(domains) > 1
    assert common
    assert sorted(names) == sorted(set(names))


async def test_the_pages_colours_can_be_read() -> None:
    """Source: WCAG 2.1, success criterion 1.4.3."""
    theme = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (WEB / "theme.css").read_text("utf-8")))
    pairs = [
        ("ink", "ground"), ("ink", "surface"), ("ink-soft", "ground"), ("ink-soft", "surface"),
        ("on-accent", "accent"), ("accent", "surface"), ("accent", "accent-soft"),
        ("good", "good-soft"), ("warn", "warn-soft"), ("alert-strong", "alert-soft"),
        ("on-alert", "alert"), ("on-stage", "stage"), ("warn", "surface"), ("good", "surface"),
    ]  # fmt: skip
    assert {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in pairs if contrast(
        theme[pair[0]], theme[pair[1]]) < 4.5} == {}  # fmt: skip


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21. Source: WCAG 2.1, relative luminance."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# --- one's own notes ------------------------------------------------------------------------


async def test_notes_are_erased_when_their_time_has_passed_and_not_before(client: Page) -> None:
    body = """
    localStorage.clear();
    const day_ms = 86_400_000, owner = { session_id: "s/1", participant_id: "chair" };
    const other = { session_id: "s/1", participant_id: "chair/2" };
    const age = (name, change) => {
      const note = JSON.parse(localStorage.getItem(name));
      localStorage.setItem(name, JSON.stringify({ ...note, ...change }));
    };
    const named = (end) => Object.keys(localStorage).find((name) => name.endsWith(end));
    for (const who of ["kept", "old", "over", "emptied"]) m.write(owner, who, `on ${who}`);
    m.write(other, "kept", "of another");
    m.write(owner, "emptied", "");
    age(named("/old"), { written_ms: Date.now() - 30 * day_ms });
    m.close(owner);
    age(named("/over"), { closed_ms: Date.now() - day_ms });
    m.close(owner);
    localStorage.setItem("visiojury.note/x/y/z", "{broken");
    localStorage.setItem("unrelated", "stays");
    m.sweep();
    const left = ["kept", "old", "over", "emptied"].map((who) => m.read(owner, who));
    m.forget(owner);
    const names = Object.keys(localStorage);
    return [left, m.read(owner, "kept"), m.read(other, "kept"), names.length];"""
    assert await call(client, "notes.js", body) == [["on kept", "", "", ""], "", "of another", 2]


async def test_notes_that_the_browser_cannot_keep_are_said_to_be_lost(client: Page) -> None:
    body = """
    const owner = { session_id: "s", participant_id: "chair" };
    localStorage.setItem("filler", "x".repeat(5_000_000));
    const isKept = m.write(owner, "candidate", "y".repeat(m.LONGEST * 20));
    localStorage.removeItem("filler");
    return [isKept, m.write(owner, "candidate", "y")];"""
    assert await call(client, "notes.js", body) == [False, True]


# --- before an exam -------------------------------------------------------------------------

MEASURED = {
    "path": "udp",
    "has_sound": True,
    "rtt_ms": 20,
    "lost_permille": 0,
    "jitter_ms": 4,
    "bitrate_bps": 900_000,
    "frames_per_s": 25,
}


@pytest.mark.requirement("B5")
@pytest.mark.parametrize(
    ("changed", "level", "reasons"),
    [
        ({}, "good", []),
        ({"frames_per_s": None, "bitrate_bps": 40_000}, "good", []),
        ({"lost_permille": 10, "rtt_ms": 150, "jitter_ms": 30}, "good", []),
        ({"lost_permille": 11}, "fair", ["lost"]),
        ({"lost_permille": 51, "rtt_ms": 200}, "poor", ["lost", "delay"]),
        ({"rtt_ms": 301}, "poor", ["delay"]),
        ({"jitter_ms": 90}, "fair", ["jitter"]),
        ({"frames_per_s": 12}, "fair", ["picture"]),
        ({"bitrate_bps": 100_000}, "poor", ["picture"]),
        ({"has_sound": False}, "poor", ["silent"]),
    ],
)
async def test_a_trial_of_the_network_is_judged_in_words(
    client: Page, changed: dict[str, Any], level: str, reasons: list[str]
) -> None:
    found = await call(client, "verdict.js", "return m.verdict(value);", {**MEASURED, **changed})
    assert found == {"level": level, "reasons": reasons}
    words = await call(client, "strings.js", "return m.t.network.advice;")
    assert all(words[reason].endswith(".") for reason in reasons)


@pytest.mark.requirement("B5")
async def test_who_finds_no_way_to_the_relay_is_told_so(client: Page) -> None:
    found = await call(client, "verdict.js", "return m.verdict(null);")
    assert found == {"level": "poor", "reasons": ["unreached"]}


ANSWER = "a=candidate:1 1 udp 2 192.0.2.1 9 typ host\r\na=candidate:2 1 tcp 1 192.0.2.1 9 typ host"


@pytest.mark.parametrize(
    ("way", "lines"), [("udp", ["1 1 udp"]), ("tcp", ["2 1 tcp"]), ("turn", ["1 1 udp"])]
)
async def test_a_way_is_tried_alone(client: Page, way: str, lines: list[str]) -> None:
    left = await call(client, "echo.js", "return m.only(...value);", [way, ANSWER])
    assert [line[12:19] for line in left.split("\r\n")] == lines


@pytest.mark.parametrize(
    ("name", "message", "said"),
    [
        ("NotAllowedError", "Permission denied", "à gauche de l’adresse"),
        ("NotAllowedError", "Permission denied by system", "réglages de l’ordinateur"),
        ("NotFoundError", "", "Branchez l’appareil"),
        ("NotReadableError", "", "Fermez les autres visioconférences"),
        ("AbortError", "", "rebranchez-le"),
        ("AnythingElse", "", "Vérifiez les branchements"),
    ],
)
async def test_a_device_that_the_browser_refuses_is_explained(
    client: Page, name: str, message: str, said: str
) -> None:
    body = "return m.help(new DOMException(value[1], value[0]));"
    assert said in await call(client, "devices.js", body, [name, message])
