"""The forms of the front page. Each names its action; page.js sends it to the control interface as JSON."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from simulator.dialects import METHODS
from simulator.faults import DESCRIPTION
from simulator.faults import KINDS as FAULT_KINDS
from simulator.initiative import KINDS as INITIATIVE_KINDS
from simulator.options import Options
from simulator.pages.html import choices, hidden, span, state
from simulator.pages.words import ACTIONS, CHECKS, MESSAGES, MODES, OPTIONS, SYNCS
from simulator.pages.words import METHODS as METHOD_WORDS

Doc = dict[str, Any]


def scene(doc: Doc) -> str:
    now = doc["scene"]
    others = "".join(_scene_row(item, is_now=item["name"] == now["name"]) for item in doc["scenes"])
    lasts = f"，共 {now['minutes']:g} 分钟" if now["minutes"] else ""
    return (
        f"<p><strong>{escape(now['title'])}</strong>　{escape(now['about'])}</p>"
        f'<p class="minor">{now["since"]} 开始{lasts}</p>'
        f'<details id="scenes"><summary>换一个场景</summary>'
        '<p class="minor">场景盖在配置之上；手工改过的审核方式、选项和故障随之作废。</p>'
        f'<ul class="queue short">{others}</ul></details>'
    )


def _scene_row(item: Doc, *, is_now: bool) -> str:
    minutes = f"<label>共 {_amount('minutes', item['minutes'])} 分钟</label>" if item["minutes"] else ""
    mark = state("现在", "good") if is_now else ""
    return (
        f'<li><div><strong>{escape(item["title"])}</strong> {mark}<p class="minor">{escape(item["about"])}</p></div>'
        f'<form data-action="scene">{hidden({"scene": item["name"]})}{minutes}'
        f"<button>{'重新开始' if is_now else '开始'}</button></form></li>"
    )


def deciding(doc: Doc) -> str:
    return (
        '<form class="grid" data-action="mode">'
        f'<label>方式 <select name="mode">{choices(MODES, doc["mode"])}</select></label>'
        f"<label>自动决定前等待（秒） {_amount('delay_s', doc['delay_s'])}</label>"
        f'{_unit_choice(doc, "适用于")}<button class="main">保存</button></form>'
        '<p class="minor">名称中含“拒绝”的由审核人拒绝，含“退回”的在业务校验时以代码 1015 退回。</p>'
    )


def sending(doc: Doc) -> str:
    kinds = "".join(
        f'<option value="{kind}" data-fields="{fields}">{escape(title)}</option>'
        for kind, (title, fields) in MESSAGES.items()
    )
    numbers = [item["number"] for item in doc["filings"][-100:]]
    numbers += [site["number"] for item in doc["filings"][-100:] for site in item["websites"]]
    known = "".join(f'<option value="{escape(number)}">' for number in numbers)
    return (
        f'<form class="grid" data-action="send"><label>消息 <select name="kind">{kinds}</select></label>'
        '<label data-field="number">备案号 <input name="number" list="numbers" placeholder="不填则取第一个备案"></label>'
        '<label data-field="domain">域名 <input name="domain" placeholder="found.example.cn"></label>'
        f'<label data-field="check">核查出 <select name="check">{choices(CHECKS)}</select></label>'
        f'<label data-field="sync">内容 <select name="sync">{choices(SYNCS)}</select></label>'
        f'<label data-field="action">操作 <select name="action">{choices(ACTIONS)}</select></label>'
        '<label data-field="words">文字 <input name="words" placeholder="不填则用常见的话" maxlength="255"></label>'
        f"{_unit_choice(doc, '发给', everyone=False)}"
        f'<button class="main">放入下载队列</button><datalist id="numbers">{known}</datalist></form>'
    )


def fault_form(doc: Doc) -> str:
    methods = {"*": "所有方法"} | {name: f"{METHOD_WORDS[name]} {name}" for name in (*METHODS, DESCRIPTION)}
    return (
        '<form class="grid" data-action="fault">'
        f'<label>故障 <select name="kind">{choices(FAULT_KINDS, "lost_answer")}</select></label>'
        '<label data-kind="code">代码 <input name="code" type="number" min="0" max="999" value="901"></label>'
        f'<label data-kind="delay slow_answer">等待（秒） {_amount("delay_s", 5)}</label>'
        f'<label>方法 <select name="method">{choices(methods, "*")}</select></label>'
        '<label>次数，不填则一直 <input name="times" type="number" min="1" value="1"></label>'
        '<label>占调用的百分比 <input name="share" type="number" min="1" max="100" placeholder="100"></label>'
        f"<label>持续分钟，不填则不限 {_amount('minutes')}</label>"
        f'{_unit_choice(doc, "单位")}<button class="main">加入</button></form>'
    )


def initiative(doc: Doc) -> str:
    now = doc["initiative"]
    kinds = "、".join(MESSAGES[kind][0].split()[0] for kind in now["kinds"])
    if now["next_at"] is None:
        said = f"<p>{state('不主动下发', 'none')}</p>"
    else:
        often = f"每 {span(now['every_s'])}一件"
        said = (
            f"<p>{state(often, 'waiting')}</p>"
            f'<p class="minor">{escape(kinds)}。已下发 {now["turns"]} 件，下一件 {now["next_at"]}。</p>'
        )
    minutes = now["every_s"] / 60 if now["next_at"] else 10
    stop = '<button name="stop" value="1">停止</button>' if now["next_at"] else ""
    kinds_of = choices(
        {"": "各种都有", **{kind: MESSAGES[kind][0] for kind in INITIATIVE_KINDS if kind in MESSAGES}}
    )
    return (
        f'{said}<form class="grid" data-action="initiative">'
        f"<label>每隔（分钟） {_amount('minutes', minutes)}</label>"
        f'<label>种类 <select name="kinds">{kinds_of}</select></label>'
        f'<div class="row"><button class="main">开始</button>{stop}</div></form>'
    )


def options(doc: Doc) -> str:
    """Those that are not as by default first; any can be changed."""
    default, now = Options(), doc["options"]
    other = {
        name: value
        for name, value in now.items()
        if value != "***" and json.dumps(value) != json.dumps(getattr(default, name))
    }
    rows = "".join(
        f"<dt>{OPTIONS[name]}</dt><dd><code>{name}</code> = {escape(_json(value))}</dd>"
        for name, value in other.items()
    )
    listed = f'<dl class="facts">{rows}</dl>' if rows else '<p class="minor">都是默认值。</p>'
    named = {name: f"{OPTIONS[name]}　{name} = {_json(value)}" for name, value in now.items()}
    return (
        f'{listed}<form class="grid" data-action="option"><label>选项 <select name="name">{choices(named)}</select></label>'
        '<label>新值（JSON） <input name="value" required placeholder=\'"ok"、5、true、null、["09:00", "17:30"]\'></label>'
        f"{_unit_choice(doc, '适用于')}<button>保存</button></form>"
    )


def _unit_choice(doc: Doc, label: str, *, everyone: bool = True) -> str:
    """Only where there are several units."""
    units = {str(unit["isp_id"]): str(unit["isp_id"]) for unit in doc["units"]}
    if len(units) == 1:
        return ""
    values = {"": "所有单位", **units} if everyone else units
    return f'<label>{label} <select name="unit">{choices(values)}</select></label>'


def _amount(name: str, value: float | None = None) -> str:
    """A field for a number, whole or not, of 0 or more."""
    given = "" if value is None else f' value="{value:g}"'
    return f'<input name="{name}" type="number" min="0" step="any"{given}>'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
