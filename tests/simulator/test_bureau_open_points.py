"""What the papers leave open is an option, and each of its values answers otherwise."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from lxml import etree

import simulator
import xsd
from simulator.config import Config, ConfigInvalid
from simulator.options import CHECKS, Options
from simulator.scenes import all_scenes
from tests.simulator.bureau_provider import (
    OTHER_ID,
    UNIT,
    Control,
    Provider,
    cancel,
    change,
    changed_site,
    codes_of,
    new_access,
    new_website,
)
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    attachment,
    new_filing,
    upload_data,
    website,
)

XML = upload_data("XZBA", new_filing(1))


def name_of(reply):
    return reply.root.findtext("fileInfos/return_FileName")


PAGE = (Path(simulator.__file__).parents[1] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_it_checks_every_option_and_tells_of_each_in_the_docs():
    names = set(vars(Options()))
    assert set(CHECKS) == names
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert names - told == set()


def test_it_takes_the_configuration_of_its_docs():
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    config = Config.from_json(json.loads(example))
    assert (config.scene, config.scene_minutes, len(config.units)) == ("bureau-down", 5, 2)


def test_it_tells_of_every_scene_in_its_docs():
    assert set(all_scenes()) <= set(re.findall(r"^\| `([\w-]+)`", PAGE, re.MULTILINE))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repeat", "maybe"),
        ("bundle", 0),
        ("bundle", True),
        ("strict_province", "yes"),
        ("hours", ["9", "17:00"]),
        ("hours", ["09:00"]),
        ("address_ranges", ["203.0.113.0/33"]),
        ("address_ranges", ["203.0.113.0-x"]),
        ("address_ranges", "203.0.113.0/24"),
        ("operations", [9]),
        ("omit", ["Ztid"]),
        ("filing_password", ""),
        ("old_system", [5]),
        ("moon", 1),
    ],
)
def test_it_refuses_a_value_that_an_option_does_not_have(provider, name, value):
    with pytest.raises(ConfigInvalid):
        Options().changed({name: value})
    status, answer = Control(provider.running).post("options", {name: value})
    assert (status, name in answer["error"]) == (400, True)


# How calls are answered ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [2, 0, 1, 3])
def test_it_answers_an_empty_queue_with_the_code_of_the_option(start, code):
    _, client = start({"options": {"empty_code": code}})
    reply = client.download()
    assert (reply.code, reply.root.find("fileInfos")) == (code, None)


@pytest.mark.parametrize("more", [3, 0, 1])
@pytest.mark.parametrize("last", [1, 0, 3])
def test_it_answers_a_file_with_the_codes_of_the_options(start, more, last):
    _, client = start({"options": {"more_file_code": more, "last_file_code": last}})
    client.upload(1, XML)
    first = client.download()
    assert (first.code, bool(name_of(first))) == (more, True)
    client.acknowledge(name_of(first))
    assert client.download().code == last


@pytest.mark.parametrize(("form", "codes"), [("queue", [3, 1]), ("queue2", [3, 2]), ("zero", [0, 0])])
def test_it_answers_an_acknowledgement_as_the_option_says(start, form, codes):
    _, client = start({"options": {"ack_code": form}})
    client.upload(1, XML)
    assert [client.acknowledge(name_of(client.download())).code for _ in range(2)] == codes


@pytest.mark.parametrize(
    ("form", "name"),
    [("entry", "first.xml"), ("zip", "first.zip"), ("own", f"SC{ISP_ID}00000001.zip")],
)
def test_it_names_the_previous_upload_as_the_option_says(start, form, name):
    _, client = start({"options": {"previous_name": form}})
    client.upload(1, XML, "first.xml")
    reply = client.previous()
    assert name_of(reply) == name
    assert client.open(reply) == XML


def verify(provider, number, password="Demo-12345"):
    path = "/BeianStatusWebService/verifyBamm"
    return provider.client.call(path, "isp_verifybamm", hashAlgorithm=0, baxh=number, bamm=password)


@pytest.mark.parametrize(
    ("form", "right"), [("either", (0, 0)), ("subject", (0, 999)), ("website", (999, 0))]
)
def test_it_takes_the_number_that_the_option_says_for_a_password(provider, form, right):
    provider.running.bureau.set_options({"bamm_number": form})
    subject = provider.subject
    codes = (verify(provider, subject.number).code, verify(provider, subject.websites[0].number).code)
    assert codes == right


def test_it_keeps_its_hours_for_uploads_only_where_asked(start):
    _, client = start({"options": {"hours": ["03:00", "03:01"]}}, clock=lambda: 1_800_000_000.0)
    assert (client.upload(1, XML).code, client.download().code) == (20, 20)
    _, client = start(
        {"options": {"hours": ["03:00", "03:01"], "hours_for": "upload"}}, clock=lambda: 1_800_000_000.0
    )
    assert (client.upload(1, XML).code, client.download().code, client.previous().code) == (20, 2, 0)


# What the checks ask for -----------------------------------------------------------------------------

LOWER, UPPER = PASSWORD_MD5, PASSWORD_MD5.upper()


@pytest.mark.parametrize(
    ("case", "codes"), [("either", [1001, 1001]), ("lower", [1001, 1018]), ("upper", [1018, 1001])]
)
def test_it_compares_filing_passwords_in_the_case_of_the_option(provider, case, codes):
    provider.running.bureau.set_options({"password_case": case})
    found = []
    for n, digest in enumerate((LOWER, UPPER)):
        record = new_access(f"<Wzid>{2000001 + n}</Wzid>", n=60 + n, password=digest)
        provider.other.upload(n + 1, upload_data("XZJR", record, isp_id=OTHER_ID))
        found += codes_of(provider.other.fetch_all())
    assert found == codes
    forms = {"either": (0, 0), "lower": (0, 1), "upper": (1, 0)}[case]
    answers = [verify(provider, provider.subject.number, digest) for digest in (LOWER, UPPER)]
    assert tuple(int(item.root.findtext("VerifyRes")) for item in answers) == forms


@pytest.mark.parametrize(("charset", "code"), [("gbk", 1018), ("utf-8", 1001)])
def test_it_hashes_filing_passwords_in_the_charset_of_the_option(start, charset, code):
    options = {"filing_password": "备案-12345", "password_charset": charset}
    provider = Provider(*start({"units": [UNIT, {**UNIT, "isp_id": OTHER_ID}], "options": options}))
    digest = hashlib.md5("备案-12345".encode()).hexdigest()
    record = new_access("<Wzid>2000001</Wzid>", password=digest)
    provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID))
    assert codes_of(provider.other.fetch_all()) == [code]


@pytest.mark.parametrize(
    ("asked", "codes"),
    [("required", [1001, 1001, 1001]), ("given", [1001, 1018, 1001]), ("always", [1018, 1018, 1001])],
)
def test_it_looks_at_passwords_that_need_not_be_given_as_the_option_says(provider, asked, codes):
    provider.running.bureau.set_options({"password_asked": asked})
    sites = provider.subject.websites
    extra = ("", f"<ICPmm>{'0' * 32}</ICPmm>", f"<ICPmm>{LOWER}</ICPmm>")
    changes = [change(provider.subject).replace("</Bgxx>", f"{mark}</Bgxx>") for mark in extra]
    assert [codes_of(provider.send("BGBA", record)) for record in changes] == [[code] for code in codes]
    added = [
        new_website(f"<Ztid>{provider.subject.ztid}</Ztid>", website(70 + n)).replace(
            "</Xzxx>", f"{mark}</Xzxx>"
        )
        for n, mark in enumerate(extra)
    ]
    assert [codes_of(provider.send("XZWZ", record)) for record in added] == [[code] for code in codes]
    wrong = codes_of(provider.send("ZXBA", cancel(1, sites[1].wzid, "0" * 32)))
    assert wrong == [codes[1]]


@pytest.mark.parametrize(
    ("form", "codes", "left"), [("keep", [1001], 2), ("return", [1016], 2), ("drop", [1001], 1)]
)
def test_it_takes_a_change_that_names_only_some_websites_as_the_option_says(provider, form, codes, left):
    provider.running.bureau.set_options({"change_unnamed": form})
    first, second = provider.subject.websites
    documents = provider.send("BGBA", change(provider.subject, sites=changed_site(first)))
    assert codes_of(documents) == codes
    assert len(provider.subject.active_websites()) == left
    gone = [item.text for document in documents for item in document.iterfind(".//Zxxx/Jlid")]
    assert gone == ([str(second.wzid)] if form == "drop" else [])
    if form == "return":
        assert codes_of(provider.send("BGBA", change(provider.subject))) == [1001]


def picture(size: int) -> str:
    """Base64 of a JPEG of so many bytes."""
    data = b"\xff\xd8\xff\xe0" + b"x" * (size - 4)
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("form", "use", "largest"),
    [("bytes", 2, 102_400), ("bytes", 1, 153_600), ("characters", 2, 75_000), ("characters", 1, 112_500)],
)
def test_it_limits_images_by_what_the_option_says(start, form, use, largest):
    _, client = start({"options": {"image_limit": form}})
    for n, size in enumerate((largest, largest + 1), start=1):
        fj = attachment(str(n), kind=1, use=use, content=picture(size))
        client.upload(n, upload_data("XZBA", new_filing(n, fj=fj)))
        assert codes_of(client.fetch_all()) == [1001 if size == largest else 5010]


def test_it_takes_images_of_any_size_where_asked(start):
    _, client = start({"options": {"image_limit": "none"}})
    fj = attachment("1", kind=1, use=2, content=picture(400_000))
    client.upload(1, upload_data("XZBA", new_filing(1, fj=fj)))
    assert codes_of(client.fetch_all()) == [1001]


# What comes back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["as_sent", "number", "subject"])
def test_it_names_requests_in_results_as_the_option_says(provider, form):
    provider.running.bureau.set_options({"bs_form": form})
    subject = provider.subject
    ztid, number = str(subject.ztid), subject.number
    first = subject.websites[0]
    filing = provider.send("XZBA", new_filing(30))[0].findtext(".//Jg_xx/Bs")
    added = provider.send("XZWZ", new_website(f"<Ztid>{ztid}</Ztid>", website(31)))[0].findtext(".//Jg_xx/Bs")
    record = new_access(f"<Wzid>{first.wzid}</Wzid>", n=32)
    provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID))
    access = provider.other.fetch_all()[0].findtext(".//Jg_xx/Bs")
    provider.client.fetch_all()
    changed = provider.send("BGBA", change(provider.subject))[0].findtext(".//Jg_xx/Bs")
    gone = provider.send("ZXBA", cancel(1, first.wzid))[0].findtext(".//Jg_xx/Bs")
    assert (filing, added, access, changed, gone) == {
        "as_sent": ("30", ztid, "32", ztid, str(first.wzid)),
        "number": ("30", number, first.number, number, first.number),
        "subject": ("30", ztid, "32", ztid, ztid),
    }[form]


@pytest.mark.parametrize(("form", "told"), [("whole", [2, 3]), ("changed", [1, 1])])
def test_it_tells_filed_data_whole_or_only_what_changed(provider, form, told):
    provider.running.bureau.set_options({"filed_part": form})
    first = provider.subject.websites[0]
    _, changed = provider.send("BGBA", change(provider.subject, sites=changed_site(first)))
    _, added = provider.send("XZWZ", new_website(f"<Ztid>{provider.subject.ztid}</Ztid>", website(31)))
    assert [len(document.findall(".//Wz_xx")) for document in (changed, added)] == told
    assert changed.findtext(".//Wzid") == str(first.wzid)
    assert xsd.violations(added, xsd.Kind.DOWNLOAD) == []


@pytest.mark.parametrize("encoding", ["GBK", "GB18030", "UTF-8"])
def test_it_writes_downloads_in_the_encoding_of_the_option(start, encoding):
    _, client = start({"options": {"download_encoding": encoding}})
    client.upload(1, upload_data("XZBA", new_filing(1, Dwmc="示例𠮷公司")))
    client.acknowledge(name_of(client.download()))
    content = client.open(client.download())
    assert encoding.encode() in content[:60]
    rare = b"&#134071;" if encoding == "GBK" else "𠮷".encode(encoding)
    assert rare in content
    assert etree.fromstring(content).findtext(".//Dwmc") == "示例𠮷公司"


# One unit otherwise ----------------------------------------------------------------------------------


def test_it_treats_a_unit_otherwise_where_its_configuration_says_so(start):
    units = [
        UNIT,
        {**UNIT, "isp_id": OTHER_ID, "options": {"results": "result_only"}, "decide": {"mode": "manual"}},
    ]
    provider = Provider(*start({"units": units, "options": {"ack_code": "zero"}}))
    bureau = provider.running.bureau
    provider.other.upload(1, upload_data("XZBA", new_filing(9), isp_id=OTHER_ID))
    assert provider.other.fetch_all() == []
    assert [case.isp_id for case in bureau.pending()] == [OTHER_ID]
    bureau.decide(9)
    results, _ = provider.other.fetch_all()
    assert codes_of([results]) == [1001] and results.find(".//Gjsh") is None
    results, _ = provider.send("XZBA", new_filing(10))
    assert results.find(".//Gjsh") is not None
    assert bureau.conduct.options(OTHER_ID).ack_code == "zero", "what it does not name holds for it too"


def test_it_treats_a_unit_otherwise_by_hand(provider):
    control = Control(provider.running)
    control.post("options", {"unit": OTHER_ID, "empty_code": 0})
    control.post("decide", {"unit": OTHER_ID, "mode": "manual"})
    assert (provider.client.download().code, provider.other.download().code) == (2, 0)
    first, second = control.state()["units"]
    assert (first["mode"], second["mode"]) == ("auto", "manual")
    assert (first["own_options"], second["own_options"]) == ({}, {"empty_code": 0})
    control.post("options", {"empty_code": 1})
    assert (provider.client.download().code, provider.other.download().code) == (1, 0)
    assert control.post("options", {"unit": 7, "empty_code": 1})[0] == 400


def test_it_lays_a_units_own_over_the_scene(start):
    units = [UNIT, {**UNIT, "isp_id": OTHER_ID, "decide": {"mode": "auto"}}]
    running, _ = start({"units": units, "scene": "training"})
    assert [running.bureau.conduct.policy(unit).mode for unit in (ISP_ID, OTHER_ID)] == ["manual", "auto"]


@pytest.mark.parametrize(
    "own",
    [{"options": {"moon": 1}}, {"decide": {"mode": "dice"}}, {"options": [1]}, {"decide": {"refuse": [1]}}],
)
def test_it_refuses_a_unit_with_an_unknown_way(start, own):
    with pytest.raises(ConfigInvalid):
        start({"units": [{**UNIT, **own}]})
