"""How long steps usually take, and the indexes by which home finds what waits longest without looking at the rest."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("filing", "0016_what_people_are_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StepTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("review", "待审核"),
                            ("sending", "待上报"),
                            ("bureau", "等待管局"),
                            ("forwarded", "已转外省"),
                        ],
                        max_length=16,
                        verbose_name="环节",
                    ),
                ),
                ("isp_id", models.BigIntegerField(default=0, verbose_name="报备单位标识")),
                ("usual_s", models.FloatField(verbose_name="通常时长（秒）")),
                ("sample", models.PositiveIntegerField(verbose_name="依据的件数")),
                ("measured_at", models.DateTimeField(verbose_name="统计时间")),
            ],
            options={
                "verbose_name": "通常时长",
                "verbose_name_plural": "通常时长",
                "constraints": [
                    models.UniqueConstraint(fields=("step", "isp_id"), name="step_term_once"),
                    models.CheckConstraint(
                        condition=Q(step__in=["review", "sending", "bureau", "forwarded"]),
                        name="step_term_step_known",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                condition=Q(state__in=["packed", "ready", "uncertain", "uploading"]),
                fields=["ready_at"],
                name="request_sending_since",
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                condition=Q(state__in=["awaiting_bureau", "forwarded"]),
                fields=["state", "isp_id", "accepted_at"],
                name="request_bureau_since",
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(condition=Q(state="draft"), fields=["updated_at"], name="request_draft_since"),
        ),
    ]
