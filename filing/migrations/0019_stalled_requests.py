"""What is stalled is looked for among all requests: few are."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("filing", "0018_in_process_elsewhere")]

    operations = [
        migrations.AddIndex(
            "request",
            models.Index(fields=["-updated_at"], condition=~Q(stalled_reason=""), name="request_stalled"),
        ),
    ]
