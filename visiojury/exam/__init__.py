"""The exam itself, pure: sessions, sittings, outages, the clock, deliberation.

Commands come in, events go out, state is the fold of events. Nothing here reads a clock,
does IO or knows who is connected other than by the events it was given.

    commands.py   what people ask for            permissions.py  who may ask for it
    decide.py     command + state -> events      react.py        state -> events nobody asked for
    events.py     what has happened              state.py        the fold of events
    sitting.py    life cycle as a table          clock.py        exam time
    outages.py    what hinders a sitting         deliberation.py roll call, votes, decisions

Instants are integers, milliseconds since the Unix epoch, UTC, and end in `_ms`.
"""
