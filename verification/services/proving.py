"""Which of the verifications that a request needs are done: recorded, counted, or let go in words by a reviewer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from filing.actors import person
from filing.choices import RequestState
from filing.documents.shape import Problem
from filing.groups import REVIEW
from filing.models import Attachment, Request
from filing.services.changing import filed_side
from filing.services.errors import NotAllowed
from filing.services.review import may_review
from filing.services.revisions import current_revision
from filing.states import note
from verification.choices import Outcome, Way
from verification.models import Verification
from verification.need import Need, needed

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Document = dict[str, Any]

PROVABLE_STATES = (RequestState.DRAFT, RequestState.IN_REVIEW, RequestState.REVIEW_RETURNED)
"""While it is ours: afterwards the bureau judges what was proved."""


@dataclass(frozen=True)
class Standing:
    """A need and what answers it. `latest`: the last verification of what is stated now; `outdated`: one of what was
    stated before, where nothing answers what is stated now."""

    need: Need
    latest: Verification | None = None
    outdated: Verification | None = None

    @property
    def is_met(self) -> bool:
        if not self.need.is_proof_wanted:
            return True
        return self.latest is not None and self.latest.outcome != Outcome.REFUSED

    @property
    def mark(self) -> str:
        return mark_of(self.need)


def mark_of(need: Need) -> str:
    """A need and what it states, as a verification names it."""
    return f"{need.key}|{need.way}|{need.stated}"


def needs_for(request: Request, content: Document) -> list[Need]:
    """Which verifications a request needs, with a document of it that may be newer than what is saved."""
    return needed(request.operation, content, filed_side(request, content))


def standings(request: Request, content: Document) -> list[Standing]:
    """Each need of a request with what answers it."""
    rows = list(Verification.objects.filter(request=request).select_related("photo").order_by("-id"))
    return [_standing(need, rows) for need in needs_for(request, content)]


def missing(request: Request, content: Document) -> list[Standing]:
    """The needs that nothing answers."""
    return [each for each in standings(request, content) if not each.is_met]


def problems_before_submission(request: Request, content: Document) -> list[Problem]:
    """What keeps a request from being submitted, in words: the verifications that it still lacks."""
    found = missing(request, content)
    if not found:
        return []
    ways = "、".join(dict.fromkeys(each.need.way.label for each in found))
    return [Problem("", "核验", f"核验还没有做完，还要{ways}（{len(found)} 项）；做完记在这里，再提交")]


def _proved_by(mark: str) -> tuple[str, ...]:
    """What a mark proves, whichever website it was: who was seen once is seen for each website that says the same, also
    for one that was typed anew."""
    key, *rest = mark.split("|")
    return ("subject" if key == "subject" else "website", *rest)


def _standing(need: Need, rows: Sequence[Verification]) -> Standing:
    proved, start = _proved_by(mark_of(need)), f"{need.key}|{need.way}|"
    latest = next((row for row in rows if proved in map(_proved_by, row.covers)), None)
    if latest is not None:
        return Standing(need, latest)
    return Standing(
        need, None, next((row for row in rows if any(each.startswith(start) for each in row.covers)), None)
    )


@transaction.atomic
def record(
    request: Request,
    *,
    user: User,
    way: Way,
    marks: Iterable[str],
    passed: bool,
    at: datetime,
    place: str = "",
    ticks: Sequence[str] = (),
    words: str = "",
    photo: Attachment | None = None,
) -> Verification:
    """Write down a verification of what is stated now.

    `marks` name the needs that it answers, as the page showed them; in person also those of other ways.
    Raises: NotAllowed where the request is out of our hands, something changed meanwhile, or the record has a gap.
    """
    _may_be_proved(request)
    wanted = set(marks)
    found = [each for each in standings(request, current_revision(request).content) if each.mark in wanted]
    if not wanted:
        raise NotAllowed("选上核验了哪些内容")
    if {each.mark for each in found} != wanted:
        raise NotAllowed("填报内容刚才改过，请看过新的内容再记录")
    if way == Way.OTHER and any(each.need.way == Way.IN_PERSON for each in found):
        raise NotAllowed("这里有必须当面核验的内容，不能用其他方式代替")
    if at > timezone.now():
        raise NotAllowed("核验时间还没有到，记录已经做过的核验")
    if way == Way.IN_PERSON and not place.strip():
        raise NotAllowed("写明在哪里核验的，备查")
    if way == Way.IN_PERSON and passed and photo is None:
        raise NotAllowed("当面核验要有负责人在幕布前的照片，请附上")
    if not (passed or words.strip()):
        raise NotAllowed("写明哪里不一致，填报人才知道改哪里")
    return Verification.objects.create(
        request=request,
        revision_number=request.revision_number,
        way=way,
        outcome=Outcome.PASSED if passed else Outcome.REFUSED,
        covers=sorted(wanted),
        ticks=list(ticks),
        at=at,
        place=place.strip(),
        photo=photo,
        words=words.strip(),
        **_by(user),
    )


@transaction.atomic
def overrule(request: Request, *, user: User, marks: Iterable[str], words: str) -> Verification:
    """Let needs go without a verification: a reviewer's decision, with its words in the history.

    Raises: NotAllowed for who may not review this request, without words, or where something changed meanwhile.
    """
    _may_be_proved(request)
    if not (user.has_perm(REVIEW) and may_review(request, user)):
        raise NotAllowed("只有没有填报过这张报备单的审核员可以免去核验")
    if not words.strip():
        raise NotAllowed("写明为什么可以不核验，留在经过里")
    open_ones = missing(request, current_revision(request).content)
    wanted = set(marks)
    found = [each for each in open_ones if each.mark in wanted]
    if not wanted or {each.mark for each in found} != wanted:
        raise NotAllowed("填报内容或核验刚才有变化，请看过再决定")
    strongest = Way.IN_PERSON if any(each.need.way == Way.IN_PERSON for each in found) else Way.OTHER
    row = Verification.objects.create(
        request=request,
        revision_number=request.revision_number,
        way=strongest,
        outcome=Outcome.OVERRULED,
        covers=sorted(wanted),
        at=timezone.now(),
        words=words.strip(),
        **_by(user),
    )
    note(request, actor=person(user), reason=f"免去{strongest.label}：{words.strip()}")
    return row


def _may_be_proved(request: Request) -> None:
    if request.state not in PROVABLE_STATES:
        label = RequestState(request.state).label
        raise NotAllowed(f"“{label}”的请求不再记录核验")


def _by(user: User) -> dict[str, Any]:
    return {"by": user, "by_name": person(user).name}
