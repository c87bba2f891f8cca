"""Tables of the gate: decisions, clearances, approvals, departures, switches, quiet periods."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("compliance", "0004_suppression_stays")]
    operations = []
