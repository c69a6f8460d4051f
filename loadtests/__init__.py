"""Measures the product under load; prints figures, decides nothing.

`python -m loadtests relay --rooms 10 --people 5 --seconds 20` starts a real relay process and
fills it from this one with light peers: real ICE checks, real DTLS and SRTP, packets built
beforehand, what arrives counted and thrown away. Everything stays on loopback, bounded in
peers and time. `--json` prints one object instead of lines.

`python -m loadtests outages` cuts streams of such peers, over lossy paths, and holds what the
relay finds against what passed; `--steady` cuts nothing on a path as bad as one may be.

`python -m loadtests day` holds whole sessions in rooms of five on a real server, over HTTP and
WebSocket with light peers, in growing number; `soak` goes on for as long as asked.

A benchmark is not a test: continuous integration only checks that it runs.
"""
