"""Tables of sequences and campaigns beyond the core."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0001_core")]

    operations = []
