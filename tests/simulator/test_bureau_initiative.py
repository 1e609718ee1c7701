from __future__ import annotations

import pytest

import xsd
from simulator.config import Config, ConfigInvalid
from simulator.initiative import CATCH_UP, KINDS
from tests.simulator.bureau_provider import OTHER_ID, UNIT, Control, codes_of
from tests.simulator.bureau_samples import ISP_ID, Client, HandClock, new_filing, upload_data, website

TAGS = {
    "verification_task": "HSRW",
    "unfiled": "WBAWZLB",
    "blacklist": "HMDLB",
    "illegal_access": "FFJRHMD",
    "notice": "XGTZ",
    "check": "HCJG",
    "codes": "JCDM",
    "sync": "SJTB",
    "filed": "BASJ",
}


def begin(start, clock, *, filed=True, **initiative):
    """A bureau with a filing of two websites and a schedule that begins then."""
    running, client = start(clock=clock)
    if filed:
        client.upload(1, upload_data("XZBA", new_filing(1, sites=website(1) + website(2))))
        client.fetch_all()
    running.bureau.set_initiative({"every_s": 60, **initiative})
    return running, client


def test_it_starts_nothing_by_itself_by_default(start):
    clock = HandClock()
    running, client = start(clock=clock)
    clock.now += 30 * 86400
    assert client.fetch_all() == []
    assert running.bureau.queue(ISP_ID) == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_it_starts_each_kind_by_itself_inside_the_schema(start, kind):
    clock = HandClock()
    running, client = begin(start, clock, kinds=[kind])
    clock.now += 59
    assert client.fetch_all() == []
    clock.now += 60 * 12 + 1
    documents = client.fetch_all()
    assert len(documents) == 13
    for document in documents:
        assert document.find(f".//{TAGS[kind]}") is not None
        assert xsd.violations(document, xsd.Kind.DOWNLOAD) == []
    lines = [entry for entry in running.bureau.journal if entry.method == "initiative"]
    assert {entry.remark for entry in lines} == {kind}
    assert len({entry.file_name for entry in lines}) == 13


def test_it_names_every_kind_for_the_test_above():
    assert set(TAGS) == set(KINDS)


def test_it_speaks_of_the_filings_it_holds(start):
    clock = HandClock()
    running, client = begin(start, clock, kinds=["verification_task", "notice", "check", "sync"])
    [subject] = running.bureau.filings()
    known = {str(subject.ztid), *(str(site.wzid) for site in subject.websites)}
    clock.now += 60 * 30
    documents = client.fetch_all()
    named = {item.text for doc in documents for item in doc.iter("Ztid", "Wzid", "Jlid")}
    assert named and named <= known


def test_it_invents_what_needs_no_filing_while_it_holds_none(start):
    clock = HandClock()
    running, client = begin(start, clock, filed=False)
    clock.now += 60 * 40
    documents = client.fetch_all()
    tags = {child.tag for document in documents for child in document.iter(*TAGS.values())}
    assert tags == {"WBAWZLB", "HMDLB", "FFJRHMD", "JCDM", "SJTB"}
    assert len(documents) == 40
    assert running.bureau.lists.domains and running.bureau.lists.subjects


def test_it_means_what_it_starts(start):
    clock = HandClock()
    running, client = begin(start, clock, kinds=["unfiled"], times=1)
    clock.now += 60
    [document] = client.fetch_all()
    domain = document.findtext(".//Wzym_mc")
    assert document.findtext(".//IP") == str(
        running.bureau.filings()[0].websites[0].accesses[0].ranges[0].first
    )
    answer = (
        f"<Clxx><Ym>{domain}</Ym><IP>3405803777</IP><Yys>1</Yys><Jrs>1</Jrs><Shengid>110000</Shengid>"
        "<Cljg>1</Cljg><Clyj>已停止接入</Clyj><Rbsj>2026-11-01</Rbsj><Clsx>2026-11-30</Clsx></Clxx>"
    )
    client.upload(2, upload_data("WBACLJG", answer))
    assert codes_of(client.fetch_all()) == [1001]


