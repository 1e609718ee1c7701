"""What home takes from the link: stuck requests and the link's own troubles as lines, and a panel of every link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import RequestState
from filing.home_lines import MOST_LINES, Urgency
from reporting.answers import FileInfo
from reporting.choices import Cause, Circuit, Direction, FileState, ItemOutcome, NumberVerdict
from reporting.home import lines, names_of_links
from reporting.link_panel import panels
from reporting.models import DataFile, Diagnosis, Download, DownloadItem, Link, NumberCheck
from reporting.services import broken
from reporting.services.pausing import pause
from tests.filing import samples
from tests.filing.desks import rows
from tests.reporting.material import ISP_ID, OTHER_UNIT, make_link

pytestmark = pytest.mark.django_db

S = RequestState
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def link() -> Link:
    made = make_link("http://127.0.0.1:9")
    Link.objects.filter(pk=made.pk).update(name="北京市", answered_at=timezone.now())
    made.refresh_from_db()
    return made


def stuck(cause: Cause, *, needs_person: bool = True, **columns: Any) -> Diagnosis:
    now = timezone.now()
    (request,) = rows(1, S.AWAITING_BUREAU, since=now - 9 * DAY, isp_id=ISP_ID, **columns)
    return Diagnosis.objects.create(
        request=request,
        cause=cause,
        needs_person=needs_person,
        next_step="向管局询问",
        found_at=now,
        next_look_at=now,
    )


def test_it_tells_staff_what_is_stuck_with_the_bureau_and_operators_what_is_stuck_at_the_link(
    link: Link,
) -> None:
    stuck(Cause.OVERDUE, subject_name="等久公司")
    stuck(Cause.HELD, subject_name="暂缓公司")
    stuck(Cause.WITHIN_TERM, needs_person=False)
    stuck(Cause.LINK_STOPPED)  # the link's own line says it
    over = stuck(Cause.OVERDUE)
    type(over.request).objects.filter(pk=over.request_id).update(
        state_changed_at=timezone.now() + HOUR
    )  # it moved on
    staff = lines(samples.a_person("staff", "填报"))
    (line,) = staff.lines
    assert line.about.startswith("等久公司 · 新增备案 · ")
    assert (line.words, line.action, line.urgency, staff.count) == (
        str(Cause.OVERDUE.label),
        "看诊断",
        Urgency.BACK,
        1,
    )
    operators = lines(samples.a_person("operator", "链路"))
    assert [each.about[:4] for each in operators.lines] == ["暂缓公司"]
    assert lines(samples.a_person("reviewer", "审核")).count == 0


def test_it_tells_operators_of_a_stopped_link_differing_numbers_broken_files_and_the_inbox(
    link: Link,
) -> None:
    now = timezone.now()
    Link.objects.filter(pk=link.pk).update(
        circuit=Circuit.OPEN, circuit_reason="密码错误（代码 5）", circuit_since=now - HOUR
    )
    NumberCheck.objects.create(
        link=link, asked_at=now, our_next=8, bureau_sequence=9, verdict=NumberVerdict.AHEAD
    )
    broken.keep(link, FileInfo("XZ1.zip", b"no zip", "claimed", 1, 0, 0), "哈希不符")
    download = Download.objects.create(
        link=link, bureau_name="XZ2.zip", sha256="0" * 64, zip_bytes=b"", size_bytes=0, received_at=now - DAY
    )
    for position in range(3):
        DownloadItem.objects.create(
            download=download, position=position, path="/", kind="Gjsh", outcome=ItemOutcome.UNMATCHED
        )
    found = lines(samples.a_person("operator", "链路"))
    assert {each.state_words for each in found.lines} == {"链路停止", "编号不一致", "坏文件", "来件待看"}
    by_words = {each.state_words: each for each in found.lines}
    assert by_words["链路停止"].words == "密码错误（代码 5）"
    assert by_words["链路停止"].urgency == Urgency.NOW
    assert by_words["编号不一致"].url == reverse("link_numbers", args=[ISP_ID])
    assert "3 条" in by_words["来件待看"].words
    assert by_words["来件待看"].since == download.received_at
    assert found.count == 4
    assert lines(samples.a_person("staff", "填报")).lines == []


def test_it_tells_twenty_stuck_requests_and_counts_all() -> None:
    make_link("http://127.0.0.1:9")
    for _ in range(MOST_LINES + 2):
        stuck(Cause.OVERDUE)
    found = lines(samples.a_person("staff", "填报"))
    assert (len(found.lines), found.count) == (MOST_LINES, MOST_LINES + 2)


def test_it_names_links_as_people_do(link: Link) -> None:
    other = make_link("http://127.0.0.1:9", OTHER_UNIT)
    assert names_of_links() == {0: "北京", ISP_ID: "北京", other.isp_id: str(other.isp_id)}


# --- the panel ------------------------------------------------------------------------------------


def test_it_shows_the_latest_of_both_directions_and_the_day(link: Link, client: Client) -> None:
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number, settled in ((1, midnight - HOUR), (2, now), (3, now)):
        DataFile.objects.create(
            link=link,
            sequence=number,
            name=f"f{number}.xml",
            state=FileState.ACCEPTED,
            record_count=10,
            sha256=f"{number}" * 64,
            xml_sha256=f"{number}" * 64,
            xml_bytes=1,
            zip_size=1,
            settled_at=settled,
        )
    Download.objects.create(
        link=link,
        bureau_name="XZ2.zip",
        sha256="0" * 64,
        zip_bytes=b"",
        size_bytes=0,
        received_at=midnight - HOUR,
    )
    rows(2, S.AWAITING_BUREAU, isp_id=ISP_ID)
    rows(3, S.READY, isp_id=None)
    (panel,) = panels()
    assert (panel.last_file, panel.files, panel.records, panel.downloads) == (3, 2, 20, 0)
    assert (panel.to_send, panel.at_bureau) == (3, 2)
    client.force_login(samples.a_person("staff", "填报"))
    html = client.get(reverse("link_panel")).content.decode()
    assert "今日 2 个共 20 件，3 件排队" in html
    assert "今日还没有，2 件等审核" in html
    assert "秒前应答" in html


def test_it_says_in_words_that_a_link_is_paused_or_stopped_and_when_it_tries_again(link: Link) -> None:
    operator = samples.a_person("operator", "链路", first_name="修远")
    pause(link, Direction.SENDING, user=operator, reason="割接")
    assert "暂停上报：割接" in panels()[0].circuit
    soon = timezone.now() + timedelta(minutes=5)
    Link.objects.filter(pk=link.pk).update(
        circuit=Circuit.OPEN, upload_not_before=soon, download_not_before=soon
    )
    panel = panels()[0]
    assert panel.circuit.startswith("断开")
    assert "上报" in panel.again
    assert "下载" in panel.again


def test_it_costs_the_same_for_three_requests_and_for_three_hundred(
    link: Link, client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(samples.a_person("staff", "填报"))
    client.get(reverse("link_panel"))
    for how_many in (3, 300):
        rows(how_many, S.AWAITING_BUREAU, isp_id=ISP_ID)
        with django_assert_num_queries(10):
            client.get(reverse("link_panel"))
