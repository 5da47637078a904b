
import django.core.validators
import django.db.models.deletion
import happ_project.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assistants', '0011_pictures_and_voice'),
        ('companies', '0002_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='modelsettings',
            name='fallback_model',
            field=models.CharField(blank=True, db_default='', default='', help_text='of the same server; answers while the other cannot', max_length=100, verbose_name='model in reserve'),
        ),
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('monthly', models.DecimalField(decimal_places=2, max_digits=10, validators=[django.core.validators.MinValueValidator(0)], verbose_name='US dollars a month')),
                ('when_spent', models.CharField(choices=[('hand_off', 'Hand chats to people'), ('builtin', 'Continue with the built-in answerer, which costs nothing')], default='hand_off', max_length=10, verbose_name='when it is spent')),
                ('warned_in', models.CharField(blank=True, help_text='the month, as 2026-11, of the last warning', max_length=7)),
                ('spent_in', models.CharField(blank=True, help_text='the month in which it was last found spent', max_length=7)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company',), name='budget_once'), models.CheckConstraint(condition=models.Q(('monthly__gte', 0)), name='budget_not_negative')],
            },
        ),
    ]
