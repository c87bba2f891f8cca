"""Tables of rituals and outcomes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagement", "0007_inbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HuddlePack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='The day it is about.', unique=True)),
                ('content', models.JSONField(help_text='As `domain.huddle.Pack`.')),
                ('made_at', models.DateTimeField()),
                ('held_at', models.DateTimeField(help_text='When the team went through it. None: not yet.', null=True)),
                ('held_by', models.CharField(default='', max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='OutreachDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decided_on', models.DateField()),
                ('what', models.CharField(max_length=300)),
                ('why', models.TextField(default='')),
                ('figures', models.JSONField(default=dict, help_text='Outcomes as they stood, by measure: hits, n.')),
                ('written_at', models.DateTimeField()),
                ('written_by', models.CharField(max_length=200)),
                ('campaign', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='engagement.campaign')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['decided_on'], name='outreach_decision_by_day')],
            },
        ),
        migrations.CreateModel(
            name='OutreachSpend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='First day of the month.')),
                ('kind', models.CharField(max_length=24)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=16)),
                ('currency', models.CharField(max_length=3)),
                ('written_at', models.DateTimeField()),
                ('written_by', models.CharField(max_length=200)),
                ('campaign', models.ForeignKey(help_text='None: of all campaigns.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='engagement.campaign')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('campaign', 'month', 'kind'), name='one_spend_per_month_and_kind')],
            },
        ),
        migrations.CreateModel(
            name='SoftNoHeard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='As `domain.soft_no.SoftNo`.', max_length=8)),
                ('evidence', models.TextField(default='', help_text='The words it rests on; empty: silence, or erased.')),
                ('before', models.JSONField(help_text='Touches ahead as they were: id, due_at, state.')),
                ('after', models.JSONField(help_text='The same as they are by it.')),
                ('heard_at', models.DateTimeField()),
                ('taken_back_at', models.DateTimeField(help_text='None: it stands.', null=True)),
                ('taken_back_by', models.CharField(default='', max_length=200)),
                ('enrollment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='soft_noes', to='engagement.enrollment')),
                ('inbound', models.ForeignKey(help_text='None: silence.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='engagement.inbound')),
            ],
            options={
                'indexes': [models.Index(fields=['heard_at'], name='soft_no_by_day')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('taken_back_at', None)), fields=('enrollment', 'kind'), name='one_standing_soft_no_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='TuningItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=300)),
                ('measure', models.CharField(help_text='The outcome it should move, as `domain.outcomes.Measure`.', max_length=24)),
                ('state', models.CharField(default='open', help_text='open, done, dropped.', max_length=8)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.CharField(max_length=200)),
                ('due_on', models.DateField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('why', models.CharField(default='', help_text='Why it was dropped, or what was done.', max_length=300)),
                ('campaign', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='engagement.campaign')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pack', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='items', to='engagement.huddlepack')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'due_on'], name='tuning_items_open')],
            },
        ),
    ]
