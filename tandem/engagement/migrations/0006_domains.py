"""Tables of sending domains and their reputation."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0005_sending")]

    operations = []
