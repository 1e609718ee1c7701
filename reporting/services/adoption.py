"""A person decides how numbers go on where ours and the bureau's differ, having seen both sides.

The decision is carried out only if the bureau still says what the person saw. Spec: protocol "The sequence number".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from lxml import etree

from filing.actors import Actor
from filing.bulk import insert_rows
from filing.choices import RequestState
from filing.models import Request
from filing.services.held import UNSENT_STATES, hold_back
from filing.services.outcomes import mark_packed
from filing.services.revisions import current_contents
from reporting import envelope
from reporting.builders import BUILDERS, build_record
from reporting.builders.report import SECTIONS
from reporting.choices import UNSETTLED, Direction, FileState, NumberDecision, NumberVerdict
from reporting.models import HIGHEST_SEQUENCE, DataFile, FileEntry, Link, NumberCheck, proof_of
from reporting.services import file_states, numbering, patience
from reporting.services.locks import link_lock
from reporting.services.numbering import open_checks
from reporting.services.pack import COLUMNS, MOST_RECORDS, extras_of, requests_of
from reporting.services.previous import USUAL_CODES, ask
from xsd.parsing import NotWellFormed, parse

D, V = NumberDecision, NumberVerdict
SENDING = Direction.SENDING
FROM_THE_BUREAU = "接管编号时从管局取得"
HELD_REASON = "管局有本系统不知道的文件（从备份恢复以前报的），这张报备单可能已在其中，确认后再放行"
MOST_COMPARED = 20_000
"""So many unsent requests are compared with the bureau's last file; the others are held as those that are not in it."""


class NotDecided(Exception):
    """The decision was not carried out. The text says why, in Chinese."""


def choices_of(check: NumberCheck) -> list[NumberDecision]:
    """What a person may decide about a difference."""
    if check.verdict == V.BEHIND:
        return [D.SEND_AGAIN]
    has_file = check.our_file is not None and check.our_file.state in UNSETTLED
    return [D.ADOPT, D.OURS_ARRIVED] if has_file and _may_have_arrived(check) else [D.ADOPT]


def _may_have_arrived(check: NumberCheck) -> bool:
    """Our file in hand may be among those that the bureau does not show: all before its last."""
    return check.our_file is not None and check.our_file.sequence < check.bureau_sequence


def unknown_numbers(check: NumberCheck) -> int:
    """How many numbers the bureau has of which nothing is known here, its last file not counted: that one is seen."""
    return max(check.bureau_sequence - check.our_next, 0)


def should_hold(check: NumberCheck) -> bool:
    """Whether unsent requests may be at the bureau already: it has files that a restored backup knows nothing of.

    A new installation had nothing to send before.
    """
    known = check.link.files.filter(state=FileState.ACCEPTED).exists()
    unseen = unknown_numbers(check) > 0 or check.bureau_zip is None
    return known and unseen and check.verdict != V.BEHIND


def compare_now(link: Link) -> str:
    """Compare both sides at a person's wish; returns what it came to, in words.

    A file in doubt is left to the sender, who asks the same. Raises: NotDecided, NotSent, OutcomeUnknown.
    """
    with link_lock(link, SENDING) as held:
        if not held:
            raise NotDecided("链路正在上报，过几秒再试")
        link.refresh_from_db()
        file = link.files.filter(state__in=UNSETTLED).defer("zip_bytes").first()
        if file is not None and file.state not in (FileState.PACKED, FileState.CONFLICT):
            raise NotDecided(f"第 {file.sequence} 号文件{file.get_state_display()}，系统正在查清，稍后再核对")
        answer, theirs = ask(link)
        if answer.code not in USUAL_CODES or theirs.sequence is None:
            raise NotDecided(f"管局没有说最近的编号：{answer.message or '没有说明'}（代码 {answer.code}）")
        if file is not None and theirs.sequence == file.sequence and theirs.is_same(file):
            return f"管局已有第 {file.sequence} 号文件，下一轮上报时记为已受理"
        verdict, words = numbering.judge(link, theirs)
        if verdict == V.EQUAL:
            numbering.agree(link, words, theirs)
        else:
            numbering.wait_for_a_person(link, verdict, words, theirs, file)
        return words


