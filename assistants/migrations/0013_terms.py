"""Terms of passages, stored with the assistant's own; words by word first; letters of both alphabets.

Where a database's locale is C, as the embedded one's, pg_trgm takes Cyrillic letters for no letters at all. So words are
compared as they are written in Latin letters, one for one; that also finds Ukrainian words typed in Latin letters.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

_TRIGGER = """
    CREATE FUNCTION knowledge_terms() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.terms := to_tsvector('simple', NEW.lemmas)
                     || array_to_tsvector(ARRAY['a' || replace(NEW.assistant_id::text, '-', '')]);
        RETURN NEW;
    END $$;
    CREATE TRIGGER knowledge_terms BEFORE INSERT OR UPDATE ON assistants_knowledgechunk
    FOR EACH ROW EXECUTE FUNCTION knowledge_terms();
"""
_BACK = "DROP FUNCTION knowledge_terms CASCADE"
_SPELLING = """
    CREATE FUNCTION knowledge_spelling(word text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN translate(word, 'абвгґдеєжзийіїклмнопрстуфхцчшщюяыэёьъ', 'abvhgdeejzyyiiklmnoprstufxcqwwuayee')"""
_SPELLING_INDEX = """
    CREATE INDEX CONCURRENTLY word_spelling ON assistants_knowledgeword
    USING gin (assistant_id, knowledge_spelling(word) gin_trgm_ops)"""
# the trigger does the rest
_FILL = "UPDATE assistants_knowledgechunk SET position = position WHERE terms IS NULL"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("assistants", "0012_budgets_and_a_model_in_reserve")]
    operations = [
        migrations.AddField("knowledgechunk", "terms", SearchVectorField(editable=False, null=True)),
        migrations.RunSQL(_TRIGGER, _BACK),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        AddIndexConcurrently("knowledgechunk", GinIndex(fields=["terms"], name="chunk_terms")),
        RemoveIndexConcurrently("knowledgechunk", "chunk_words"),
        migrations.AddConstraint(
            "knowledgeword",
            models.UniqueConstraint(fields=["word", "assistant"], name="assistants_word_once"),
        ),
        migrations.RemoveConstraint("knowledgeword", "word_once"),
        migrations.RunSQL(_SPELLING, "DROP FUNCTION knowledge_spelling"),
        migrations.RunSQL(_SPELLING_INDEX, "DROP INDEX word_spelling"),
        RemoveIndexConcurrently("knowledgeword", "word_letters"),
    ]
