from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reporting", "0011_calls_by_hand")]

    operations = [
        migrations.AddField(
            model_name="call",
            name="request_id",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="请求编号"
            ),
        ),
    ]