def sent(start, seed, steps):
    clock = HandClock()
    running, client = begin(start, clock, seed=seed)
    for step in steps:
        clock.now += step
        running.bureau.advance()
    return [(doc[0].tag, doc[0][0].tag, "".join(doc.itertext())) for doc in client.fetch_all()]


def test_it_starts_the_same_for_a_seed_however_often_it_is_looked_at(start):
    first = sent(start, 5, [60] * 20)
    assert len(first) == 20
    kinds = [item[:2] for item in first]
    assert [item[:2] for item in sent(start, 5, [1200])] == kinds
    assert sent(start, 5, [60] * 20) == first
    assert [item[:2] for item in sent(start, 6, [1200])] != kinds


def test_it_ends_after_so_many_times(start):
    clock = HandClock()
    running, client = begin(start, clock, times=3)
    clock.now += 3600
    assert len(client.fetch_all()) == 3
    clock.now += 3600
    assert client.fetch_all() == []
    assert Control(running).state()["initiative"]["next_at"] is None


def test_it_makes_up_for_a_long_silence_only_in_part(start):
    clock = HandClock()
    running, client = begin(start, clock, kinds=["codes"])
    clock.now += 60 * 10_000
    assert len(client.fetch_all()) == CATCH_UP
    assert Control(running).state()["initiative"]["turns"] == 10_000


def test_it_lets_another_kind_stand_in_for_what_cannot_be_said(start):
    clock = HandClock()
    running, client = begin(start, clock, kinds=["check", "codes"])
    [subject] = running.bureau.filings()
    for site in subject.websites:
        site.domains[0].name = "x"  # too short for a check result
    running.bureau.registry.save(subject)
    clock.now += 60 * 60
    assert len(client.fetch_all()) == 60
    remarks = [entry.remark for entry in running.bureau.journal if entry.method == "initiative"]
    assert any(remark.startswith("check: breaks the download schema") for remark in remarks)


def test_it_speaks_to_each_unit_of_its_own(start):
    clock = HandClock()
    other = {**UNIT, "isp_id": OTHER_ID}
    running, client = start({"units": [UNIT, other]}, clock=clock)
    client.upload(1, upload_data("XZBA", new_filing(1)))
    client.fetch_all()
    running.bureau.set_initiative({"every_s": 60, "kinds": ["sync", "unfiled"]})
    clock.now += 60 * 40
    mine, theirs = client.fetch_all(), Client(running.url, isp_id=OTHER_ID).fetch_all()
    assert len(mine) + len(theirs) == 40 and len(mine) > 5 and len(theirs) > 5
    assert not [doc for doc in theirs if doc.find(".//SJTB/ICP") is not None]
    assert {item.text for doc in theirs for item in doc.iter("Jrs")} == {str(OTHER_ID)}


def test_it_goes_on_with_its_turns_after_a_restart(start, tmp_path):
    clock = HandClock()
    config = {"state_dir": str(tmp_path), "initiative": {"every_s": 60, "kinds": ["codes"]}}
    running, client = start(config, clock=clock)
    clock.now += 120
    assert len(client.fetch_all()) == 2
    running.stop()
    clock.now += 60
    running, client = start(config, clock=clock)
    assert len(client.fetch_all()) == 1


def test_it_is_set_and_stopped_by_hand(provider):
    control = Control(provider.running)
    status, answer = control.post("initiative", {"every_s": 3600, "kinds": ["notice"], "times": 2})
    assert (status, answer["initiative"]["kinds"]) == (200, ["notice"])
    control.post("clock", {"advance_s": 3600})
    assert len(provider.client.fetch_all()) == 1
    assert control.post("initiative", {"every_s": 0})[1]["initiative"]["next_at"] is None
    control.post("clock", {"advance_s": 7200})
    assert provider.client.fetch_all() == []


@pytest.mark.parametrize(
    "doc",
    [{"kinds": ["dance"]}, {"kinds": []}, {"every_s": -1}, {"every_s": "x"}, {"seed": "x"}, {"colour": 1}],
)
def test_it_refuses_a_schedule_it_does_not_understand(provider, doc):
    with pytest.raises(ConfigInvalid):
        Config.from_json({"initiative": doc})
    assert Control(provider.running).post("initiative", doc)[0] == 400
