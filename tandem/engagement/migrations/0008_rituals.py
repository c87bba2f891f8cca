"""Tables of rituals and outcomes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0007_inbox")]

    operations = []
