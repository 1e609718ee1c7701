from __future__ import annotations

import pytest

from simulator.config import ConfigInvalid
from simulator.running import serve
from tests.simulator.bureau_provider import codes_of
from tests.simulator.bureau_samples import ISP_ID, HandClock, new_filing, upload_data, website


def decided(running, client, config_records):
    client.upload(1, upload_data("XZBA", *config_records))
    return client.fetch_all()


def test_it_approves_after_the_delay(start):
    clock = HandClock()
    running, client = start({"decide": {"delay_s": 60}}, clock=clock)
    assert decided(running, client, [new_filing(1)]) == []
    clock.now += 59
    assert client.download().code == 2
    clock.now += 1
    results, data = client.fetch_all()
    assert codes_of([results]) == [1001]
    assert results.findtext(".//Gjsh/Shjg") == "1"
    assert results.findtext(".//Shyj") == "审核通过"
    assert data.findtext(".//Scbbsj") == "2027-01-15 16:01:00"


def test_it_checks_late_where_asked(start):
    clock = HandClock()
    running, client = start({"decide": {"check_delay_s": 30}}, clock=clock)
    assert decided(running, client, ["<Baxx/>"]) == []
    clock.now += 31
    assert codes_of(client.fetch_all()) == [5001]


def test_it_spreads_decisions_the_same_way_every_time(start):
    orders = []
    for _ in range(2):
        clock = HandClock()
        running, client = start({"decide": {"spread_s": 100}}, clock=clock)
        order = decided(running, client, [new_filing(n) for n in range(1, 9)])
        for _ in range(100):
            clock.now += 1
            running.bureau.advance()
        documents = order + client.fetch_all()
        orders.append([item.text for document in documents for item in document.iter("Jlid")])
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(map(str, range(1, 9)))
    assert orders[0] != sorted(orders[0])


def test_it_refuses_and_returns_names_made_for_training(bureau):
    _, client = bureau
    records = [
        new_filing(1, Dwmc="拒绝公司"),
        new_filing(2, sites=website(2, Wzmc="被退回网站")),
        new_filing(3),
    ]
    [results, data] = decided(None, client, records)
    by_id = {item.findtext("Bs"): item.findtext("Jgxx/Jgdm") for item in results.iter("Jg_xx")}
    assert by_id == {"1": "1002", "2": "1015", "3": "1001"}
    words = {item.findtext("Jlid"): item.findtext("Shyj") for item in results.iter("Gjsh")}
    assert set(words) == {"1", "3"}
    assert "不相符" in words["1"]
    assert [item.text for item in data.iter("IspZtid")] == ["3"]


def test_it_leaves_training_words_alone_where_asked(start):
    running, client = start({"decide": {"training_words": False}})
    decided(running, client, [new_filing(1, Dwmc="拒绝退回公司")])
    assert len(running.bureau.filings()) == 1


def test_it_waits_for_a_person_where_manual(start):
    running, client = start({"decide": {"mode": "manual"}})
    assert decided(running, client, [new_filing(1), new_filing(2), new_filing(3)]) == []
    bureau = running.bureau
    assert [(case.items[0].jlid, case.name) for case in bureau.pending()][:1] == [(1, "示例公司1")]
    assert bureau.decide(2, approve=False, words="请补充材料") == 1
    assert bureau.decide(case_id=bureau.pending()[0].case_id) == 1
    first, _, _ = client.fetch_all()
    assert (first.findtext(".//Jlid"), first.findtext(".//Shyj")) == ("2", "请补充材料")
    assert bureau.decide(99) == 0
    assert bureau.decide() == 1
    assert bureau.pending() == []


def test_it_decides_by_rules_and_leaves_the_rest_to_a_person(start):
    rules = [{"when": {"domain_contains": "site2"}, "words": "域名未实名"}]
    running, client = start({"decide": {"mode": "rules", "refuse": rules}})
    [results] = decided(running, client, [new_filing(1), new_filing(2)])
    assert codes_of([results]) == [1002]
    assert results.findtext(".//Shyj") == "域名未实名"
    assert [case.items[0].jlid for case in running.bureau.pending()] == [1]


