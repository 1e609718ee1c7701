"""Both sides of the sequence, compared before the first upload in a new life of the database, and whenever they part.

A new installation, or one restored from a backup, does not know what the bureau has accepted meanwhile: it asks. Where the
two agree it goes on by itself; else a person sees both sides and decides (services/adoption.py). Spec: protocol "The
sequence number".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from filing.services.sealed_bytes import write_sealed
from reporting.choices import FileState, NumberDecision, NumberVerdict
from reporting.models import DataFile, Link, NumberCheck
from reporting.services.pack import LARGE_BYTES
from reporting.services.previous import Theirs

V = NumberVerdict


def life_of_the_database() -> str:
    """Names the life of the database that we write into: another one after a restart, a restore or a copy.

    A restored table has another file, a restored or copied database another id, a restored server another start.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM pg_postmaster_start_time())::text, oid::text,"
            " pg_relation_filenode('reporting_link')::text"
            " FROM pg_database WHERE datname = current_database()"
        )
        return "/".join(cursor.fetchone())


def is_compared(link: Link) -> bool:
    """Whether the numbers were found equal to those of this bureau in this life of the database."""
    return link.compared_url == link.base_url and link.compared_in == life_of_the_database()


def mark_compared(link: Link) -> None:
    """Both sides agree, or a person said how to go on."""
    link.compared_in, link.compared_url = life_of_the_database(), link.base_url
    link.compared_at = timezone.now()
    link.save(update_fields=["compared_in", "compared_url", "compared_at"])


def judge(link: Link, theirs: Theirs) -> tuple[NumberVerdict, str]:
    """What the two sides come to, and in words. The caller has settled a file of ours that the bureau turned out to have.

    Shape of `theirs`: its `sequence` is known.
    """
    last, have = link.next_sequence - 1, theirs.sequence or 0
    if have > last:
        return V.AHEAD, f"管局最近收到第 {have} 号，本系统最近受理的是第 {last} 号"
    if have < last:
        words = f"管局最近收到第 {have} 号，本系统已有到第 {last} 号的受理凭据"
        # A bureau that lost files names them itself (code 14). Another system than before never had them.
        return (V.EQUAL if link.compared_url == link.base_url else V.BEHIND), words
    if have == 0 or not theirs.readings or _is_known(link, theirs):
        return V.EQUAL, f"两边都到第 {last} 号"
    return V.DIFFERENT, f"两边都到第 {last} 号，内容却不同"


def _is_known(link: Link, theirs: Theirs) -> bool:
    """Whether the bureau's last file is what we hold under that number, or what a person saw when taking it up."""
    number = theirs.sequence or 0
    file = link.files.filter(sequence=number, state=FileState.ACCEPTED).defer("zip_bytes").first()
    if file is not None and theirs.is_same(file):
        return True
    seen = link.number_checks.filter(bureau_sequence=number).exclude(decided_at=None)
    return seen.filter(bureau_sha256__in=_hashes(theirs)).exists()


def _hashes(theirs: Theirs) -> Sequence[str]:
    return [hashlib.sha256(data).hexdigest() for data in theirs.readings]


@transaction.atomic
def agree(link: Link, words: str, theirs: Theirs) -> None:
    """Both sides agree: it is written down, and a difference that waited for a person has ended by itself."""
    now = timezone.now()
    open_checks(link).update(
        decision=NumberDecision.OBSOLETE, decided_at=now, decided_name="", note="再次核对，两边一致"
    )
    mark_compared(link)
    if (theirs.sequence or 0) < link.next_sequence - 1:
        return  # no proof of equality: what the bureau lacks it names itself, with code 14
    NumberCheck.objects.create(
        link=link,
        asked_at=now,
        our_next=link.next_sequence,
        bureau_sequence=theirs.sequence or 0,
        bureau_name=theirs.name[:255],
        bureau_sha256=next(iter(_hashes(theirs)), ""),
        verdict=V.EQUAL,
        words=words,
    )


@transaction.atomic
def wait_for_a_person(
    link: Link, verdict: NumberVerdict, words: str, theirs: Theirs, file: DataFile | None
) -> NumberCheck:
    """The sides differ: keep both, for a person to see. One open check a link; asked again, it is brought up to date."""
    opened = theirs.opened()
    zip_bytes, name = (opened[0], opened[1]) if opened else (None, theirs.name)
    sha256 = hashlib.sha256(zip_bytes).hexdigest() if zip_bytes else next(iter(_hashes(theirs)), "")
    check = open_checks(link).first() or NumberCheck(link=link)
    is_new_file = check.bureau_sha256 != sha256
    check.asked_at, check.our_next, check.our_file = timezone.now(), link.next_sequence, file
    check.bureau_sequence, check.bureau_name = theirs.sequence or 0, name[:255]
    check.bureau_sha256, check.verdict, check.words = sha256, verdict, words
    if not is_new_file:
        check.save()
        return check
    is_large = zip_bytes is not None and len(zip_bytes) >= LARGE_BYTES
    check.bureau_zip = None if is_large else zip_bytes
    check.save()
    if is_large and zip_bytes:
        write_sealed(check, "bureau_zip", zip_bytes)
    return check


def open_checks(link: Link) -> QuerySet[NumberCheck]:
    """Differences of a link that wait for a person; one at most."""
    return link.number_checks.filter(decided_at=None).exclude(verdict=V.EQUAL)
