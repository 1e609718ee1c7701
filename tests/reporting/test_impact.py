"""What a change breaks: found by a pass over everything, with progress, again when something changed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from filing.choices import RequestState
from filing.code_tables import CodeOrigin, CodeTable
from filing.filed_data import DomainData
from filing.models import Broken, ImpactRun
from filing.services import codes, impact
from filing.services.bureau_rules import set_rule
from filing.services.codes import CodeRow
from filing.services.filed import record_filed
from reporting.demo import papers
from reporting.services.impact import refresh, run_now, schema_problems, schema_version
from tests import factories
from tests.reporting.commands import run as run_command

S = RequestState
pytestmark = pytest.mark.django_db
RULE = "addresses_are_not_examples"


@pytest.fixture(autouse=True)
def tables(db: None) -> None:
    codes.load_builtin_codes()


def file_another() -> None:
    """A filing of somebody else than the owner of the requests."""
    site = factories.filed_website(2001, DomainData("another.cn", 3001), number="京ICP备1号-1")
    data = factories.filed_subject(
        site, number="京ICP备1号", certificate_number=papers.credit_code(110108, 9)
    )
    record_filed(data, isp_id=factories.ISP_ID, proof={})


def names(run: ImpactRun | None) -> dict[str, set[int]]:
    return {
        (each.request.ref if each.request else each.subject.number): {
            problem["code"] for problem in each.problems
        }  # type: ignore[union-attr]
        for each in Broken.objects.filter(run=run)
    }


def test_it_finds_nothing_where_nothing_changed_and_goes_through_all_once() -> None:
    requests = [factories.request_in(state) for state in (S.DRAFT, S.IN_REVIEW, S.READY, S.AWAITING_BUREAU)]
    file_another()
    run = refresh()
    assert run is not None and run.finished_at is not None
    assert (run.total, run.done, names(run)) == (len(requests), len(requests), {}), (
        "what is at the bureau is left alone"
    )
    assert refresh() is None, "nothing changed since"


def test_it_lists_what_a_bureaus_new_rule_breaks() -> None:
    draft, ready = factories.draft(), factories.request_in(S.READY)
    file_another()
    refresh()
    set_rule(RULE, "block")
    assert impact.is_due(schema_version())
    assert names(refresh()) == {draft.ref: {1006}, ready.ref: {1006}, "京ICP备1号": {1006}}


def test_it_lists_what_a_new_code_table_breaks() -> None:
    request = factories.request_in(S.IN_REVIEW)
    refresh()
    rows = [CodeRow(1, "一种方式"), CodeRow(3, "虚拟主机", is_valid=False)]
    codes.store_table(CodeTable.ACCESS_METHOD, rows, origin=CodeOrigin.DOWNLOADED)
    found = refresh()
    assert names(found) == {request.ref: {1035}}
    assert "已停用" in Broken.objects.get(run=found).problems[0]["message"]


def test_it_takes_gaps_of_a_draft_for_gaps() -> None:
    content = factories.stored_filing()
    del content["subject"]["responsible"]["office_phone"], content["websites"][0]["domains"]
    factories.draft(content=content)
    assert names(run_now()) == {}


def test_it_asks_the_schema_about_what_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    request = factories.draft()
    content = request.revisions.get().content
    assert schema_problems(request, content) == []
    content["subject"]["name"] = "甲" * 300
    assert schema_problems(request, content) == [], "not complete: out of bounds"
    content["subject"]["name"] = "甲"
    monkeypatch.setattr("reporting.services.impact.build_record", _with_a_wrong_tag)
    assert "Dwmc" in str(schema_problems(request, content))


def _with_a_wrong_tag(builder: Any, content: Any, extras: Any) -> Any:
    from_builder = builder.build(content, extras)
    name = next(from_builder[0].iter("Dwmc"))
    name.text = ""
    return type("Record", (), {"section": builder.section, "elements": tuple(from_builder)})()


def test_it_runs_once_at_a_time_and_begins_anew_after_a_killed_one() -> None:
    first = impact.begin()
    assert first is not None
    assert (impact.begin(), run_now()) == (None, None)
    ImpactRun.objects.update(alive_at=timezone.now() - impact.DEAD_AFTER - timedelta(seconds=1))
    assert run_now() is not None


def test_it_keeps_the_last_runs_only() -> None:
    for _ in range(impact.KEPT_RUNS + 2):
        run_now()
    assert ImpactRun.objects.count() == impact.KEPT_RUNS


def test_it_needs_no_more_queries_for_more(django_assert_max_num_queries: Any) -> None:
    for _ in range(12):
        factories.request_in(S.IN_REVIEW)
    run_now()
    with django_assert_max_num_queries(40):
        run_now()


def test_it_is_told_by_the_command_and_on_the_page(client: Client) -> None:
    request = factories.request_in(S.READY)
    set_rule(RULE, "block")
    ran = run_command("impact", "--json")
    assert (ran.code, json.loads(ran.out)["broken"][0]["ref"]) == (0, request.ref)
    client.force_login(factories.user("owner", "enter_request"))
    text = client.get("/rules/impact/").content.decode()
    assert request.subject_name in text and "代码 1006" in text
    set_rule(RULE, "off")
    assert "又变了" in client.get("/rules/impact/").content.decode()
    run = impact.begin(schema_version())
    assert f"0 / {run.total}" in client.get("/rules/impact/progress/").content.decode()  # type: ignore[union-attr]
    impact.work(run)  # type: ignore[arg-type]
    assert client.get("/rules/impact/progress/").headers["HX-Refresh"] == "true"
