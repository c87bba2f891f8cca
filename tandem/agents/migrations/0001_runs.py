"""Tables of runs, budgets and endpoints of AI tasks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_public_signals"), ("compliance", "0010_recording_sessions"), ("access", "0002_postal_address")]
    operations = [
        migrations.CreateModel(
            name='AgentRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(max_length=80)),
                ('subject', models.CharField(help_text='What it is about: "account:42".', max_length=120)),
                ('subject_kind', models.CharField(help_text="The subject's first word; decides who may see it.", max_length=20)),
                ('subject_number', models.BigIntegerField(help_text="The subject's id. None: it has no number.", null=True)),
                ('actor_kind', models.CharField(max_length=6)),
                ('actor_id', models.BigIntegerField()),
                ('actor_name', models.CharField(max_length=120)),
                ('campaign', models.CharField(blank=True, default='', max_length=120)),
                ('region', models.CharField(blank=True, default='', max_length=8)),
                ('value', models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ('engine', models.CharField(help_text='"built-in" or "provider:model".', max_length=150)),
                ('tier', models.CharField(choices=[('rules', 'rules'), ('fast', 'fast'), ('strong', 'strong')], max_length=8)),
                ('state', models.CharField(choices=[('done', 'done'), ('cached', 'cached'), ('fell_back', 'fell back'), ('refused', 'refused')], max_length=10)),
                ('prompt_hash', models.CharField(max_length=64)),
                ('input_hash', models.CharField(help_text='SHA-256 of the input in canonical form.', max_length=64)),
                ('input', models.JSONField(help_text='None: erased, or past its time.', null=True)),
                ('output', models.JSONField(help_text='None: refused, erased, or past its time.', null=True)),
                ('evidence_ids', models.JSONField(default=list)),
                ('violations', models.JSONField(default=list, help_text='Of the answer that was refused or repaired.')),
                ('because', models.TextField(blank=True, default='')),
                ('tokens_in', models.PositiveIntegerField(default=0)),
                ('tokens_out', models.PositiveIntegerField(default=0)),
                ('cost', models.DecimalField(decimal_places=8, default=0, help_text='US dollars, of all its calls.', max_digits=14)),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='Calls of models.')),
                ('seconds', models.FloatField(default=0.0)),
                ('started_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(help_text='When what was asked and answered was taken out.', null=True)),
                ('seller', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('all', 'all'), ('task', 'task'), ('seller', 'seller'), ('campaign', 'campaign')], max_length=8)),
                ('key', models.CharField(blank=True, default='', help_text="Task, seller's id or campaign.", max_length=120)),
                ('a_day', models.DecimalField(decimal_places=4, help_text='US dollars. None: no limit.', max_digits=12, null=True)),
                ('a_month', models.DecimalField(decimal_places=4, help_text='US dollars. None: no limit.', max_digits=12, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='one_budget_of_a_key'), models.CheckConstraint(condition=models.Q(('scope__in', ['all', 'task', 'seller', 'campaign'])), name='budget_scope_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('scope', 'all'), ('key', '')), models.Q(models.Q(('scope', 'all'), _negated=True), models.Q(('key', ''), _negated=True)), _connector='OR'), name='budget_of_a_part_names_it'), models.CheckConstraint(condition=models.Q(('a_day__gte', 0), models.Q(('a_day', None), ('a_month__gte', 0)), _connector='OR'), name='budget_has_a_limit')],
            },
        ),
        migrations.CreateModel(
            name='CachedAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='SHA-256 of task, prompt, engine, schema and input.', max_length=64, unique=True)),
                ('task', models.CharField(max_length=80)),
                ('subject', models.CharField(max_length=120)),
                ('engine', models.CharField(max_length=150)),
                ('output', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='cached_expiry'), models.Index(fields=['subject'], name='cached_subject')],
            },
        ),
        migrations.CreateModel(
            name='ModelEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='As pages and the shell call it.', max_length=60)),
                ('provider', models.CharField(choices=[('anthropic', 'anthropic'), ('openai', 'openai'), ('google', 'google'), ('openai_compatible', 'openai compatible')], max_length=20)),
                ('model', models.CharField(help_text='As the provider names it.', max_length=120)),
                ('base_url', models.CharField(blank=True, default='', help_text="Empty: the provider's own address.", max_length=300)),
                ('sealed_key', models.TextField(blank=True, default='', help_text='Sealed; empty: none is needed.')),
                ('key_hint', models.CharField(blank=True, default='', help_text='What may be shown of the key.', max_length=8)),
                ('tier', models.CharField(choices=[('rules', 'rules'), ('fast', 'fast'), ('strong', 'strong')], max_length=8)),
                ('place', models.PositiveSmallIntegerField(default=1, help_text='Order within the tier; the first is asked first.')),
                ('price_in', models.DecimalField(decimal_places=4, help_text='US dollars a million tokens read.', max_digits=10)),
                ('price_out', models.DecimalField(decimal_places=4, help_text='US dollars a million tokens written.', max_digits=10)),
                ('destination', models.CharField(blank=True, default='', help_text='Key of the destination in the register of regions.', max_length=60)),
                ('timeout', models.PositiveSmallIntegerField(default=60, help_text='Seconds for one call.')),
                ('most_tokens', models.PositiveIntegerField(default=2048, help_text='Written by the model in one call, at most.')),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(help_text='None: it stands.', null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('provider__in', ['anthropic', 'openai', 'google', 'openai_compatible'])), name='endpoint_provider_is_known'), models.CheckConstraint(condition=models.Q(('tier__in', ['fast', 'strong'])), name='endpoint_is_fast_or_strong'), models.CheckConstraint(condition=models.Q(('price_in__gte', 0), ('price_out__gte', 0)), name='endpoint_prices_are_not_negative'), models.CheckConstraint(condition=models.Q(('timeout__gte', 1), ('most_tokens__gte', 1)), name='endpoint_is_bounded'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('is_active', False), _connector='OR'), name='ended_endpoint_is_not_active'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('name',), name='one_standing_endpoint_of_a_name')],
            },
        ),
        migrations.CreateModel(
            name='ModelCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(max_length=80)),
                ('subject', models.CharField(max_length=120)),
                ('campaign', models.CharField(blank=True, default='', max_length=120)),
                ('state', models.CharField(choices=[('open', 'open'), ('answered', 'answered'), ('failed', 'failed')], max_length=8)),
                ('failure', models.CharField(blank=True, default='', help_text='What went wrong, in words.', max_length=300)),
                ('bound', models.DecimalField(decimal_places=8, help_text='US dollars it can cost at most.', max_digits=14)),
                ('cost', models.DecimalField(decimal_places=8, help_text='US dollars. None: open.', max_digits=14, null=True)),
                ('is_bound', models.BooleanField(default=False, help_text='The provider did not say; the bound counts.')),
                ('tokens_in', models.PositiveIntegerField(default=0)),
                ('tokens_out', models.PositiveIntegerField(default=0)),
                ('seconds', models.FloatField(default=0.0)),
                ('started_at', models.DateTimeField()),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='calls', to='agents.agentrun')),
                ('seller', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agents.modelendpoint')),
            ],
        ),
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField(help_text='Order, from 1.')),
                ('task', models.CharField(default='*', help_text='Pattern of task names: "prospecting.*".', max_length=80)),
                ('least_value', models.DecimalField(decimal_places=2, help_text='Only from this value on, in own currency. None: any.', max_digits=16, null=True)),
                ('region', models.CharField(blank=True, default='', help_text='Only of people there. Empty: any.', max_length=8)),
                ('tier', models.CharField(choices=[('rules', 'rules'), ('fast', 'fast'), ('strong', 'strong')], max_length=8)),
                ('note', models.CharField(blank=True, default='', help_text='Why, in words.', max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('place',), name='one_routing_rule_of_a_place'), models.CheckConstraint(condition=models.Q(('tier__in', ['rules', 'fast', 'strong'])), name='rule_tier_is_known'), models.CheckConstraint(condition=models.Q(('task', ''), _negated=True), name='rule_has_a_task')],
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('all', 'all'), ('task', 'task'), ('seller', 'seller'), ('campaign', 'campaign')], max_length=8)),
                ('key', models.CharField(blank=True, default='', max_length=120)),
                ('on', models.DateField(help_text='Day in UTC.')),
                ('units', models.BigIntegerField(default=0, help_text='Hundred-millionths of a US dollar.')),
                ('calls', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'key', 'on'), name='one_spending_of_a_day'), models.CheckConstraint(condition=models.Q(('units__gte', 0)), name='spending_is_not_negative')],
            },
        ),
        migrations.AddIndex(
            model_name='agentrun',
            index=models.Index(fields=['task', '-id'], name='run_by_task'),
        ),
        migrations.AddIndex(
            model_name='agentrun',
            index=models.Index(fields=['state', '-id'], name='run_by_state'),
        ),
        migrations.AddIndex(
            model_name='agentrun',
            index=models.Index(fields=['subject_kind', 'subject_number', '-id'], name='run_by_subject'),
        ),
        migrations.AddIndex(
            model_name='agentrun',
            index=models.Index(fields=['started_at'], name='run_by_time'),
        ),
        migrations.AddConstraint(
            model_name='agentrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['done', 'cached', 'fell_back', 'refused'])), name='run_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='agentrun',
            constraint=models.CheckConstraint(condition=models.Q(('tier__in', ['rules', 'fast', 'strong'])), name='run_tier_is_known'),
        ),
        migrations.AddConstraint(
            model_name='agentrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), ('output__isnull', True), _connector='OR'), name='refused_run_has_no_output'),
        ),
        migrations.AddConstraint(
            model_name='agentrun',
            constraint=models.CheckConstraint(condition=models.Q(('cost__gte', 0)), name='run_cost_is_not_negative'),
        ),
        migrations.AddIndex(
            model_name='modelcall',
            index=models.Index(fields=['started_at'], name='call_by_time'),
        ),
        migrations.AddIndex(
            model_name='modelcall',
            index=models.Index(fields=['endpoint', '-id'], name='call_by_endpoint'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'answered', 'failed'])), name='call_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), ('cost', None)), models.Q(models.Q(('state', 'open'), _negated=True), ('cost__gte', 0)), _connector='OR'), name='call_costs_when_settled'),
        ),
    ]
