"""Whether the static files were laid out since they last changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from happ_project.supervisor.places import PROJECT


class Stamp:
    """A mark in the data directory that tells which state of the static files was laid out."""

    def __init__(self, data: Path, project: Path = PROJECT) -> None:
        self.path = data / "static.stamp"
        self.target = data / "static"
        # the packages bring static files too; which ones, the lock file tells
        sources = [project / "happ_project" / "static", project / "requirements.txt"]
        self.state = hashlib.sha256("\n".join(_told(sources)).encode()).hexdigest()

    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return self.target.is_dir() and self.path.is_file() and self.path.read_text() == self.state

    def write(self) -> None:
        """Remember that it was done."""
        self.path.write_text(self.state)


def _told(sources: list[Path]) -> Iterator[str]:
    for source in sources:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file():
                state = path.stat()
                yield f"{path} {state.st_size} {state.st_mtime_ns}"
