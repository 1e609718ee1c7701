"""Alarm clocks of filing: each task calls one service."""

from __future__ import annotations

from celery import shared_task

from filing import tallies
from filing.services import terms
from filing.services.alert_mail import send_due
from filing.services.alert_review import tell_reviewers
from filing.services.alerts import end_past, forget_old
from filing.services.audit_parts import make_parts
from filing.services.audit_seal import seal_days
from filing.services.batch_running import TURN_S, carry_on
from filing.services.batches import erase_sources, under_way
from filing.services.domain_looks import look_at_waiting
from filing.services.retention import let_go
from filing.services.web_hooks import tell_systems


@shared_task(ignore_result=True)
def look_at_domains() -> None:
    """Look up the domains of what waits, where that is switched on."""
    look_at_waiting()


@shared_task(ignore_result=True)
def compact_tallies() -> None:
    """Add up what the counts were made of."""
    tallies.compact()


@shared_task(ignore_result=True)
def verify_tallies() -> None:
    """Compare the counts with the rows they count, at night."""
    tallies.verify()


@shared_task(ignore_result=True)
def tell_people() -> None:
    """Bring up to date what reviewers are told, and end what has had its day."""
    tell_reviewers()
    end_past()


@shared_task(ignore_result=True)
def forget_old_alerts() -> None:
    """Forget what people were told long ago, at night."""
    forget_old()


# A server that drips its answer would hold a worker: the limits end it, and the next try is written down already.
@shared_task(ignore_result=True, soft_time_limit=120, time_limit=150)
def send_mail() -> None:
    """Send what people are told by e-mail."""
    send_due()


@shared_task(ignore_result=True, soft_time_limit=120, time_limit=150)
def call_web_hooks() -> None:
    """Tell other systems."""
    tell_systems()


@shared_task(ignore_result=True)
def measure_terms() -> None:
    """Measure how long each step usually takes."""
    terms.measure()


@shared_task(ignore_result=True)
def seal_the_record() -> None:
    """Seal the days of the record that have ended, and make its parts for the months ahead."""
    seal_days()
    make_parts()


@shared_task(ignore_result=True)
def let_go_by_rule() -> None:
    """Erase what was kept long enough, of the record too."""
    let_go()


@shared_task(ignore_result=True)
def run_batch(batch_id: int) -> None:
    """Work at a batch for one turn; what is left waits behind what others want."""
    if carry_on(batch_id, for_s=TURN_S):
        run_batch.delay(batch_id)


@shared_task(ignore_result=True)
def run_batches() -> None:
    """Take up batches whose wake-up was lost, or whose worker was killed."""
    for key in under_way():
        run_batch.apply_async((key,), expires=TURN_S)


@shared_task(ignore_result=True)
def erase_batches() -> None:
    """Let go of uploaded sheets and pictures that were kept long enough, at night."""
    erase_sources()
