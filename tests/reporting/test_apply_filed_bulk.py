"""Filed data applied by the hundred ends as filed data applied one by one, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from filing.choices import RequestState as S
from filing.models import Access, AddressRange, Domain, Request, RequestEvent, Subject, Website
from filing.services import outcomes
from reporting.models import DataFile, DownloadItem, FileEntry, Link
from reporting.services import apply, file_states
from reporting.services.apply_filed_bulk import Batch
from reporting.services.pack import pack
from tests.reporting.downloads import apply as apply_xml
from tests.reporting.downloads import apply_again, receive
from tests.reporting.material import ISP_ID, filing_json, ready, states, website_json
from tests.reporting.random_filed import UNSTORABLE_SPAN, Spec, basj, files

KINDS: tuple[type[Model], ...] = (Subject, Website, Domain, Access, AddressRange)
OWNERS = {"subject_id": Subject, "website_id": Website, "access_id": Access}
WORD: dict[str, Any] = {
    "codes": [],
    "words": "",
    "reason": "管局下发",
    "proof": {"download": -1, "position": 1},
}


def accepted(link: Link) -> None:
    file = pack(link)
    assert file is not None
    file_states.begin_sending(file)
    file_states.accept(file, reason="操作成功", proof={"code": 0})
    link.refresh_from_db()


def requests_in_many_states(link: Link) -> list[Request]:
    """New filings that wait, are decided, are under way or in doubt; new websites, one and two; a new access."""
    sites = {"operation": "new_website", "subject_bureau_id": 11}
    made = ready(
        *range(1, 6),
        sites | {"ref": "one", "websites": [website_json(1)]},
        {"ref": "two", "operation": "new_website", "subject_bureau_id": 12}
        | {"websites": [website_json(2), website_json(3)]},
        {"ref": "jr", "operation": "new_access", "website_bureau_id": 21, "icp_password": "Demo-12345"}
        | {"access": website_json()["accesses"][0]},
    )
    accepted(link)
    for request in made:
        request.refresh_from_db()
    outcomes.mark_approved(made[1], **WORD)
    outcomes.mark_rejected(made[2], **WORD)
    outcomes.mark_returned(made[3], **WORD)
    Request.objects.filter(pk=made[4].pk).update(state=S.UPLOADING)
    made += ready(6, 7)
    file = pack(link)
    assert file is not None
    file_states.begin_sending(file)
    file_states.doubt(file, "没有应答")
    made += ready(filing_json(8, isp_id=ISP_ID))
    return made


# --- everything there is, without times and with ranks for keys --------------------------------------


def everything() -> dict[str, Any]:
    ranks = {
        kind: {key: rank for rank, key in enumerate(_all(kind).values_list("pk", flat=True))}
        for kind in KINDS
    }
    found: dict[str, Any] = {}
    for kind in KINDS:
        rows = [_without(row, "id", "updated_at") for row in _all(kind).values()]
        for row in rows:
            row |= {name: ranks[owner][row[name]] for name, owner in OWNERS.items() if name in row}
        found[kind.__name__] = rows
    times = ("updated_at", "state_changed_at", "decided_at", "accepted_at")
    found["requests"] = [
        _without(row, *times) | {name: row[name] is None for name in times} for row in _all(Request).values()
    ]
    events = RequestEvent.objects.order_by("request", "pk").values()
    found["events"] = [_without(row, "id", "at") for row in events]
    items = DownloadItem.objects.order_by("download", "position").values()
    found["items"] = [_without(row, "id", "applied_at") for row in items]
    entries = _all(FileEntry).values("request_id", "file_id", "outcome", "outcome_at")
    found["entries"] = [row | {"outcome_at": row["outcome_at"] is None} for row in entries]
    found["files"] = list(_all(DataFile).values("sequence", "state", "message", "proof"))
    found["links"] = list(Link.objects.values("next_sequence", "circuit"))
    return found


def _all(kind: type[Model]) -> Any:
    return kind._default_manager.order_by("pk")


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """In words that a person can read: which column of which row."""
    found = [
        f"{name}: {len(one[name])} rows, not {len(rows)}"
        for name, rows in other.items()
        if len(one[name]) != len(rows)
    ]
    for name, rows in other.items():
        for place, (left, right) in enumerate(zip(one[name], rows, strict=False)):
            changed = [key for key in right if left[key] != right[key]]
            found += [f"{name} {place}: {key} is {left[key]!r}, not {right[key]!r}" for key in changed]
    return found


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def applied_to(
    link: Link, files: list[bytes], *, one_by_one: bool, together: list[int] | None = None
) -> dict[str, Any]:
    """Everything as it is after these files. `together` gets the size of each batch that was stored as a whole."""
    downloads = [receive(link, xml) for xml in files]
    first = downloads[0].pk
    with pytest.MonkeyPatch.context() as patch:
        if one_by_one:
            patch.setattr(apply, "FILED", "no kind goes together")
        if together is not None:
            real = Batch.apply
            patch.setattr(Batch, "apply", lambda batch: _counted(real, batch, together))
        for download in downloads:
            apply.apply_download(download)
    found = everything()
    # Each way has downloads of its own, which proofs and items name.
    return _renamed(found, {each.pk: f"file {each.pk - first}" for each in downloads})


def _counted(real: Any, batch: Batch, together: list[int]) -> Any:
    found = real(batch)
    together.append(len(found))
    return found


def _renamed(value: Any, numbers: dict[int, str]) -> Any:
    if isinstance(value, dict):
        renamed = {key: _renamed(each, numbers) for key, each in value.items()}
        for key in ("download", "download_id"):
            renamed |= {key: numbers.get(value[key], value[key])} if key in value else {}
        return _without(renamed, "name") if "download" in value else renamed
    return [_renamed(each, numbers) for each in value] if isinstance(value, list) else value


def same_for(link: Link, *, examples: int, derandomize: bool) -> list[int]:
    """Compare both ways for random files; returns how many records went together at a time."""
    contents = [each.revisions.get().content for each in requests_in_many_states(link)]
    together: list[int] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # to shrink one would take minutes; what differs is told by column
    )
    @given(several=st.lists(files(contents), min_size=1, max_size=3))
    def same(several: list[list[Spec]]) -> None:
        documents = [basj(*records) for records in several]
        with undone():
            one = applied_to(link, documents, one_by_one=False, together=together)
        with undone():
            other = applied_to(link, documents, one_by_one=True)
        assert differences(one, other) == []

    same()
    return together


@pytest.mark.django_db
def test_it_ends_as_one_by_one_whatever_comes_together(quiet_link: Link) -> None:
    together = same_for(quiet_link, examples=30, derandomize=True)
    assert len(together) > 15 and max(together) > 3, "nearly nothing went together: that tells nothing"


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.django_db
def test_it_ends_as_one_by_one_for_many_more(quiet_link: Link) -> None:
    same_for(quiet_link, examples=200, derandomize=False)


# --- one by one where it must be -------------------------------------------------------------------------


def site(n: int, *spans: tuple[int, int]) -> Spec:
    access = {
        "id": 400 + n,
        "own": None,
        "ranges": [{"id": None, "own": None, "span": each} for each in spans],
    }
    domain = {"id": 300 + n, "own": None, "name": f"shili{n}.cn"}
    return {"id": 200 + n, "own": None, "name": "站", "number": "", "domains": [domain], "accesses": [access]}


def spec(n: int, **more: Any) -> Spec:
    return {
        "id": 100 + n,
        "own": None,
        "name": f"示例{n}号有限公司",
        "number": "",
        "paper": "X",
        "websites": [site(n, (n, n))],
    } | more


@pytest.mark.django_db
def test_it_finds_the_one_bad_record_among_many(quiet_link: Link, django_assert_max_num_queries: Any) -> None:
    bad = spec(37, websites=[site(37, UNSTORABLE_SPAN)])
    xml = basj(*(bad if n == 37 else spec(n) for n in range(1, 65)))
    download = receive(quiet_link, xml)
    # Six times in halves (of which one each goes), and two records alone: far from the 1,000 of one by one.
    with django_assert_max_num_queries(300):
        apply.apply_download(download)
    items = list(download.items.order_by("position"))
    assert [item.position for item in items if item.outcome != "applied"] == [37]
    assert "出错" in items[36].reason
    assert set(Subject.objects.values_list("bureau_id", flat=True)) == {
        100 + n for n in range(1, 65) if n != 37
    }
    download.refresh_from_db()
    assert download.applied_at is not None


@pytest.mark.django_db
def test_it_tells_what_cannot_be_read_and_applies_the_rest(quiet_link: Link) -> None:
    items = apply_xml(quiet_link, basj(*(spec(n, **({"name": ""} if n == 2 else {})) for n in range(1, 5))))
    assert [item.outcome for item in items] == ["applied", "failed", "applied", "applied"]
    assert "Dwmc" in items[1].reason
    assert [item.summary for item in items[2:]] == ["示例3号有限公司", "示例4号有限公司"]


@pytest.mark.django_db
def test_it_changes_nothing_when_it_is_applied_again(quiet_link: Link) -> None:
    requests = requests_in_many_states(quiet_link)
    contents = [each.revisions.get().content for each in requests]
    theirs = [
        spec(n, own=content["subject"]["own_id"], paper=content["subject"]["certificate"]["number"])
        for n, content in enumerate(contents[:4], 1)
    ]
    items = apply_xml(quiet_link, basj(*theirs, spec(9)))
    assert {item.outcome for item in items} == {"applied"}
    assert states(*requests[:4]) == ["approved"] * 4
    before, told = everything(), RequestEvent.objects.count()
    apply_again(items)
    after = everything()
    notes = RequestEvent.objects.order_by("pk")[told:]
    assert {(note.old_state, note.new_state) for note in notes} == {("approved", "approved")}
    kept = [*(kind.__name__ for kind in KINDS), "requests", "entries", "files", "links"]
    assert differences({n: after[n] for n in kept}, {n: before[n] for n in kept}) == []
    assert [item.outcome for item in DownloadItem.objects.all()] == ["applied"] * 5


@pytest.mark.django_db
@pytest.mark.parametrize("state", [S.UPLOADING, S.UNCERTAIN])
def test_it_leaves_what_is_under_way_to_itself_and_applies_its_neighbours(state: S, quiet_link: Link) -> None:
    """UPLOADING waits for its call; UNCERTAIN is proved to have arrived."""
    requests = requests_in_many_states(quiet_link)
    mine = next(each for each in Request.objects.filter(state=state).order_by("pk"))
    content = mine.revisions.get().content["subject"]
    own = {"own": content["own_id"], "paper": content["certificate"]["number"]}
    items = apply_xml(quiet_link, basj(*(spec(n, **(own if n == 3 else {})) for n in range(1, 6))))
    waits = state == S.UPLOADING
    assert [item.outcome for item in items] == ["applied"] * 2 + ["waiting" if waits else "applied"] + [
        "applied"
    ] * 2
    assert states(mine) == [state if waits else S.APPROVED]
    assert Subject.objects.count() == (4 if waits else 5) and len(requests) > 8


@pytest.mark.django_db
def test_it_believes_only_what_is_still_so_when_it_is_written(quiet_link: Link, monkeypatch: Any) -> None:
    """A decision that comes in between: what was read before it counts no more, and the record is applied afresh."""
    requests = requests_in_many_states(quiet_link)
    content = requests[0].revisions.get().content["subject"]
    own = {"own": content["own_id"], "paper": content["certificate"]["number"]}
    real = Batch.apply

    def decided_just_now(batch: Batch) -> Any:
        monkeypatch.setattr(Batch, "apply", real)
        outcomes.mark_rejected(Request.objects.get(pk=requests[0].pk), **WORD)
        return real(batch)

    monkeypatch.setattr(Batch, "apply", decided_just_now)
    items = apply_xml(quiet_link, basj(spec(1, **own), spec(2), spec(3)))
    assert {item.outcome for item in items} == {"applied"}
    assert states(requests[0]) == [S.APPROVED]
    assert Subject.objects.count() == 3
