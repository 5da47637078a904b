"""The hybrid search in SQL: what is known of the question's words, then passages by meaning, words and letters.

Two statements. The first asks the assistant's vocabulary: in how many passages each word stands, and which known words
are spelt almost like an unknown one. The second collects candidates from each half, never more than so many, and reads
only those. Limits and the change from exact to approximate search were measured: docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from assistants.knowledge import fusion
from assistants.models import Assistant
from happ_project.core import tenancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_AT_MOST = 10_000
"""Passages of one assistant that are all compared with the question; above, the approximate index is asked."""
INDEXED = (894, 1024)
"""Dimensions that have an approximate index; vectors of others are always compared one by one."""
_CANDIDATES = 12
"""From each half."""
_MOST_SINGLE = 300
"""Passages read for one word; a more frequent word counts only together with another one."""
_MOST_PAIRED = 60
_MOST_REREAD = 300
"""Passages found by words whose meaning is looked at as well, before the best are chosen."""
_MOST_WORDS, _MOST_FREQUENT = 8, 3
_LETTERS_AT_LEAST, _MOST_MISSPELT, _MOST_NEAR = 4, 2, 3
"""Unknown words that are looked for by their letters (the longest say most), and known words that each may mean."""
_COMMON_FROM, _COMMON_SHARE = 40, 10
"""A word in more passages than so many, and than one in so many, finds nothing that meaning would not."""
_LONGEST_WORD = 60

_FACTS = """
    WITH asked AS (SELECT * FROM unnest(%(words)s::text[]) WITH ORDINALITY AS asked (word, place)),
    heard AS (
        SELECT known.word, known.passages FROM assistants_knowledgeword AS known
        WHERE known.assistant_id = %(assistant)s AND known.company_id = %(company)s AND known.word = ANY(%(words)s)),
    unheard AS (
        SELECT word FROM asked WHERE length(word) >= %(letters)s AND word NOT IN (SELECT word FROM heard)
        ORDER BY length(word) DESC, place LIMIT %(misspelt)s)
    SELECT 'tally', model, '', count, 0.0 FROM assistants_knowledgetally
    WHERE assistant_id = %(assistant)s AND company_id = %(company)s
    UNION ALL SELECT 'word', word, '', passages, 0.0 FROM heard
    UNION ALL SELECT 'near', unheard.word, near.word, near.passages, near.share FROM unheard CROSS JOIN LATERAL (
        SELECT known.word, known.passages,
               similarity(knowledge_spelling(known.word), knowledge_spelling(unheard.word)) AS share
        FROM assistants_knowledgeword AS known
        WHERE known.assistant_id = %(assistant)s AND known.company_id = %(company)s
          AND knowledge_spelling(known.word) %% knowledge_spelling(unheard.word)
        ORDER BY share DESC, known.word LIMIT %(near)s) AS near"""

# The rows are materialized before they are ordered: else the planner may take the approximate index, and miss some.
_EXACT = """
    SELECT chunk_id FROM (
        SELECT chunk_id, embedding <#> %(vector)s::halfvec AS distance FROM assistants_knowledgevector
        WHERE assistant_id = %(assistant)s AND model = %(model)s OFFSET 0) AS mine
    ORDER BY distance LIMIT %(candidates)s"""
_APPROXIMATE = """
    SELECT chunk_id FROM assistants_knowledgevector
    WHERE assistant_id = %(assistant)s AND model = %(model)s AND vector_dims(embedding) = {dimensions}
    ORDER BY embedding::halfvec({dimensions}) <#> %(vector)s::halfvec({dimensions}) LIMIT %(candidates)s"""
_THOROUGH = """
    SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '200', true)"""
"""What the approximate index needs; forgotten with the transaction."""
_NO_MEANING = "SELECT NULL::uuid AS chunk_id WHERE false"

_CANDIDATES_SQL = """
    WITH meaning AS MATERIALIZED ({meaning}),
    branch AS (SELECT * FROM unnest(%(keys)s::int[], %(queries)s::text[], %(most)s::int[])
               AS branch (key, query, most)),
    member AS (SELECT * FROM unnest(%(member_keys)s::int[], %(members)s::text[], %(weights)s::float8[])
               AS member (key, word, weight)),
    hit AS (
        SELECT branch.key, found.id FROM branch CROSS JOIN LATERAL (
            SELECT id FROM assistants_knowledgechunk
            WHERE terms @@ (%(mine)s::tsquery && plainto_tsquery('simple', branch.query))
            LIMIT branch.most) AS found),
    told AS MATERIALIZED (
        SELECT id, sum(weight) AS told FROM (
            SELECT hit.id, member.word, max(member.weight) AS weight FROM hit JOIN member USING (key)
            GROUP BY hit.id, member.word) AS once
        GROUP BY id ORDER BY told DESC, id LIMIT %(reread)s),
    worded AS (
        SELECT told.id, told.told FROM told
        LEFT JOIN assistants_knowledgevector AS meant ON meant.chunk_id = told.id AND meant.model = %(model)s
        ORDER BY told.told - COALESCE(meant.embedding <#> %(vector)s::halfvec, 0) DESC, told.id LIMIT %(candidates)s),
    found AS (SELECT chunk_id AS id FROM meaning UNION SELECT id FROM worded)
    SELECT passage.id::text, document.public_id::text, document.name, passage.title, passage.text, passage.lemmas,
           COALESCE(-(meant.embedding <#> %(vector)s::halfvec), 0), COALESCE(told.told, 0), document.kind = 'url'
    FROM found JOIN assistants_knowledgechunk AS passage ON passage.id = found.id
    JOIN assistants_knowledgedocument AS document ON document.id = passage.document_id
    LEFT JOIN assistants_knowledgevector AS meant ON meant.chunk_id = found.id AND meant.model = %(model)s
    LEFT JOIN told ON told.id = found.id
    WHERE passage.assistant_id = %(assistant)s AND passage.company_id = %(company)s"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an assistant's vocabulary says of the question. `near`: known words like an unknown one, with the likeness.

    `vectors`: how many there are by each model's name.
    """

    passages: int = 0
    vectors: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    near: Mapping[str, Sequence[tuple[str, int, float]]] = field(default_factory=dict)

    def rarities(self, words: Iterable[str]) -> dict[str, float]:
        return {word: fusion.rarity(self.counts.get(word, 0), self.passages) for word in words}

    def unheard(self, words: Iterable[str]) -> list[str]:
        """Those that stand nowhere, not even spelt a little differently."""
        return [word for word in words if word not in self.counts and word not in self.near]

    def covers(self, model: str) -> bool:
        """Has every passage a vector by this model?"""
        return 0 < self.passages <= self.vectors.get(model, 0)


