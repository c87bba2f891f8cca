"""Tables of disclosure texts and scores."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("compliance", "0008_residency")]
    operations = []
