"""Many datagrams in one system call: `sendmmsg` and `recvmmsg` of Linux, without a compiler.

The arrays that the kernel reads are made once and stay; for a datagram only its length and its
address change. They are reached as words of memory, because a field of a cffi structure costs
more than the datagram's share of the call. Knows buffers and addresses, nothing of RTP.
Source: sendmmsg(2), recvmmsg(2), udp(7), cmsg(3).
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cffi import FFI

from media.aiortc_seam import BUFFER_BYTES, PacketBuffer
from media.ice import Address

BATCH = 64
"""Datagrams in one call, at most."""
_KNOWN = 1024
"""Addresses whose other form is remembered; strangers may send from any number of them, and who
comes back comes from another one."""
_CONTROL_BYTES = 64
_SEGMENT_BYTES = 24
"""CMSG_SPACE of the two bytes that say how long a segment is."""
_SOL_UDP, _UDP_SEGMENT = 17, 103
_MAX_SEGMENTS, _MAX_SEGMENT_BYTES = 32, 1400
"""All of one run fit a datagram's 65,507 bytes; a longer packet may not fit the path at once."""
_NO_RUN: tuple[int, list[int]] = (0, [])
_NO_SEGMENTS = {errno.EIO, errno.EINVAL, errno.EOPNOTSUPP, errno.EMSGSIZE}
"""What a way out says that cannot cut."""
_SO_TIMESTAMPNS = 35
_WORD_BYTES = struct.calcsize("L")
_CMSG = struct.Struct("@Nii")
_TIMESPEC = struct.Struct("@qq")
_IPV4 = struct.Struct("!2s H 4s 8x")
_IPV6 = struct.Struct("!2s H I 16s 4s")

_ffi = FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen;
        struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen;
        int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
    """
)


def _library() -> Any:  # noqa: ANN401  cffi handles have no types
    """Return the C library; None where it has no such calls."""
    if not sys.platform.startswith("linux"):
        return None
    library: Any = _ffi.dlopen(None)
    return library if hasattr(library, "sendmmsg") and hasattr(library, "recvmmsg") else None


_LIBRARY = _library()
IS_AVAILABLE = _LIBRARY is not None


def pack_address(family: int, address: Address) -> bytes:
    """Return an address as the kernel takes it. Source: ip(7), ipv6(7)."""
    kind = struct.pack("@H", family)
    if family == socket.AF_INET:
        return _IPV4.pack(kind, address[1], socket.inet_aton(address[0]))
    _, _, flow, scope = address if len(address) == 4 else (*address, 0, 0)
    host = socket.inet_pton(family, address[0].partition("%")[0])
    return _IPV6.pack(kind, address[1], flow, host, struct.pack("@I", scope))


def unpack_address(family: int, packed: bytes) -> Address:
    """Return an address as Python's sockets show it."""
    if family == socket.AF_INET:
        _, port, host = _IPV4.unpack(packed)
        return socket.inet_ntoa(host), port
    _, port, flow, host, scope = _IPV6.unpack(packed)
    return socket.inet_ntop(family, host), port, flow, struct.unpack("@I", scope)[0]


class _Messages:
    """An array of message headers and one of buffers, and their memory as words."""

    def __init__(self, family: int, buffers: Sequence[PacketBuffer]) -> None:
        self.headers: Any = _ffi.new("struct mmsghdr[]", len(buffers))
        self.vectors: Any = _ffi.new("struct iovec[]", len(buffers))
        self.name_bytes = _IPV4.size if family == socket.AF_INET else _IPV6.size
        self._names: Any = _ffi.new("char[]", self.name_bytes * len(buffers))
        self.names = memoryview(_ffi.buffer(self._names)).cast("B")
        first_name = int(_ffi.cast("uintptr_t", self._names))
        for index, buffer in enumerate(buffers):
            header, vector = self.headers[index].msg_hdr, self.vectors[index]
            vector.iov_base = _ffi.cast("void *", buffer.address)
            vector.iov_len = BUFFER_BYTES
            header.msg_iov, header.msg_iovlen = self.vectors + index, 1
            header.msg_name = _ffi.cast("void *", first_name + index * self.name_bytes)
            header.msg_namelen = self.name_bytes
        self.header_words = memoryview(_ffi.buffer(self.headers)).cast("B").cast("L")
        self.vector_words = memoryview(_ffi.buffer(self.vectors)).cast("B").cast("L")
        self.halves = memoryview(_ffi.buffer(self.headers)).cast("B").cast("I")