def decide(
    check: NumberCheck, decision: NumberDecision, *, actor: Actor, hold: bool, note: str = ""
) -> NumberCheck:
    """Carry out what a person decided, if both sides are still as the person saw them.

    `hold`: unsent requests wait until each is let go (services/held.py). Raises: NotDecided, NotSent, OutcomeUnknown.
    """
    with link_lock(check.link, SENDING) as held:
        if not held:
            raise NotDecided("链路正在上报，过几秒再试")
        link = Link.objects.get(pk=check.link_id)
        found = open_checks(link).filter(pk=check.pk).first()
        if found is None:
            raise NotDecided("这次差异已经处理过了")
        if decision not in choices_of(found):
            raise NotDecided(f"现在不能选“{NumberDecision(decision).label}”")
        _look_again(link, found)
        with transaction.atomic():
            _carry_out(link, found, decision, actor=actor, hold=hold)
            found.decision, found.note = decision, note
            found.decided_at, found.decided_by_id = timezone.now(), actor.user_id
            found.decided_name = actor.name
            found.save(update_fields=["decision", "note", "decided_at", "decided_by", "decided_name"])
            numbering.mark_compared(link)
            patience.all_is_well(link, SENDING)
        return found


def _look_again(link: Link, seen: NumberCheck) -> None:
    """Ask the bureau once more. Raises: NotDecided where it says something else than the person saw."""
    answer, theirs = ask(link)
    if answer.code not in USUAL_CODES:
        raise NotDecided(f"管局没有给出最近的文件：{answer.message}（代码 {answer.code}），稍后再试")
    hashes = {hashlib.sha256(data).hexdigest() for data in theirs.readings}
    same = (theirs.sequence or 0) == seen.bureau_sequence and (
        not seen.bureau_sha256 or not hashes or seen.bureau_sha256 in hashes
    )
    if not same or link.next_sequence != seen.our_next:
        numbering.wait_for_a_person(link, NumberVerdict(seen.verdict), seen.words, theirs, seen.our_file)
        raise NotDecided("两边的情况刚刚变了，请看清新的情况再决定")


def _carry_out(link: Link, check: NumberCheck, decision: NumberDecision, *, actor: Actor, hold: bool) -> None:
    if decision == D.SEND_AGAIN:
        return  # the bureau names what it lacks (code 14), and gets the stored bytes
    proof = {"number_check": check.pk, "decided_by": actor.name}
    # The file in hand now: one may have been packed since the sides were compared.
    file = link.files.filter(state__in=UNSETTLED).first()
    if file is not None and file.state not in (FileState.PACKED, FileState.CONFLICT):
        raise NotDecided(f"第 {file.sequence} 号文件{file.get_state_display()}，系统正在查清，稍后再决定")
    if file is not None and decision == D.OURS_ARRIVED:
        reason = f"{actor.name}核对两边后确认：管局已有第 {file.sequence} 号文件"
        if file.state == FileState.PACKED:
            file_states.found_sent(file, reason, proof=proof)
        else:
            file_states.accept(file, reason=reason, proof=proof)
    elif file is not None:
        reason = f"{actor.name}核对两边后决定：第 {file.sequence} 号在管局是另一个文件，这些请求另行打包"
        file_states.drop(file, reason, proof=proof)
    if check.bureau_sequence >= HIGHEST_SEQUENCE:
        raise NotDecided("管局的编号已到上限")
    _take_up_last_file(link, check, actor, proof)
    Link.objects.filter(pk=link.pk, next_sequence__lte=check.bureau_sequence).update(
        next_sequence=check.bureau_sequence + 1
    )
    link.refresh_from_db()
    if hold:
        hold_back(list(_unsent(link)), isp_id=link.isp_id, actor=actor, reason=HELD_REASON)


