"""Requests for the original of a paper."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.core.identifiers


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0002_cases_by_filing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OriginalRequest',
            fields=[
                ('id', models.UUIDField(default=portal.core.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('workflow', models.CharField(editable=False, max_length=40)),
                ('state', models.CharField(editable=False, max_length=40, verbose_name='state')),
                ('state_since', models.DateTimeField(editable=False, verbose_name='in this state since')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('reason', models.CharField(choices=[('forgery', 'The paper may be forged'), ('unreadable', 'A page cannot be read in the picture'), ('court', 'A court or the inspectorate demands it')], max_length=10, verbose_name='reason')),
                ('asked_as', models.CharField(max_length=20, verbose_name='role')),
                ('answered_as', models.CharField(blank=True, editable=False, max_length=20, verbose_name='role')),
                ('released_until', models.DateTimeField(editable=False, null=True, verbose_name='released until')),
                ('answered_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='original_requests', to='casework.attachment', verbose_name='paper')),
            ],
        ),
        migrations.AddConstraint(
            model_name='originalrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('paper', 'asked_by'), name='original_asked_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='originalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('asked_by', models.F('answered_by')), _negated=True), _connector='OR'), name='original_asker_does_not_answer'),
        ),
        migrations.AddConstraint(
            model_name='originalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('answered_as', ''), models.Q(('asked_as', models.F('answered_as')), _negated=True), _connector='OR'), name='original_answered_by_another_role'),
        ),
        migrations.AddConstraint(
            model_name='originalrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'released'), _negated=True), models.Q(('answered_by__isnull', False), ('released_until__isnull', False), models.Q(('answered_as', ''), _negated=True)), _connector='OR'), name='original_released_by_somebody_for_a_time'),
        ),
    ]
