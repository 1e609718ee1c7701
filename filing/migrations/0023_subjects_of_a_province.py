"""The latest subjects of one province are read from an index of that order, not found among all the latest."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("filing", "0022_contents_can_be_erased")]

    operations = [
        AddIndexConcurrently(
            model_name="subject",
            index=models.Index(
                fields=["province", "-updated_at", "-id"], include=["state"], name="subject_province_latest"
            ),
        ),
        RemoveIndexConcurrently(model_name="subject", name="subject_province"),
    ]
