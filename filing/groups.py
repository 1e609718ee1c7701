"""The permissions that the screens ask for, and the groups that carry them. Loads no models, for apps.py."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps

ENTER = "filing.enter_request"
REVIEW = "filing.review_request"
OPERATE = "reporting.operate_link"
AUDIT = "filing.audit_everything"
ADMINISTER = "filing.administer"
ANY_ROLE = (ENTER, REVIEW, OPERATE, AUDIT)

LABELS = {ENTER: "填报", REVIEW: "审核", OPERATE: "链路", AUDIT: "审计"}

AUDITORS, ADMINISTRATORS = "审计", "管理员"
GROUPS: dict[str, tuple[str, ...]] = {
    "填报": (ENTER,),
    "审核": (REVIEW,),
    "链路": (OPERATE,),
    AUDITORS: (AUDIT,),
    ADMINISTRATORS: (*ANY_ROLE, ADMINISTER),
}


def make_groups(sender: AppConfig, **_facts: Any) -> None:
    """Make the groups, give them the permissions of the app just migrated; what was added by hand stays."""
    if sender.label not in {name.split(".")[0] for name in ANY_ROLE}:
        return
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for group_name, wanted in GROUPS.items():
        group, _created = group_model.objects.get_or_create(name=group_name)
        codenames = [name.split(".")[1] for name in wanted if name.startswith(f"{sender.label}.")]
        found = permission_model.objects.filter(content_type__app_label=sender.label, codename__in=codenames)
        group.permissions.add(*found)
