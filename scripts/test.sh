#!/bin/sh
# All tests. Those that start whole processes or a browser spend half their time waiting: they run beside the others,
# with servers of their own and first where the processor is short, and report when both have ended. Arguments go to
# pytest.
set -u
cd "$(dirname "$0")/.."
mkdir -p test-artifacts
tests=".venv/bin/python -m happ_project.supervisor exec -- .venv/bin/python -m pytest"

$tests -m slow "$@" >test-artifacts/slow.txt 2>&1 &
slow=$!
trap 'kill "$slow" 2>/dev/null' EXIT
trap 'exit 130' INT TERM
nice $tests -m "not slow" "$@"
quick_end=$?
echo "happ: waiting for the tests that start whole processes or a browser"
wait "$slow"
slow_end=$?
cat test-artifacts/slow.txt

# 5: no test of this part was asked for
[ "$quick_end" = 5 ] && quick_end=$slow_end
[ "$slow_end" = 5 ] && slow_end=$quick_end
[ "$quick_end" = 0 ] && [ "$slow_end" = 0 ]
