#!/bin/sh
# All tests, or those that the arguments name, in two parts: most of them side by side, then those
# that want the machine for themselves (browsers in a call, cuts, clocks) one after the other.
# Both parts run even when one fails.

cd "$(dirname "$0")/.." || exit 1
pytest=.venv/bin/pytest
none=5 # pytest's exit status where it found no test

"$pytest" -q -rs -m "not alone" -n auto --dist loadscope "$@"
together=$?
[ "$together" -eq 2 ] && exit 2 # Ctrl-C
"$pytest" -q -rs -m alone "$@"
alone=$?
[ "$together" -eq $none ] && exit "$alone"
[ "$alone" -eq $none ] && exit "$together"
[ "$together" -eq 0 ] && exit "$alone"
exit "$together"
