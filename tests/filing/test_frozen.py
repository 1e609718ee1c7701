from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from filing.choices import RequestState
from filing.models import Revision
from filing.services import drafts
from tests import factories

S = RequestState

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        "content = '{}'",
        "content = jsonb_set(content, '{subject,name}', '\"x\"')",
        "frozen_at = NULL",
        "frozen_at = now()",
        "number = 9",
        "request_id = NULL",
    ],
)
def test_it_keeps_a_frozen_revision_from_sql_itself(change: str) -> None:
    request = factories.request_in(S.IN_REVIEW)
    revision = request.revisions.get()
    sql = f"UPDATE filing_revision SET {change} WHERE id = %s"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [revision.pk])
    assert Revision.objects.get(pk=revision.pk).content == revision.content


def test_it_keeps_a_frozen_revision_from_the_orm_but_not_a_draft() -> None:
    request = factories.draft()
    assert Revision.objects.filter(request=request).update(content={}) == 1
    frozen = factories.request_in(S.READY).revisions.get()
    with pytest.raises(IntegrityError, match="is frozen"), transaction.atomic():
        Revision.objects.filter(pk=frozen.pk).update(content={})
    assert drafts.current_revision(frozen.request).content != {}
