"""Makes `data/weights.npz` from the topics' wordings: `python -m assistants.knowledge.training` (about a minute)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistants.knowledge import embeddings, topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHRINKAGE = 0.4
"""How far the scatter within topics is pulled towards a sphere; 0.2 to 0.6 do equally well on topics left out."""
_PENALTY = 1 / 60
_STEPS = 600


def train() -> None:
    """Embed every wording, learn, and write the weights."""
    import numpy as np

    rows = topics.wordings()
    names = sorted({row.topic for row in rows})
    labels = np.array([names.index(row.topic) for row in rows])
    raw = np.stack([embeddings.raw(row.text) for row in rows])
    mean = raw.mean(axis=0)
    centred = topics.unit(raw - mean)
    weights, bias = classifier(centred, labels, count=len(names))
    np.savez_compressed(
        topics.WEIGHTS,
        names=np.array(names),
        made_from=np.array(topics.fingerprint()),
        mean=mean.astype(np.float32),
        metric=metric(centred, labels).astype(np.float16),
        weights=weights.astype(np.float16),
        bias=bias.astype(np.float16),
    )


def metric(vectors: NDArray, labels: NDArray) -> NDArray:
    """The inverse square root of the (shrunk) covariance of the vectors about the middle of their topic."""
    import numpy as np

    spread = vectors.copy()
    for label in np.unique(labels):
        spread[labels == label] -= vectors[labels == label].mean(axis=0)
    values, axes = np.linalg.eigh(spread.T @ spread / len(spread))
    values = values * (1 - _SHRINKAGE) + values.mean() * _SHRINKAGE
    return axes @ np.diag(values**-0.5) @ axes.T


def classifier(vectors: NDArray, labels: NDArray, *, count: int) -> tuple[NDArray, NDArray]:
    """Multinomial logistic regression with a quadratic penalty, by Adam on the whole set; deterministic."""
    import numpy as np

    inputs = np.hstack([vectors, np.ones((len(vectors), 1))])
    wanted = np.eye(count)[labels]
    theta = np.zeros((inputs.shape[1], count))
    first, second = np.zeros_like(theta), np.zeros_like(theta)
    penalty = np.full((inputs.shape[1], 1), _PENALTY)
    penalty[-1] = 0
    for step in range(1, _STEPS + 1):
        logits = inputs @ theta
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        slope = inputs.T @ (powers / powers.sum(axis=1, keepdims=True) - wanted) + penalty * theta
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        pace = 0.5 * (1 - step / _STEPS) + 0.005
        theta -= pace * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return theta[:-1], theta[-1]


if __name__ == "__main__":
    train()
