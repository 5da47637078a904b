from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0002_job_claims'),
    ]

    operations = [
        migrations.AddField(
            model_name='integration',
            name='group_answers',
            field=models.CharField(choices=[('always', 'Whatever is said'), ('mentioned', 'When it is mentioned or replied to'), ('never', 'Never')], db_default='mentioned', default='mentioned', max_length=10, verbose_name='when the assistant answers in groups'),
        ),
    ]
