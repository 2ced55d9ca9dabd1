from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0002_certificate_snapshot'),
    ]

    operations = [
        migrations.AddField(
            model_name='certificate',
            name='revoked_for',
            field=models.CharField(blank=True, choices=[('forgery', 'A paper behind it was forged or altered'), ('identity', 'It names the wrong person'), ('violation', 'A building violation was found after it was issued'), ('order', 'Order of a court or an authority'), ('register', 'The register was wrong on the day of issue')], db_default='', default='', max_length=10, verbose_name='reason of the revocation'),
        ),
    ]
