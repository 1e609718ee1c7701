"""A provider's database of any size, made by the server itself: a million of subjects takes minutes.

As it would be after years: nearly all requests approved, one in 200 open, some withdrawn; subjects of 31 provinces with
websites, domains, accesses and ranges, one in fifty cancelled, one website in ten also connected elsewhere. Nothing of
it is anybody's: names are put together of invented words and letters drawn by number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Model

from benchmarks import material
from filing.choices import FiledState, Operation, RequestState
from filing.documents.operations import read_content
from filing.documents.own_ids import assign
from filing.identifiers import initials_of
from filing.models import Access, AddressRange, Domain, Request, RequestEvent, Revision, Subject, Website
from filing.services import codes
from filing.services.attachments import StoredImages
from reporting.models import DataFile, FileEntry, Link
from reporting.services.links import set_link

PLACES = ("北京", "上海", "深圳", "广州", "杭州", "成都", "重庆", "南京", "武汉", "西安")
WORDS = (
    "虚构",
    "晨光",
    "远山",
    "星河",
    "云帆",
    "明德",
    "华信",
    "瑞丰",
    "天成",
    "中和",
    "博雅",
    "汇通",
    "启明",
    "鼎盛",
)
TRADES = ("科技", "网络", "信息技术", "贸易", "文化传媒", "餐饮管理", "机电设备")
FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "工作室", "中心")
LETTERS = (
    "春夏秋冬江河湖海日月星辰金木水火土东南西北安宁康健富贵荣华兴"
    "盛通达仁义礼智信诚和平光明正大永恒远志高飞龙凤虎鹤松竹梅兰菊石玉"
)
PROVINCES = (
    *(110000, 120000, 130000, 140000, 150000, 210000, 220000, 230000, 310000, 320000, 330000, 340000),
    *(350000, 360000, 370000, 410000, 420000, 430000, 440000, 450000, 460000, 500000, 510000, 520000),
    *(530000, 540000, 610000, 620000, 630000, 640000, 650000),
)
ELSEWHERE = 310000000002
A_FILE = 10
"""What comes in through the day goes out in small files."""
_FIRST_ADDRESS = 16_777_216

_CANCELS = "n %% 5 = 4"
_CANCELLATION = "jsonb_build_object('bureau_id', 200000000 + n, 'reason', 1)"
_DRAWN = "abs(hashint8({n} * 31 + {salt}))"
_OPEN = (
    (RequestState.DRAFT, 8),
    (RequestState.IN_REVIEW, 6),
    (RequestState.REVIEW_RETURNED, 3),
    (RequestState.READY, 4),
    (RequestState.AWAITING_BUREAU, 16),
    (RequestState.FORWARDED, 4),
    (RequestState.RETURNED, 6),
    (RequestState.REJECTED, 3),
)
"""What stands where among fifty open requests."""


def fill(requests: int, subjects: int) -> User:
    """Fill the database; returns somebody who may enter and review. `subjects` is at least `requests`."""
    codes.load_builtin_codes()
    set_link(material.LINK)
    people = [User.objects.create_user(f"person{number}", first_name=f"员工{number}") for number in range(3)]
    for person in people:
        person.groups.set(Group.objects.filter(name__in=("填报", "审核", "链路")))
    _filed(subjects)
    _asked(requests, people)
    _sent(requests)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return people[0]


def name_of(number: int) -> str:
    """The name of a subject, as the server made it."""
    return Subject.objects.values_list("name", flat=True).get(pk=number)


def _filed(subjects: int) -> None:
    names = _names()
    cancelled = f"CASE WHEN n %% 50 = 7 THEN '{FiledState.CANCELLED}' ELSE '{FiledState.FILED}' END"
    moment = f"now() - make_interval(mins => ({subjects} - n) / 4 + 60)"
    common = {"id": "n", "isp_id": str(material.ISP_ID), "updated_at": moment, "proof": "'{\"download\": 1}'"}
    person = {"responsible_name": "'林一诺'", "mobile": "'138' || lpad((n %% 100000000)::text, 8, '0')"}
    number = "'京ICP备' || lpad((10000000 + n)::text, 8, '0') || '号'"
    insert(
        Subject,
        subjects,
        common
        | person
        | names
        | {
            "bureau_id": "100000000 + n",
            "own_id": "n",
            "number": number,
            "nature": f"CASE WHEN {_drawn(9, 10)} = 0 THEN 5 ELSE 4 END",
            "province": f"({array(PROVINCES)})[1 + least({_drawn(5, 40)}, {len(PROVINCES) - 1})]",
            "certificate_type": "1",
            "certificate_number": "'91110108MA' || lpad(n::text, 8, '0')",
            "address_detail": "'虚构路 ' || n || ' 号'",
            "state": cancelled,
        },
    )
    insert(
        Website,
        subjects,
        common
        | person
        | {
            "bureau_id": "200000000 + n",
            "own_id": "n",
            "subject_id": "n",
            "number": f"{number} || '-1'",
            "name": f"{_picked(WORDS, 1)} || {_letter(11)} || {_letter(12)} || '官网'",
            "home_url": "'www.site' || n || '.cn'",
            "state": cancelled,
        },
    )
    insert(
        Domain,
        subjects,
        common
        | {
            "bureau_id": "300000000 + n",
            "own_id": "n",
            "website_id": "n",
            "name": f"{_domain()} || n || '.cn'",
        },
    )
    insert(
        Access,
        subjects,
        common
        | {
            "bureau_id": "400000000 + n",
            "own_id": "n",
            "website_id": "n",
            "provider_id": f"CASE WHEN n %% 10 = 3 THEN {ELSEWHERE} ELSE {material.ISP_ID} END",
            "state": cancelled,
        },
    )
    insert(
        AddressRange,
        subjects,
        common
        | {
            "bureau_id": "500000000 + n",
            "own_id": "n",
            "access_id": "n",
            "start": f"{_FIRST_ADDRESS} + n * 8",
            "end": f"{_FIRST_ADDRESS} + n * 8 + (n %% 4)",
        },
    )
    restart(Subject, Website, Domain, Access, AddressRange, last=subjects)


def _asked(requests: int, people: list[User]) -> None:
    """Requests with the names of the first subjects, a revision and the history of each."""
    # A small provider has as many open: what is compared is the size of the tables, not how full a page is.
    every = max(5, min(200, requests // 200))
    step = "CASE " + " ".join(
        f"WHEN n %% {every} = 0 AND n / {every} * 13 %% 50 < {upto} THEN '{state}'"
        for state, upto in _up_to()
    )
    state = step + f" WHEN n %% 40 = 1 THEN '{RequestState.WITHDRAWN}' ELSE '{RequestState.APPROVED}' END"
    moment = f"now() - make_interval(mins => ({requests} - n) * 5 + 30)"
    who = f"({array([person.pk for person in people])})[1 + n %% {len(people)}]"
    insert(
        Request,
        requests,
        {
            "id": "n",
            "ref": "'R-' || lpad(n::text, 8, '0')",
            "operation": f"CASE WHEN {_CANCELS} THEN 'cancel_website' ELSE 'new_filing' END",
            "isp_id": str(material.ISP_ID),
            "state": state,
            "state_changed_at": moment,
            "created_at": f"{moment} - interval '3 days'",
            "updated_at": moment,
            "ready_at": moment,
            "accepted_at": moment,
            "target": f"CASE WHEN {_CANCELS} THEN 'website:' ELSE 'own-subject:' END || n",
            "result_keys": "ARRAY[n::text]",
            "decision_keys": "ARRAY[n::text]",
            "subject_own_id": "n",
            "subject_name": "(SELECT name FROM filing_subject WHERE id = n)",
            "subject_initials": "(SELECT initials FROM filing_subject WHERE id = n)",
            "domains": "ARRAY(SELECT name FROM filing_domain WHERE website_id = n)",
            "created_by_id": who,
            "submitted_by_id": who,
            "icp_password": "''",
        },
    )
    insert(
        Revision,
        requests,
        {
            "id": "n",
            "request_id": "n",
            "number": "1",
            "content": f"CASE WHEN {_CANCELS} THEN {_CANCELLATION} ELSE {_content()} END",
            "created_at": moment,
            "saved_at": moment,
            "frozen_at": f"CASE WHEN n %% {every} = 0 THEN NULL ELSE {moment} END",
        },
        [json.dumps(_document())],
    )
    moves = ("draft", "in_review", "ready", "packed", "uploading", "awaiting_bureau", "approved")
    for place, moved in enumerate(moves):
        insert(
            RequestEvent,
            requests,
            {
                "id": f"n * {len(moves)} + {place}",
                "request_id": "n",
                "revision_number": "1",
                "old_state": f"'{moves[place - 1] if place else ''}'",
                "new_state": f"'{moved}'",
                "actor_kind": "'link'",
                "actor_name": "'报备链路'",
                "at": f"{moment} - interval '{len(moves) - place} hours'",
            },
        )
    restart(Request, Revision, last=requests)
    restart(RequestEvent, last=(requests + 1) * len(moves))


def _sent(requests: int) -> None:
    """Data files of 1,000 records, and where each request stands in them."""
    files = max(1, requests // A_FILE)
    moment = f"now() - make_interval(hours => {files} - n + 1)"
    insert(
        DataFile,
        files,
        {
            "id": "n",
            "link_id": str(Link.objects.get().pk),
            "sequence": "n",
            "name": "'XZ' || lpad(n::text, 8, '0') || '.zip'",
            "zip_md5": "md5(n::text)::varchar(24)",
            "sha256": "sha256(n::text::bytea)::text::varchar(64)",
            "xml_sha256": "sha256(n::text::bytea)::text::varchar(64)",
            "xml_bytes": "1000000",
            "zip_size": "100000",
            "record_count": str(A_FILE),
            "state": "'accepted'",
            "attempts": "1",
            "packed_at": moment,
            "sent_at": moment,
            "settled_at": moment,
            "pruned_at": moment,
        },
    )
    insert(
        FileEntry,
        requests,
        {
            "id": "n",
            "file_id": f"least(1 + (n - 1) / {A_FILE}, {files})",
            "request_id": "n",
            "revision_number": "1",
            "position": "n",
            "outcome": "'approved'",
        },
    )
    Link.objects.update(next_sequence=files + 1)
    restart(DataFile, last=files)
    restart(FileEntry, last=requests)


def _names() -> dict[str, str]:
    """Name and initials, put together of the same pieces."""
    pieces = [(PLACES, 1), (WORDS, 2), (list(LETTERS), 3), (list(LETTERS), 4), (list(LETTERS), 5)]
    pieces += [(TRADES, 6), (FORMS, 7)]
    return {
        "name": " || ".join(_picked(values, salt) for values, salt in pieces),
        "initials": " || ".join(_picked([initials_of(v) for v in values], salt) for values, salt in pieces),
    }


def _picked(values: Any, salt: int) -> str:
    return f"({array(values)})[1 + {_drawn(salt, len(values))}]"


def _letter(salt: int) -> str:
    return f"substr('{LETTERS}', 1 + {_drawn(salt, len(LETTERS))}, 1)"


def _domain() -> str:
    return _picked(("shop", "mail", "news", "data", "travel", "xugou", "chenguang"), 21)


def _drawn(salt: int, among: int) -> str:
    """A number below `among` that looks like chance and is the same in each run."""
    return f"({_DRAWN.format(n='n', salt=salt)} %% {among})"


def array(values: Any) -> str:
    return "ARRAY[" + ", ".join(str(v) if isinstance(v, int) else f"'{v}'" for v in values) + "]"


def _up_to() -> list[tuple[str, int]]:
    total, found = 0, []
    for state, share in _OPEN:
        total += share
        found.append((str(state), total))
    return found


def _document() -> dict[str, Any]:
    """A new filing as drafts hold it."""
    item = material.filing(1)
    content, problems = read_content(
        Operation.NEW_FILING, {name: item[name] for name in ("subject", "websites")}, StoredImages()
    )
    if problems:
        raise SystemExit(f"the invented filing is none: {problems[0]}")
    return assign(content)


def _content() -> str:
    """The document with the names and numbers of the n-th subject."""
    changes = {
        "{subject,own_id}": "n",
        "{subject,name}": "(SELECT name FROM filing_subject WHERE id = n)",
        "{subject,certificate,number}": "'91110108MA' || lpad(n::text, 8, '0')",
        "{websites,0,own_id}": "n",
        "{websites,0,domains,0,name}": "(SELECT name FROM filing_domain WHERE website_id = n)",
    }
    found = "%s::jsonb"
    for path, value in changes.items():
        found = f"jsonb_set({found}, '{path}', to_jsonb({value}))"
    return found


def insert(
    model: type[Model], last: int, given: Mapping[str, str], parameters: list[Any] | None = None
) -> None:
    """One row for each n up to `last`. What is not given gets its field's default."""
    columns, values, more = [], [], list(parameters or [])
    for field in model._meta.concrete_fields:
        columns.append(connection.ops.quote_name(str(field.column)))
        if field.attname in given:
            values.append(f"({given[field.attname]})::{field.db_type(connection)}")
        else:
            values.append(f"%s::{field.db_type(connection)}")
            default = field.get_default()
            more.append([] if isinstance(field, ArrayField) else field.get_db_prep_save(default, connection))
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM generate_series(1, %s) AS n"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*more, last])


_OWN_NUMBERS = ("own_subject_id", "own_website_id", "own_domain_id", "own_access_id", "own_range_id")


def restart(*models: type[Model], last: int) -> None:
    """Let the next key, and the next number of our own, be a new one."""
    with connection.cursor() as cursor:
        for sequence in _OWN_NUMBERS:
            cursor.execute("SELECT setval(%s, greatest(%s, nextval(%s)))", [sequence, last + 1, sequence])
        for model in models:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, last]
            )