def _word(member: str) -> int:
    """Return which word of a message header holds that member."""
    return int(_ffi.offsetof("struct mmsghdr", "msg_hdr", member)) // _WORD_BYTES


_HEADER_WORDS = _ffi.sizeof("struct mmsghdr") // _WORD_BYTES
_VECTOR_BYTES = _ffi.sizeof("struct iovec")
_VECTOR_WORDS = _VECTOR_BYTES // _WORD_BYTES
_NAME, _VECTOR, _COUNT = _word("msg_name"), _word("msg_iov"), _word("msg_iovlen")
_CONTROL, _CONTROL_LENGTH = _word("msg_control"), _word("msg_controllen")
_RECEIVED_HALF = _ffi.offsetof("struct mmsghdr", "msg_len") // 4
_HEADER_HALVES = _ffi.sizeof("struct mmsghdr") // 4


def _singles(queued: Sequence[tuple[int, Address]]) -> list[tuple[Address, list[int]]]:
    return [(address, [index]) for index, (_, address) in enumerate(queued)]


def _runs(queued: Sequence[tuple[int, Address]]) -> list[tuple[Address, list[int]]]:
    """Return the packets that may go as one: to one address, of one length, the last shorter."""
    runs: list[tuple[Address, list[int]]] = []
    open_runs: dict[Address, tuple[int, list[int]]] = {}
    for index, (length, address) in enumerate(queued):
        size, run = open_runs.get(address, _NO_RUN)
        if 0 < length <= size and len(run) < _MAX_SEGMENTS:
            run.append(index)
            if length < size:
                del open_runs[address]
        else:
            run = [index]
            runs.append((address, run))
            # One that is too long for a segment is followed by none.
            open_runs[address] = (length if length <= _MAX_SEGMENT_BYTES else 0, run)
    return runs


