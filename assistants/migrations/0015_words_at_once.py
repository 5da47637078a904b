"""New words go into the indexes of words at once: what waits in a list beside them made each search read that list."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assistants", "0014_mcp_servers")]
    operations = [
        migrations.RunSQL(f"ALTER INDEX {name} SET (fastupdate = off)", f"ALTER INDEX {name} RESET (fastupdate)")
        for name in ("word_spelling", "chunk_terms")
    ]
