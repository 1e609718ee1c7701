"""Erasing an owner's data together with what proved it: papers whose time is over, visits and printed forms."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from filing.actors import Actor
from filing.services import erasing
from filing.services.erasing import NotErasable, Owned
from filing.services.retention import forget_image
from verification.models import KeptMaterial, PrintedForm, Verification


def reasons_against(owned: Owned, *, today: date | None = None) -> list[str]:
    """Why it must not go yet: as `filing` says, and papers that must be kept still."""
    today = today or timezone.localdate()
    papers = KeptMaterial.objects.filter(request__in=owned.requests, kept_until__gt=today)
    return erasing.reasons_against(owned, today=today) + [
        f"“{each.title}”（{each.request.ref}）要留存到 {each.kept_until}"
        for each in papers.select_related("request")
    ]


@transaction.atomic
def erase_owner(owned: Owned, *, actor: Actor, reason: str, today: date | None = None) -> dict[str, int]:
    """Erase it all in one transaction. Shape: as `filing.services.erasing.erase`, and how many papers.

    Raises: NotErasable, and nothing is changed.
    """
    if reasons := reasons_against(owned, today=today):
        raise NotErasable(reasons)
    papers = KeptMaterial.objects.filter(request__in=owned.requests).select_related("image__original")
    visits = Verification.objects.filter(request__in=owned.requests).select_related("photo__original")
    images = [each.image for each in papers] + [each.photo for each in visits if each.photo]
    count = papers.count()
    papers.delete()
    visits.delete()
    PrintedForm.objects.filter(request__in=owned.requests).delete()
    done = erasing.erase(owned, actor=actor, reason=reason, today=today) | {"papers": count}
    for image in images:
        for each in (image, image.original):
            done["images"] += each is not None and forget_image(each)
    return done
