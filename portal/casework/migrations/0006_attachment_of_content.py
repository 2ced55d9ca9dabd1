from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0005_openings_are_only_added'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(fields=['cleaned_sha256'], name='attachment_of_content'),
        ),
    ]
