"""What people are told: once while it lasts, over when it is over, by the way that each chose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.actors import person
from filing.choices import AlertKind, AlertWay, Urgency
from filing.models import Alert, Request
from filing.services import drafts, review
from filing.services.alert_review import tell_reviewers
from filing.services.alert_ways import choose, mail_times, next_digest
from filing.services.alerts import Due, end, end_past, forget_old, keep, mark_read, tell, unread_of
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai


def due(user: User, about: str = "link:1", words: str = "链路已停止", **more: object) -> Due:
    return Due(user.pk, AlertKind.LINK, about, words, "/links/", **more)  # type: ignore[arg-type]


def test_it_tells_the_same_trouble_once_until_it_ends() -> None:
    anna = factories.user("anna", "enter_request")
    assert tell([due(anna)], NOW) == 1
    assert tell([due(anna)], NOW + timedelta(minutes=1)) == 0
    assert end(AlertKind.LINK, ["link:1"], NOW + timedelta(minutes=2)) == 1
    assert end(AlertKind.LINK, ["link:1"]) == 0
    assert tell([due(anna)], NOW + timedelta(minutes=3)) == 1
    assert [row.ended_at is None for row in Alert.objects.order_by("pk")] == [False, True]


def test_it_brings_words_up_to_date_and_is_new_again_only_where_something_came() -> None:
    anna = factories.user("anna", "enter_request")
    tell([due(anna, words="有 1 件", latest_at=NOW)], NOW)
    mark_read(anna)
    tell([due(anna, words="有 2 件")], NOW)
    row = Alert.objects.get()
    assert row.words == "有 2 件" and row.read_at is not None
    tell([due(anna, words="有 3 件", latest_at=timezone.now() + timedelta(minutes=1))], NOW)
    row = Alert.objects.get()
    assert row.words == "有 3 件" and row.read_at is None


def test_it_ends_what_is_no_longer_among_what_stands() -> None:
    anna, bert = factories.user("anna"), factories.user("bert")
    kinds = [AlertKind.LINK]
    keep(kinds, [due(anna), due(bert), due(anna, "link:2")], NOW)
    other = Due(anna.pk, AlertKind.SMS, "sms:1", "请告诉", "/")
    tell([other], NOW)
    assert keep(kinds, [due(anna)], NOW) == 0
    assert set(Alert.objects.filter(ended_at=None).values_list("user", "about")) == {
        (anna.pk, "link:1"),
        (anna.pk, "sms:1"),
    }


def test_it_never_carries_numbers_of_certificates_or_phones() -> None:
    anna = factories.user("anna")
    tell([due(anna, words="退回：证件 11010519491231002X 与 13800138000 不符")])
    words = Alert.objects.get().words
    assert "19491231" not in words and "13800138000" not in words and "110105" in words


def test_it_takes_good_news_away_after_a_while() -> None:
    anna = factories.user("anna")
    news = Due(anna.pk, AlertKind.LINK_AGAIN, "again", "已恢复", "/", Urgency.CALM, due_at=NOW)
    tell([news, due(anna, due_at=NOW)], NOW - timedelta(hours=1))
    assert end_past(NOW - timedelta(minutes=1)) == 0
    assert end_past(NOW) == 1
    assert Alert.objects.get(ended_at=None).kind == AlertKind.LINK
    assert forget_old(NOW + timedelta(days=100)) == 0
    assert forget_old(NOW + timedelta(days=200)) == 1
    assert Alert.objects.get().kind == AlertKind.LINK


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("returned", "管局退回：无效身份证号码"),
        ("rejected", "虚构的拒绝理由"),
        ("review_returned", "审核退改：改"),
    ],
)
def test_it_tells_who_entered_it_in_the_same_transaction_that_it_came_back(state: str, said: str) -> None:
    group = factories.people()
    request = factories.request_in(state, group)
    alert = Alert.objects.get(kind=AlertKind.CAME_BACK)
    assert alert.user == group.owner and alert.ref == request.ref and said in alert.words
    assert alert.url == reverse("request_detail", args=[request.ref])
    drafts.start_correction(request, actor=person(group.owner))
    alert.refresh_from_db()
    assert alert.ended_at is not None


def test_it_tells_both_who_entered_and_who_submitted() -> None:
    group = factories.people()
    request = factories.draft(group.owner)
    factories.submit(request, user=group.colleague)
    third = factories.user("third", "review_request")
    review.return_for_changes(request, user=third, reason="地址不全")
    told = Alert.objects.filter(kind=AlertKind.CAME_BACK)
    assert {row.user_id for row in told} == {group.owner.pk, group.colleague.pk}


def test_it_tells_nobody_of_what_they_did_themselves(settings: Any) -> None:
    settings.ICP_REVIEW_OWN = True
    group = factories.people()
    request = factories.request_in("in_review", group)
    review.return_for_changes(request, user=group.owner, reason="改")
    assert not Alert.objects.exists()


def test_it_tells_nothing_where_the_move_is_undone() -> None:
    group = factories.people()
    request = factories.request_in("in_review", group)
    with pytest.raises(Exception, match="写明"):
        review.return_for_changes(request, user=group.colleague, reason=" ")
    assert not Alert.objects.exists()


def test_it_tells_reviewers_in_one_line_of_what_they_may_decide() -> None:
    group = factories.people()
    factories.request_in("in_review", group)
    second = factories.request_in("in_review", group)
    assert tell_reviewers() == 1
    alert = Alert.objects.get()
    assert alert.user == group.colleague and alert.words == "有 2 件报备单等您审核"
    assert tell_reviewers() == 0
    review.approve(second, user=group.colleague)
    tell_reviewers()
    assert Alert.objects.get().words == "有 1 件报备单等您审核"
    Request.objects.filter(state="in_review").update(state="withdrawn")
    tell_reviewers()
    assert not unread_of(group.colleague).exists()


# --- by which way ---------------------------------------------------------------------------------


def test_it_puts_the_digest_on_the_next_working_day_at_nine() -> None:
    def at(*moment: int) -> str:
        return f"{timezone.localtime(next_digest(datetime(*moment, tzinfo=UTC))):%m-%d %H:%M}"  # type: ignore[misc]

    assert at(2026, 11, 24, 0, 59) == "11-24 09:00"
    assert at(2026, 11, 24, 1, 0) == "11-25 09:00"
    assert at(2026, 11, 27, 2, 0) == "11-30 09:00"  # Friday to Monday


def test_it_goes_by_what_each_chose() -> None:
    anna, bert = factories.user("anna"), factories.user("bert")
    choose(anna, {AlertKind.LINK: AlertWay.PAGE, AlertKind.SMS: AlertWay.AT_ONCE})
    choose(anna, {AlertKind.LINK: AlertWay.DAILY})
    wanted = [(anna.pk, AlertKind.LINK), (bert.pk, AlertKind.LINK), (anna.pk, AlertKind.SMS)]
    times = mail_times([*wanted, (bert.pk, AlertKind.SMS), (bert.pk, AlertKind.SENDING)], NOW)
    assert list(times.values()).count(None) == 2
    assert [times[key] for key in wanted] == [next_digest(NOW), NOW, NOW]


# --- the pages ------------------------------------------------------------------------------------


def test_it_counts_only_what_is_new_and_says_nothing_where_nothing_changed(client: Client) -> None:
    anna = factories.user("anna", "enter_request")
    client.force_login(anna)
    tell([due(anna), due(anna, "link:2", "第二条")])
    page = client.get(reverse("alert_count"))
    assert ">2<" in page.content.decode()
    assert client.get(reverse("alert_count"), {"known": "2"}).status_code == 204
    alert = Alert.objects.get(about="link:2")
    answer = client.get(reverse("alert_open", args=[alert.pk]))
    assert answer.status_code == 302 and answer["Location"] == "/links/"
    assert client.get(reverse("alert_count"), {"known": "2"}).status_code == 200
    assert "第二条" in client.get(reverse("alert_latest")).content.decode()
    assert client.post(reverse("alert_read_all")).status_code == 302
    assert not unread_of(anna).exists()


def test_it_opens_only_ones_own_and_leads_nowhere_else(client: Client) -> None:
    anna, bert = factories.user("anna", "enter_request"), factories.user("bert", "enter_request")
    tell([due(anna)])
    row = Alert.objects.get()
    client.force_login(bert)
    assert client.get(reverse("alert_open", args=[row.pk])).status_code == 404
    assert client.post(reverse("alert_read_all")).status_code == 302
    assert "链路已停止" not in client.get(reverse("alert_list")).content.decode()
    row.refresh_from_db()
    assert row.read_at is None
    Alert.objects.update(url="//evil.example/")
    client.force_login(anna)
    assert client.get(reverse("alert_open", args=[row.pk]))["Location"] == reverse("alert_list")


def test_it_lists_by_kind_and_keeps_what_is_over_apart(client: Client) -> None:
    anna = factories.user("anna", "enter_request")
    client.force_login(anna)
    tell([due(anna), Due(anna.pk, AlertKind.SMS, "sms:1", "请告诉主办者", "/")])
    page = client.get(reverse("alert_list"), {"kind": "sms"}).content.decode()
    assert "请告诉主办者" in page and "链路已停止" not in page
    end(AlertKind.LINK, ["link:1"])
    assert "链路已停止" not in client.get(reverse("alert_list")).content.decode()
    assert "链路已停止" in client.get(reverse("alert_list"), {"past": "1"}).content.decode()


def test_it_saves_the_ways_and_says_that_mail_is_off(client: Client) -> None:
    anna = factories.user("anna", "enter_request")
    client.force_login(anna)
    assert "邮件没有开通" in client.get(reverse("alert_settings")).content.decode()
    client.post(
        reverse("alert_settings"), {"way-link": "daily", "way-sms": "wrong", "way-sending": "at_once"}
    )
    assert list(anna.alert_choices.values_list("kind", "way")) == [("link", "daily")]
    page = client.post(reverse("alert_mail_test"), follow=True).content.decode()
    assert "还没有设置发信服务器" in page
