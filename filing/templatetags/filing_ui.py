"""The components of the screens: states, ages, freshness, the bureau's words, pages of a list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from filing.choices import RequestState
from filing.history import headline, reason_beside
from filing.masking import mask
from filing.models import RequestEvent
from filing.result_codes import ResultCode, explain
from filing.times import Freshness, day_words, duration_words, rough_words

register = template.Library()


@register.simple_tag
def state(value: str, words: str = "", tag: bool = False) -> SafeString:
    """A state as word, colour and shape: `{% state request.state %}`, `{% state "attention" "等得过久" %}`.

    `value` is a request's state or one of waiting, good, attention, bad; `tag=True` draws it with a ground.
    """
    label = words or (RequestState(value).label if value in RequestState.values else value)
    return format_html('<span class="state{}" data-state="{}">{}</span>', " tag" if tag else "", value, label)


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago: 2 分钟前. Empty for nothing."""
    return f"{duration_words(timezone.now() - at)}前" if at else ""


@register.filter
def lasting(at: datetime | None) -> str:
    """How long already: 9 天 4 小时. Empty for nothing."""
    return duration_words(timezone.now() - at) if at else ""


@register.filter
def roughly(at: datetime | None) -> str:
    """How long already, in the largest unit: 9 天. Empty for nothing."""
    return rough_words(timezone.now() - at) if at else ""


@register.filter
def span_words(span: timedelta | None) -> str:
    """A length of time in its largest unit: 6 天. Empty for nothing."""
    return rough_words(span) if span else ""


@register.filter
def day(at: datetime | None) -> str:
    """The moment in words: 今天 14:20, 11-14 10:00. Empty for nothing."""
    return day_words(at) if at else ""


@register.simple_tag
def moment(at: datetime | None, form: str = "day") -> SafeString | str:
    """A <time> element, the full moment as its title.

    `form`: day, ago, lasting; short is lasting, rougher on a phone.
    """
    if at is None:
        return ""
    if form == "short":
        words = format_html(
            '<span class="wide">{}</span><span class="phone">{}</span>', lasting(at), roughly(at)
        )
    else:
        words = format_html("{}", {"day": day, "ago": ago, "lasting": lasting}[form](at))
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S}",
        words,
    )


@register.simple_tag
def fresh(at: datetime | None, promise: timedelta, done: str = "核对", never: str = "尚未核对") -> SafeString:
    """Four bars and the age of a check: 2 分钟前核对. Older than the promise turns amber by itself."""
    found = Freshness.of(at, promise)
    return format_html(
        '<span class="fresh{}" data-n="{}">{}</span>',
        " stale" if found.stale else "",
        found.bars,
        f"{ago(at)}{done}" if at else never,
    )


@register.filter
def told(event: RequestEvent) -> str:
    """A row of the history in one line."""
    return headline(event)


@register.filter
def reason_of(event: RequestEvent) -> str:
    """The reason of a row of the history where it says more than the line does."""
    return reason_beside(event)


@register.filter
def explained(code: int) -> ResultCode:
    """A result code with its message and remedy."""
    return explain(code)


@register.filter
def masked(value: str | None) -> str:
    """An identity number or phone with its middle hidden."""
    return mask(value) if value else ""


@register.inclusion_tag("filing/parts/words.html")
def words(text: str, source: str = "管局原话") -> dict[str, Any]:
    """The bureau's own words, verbatim, behind a double rule."""
    return {"text": text, "source": source}


@register.inclusion_tag("filing/parts/pages.html", takes_context=True)
def pages(context: template.Context, page: Page[Any], unit: str = "件") -> dict[str, Any]:
    """Links to the pages of a list; the other parameters of the address stay."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "numbers": list(numbers), "query": query.urlencode(), "unit": unit}


@register.inclusion_tag("filing/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """What stands where nothing is: what will appear here, and how to begin."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("filing/parts/copy.html")
def copyable(value: Any, label: str) -> dict[str, Any]:
    """The inside of a `dd.copy`: a value and its copy button. `label` names the value for a screen reader."""
    return {"value": value, "label": label}