@dataclass(frozen=True, slots=True)
class _Branch:
    """Passages that hold all words of `query`, at most `most`; each of `members` then counts as told by its weight."""

    query: str
    most: int
    members: Mapping[str, float]


def facts(assistant: Assistant, words: Sequence[str]) -> Facts:
    """One statement, whatever the number of words."""
    parameters: dict[str, Any] = {
        "assistant": assistant.pk,
        "company": tenancy.current_company_id(),
        "words": [word[:_LONGEST_WORD] for word in words],
        "letters": _LETTERS_AT_LEAST,
        "misspelt": _MOST_MISSPELT,
        "near": _MOST_NEAR,
    }
    vectors: dict[str, int] = {}
    counts: dict[str, int] = {}
    near: dict[str, list[tuple[str, int, float]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, parameters)
        for kind, word, other, count, share in cursor.fetchall():
            if kind == "near" and share >= fusion.ALIKE_FROM:
                near.setdefault(word, []).append((other, count, share))
            elif kind == "word":
                counts[word] = count
            elif kind == "tally":
                vectors[word] = count
    return Facts(passages=vectors.pop("", 0), vectors=vectors, counts=counts, near=near)


def candidates(
    assistant: Assistant, words: Sequence[str], known: Facts, *, vector: NDArray | None, model: str
) -> list[fusion.Candidate]:
    """Passages that meaning, words or letters bring up, in no order. `vector` is the question's, by `model`."""
    branches = _branches(words, known)
    if not branches and vector is None:
        return []
    meaning, approximate = _NO_MEANING, False
    if vector is not None:
        approximate = len(vector) in INDEXED and known.vectors.get(model, 0) > EXACT_AT_MOST
        meaning = _APPROXIMATE.format(dimensions=len(vector)) if approximate else _EXACT
    members = [(key, word, weight) for key, branch in enumerate(branches) for word, weight in branch.members.items()]
    parameters = {
        "assistant": assistant.pk,
        "company": tenancy.current_company_id(),
        "model": model,
        "mine": f"a{assistant.pk.hex}",  # the term that a trigger gives to the assistant's passages
        "vector": None if vector is None else _written(vector),
        "keys": list(range(len(branches))),
        "queries": [branch.query for branch in branches],
        "most": [branch.most for branch in branches],
        "member_keys": [key for key, _word, _weight in members],
        "members": [word for _key, word, _weight in members],
        "weights": [weight for _key, _word, weight in members],
        "candidates": _CANDIDATES,
        "reread": _MOST_REREAD,
    }
    return _run(_CANDIDATES_SQL.format(meaning=meaning), parameters, approximate=approximate)


def _run(sql: str, parameters: Mapping[str, Any], *, approximate: bool) -> list[fusion.Candidate]:
    if not approximate:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return [fusion.Candidate(*row) for row in cursor.fetchall()]
    with transaction.atomic(), connection.cursor() as cursor:
        # goes on through the index until enough of what it finds is this assistant's
        cursor.execute(_THOROUGH)
        cursor.execute(sql, parameters)
        return [fusion.Candidate(*row) for row in cursor.fetchall()]


def _branches(words: Sequence[str], known: Facts) -> list[_Branch]:
    """Which words are looked for alone, and which only together: so many passages are read, however common they are."""
    rarities = known.rarities(words)
    heard = sorted((word for word in words if known.counts.get(word)), key=lambda word: known.counts[word])
    telling = [word for word in heard if not _is_common(known.counts[word], known.passages)]
    alone = [word for word in telling if known.counts[word] <= _MOST_SINGLE][:_MOST_WORDS]
    frequent = [word for word in heard if known.counts[word] > _MOST_SINGLE][:_MOST_FREQUENT]
    branches = [_Branch(word, _MOST_SINGLE, {word: rarities[word]}) for word in alone]
    pairs = [*combinations(frequent, 2), *((rare, often) for rare in alone[:2] for often in frequent)]
    for pair in [*pairs, tuple(frequent)] if len(frequent) > 2 else pairs:
        branches.append(_Branch(" ".join(pair), _MOST_PAIRED, {word: rarities[word] for word in pair}))
    for word, near in known.near.items():
        branches += [
            _Branch(other, _MOST_PAIRED, {word: rarities[word] * fusion.ALIKE * share})
            for other, count, share in near
            if not _is_common(count, known.passages)
        ]
    return branches


def _is_common(count: int, passages: int) -> bool:
    return count > max(_COMMON_FROM, passages // _COMMON_SHARE)


def _written(vector: NDArray) -> str:
    """As pgvector reads it, with as many digits as half a float holds."""
    return "[" + ",".join(f"{number:.4g}" for number in vector.tolist()) + "]"
