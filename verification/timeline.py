"""What this package knows of a request's way: who verified it, which forms were printed, which papers were seen."""

from __future__ import annotations

from collections.abc import Iterator

from filing.models import Request
from filing.timeline import Happening
from filing.times import day_words
from verification.choices import Outcome, Way
from verification.models import KeptMaterial, PrintedForm, Verification


def happenings(request: Request) -> Iterator[Happening]:
    """Three queries. That a reviewer let a verification go stands in the request's own history."""
    for row in Verification.objects.filter(request=request).exclude(outcome=Outcome.OVERRULED):
        result = "核验一致" if row.outcome == Outcome.PASSED else "核验发现不一致"
        seen = "、".join(row.ticks)
        places = [str(Way(row.way).label), row.place, f"{day_words(row.created_at)} 记录"]
        yield Happening(
            row.at, f"{row.by_name} {result}", row.words or seen, " · ".join(filter(None, places))
        )
    for form in PrintedForm.objects.filter(request=request).select_related("printed_by").defer("content"):
        by = form.printed_by.get_full_name() or form.printed_by.get_username() if form.printed_by else ""
        yield Happening(form.printed_at, f"{by} 打印核验单".strip(), caption=f"编码 {form.code}")
    for paper in KeptMaterial.objects.filter(request=request):
        yield Happening(paper.seen_at, f"{paper.seen_by_name} 看过原件并留存：{paper.title}")
