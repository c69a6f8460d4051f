"""A real relay process with real peers of another make, over loopback."""

import asyncio
import os
import re
import signal
import socket
import time
from collections.abc import AsyncIterator

import pytest
from aioice import stun

from media.client import RelayGoneError, RelayProcess, RelayRefusedError
from media.kinds import WATCHED, Cause, Direction, Stream, TransportState
from media.messages import (
    CloseRoom,
    Join,
    Leave,
    Mute,
    PeerConnected,
    QualityChanged,
    QualityMeasured,
    Restart,
    SetGroups,
    SlotsAssigned,
    Stats,
    StreamInterrupted,
    StreamRestored,
    StreamStarted,
    Switch,
    TransportChanged,
)
from tests.media.offers import FINGERPRINT, usual
from tests.media.robots import ROOM, Desk, Wire, running, until

pytestmark = pytest.mark.alone


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as made:
        yield made


@pytest.mark.requirement("T1")
async def test_two_peers_hear_and_see_each_other(desk: Desk) -> None:
    anna, bert = desk.robot("anna", tone_hz=500, luma=60), desk.robot("bert", tone_hz=900, luma=180)
    await anna.join(desk.relay)
    joined = await bert.join(desk.relay)
    assert joined.slots == 2
    await until(lambda: bert.frames("audio") > 50 and bert.frames("video") > 15)
    await until(lambda: anna.frames("audio") > 50 and anna.frames("video") > 15)
    for robot, tone_hz, luma in ((anna, 900, 180), (bert, 500, 60)):
        sound, picture = robot.slots["2"], robot.slots["4"]
        assert sound.frequency_hz == pytest.approx(tone_hz, abs=15)
        assert picture.luma == pytest.approx(luma, abs=6)
        assert robot.slots["3"].frames == robot.slots["5"].frames == 0
    connected = await desk.told(PeerConnected, peer="anna")
    print(f"offer to connected {connected.offer_to_connected_s * 1000:.0f} ms")
    for stream in WATCHED:
        await desk.told(StreamStarted, peer="bert", stream=stream)
    assigned = await desk.told(SlotsAssigned, peer="anna")
    assert {mid: (slot.source, slot.kind) for mid, slot in assigned.slots.items()} == {
        "2": ("bert", Stream.AUDIO),
        "4": ("bert", Stream.VIDEO),
    }
    assert desk.heard(StreamInterrupted) == []


async def test_who_waits_gets_nothing_and_is_given_to_nobody_until_admitted(desk: Desk) -> None:
    jury, waiting = desk.robot("jury"), desk.robot("waiting", tone_hz=700, luma=200)
    await jury.join(desk.relay)
    await waiting.join(desk.relay, group=None)
    await desk.told(StreamStarted, peer="waiting", stream=Stream.VIDEO)
    await desk.told(StreamStarted, peer="jury", stream=Stream.VIDEO)
    await asyncio.sleep(0.5)
    assert [r.frames("audio") + r.frames("video") for r in (jury, waiting)] == [0, 0]

    began = time.monotonic()
    await desk.relay.request(SetGroups(room=ROOM, groups={"waiting": "all"}))
    await until(lambda: waiting.frames("video") > 0 and jury.frames("video") > 0)
    print(f"first pictures after admission {(time.monotonic() - began) * 1000:.0f} ms")
    await until(lambda: jury.slots["2"].frames > 30)
    assert jury.slots["2"].frequency_hz == pytest.approx(700, abs=15)

    await desk.relay.request(SetGroups(room=ROOM, groups={"waiting": None}))
    await asyncio.sleep(0.3)  # what was decoded already comes out
    before = jury.frames("audio"), waiting.frames("audio"), jury.frames("video")
    await asyncio.sleep(0.7)
    assert (jury.frames("audio"), waiting.frames("audio"), jury.frames("video")) == before


async def test_groups_of_one_room_do_not_mix_and_switch_at_once(desk: Desk) -> None:
    ear = desk.robot("ear")
    low, high = desk.robot("low", tone_hz=300, luma=50), desk.robot("high", tone_hz=1200, luma=200)
    await ear.join(desk.relay, group="one")
    await low.join(desk.relay, group="one")
    await high.join(desk.relay, group="two")
    await until(lambda: ear.slots["2"].frames > 40 and ear.slots["4"].frames > 5)
    assert ear.slots["2"].frequency_hz == pytest.approx(300, abs=15)
    assert ear.slots["3"].frames == 0
    await desk.relay.request(SetGroups(room=ROOM, groups={"low": "two", "high": "one"}))
    await until(lambda: ear.slots["3"].frames > 40 and ear.slots["5"].frames > 5)
    assert ear.slots["3"].frequency_hz == pytest.approx(1200, abs=15)
    assert ear.slots["5"].luma == pytest.approx(200, abs=6)


