"""python3 -I verifier.py archive.zip [clé] ; rend 0 : intacte, 1 : modifiée, 2 : illisible."""

import base64
import json
import sys
import zipfile
from hashlib import sha256

P = 2**256 - 2**224 + 2**192 + 2**96 - 1  # P-256: SEC 2, section 2.4.2
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GX = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
GY = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5


def add(a, b):
    if a is None or b is None:
        return a or b
    rise, run = (3 * a[0] ** 2 - 3, 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = rise * pow(run, P - 2, P) % P
    x = (slope**2 - a[0] - b[0]) % P
    return (x, (slope * (a[0] - x) - a[1]) % P) if run % P else None


def times(k, point, total=None):
    while k:
        point, k, total = add(point, point), k >> 1, add(total, point) if k & 1 else total
    return total


def signer(data, event):  # The thumbprint (RFC 7638) of the key, where it signed `data`.
    jwk, signature = event["public_key"], base64.urlsafe_b64decode(event["signature"] + "==")
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=="), "big") for name in "xy")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    e, w = int.from_bytes(sha256(data).digest(), "big"), pow(s, N - 2, N)
    px, _ = add(times(e * w % N, (GX, GY)), times(r * w % N, (x, y))) or (0, 0)
    is_point = max(x, y) < P and (y**2 - x**3 + 3 * x - GY**2 + GX**3 - 3 * GX) % P == 0
    members = json.dumps({n: jwk[n] for n in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    mark = base64.urlsafe_b64encode(sha256(members.encode()).digest()).decode().rstrip("=")
    return mark if is_point and len(signature) == 64 and 0 < r < N > s > 0 and px % N == r else ""


def tree(level):
    while len(level) > 1:  # RFC 6962, 2.1: what is left over at the end goes up as it is.
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [sha256(b"\x01" + b"".join(p)).digest() if p[1:] else p[0] for p in pairs]
    return level[0]


def is_sealed(event, head, leaves, expected):
    data = bytes.fromhex(event["head"]) + event["size"].to_bytes(8, "big")
    mark = signer(b"visiojury-seal-v1\x00" + data + bytes.fromhex(event["root"]), event)
    print(f"Scellé de {event['size']} écritures, clé {mark}")
    due = (head, tree(leaves).hex(), len(leaves))
    return mark and expected in ("", mark) and (event["head"], event["root"], event["size"]) == due


def faults(lines, expected):
    rows = []
    for place, line in enumerate(lines, 1):
        raw = line.partition(b',"entry":')[2][:-1]
        try:
            rows.append((line[11:75].decode("latin-1"), raw, json.loads(raw)))
        except ValueError:
            yield place, "est illisible"
    numbers = [entry["seq"] for _, _, entry in rows]
    yield from ((n, "manque") for n in {*range(1, min(max(numbers), 10**6))} - {*numbers})
    yield from ((n, "n’est pas à sa place") for n, d in zip(numbers, sorted({*numbers})) if n != d)
    first = b"visiojury-record-genesis-v1\x00" + rows[0][2]["session_id"].encode()
    head, leaves, bound = sha256(first).hexdigest(), [], {}  # type: ignore[var-annotated]
    for digest, raw, entry in rows:
        event = entry["event"]
        chained = b"visiojury-record-entry-v1\x00" + bytes.fromhex(entry["previous"]) + raw
        if sha256(chained).hexdigest() != digest:
            yield entry["seq"], "a été modifiée"
        elif entry["previous"] != head and numbers == [*range(1, len(lines) + 1)]:
            yield max(entry["seq"] - 1, 1), "a été modifiée avec son empreinte"
        if event["type"] == "record.sealed" and not is_sealed(event, head, leaves, expected):
            yield entry["seq"], "n’est pas le scellé attendu"
        if event["type"] in ("minutes.signed", "amendment.signed"):
            data = b"visiojury-%b-v1\x00" % event["type"][:-7].encode()
            data += bytes.fromhex(event.get("minutes_sha256") or event["sha256"])
            if (event["participant_id"], signer(data, event)) not in bound.values():
                yield entry["seq"], "n’est pas une signature qui tient"
        if "invitation_id" in event and event["type"] != "invitation.refused":
            who = event.get("participant_id") or bound.get(event["invitation_id"], ("",))[0]
            bound[event["invitation_id"]] = who, event.get("device_key")
        leaves, head = [*leaves, sha256(b"\x00" + raw).digest()], digest
    is_closed = b'"record.sealed"' in b"".join(lines)
    yield from [] if is_closed else [(len(rows), "n’est suivie d’aucun scellé")]


if __name__ == "__main__":
    try:
        with zipfile.ZipFile(sys.argv[1]) as archive:
            found = [*faults(archive.read("record.jsonl").splitlines(), "".join(sys.argv[2:]))]
    except Exception as error:  # noqa: BLE001 - whatever a file may hold
        print(f"Fichier illisible : {error!r}")
        sys.exit(2)
    print("L’écriture n° {} {}.\nNON CONFORME.".format(*min(found)) if found else "Vérifié.")
    sys.exit(1 if found else 0)
