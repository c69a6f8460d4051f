import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from signaling.errors import SettingsError
from signaling.settings import TURN, load
from signaling.turn import VALID_S, ice_servers

SECRET = b"a secret of twenty-five c"
URLS = ("turn:turn.example:3478?transport=udp", "turns:turn.example:443?transport=tcp")


def test_credentials_are_what_the_turn_server_computes() -> None:
    settings = TURN(urls=URLS, secret_file=Path("secret"))
    [server] = ice_servers(settings, SECRET, "session/person", now_ms=1_000_000_500)
    expiry, _, name = server.username.partition(":")
    assert int(expiry) == 1_000_000 + VALID_S
    expected = hmac.new(SECRET, server.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(server.credential) == expected
    assert server.urls == URLS
    assert "person" not in name
    assert "session" not in name


def test_a_person_keeps_one_name_and_two_have_two() -> None:
    settings = TURN(urls=URLS, secret_file=Path("secret"))
    names = [
        ice_servers(settings, SECRET, who, now_ms=now_ms)[0].username.partition(":")[2]
        for who, now_ms in (("s/a", 0), ("s/a", 10**9), ("s/b", 0), ("t/a", 0))
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_without_a_turn_server_nothing_is_given() -> None:
    assert ice_servers(TURN(), b"", "s/a", now_ms=0) == []
    assert TURN().secret() == b""


@pytest.mark.parametrize(
    "text",
    [
        'urls = ["turn:turn.example"]',
        'secret_file = "secret"',
        "only = true",
        'urls = ["http://turn.example"]\nsecret_file = "secret"',
        'urls = ["turn:turn.example?transport=sctp"]\nsecret_file = "secret"',
    ],
)
def test_half_a_turn_server_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text(f"[turn]\n{text}\n")
    with pytest.raises(SettingsError, match="turn"):
        load(path)


def test_its_secret_is_in_a_file_of_its_own_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text('[turn]\nurls = ["turn:turn.example"]\nsecret_file = "secret"\n')
    with pytest.raises(SettingsError, match=r"turn\.secret_file"):
        load(path).turn.secret()
    (tmp_path / "secret").write_text("s3cr3t\n")
    with pytest.raises(SettingsError, match=r"turn\.secret_file") as refusal:
        load(path).turn.secret()
    assert "s3cr3t" not in str(refusal.value)
    (tmp_path / "secret").write_text(SECRET.decode() + "\n")
    assert load(path).turn.secret() == SECRET
