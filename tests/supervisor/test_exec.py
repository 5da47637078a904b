"""`exec`: a command with private servers, and what is said when the servers cannot be."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from happ_project.supervisor import processes

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
ASK = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
    {statement}
redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
"""


@pytest.fixture
def reachable() -> "object":
    """A directory that the servers' user can pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="happ-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def execute(*command: str, data: Path | None = None, **environment: str) -> "subprocess.CompletedProcess[str]":
    bare = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL", "HAPP_DATA_DIR")
    }
    place = ["--data", str(data)] if data else []
    return subprocess.run(
        [sys.executable, "-m", "happ_project.supervisor", "exec", *place, "--", *command],
        env={**bare, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def python(statement: str) -> list[str]:
    return [sys.executable, "-c", ASK.format(statement=statement)]


def test_a_command_finds_working_servers_and_keys() -> None:
    done = execute(*python("print(database.execute('SELECT current_user, lower(%s)', ['ЇЖАК']).fetchone())"))

    assert (done.returncode, done.stdout) == (0, "('happ', 'їжак')\n")


def test_the_role_may_make_test_databases_that_have_the_extensions() -> None:
    listing = "print(sorted(r[0] for r in database.execute('SELECT extname FROM pg_extension')))"
    done = execute(*python("database.execute('CREATE DATABASE other'); " + listing))

    assert done.stdout == "['btree_gin', 'pg_trgm', 'plpgsql', 'vector']\n"


def test_the_exit_code_is_the_commands() -> None:
    assert execute("sh", "-c", "exit 7").returncode == 7


def test_nothing_is_left_of_a_temporary_run() -> None:
    data = Path(json.loads(execute(sys.executable, "-c", SHOW).stdout)["HAPP_DATA_DIR"])

    assert not data.exists()
    assert not processes.working_in(data / "postgres", named="postgres")


def test_given_servers_are_used_instead() -> None:
    given = {"DATABASE_URL": "postgresql://there/db", "REDIS_URL": "redis://there:1/"}

    environment = json.loads(execute(sys.executable, "-c", SHOW, **given).stdout)

    assert {key: environment[key] for key in given} == given
    assert not (Path(environment["HAPP_DATA_DIR"]) / "postgres").exists()


def test_a_command_that_does_not_exist_gives_a_sentence() -> None:
    done = execute("no-such-command")

    assert (done.returncode, done.stderr) == (1, "Cannot run no-such-command: No such file or directory.\n")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_takes_everything_along(sent: int) -> None:
    script = "import os, time; print(os.getpid(), os.environ['HAPP_DATA_DIR'], flush=True); time.sleep(60)"
    command = [sys.executable, "-m", "happ_project.supervisor", "exec", "--", sys.executable, "-c", script]
    bare = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    running = subprocess.Popen(command, env=bare, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    pid, data = running.stdout.readline().split()

    running.send_signal(sent)
    running.wait(timeout=20)

    def gone() -> bool:
        left = processes.working_in(Path(data) / "postgres", named="postgres")
        left += processes.working_in(Path(data) / "valkey", named="valkey-server")
        return not left and not alive(int(pid))

    assert processes.wait_until(gone, seconds=10)
    if sent == signal.SIGKILL:
        execute("true")  # the next run tidies up
    assert not Path(data).exists()


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_data_in_a_given_directory_survive_even_a_killed_database(reachable: Path) -> None:
    data = reachable / "data"
    postmaster = f"int(open('{data}/postgres/postmaster.pid').readline())"
    execute(*python("database.execute('CREATE TABLE kept (id int); INSERT INTO kept VALUES (42)')"), data=data)
    execute(sys.executable, "-c", f"import os; os.kill({postmaster}, 9)", data=data)

    done = execute(*python("print(database.execute('SELECT id FROM kept').fetchone())"), data=data)

    assert done.stdout == "(42,)\n", done.stderr


def test_the_secrets_stay_the_same_and_private(reachable: Path) -> None:
    first, second = (json.loads(execute(sys.executable, "-c", SHOW, data=reachable / "data").stdout) for _ in range(2))

    keys = ("SECRET_KEY", "HAPP_ENCRYPTION_KEYS")
    assert [first[key] for key in keys] == [second[key] for key in keys]
    assert (reachable / "data" / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_a_long_path_is_no_trouble(reachable: Path) -> None:
    data = reachable / ("long name " * 12)

    done = execute(*python("print(database.execute('SELECT 1').fetchone())"), data=data)

    assert done.stdout == "(1,)\n", done.stderr
    assert not list(Path("/tmp").glob(f"happ-*-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"))


def test_a_directory_in_use_gives_a_sentence(reachable: Path) -> None:
    inner = [sys.executable, "-m", "happ_project.supervisor", "exec", "--data", str(reachable / "data"), "--", "true"]

    done = execute(*inner, data=reachable / "data")

    assert done.returncode == 1
    assert "already running" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: (path / "postgres" / "PG_VERSION").write_text("17\n"), "written by PostgreSQL 17"),
        (lambda path: (path / "postgres" / "global" / "pg_control").unlink(), "no whole PostgreSQL data directory"),
        (lambda path: (path / "postgres" / "global" / "pg_control").write_bytes(b"x" * 8192), "does not start"),
        (lambda path: next((path / "valkey").rglob("*.incr.aof")).write_bytes(b"rubbish\n"), "does not start"),
    ],
    ids=["another major version", "a part missing", "damaged", "damaged queue file"],
)
def test_a_broken_data_directory_gives_a_sentence(reachable: Path, damage: "object", said: str) -> None:
    execute("true", data=reachable / "data")
    damage(reachable / "data")  # type: ignore[operator]

    done = execute("true", data=reachable / "data")

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
