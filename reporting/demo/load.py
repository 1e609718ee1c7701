"""Loading the demonstration: people, links, and filings taken as far as our side goes; the bureau does the rest."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from filing.actors import person
from filing.choices import Operation
from filing.documents.operations import read_content
from filing.models import Request
from filing.services.attachments import REFERENCE, StoredImages, store
from filing.services.drafts import create_draft, withdraw
from filing.services.review import approve, return_for_changes, submit_for_review
from filing.services.revisions import current_revision
from reporting.demo import papers
from reporting.demo.filings import BEIJING, FILINGS, HEBEI, TIANJIN, DemoFiling, content_of
from reporting.services.links import LinkParameters, set_link
from verification.choices import Way
from verification.materials import ON_SITE_PHOTO
from verification.services.keeping import Seen, keep
from verification.services.proving import record, standings

DEMO_PASSWORD = "demo-password"
PEOPLE = (
    ("linzhixia", "林知夏", "填报"),
    ("heqinghe", "何青禾", "审核"),
    ("admin", "管理员", ""),
)
VISITED_AT = "北京核验点 2 号台"
SEEN = ("看过主办者证件原件，号码与填报一致", "看过负责人证件原件，与本人一致", "各证件已复印留存")
UNITS = ((BEIJING, 110000), (HEBEI, 130000), (TIANJIN, 120000))


def simulator_config(state_dir: Path) -> dict[str, Any]:
    """How the practice bureaus behave: Beijing decides in a minute, Hebei is shut, Tianjin's answers get lost.

    Filings with "changhou" in a domain wait for ten days, so that waiting can be looked at.
    """
    return {
        "units": [
            {"isp_id": isp_id, "user_name": "demo", "password": DEMO_PASSWORD, "province": province}
            for isp_id, province in UNITS
        ],
        "decide": {
            "mode": "auto",
            "delay_s": 20,
            "spread_s": 20,
            "refuse": [
                {
                    "when": {"domain_contains": "changhou"},
                    "words": "补充网站建设方案书。",
                    "code": 1002,
                    "after_s": 864000,
                }
            ],
        },
        "faults": [
            {"kind": "code", "code": 901, "method": "isp_upload", "unit": HEBEI, "times": None},
            {"kind": "lost_answer", "method": "isp_upload", "unit": TIANJIN, "times": None},
            {
                "kind": "code",
                "code": 901,
                "method": "isp_querypreviousupload",
                "unit": TIANJIN,
                "times": None,
            },
        ],
        "state_dir": str(state_dir),
    }


def load_demo(bureau_url: str) -> bool:
    """Make the demonstration; once it is there only the links are pointed at the bureau's address.

    Returns whether it was made now. Logins and the simulator's configuration are written into the data folder.
    """
    for isp_id, province in UNITS:
        set_link(
            LinkParameters(
                isp_id=isp_id,
                province=province,
                base_url=bureau_url,
                user_name="demo",
                password=DEMO_PASSWORD,
                timeout_s=20,
            )
        )
    folder = Path(settings.ICP_DATA_DIR)
    _write_private(
        folder / "simulator.json",
        json.dumps(simulator_config(folder / "simulator"), ensure_ascii=False, indent=1),
    )
    if User.objects.filter(username=PEOPLE[0][0]).exists():
        return False
    with transaction.atomic():
        staff, reviewer, _admin = _make_people(folder)
        for number, filing in enumerate(FILINGS):
            _load(filing, number, staff, reviewer)
    return True


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _make_people(folder: Path) -> list[User]:
    made, lines = [], []
    for login, name, group in PEOPLE:
        password = secrets.token_urlsafe(6)
        user = User.objects.create_user(login, password=password, first_name=name)
        if group:
            user.groups.add(Group.objects.get(name=group))
        else:
            user.is_staff = user.is_superuser = True
            user.save()
        made.append(user)
        lines.append(f"{login}  {password}  {name}（{group or '管理员'}）")
    _write_private(folder / "demo-logins.txt", "\n".join(lines) + "\n")
    return made


def _load(filing: DemoFiling, number: int, staff: User, reviewer: User) -> Request:
    content = content_of(filing, number)
    content["attachments"] = [_attachment(purpose, number, staff) for purpose in filing.materials]
    if filing.fate == "gaps":
        del content["websites"][0]["domains"], content["websites"][0]["home_url"]
    clean, _problems = read_content(Operation.NEW_FILING, content, StoredImages(), complete=False)
    request = create_draft(Operation.NEW_FILING, clean, actor=person(staff), isp_id=filing.isp_id)
    if filing.fate == "withdrawn":
        withdraw(request, actor=person(staff), reason=filing.reason)
    elif filing.fate not in ("draft", "gaps"):
        _verify(request, number, staff)
        submit_for_review(request, user=staff)
        if filing.fate == "review_returned":
            return_for_changes(request, user=reviewer, reason=filing.reason)
        elif filing.fate == "ready":
            approve(request, user=reviewer, opinion="材料与填报一致，已电话核实。")
    return request


def _verify(request: Request, number: int, staff: User) -> None:
    """The responsible person came this morning, with the papers."""
    at = timezone.now() - timedelta(hours=1, minutes=7 * number)
    photo = papers.picture(ON_SITE_PHOTO, number)
    seen = Seen(staff, at, VISITED_AT)
    place = next(each.need.key for each in standings(request, current_revision(request).content)[::-1])
    kept = keep(request, key=place, kind=str(ON_SITE_PHOTO), data=photo, seen=seen)
    record(
        request,
        user=staff,
        way=Way.IN_PERSON,
        marks=[each.mark for each in standings(request, current_revision(request).content)],
        passed=True,
        at=at,
        place=VISITED_AT,
        ticks=SEEN,
        photo=kept.image,
    )


def _attachment(purpose: int, number: int, user: User) -> dict[str, Any]:
    row = store(papers.picture(purpose, number), user=user)
    owner = {"owner": "subject"} if purpose in (2, 3) else {"owner": "website", "owner_index": 0}
    return {"format": row.format, "purpose": purpose, "content": REFERENCE + row.sha256} | owner
