from __future__ import annotations

import http.client
import json
import urllib.request
from collections import Counter

import pytest

import xsd
from simulator.__main__ import main, read_fault
from simulator.config import Config, ConfigInvalid
from simulator.running import serve
from simulator.scenes import all_scenes, find_scene
from tests.simulator.bureau_provider import Control, codes_of
from tests.simulator.bureau_samples import ISP_ID, Client, HandClock, new_filing, upload_data

GONE = (http.client.RemoteDisconnected, ConnectionResetError)
WANTED = {
    "quiet",
    "busy-morning",
    "bureau-down",
    "half-refused",
    "lossy-line",
    "office-hours",
    "training",
}


def filing(n):
    return upload_data("XZBA", new_filing(n))


def test_it_has_the_scenes_that_are_promised():
    assert set(all_scenes()) >= WANTED
    for scene in all_scenes().values():
        assert scene.title and scene.about.endswith("。")


@pytest.mark.parametrize("name", list(all_scenes()))
def test_it_lists_scenes_that_a_configuration_could_hold(start, name):
    """Each row is data of the same form as a configuration, so nothing in it is passed over."""
    scene = find_scene(name)
    config = Config.from_json(
        {
            "options": scene.options,
            "decide": scene.decide,
            "faults": list(scene.faults),
            "initiative": scene.initiative,
        }
    )
    running, _ = start({"scene": name})
    assert running.bureau.conduct.options() == config.options
    assert running.bureau.conduct.policy() == config.decide
    assert running.bureau.conduct.schedule() == config.initiative


def test_it_is_quiet_by_default(bureau):
    running, client = bureau
    assert running.bureau.conduct.scene.name == "quiet"
    assert client.upload(1, filing(1)).code == 0
    assert [codes_of([document]) for document in client.fetch_all()] == [[1001], []]
    assert Control(running).state()["scene"]["title"] == "平静"


def test_it_goes_down_for_some_minutes_and_comes_back(start):
    clock = HandClock()
    running, client = start({"scene": {"name": "bureau-down", "minutes": 3}}, clock=clock)
    for _ in range(3):
        with pytest.raises(GONE):
            client.upload(1, filing(1))
    with pytest.raises(GONE):
        describe(running)
    clock.now += 119
    with pytest.raises(GONE):
        client.download()
    clock.now += 2
    assert client.upload(1, filing(1)).code == 901
    assert client.previous().code == 901
    assert client.download().code == 902
    assert [fault["phase"] for fault in Control(running).state()["faults"]] == [
        "over",
        "over",
        "open",
        "open",
    ]
    assert b"definitions" in describe(running)
    clock.now += 60
    assert client.upload(1, filing(1)).code == 0
    assert len(client.fetch_all()) == 2


def describe(running):
    with urllib.request.urlopen(f"{running.url}/ISPWebService/upDownLoad?wsdl") as answer:
        return answer.read()


def test_it_takes_no_more_for_a_while_on_a_busy_morning(start):
    clock = HandClock()
    running, client = start({"scene": "busy-morning"}, clock=clock)
    running.bureau.faults.clear(next(f["fault_id"] for f in faults(running) if f["kind"] == "slow_answer"))
    assert client.upload(1, filing(1)).code == 15
    clock.now += 241
    assert client.upload(1, filing(1)).code == 0
    clock.now += 360
    assert client.upload(2, filing(2)).code == 15, "the burst comes again"
    clock.now += 240
    for n in range(2, 9):
        assert client.upload(n, filing(n)).code == 0
    assert client.upload(9, filing(9)).code == 15, "so many files wait for their decisions"
    clock.now += 7200
    running.bureau.advance()
    about = Counter(item.about for item in running.bureau.queue(ISP_ID))
    assert about["BAJG"] >= 3 and about["BASJ"] >= 3
    assert set(about) & {"XGTZ", "HSRW", "HCJG", "WBAWZLB", "HMDLB", "JCDM"}


def faults(running):
    return running.bureau.faults.to_json()


def test_it_answers_slowly_on_a_busy_morning(start):
    running, _ = start({"scene": "busy-morning"})
    slow = [fault for fault in faults(running) if fault["kind"] == "slow_answer"]
    assert [(fault["share"], fault["times"]) for fault in slow] == [(0.3, None)]


