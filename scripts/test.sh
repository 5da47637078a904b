#!/bin/sh
# All tests, in two rows side by side, each part with servers of its own. The tests that start whole processes or a
# browser spend half their time waiting; when they have ended, the same row takes its share of the other tests' files.
# What it printed is shown when both have ended. Arguments go to pytest.
set -u
cd "$(dirname "$0")/.."
mkdir -p test-artifacts
tests=".venv/bin/python -m happ_project.supervisor exec -- .venv/bin/python -m pytest"

# 5: no test of this part was asked for
worst() { if [ "$1" = 5 ]; then echo "$2"; elif [ "$2" = 5 ]; then echo "$1"; else echo $(($1 | $2)); fi; }

{
    $tests -m slow "$@"
    slow_end=$?
    nice $tests -m "not slow" --share 75-100 "$@"
    exit "$(worst $slow_end $?)"
} >test-artifacts/beside.txt 2>&1 &
beside=$!
trap 'kill "$beside" $(pgrep -P "$beside") 2>/dev/null' EXIT
trap 'exit 130' INT TERM
nice $tests -m "not slow" --share 0-75 "$@"
end=$?
echo "happ: waiting for the tests beside these"
wait "$beside"
end=$(worst $end $?)
cat test-artifacts/beside.txt
exit "$end"
