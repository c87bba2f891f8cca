"""Tables of the inbox, replies and their clock."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0006_domains")]

    operations = []
