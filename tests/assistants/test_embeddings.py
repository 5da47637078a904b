"""The local embedding model, and the processor that cannot run it."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest

from assistants.knowledge import embeddings


@pytest.fixture
def old_processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(embeddings, "_processor_flags", lambda: {"flags", ":", "sse4_2", "avx"})
    monkeypatch.setattr(embeddings.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(embeddings, "_model", None)  # calling it would end the process there
    embeddings.is_usable.cache_clear()
    yield
    monkeypatch.undo()
    embeddings.is_usable.cache_clear()


def test_without_avx2_all_is_alike_and_the_log_says_why(old_processor: None, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        tea, cars = embeddings.of_passage("Tea", "We sell green tea."), embeddings.of_passage("Cars", "Old cars.")
        question = embeddings.of_question("Do you sell tea?")

    assert np.isfinite(question).all()
    assert float(question @ tea) == pytest.approx(float(question @ cars))
    assert [record.message for record in caplog.records if "AVX2" in record.message] == [
        "This processor has no AVX2, which the embedding model needs: search goes by words alone."
    ]


def test_its_passages_are_embedded_anew_where_the_model_runs(old_processor: None) -> None:
    there = embeddings.name()
    embeddings.is_usable.cache_clear()
    with pytest.MonkeyPatch.context() as here:
        here.setattr(embeddings, "_processor_flags", lambda: {"avx2"})
        assert embeddings.name() != there
