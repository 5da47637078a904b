"""Which system user runs the embedded servers: we, or another one when we are root (PostgreSQL refuses root)."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from happ_project.supervisor.problems import Problem

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system user."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Whether we are that user already."""
        return self.uid == os.geteuid()

    def can_reach(self, path: Path) -> bool:
        """Whether this user may pass through to `path` and use it; asked of the kernel by becoming that user."""
        if self.is_us:
            return os.access(path, os.R_OK | os.X_OK)
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(self.gid)
                os.setuid(self.uid)
                os._exit(0 if os.access(path, os.R_OK | os.X_OK) else 1)
            finally:
                os._exit(2)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def make_private(self, directory: Path) -> Path:
        """Create `directory` for this user alone (or take it back for them) and return it."""
        directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(directory, self.uid, self.gid)
        directory.chmod(0o700)
        return directory


def ours() -> Account:
    """The user we run as."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Account(name, uid, os.getegid())


def for_servers(database: Path) -> Account:
    """The user that runs the servers whose PostgreSQL data lie in `database` (which need not exist yet)."""
    if os.geteuid() != 0:
        return ours()
    wanted = os.environ.get("HAPP_SERVER_USER")
    if wanted:
        return _named(wanted) or _missing(f"HAPP_SERVER_USER names the user {wanted!r}, who does not exist")
    if database.is_dir() and (owner := database.stat().st_uid):
        return _numbered(owner) or _missing(f"{database} belongs to the user number {owner}, who is gone")
    for name in CANDIDATES:
        if account := _named(name):
            return account
    return _missing("PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'")


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _numbered(uid: int) -> Account | None:
    try:
        return _named(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return None


def _missing(reason: str) -> Account:
    raise Problem(f"{reason}: run as an ordinary user, or `useradd --system happ` and set HAPP_SERVER_USER=happ.")
