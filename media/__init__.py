"""The relay: forwards sound and picture between participants, and measures what it forwards.

Nothing is decoded and nothing is stored (T2); what passes is encrypted (T1). The package knows
rooms, peers and streams; it knows nothing of people, tokens or the exam. A relay is always its own
process (`python -m media`); `media.client` starts one and talks to it with the messages of
`media.messages`.

    control.py  framing of messages          messages.py  commands, replies, events
    relay.py    commands in, datagrams in, events out
    room.py     who sees whom                peer.py      one participant and their connection
    forwarding.py  one slot: rewriting       uplink.py    one stream received
    ice.py sdp.py rtp.py rtcp.py             wire formats, on bytes alone
    vp8.py h264.py                           where a picture begins, by its codec
    interruption.py quality.py keyframes.py  what the exam needs to know, on values alone
    udp.py mmsg.py  the one socket           aiortc_seam.py  DTLS and SRTP, from aiortc
"""
