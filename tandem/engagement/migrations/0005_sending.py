from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagement", "0004_review")]

    operations = [
        migrations.AddIndex(
            model_name="touch",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)), fields=["lease_until"], name="touch_held"
            ),
        ),
    ]
