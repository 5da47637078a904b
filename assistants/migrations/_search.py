"""What the database itself keeps of passages and vectors, and the indexes that Django cannot describe.

Two transactions that change one assistant's passages take turns (an advisory lock), else they could wait for each
other's words. Words of more than 60 letters are no words.
"""

_LOCK = """
    PERFORM pg_advisory_xact_lock(hashtextextended(one.assistant_id::text, 6))
    FROM (SELECT DISTINCT assistant_id FROM changed ORDER BY assistant_id) AS one;"""

_WORDS = """
    SELECT company_id, assistant_id, word, count(*) AS passages
    FROM (SELECT DISTINCT id, company_id, assistant_id, word FROM {table}, string_to_table(lemmas, ' ') AS word) AS each
    WHERE word <> '' AND length(word) <= 60
    GROUP BY company_id, assistant_id, word"""

_ADD_WORDS = """
    INSERT INTO assistants_knowledgeword AS known (id, company_id, assistant_id, word, passages)
    SELECT gen_random_uuid(), company_id, assistant_id, word, passages FROM ({words}) AS counted
    ON CONFLICT (assistant_id, word) DO UPDATE SET passages = known.passages + excluded.passages;"""

_ADD_TALLY = """
    INSERT INTO assistants_knowledgetally AS known (id, company_id, assistant_id, model, count)
    SELECT gen_random_uuid(), company_id, assistant_id, {model}, count(*) FROM {table}
    GROUP BY 2, 3, 4
    ON CONFLICT (assistant_id, model) DO UPDATE SET count = known.count + excluded.count;"""

_TAKE_WORDS = """
    WITH counted AS ({words}), less AS (
        UPDATE assistants_knowledgeword AS known SET passages = known.passages - counted.passages FROM counted
        WHERE known.assistant_id = counted.assistant_id AND known.word = counted.word
          AND known.passages > counted.passages)
    DELETE FROM assistants_knowledgeword AS known USING counted
    WHERE known.assistant_id = counted.assistant_id AND known.word = counted.word
      AND known.passages <= counted.passages;"""

_TAKE_TALLY = """
    UPDATE assistants_knowledgetally AS known SET count = known.count - counted.count
    FROM (SELECT assistant_id, {model} AS model, count(*) AS count FROM {table} GROUP BY 1, 2) AS counted
    WHERE known.assistant_id = counted.assistant_id AND known.model = counted.model;"""


def _trigger(name: str, table: str, event: str, body: str) -> str:
    rows = "NEW" if event == "INSERT" else "OLD"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_LOCK} {body} RETURN NULL; END $$;
        CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION {name}();"""


_words = _WORDS.format(table="changed")
_CHUNKS, _VECTORS = "assistants_knowledgechunk", "assistants_knowledgevector"

_TERMS = """
    CREATE FUNCTION knowledge_terms() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.terms := to_tsvector('simple', NEW.lemmas)
                     || array_to_tsvector(ARRAY['a' || replace(NEW.assistant_id::text, '-', '')]);
        RETURN NEW;
    END $$;
    CREATE TRIGGER knowledge_terms BEFORE INSERT OR UPDATE ON assistants_knowledgechunk
    FOR EACH ROW EXECUTE FUNCTION knowledge_terms();
    ALTER INDEX chunk_terms SET (fastupdate = off);
"""
"""A passage's words, with its assistant as one of them."""

_SPELLING = """
    CREATE FUNCTION knowledge_spelling(word text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN translate(word, 'абвгґдеєжзийіїклмнопрстуфхцчшщюяыэёьъ', 'abvhgdeejzyyiiklmnoprstufxcqwwuayee');
    CREATE INDEX word_spelling ON assistants_knowledgeword
    USING gin (assistant_id, knowledge_spelling(word) gin_trgm_ops) WITH (fastupdate = off);
"""
"""Words as they are written in Latin letters, one for one: where a database's locale is C, as the embedded one's, pg_trgm
takes Cyrillic letters for no letters at all. It also finds Ukrainian words typed in Latin letters."""

SQL = f"""
    ALTER TABLE {_VECTORS} ALTER embedding SET STORAGE PLAIN;
    ALTER TABLE assistants_knowledgeword SET (fillfactor = 70);
    ALTER TABLE assistants_knowledgetally SET (fillfactor = 50);
    {_trigger("knowledge_passages_come", _CHUNKS, "INSERT",
              _ADD_WORDS.format(words=_words) + _ADD_TALLY.format(table="changed", model="''"))}
    {_trigger("knowledge_passages_go", _CHUNKS, "DELETE",
              _TAKE_WORDS.format(words=_words) + _TAKE_TALLY.format(table="changed", model="''"))}
    {_trigger("knowledge_vectors_come", _VECTORS, "INSERT", _ADD_TALLY.format(table="changed", model="model"))}
    {_trigger("knowledge_vectors_go", _VECTORS, "DELETE", _TAKE_TALLY.format(table="changed", model="model"))}
    {_TERMS}
    {_SPELLING}
    CREATE INDEX vector_meaning_894 ON {_VECTORS}
        USING hnsw ((embedding::halfvec(894)) halfvec_ip_ops) WHERE vector_dims(embedding) = 894;
    CREATE INDEX vector_meaning_1024 ON {_VECTORS}
        USING hnsw ((embedding::halfvec(1024)) halfvec_ip_ops) WHERE vector_dims(embedding) = 1024;
"""
"""Stored plain: a vector of 1,024 numbers would else lie outside its row, and reading thousands take far longer.

New words go into their indexes at once (`fastupdate`): what waits in a list beside them makes each search read that list.
"""

BACK = "".join(
    f"DROP FUNCTION {name} CASCADE;"
    for name in (
        "knowledge_passages_come",
        "knowledge_passages_go",
        "knowledge_vectors_come",
        "knowledge_vectors_go",
        "knowledge_terms",
        "knowledge_spelling",
    )
)
