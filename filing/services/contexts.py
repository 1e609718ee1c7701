"""What the rules know of requests besides their documents, for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from filing.choices import FiledState
from filing.models import Access, Request, Website
from filing.rules.held import About
from filing.rules.registry import Context
from filing.services.attachments import facts_of_images, references
from filing.services.bureau_rules import Going, settings_for
from filing.services.holdings import Record, records_named, subject_of
from filing.services.rule_facts import Asking, FactsForMany, certificate_in

Document = dict[str, Any]


def contexts_of(documents: Sequence[tuple[Request, Document]]) -> list[Context]:
    """What the rules know of requests besides their documents.

    Six queries at most for any number of them, and one more for each question that some rule asks (`rule_facts`).
    """
    named = [references(content) for _request, content in documents]
    images = facts_of_images(set().union(*named))
    records = records_named([(request.operation, request.isp_id, content) for request, content in documents])
    abouts = [_about(rows) for rows in records]
    asking = [
        Asking(
            isp_id=request.isp_id,
            key=request.pk,
            content=content,
            subject_id=about.subject_id,
            certificate=about.certificate or certificate_in(content),
            website_id=about.website_id,
        )
        for (request, content), about in zip(documents, abouts, strict=True)
    ]
    facts = FactsForMany(asking)
    going = [
        Going(request.isp_id, _province(content, rows))
        for (request, content), rows in zip(documents, records, strict=True)
    ]
    found = []
    for (request, _content), mine, rows, about, one, (settings, link_province) in zip(
        documents, named, records, abouts, asking, settings_for(going), strict=True
    ):
        subject = subject_of(rows[0]) if rows and len(rows) == 1 else None
        found.append(
            Context(
                images={sha256: images[sha256] for sha256 in mine if sha256 in images},
                held_nature=subject.nature if subject else None,
                held_province=subject.province if subject else None,
                held_cancelled=subject is not None and subject.state == FiledState.CANCELLED,
                isp_id=request.isp_id,
                province=link_province,
                corrects=request.revision_number > 1,
                about=about,
                held=facts.of(one),
                settings=settings,
            )
        )
    return found


def _province(content: Document, rows: list[Record] | None) -> int | None:
    stated = content.get("subject", {}).get("address", {}).get("province")
    if stated is not None or not rows or len(rows) != 1:
        return int(stated) if stated is not None else None
    return subject_of(rows[0]).province


def _about(rows: list[Record] | None) -> About:
    if rows is None:
        return About()
    if len(rows) != 1:
        return About(found=bool(rows), several=len(rows) > 1)
    row = rows[0]
    subject = subject_of(row)
    access = row if isinstance(row, Access) else None
    website = access.website if access is not None else row if isinstance(row, Website) else None
    return About(
        found=True,
        subject_id=subject.bureau_id,
        certificate=(subject.certificate_type, subject.certificate_number),
        website_id=website.bureau_id if website is not None else None,
        website_cancelled=website is not None and website.state == FiledState.CANCELLED,
        access_id=access.bureau_id if access is not None else None,
        access_provider=access.provider_id if access is not None else None,
    )