class BatchSender:
    """Sends the first packets of its buffers, each to its own address, in one call.

    Packets of one length to one address, as the pieces of a picture are, go through the system
    as one and are cut apart below it (UDP_SEGMENT), where that is to be had.
    """

    def __init__(self, family: int, fd: int) -> None:
        self.buffers = [PacketBuffer() for _ in range(BATCH)]
        self.segments = True
        """Whether the way out takes several packets as one."""
        self._bases = [buffer.address for buffer in self.buffers]
        self._fd = fd
        self._family = family
        self._messages = _Messages(family, self.buffers)
        self._first_vector = int(_ffi.cast("uintptr_t", self._messages.vectors))
        self._controls: Any = _ffi.new("char[]", _SEGMENT_BYTES * BATCH)
        self._first_control = int(_ffi.cast("uintptr_t", self._controls))
        self._sizes = memoryview(_ffi.buffer(self._controls)).cast("B")
        for index in range(BATCH):
            _CMSG.pack_into(
                self._sizes, index * _SEGMENT_BYTES, _CMSG.size + 2, _SOL_UDP, _UDP_SEGMENT
            )
        self._sizes = self._sizes.cast("H")
        self._names: dict[Address, int] = {}
        self._kept: list[Any] = []
        """The memory that `_names` points to."""

    def send(self, queued: Sequence[tuple[int, Address]]) -> int:
        """Send the packet in each buffer; return how many could not leave.

        Args:
            queued: length and destination of the packet in each buffer, from the first on.
        """
        if len(self._names) > _KNOWN:
            self._names.clear()
            self._kept.clear()
        return self._send_runs(_runs(queued) if self.segments else _singles(queued), queued)

    def _send_runs(
        self, runs: Sequence[tuple[Address, list[int]]], queued: Sequence[tuple[int, Address]]
    ) -> int:
        headers, vectors = self._messages.header_words, self._messages.vector_words
        names, bases = self._names, self._bases
        header = vector = 0
        for number, (address, run) in enumerate(runs):
            name = names.get(address)
            headers[header + _NAME] = self._remember(address) if name is None else name
            headers[header + _VECTOR] = self._first_vector + vector * _WORD_BYTES
            headers[header + _COUNT] = len(run)
            if len(run) > 1:
                headers[header + _CONTROL] = self._first_control + number * _SEGMENT_BYTES
                headers[header + _CONTROL_LENGTH] = _SEGMENT_BYTES
                self._sizes[(number * _SEGMENT_BYTES + _CMSG.size) // 2] = queued[run[0]][0]
            else:
                headers[header + _CONTROL_LENGTH] = 0
            for index in run:
                vectors[vector] = bases[index]
                vectors[vector + 1] = queued[index][0]
                vector += _VECTOR_WORDS
            header += _HEADER_WORDS
        refused = self._send(len(runs))
        return sum(self._send_apart(*runs[number], queued) for number in refused)

    def _send(self, count: int) -> list[int]:
        """Send messages; return those that failed, which do not keep back the ones behind."""
        headers, at, refused = self._messages.headers, 0, list[int]()
        while at < count:
            sent = _LIBRARY.sendmmsg(self._fd, headers + at, count - at, 0)
            if sent > 0:
                at += sent
            elif _ffi.errno != errno.EINTR:
                self.segments = self.segments and _ffi.errno not in _NO_SEGMENTS
                refused.append(at)
                at += 1
        return refused

    def _send_apart(
        self, address: Address, run: list[int], queued: Sequence[tuple[int, Address]]
    ) -> int:
        """Send each packet of a run that was refused as a whole; return how many failed."""
        if len(run) == 1 or self.segments:
            return len(run)
        return sum(self._send_runs([(address, [index])], queued) for index in run)

    def _remember(self, address: Address) -> int:
        memory = _ffi.new("char[]", pack_address(self._family, address))
        self._kept.append(memory)
        name = self._names[address] = int(_ffi.cast("uintptr_t", memory))
        return name


class BatchReceiver:
    """Reads as many datagrams as there are, up to a batch, each into its own buffer."""

    def __init__(self, family: int, fd: int, *, count: int) -> None:
        self.buffers = [PacketBuffer() for _ in range(count)]
        self._family = family
        self._fd = fd
        self._messages = _Messages(family, self.buffers)
        self._control: Any = _ffi.new("char[]", _CONTROL_BYTES)
        self._control_at = int(_ffi.cast("uintptr_t", self._control))
        self._was_stamped = False
        self._addresses: dict[bytes, Address] = {}

    def receive(self, *, stamped: bool) -> int:
        """Read without waiting; return how many came, 0 when none is there.

        Args:
            stamped: whether the kernel's time of the first one is wanted.

        Raises:
            OSError: an answer to something sent, which names no datagram here.
        """
        if stamped or self._was_stamped:
            words = self._messages.header_words
            words[_CONTROL] = self._control_at if stamped else 0
            words[_CONTROL_LENGTH] = _CONTROL_BYTES if stamped else 0
            self._was_stamped = stamped
        count = _LIBRARY.recvmmsg(
            self._fd, self._messages.headers, len(self.buffers), socket.MSG_DONTWAIT, _ffi.NULL
        )
        if count >= 0:
            return int(count)
        if _ffi.errno in {errno.EAGAIN, errno.EINTR}:
            return 0
        raise OSError(_ffi.errno, "recvmmsg")

    def datagrams(self, count: int) -> Iterator[tuple[PacketBuffer, int, Address]]:
        """Yield buffer, length and source of the datagrams last read."""
        halves, names, size = self._messages.halves, self._messages.names, self._messages.name_bytes
        known, length_at, name_at = self._addresses, _RECEIVED_HALF, 0
        for buffer in self.buffers[:count]:
            name = names[name_at : name_at + size].tobytes()
            address = known.get(name)
            if address is None:
                address = self._learn(name)
            yield buffer, halves[length_at], address
            length_at += _HEADER_HALVES
            name_at += size

    def stamp_s(self) -> float | None:
        """Return the kernel's time of the first datagram, on the wall clock, when it told it."""
        used = int(self._messages.headers[0].msg_hdr.msg_controllen)
        if used < _CMSG.size + _TIMESPEC.size:
            return None
        control = bytes(_ffi.buffer(self._control, used))
        _, level, kind = _CMSG.unpack_from(control)
        if (level, kind) != (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            return None
        seconds, nanoseconds = _TIMESPEC.unpack_from(control, _CMSG.size)
        return float(seconds + nanoseconds / 1e9)

    def _learn(self, name: bytes) -> Address:
        if len(self._addresses) > _KNOWN:
            self._addresses.clear()
        address = self._addresses[name] = unpack_address(self._family, name)
        return address
