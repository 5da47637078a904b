"""Indexes of events and their calls that others serve as well, and every row paid for, go."""

from django.db import migrations, models

from happ_project.core import migrating


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("integrations", "0002_event_of_chat")]
    operations = [
        migrating.without_index(
            "event",
            "company",
            models.ForeignKey("companies.company", on_delete=models.CASCADE, related_name="+", db_index=False),
            index="integrations_event_company_id_51002697",
            on="integrations_event (company_id)",
        ),
        migrating.without_index(
            "webhookdelivery",
            "endpoint",
            models.ForeignKey(
                "integrations.webhookendpoint", on_delete=models.CASCADE, related_name="deliveries", db_index=False
            ),
            index="integrations_webhookdelivery_endpoint_id_a6031765",
            on="integrations_webhookdelivery (endpoint_id)",
        ),
    ]