def refused(start, seed):
    running, client = start({"scene": "half-refused", "seed": seed}, clock=(clock := HandClock()))
    client.upload(1, upload_data("XZBA", *(new_filing(n) for n in range(1, 121))))
    clock.now += 2 * 86400
    documents = client.fetch_all()
    assert all(xsd.violations(document, xsd.Kind.DOWNLOAD) == [] for document in documents)
    words = {item.text for document in documents for item in document.iter("Shyj")} - {"审核通过"}
    return len(running.bureau.filings()), Counter(codes_of(documents)), words


def test_it_refuses_about_half_in_many_ways_the_same_for_a_seed(start):
    filed, codes, words = refused(start, 4)
    assert 40 < filed < 80
    assert len(codes) >= 8 and codes[1002] > 10
    assert len(words) >= 5
    assert refused(start, 4) == (filed, codes, words)
    assert refused(start, 5) != (filed, codes, words)


def test_it_loses_its_line_now_and_then(start):
    running, client = start({"scene": "lossy-line", "seed": 3})
    for fault in faults(running):
        if fault["kind"] == "slow_answer":
            running.bureau.faults.clear(fault["fault_id"])
    seen: Counter[str] = Counter()
    for _ in range(60):
        try:
            status, _ = client.post("/ISPWebService/upDownLoad", "isp_download", hashAlgorithm=0)
            seen["answered" if status == 200 else str(status)] += 1
        except (*GONE, http.client.IncompleteRead) as error:
            seen[type(error).__name__] += 1
    assert seen["answered"] > 25
    assert seen["503"] and seen["IncompleteRead"] and seen["RemoteDisconnected"]
    struck = {entry.fault for entry in running.bureau.journal}
    assert {"lost_answer", "dropped", "cut", "html_503"} <= struck


def test_it_keeps_office_hours(start):
    clock = HandClock(1_800_000_000.0 - 7 * 3600 - 60)  # 08:59 in Shanghai
    _, client = start({"scene": "office-hours"}, clock=clock)
    reply = client.upload(1, filing(1))
    assert (reply.code, reply.words[-11:]) == (20, "09:00-17:30")
    clock.now += 120
    assert client.upload(1, filing(1)).code == 0
    clock.now += 8.5 * 3600
    assert client.download().code == 20


def test_it_trains_with_a_trickle_of_tasks_and_decisions_by_hand(start):
    clock = HandClock()
    running, client = start({"scene": "training"}, clock=clock)
    client.upload(1, filing(1))
    assert len(running.bureau.pending()) == 1
    running.bureau.decide(1)
    client.fetch_all()
    clock.now += 6 * 900
    assert len(client.fetch_all()) == 6


def test_it_does_everything_otherwise_as_another_bureau(start):
    _, client = start({"scene": "other-bureau"})
    assert client.previous().root.find("fileInfos") is None
    assert client.upload(1, filing(1)).code == 0
    assert client.upload(1, filing(1)).code == 14
    data, decision = client.fetch_all(empty=1)
    assert data.find(".//Baxx") is not None
    assert decision.find(".//Gjsh") is not None and decision.find(".//Jg_xx") is None
    assert client.previous().root.findtext("fileInfos/return_FileName") != "data1.xml"


def test_it_changes_scene_while_it_runs_and_drops_what_was_changed_by_hand(provider):
    bureau, control = provider.running.bureau, Control(provider.running)
    bureau.set_options({"ack_code": "zero"})
    bureau.set_mode("rules")
    bureau.faults.add("code", code=901)
    assert control.post("scene", {"scene": "training"}) == (
        200,
        {"scene": {**control.state()["scene"], "name": "training"}},
    )
    state = control.state()
    assert (state["scene"]["name"], state["mode"], state["faults"]) == ("training", "manual", [])
    assert state["options"]["ack_code"] == "queue"
    assert state["journal"][-1]["method"] == "scene"
    control.post("scene", {"scene": "quiet"})
    assert control.state()["mode"] == "auto"


def test_it_lays_a_scene_over_the_configuration_and_hands_over_the_scene(start):
    config = {
        "scene": "training",
        "decide": {"mode": "auto", "reviewer": "张审核"},
        "options": {"bundle": 7},
        "faults": [{"kind": "code", "code": 901, "times": 1}],
    }
    running, client = start(config)
    policy = running.bureau.conduct.policy()
    assert (policy.mode, policy.reviewer, running.bureau.conduct.options().bundle) == ("manual", "张审核", 7)
    assert client.download().code == 901
    running.bureau.choose_scene("quiet")
    assert client.download().code == 901, "the configuration's faults begin again"
    running.bureau.choose_scene("training")
    running.bureau.set_mode("auto")
    assert running.bureau.conduct.policy().mode == "auto"


