"""The latest call of a link, and the latest that sent, by an index each: found by walking they took 200 ms among millions."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("reporting", "0012_which_request_led_to_a_call")]

    operations = [
        AddIndexConcurrently(
            model_name="call",
            index=models.Index(fields=["link", "-id"], name="call_latest"),
        ),
        AddIndexConcurrently(
            model_name="call",
            index=models.Index(
                condition=models.Q(method__in=["isp_upload", "isp_querypreviousupload"]),
                fields=["link", "-id"],
                name="call_that_sent",
            ),
        ),
    ]
