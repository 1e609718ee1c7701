"""What the link knows of a request's way beside its moves: tries of its filing password at the bureau."""

from __future__ import annotations

from collections.abc import Iterator

from filing.models import Request
from filing.timeline import Happening
from reporting.choices import PasswordTried
from reporting.models import PasswordTry


def happenings(request: Request) -> Iterator[Happening]:
    """One query."""
    for row in PasswordTry.objects.filter(request=request):
        result = str(PasswordTried(row.outcome).label)
        caption = f"代码 {row.code}" if row.code is not None else ""
        yield Happening(row.asked_at, f"{row.user_name} 向管局校验备案密码：{result}", caption=caption)
