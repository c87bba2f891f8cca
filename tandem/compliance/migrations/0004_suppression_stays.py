"""Triggers that keep suppressions: none is deleted, none changes what it says, none that ended begins again.

What may change: the address, the person's key and the evidence go at an erasure, and an entry is superseded once.
A later migration that rebuilds the table on SQLite must make these triggers anew.
"""

from django.db import migrations

TABLE = "compliance_suppression"
FIXED = ("kind", "key_hash", "key_id", "channel", "purpose", "reason", "at", "recorded_at")

SQLITE = [
    f"""CREATE TRIGGER suppression_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'a suppression is never deleted'); END""",
    f"""CREATE TRIGGER suppression_no_change BEFORE UPDATE ON {TABLE}
        WHEN {" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)}
          OR (NEW.address <> '' AND NEW.address <> OLD.address)
          OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS NOT OLD.superseded_at)
        BEGIN SELECT RAISE(ABORT, 'a suppression does not change'); END""",
    f"""CREATE TRIGGER suppression_no_replace BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'a suppression is never replaced'); END""",
]
SQLITE_UNDO = [
    f"DROP TRIGGER IF EXISTS {name}"
    for name in ("suppression_no_delete", "suppression_no_change", "suppression_no_replace")
]

POSTGRESQL = [
    """CREATE FUNCTION suppression_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'a suppression is never deleted and does not change'
         USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER suppression_no_delete BEFORE DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION suppression_refuse()""",
    f"""CREATE TRIGGER suppression_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW
        WHEN ({" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)}
          OR (NEW.address <> '' AND NEW.address <> OLD.address)
          OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at))
        EXECUTE FUNCTION suppression_refuse()""",
    f"""CREATE TRIGGER suppression_no_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION suppression_refuse()""",
]
POSTGRESQL_UNDO = [
    *(
        f"DROP TRIGGER IF EXISTS {name} ON {TABLE}"
        for name in ("suppression_no_delete", "suppression_no_change", "suppression_no_truncate")
    ),
    "DROP FUNCTION IF EXISTS suppression_refuse()",
]


def lock(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def unlock(apps, schema_editor):
    for statement in SQLITE_UNDO if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_registries")]
    operations = [migrations.RunPython(lock, unlock)]
