"""The supervisor's small decisions, one by one."""

import os
import stat
from pathlib import Path

import pytest

from happ_project.supervisor import child, environment, places, roles
from happ_project.supervisor.accounts import ours
from happ_project.supervisor.child import Child
from happ_project.supervisor.console import Console, Output
from happ_project.supervisor.problems import Problem


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "list[float]":
    now = [1000.0]
    monkeypatch.setattr(child.time, "monotonic", lambda: now[0])
    return now


def a_child() -> Child:
    return Child("web", lambda output: 1)


def live(one: Child, seconds: float, clock: "list[float]") -> float:
    """Let it live for `seconds`; returns the pause before it starts again."""
    one.started = clock[0]
    clock[0] += seconds
    one.ended(-9)
    assert one.due is not None
    return one.due - clock[0]


def test_pauses_grow_while_lives_are_short_and_stay_below_a_cap(clock: "list[float]") -> None:
    one = a_child()

    assert [live(one, 1, clock) for _ in range(8)] == [0.25, 0.5, 1, 2, 4, 8, 15, 15]


def test_a_life_that_is_neither_short_nor_long_leaves_the_pause(clock: "list[float]") -> None:
    one = a_child()

    assert [live(one, 1, clock), live(one, 1, clock), live(one, 30, clock)] == [0.25, 0.5, 0.5]


def test_a_healthy_minute_begins_the_pauses_anew(clock: "list[float]") -> None:
    one = a_child()

    assert [live(one, 1, clock), live(one, 1, clock), live(one, 61, clock)] == [0.25, 0.5, 0.25]


def test_output_becomes_prefixed_lines_however_it_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    reading, writing = os.pipe()
    output = Output("web", reading, Console(["web", "dispatcher"]))
    for piece in ("fir", "st\nsecond\n\nthird with ї".encode()[:-1], "ї".encode()[1:]):
        os.write(writing, piece if isinstance(piece, bytes) else piece.encode())
        assert output.read()
    os.close(writing)

    assert not output.read()
    assert capsys.readouterr().out.splitlines() == [
        "web        │ first",
        "web        │ second",
        "web        │ third with ї",
    ]
    assert list(output.tail) == ["first", "second", "third with ї"]


def test_the_environment_wins_over_the_file_and_empty_counts_as_unset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nOPENAI_API_KEY=from-file\nHAPP_ENV=\n")
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.delenv("HAPP_ENV", raising=False)

    settings = environment.read(tmp_path)

    assert (settings["PORT"], settings["OPENAI_API_KEY"], settings.get("HAPP_ENV")) == ("9001", "from-file", None)


@pytest.mark.parametrize("given", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_gives_a_sentence(given: str) -> None:
    with pytest.raises(Problem, match="PORT is"):
        environment.port({"PORT": given})


def test_health_is_asked_under_a_name_the_product_answers_to() -> None:
    assert environment.host_name({}) == "127.0.0.1"
    assert environment.host_name({"ALLOWED_HOSTS": "*.example.com, chat.example.com"}) == "chat.example.com"
    assert environment.host_name({"PUBLIC_URL": "https://happ.example/x", "ALLOWED_HOSTS": "other"}) == "happ.example"


def test_sockets_lie_in_the_data_directory_when_its_path_is_short_and_plain(tmp_path: Path) -> None:
    short = Path("/tmp/happ")

    assert places.Places(short, ours()).sockets == short / "run"


@pytest.mark.parametrize("data", [Path("/tmp") / ("x" * 100), Path("/tmp/with space"), Path("/tmp/місце")])
def test_sockets_lie_elsewhere_when_it_is_not(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)

    sockets = places.Places(data, ours()).sockets

    assert len(str(sockets / ".s.PGSQL.5432")) <= 107
    assert places.PLAIN.fullmatch(str(sockets))
    assert sockets == places.Places(data, ours()).sockets


def test_another_ones_socket_directory_is_refused(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 100)
    sockets = places.Places(data, ours()).sockets
    sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(Problem, match="is not ours"):
            places._claim_sockets(places.Places(data, ours()))
    finally:
        sockets.unlink()


def test_new_keys_are_private_from_the_first_moment(tmp_path: Path) -> None:
    keys = places.secrets_for(tmp_path)

    assert set(keys) == {"SECRET_KEY", "HAPP_ENCRYPTION_KEYS", "HAPP_DEMO_PASSWORD"}
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600
    assert places.secrets_for(tmp_path) == keys


@pytest.mark.parametrize("content", [b"", b"\x00\xff junk", b"SECRET_KEY=x\nHAPP_DEMO_PASSWORD=y\n"])
def test_damaged_keys_are_told_of_and_not_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secrets.env").write_bytes(content)

    with pytest.raises(Problem, match=r"is damaged .*HAPP_ENCRYPTION_KEYS.* restore it"):
        places.secrets_for(tmp_path)

    assert (tmp_path / "secrets.env").read_bytes() == content


def test_lost_keys_of_a_database_are_not_replaced_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HAPP_ENCRYPTION_KEYS", raising=False)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")

    with pytest.raises(Problem, match="is gone: restore it"):
        places.secrets_for(tmp_path)


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(Problem, match="is a file"):
        places.prepare(tmp_path / "data")


def test_the_table_has_a_worker_for_each_queue_and_knows_who_beats() -> None:
    table = roles.table(data="/data", web_fd=3)

    assert [role.name for role in table] == [
        "web", "inbound", "ai", "outbound", "webhooks", "knowledge", "dispatcher", "beat", "sessions",
    ]  # fmt: skip
    assert [role.name for role in table if not role.beats] == ["web"]
