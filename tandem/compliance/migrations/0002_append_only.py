"""Triggers that make the ledger append-only on both databases."""

from django.db import migrations

TABLE = "compliance_ledgerentry"

SQLITE = [
    f"""CREATE TRIGGER ledger_no_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    f"""CREATE TRIGGER ledger_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    # INSERT OR REPLACE deletes the old row without asking the delete trigger unless recursive_triggers is on:
    # whatever the connection's setting, a row that is there already is refused before it can be replaced.
    f"""CREATE TRIGGER ledger_in_chain BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE number = NEW.number OR hash = NEW.hash
                     OR previous_hash = NEW.previous_hash)
          OR NEW.number <> COALESCE((SELECT MAX(number) FROM {TABLE}), 0) + 1
          OR NEW.previous_hash <> COALESCE(
                (SELECT hash FROM {TABLE} ORDER BY number DESC LIMIT 1), '{"0" * 64}')
        BEGIN SELECT RAISE(ABORT, 'the entry does not follow the last one'); END""",
]
SQLITE_UNDO = [f"DROP TRIGGER IF EXISTS {name}" for name in ("ledger_no_update", "ledger_no_delete", "ledger_in_chain")]

POSTGRESQL = [
    """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE FUNCTION ledger_follow() RETURNS trigger LANGUAGE plpgsql AS $$
       DECLARE last record;
       BEGIN
         SELECT number, hash INTO last FROM {TABLE} ORDER BY number DESC LIMIT 1;
         IF NEW.number <> COALESCE(last.number, 0) + 1
            OR NEW.previous_hash <> COALESCE(last.hash, '{"0" * 64}') THEN
           RAISE EXCEPTION 'the entry does not follow the last one'
             USING ERRCODE = 'integrity_constraint_violation';
         END IF;
         RETURN NEW;
       END $$""",
    f"""CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION ledger_refuse()""",
    f"""CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
    f"""CREATE TRIGGER ledger_in_chain BEFORE INSERT ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION ledger_follow()""",
]
POSTGRESQL_UNDO = [
    *(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}" for name in ("ledger_no_change", "ledger_no_truncate", "ledger_in_chain")),
    "DROP FUNCTION IF EXISTS ledger_refuse()",
    "DROP FUNCTION IF EXISTS ledger_follow()",
]


def lock(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def unlock(apps, schema_editor):
    for statement in SQLITE_UNDO if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]
    operations = [migrations.RunPython(lock, unlock)]
