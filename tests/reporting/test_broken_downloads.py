"""Files that fail their check: kept, told, not acknowledged, resolved when a sound one comes or by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.choices import RequestState
from filing.models import Request, Subject
from filing.services.filed import record_filed
from reporting import envelope
from reporting.answers import FileInfo
from reporting.choices import ItemOutcome
from reporting.errors import EnvelopeBroken
from reporting.models import BrokenDownload, Download, DownloadItem, Link
from reporting.services import apply as applying
from reporting.services import broken
from reporting.services.download import poll_link
from reporting.services.inbox_work import apply_all_again
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.factories import filed_subject
from tests.filing import samples
from tests.reporting.downloads import apply, document, receive, sample
from tests.reporting.material import (
    AES_IV,
    AES_KEY,
    ENCRYPTING_UNIT,
    ISP_ID,
    OTHER_UNIT,
    held_elsewhere,
    make_link,
    ready,
    states,
)

pytestmark = pytest.mark.django_db
RESULT = "<BAJG><Jg_xx><Jgxx><Jgdm>{}</Jgdm></Jgxx><Czlx>1</Czlx><Bs>{}</Bs></Jg_xx></BAJG>"


def answered(link: Link) -> list[Request]:
    requests = ready(1)
    send_link(link)
    return requests


def info(content: bytes = b"PK\x03\x04rest", name: str = "XZ1.zip", **more: Any) -> FileInfo:
    values = {"hash_text": "claimed", "encryption": 0, "hash_algorithm": 0, "compression": 0}
    return FileInfo(name=name, content=content, **values | more)


@pytest.fixture
def operator(client: Client, db: None) -> User:
    user = samples.a_person("operator", "链路", first_name="齐修远")
    client.force_login(user)
    return user


# --- kept ------------------------------------------------------------------------------------------


def test_it_keeps_what_failed_its_hash_as_it_came(link: Link, bureau: Bureau) -> None:
    answered(link)
    bureau.faults.add("wrong_hash", method="isp_download", times=2)
    (row,) = poll_link(link)
    kept = BrokenDownload.objects.get()
    first = bureau.queue(ISP_ID)[0]
    assert (kept.bureau_name, kept.reason, kept.times, kept.resolved_at) == (
        first.file_name,
        row.message,
        1,
        None,
    )
    content = bytes(kept.content or b"")
    assert content == bureau.downloads.zip_bytes(first), "what came was sound: the hash was not"
    assert kept.size_bytes == len(content)
    assert kept.claimed_hash != envelope.md5_base64(content)
    poll_link(link, asked=True)
    kept.refresh_from_db()
    assert (BrokenDownload.objects.count(), kept.times) == (1, 2)
    assert kept.first_at < kept.last_at


def test_a_sound_file_of_that_name_resolves_it(link: Link, bureau: Bureau) -> None:
    (request,) = answered(link)
    bureau.faults.add("wrong_hash", method="isp_download")
    poll_link(link)
    other = broken.keep(link, info(name="another.zip"), "坏")
    poll_link(link, asked=True)
    kept = BrokenDownload.objects.exclude(pk=other.pk).get()
    assert (kept.resolved_at is not None, kept.resolved_note) == (True, broken.BY_ITSELF)
    other.refresh_from_db()
    assert other.resolved_at is None
    assert states(request) == [RequestState.APPROVED]


def test_a_name_of_another_link_resolves_nothing(quiet_link: Link) -> None:
    other = make_link("http://bureau.invalid", OTHER_UNIT)
    broken.keep(quiet_link, info(), "坏")
    assert (broken.resolve(other, "XZ1.zip"), broken.resolve(quiet_link, "XZ1.zip")) == (0, 1)


def test_it_keeps_the_bytes_of_a_few_and_counts_the_rest(quiet_link: Link) -> None:
    """A line that garbles the file anew at each try must not fill the disk."""
    for number in range(broken.MOST_ROWS + 5):
        broken.keep(quiet_link, info(b"garbled %d" % number), "坏")
    rows = BrokenDownload.objects.order_by("pk")
    assert rows.count() == broken.MOST_ROWS
    assert rows.filter(content__isnull=False).count() == broken.MOST_CONTENTS
    assert sum(rows.values_list("times", flat=True)) == broken.MOST_ROWS + 5


def test_it_keeps_what_is_large_in_pieces_and_names_what_is_too_large(
    quiet_link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = broken.keep(quiet_link, info(b"x" * 3_000_000), "坏")
    assert BrokenDownload.objects.get(pk=large.pk).content == b"x" * 3_000_000
    monkeypatch.setattr(broken, "MOST_KEPT_BYTES", 10)
    row = broken.keep(quiet_link, info(b"x" * 11, name="n" * 300), "坏")
    row.refresh_from_db()
    assert (row.content, row.size_bytes, len(row.bureau_name)) == (None, 11, 255)


# --- what is wrong with it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "iv", "words"),
    [
        (AES_KEY[::-1], AES_IV, "AES 密钥"),
        (AES_KEY, AES_IV[::-1], "偏移量（IV）"),
        (AES_KEY, AES_IV, "哈希值不符"),
    ],
)
def test_it_says_whether_key_or_iv_are_wrong(quiet_link: Link, key: str, iv: str, words: str) -> None:
    content = envelope.encrypt(envelope.zip_one("A1.xml", b"<a/>" * 100), AES_KEY, AES_IV)
    quiet_link.aes_key, quiet_link.aes_iv = key, iv
    came = info(content, encryption=envelope.ENCRYPTION_AES)
    told = broken.why(quiet_link, came, EnvelopeBroken("哈希值不符，文件可能在途中损坏"))
    assert words in told


def test_a_wrong_key_is_told_on_the_link_and_the_right_one_ends_it(
    start_bureau: Callable[..., Running],
) -> None:
    running = start_bureau(units=[ENCRYPTING_UNIT])
    (request,) = answered(make_link(running.url, ENCRYPTING_UNIT))
    wrong = make_link(running.url, ENCRYPTING_UNIT, aes_key="another-key-0000")
    (row,) = poll_link(wrong)
    assert row.outcome == "broken" and "密钥" in row.message
    wrong.refresh_from_db()
    assert "密钥" in wrong.download_waiting_reason and row.file in wrong.download_waiting_reason
    kept = BrokenDownload.objects.get()
    assert not broken.look(kept).opens_now
    right = make_link(running.url, ENCRYPTING_UNIT)
    found = broken.look(BrokenDownload.objects.get())
    assert found.opens_now and "下一轮下载会收下" in found.words[0]
    poll_link(right)
    assert (states(request), BrokenDownload.objects.get().resolved_note) == (["approved"], broken.BY_ITSELF)


def test_it_looks_at_what_was_kept(quiet_link: Link) -> None:
    def look(content: bytes, **more: Any) -> broken.Look:
        name = f"XZ{len(content)}.zip"
        return broken.look(broken.keep(quiet_link, info(content, name=name, **more), "坏"))

    sound = envelope.md5_base64(b"PK\x03\x04 as it is")
    assert look(b"PK\x03\x04 as it is", hash_text=sound).opens_now
    assert "没有给内容" in look(b"").words[0].replace("却", "")
    assert "没有配置 AES 密钥" in look(b"encrypted?").words[0]
    quiet_link.aes_key, quiet_link.aes_iv = AES_KEY, AES_IV
    quiet_link.save()
    damaged = envelope.encrypt(b"PK\x03\x04 other", AES_KEY, AES_IV)
    found = look(damaged)
    assert "密钥没有问题" in found.words[0] and envelope.md5_base64(b"PK\x03\x04 other") in "".join(
        found.words
    )


# --- shown, and what a person does -------------------------------------------------------------------


def test_it_stands_in_the_inbox_and_on_the_links_page(
    client: Client, operator: User, quiet_link: Link
) -> None:
    row = broken.keep(quiet_link, info(), "哈希值不符，文件可能在途中损坏")
    for address in (reverse("inbox") + "?tab=person", reverse("link_detail", args=[ISP_ID])):
        page = client.get(address).content.decode()
        assert "XZ1.zip" in page and "哈希值不符" in page
        assert reverse("broken_detail", args=[row.pk]) in page
    page = client.get(reverse("inbox")).content.decode()
    assert '需人工处理 <span class="minor">1</span>' in page
    detail = client.get(reverse("broken_detail", args=[row.pk])).content.decode()
    assert row.sha256 in detail and "核对密钥" in detail and "重新放一份" in detail


def test_a_person_says_how_it_was_resolved_and_it_opens_again_where_it_comes_again(
    client: Client, operator: User, quiet_link: Link
) -> None:
    row = broken.keep(quiet_link, info(), "坏")
    address = reverse("broken_resolved", args=[row.pk])
    assert "写明怎么解决的" in client.post(address, {"note": " "}, follow=True).content.decode()
    page = client.post(address, {"note": "管局已撤下"}, follow=True).content.decode()
    assert "齐修远：管局已撤下" in page
    assert "已在" in client.post(address, {"note": "再来"}, follow=True).content.decode()
    assert "XZ1.zip" not in client.get(reverse("inbox") + "?tab=person").content.decode()
    broken.keep(quiet_link, info(), "坏")
    row.refresh_from_db()
    assert (row.resolved_at, row.times) == (None, 2)


@pytest.mark.parametrize(("group", "sees", "acts"), [("填报", 200, 403), ("审核", 200, 403), ("", 403, 403)])
def test_others_look_and_change_nothing(
    client: Client, quiet_link: Link, group: str, sees: int, acts: int
) -> None:
    row = broken.keep(quiet_link, info(), "坏")
    client.force_login(samples.a_person("reader", *filter(None, [group])))
    assert client.get(reverse("broken_detail", args=[row.pk])).status_code == sees
    assert client.post(reverse("broken_resolved", args=[row.pk]), {"note": "x"}).status_code == acts
    row.refresh_from_db()
    assert row.resolved_at is None


# --- everything that failed, once more ---------------------------------------------------------------


def unmatched(link: Link, own_id: int) -> DownloadItem:
    (item,) = apply(link, document(RESULT.format(1015, own_id)))
    assert item.outcome == ItemOutcome.UNMATCHED
    return item


def test_one_click_applies_all_that_failed_after_the_cause_is_gone(
    client: Client, operator: User, link: Link, bureau: Bureau, waiting: Request
) -> None:
    """Results came before the request that they are about was known here under that number."""
    own_id = waiting.subject_own_id or 0
    Request.objects.update(result_keys=[], decision_keys=[])
    mended, lost = unmatched(link, own_id), unmatched(link, 4711)
    Request.objects.update(result_keys=[str(own_id)])
    page = client.post(reverse("inbox_apply"), {"isp_id": ISP_ID}, follow=True).content.decode()
    assert "重新处理了 2 个文件：1 条成功，还有 1 条没有成功" in page
    mended.refresh_from_db()
    lost.refresh_from_db()
    assert (mended.outcome, lost.outcome) == (ItemOutcome.APPLIED, ItemOutcome.UNMATCHED)
    assert states(waiting) == [RequestState.RETURNED]


def test_it_is_by_link(link: Link, client: Client, operator: User) -> None:
    other = make_link("http://bureau.invalid", OTHER_UNIT)
    unmatched(link, 4711)
    unmatched(other, 4711)
    page = client.get(reverse("inbox") + "?tab=person").content.decode()
    assert page.count("全部再处理一次（1 条）") == 2
    assert (apply_all_again(other).files, apply_all_again().files) == (1, 2)
    assert client.post(reverse("inbox_apply"), {"isp_id": 99}).status_code == 404


def test_a_link_that_is_receiving_is_told_and_left_alone(link: Link) -> None:
    from_link = unmatched(link, 4711)
    with held_elsewhere(link, "receiving"):  # type: ignore[arg-type]
        found = apply_all_again()
    assert (found.files, found.busy, found.left) == (0, (str(from_link.download.link),), 1)


def test_it_takes_so_many_at_a_click_and_tells_what_is_left(quiet_link: Link, monkeypatch: Any) -> None:
    monkeypatch.setattr("reporting.services.inbox_work.MOST_FILES_AT_ONCE", 2)
    for number in range(3):
        unmatched(quiet_link, 4711 + number)
    found = apply_all_again()
    assert (found.files, found.files_left, found.settled, found.left) == (2, 1, 0, 3)


def test_what_cannot_be_unsealed_stops_nothing_and_goes_through_once_the_key_is_back(
    quiet_link: Link, settings: Any
) -> None:
    download = receive(quiet_link, sample("notices"))
    keys = list(settings.ICP_ENCRYPTION_KEYS)
    settings.ICP_ENCRYPTION_KEYS = ["q" * 43 + "="]
    quiet_link.save()  # its own secrets were sealed anew; this download was forgotten
    later = receive(quiet_link, sample("task"))
    poll_link(quiet_link)
    later.refresh_from_db()
    assert set(later.items.values_list("outcome", flat=True)) == {ItemOutcome.APPLIED}, (
        "its neighbour went on"
    )
    item = download.items.get()
    assert (item.kind, item.outcome) == ("document", ItemOutcome.FAILED)
    assert "ICP_ENCRYPTION_KEYS" in item.reason
    settings.ICP_ENCRYPTION_KEYS = [*settings.ICP_ENCRYPTION_KEYS, *keys]
    found = apply_all_again()
    assert (found.files, found.settled, found.left) == (1, 1, 0)
    kinds = dict(Download.objects.get(pk=download.pk).items.values_list("kind", "outcome"))
    assert (kinds["document"], kinds["XGTZ"]) == (ItemOutcome.NOTED, ItemOutcome.APPLIED)


def test_what_stumbled_over_a_fault_of_ours_goes_through_once_it_is_mended(quiet_link: Link) -> None:
    def stumble(*_args: object) -> Any:
        raise KeyError("代码表")

    with pytest.MonkeyPatch.context() as faulty:
        faulty.setitem(applying.HANDLERS, "XGTZ", stumble)
        items = apply(quiet_link, sample("notices"))
    assert {(item.outcome, "KeyError" in item.reason) for item in items} == {(ItemOutcome.FAILED, True)}
    found = apply_all_again(quiet_link)
    assert (found.settled, found.left) == (len(items), 0)
    assert {item.outcome for item in DownloadItem.objects.all()} == {ItemOutcome.APPLIED}


def test_a_cancellation_of_what_is_not_known_yet_goes_through_once_it_came(quiet_link: Link) -> None:
    (item,) = apply(quiet_link, document("<ZXSJ><Zxxx><Zxlb>0</Zxlb><Jlid>1001</Jlid></Zxxx></ZXSJ>"))
    assert item.outcome == ItemOutcome.UNMATCHED, item.reason
    assert apply_all_again(quiet_link).left == 1
    record_filed(filed_subject(), isp_id=ISP_ID, proof={})
    assert apply_all_again(quiet_link).settled == 1
    assert Subject.objects.get().cancelled_at is not None
