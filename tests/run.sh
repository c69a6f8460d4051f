#!/bin/sh
# All tests, or those that the arguments name, in two parts: the quick ones side by side, then the
# slow ones (browsers, cuts, clocks) one after the other, since each needs the machine for itself.
# Both parts run even when one fails.

cd "$(dirname "$0")/.." || exit 1
pytest=.venv/bin/pytest
none=5 # pytest's exit status where it found no test

"$pytest" -q -rs -m "not slow" -n auto --dist loadscope "$@"
quick=$?
[ "$quick" -eq 2 ] && exit 2 # Ctrl-C
"$pytest" -q -rs -m slow "$@"
slow=$?
[ "$quick" -eq $none ] && exit "$slow"
[ "$slow" -eq $none ] && exit "$quick"
[ "$quick" -eq 0 ] && exit "$slow"
exit "$quick"
