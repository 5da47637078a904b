"""Made-up knowledge for the search's benchmark: passages as alike and as unlike each other as real ones are."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from assistants.knowledge import embeddings, lemmas, topics
from assistants.models import Assistant, KnowledgeDocument
from happ_project.core import ids

_BASES, _BATCH, _OF_DOCUMENT = 400, 5_000, 1_000
_VOCABULARY, _WORDS = 60_000, 45
_SYLLABLES = (
    "ba be bo da de do fa fi ga go ka ke ki la le li lo ma me mi na ne no pa pe ra re ri sa se ta te to va vi zo"
)

_CHUNKS = "COPY assistants_knowledgechunk (id, company_id, document_id, assistant_id, position, title, text, lemmas)"
_VECTORS = "COPY assistants_knowledgevector (id, company_id, chunk_id, assistant_id, model, embedding)"
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'vector_meaning%'"


class Maker:
    """Fills assistants of one company."""

    def __init__(self, company: Any, rng: random.Random) -> None:
        self._company, self._rng = company, rng
        self._numbers = np.random.default_rng(rng.randrange(10**6))
        self._wordings = rng.sample(topics.wordings(), _BASES)
        self._vectors = np.stack([embeddings.of_passage(each.text, each.text) for each in self._wordings])
        self._lemmas = [lemmas.lemmas(each.text) for each in self._wordings]
        syllables = _SYLLABLES.split()
        self._names = sorted({"".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(2 * _VOCABULARY)})
        rng.shuffle(self._names)
        del self._names[_VOCABULARY:]
        ranks = np.arange(1, len(self._names) + 1)
        self._chances = (1 / ranks) / (1 / ranks).sum()
        self._definitions: list[str] = []

    def questions(self, count: int) -> list[str]:
        """Wordings as people write them; a third with a name from the knowledge, a third of those misspelt."""
        others = [each.text for each in topics.wordings() if each not in self._wordings]
        chosen = self._rng.sample(others, count)
        for number in range(0, count, 3):
            name = self._names[self._rng.randrange(50, 20_000)]
            chosen[number] += " " + (name[:-1] + "x" if number % 9 == 0 else name)
        return chosen

    def fill(self, sizes: Mapping[Assistant, int]) -> float:
        """Seconds that it took the database; the making is not counted."""
        spent = 0.0
        for assistant, size in sizes.items():
            for start in range(0, size, _BATCH):
                rows = self._rows(assistant, min(_BATCH, size - start))
                started = time.perf_counter()
                self._store(assistant, rows)
                spent += time.perf_counter() - started
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return spent

    def drop_indexes(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_INDEXES)
            found = cursor.fetchall()
            self._definitions = [definition for _name, definition in found]
            for name, _definition in found:
                cursor.execute(f"DROP INDEX {name}")

    def build_indexes(self) -> float:
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            for definition in self._definitions:
                cursor.execute(definition)
            cursor.execute("RESET maintenance_work_mem")
        return time.perf_counter() - started

    def index_megabytes(self) -> float:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(pg_relation_size(indexname::regclass))::float8 FROM pg_indexes "
                "WHERE indexname LIKE 'vector_meaning%'"
            )
            return cursor.fetchone()[0] / 2**20

    def _rows(self, assistant: Assistant, count: int) -> list[tuple[UUID, str, str, list[str], str]]:
        first, second = self._numbers.integers(0, _BASES, size=(2, count))
        vectors = self._mixed(first, second)
        names = self._numbers.choice(len(self._names), p=self._chances, size=(count, _WORDS))
        found = []
        for row in range(count):
            a, b = first[row], second[row]
            words = [*self._lemmas[a], *self._lemmas[b], *(self._names[place] for place in names[row])]
            text = f"{self._wordings[b].text} {' '.join(words)}"
            vector = "[" + ",".join(f"{number:.4g}" for number in vectors[row].tolist()) + "]"
            found.append((ids.new_id(), self._wordings[a].text, text, words, vector))
        return found

    def _mixed(self, first: Any, second: Any) -> Any:
        """Vectors near one real passage, a little towards another one, and a little anywhere."""
        mixed = self._vectors[first] + 0.35 * self._vectors[second]
        mixed += self._numbers.normal(0, 0.012, size=mixed.shape)
        parts = (slice(0, 384), slice(384, 768), slice(768, None))
        mixed[:, parts[2]] = np.abs(mixed[:, parts[2]])
        for part in parts:
            mixed[:, part] = topics.unit(mixed[:, part])
        return mixed

    def _store(self, assistant: Assistant, rows: list[tuple[UUID, str, str, list[str], str]]) -> None:
        documents = [
            KnowledgeDocument.objects.create(
                company=self._company,
                assistant=assistant,
                name=f"Part {number}",
                status="ready",
                state="done",
                lane="x",
            ).pk
            for number in range(0, len(rows), _OF_DOCUMENT)
        ]
        company, model = self._company.pk, embeddings.name()

        def chunks() -> Iterator[tuple[Any, ...]]:
            for place, (pk, title, text, words, _vector) in enumerate(rows):
                document, position = documents[place // _OF_DOCUMENT], place % _OF_DOCUMENT
                yield pk, company, document, assistant.pk, position, title, text, " ".join(words)

        def vectors() -> Iterator[tuple[Any, ...]]:
            for pk, _title, _text, _words, vector in rows:
                yield ids.new_id(), company, pk, assistant.pk, model, vector

        with connection.cursor() as cursor:
            for command, lines in ((_CHUNKS, chunks()), (_VECTORS, vectors())):
                with cursor.copy(f"{command} FROM STDIN") as copy:
                    for line in lines:
                        copy.write_row(line)
