"""Indexes for what home and the bell ask for all the time: few rows among very many."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0009_taking_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="datafile",
            index=models.Index(condition=Q(state="accepted"), fields=["settled_at"], name="file_accepted_at"),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(condition=Q(code=20), fields=["link", "-id"], name="call_that_told_hours"),
        ),
        migrations.AddIndex(
            model_name="diagnosis",
            index=models.Index(
                condition=Q(needs_person=True), fields=["request"], name="diagnosis_for_a_person"
            ),
        ),
        migrations.AddIndex(
            model_name="download",
            index=models.Index(fields=["received_at"], name="download_received_at"),
        ),
        migrations.AddIndex(
            model_name="downloaditem",
            index=models.Index(
                condition=Q(outcome__in=["failed", "unknown", "unmatched"], handled_at=None),
                fields=["download"],
                name="item_for_a_person",
            ),
        ),
    ]
