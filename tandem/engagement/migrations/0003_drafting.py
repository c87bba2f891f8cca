"""Tables of voice, norms and drafting."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0002_sequences")]

    operations = []
