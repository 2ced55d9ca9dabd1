"""Staff read cases by time of filing; the index by id served a list that is no more."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('submitted_at__isnull', False)), fields=['district', '-submitted_at', '-id'], name='case_of_district_newest'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('submitted_at__isnull', False)), fields=['-submitted_at', '-id'], name='case_newest'),
        ),
        migrations.RemoveIndex(
            model_name='case',
            name='case_of_district',
        ),
    ]
