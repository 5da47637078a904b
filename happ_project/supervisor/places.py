"""Where the data, the sockets and the secrets of one running Happ lie."""

import base64
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from happ_project.supervisor import accounts
from happ_project.supervisor.accounts import Account
from happ_project.supervisor.problems import Problem

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET = 107 - len("/.s.PGSQL.5432")  # sun_path holds 107 bytes
PLAIN = re.compile(r"[A-Za-z0-9._/+-]+")  # needs no escaping in an address


@dataclass(frozen=True)
class Places:
    """The folders below one data directory and the user who runs its servers."""

    data: Path
    account: Account

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def copies(self) -> Path:
        return self.data / "servers"

    @property
    def sockets(self) -> Path:
        """A private directory whose path is short and plain enough for unix sockets and for addresses."""
        inside = self.data / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET and PLAIN.fullmatch(str(inside)):
            return inside
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        private = self.account.is_us and len(runtime) <= 60 and PLAIN.fullmatch(runtime) and os.access(runtime, os.W_OK)
        return Path(runtime if private else "/tmp") / f"happ-{self.account.uid}-{mark}"  # noqa: S108 - checked when made


def default_data() -> Path:
    """`./var`, or a directory of this clone's own under /var/lib for root, whose servers run as another user."""
    if given := os.environ.get("HAPP_DATA_DIR"):
        return Path(given).expanduser().resolve()
    if os.geteuid() != 0:
        return PROJECT / "var"
    mark = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]
    return Path("/var/lib/happ") / f"{PROJECT.name}-{mark}"


def prepare(data: Path) -> Places:
    """Make the data directory and its private folders, or say why that cannot be."""
    if data.exists() and not data.is_dir():
        raise Problem(f"{data} is a file: set HAPP_DATA_DIR to a directory.")
    try:
        _make_way(data)
    except OSError as error:
        reason = f"Cannot make the data directory {data} ({error.strerror})"
        raise Problem(f"{reason}: set HAPP_DATA_DIR to one you may write.") from None
    places = Places(data, accounts.for_servers(data / "postgres"))
    if not os.access(data, os.W_OK | os.X_OK):
        raise Problem(f"The data directory {data} belongs to another user: run as that user or set HAPP_DATA_DIR.")
    try:
        places.account.make_private(places.valkey)
        _claim_sockets(places)
    except PermissionError as error:
        raise Problem(f"{error.filename} belongs to another user: run as that user or set HAPP_DATA_DIR.") from None
    if not places.account.can_reach(places.valkey):
        raise Problem(
            f"The user {places.account.name}, who runs the embedded servers for root, cannot reach {data}: "
            "set HAPP_DATA_DIR to a directory that others may pass through (not under /root)."
        )
    return places


def _make_way(data: Path) -> None:
    """Make the directory; root's lets the servers' user pass through, whatever the umask says."""
    root = os.geteuid() == 0
    missing = [path for path in (data, *data.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        path.chmod((0o711 if path == data else 0o755) if root else 0o700)


def _claim_sockets(places: Places) -> None:
    directory = places.sockets
    if directory.parent != places.data and (directory.is_symlink() or directory.exists()):
        state = directory.lstat()  # in a shared directory somebody else may have put it there
        if directory.is_symlink() or state.st_uid != places.account.uid:
            raise Problem(f"{directory} is not ours: remove it and start again.")
    places.account.make_private(directory)


def tidy(places: Places) -> None:
    """After the servers ended: leave nothing outside the data directory."""
    if places.sockets.parent != places.data:
        shutil.rmtree(places.sockets, ignore_errors=True)


def is_running(data: Path) -> bool:
    """Whether somebody holds the data directory: the product, or a command with its servers."""
    try:
        descriptor = os.open(data / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def lock(data: Path) -> int:
    """Hold the data directory for ourselves until we end, however we end; returns the open lock."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise Problem(
            f"Happ is already running on {data} (process {holder}): stop it, or set HAPP_DATA_DIR to another directory."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


_KEYS = ("SECRET_KEY", "HAPP_ENCRYPTION_KEYS", "HAPP_DEMO_PASSWORD")


def secrets_for(data: Path) -> dict[str, str]:
    """The keys made at the first start and kept in the data directory, readable by us alone.

    Lost ones are not replaced beside a database that needs them, unless the person's own settings have them.
    """
    path = data / "secrets.env"
    is_known = all(os.environ.get(name) for name in _KEYS[:2])
    if not path.exists() and not is_known and (data / "postgres" / "PG_VERSION").exists():
        raise Problem(
            f"{path} is gone: restore it from a backup, because what the database beside it keeps encrypted cannot be "
            f"read without it. To begin anew, move {data} away."
        )
    if not path.exists():
        fernet = base64.urlsafe_b64encode(os.urandom(32)).decode()
        text = f"SECRET_KEY={secrets.token_urlsafe(50)}\nHAPP_ENCRYPTION_KEYS={fernet}\n"
        text += f"HAPP_DEMO_PASSWORD={secrets.token_urlsafe(9)}\n"
        descriptor, name = tempfile.mkstemp(dir=data)  # 0600 from its first moment
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(name).rename(path)
    lines = path.read_text(errors="replace").splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    if missing := [name for name in _KEYS if not found.get(name)]:
        raise Problem(
            f"{path} is damaged ({', '.join(missing)} missing): restore it from a backup, because what is stored "
            f"encrypted cannot be read without it. To begin anew, move {data} away."
        )
    return found
