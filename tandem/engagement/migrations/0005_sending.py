"""Tables of sending."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0004_review")]

    operations = []
