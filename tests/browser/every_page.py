"""Every address of the product: where to find a page of it, or why it is none. A new one without its line fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from filing.choices import Operation, RequestState
from filing.filed_data import DomainData, PersonData
from filing.models import Request, Subject, Team
from filing.services.filed import record_filed
from reporting.models import BrokenDownload, DataFile, Download, DownloadItem, Link
from tests import factories
from tests.browser import batches_scene, imports_scene, scene
from tests.browser.scene import Scene
from tests.reporting.downloads import SAMPLES, apply, document, sample
from tests.reporting.material import ISP_ID, OTHER_UNIT
from verification.models import Campaign, CheckResult, Notice, UnfiledWebsite, VerificationTask, Visit
from verification.services.campaigns import make_all
from verification.services.visits import conclude

BUTTON = "a button only, the answer is another page"
PART = "a part of a page that shows it"
DATA = "no page: an image, data or a script"
WORK = ("tasks", "unfiled", "checks", "notices", "listed")

NO_PAGES: dict[str, str] = {
    "logout": BUTTON,
    "login_code": "only after a password: tests/browser/test_sign_in.py shows it",
    "login_provider": "leads to the provider of single sign-on",
    "login_provider_back": "the provider sends browsers here",
    "session_end": BUTTON,
    "recovery_codes": "codes that are shown once: tests/browser/test_sign_in.py shows them",
    "second_factor_remove": BUTTON,
    "request_submit": BUTTON,
    "request_correct": BUTTON,
    "request_withdraw": BUTTON,
    "operation_start": BUTTON,
    "download_apply": BUTTON,
    "download_item_handled": BUTTON,
    "work_close": BUTTON,
    "work_answer": BUTTON,
    "campaign_share_out": BUTTON,
    "campaign_finish": BUTTON,
    "visit_assign": BUTTON,
    "visit_take_back": BUTTON,
    "inbox_apply": BUTTON,
    "broken_resolved": BUTTON,
    "alert_count": PART,
    "alert_latest": PART,
    "alert_read_all": BUTTON,
    "alert_open": "leads on to the page that it is about",
    "alert_mail_test": BUTTON,
    "web_hook_act": BUTTON,
    "link_live": PART,
    "link_pause": BUTTON,
    "link_resume": BUTTON,
    "link_run": BUTTON,
    "link_check": PART,
    "link_file_check": PART,
    "link_file_compare": PART,
    "link_file_record": PART,
    "link_file_zip": DATA,
    "link_file_xml": DATA,
    "ledger_export": DATA,
    "request_export": DATA,
    "filed_export": DATA,
    "sheet_template": DATA,
    "batch_answer": DATA,
    "batch_live": PART,
    "batch_act": BUTTON,
    "review_several": "only after requests were chosen: tests/browser/test_bulk.py shows it",
    "search_files": PART,
    "search_work": PART,
    "link_numbers_compare": BUTTON,
    "rule_set": BUTTON,
    "impact_start": BUTTON,
    "import_start": BUTTON,
    "import_act": BUTTON,
    "import_progress": PART,
    "cleanup_export": DATA,
    "cleanup_handled": BUTTON,
    "in_process_lift": BUTTON,
    "difference_decide": BUTTON,
    "reconciliation_export": DATA,
    "reconciliation_complete": BUTTON,
    "impact_progress": PART,
    "password_check": PART,
    "link_numbers_decide": BUTTON,
    "link_numbers_held": BUTTON,
    "audit_export": DATA,
    "link_status": PART,
    "link_choice": PART,
    "link_panel": PART,
    "home_live": PART,
    "home_count": PART,
    "deadlines": PART,
    "requests_freshness": PART,
    "request_freshness": PART,
    "request_materials": PART,
    "requests_materials": PART,
    "form_materials": PART,
    "request_readers": PART,
    "verification_summary": PART,
    "verification_record": BUTTON,
    "verification_overrule": BUTTON,
    "material_keep": BUTTON,
    "material_send": BUTTON,
    "verification_image": DATA,
    "request_diagnosis": PART,
    "work_count": PART,
    "visit_count": PART,
    "work_readers": PART,
    "visit_readers": PART,
    "campaign_sheet": DATA,
    "draft_block": PART,
    "draft_choices": PART,
    "draft_keep": PART,
    "draft_signed_in": PART,
    "lookup": PART,
    "lookup_take": PART,
    "operation_check": PART,
    "region_search": DATA,
    "attachment_upload": DATA,
    "attachment_view": DATA,
    "request_xml_image": DATA,
    "admin:login": "leads to our own sign-in",
    "admin:logout": BUTTON,
    "admin:password_change": "people change theirs on our own page",
    "admin:password_change_done": "as above",
    "admin:auth_user_delete": "accounts are closed, never deleted",
    "admin:filing_team_delete": BUTTON,
    "admin:autocomplete": DATA,
    "admin:jsi18n": DATA,
    "admin:view_on_site": "people have no page of their own",
}


def names(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The name of every address, with its namespace; catch-alls of the admin have none."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern, pattern.namespace or space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{space}:{pattern.name}" if space else pattern.name


def build() -> Scene:
    """The desk of `scene`, and something filed, downloaded and asked for besides."""
    made = scene.build()
    person = PersonData(name="虚构甲", mobile="13800000000", email="nobody@example.cn")
    site = factories.filed_website(
        2901, DomainData("held-here.cn", 3901), number="京ICP备2026009001号-1", responsible=person
    )
    record_filed(
        factories.filed_subject(site, number="京ICP备2026009001号", bureau_id=1901, responsible=person),
        isp_id=ISP_ID,
        proof={},
    )
    link = Link.objects.get(is_default=True)
    for name in sorted(path.stem for path in SAMPLES.glob("*.xml")):
        if name != "cancelled":
            apply(link, sample(name))
    apply(
        link,
        document("<XGTZ><Tzxx><Tzlb>9</Tzlb><Tznr>请整改</Tznr></Tzxx></XGTZ><NEW_LIST><A>1</A></NEW_LIST>"),
    )
    apply(link, b"no xml")
    now = timezone.now()
    day = timezone.localdate()
    campaign = Campaign.objects.create(
        name="存量备案核验", due_on=day + timedelta(days=20), words="电话能打通"
    )
    make_all()
    subject = Subject.objects.order_by("pk")[0]
    Visit.objects.create(subject=subject, province=subject.province, due_on=day - timedelta(days=1))
    visit = campaign.visits.order_by("pk")[0]
    conclude(visit, user=made.staff, outcome="unreached", note="两次无人接听")
    BrokenDownload.objects.create(
        link=link,
        bureau_name="XZ11000000000100000009.zip",
        claimed_hash="0" * 32,
        sha256="1" * 64,
        content=b"broken",
        size_bytes=6,
        reason="哈希值与所称的不符",
        first_at=now,
        last_at=now,
    )
    imports_scene.take_over(ISP_ID)
    return made


Pages = dict[str, list[str]]


def pages(made: Scene, people: dict[str, User | None]) -> Pages:
    """Where a page of each address is found; several where it shows several things."""
    requests = (made.returned, made.waiting, made.approved, made.uncertain, made.returned_by_reviewer)
    detail = [reverse("request_detail", args=[each.ref]) for each in requests]
    tabs = [
        f"{reverse('request_detail', args=[made.corrected.ref])}?tab={tab}"
        for tab in ("versions", "materials", "xml")
    ]
    sent, unsent = made.waiting.ref, made.in_review.ref
    strange = DownloadItem.objects.get(kind="ICP.NEW_LIST")
    broken = Download.objects.filter(items__isnull=True).first() or strange.download
    subjects = Subject.objects.order_by("pk")
    found: Pages = {
        "login": ["/login/"],
        "home": ["/"],
        "password_change": ["/password/"],
        "account": ["/account/"],
        "second_factor": ["/account/second-factor/"],
        "request_list": ["/requests/", "/requests/?tab=all&sort=oldest", "/requests/?q=没有这样的"],
        "request_detail": detail + tabs,
        "request_review": [
            reverse("request_review", args=[each.ref]) for each in (made.in_review, made.corrected)
        ],
        "request_verification": [
            reverse("request_verification", args=[each.ref]) for each in (made.in_review, made.approved)
        ],
        "verification_form": [reverse("verification_form", args=[made.in_review.ref])],
        "review_queue": ["/review/", "/review/?operation=change"],
        "returned_list": ["/returned/", "/returned/?tab=review", "/returned/?code=4711"],
        "request_xml": [
            reverse("request_xml", args=[sent]),
            reverse("request_xml", args=[sent]) + "?raw=1",
            reverse("request_xml", args=[unsent]),
        ],
        "request_evidence": [reverse("request_evidence", args=[sent])],
        "draft_new": ["/requests/new/"],
        "draft_edit": [
            reverse("draft_edit", args=[each.ref])
            for each in Request.objects.filter(state=RequestState.DRAFT)
        ],
        "search": ["/search/", "/search/?q=没有这样的", "/search/?q=虚构"],
        "filed_list": ["/filed/", "/filed/?q=没有这样的"],
        "filed_detail": [reverse("filed_detail", args=[each.pk]) for each in subjects[:2]],
        "import_sheet": ["/requests/import/"],
        "move_addresses": ["/filed/move-addresses/"],
        "batch_list": ["/batches/"],
        "batch_detail": [reverse("batch_detail", args=[each]) for each in batches_scene.batches()],
        "operation_choose": ["/operations/"],
        "operation_by_number": [
            reverse("operation_by_number", args=[each])
            for each in (Operation.CHANGE, Operation.CANCEL_WEBSITE)
        ],
        "inbox": ["/inbox/", "/inbox/?tab=person"],
        "download_detail": [
            reverse("download_detail", args=[each.pk]) for each in (strange.download, broken)
        ],
        "download_item": [reverse("download_item", args=[strange.download_id, strange.position])],
        "broken_detail": [reverse("broken_detail", args=[BrokenDownload.objects.get().pk])],
        "alert_list": ["/alerts/", "/alerts/?past=1", "/alerts/?kind=sms"],
        "alert_settings": ["/alerts/settings/"],
        "web_hook_list": ["/alerts/hooks/"],
        "link_list": ["/links/"],
        "link_new": ["/links/new/"],
        "link_parameters": [reverse("link_parameters", args=[ISP_ID])],
        "link_try": [
            reverse("link_try", args=[ISP_ID]),
            reverse("link_try", args=[ISP_ID]) + "?method=isp_upload",
        ],
        "link_detail": [reverse("link_detail", args=[each]) for each in (ISP_ID, OTHER_UNIT["isp_id"])],
        "link_file": [reverse("link_file", args=[ISP_ID, DataFile.objects.all()[0].pk])],
        "link_numbers": [reverse("link_numbers", args=[each]) for each in (ISP_ID, OTHER_UNIT["isp_id"])],
        "work_home": ["/tasks/"],
        "work_list": [reverse("work_list", args=[each]) for each in WORK],
        "work_detail": [reverse("work_detail", args=[kind, pk]) for kind, pk in _work()],
        "campaign_list": ["/campaigns/"],
        "campaign_new": ["/campaigns/new/"],
        "campaign_detail": [reverse("campaign_detail", args=[each.pk]) for each in Campaign.objects.all()],
        "visit_list": ["/visits/", "/visits/?who=&state=all"],
        "visit_detail": [reverse("visit_detail", args=[each.pk]) for each in Visit.objects.all()[:3]],
        "audit_list": ["/audit/", "/audit/?q=没有这样的", f"/audit/?ref={made.waiting.ref}"],
        "code_list": ["/codes/", "/codes/?good=1&days=365"],
        "rule_list": ["/rules/", "/rules/?kind=off"],
        "impact": ["/rules/impact/", "/rules/impact/?kind=filed"],
        "blacklist": ["/blacklist/", "/blacklist/?tab=websites", "/blacklist/?tab=accesses"],
    }
    user = people["填报"]
    assert user is not None
    team, _made = Team.objects.get_or_create(name="一队")
    team.members.add(user)
    admin: dict[str, Callable[[], str]] = {
        "index": lambda: reverse("admin:index"),
        "app_list": lambda: reverse("admin:app_list", args=["auth"]),
        "filing_team_changelist": lambda: reverse("admin:filing_team_changelist"),
        "filing_team_add": lambda: reverse("admin:filing_team_add"),
        "filing_team_change": lambda: reverse("admin:filing_team_change", args=[team.pk]),
        "filing_team_history": lambda: reverse("admin:filing_team_history", args=[team.pk]),
        "auth_user_changelist": lambda: reverse("admin:auth_user_changelist"),
        "auth_user_add": lambda: reverse("admin:auth_user_add"),
        "auth_user_change": lambda: reverse("admin:auth_user_change", args=[user.pk]),
        "auth_user_history": lambda: reverse("admin:auth_user_history", args=[user.pk]),
        "auth_user_password_change": lambda: reverse("admin:auth_user_password_change", args=[user.pk]),
    }
    return found | imports_scene.pages() | {f"admin:{name}": [address()] for name, address in admin.items()}


def _work() -> Iterator[tuple[str, int]]:
    yield "tasks", VerificationTask.objects.all()[0].pk
    yield "unfiled", UnfiledWebsite.objects.all()[0].pk
    yield "checks", CheckResult.objects.all()[0].pk
    yield "notices", Notice.objects.all()[0].pk
