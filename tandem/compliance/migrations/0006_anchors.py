"""Tables of anchors and streams."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("compliance", "0005_gate")]
    operations = []