@pytest.mark.requirement("D7")
async def test_six_seconds_without_datagrams_are_found_where_they_were(desk: Desk) -> None:
    wire = Wire(desk.relay.ready.port)
    await wire.open()
    other, robot = desk.robot("other"), desk.robot("candidate")
    await other.join(desk.relay)
    await robot.join(desk.relay, via=wire.between)
    await desk.told(StreamStarted, peer="candidate", stream=Stream.VIDEO)
    await asyncio.sleep(1.5)
    began, ended = await wire.cut(6.0)
    for stream, tolerance_s, latest_s in ((Stream.AUDIO, 0.1, 1.5), (Stream.VIDEO, 0.15, 2.5)):
        cut = await desk.told(StreamInterrupted, peer="candidate", stream=stream)
        back = await desk.told(StreamRestored, peer="candidate", stream=stream)
        start_error_s = cut.since_s - began
        length_error_s = back.at_s - cut.since_s - (ended - began)
        print(f"{stream}: start {start_error_s:+.3f} s, length {length_error_s:+.3f} s")
        assert abs(start_error_s) <= tolerance_s
        assert abs(length_error_s) <= 0.3
        assert cut.detected_s - began <= latest_s
        assert back.cause is Cause.UPLINK
    suspect = await desk.told(TransportChanged, peer="candidate", state=TransportState.SUSPECT)
    back_again = await desk.told(TransportChanged, peer="candidate", state=TransportState.OK)
    assert suspect.since_s == pytest.approx(began, abs=0.2)
    assert suspect.detected_s - suspect.since_s == pytest.approx(3.0, abs=0.3)
    assert back_again.since_s >= ended
    assert desk.heard(StreamInterrupted, peer="other") == []
    wire.close()


async def test_one_stream_that_stops_is_the_capture_and_one_switched_off_is_nothing(
    desk: Desk,
) -> None:
    robot = desk.robot("candidate")
    await robot.join(desk.relay)
    await desk.told(StreamStarted, peer="candidate", stream=Stream.VIDEO)
    await desk.told(StreamStarted, peer="candidate", stream=Stream.AUDIO)
    microphone, camera = (t.sender for t in robot.connection.getTransceivers()[:2])
    await desk.relay.request(Switch(room=ROOM, peer="candidate", audio=True, video=False))
    camera.replaceTrack(None)
    microphone.replaceTrack(None)
    cut = await desk.told(StreamInterrupted, peer="candidate", within_s=5)
    assert (cut.stream, cut.detected_s - cut.since_s) == (
        Stream.AUDIO,
        pytest.approx(1.05, abs=0.15),
    )
    await asyncio.sleep(1.5)
    assert desk.heard(StreamInterrupted, stream=Stream.VIDEO) == []


async def test_a_second_connection_of_a_peer_takes_the_place_of_the_first(desk: Desk) -> None:
    watcher, first = desk.robot("watcher"), desk.robot("candidate")
    await watcher.join(desk.relay)
    await first.join(desk.relay)
    await until(lambda: watcher.slots["2"].frames > 20 and watcher.slots["4"].frames > 5)
    again = desk.robot("candidate", tone_hz=1000, luma=220)
    await again.join(desk.relay, group=None)
    await until(lambda: abs(watcher.slots["2"].frequency_hz - 1000) < 15)
    await until(lambda: abs(watcher.slots["4"].luma - 220) < 6)
    await until(lambda: again.frames("video") > 5)
    assert watcher.slots["3"].frames == watcher.slots["5"].frames == 0
    assert desk.heard(TransportChanged, state=TransportState.GONE) == []
    assert len(desk.heard(StreamStarted, peer="candidate", stream=Stream.AUDIO)) == 2


async def test_a_peer_that_closes_is_gone_at_once(desk: Desk) -> None:
    stays, leaves = desk.robot("stays"), desk.robot("leaves")
    await stays.join(desk.relay)
    await leaves.join(desk.relay)
    await desk.told(StreamStarted, peer="leaves", stream=Stream.AUDIO)
    began = time.monotonic()
    await leaves.close()
    gone = await desk.told(TransportChanged, peer="leaves", state=TransportState.GONE)
    assert gone.reason == "closed"
    assert gone.detected_s - began < 2.0
    assert desk.heard(StreamInterrupted, peer="leaves", stream=Stream.AUDIO)
    await until(lambda: desk.heard(SlotsAssigned, peer="stays")[-1].slots == {})


