"""Every page of the product as every role, wide and narrow: no serious fault for axe, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Open, overflow
from tests.browser.every_page import NO_PAGES, Pages, build, names, pages
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

Size = tuple[int, int]
VISITOR, NOBODY, ROOT = "未登录", "没有角色", "超级用户"
ROLES = (VISITOR, NOBODY, "填报", "审核", "链路", "审计", "管理员", ROOT)
WHO_LOOKS: dict[str, str] = {
    "login": VISITOR,
    "request_review": "审核",
    "review_queue": "审核",
    "request_evidence": "审核",
    "audit_list": ROOT,
    "web_hook_list": ROOT,
    "link_new": "链路",
    "link_parameters": "链路",
    "link_try": "链路",
    "import_list": "链路",
    "import_detail": "链路",
    "import_kept": "链路",
    "in_process": "链路",
}
"""Who is sure to see the page of an address; of what is not named here 填报, of the admin the superuser."""


def people() -> dict[str, User | None]:
    found: dict[str, User | None] = {
        each: samples.a_person(f"role-{place}", each, first_name=f"某{each}")
        for place, each in enumerate(ROLES)
        if each not in (VISITOR, NOBODY, ROOT)
    }
    found[VISITOR] = None
    found[NOBODY] = samples.a_person("role-none")
    found[ROOT] = User.objects.create_superuser("role-root", first_name="超级用户")
    return found


def must_see(name: str, role: str) -> bool:
    return role == WHO_LOOKS.get(name, ROOT if name.startswith("admin:") else "填报")


def test_it_knows_every_address(db: None, attachment_root: object) -> None:
    known = set(pages(build(), people())) | set(NO_PAGES)
    assert set(names()) - known == set(), (
        "say in tests/browser/every_page.py where a page is, or why it is none"
    )
    assert known - set(names()) == set()


BOTH, HALVES = (WIDE, NARROW), 2


def _walk(role: str, name: str, *, sizes: Sequence[Size] = BOTH, half: int = 0, daily: bool = False) -> Any:
    """Every role is walked by every check (`-m soak`), and axe looks at both sizes. The everyday run takes who sees
    nothing and who sees all, by halves, that two processes share them: who may see what is tried without a browser."""
    return pytest.param(role, sizes, half, id=name, marks=() if daily else pytest.mark.soak)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("role", "sizes", "half"),
    [
        _walk(VISITOR, "visitor", daily=True),
        _walk(NOBODY, "nobody"),
        _walk("填报", "enter"),
        _walk("审核", "review"),
        _walk("链路", "link"),
        _walk("审计", "auditor"),
        _walk("管理员", "manager"),
        _walk(ROOT, "root"),
        _walk(ROOT, "root-first-half", sizes=(WIDE,), half=1, daily=True),
        _walk(ROOT, "root-second-half", sizes=(WIDE,), half=2, daily=True),
    ],
)
def test_it_has_no_serious_fault_on_any_page(
    open_page: Open,
    attachment_root: object,
    serious_faults: Callable[[Page], list[str]],
    role: str,
    sizes: Sequence[Size],
    half: int,
) -> None:
    """`sizes` are those that axe looks at; sideways scrolling is looked for in both."""
    made, everybody = build(), people()
    page = open_page(everybody[role], "/login/")
    found: dict[str, list[str]] = {}
    refusals = 0
    asked = list(_asked(pages(made, everybody), role).items())
    for name, addresses in asked[half - 1 :: HALVES] if half else asked:
        for address in addresses:
            page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
            response = page.goto(address)
            assert response is not None
            allowed = (200,) if must_see(name, role) else (200, 403)
            assert response.status in allowed, (address, response.status)
            refusals += response.status == 403
            if response.status == 403 and refusals > 1:
                continue  # the same page again
            # The parts that it takes in are there.
            expect(page.locator(".htmx-request")).to_have_count(0)
            for size in BOTH:
                page.set_viewport_size({"width": size[0], "height": size[1]})
                faults = serious_faults(page) if size in sizes else []
                if wide := overflow(page):
                    faults.append(f"{wide} px wider than the screen")
                if faults:
                    found[f"{address} {size[0]}"] = faults
    assert not found, "\n".join(f"{where}: {fault}" for where, faults in found.items() for fault in faults)


def _asked(known: Pages, role: str) -> Pages:
    """A visitor is led to the sign-in from everywhere: one such address is enough."""
    return {name: known[name] for name in ("login", "home")} if role == VISITOR else known
