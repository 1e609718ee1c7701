"""Fills the house that is attacked: run by itself, with the settings of production, on the database of the run.

`python -m tests.attack.filling`: prints where its pages are and what belongs to whom, as one JSON document.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from filing.models import Attachment, Team  # noqa: E402
from tests import factories  # noqa: E402
from tests.attack.house import PASSWORD, ROLES  # noqa: E402
from tests.browser import every_page  # noqa: E402
from tests.browser.scene import Scene  # noqa: E402

SECRET_NAME = "别队的虚构客户有限公司"


def fill() -> dict[str, Any]:
    """Everything of the browser tests, one person of each role, and a draft of another team."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_codes", verbosity=0)
    made = every_page.build()
    people = _people()
    found = every_page.pages(made, {"填报": people["staff"]})
    return {
        "pages": {name: addresses for name, addresses in found.items()},
        "people": {name: user.pk for name, user in people.items()},
        **_of_others(made, people),
    }


def _people() -> dict[str, User]:
    # One hash for all: to hash costs as much as the rest of making them.
    encoded = make_password(PASSWORD)
    found = {}
    for name, role in ROLES.items():
        user = User.objects.create(username=name, password=encoded, is_superuser=name == "root")
        if role:
            user.groups.add(Group.objects.get(name=role))
        found[name] = user
    found["both"].groups.add(Group.objects.get(name="审核"))
    for name, members in {"甲队": ("staff", "mate"), "乙队": ("other",)}.items():
        team, _made = Team.objects.get_or_create(name=name)
        team.members.add(*(found[each] for each in members))
    return found


def _of_others(made: Scene, people: dict[str, User]) -> dict[str, Any]:
    picture = factories.stored_image(size=(640, 480), colour="#123456")
    content = factories.new_filing(content=picture, name=SECRET_NAME)
    theirs = factories.draft(people["other"], content)
    mine = factories.draft(people["staff"], factories.stored_filing(name="甲队虚构有限公司"))
    waiting = factories.draft(people["staff"], factories.stored_filing(name="待审的虚构有限公司"))
    factories.submit(waiting, user=people["staff"])
    own = factories.draft(people["both"], factories.stored_filing(name="自己的虚构有限公司"))
    factories.submit(own, user=people["both"])
    sha256 = picture.rpartition(":")[2]
    assert Attachment.objects.filter(sha256=sha256).exists(), picture
    return {
        "theirs": theirs.ref,
        "their_image": sha256,
        "their_name": SECRET_NAME,
        "mine": mine.ref,
        "waiting": waiting.ref,
        "own": own.ref,
        "approved": made.approved.ref,
        "sent": made.waiting.ref,
        "at": timezone.now().isoformat(),
    }


if __name__ == "__main__":
    json.dump(fill(), sys.stdout, ensure_ascii=False)