async def test_leaving_and_closing_the_room_end_connections(desk: Desk) -> None:
    names = ("anna", "bert", "cleo")
    for name in names:
        await desk.robot(name).join(desk.relay)
        await desk.told(PeerConnected, peer=name)
    await desk.relay.request(Leave(room=ROOM, peer="anna"))
    await desk.told(TransportChanged, peer="anna", state=TransportState.GONE, reason="left")
    await desk.relay.request(CloseRoom(room=ROOM))
    for robot in desk.robots:
        await until(robot.is_closed)
    with pytest.raises(RelayRefusedError, match="no such peer") as refusal:
        await desk.relay.request(CloseRoom(room=ROOM))
    assert refusal.value.code == "unknown_peer"


async def test_an_offer_with_another_certificate_than_announced_is_refused(desk: Desk) -> None:
    with pytest.raises(RelayRefusedError) as refusal:
        await desk.relay.request(
            Join(room=ROOM, peer="thief", offer=usual(), fingerprint="00:" * 31 + "00")
        )
    assert refusal.value.code == "offer_fingerprint_mismatch"


async def test_a_peer_that_presents_another_certificate_is_not_let_in(desk: Desk) -> None:
    inside, thief = desk.robot("inside"), desk.robot("thief")
    await inside.join(desk.relay)
    await thief.join(desk.relay, claimed=FINGERPRINT)
    gone = await desk.told(TransportChanged, peer="thief", state=TransportState.GONE)
    assert gone.reason == "handshake"
    assert desk.heard(PeerConnected, peer="thief") == []
    assert thief.frames("audio") == 0


@pytest.mark.parametrize(
    ("offer", "code"),
    [("", "offer_malformed"), (usual(12), "offer_too_many_slots")],
)
async def test_odd_offers_are_refused_and_the_relay_goes_on(
    desk: Desk, offer: str, code: str
) -> None:
    with pytest.raises(RelayRefusedError) as refusal:
        await desk.relay.request(Join(room=ROOM, peer="odd", offer=offer, fingerprint=FINGERPRINT))
    assert refusal.value.code == code
    for command in (
        Leave(room=ROOM, peer="odd"),
        Restart(room=ROOM, peer="odd", offer=""),
        SetGroups(room=ROOM, groups={"odd": None}),
        Switch(room=ROOM, peer="odd", audio=True, video=True),
    ):
        with pytest.raises(RelayRefusedError, match="no such peer"):
            await desk.relay.request(command)
    await desk.robot("usual").join(desk.relay)
    await desk.told(PeerConnected, peer="usual")


