"""What bureaus make of the rules: the closest setting holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from filing.choices import Operation, RequestState, Severity
from filing.models import BureauRule, Request
from filing.rules import check
from filing.services.bureau_rules import Going, UnknownRule, set_rule, settings_for
from filing.services.codes import load_builtin_codes
from filing.services.contexts import contexts_of
from filing.services.errors import RecordInvalid
from reporting.services.links import LinkParameters, set_link
from tests import factories

pytestmark = pytest.mark.django_db
RULE = "addresses_are_not_examples"
BEIJING, HEBEI = 110000, 130000


@pytest.fixture
def links() -> None:
    load_builtin_codes()
    for isp_id, province in ((factories.ISP_ID, BEIJING), (factories.OTHER_ISP_ID, HEBEI)):
        set_link(LinkParameters(isp_id, province, "http://bureau.invalid", "demo", "demo-password"))


def of(isp_id: int | None, province: int | None = None) -> str:
    [(settings, _province)] = settings_for([Going(isp_id, province)])
    found = settings.of(RULE, 1006)
    return found.setting if found else ""


def test_it_lets_the_closest_hold(links: None) -> None:
    assert of(factories.ISP_ID) == ""
    set_rule(RULE, "off")
    assert (of(factories.ISP_ID), of(None), of(5)) == ("off", "off", "off")
    set_rule(RULE, "warn", province=HEBEI)
    assert of(factories.ISP_ID) == "off"
    assert of(factories.ISP_ID, 130100) == "warn", "forwarded to the bureau of the subject's province"
    set_rule(RULE, "block", province=BEIJING)
    assert (of(factories.ISP_ID, 130100), of(None)) == ("block", "block"), "the default link is Beijing's"
    set_rule(RULE, "off", isp_id=factories.ISP_ID)
    assert of(factories.ISP_ID, 130100) == "off"


def test_it_prefers_the_rules_name_to_its_code(links: None) -> None:
    set_rule("1006", "off")
    set_rule(RULE, "block")
    assert of(factories.ISP_ID) == "block"


def test_it_replaces_what_was_said_of_the_same_place() -> None:
    set_rule(RULE, "off")
    set_rule(RULE, "block", words="京管局要求")
    assert [(each.setting, each.words) for each in BureauRule.objects.all()] == [("block", "京管局要求")]


@pytest.mark.parametrize(("rule", "setting"), [("no_such_rule", "off"), ("9999", "off"), (RULE, "maybe")])
def test_it_refuses_what_it_does_not_know(rule: str, setting: str) -> None:
    with pytest.raises(UnknownRule):
        set_rule(rule, setting)
    assert not BureauRule.objects.exists()


def test_it_makes_a_warning_stop_a_request_in_the_bureaus_words() -> None:
    request = factories.draft(factories.user("owner", "enter_request"))
    set_rule(RULE, "block", words="本省不收示例地址")
    with pytest.raises(RecordInvalid, match="本省不收示例地址"):
        factories.submit(request, user=factories.user("owner", "enter_request"))
    set_rule(RULE, "off")
    factories.submit(request, user=factories.user("owner", "enter_request"))
    assert Request.objects.get(pk=request.pk).state == RequestState.IN_REVIEW


def test_it_switches_on_what_is_off_by_itself(links: None) -> None:
    request = factories.draft(isp_id=factories.OTHER_ISP_ID)
    content = request.revisions.get().content
    assert 1045 not in {each.code for each in found(request, content)}
    set_rule("1045", "block", isp_id=factories.OTHER_ISP_ID)
    [told] = [each for each in found(request, content) if each.code == 1045]
    assert (told.severity, told.path) == (Severity.BLOCK, "subject.address.province")


def found(request: Request, content: dict[str, Any]) -> list[Any]:
    return check(Operation.NEW_FILING, content, contexts_of([(request, content)])[0])


def test_it_is_set_on_the_screen_by_administrators_only(client: Client, links: None) -> None:
    staff = factories.user("owner", "enter_request")
    client.force_login(staff)
    data = {"rule": RULE, "setting": "block", "place": f"province:{BEIJING}", "words": "示例"}
    assert client.post("/rules/set/", data).status_code == 403
    assert "加上" not in client.get("/rules/").content.decode()
    staff.is_superuser = True
    staff.save()
    assert client.post("/rules/set/", data).status_code == 302
    row = BureauRule.objects.get()
    assert (row.rule, row.province, row.isp_id, row.words, row.changed_by) == (
        RULE,
        BEIJING,
        None,
        "示例",
        staff,
    )
    assert "北京" in client.get("/rules/").content.decode()
    client.post("/rules/set/", {"rule": "nothing", "setting": "block"})
    client.post("/rules/set/", {"remove": str(row.pk)})
    assert not BureauRule.objects.exists()


def test_it_finds_rules_by_code_and_words(client: Client) -> None:
    client.force_login(factories.user("owner", "enter_request"))
    text = client.get("/rules/?q=1041").content.decode()
    assert "首页网址在所填域名之下" in text and "域名只填一次" not in text
    assert "主体在报备的省内" in client.get("/rules/?kind=off").content.decode()
