"""Erasing an owner's data when they ask for it: only once nothing of theirs is in force, under way or must be kept.

What the bureau was told keeps its skeleton (number, operation, states, codes), for the ledger counts it; what was never sent
goes as a whole. What stays, and why, is said to whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone

from filing.actors import Actor
from filing.choices import UNDECIDED_STATES, AuditAction, FiledState, RequestState
from filing.identifiers import tidy_certificate_number
from filing.masking import mask
from filing.models import Attachment, BatchRow, Request, RequestEvent, Revision, Subject, Website
from filing.services.attachments import references
from filing.services.audit import note
from filing.services.retention import forget_image

ERASED = "（已删除）"
DAYS_A_YEAR = 366

STAYS = (
    "报备台账（编号、文件名、条数、哈希、管局答复）留作证明，其中没有姓名和证件；文件内容满 "
    "ICP_KEEP_FILES_DAYS 天已由夜间任务清除。",
    "审计记录留到 ICP_KEEP_AUDIT_DAYS：只有打码的号码和对象编号（网络安全法要求日志至少留六个月）。",
    "管局下发文件的原文加密保存，里面有别人的数据，不能单独抽掉一个人的；期满整份清除。",
    "管局来件的摘要和结果里管局自己写的字，随来件保存。",
    "导入的表格加密保存 30 天，里面有别人的数据，不能单独抽掉一个人的；期满整份清除。",
    "备份里的副本随备份到期失效。",
)


class NotErasable(Exception):
    """Something of theirs is in force, under way, or must be kept. `reasons` are Chinese lines."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Owned:
    """What is here of one owner, by the number of the certificate."""

    number: str
    subjects: list[Subject] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)


def owned_by(certificate_number: str) -> Owned:
    """Subjects, cancelled ones too, and requests whose owner has this certificate. Two queries."""
    number = tidy_certificate_number(certificate_number)
    if not number:
        return Owned("")
    subjects = list(Subject.objects.filter(certificate_number__in=(number, number.lower())).order_by("pk"))
    named = Revision.objects.filter(content__contains={"subject": {"certificate": {"number": number}}})
    condition = Q(pk__in=named.values("request"))
    own_ids = [each.own_id for each in subjects if each.own_id]
    requests = Request.objects.filter(condition | Q(subject_own_id__in=own_ids)).order_by("pk")
    return Owned(number, subjects, list(requests.defer("icp_password")))


def reasons_against(owned: Owned, *, today: date | None = None) -> list[str]:
    """Why it must not go yet, in Chinese; empty where it may."""
    today = today or timezone.localdate()
    years = settings.ICP_KEEP_MATERIALS_YEARS
    since = today - timedelta(days=years * DAYS_A_YEAR)
    reasons = []
    for subject in owned.subjects:
        ended = timezone.localtime(subject.cancelled_at or subject.updated_at).date()
        if subject.state == FiledState.FILED:
            reasons.append(f"主体 {subject.number or subject.pk} 的备案还有效，要先注销")
        elif ended > since:
            reasons.append(f"主体 {subject.number or subject.pk} 注销于 {ended}，核验材料要留满 {years} 年")
    for request in owned.requests:
        ended = timezone.localtime(request.state_changed_at).date()
        if request.state in UNDECIDED_STATES:
            reasons.append(f"报备单 {request.ref} 还在办理（{request.get_state_display()}）")
        elif was_sent(request) and ended > since:
            reasons.append(f"报备单 {request.ref} 报给过管局，{ended} 有结论，要留满 {years} 年")
    return reasons


def was_sent(request: Request) -> bool:
    """Whether the bureau may know of it: then its row stays, for the ledger names it."""
    return RequestEvent.objects.filter(request=request, new_state=RequestState.PACKED).exists()


@transaction.atomic
def erase(owned: Owned, *, actor: Actor, reason: str, today: date | None = None) -> dict[str, int]:
    """Erase what may go. Shape: how many subjects, requests deleted, requests emptied, images.

    Raises: NotErasable, and nothing is changed.
    """
    if reasons := reasons_against(owned, today=today):
        raise NotErasable(reasons)
    hashes = _images_of(owned.requests)
    in_batches = Q(request__in=owned.requests) | Q(subject__in=owned.subjects)
    BatchRow.objects.filter(in_batches).update(name=ERASED, words="", problems=[], facts={})
    done = {"subjects": 0, "deleted": 0, "emptied": 0, "images": 0}
    for request in owned.requests:
        done["deleted" if _delete_or_empty(request) else "emptied"] += 1
    for subject in owned.subjects:
        Website.objects.filter(subject=subject).delete()
        subject.delete()
        done["subjects"] += 1
    for image in Attachment.objects.filter(sha256__in=hashes).order_by("-pk"):
        done["images"] += forget_image(image)
    facts = {"what": "按请求删除主体数据", "reason": reason, **done}
    note(AuditAction.ERASE, user=actor, about=("owner", mask(owned.number), ""), facts=facts)
    return done


def _images_of(requests: Iterable[Request]) -> set[str]:
    contents = Revision.objects.filter(request__in=list(requests)).values_list("content", flat=True)
    hashes = {each for content in contents for each in references(content)}
    originals = Attachment.objects.filter(copies__sha256__in=hashes).values_list("sha256", flat=True)
    return hashes | set(originals)


def _delete_or_empty(request: Request) -> bool:
    """Delete a request with all that hangs on it; one that the ledger names is emptied instead. Shape: whether it went."""
    if not was_sent(request):
        try:
            with transaction.atomic():
                request.delete()
            return True
        except ProtectedError:
            request.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT filing_erase_contents(%s)", [request.pk])
    RequestEvent.objects.filter(request=request).update(reason="", words="")
    request.subject_name, request.domains, request.owner_key = ERASED, [], ""
    request.subject_initials = ""
    request.remarks = request.bureau_words = request.stalled_reason = request.icp_password = ""
    request.save(
        update_fields=[
            *(
                "subject_name",
                "subject_initials",
                "domains",
                "owner_key",
                "remarks",
                "bureau_words",
                "stalled_reason",
            ),
            *("icp_password", "updated_at"),
        ]
    )
    return False