async def test_groups_that_name_a_stranger_change_nothing(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    await anna.join(desk.relay)
    await bert.join(desk.relay, group=None)
    with pytest.raises(RelayRefusedError):
        await desk.relay.request(SetGroups(room=ROOM, groups={"bert": "all", "stranger": "all"}))
    await desk.told(StreamStarted, peer="anna", stream=Stream.AUDIO)
    await asyncio.sleep(0.5)
    assert bert.frames("audio") == 0


async def test_datagrams_of_strangers_do_nothing(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    joined = await anna.join(desk.relay)
    await bert.join(desk.relay)
    await until(lambda: bert.frames("audio") > 10)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect(("127.0.0.1", desk.relay.ready.port))
        stranger.settimeout(0)
        for datagram in forgeries(joined.answer):
            stranger.send(datagram)
        await asyncio.sleep(0.3)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    reasons = {
        "empty",
        "oversized",
        "stun_malformed",
        "stun_unauthenticated",
        "unknown_address",
    }
    await until(lambda: bool(desk.stats) and desk.stats[-1].relay.dropped.keys() >= reasons)
    before = bert.frames("audio")
    await until(lambda: bert.frames("audio") > before + 20)


def forgeries(answer: str) -> list[bytes]:
    """A flood of everything: cut, too long, and a check that knows all but the password."""
    found = re.search(r"a=ice-ufrag:(\S+)", answer)
    assert found is not None
    check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    check.attributes["USERNAME"] = f"{found[1]}:guess"
    check.attributes["USE-CANDIDATE"] = None
    check.add_message_integrity(b"guess")
    kinds = [bytes((first,)) + bytes(40) for first in range(256)]
    return [b"", bytes(1600), bytes(check), bytes(check)[:-5], *kinds]


@pytest.mark.requirement("T1")
async def test_media_that_does_not_decrypt_is_dropped(desk: Desk) -> None:
    """An address that is a peer's still proves nothing about a packet."""
    wire = Wire(desk.relay.ready.port)
    await wire.open()
    anna, bert = desk.robot("anna"), desk.robot("bert")
    await anna.join(desk.relay, via=wire.between)
    await bert.join(desk.relay)
    await until(lambda: bert.frames("audio") > 10)
    for _ in range(20):
        wire.inject(b"\x80\x6f" + bytes(60))
        wire.inject(b"\x80\xc8\x00\x06" + bytes(40))
        wire.inject(b"\x16\xfe\xfd" + bytes(20))
    before = bert.frames("audio")
    await until(lambda: bert.frames("audio") > before + 40)
    await desk.told(Stats)
    await until(lambda: {"srtp", "srtcp"} <= desk.stats[-1].relay.dropped.keys())
    wire.close()


@pytest.mark.requirement("D6")
async def test_statistics_come_every_second(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    await anna.join(desk.relay)
    await bert.join(desk.relay)
    await until(lambda: len(desk.stats) >= 4 and desk.stats[-1].relay.packets_out > 50)
    last = desk.stats[-1]
    assert last.at_s - desk.stats[-2].at_s == pytest.approx(1.0, abs=0.3)
    sent = {
        s.stream: s
        for p in last.peers
        if p.peer == "anna"
        for s in p.streams
        if s.direction is Direction.SENT
    }
    sound, picture = sent[Stream.AUDIO], sent[Stream.VIDEO]
    assert sound.packets == pytest.approx(50, abs=10)
    assert sound.lost == 0
    assert sound.bitrate_bps > 5_000
    assert picture.frames > 10
    assert last.relay.bytes_out > 0
    assert last.relay.delay_total_ms.count > 0
    await until(lambda: all(p.rtt_ms is not None for p in desk.stats[-1].peers))


@pytest.mark.requirement("D6")
async def test_both_directions_are_scored_and_ten_seconds_are_handed_out(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    await anna.join(desk.relay)
    await bert.join(desk.relay)
    measured = await desk.told(QualityMeasured)
    assert measured.to_s - measured.from_s == pytest.approx(10.0, abs=1.0)
    [peer] = [peer for peer in measured.peers if peer.peer == "anna"]
    assert {(one.stream, one.direction) for one in peer.streams} == {
        (stream, direction) for stream in WATCHED for direction in Direction
    }
    for one in peer.streams:
        assert one.packets > 0
        if one.stream is Stream.AUDIO:
            assert one.score >= 90
            assert one.mos == pytest.approx(4.4, abs=0.2)
    assert desk.heard(QualityChanged) == []


@pytest.mark.requirement("D7")
async def test_a_peer_that_hears_nothing_is_interrupted_on_its_way_down(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    wire = Wire(desk.relay.ready.port)
    await wire.open()
    await anna.join(desk.relay)
    await bert.join(desk.relay, via=wire.between)
    await until(lambda: bert.frames("audio") > 150)
    wire.is_deaf, began = True, wire.last_media_s
    interrupted = await desk.told(StreamInterrupted, direction=Direction.RECEIVED)
    await asyncio.sleep(1.0)
    wire.is_deaf, ended = False, time.monotonic()
    restored = await desk.told(
        StreamRestored, direction=Direction.RECEIVED, stream=interrupted.stream
    )
    wire.close()
    print(f"start {interrupted.since_s - began:+.3f} s, end {restored.at_s - ended:+.3f} s")
    assert (interrupted.peer, interrupted.cause) == ("bert", Cause.DOWNLINK)
    assert interrupted.witness == "reports"
    assert interrupted.since_s == pytest.approx(began, abs=0.15)
    assert restored.at_s == pytest.approx(ended, abs=0.3)
    assert desk.heard(StreamInterrupted, direction=Direction.SENT) == []


@pytest.mark.requirement("T1")
async def test_what_is_muted_or_sent_out_reaches_nobody_50_ms_later(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    wire = Wire(desk.relay.ready.port)
    await wire.open()
    await anna.join(desk.relay)
    await bert.join(desk.relay, via=wire.between)
    for command, undo in (
        (
            Mute(room=ROOM, peer="anna", audio=True, video=True),
            Mute(room=ROOM, peer="anna", audio=False, video=False),
        ),
        (
            SetGroups(room=ROOM, groups={"anna": None}),
            SetGroups(room=ROOM, groups={"anna": "all"}),
        ),
        (
            SetGroups(room=ROOM, groups={"bert": None}),
            SetGroups(room=ROOM, groups={"bert": "all"}),
        ),
    ):
        before = wire.last_media_s
        await until(lambda before=before: wire.last_media_s > before + 0.3)  # type: ignore[misc]
        told = time.monotonic()
        await desk.relay.request(command)
        await asyncio.sleep(0.5)
        print(f"last packet {(wire.last_media_s - told) * 1000:+.1f} ms after the command")
        assert wire.last_media_s < told + 0.05
        await desk.relay.request(undo)
    before = wire.last_media_s
    await until(lambda: wire.last_media_s > before + 0.3)
    wire.close()
    assert desk.heard(StreamInterrupted) == []


@pytest.mark.requirement("J6")
async def test_before_a_juror_is_heard_at_the_deliberation_all_others_are_out(desk: Desk) -> None:
    """By one command: no instant has the jury together and anybody else with it."""
    chair, juror = desk.robot("chair", tone_hz=500), desk.robot("juror", tone_hz=900)
    candidate, staff = desk.robot("candidate"), desk.robot("staff")
    wires = {robot: Wire(desk.relay.ready.port) for robot in (juror, candidate, staff)}
    for wire in wires.values():
        await wire.open()
    await chair.join(desk.relay, group="sitting")
    await candidate.join(desk.relay, group="sitting", via=wires[candidate].between)
    await staff.join(desk.relay, group="test", via=wires[staff].between)
    await desk.robot("technician").join(desk.relay, group="test")
    await juror.join(desk.relay, group=None, via=wires[juror].between)
    await until(lambda: candidate.frames("video") > 5 and staff.frames("video") > 5)
    await desk.told(StreamStarted, peer="juror", stream=Stream.VIDEO)
    assert wires[juror].first_media_s is None, "who waits is sent nothing"

    told = time.monotonic()
    outside = dict.fromkeys(("candidate", "staff", "technician"))
    inside = dict.fromkeys(("chair", "juror"), "deliberation")
    await desk.relay.request(SetGroups(room=ROOM, groups={**outside, **inside}))
    await until(lambda: juror.frames("audio") > 30 and chair.frames("audio") > 30)
    heard = wires[juror].first_media_s
    assert heard is not None
    for robot in (candidate, staff):
        last = wires[robot].last_media_s
        print(f"{robot.name}: last packet {(last - told) * 1000:+.1f} ms after the command,")
        print(f"{(last - heard) * 1000:+.1f} ms after the juror's first")
        assert last < min(heard, told + 0.05)
    assert juror.slots["2"].frequency_hz == pytest.approx(500, abs=15)
    assigned = {who: desk.heard(SlotsAssigned, peer=who)[-1].slots for who in (*inside, *outside)}
    sources = {who: {slot.source for slot in slots.values()} for who, slots in assigned.items()}
    assert sources == {"chair": {"juror"}, "juror": {"chair"}, **{who: set() for who in outside}}
    for wire in wires.values():
        wire.close()


@pytest.mark.requirement("T1")
async def test_only_the_muted_stream_is_muted(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    await anna.join(desk.relay)
    await bert.join(desk.relay)
    await until(lambda: bert.frames("audio") > 50 and bert.frames("video") > 15)
    await desk.relay.request(Mute(room=ROOM, peer="anna", audio=True, video=False))
    await asyncio.sleep(0.5)  # what a jitter buffer holds
    sounds, pictures = bert.frames("audio"), bert.frames("video")
    await until(lambda: bert.frames("video") > pictures + 15)
    assert bert.frames("audio") < sounds + 5
    assigned = desk.heard(SlotsAssigned, peer="bert")[-1]
    assert {slot.kind for slot in assigned.slots.values()} == {Stream.VIDEO}


async def test_the_relay_ends_with_its_control_stream(desk: Desk) -> None:
    await desk.robot("anna").join(desk.relay)
    began = time.monotonic()
    await desk.relay.close()
    assert await desk.relay.wait_gone() == 0
    assert time.monotonic() - began < 2.0
    with pytest.raises(RelayGoneError):
        await desk.relay.request(CloseRoom(room=ROOM))


async def test_a_relay_that_dies_is_noticed_by_who_waits(desk: Desk) -> None:
    os.kill(desk.relay.ready.pid, signal.SIGSTOP)
    waiting = asyncio.get_running_loop().create_task(desk.relay.request(CloseRoom(room=ROOM)))
    await asyncio.sleep(0.05)
    os.kill(desk.relay.ready.pid, signal.SIGKILL)
    with pytest.raises(RelayGoneError):
        await waiting
    assert await desk.relay.wait_gone() == -signal.SIGKILL


async def test_a_relay_that_cannot_have_its_port_is_gone() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(RelayGoneError):
            await RelayProcess.start(
                listen=f"127.0.0.1:{taken.getsockname()[1]}",
                announce=["127.0.0.1"],
                on_event=lambda _: None,
            )
