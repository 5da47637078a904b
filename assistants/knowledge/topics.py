"""What a sentence is about: the topics that people ask businesses about, and a measure of likeness learned from them.

`data/en.txt` and `data/uk.txt` hold some hundred topics with several wordings each. From their embeddings
`training.py` makes `data/weights.npz`: a linear classifier, and the matrix that takes out of the vectors what differs
between wordings of the same question (within-class whitening). Both are small enough to be kept with the code.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "uk")
WEIGHTS = DATA / "weights.npz"


@dataclass(frozen=True, slots=True)
class Wording:
    topic: str
    language: str
    text: str


def wordings() -> list[Wording]:
    """Every line of the data, in order."""
    found: list[Wording] = []
    for code in LANGUAGES:
        topic = ""
        for raw in (DATA / f"{code}.txt").read_text(encoding="utf-8").splitlines():
            line = raw.strip()
            if line.startswith("["):
                topic = line.strip("[]")
            elif line and not line.startswith("#"):
                found.append(Wording(topic, code, line))
    return found


def fingerprint() -> str:
    """Changes when the data do; the weights carry the one they were made from."""
    text = "\n".join(f"{wording.topic}\t{wording.text}" for wording in wordings())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Topics:
    """The learned weights, applied to raw embeddings (rows of an array, or one vector)."""

    def __init__(self) -> None:
        import numpy as np

        with np.load(WEIGHTS) as stored:
            self.names = [str(name) for name in stored["names"]]
            self.made_from = str(stored["made_from"])
            self._mean = stored["mean"].astype(np.float32)
            self._metric = stored["metric"].astype(np.float32)
            self._weights = stored["weights"].astype(np.float32)
            self._bias = stored["bias"].astype(np.float32)

    def centred(self, raw: NDArray) -> NDArray:
        return unit(raw - self._mean)

    def projected(self, raw: NDArray) -> NDArray:
        """Unit vectors whose inner product says how alike two sentences are meant."""
        return unit(self.centred(raw) @ self._metric)

    def probabilities(self, raw: NDArray) -> NDArray:
        """How likely each topic is, in the order of `names`."""
        import numpy as np

        logits = self.centred(raw) @ self._weights + self._bias
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)


def unit(vectors: NDArray) -> NDArray:
    """Rows scaled to length 1."""
    import numpy as np

    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


@cache
def load() -> Topics:
    return Topics()
