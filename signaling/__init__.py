"""The aiohttp server: HTTP API, WebSocket protocol, web client, metrics.

It translates between people, peers and the exam, and is the only place that knows all three.
"""
