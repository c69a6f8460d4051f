"""The exam itself, pure: sessions, sittings, outages, the clock, deliberation.

Commands come in, events go out, state is the fold of events. Nothing here reads a clock,
does IO or knows who is connected other than by the events it was given.

    commands/       what people ask for           permissions.py  who may ask for it
    decide.py       command + state -> events, by area:
                    definition.py, planning.py, reception.py, conduct.py, testimony.py,
                    endings.py, jury.py, voting.py, follow_up.py
    events/         what has happened             react.py        state -> events nobody asked for
    state.py        the fold of events, by part:
                    sitting.py, media.py, deliberation.py, after.py
    agenda.py       whom the jury decides on      register.py     who takes part, and how
    transitions.py  life cycle as a table         clock.py        exam time
    outages.py      what hinders a sitting        scope.py        what an act concerns

Instants are integers, milliseconds since the Unix epoch, UTC, and end in `_ms`.
"""
