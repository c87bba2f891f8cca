"""Word index of names for search: FTS5 with triggers on SQLite, an expression GIN index on PostgreSQL.

Both split words at everything that is not a letter or digit and fold accents, so that the same words find the same
records. A migration that makes Django rebuild one of these tables on SQLite loses the triggers: it must run `install`
again. The test of search finds out.
"""

import unicodedata

from django.db import migrations

INDEXED = {
    "accounts_account": ("name", "domain"),
    "accounts_contact": ("name", "email"),
    "accounts_opportunity": ("name",),
}


def _folding():
    """Letters with an accent, and marks between words, with what they become: arguments of translate()."""
    pairs = [(mark, " ") for mark in "@._-/&+'’,;:()"]
    for code in range(0xC0, 0x250):
        base = unicodedata.normalize("NFKD", chr(code))[0]
        if chr(code).islower() and base.isascii() and base.isalpha() and base != chr(code):
            pairs.append((chr(code), base))
    return "".join(a for a, _ in pairs), "".join(b for _, b in pairs)


def vector(table):
    """The indexed expression on PostgreSQL; a query must use it letter by letter to get the index."""
    letters, bases = (part.replace("'", "''") for part in _folding())
    text = " || ' ' || ".join(INDEXED[table])
    return f"to_tsvector('simple'::regconfig, translate(lower({text}), '{letters}', '{bases}'))"


def sqlite_statements(table, columns):
    index = f"{table}_search"
    names = ", ".join(columns)
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("new", "old"))
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in columns)
    add = f"INSERT INTO {index}(rowid, {names}) VALUES (new.id, {new});"
    remove = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', old.id, {old});"
    return [
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5({names}, content='{table}', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 2', prefix='2 3 4')",
        f"CREATE TRIGGER IF NOT EXISTS {index}_added AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER IF NOT EXISTS {index}_removed AFTER DELETE ON {table} BEGIN {remove} END",
        f"CREATE TRIGGER IF NOT EXISTS {index}_changed AFTER UPDATE OF {names} ON {table} "
        f"WHEN {changed} BEGIN {remove} {add} END",
        f"INSERT INTO {index}({index}) VALUES ('rebuild')",
    ]


def install(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for table, columns in INDEXED.items():
        if vendor == "sqlite":
            for statement in sqlite_statements(table, columns):
                schema_editor.execute(statement, params=None)
        else:
            index = f"CREATE INDEX IF NOT EXISTS {table}_search ON {table} USING gin ({vector(table)})"
            schema_editor.execute(index, params=None)


def remove(apps, schema_editor):
    for table in INDEXED:
        if schema_editor.connection.vendor == "sqlite":
            for trigger in ("added", "removed", "changed"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_search_{trigger}", params=None)
            schema_editor.execute(f"DROP TABLE IF EXISTS {table}_search", params=None)
        else:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_search", params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_stored_report")]

    operations = [migrations.RunPython(install, remove)]
