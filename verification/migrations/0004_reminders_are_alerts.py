"""What people are told of is one table now, in filing: the reminders go there."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.utils import timezone

BATCH = 1000


def move_over(apps: Any, schema_editor: Any) -> None:
    """What is past its day has ended. Nothing of it goes out by e-mail or web hook any more."""
    reminder, alert = apps.get_model("verification", "Reminder"), apps.get_model("filing", "Alert")
    now = timezone.now()
    rows = []
    for old in reminder.objects.order_by("pk").iterator(BATCH):
        is_past = old.due_at is not None and old.due_at < now
        rows.append(
            alert(
                user_id=old.user_id,
                kind=old.kind,
                about=old.about,
                words=old.words,
                url=old.url,
                due_at=old.due_at,
                made_at=old.made_at,
                read_at=old.read_at,
                ended_at=old.due_at if is_past else None,
                hooked_at=now,
            )
        )
        if len(rows) == BATCH:
            alert.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    alert.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("filing", "0016_what_people_are_told"),
        ("verification", "0003_campaigns_and_revisits"),
    ]

    operations = [
        migrations.RunPython(move_over, migrations.RunPython.noop),
        migrations.DeleteModel(name="Reminder"),
    ]