def _unsent(link: Link) -> QuerySet[Request]:
    """What stands here as not at the bureau and may be there, ready ones first."""
    found = requests_of(link).filter(state__in=UNSENT_STATES, held_reason="")
    return found.only(*COLUMNS).order_by(F("ready_at").asc(nulls_last=True), "pk")


def _take_up_last_file(link: Link, check: NumberCheck, actor: Actor, proof: dict[str, object]) -> None:
    """Keep the bureau's last file in our ledger, and find in it what stands here as unsent.

    What is ready goes on as sent; what is still with people here is held back. Nothing where the bytes did not come, or are
    in the ledger already.
    """
    data = bytes(check.bureau_zip or b"")
    if not data or link.files.filter(sequence=check.bureau_sequence, state=FileState.ACCEPTED).exists():
        return
    name, xml = envelope.unzip_one(data)
    records = records_of(xml)
    if not 1 <= len(records) <= MOST_RECORDS or link.files.filter(name=name).exists():
        return
    file = DataFile.objects.create(
        link=link,
        sequence=check.bureau_sequence,
        name=name,
        zip_bytes=data,
        zip_md5=envelope.md5_base64(data),
        sha256=hashlib.sha256(data).hexdigest(),
        xml_sha256=hashlib.sha256(xml).hexdigest(),
        xml_bytes=len(xml),
        record_count=len(records),
        packed_by=FROM_THE_BUREAU,
    )
    found = _places_in(records, list(_unsent(link)[:MOST_COMPARED]), link)
    places = [(request, place) for request, place in found if request.state == RequestState.READY]
    rows = [
        {"request_id": request.pk, "revision_number": request.revision_number, "position": place}
        for request, place in places
    ]
    insert_rows(FileEntry, rows, alike={"file_id": file.pk})
    mark_packed(
        [request for request, _place in places],
        isp_id=link.isp_id,
        proofs=[proof_of(file, place) for _request, place in places],
    )
    file_states.found_sent(file, f"管局已有第 {file.sequence} 号文件，内容与待报的相同", proof=dict(proof))
    # What was ready has moved on; what is left of those found is still with people here.
    hold_back(
        [request for request, _place in found if request.state in UNSENT_STATES],
        isp_id=link.isp_id,
        actor=actor,
        reason=f"内容与管局第 {file.sequence} 号文件里的一条相同，恢复备份以前已经报过，确认后再放行",
    )


def records_of(xml: bytes) -> list[bytes]:
    """The records of an upload in canonical form, in order; none where it is no upload."""
    try:
        tree = parse(xml)
    except NotWellFormed:
        return []
    found = [record for section in SECTIONS for record in tree.iterfind(f"ICP/{section}/*")]
    return [_canonical(record) for record in found]


def _canonical(record: etree._Element) -> bytes:
    # Without what surrounds it: the text between records belongs to the file.
    tail, record.tail = record.tail, None
    found: bytes = etree.tostring(record, method="c14n")
    record.tail = tail
    return found


def _places_in(records: Sequence[bytes], waiting: Sequence[Request], link: Link) -> list[tuple[Request, int]]:
    """Which of the requests are in the file, record by record the same, and where the first record of each stands."""
    places = {record: place for place, record in reversed(list(enumerate(records, 1)))}
    contents = current_contents(waiting)
    found = []
    for request in waiting:
        try:
            built = build_record(
                BUILDERS[request.operation], contents[request.pk], extras_of(request, link.isp_id)
            )
        except (LookupError, TypeError, ValueError, FileNotFoundError):
            continue  # packing says what is wrong with it, when its turn comes
        mine = [_canonical(element) for element in built.elements]
        if mine and all(each in places for each in mine):
            found.append((request, places[mine[0]]))
    return found
