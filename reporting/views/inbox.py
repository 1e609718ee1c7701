"""What came from the bureau: files, their records, and what of it needs a person."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from filing.choices import AuditAction
from filing.masking import mask_text
from filing.roles import ENTER, OPERATE, needs, needs_role
from filing.services.audit import note
from filing.services.errors import NotAllowed
from reporting import inbox as reading
from reporting.choices import ItemOutcome
from reporting.kinds import WORDS, words_of
from reporting.models import Download, DownloadItem, Link
from reporting.received import received_record
from reporting.sent import RecordGone
from reporting.services.inbox_work import apply_again, apply_all_again, mark_handled, take_back

PAGE_SIZE = 50
MOST_BROKEN = 20
MOST_TEXT = 100
MOST_NOTE = 500


@require_GET
@needs_role
def inbox(request: HttpRequest) -> HttpResponse:
    """GET: downloads, newest first; with tab=person the records that need one. `q` finds names and words."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_TEXT]
    tab = "person" if request.GET.get("tab") == "person" else "files"
    context = _for_a_person(request, text) if tab == "person" else _files(request, text)
    by_link = reading.open_by_link()
    context |= {
        "may_apply": request.user.has_perm(ENTER) or request.user.has_perm(OPERATE),
        "tab": tab,
        "text": text,
        "open_by_link": by_link,
        "open_count": sum(each.count for each in by_link) + reading.broken().count(),
        "several_links": Link.objects.count() > 1,
    }
    return render(request, "reporting/inbox.html", context)


def _files(request: HttpRequest, text: str) -> dict[str, Any]:
    files = reading.downloads()
    files = files.filter(bureau_name__icontains=text) if text else files
    page = Paginator(files, PAGE_SIZE).get_page(request.GET.get("page"))
    contents = reading.contents_of(page)
    rows = [(each, *reading.condition(each), _contents(contents.get(each.pk, []))) for each in page]
    return {"page": page, "rows": rows}


def _contents(kinds: list[tuple[str, int]]) -> str:
    """The kinds in words, code tables together: 核实任务、备案数据 12 条."""
    told: dict[str, int] = {}
    for kind, count in kinds:
        words = "基础代码" if kind.startswith("JCDM.") else words_of(kind)
        told[words] = told.get(words, 0) + count
    return "、".join(f"{words} {count} 条" if count > 1 else words for words, count in told.items())


def _for_a_person(request: HttpRequest, text: str) -> dict[str, Any]:
    items = reading.for_a_person()
    items = items.filter(_mentioning(text)) if text else items
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    broken = reading.broken()
    broken = broken.filter(Q(bureau_name__icontains=text) | Q(reason__icontains=text)) if text else broken
    return {
        "page": page,
        "rows": [_row(item) for item in page],
        "broken": broken[:MOST_BROKEN],
    }


@require_GET
@needs_role
def download_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one download with its records; `outcome` shows those that ended so, "person" those that need one."""
    download = get_object_or_404(reading.downloads(), pk=pk)
    counts = reading.outcomes_of(download)
    wanted = request.GET.get("outcome", "")
    items = reading.items().filter(download=download).order_by("position")
    if wanted == "person":
        items = items.filter(reading.OPEN_ITEMS)
    elif wanted in ItemOutcome.values:
        items = items.filter(outcome=wanted)
    else:
        wanted = ""
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    outcomes = [(each.value, each.label, counts[each]) for each in ItemOutcome if each in counts]
    context = {
        "download": download,
        "condition": reading.condition(download),
        "outcomes": outcomes,
        "wanted": wanted,
        "page": page,
        "rows": [_row(item) for item in page],
        "may_apply": request.user.has_perm(ENTER) or request.user.has_perm(OPERATE),
        "unfinished": any(counts.get(each) for each in {*reading.NEEDS_A_PERSON, ItemOutcome.WAITING}),
    }
    return render(request, "reporting/download_detail.html", context)


@require_GET
@needs_role
def download_item(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """GET: one record with its XML as it came. `reveal=1` shows identity numbers and phones, which is recorded."""
    item = _item(pk, position)
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        facts = {"position": position}
        note(
            AuditAction.VIEW_IDENTITY,
            user=cast(User, request.user),
            about=item.download,
            facts=facts,
            http=request,
        )
    record, trouble = None, ""
    try:
        record = received_record(item, reveal=reveal) if position else None
    except RecordGone as error:
        trouble = str(error)
    context = {
        "item": item,
        "row": _row(item),
        "record": record,
        "trouble": trouble,
        "reveal": reveal,
        "oddities": [each for each in item.download.oddities if _is_at(each, item.path)],
        "needs_a_person": item.outcome in reading.NEEDS_A_PERSON and item.handled_at is None,
        "may_act": request.user.has_perm(ENTER) or request.user.has_perm(OPERATE),
    }
    return render(request, "reporting/download_item.html", context)


@require_POST
@needs(ENTER, OPERATE)
def download_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: apply once more what was not done yet."""
    download = get_object_or_404(Download.objects.select_related("link").defer("zip_bytes"), pk=pk)
    try:
        _records, left = apply_again(download)
        facts = {"what": "重新处理", "left": left}
        note(AuditAction.LINK, user=cast(User, request.user), about=download, facts=facts, http=request)
    except NotAllowed as error:
        messages.error(request, str(error))
    else:
        if left:
            messages.warning(request, f"重新处理过了，还有 {left} 条没有成功，原因列在各条下面。")
        else:
            messages.success(request, "重新处理过了，全部成功。")
    return redirect("download_detail", pk=pk)


