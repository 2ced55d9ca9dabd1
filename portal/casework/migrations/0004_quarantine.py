"""What the virus scanner found."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0003_original_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='Quarantined',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('found', models.CharField(max_length=200, verbose_name='found')),
                ('size_bytes', models.PositiveIntegerField()),
                ('at', models.DateTimeField(db_index=True, verbose_name='sent')),
            ],
        ),
    ]
