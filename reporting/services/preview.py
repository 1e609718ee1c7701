"""What would be sent of a request that is not: built as for sending, stored nowhere."""

from __future__ import annotations

from filing.models import Request
from filing.services.attachments import ImageDamaged
from filing.services.errors import RecordInvalid
from filing.services.revisions import completed, current_revision
from reporting.selectors import link_of
from reporting.sent import Cut, RecordGone, cut_out
from reporting.services.pack import report_of

NO_LINK = 0
"""The unit number where no link is set up: it stands beside the records, not in them."""


def preview(request: Request) -> Cut:
    """Build the report of the current revision alone and cut its records out of it.

    Raises: RecordInvalid with everything that is still missing; RecordGone where the store lost or damaged an image.
    """
    content, problems = completed(request, current_revision(request).content)
    if problems:
        raise RecordInvalid(problems)
    link = link_of(request)
    version = {"version": link.interface_version} if link else {}
    try:
        data = report_of([(request, content)], isp_id=link.isp_id if link else NO_LINK, **version)
    except FileNotFoundError as error:
        raise RecordGone(f"附件 {str(error.filename)[-12:]} 在存储里找不到，请重新上传") from error
    except ImageDamaged as error:
        raise RecordGone(f"{error}，请重新上传") from error
    return cut_out(data, 1, None)
