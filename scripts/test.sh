#!/bin/sh
# All tests, in three parts side by side, each with servers of its own. The tests that start whole processes or a browser
# spend half their time waiting and are the first where the processor is short; the others are shared out by file. What
# ends in the background is shown when all have ended. Arguments go to pytest.
set -u
cd "$(dirname "$0")/.."
mkdir -p test-artifacts
tests=".venv/bin/python -m happ_project.supervisor exec -- .venv/bin/python -m pytest"

$tests -m slow "$@" >test-artifacts/slow.txt 2>&1 &
slow=$!
nice $tests -m "not slow" --part 2/2 "$@" >test-artifacts/second.txt 2>&1 &
second=$!
trap 'kill "$slow" "$second" 2>/dev/null' EXIT
trap 'exit 130' INT TERM
nice $tests -m "not slow" --part 1/2 "$@"
ends=$?
echo "happ: waiting for the other parts"
wait "$second"
ends="$ends $?"
wait "$slow"
ends="$ends $?"
cat test-artifacts/second.txt test-artifacts/slow.txt

# 5: no test of this part was asked for
case $(echo "$ends" | tr ' ' '\n' | sort -u | tr '\n' ' ') in
    "0 " | "0 5 ") exit 0 ;;
    *) exit 1 ;;
esac
