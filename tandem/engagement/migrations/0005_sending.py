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
        migrations.CreateModel(
            name="TextSender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "sms"), ("whatsapp", "whatsapp"), ("voicemail_ai", "voicemail_ai")],
                        max_length=16,
                    ),
                ),
                (
                    "number",
                    models.CharField(help_text="E.164, or the provider's name of a messaging service.", max_length=64),
                ),
                ("account", models.CharField(help_text="As the provider names it.", max_length=64)),
                (
                    "user",
                    models.CharField(
                        default="", help_text="Key that signs in; empty: the account itself.", max_length=64
                    ),
                ),
                ("secret", models.TextField(default="", help_text="Its secret, sealed.")),
                (
                    "webhook_secret",
                    models.TextField(default="", help_text="What the provider signs with, sealed; empty: the secret."),
                ),
                (
                    "base",
                    models.CharField(
                        default="", help_text="Address of the interface; empty: Twilio's.", max_length=200
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "why",
                    models.CharField(
                        default="", help_text="Why it is not active, or its last failure.", max_length=300
                    ),
                ),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel",), name="one_text_sender_per_channel")],
            },
        ),
    ]