@require_POST
@needs(ENTER, OPERATE)
def inbox_apply(request: HttpRequest) -> HttpResponse:
    """POST: apply everything that needs a person once more, of one link (`isp_id`) or of all; tells what came of it."""
    wanted = request.POST.get("isp_id", "")
    link = get_object_or_404(Link, isp_id=int(wanted)) if wanted.isdecimal() else None
    done = apply_all_again(link)
    facts = {"what": "全部重新处理", "files": done.files, "settled": done.settled}
    note(AuditAction.LINK, user=cast(User, request.user), about=link, facts=facts, http=request)
    if done.busy:
        messages.warning(request, f"{'、'.join(done.busy)}链路正在下载，稍等几秒再试。")
    words = f"重新处理了 {done.files} 个文件：{done.settled} 条成功，还有 {done.left} 条没有成功"
    words += f"；另有 {done.files_left} 个文件没有轮到，请再按一次。" if done.files_left else "。"
    if done.files:
        (messages.success if not done.left else messages.warning)(request, words)
    elif not done.busy:
        messages.info(request, "没有需要重新处理的内容。")
    return redirect(f"{reverse('inbox')}?tab=person")


@require_POST
@needs(ENTER, OPERATE)
def download_item_handled(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """POST: mark a record as dealt with (`note`), or take that back (`back=1`)."""
    item, user = _item(pk, position), cast(User, request.user)
    is_back = request.POST.get("back") == "1"
    words = request.POST.get("note", "").replace("\x00", "")[:MOST_NOTE]
    done = "恢复为待人工处理" if is_back else "标为已处理"
    try:
        with transaction.atomic():
            if is_back:
                take_back(item)
            else:
                mark_handled(item, user=user, note=words)
            facts = {"what": done, "position": position, "words": words}
            note(AuditAction.CHANGE, user=user, about=item.download, facts=facts, http=request)
        messages.success(request, f"已{done}。")
    except NotAllowed as error:
        messages.error(request, str(error))
    return redirect("download_item", pk=pk, position=position)


def _item(pk: int, position: int) -> DownloadItem:
    return get_object_or_404(reading.items(), download=pk, position=position)


def _row(item: DownloadItem) -> dict[str, Any]:
    return {
        "item": item,
        "kind": words_of(item.kind),
        "family": reading.FAMILY[ItemOutcome(item.outcome)],
        "outcome": item.get_outcome_display(),
        # The bureau's words may hold a phone or an identity number; the record itself is shown on demand.
        "summary": mask_text(item.summary),
        "reason": mask_text(item.reason),
    }


def _mentioning(text: str) -> Q:
    kinds = [kind for kind, words in WORDS.items() if text in words]
    return (
        Q(reason__icontains=text)
        | Q(summary__icontains=text)
        | Q(download__bureau_name__icontains=text)
        | Q(kind__in=kinds)
    )


def _is_at(oddity: str, path: str) -> bool:
    """Whether an oddity of the file names the record or something in it: they are told by path."""
    place = oddity.partition("：")[0].rpartition(" ")[2]
    steps, mine = place.split("/"), path.split("/")
    same = all(_same(one, other) for one, other in zip(steps, mine, strict=False))
    return len(steps) >= len(mine) > 1 and same


def _same(one: str, other: str) -> bool:
    """Two steps of paths, of which one leaves out a [1] that says nothing."""
    return one.removesuffix("[1]") == other.removesuffix("[1]")