def test_it_begins_the_scene_again_when_it_is_emptied(start):
    clock = HandClock()
    running, client = start({"scene": {"name": "bureau-down", "minutes": 3}}, clock=clock)
    clock.now += 200
    assert client.download().code == 2
    running.bureau.set_options({"empty_code": 1})
    running.bureau.reset()
    with pytest.raises(GONE):
        client.download()
    clock.now += 200
    assert client.download().code == 1, "changes by hand stay"


@pytest.mark.parametrize(
    "doc",
    [
        {"scene": "carnival"},
        {"scene": "quiet", "minutes": 5},
        {"scene": "bureau-down", "minutes": 0},
        {"scene": "bureau-down", "minutes": "x"},
        {},
    ],
)
def test_it_refuses_a_scene_it_does_not_know(provider, doc):
    control = Control(provider.running)
    status, answer = control.post("scene", doc)
    assert status == 400
    assert answer["error"]
    assert control.state()["scene"]["name"] == "quiet"


@pytest.mark.parametrize(
    "scene", ["carnival", {"name": "quiet", "colour": "red"}, {"minutes": 5}, {"name": 5}]
)
def test_it_refuses_a_configuration_with_an_unknown_scene(scene):
    with pytest.raises(ConfigInvalid):
        Config.from_json({"scene": scene})


def test_it_lists_its_scenes_on_the_command_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--scenes"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == set(all_scenes())


@pytest.mark.parametrize(
    "arguments",
    [["--scene", "carnival"], ["--minutes", "5"], ["--fault", "earthquake"], ["--fault", "code,x=1"]],
)
def test_it_says_what_is_wrong_with_its_arguments(arguments, capsys):
    assert main(["--port", "0", *arguments]) == 1
    assert capsys.readouterr().err.startswith("simulator: ")


def test_it_reads_faults_from_the_command_line():
    assert read_fault("dropped") == {"kind": "dropped"}
    assert read_fault("code,code=901,method=isp_upload,times=null") == {
        "kind": "code",
        "code": 901,
        "method": "isp_upload",
        "times": None,
    }


# Restart safe ----------------------------------------------------------------------------------------


def test_it_goes_on_with_its_scene_after_a_restart(tmp_path):
    config = {"state_dir": str(tmp_path), "seed": 2}
    clock = HandClock()
    with serve(config, clock=clock) as running:
        running.bureau.choose_scene("bureau-down", 3)
        running.bureau.set_options({"empty_code": 1})
        running.bureau.faults.add("code", code=999, from_s=180, times=2)
        with pytest.raises(GONE):
            Client(running.url).download()
    clock.now += 121
    with serve(config, clock=clock) as running:
        client = Client(running.url)
        assert client.download().code == 902, "the outage is in its second part"
        assert [fault["struck"] for fault in running.bureau.faults.to_json()] == [0, 1, 1, 0, 0]
        clock.now += 60
        assert [client.download().code for _ in range(3)] == [999, 999, 1]
    with serve({**config, "scene": "training"}, clock=clock) as running:
        assert running.bureau.conduct.scene.name == "training", "another configuration begins anew"
        assert Client(running.url).download().code == 2


def test_it_keeps_counts_of_rules_and_tries_after_a_restart(tmp_path):
    rules = [{"when": {"name_contains": "示例"}, "code": 1052, "times": 1}]
    config = {"state_dir": str(tmp_path), "decide": {"refuse": rules}, "options": {"password_tries": 2}}
    with serve(config) as running:
        client = Client(running.url)
        client.upload(1, filing(1))
        assert codes_of(client.fetch_all()) == [1052]
        running.bureau.add_neighbours()
        number = running.bureau.filings()[0].number
        assert [verify(client, number, "x") for _ in range(2)] == [0, 0]
    with serve(config) as running:
        client = Client(running.url)
        assert verify(client, number, "x") == 22
        client.upload(2, filing(1))
        assert codes_of(client.fetch_all()) == [1001]


def verify(client, number, password):
    path = "/BeianStatusWebService/verifyBamm"
    return client.call(path, "isp_verifybamm", hashAlgorithm=0, baxh=number, bamm=password).code


def test_it_keeps_every_line_of_its_state_in_json(start):
    running, _ = start({"scene": "busy-morning"})
    state = Control(running).state()
    assert json.dumps(state)
    assert state["initiative"]["every_s"] == 180
    assert state["initiative"]["next_at"] > state["now"]
    assert [scene["name"] for scene in state["scenes"]] == list(all_scenes())
