"""The product's own proof that an installation works: robots hold an exam from link to minutes.

play.py      the order of the day, from the links to the verified minutes
robot.py     a participant: real peer, real Opus and VP8 (tracks.py, content.py)
client.py    the HTTP and WebSocket interface as a participant uses it (device.py: the key)
wire.py      the network below a robot's peer, which can be cut
report.py    what was measured, against what it had to be
server.py    a server of our own, when no URL is given
run.py       puts these together: `visiojury rehearse`
"""

from visiojury.rehearsal.run import rehearse

__all__ = ["rehearse"]
