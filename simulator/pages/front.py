"""The front page: what came in, what waits, what goes wrong, what is filed; with everything a person can do."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from simulator import codes
from simulator.faults import KINDS as FAULT_KINDS
from simulator.messages import SHANGHAI
from simulator.pages import controls
from simulator.pages.html import code_words, fill, frame, hidden, moment, nothing, span, state, table
from simulator.pages.words import GROUPS, METHODS, PHASES, STATES
from simulator.state import state as whole_state

if TYPE_CHECKING:
    from simulator.bureau import Bureau

SHOWN = 20
BRIEF = 10

Doc = dict[str, Any]


def front_page(bureau: Bureau, *, show_all: bool = False) -> str:
    doc = whole_state(bureau)
    several = len(doc["units"]) > 1
    shown = None if show_all else SHOWN
    body = fill(
        "front.html",
        counts=_counts(doc),
        pending=_pending(doc, shown),
        units="".join(_unit(unit, open_=len(doc["units"]) <= 3) for unit in doc["units"]),
        closed=_closed(doc["closed"], shown),
        filings=_filings(doc["filings"], shown),
        faults=_faults(doc["faults"]),
        journal=_journal(doc["journal"], several=several, shown=shown),
        scene=controls.scene(doc),
        deciding=controls.deciding(doc),
        sending=controls.sending(doc),
        fault_form=controls.fault_form(doc),
        initiative=controls.initiative(doc),
        options=controls.options(doc),
    )
    head = f"{doc['scene']['title']} · {doc['now']} · 方言 {escape(doc['dialect'])} · 种子 {doc['seed']}"
    return frame("模拟管局", body, head=head, live="live")


def _counts(doc: Doc) -> str:
    closed, waiting = doc["closed"], sum(len(unit["queue"]) for unit in doc["units"])
    refused = sum(case["state"] in ("rejected", "returned") for case in closed)
    active = [item for item in doc["filings"] if item["state"] == "filed"]
    cells = [
        ("等待审核", "waiting", len(doc["pending"]), "#pending", _oldest(doc)),
        ("通过", "good", sum(case["state"] == "approved" for case in closed), "#closed", "最近百件之内"),
        ("退回或拒绝", "returned", refused, "#closed", "最近百件之内"),
        (
            "有效备案",
            "none",
            len(active),
            "#filings",
            f"{sum(len(item['websites']) for item in active)} 个网站",
        ),
        ("待下载文件", "waiting", waiting, "#files", "等企业来取"),
    ]
    return "".join(
        f'<a href="{where}">{state(word, family)}<b>{number}</b><small>{note}</small></a>'
        for word, family, number, where, note in cells
    )


def _oldest(doc: Doc) -> str:
    if not doc["pending"]:
        return "没有在等的"
    return f"最久 {span(_now(doc) - min(case['received_at'] for case in doc['pending']))}"


def _now(doc: Doc) -> float:
    return datetime.strptime(doc["now"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).timestamp()


def _pending(doc: Doc, shown: int | None) -> str:
    cases, now = doc["pending"], _now(doc)
    if not cases:
        return nothing("没有等待审核的请求。企业上报、业务校验通过后出现在这里，由您通过或拒绝。")
    rows = "".join(_pending_row(case, item, now) for case in cases[:shown] for item in _open_items(case))
    everything = (
        '<details class="part" id="everything"><summary>一次决定全部</summary>'
        f"{_decision_form({'all': 1}, '全部通过', '全部拒绝')}</details>"
    )
    return f'<ol class="queue">{rows}</ol>{_more(len(cases), shown)}{everything if len(cases) > 1 else ""}'


def _open_items(case: Doc) -> list[Doc]:
    return [item for item in case["items"] if item["approved"] is None]


def _pending_row(case: Doc, item: Doc, now: float) -> str:
    site = item["label"] if item["label"] not in ("", case["name"]) else "、".join(case["domains"][:3])
    more = f" 等 {len(case['domains'])} 个域名" if len(case["domains"]) > 3 else ""
    elsewhere = " · 转发外省" if case["forwarded"] else ""
    due = "" if case["due_at"] is None else f" · 约 {span(case['due_at'] - now)}后自动决定"
    return (
        f'<li><div><a href="/case?id={case["case_id"]}"><strong>{escape(case["name"])}</strong></a>'
        f'<p class="minor">{escape(case["operation_name"])}{elsewhere} · {escape(site)}{more}</p>'
        f'<p class="minor">{case["isp_id"]} 第 {case["sequence"]} 号之 {case["position"]} · '
        f"已等 {span(now - case['received_at'])}{due}</p></div>"
        + _decision_form({"case_id": case["case_id"], "own_id": item["jlid"]}, "通过", "拒绝")
        + "</li>"
    )


def _decision_form(values: Doc, yes: str, no: str) -> str:
    return (
        f'<form class="decide" data-action="decide">{hidden(values)}'
        '<input class="grow" name="words" placeholder="审核意见，可不填" aria-label="审核意见" maxlength="1024">'
        f'<button value="yes">{yes}</button><button value="no">{no}</button></form>'
    )


def _unit(unit: Doc, *, open_: bool) -> str:
    marks = [] if unit["enabled"] else [state("权限未开放", "bad")]
    own = "、".join(f"{name} = {value}" for name, value in unit["own_options"].items())
    about = [
        f"用户名 {escape(unit['user_name'])}",
        f"省 {unit['province']}",
        f"最近编号 {unit['last_sequence']}",
        *(["须加密"] if unit["encrypt"] else []),
        *([f"另有选项 {escape(own)}"] if own else []),
    ]
    head = f'<p class="minor">{" · ".join(about)} {"".join(marks)}</p>'
    files = [_file_row(file) for file in reversed(unit["files"][-BRIEF:])]
    queue = [
        (
            f'<a href="/download?number={item["number"]}">{escape(item["file_name"])}</a>',
            "、".join(GROUPS.get(part, part) for part in item["about"].removesuffix("!").split("+")),
            moment(item["created_at"]),
        )
        for item in unit["queue"][:BRIEF]
    ]
    left = len(unit["queue"]) - len(queue)
    return (
        f'<details class="part" id="unit-{unit["isp_id"]}"{" open" if open_ else ""}>'
        f"<summary>{unit['isp_id']} · 收到 {len(unit['files'])} 个文件 · 待下载 {len(unit['queue'])} 个</summary>{head}"
        + (table(("编号", "文件", "记录", "收到", "校验"), files) if files else nothing("还没有收到文件。"))
        + (table(("待下载的文件", "内容", "生成"), queue) if queue else "")
        + (f'<p class="minor">其后还有 {left} 个文件。</p>' if left > 0 else "")
        + "</details>"
    )


def _file_row(file: Doc) -> tuple[str, ...]:
    if not file["processed"]:
        word = state("待校验", "waiting")
    elif file["refused_with"]:
        word = f"{state('整个文件退回', 'returned')} <b class=code>{file['refused_with']}</b>"
    else:
        word = state("已校验", "good")
    address = f"/upload?unit={file['isp_id']}&amp;sequence={file['sequence']}"
    name = f'<a href="{address}">{escape(file["entry_name"])}</a>'
    return str(file["sequence"]), name, str(file["record_count"]), moment(file["received_at"]), word


def _closed(cases: list[Doc], shown: int | None) -> str:
    if not cases:
        return nothing("还没有办结的请求。")
    rows = []
    for case in list(reversed(cases))[:shown]:
        word, family = STATES[case["state"]]
        said = "；".join(item["words"] for item in case["items"] if item["words"])
        found = "<br>".join(code_words(code) for code in case["codes"] if code not in (1001, 1002))
        rows.append(
            (
                state(word, family),
                f'<a href="/case?id={case["case_id"]}">{escape(case["name"])}</a>'
                f'<br><span class="minor">{escape(case["operation_name"])}</span>',
                found or escape(said),
            )
        )
    return table(("结果", "主办者或网站", "代码与审核意见"), rows) + _more(len(cases), shown)


def _filings(filings: list[Doc], shown: int | None) -> str:
    if not filings:
        return nothing("还没有备案。通过一件新增备案，或添加一个别家接入的备案。")
    rows = []
    for subject in list(reversed(filings))[:shown]:
        gone = state("已注销", "none") if subject["state"] != "filed" else ""
        sites = "<br>".join(
            f"{escape(site['number'].removeprefix(subject['number']))} "
            + escape("、".join(item["name"] for item in site["domains"][:4]))
            + (f" 等 {len(site['domains'])} 个" if len(site["domains"]) > 4 else "")
            + (f" {state('已注销', 'none')}" if site["state"] != "filed" and not gone else "")
            for site in subject["websites"]
        )
        rows.append(
            (f"{escape(subject['number'])} {gone}", escape(subject["name"]), sites, str(subject["ztid"]))
        )
    return table(("主体备案号", "主办者", "网站", "管局标识"), rows) + _more(len(filings), shown)


def _faults(faults: list[Doc]) -> str:
    rows = []
    for fault in faults:
        methods = fault["method"] if isinstance(fault["method"], list) else [fault["method"]]
        where = "、".join(METHODS.get(name, "所有方法") for name in methods)
        word, family = PHASES[fault["phase"]]
        details = [where, f"已发生 {fault['struck']} 次" + _limits(fault)]
        if fault["unit"] is not None:
            details.append(f"单位 {fault['unit']}")
        title = f"代码 {fault['code']}" if fault["kind"] == "code" else FAULT_KINDS[fault["kind"]]
        rows.append(
            f"<li><div><strong>{escape(title)}</strong> {state(word, family)}"
            f'<p class="minor">{escape(" · ".join(details))}</p></div>'
            f'<form data-action="clear">{hidden({"fault": fault["fault_id"]})}<button>撤销</button></form></li>'
        )
    return f'<ul class="queue short">{"".join(rows)}</ul>' if rows else nothing("现在没有故障。")


def _limits(fault: Doc) -> str:
    said = [] if fault["times"] is None else [f"共 {fault['times']} 次"]
    if fault["share"] < 1:
        said.append(f"占 {fault['share']:.0%}")
    if fault["every_s"]:
        said.append(f"每 {span(fault['every_s'])}")
    if fault["from_s"]:
        said.append(f"{span(fault['from_s'])}后开始")
    if fault["for_s"] is not None:
        said.append(f"持续 {span(fault['for_s'])}")
    return f"（{'，'.join(said)}）" if said else ""


def _journal(entries: list[Doc], *, several: bool, shown: int | None) -> str:
    if not entries:
        return nothing("还没有调用。企业每调用一次接口，这里多一行。")
    rows = []
    for entry in list(reversed(entries))[:shown]:
        at = moment(datetime.fromisoformat(entry["at"]).timestamp())
        said = [] if entry["code"] is None else [escape(codes.message(entry["code"]))]
        if entry["fault"]:
            said.append(state(FAULT_KINDS.get(str(entry["fault"]), str(entry["fault"])), "attention"))
        said += [escape(text) for text in (entry["file_name"], entry["remark"]) if text]
        code = "" if entry["code"] is None else f'<b class="code">{entry["code"]}</b>'
        row = [at, METHODS.get(entry["method"], escape(entry["method"])), str(entry["sequence"] or ""), code]
        rows.append([*row, *([str(entry["unit"] or "")] if several else []), " · ".join(said)])
    head = ("时间", "方法", "编号", "代码", *(["单位"] if several else []), "说明")
    return table(head, rows, name="journal") + _more(len(entries), shown)


def _more(count: int, shown: int | None) -> str:
    if shown is None or count <= shown:
        return ""
    return f'<p class="part minor">还有 {count - shown} 条。<a href="/?all=1">全部显示</a></p>'
