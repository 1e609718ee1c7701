"""Every operation on what is filed, from JSON to the bureau's decision, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from filing.actors import COMMAND
from filing.choices import FiledState, RequestState
from filing.models import Domain, Request, Subject, Website
from filing.services.drafts import start_correction
from filing.services.intake import import_requests
from reporting.models import DataFile, DownloadItem, Link
from reporting.services.download import poll_link
from reporting.services.ledger_check import check_file, problems_of
from reporting.services.pack import pack
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.material import filing_json, picture_text, website_json

pytestmark = pytest.mark.django_db(transaction=True)
S = RequestState
PASSWORD = "Demo-12345"


def take_in(*items: dict[str, Any]) -> None:
    rows = import_requests(list(items), ready=True)
    assert [str(problem) for row in rows for problem in row.problems] == []


def round_trip(link: Link) -> None:
    send_link(link, asked=True)
    poll_link(link, asked=True)


def state_of(ref: str) -> str:
    return Request.objects.get(ref=ref).state


@pytest.fixture(autouse=True)
def every_file_stands_the_check(transactional_db: None) -> Iterator[None]:
    """Whatever was sent here, the ledger finds it as it says: each operation names its records in its own way."""
    yield
    for file in DataFile.objects.select_related("link"):
        assert problems_of(check_file(file)) == [], file


@pytest.fixture
def filed(link: Link) -> Subject:
    """A subject with one website that this bureau has filed for us."""
    take_in(filing_json(1))
    round_trip(link)
    subject = Subject.objects.get()
    assert (subject.number, state_of("t-0001")) == ("京ICP备2026000001号", S.APPROVED)
    return subject


def new_website(subject: Subject, *numbers: int, ref: str = "w", **more: Any) -> dict[str, Any]:
    websites = [website_json(n) for n in numbers]
    return {
        "ref": ref,
        "operation": "new_website",
        "subject_number": subject.number,
        "websites": websites,
    } | more


def test_it_files_a_new_website_under_the_subject_number(link: Link, filed: Subject) -> None:
    attachment = {"format": 1, "purpose": 1, "owner": "website", "owner_index": 0, "content": picture_text()}

    take_in(new_website(filed, 2, attachments=[attachment]))
    round_trip(link)

    assert state_of("w") == S.APPROVED
    numbers = {website.number for website in filed.websites.all()}
    assert numbers == {"京ICP备2026000001号-1", "京ICP备2026000001号-2"}


def test_it_is_rejected_when_one_of_two_websites_is_and_corrects_only_that_one(
    link: Link, filed: Subject, bureau: Bureau
) -> None:
    item = new_website(filed, 2, 3)
    item["websites"][1]["name"] = "拒绝站"

    take_in(item)
    round_trip(link)

    request = Request.objects.get(ref="w")
    assert request.state == S.REJECTED
    assert sorted(each["approved"] for each in request.decisions.values()) == [False, True]
    assert "网站名称与主办者不相符" in request.bureau_words
    assert filed.websites.count() == 2  # the approved one is filed although the request is not

    corrected = new_website(filed, 3)
    assert import_requests([corrected], ready=True, correct=True)[0].problems == []
    round_trip(link)

    request.refresh_from_db()
    assert (request.state, request.revision_number) == (S.APPROVED, 2)
    assert filed.websites.count() == 3


def test_it_leaves_out_approved_websites_when_a_correction_is_opened_on_screen(
    link: Link, filed: Subject
) -> None:

    item = new_website(filed, 2, 3)
    item["websites"][0]["name"] = "好站"
    item["websites"][1]["name"] = "拒绝站"
    attachment = {"format": 1, "purpose": 1, "owner": "website", "owner_index": 1, "content": picture_text()}
    take_in(item | {"attachments": [attachment]})
    round_trip(link)

    revision = start_correction(Request.objects.get(ref="w"), actor=COMMAND)

    assert [website["name"] for website in revision.content["websites"]] == ["拒绝站"]
    assert revision.content["attachments"][0]["owner_index"] == 0


def new_access(bureau: Bureau, **more: Any) -> dict[str, Any]:
    """A new access to a website that another provider connects."""
    neighbour = bureau.add_neighbours()[0]
    access = {
        "server_locations": [2],
        "methods": [2],
        "ip_ranges": [{"start": "203.0.113.80", "end": "203.0.113.80"}],
    }
    number = neighbour.websites[0].number
    return {
        "ref": "a",
        "operation": "new_access",
        "website_number": number,
        "access": access,
        "icp_password": PASSWORD,
    } | more


def test_it_adds_an_access_to_another_providers_website(link: Link, bureau: Bureau) -> None:
    take_in(new_access(bureau))
    assert Request.objects.get(ref="a").icp_password == PASSWORD

    round_trip(link)

    request = Request.objects.get(ref="a")
    assert (request.state, request.icp_password) == (S.APPROVED, "")
    website = Website.objects.get()
    assert website.accesses.filter(own_id=int(request.decision_keys[0])).count() == 1


def test_it_hears_that_the_filing_password_is_wrong(link: Link, bureau: Bureau) -> None:
    take_in(new_access(bureau, icp_password="wrong-password"))

    round_trip(link)

    request = Request.objects.get(ref="a")
    assert (request.state, request.result_codes) == (S.RETURNED, [1018])


def test_it_asks_for_the_password_where_the_bureau_checks_it(link: Link, bureau: Bureau) -> None:
    item = new_access(bureau)
    del item["icp_password"]

    rows = import_requests([item], ready=True)

    assert [problem.path for problem in rows[0].problems] == ["requests[0].icp_password"]
    assert not Request.objects.filter(ref="a").exists()


def test_it_tells_a_subjects_number_from_a_websites(link: Link, filed: Subject) -> None:
    item = {
        "ref": "a",
        "operation": "new_access",
        "website_number": filed.number,
        "access": website_json(9)["accesses"][0],
        "icp_password": PASSWORD,
    }

    rows = import_requests([item], ready=True)

    assert "这是主体备案号" in rows[0].problems[0].message


def change_of(subject: Subject, **changes: Any) -> dict[str, Any]:
    """A change that leaves every id of the bureau out: they are found here."""
    item = filing_json(1)
    held = {key: value for key, value in item["subject"].items() if key != "filed_by"}
    website = item["websites"][0] | {"number": f"{subject.number}-1"}
    return {
        "ref": "c",
        "operation": "change",
        "subject": held | {"number": subject.number} | changes,
        "websites": [website],
    }


def test_it_finds_the_bureaus_ids_of_a_change_and_names_what_is_new_by_ours(
    link: Link, filed: Subject
) -> None:
    item = change_of(filed, investor="李小红")
    item["websites"][0]["domains"].append("shili-new.cn")
    before = Domain.objects.get(name="shili1.cn")

    take_in(item)
    content = Request.objects.get(ref="c").revisions.get().content

    website = content["websites"][0]
    assert content["subject"]["bureau_id"] == filed.bureau_id
    assert website["domains"][0] == {
        "name": "shili1.cn",
        "bureau_id": before.bureau_id,
        "own_id": before.own_id,
    }
    assert "bureau_id" not in website["domains"][1]
    assert website["accesses"][0]["bureau_id"] == filed.websites.get().accesses.get().bureau_id

    round_trip(link)

    filed.refresh_from_db()
    assert (state_of("c"), filed.investor) == (S.APPROVED, "李小红")
    assert {row.name for row in filed.websites.get().domains.all()} == {"shili1.cn", "shili-new.cn"}


def test_it_refuses_a_second_change_while_one_is_open(link: Link, filed: Subject) -> None:
    take_in(change_of(filed))

    rows = import_requests([change_of(filed) | {"ref": "c2"}])

    assert "1017" in rows[0].problems[0].message
    assert not Request.objects.filter(ref="c2").exists()


def test_it_refuses_a_change_of_province(link: Link, filed: Subject) -> None:
    address = {"province": 120000, "city": 120100, "detail": "示例路1号"}

    rows = import_requests([change_of(filed, address=address)], ready=True)

    assert "1046" in rows[0].problems[0].message


def test_it_refuses_an_access_that_a_change_cannot_add(link: Link, filed: Subject) -> None:
    item = change_of(filed)
    another = website_json(8)["accesses"][0] | {
        "ip_ranges": [{"start": "203.0.113.90", "end": "203.0.113.91"}]
    }
    item["websites"][0]["accesses"].append(another)

    rows = import_requests([item], ready=True)

    assert rows[0].problems[0].path == "requests[0].websites[0].accesses[1].bureau_id"


def test_it_cancels_a_website_by_its_number(link: Link, filed: Subject) -> None:
    take_in(new_website(filed, 2))
    round_trip(link)

    take_in({"ref": "x", "operation": "cancel_website", "number": f"{filed.number}-2", "reason": 1})
    round_trip(link)

    assert state_of("x") == S.APPROVED


def test_it_cancels_our_access_of_another_providers_website(link: Link, bureau: Bureau) -> None:
    bureau.set_options({"access_cancelled": "data"})  # filed data without it comes, and no word of what went
    item = new_access(bureau)
    take_in(item)
    round_trip(link)
    website = Website.objects.get()
    ours = website.accesses.get(provider_id=link.isp_id)

    take_in({"ref": "x", "operation": "cancel_access", "number": item["website_number"], "reason": 1})
    round_trip(link)

    ours.refresh_from_db()
    assert (state_of("x"), ours.state) == (S.APPROVED, FiledState.CANCELLED)
    others = website.accesses.exclude(pk=ours.pk)
    assert [row.state for row in others] == [FiledState.FILED]


def test_it_cancels_a_subject_with_the_password(link: Link, filed: Subject) -> None:
    item = {"ref": "x", "operation": "cancel_subject", "number": filed.number, "reason": 1}

    take_in(item | {"icp_password": PASSWORD})
    round_trip(link)

    filed.refresh_from_db()
    assert (state_of("x"), filed.state) == (S.APPROVED, FiledState.CANCELLED)
    assert filed.websites.get().state == FiledState.CANCELLED


def test_it_says_that_a_cancelled_number_is_not_held(link: Link) -> None:
    item = {"ref": "x", "operation": "cancel_website", "number": "京ICP备2026000009号-1", "reason": 1}

    rows = import_requests([item], ready=True)

    assert "库中没有这条备案" in rows[0].problems[0].message


def test_it_sends_materials_as_records_of_their_own(link: Link, filed: Subject) -> None:
    owner = {"owner": "website", "owner_number": f"{filed.number}-1", "format": 1}
    attachments = [
        owner | {"purpose": 1, "content": picture_text()},
        owner | {"purpose": 4, "content": picture_text("red")},
    ]

    take_in({"ref": "m", "operation": "submit_materials", "attachments": attachments})
    file = pack(link)
    assert file is not None
    round_trip(link)

    assert file.record_count == 2
    assert state_of("m") == S.APPROVED


def test_it_carries_several_operations_in_one_file(link: Link, filed: Subject) -> None:
    take_in(filing_json(7), new_website(filed, 8), change_of(filed))

    round_trip(link)

    file = DataFile.objects.latest("sequence")
    assert (file.record_count, file.entries.count()) == (3, 3)
    assert sorted(file.entries.values_list("position", flat=True)) == [1, 2, 3]
    assert not DownloadItem.objects.exclude(outcome__in=["applied", "noted"]).exists()