def test_it_takes_up_what_waits_when_it_turns_automatic(start):
    running, client = start({"decide": {"mode": "manual"}})
    decided(running, client, [new_filing(1)])
    running.bureau.set_mode("auto")
    assert codes_of(client.fetch_all()) == [1001]


def test_it_returns_at_the_business_check_for_a_rule_with_another_code(start):
    rules = [{"when": {"name_contains": "示例"}, "code": 1052, "times": 1}]
    running, client = start({"decide": {"refuse": rules}})
    [results] = decided(running, client, [new_filing(1)])
    assert codes_of([results]) == [1052]
    assert results.find(".//Gjsh") is None
    client.upload(2, upload_data("XZBA", new_filing(1)))
    assert codes_of(client.fetch_all()) == [1001], "a rule may apply some times only"


def test_it_refuses_after_a_delay_of_the_rules_own(start):
    clock = HandClock()
    sms = {"when": {"name_contains": "示例"}, "words": "短信核验超时", "after_s": 86400}
    running, client = start({"decide": {"refuse": [sms]}}, clock=clock)
    assert decided(running, client, [new_filing(1)]) == []
    clock.now += 86400
    assert client.fetch_all()[0].findtext(".//Shyj") == "短信核验超时"


def refused_by_lot(start, seed):
    running, client = start({"seed": seed, "decide": {"refuse": [{"when": {"share": 0.5}}]}})
    documents = decided(running, client, [new_filing(n) for n in range(1, 41)])
    return [item.findtext("Jlid") for item in documents[0].iter("Gjsh") if item.findtext("Shjg") == "0"]


def test_it_draws_lots_by_seed(start):
    first = refused_by_lot(start, 1)
    assert refused_by_lot(start, 1) == first
    assert refused_by_lot(start, 2) != first
    assert 8 < len(first) < 32


def test_it_refuses_one_operation_only(start):
    rules = [{"when": {"operation": "新增网站"}, "words": "暂不受理新增网站"}]
    running, client = start({"decide": {"refuse": rules}})
    decided(running, client, [new_filing(1)])
    client.upload(2, upload_data("XZWZ", f"<Xzxx><Zt_xx><Ztid>1000001</Ztid></Zt_xx>{website(5)}</Xzxx>"))
    assert codes_of(client.fetch_all()) == [1002]
    assert running.bureau.accepted(ISP_ID)[1][2] == 1


@pytest.mark.parametrize(
    "config",
    [
        {"unknown": 1},
        {"units": [{"isp_id": 1}]},
        {"units": [{"isp_id": "x", "user_name": "a", "password": "b"}]},
        {"units": [{"isp_id": 1, "user_name": "a", "password": "b", "encrypt": True}]},
        {"units": [{"isp_id": 1, "user_name": "a", "password": "b", "aes_key": "short"}]},
        {"units": [{"isp_id": 1, "user_name": "a", "password": "b", "aes_iv": "short"}]},
        {"units": [{"isp_id": 1, "user_name": "a", "password": "b", "colour": "red"}]},
        {"units": [{"isp_id": 1, "user_name": "a", "password": "b"}] * 2},
        {"decide": {"mode": "dice"}},
        {"decide": {"refuse": [{"words": "no when"}]}},
        {"decide": {"refuse": [{"when": {"moon": "full"}}]}},
        {"options": {"repeat": "maybe"}},
        {"options": {"unknown": 1}},
        {"faults": [{"kind": "earthquake"}]},
        {"faults": [{"kind": "delay", "colour": "red"}]},
        [],
    ],
)
def test_it_refuses_a_configuration_it_does_not_understand(config):
    with pytest.raises(ConfigInvalid):
        serve(config or [1])
