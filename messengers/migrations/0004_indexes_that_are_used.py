"""Receipts are found by the message they tell of; indexes that others serve as well, and every row paid for, go."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTransform

from happ_project.core import migrating


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messengers", "0003_portraits")]
    operations = [
        AddIndexConcurrently(
            "inboundreceipt",
            models.Index(models.F("address"), KeyTransform("message_id", "event"), name="receipt_of_message"),
        ),
        migrating.without_index(
            "inboundreceipt",
            "address",
            models.ForeignKey(
                "messengers.address", null=True, on_delete=models.CASCADE, related_name="receipts", db_index=False
            ),
            index="messengers_inboundreceipt_address_id_f7c746df",
            on="messengers_inboundreceipt (address_id)",
        ),
        migrating.without_index(
            "delivery",
            "address",
            models.ForeignKey(
                "messengers.address", on_delete=models.CASCADE, related_name="deliveries", db_index=False
            ),
            index="messengers_delivery_address_id_ba51b803",
            on="messengers_delivery (address_id)",
        ),
        # of a unique text Django makes a second index, for its beginnings: nobody looks for those of a reference
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS messengers_delivery_client_ref_6e0f9d91_like",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS messengers_delivery_client_ref_6e0f9d91_like "
            "ON messengers_delivery (client_ref varchar_pattern_ops)",
        ),
    ]
