"""Alarm clocks: each task calls one service. The database is the queue, so a lost or doubled task changes nothing.

Beat wakes the two sweeps; they wake one task for each link, so that a bureau that hangs holds up nobody else's.
"""

from __future__ import annotations

from celery import shared_task

from reporting.models import Link
from reporting.services import impact, import_desk, operators
from reporting.services.download import poll_link
from reporting.services.prune import prune
from reporting.services.sweep import tell_those_without_a_link
from reporting.services.upload import send_link
from reporting.services.watch import refresh_diagnoses, watch_link

EXPIRES_S = 30
"""A wake-up that waited longer for a worker is not needed any more: the next sweep has woken another."""


@shared_task(ignore_result=True)
def sweep_uploads() -> None:
    """Wake the sending of every link."""
    tell_those_without_a_link()
    for key in Link.objects.values_list("pk", flat=True):
        send.apply_async((key,), expires=EXPIRES_S)


@shared_task(ignore_result=True)
def sweep_downloads() -> None:
    """Wake the receiving of every link."""
    for key in Link.objects.values_list("pk", flat=True):
        receive.apply_async((key,), expires=EXPIRES_S)


@shared_task(ignore_result=True)
def send(link_id: int, asked: bool = False) -> None:
    """Settle, pack and upload for one link. `asked`: a person does not wait for its patience."""
    link = Link.objects.filter(pk=link_id).first()
    if link is not None:
        send_link(link, asked=asked)


@shared_task(ignore_result=True)
def receive(link_id: int, asked: bool = False) -> None:
    """Empty the download queue of one link and apply what came. `asked`: as above."""
    link = Link.objects.filter(pk=link_id).first()
    if link is not None:
        poll_link(link, asked=asked)


@shared_task(ignore_result=True)
def watch() -> None:
    """Keep the diagnoses of what waits true, and wake the watchdog of every link."""
    for key in Link.objects.values_list("pk", flat=True):
        watch_over.apply_async((key,), expires=EXPIRES_S)
    refresh_diagnoses()


@shared_task(ignore_result=True)
def watch_over(link_id: int) -> None:
    """Look after what waits too long at one bureau."""
    link = Link.objects.filter(pk=link_id).first()
    if link is not None:
        watch_link(link)


@shared_task(ignore_result=True)
def prune_what_is_old() -> None:
    """Erase what has been kept long enough, at night."""
    prune()


@shared_task(ignore_result=True)
def look_for_broken() -> None:
    """Find the drafts and filings that a change of rules, tables or schemas broke, where anything changed."""
    impact.refresh()


@shared_task(ignore_result=True)
def carry_on_imports() -> None:
    """Go on with the oldest import of handed-over data that is not over."""
    import_desk.carry_on_next()


@shared_task(ignore_result=True)
def look_for_broken_now() -> None:
    """The same, asked for by a person."""
    impact.run_now()


@shared_task(ignore_result=True)
def tell_operators() -> None:
    """Tell who looks after the links what needs them."""
    operators.tell_operators()
