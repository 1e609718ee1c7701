"""A desk with something in every state: long names, forty domains, words of the bureau, links that fare differently."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.utils import timezone

from filing.actors import BUREAU, person
from filing.choices import RequestState
from filing.models import Request
from filing.services import drafts, outcomes
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from filing.states import note
from reporting.choices import Circuit, FileState
from reporting.demo.papers import credit_code
from reporting.models import DataFile, Link
from reporting.services.pack import pack
from tests import factories
from tests.filing import samples
from tests.reporting.material import OTHER_UNIT, make_link

S = RequestState
LONG_NAME = "中国（虚构）自由贸易试验区临港新片区海上风电装备制造与运维技术研究院有限责任公司北京分公司"


class Scene(NamedTuple):
    """Who is there, and one request for each thing to look at."""

    staff: User
    reviewer: User
    stranger: User
    returned: Request
    waiting: Request
    approved: Request
    corrected: Request
    uncertain: Request
    returned_by_reviewer: Request
    in_review: Request


def build() -> Scene:
    load_builtin_codes()
    staff = samples.a_person("linzhixia", "填报", first_name="林知夏")
    reviewer = samples.a_person("heqinghe", "审核", first_name="何青禾")
    link = _links()

    def one(name: str, state: str, *domains: str, days: float = 0) -> Request:
        site = factories.website(f"{name[:6]}官网", *(domains or (f"n{Request.objects.count()}.cn",)))
        content = samples.a_filing(name, site)
        content["subject"]["certificate"]["number"] = credit_code(110108, 7000 + Request.objects.count())
        content["attachments"][0]["content"] = factories.stored_image(size=(800, 600), colour="#e8e4da")
        request = samples.bring_to(factories.draft(staff, content), state, staff=staff, reviewer=reviewer)
        if days:
            samples.backdate(request, timedelta(days=days))
        return request

    forty = [f"subsidiary-of-wind-{number:02d}.cn" for number in range(40)]
    one("北京云间拾贝文化传播有限公司", S.DRAFT, days=2.3)
    factories.draft(staff, {"subject": {"name": "北京半山听雨文旅发展有限公司"}, "websites": [{}]})
    in_review = one("北京砚屿数据服务有限公司", S.IN_REVIEW, days=0.12)
    returned_by_reviewer = one("禾木书屋", S.REVIEW_RETURNED, days=0.1)
    one("天津海河渡口餐饮有限公司", S.WITHDRAWN, days=1)
    uncertain = one("石家庄槐安物流有限公司", S.UNCERTAIN, days=0.01)
    one(LONG_NAME, S.FORWARDED, *forty, days=9.2)
    rejected = one("松间晚课", S.REJECTED, days=0.2)
    Request.objects.filter(pk=rejected.pk).update(bureau_words="幕布照片不清晰，电话无人接听。")
    waiting = _packed(
        one(f"{LONG_NAME[:40]}（二）", S.READY, *(f"other-{each}" for each in forty[:12])), link
    )
    returned = _packed(one("北京稻荷里餐饮管理有限公司", S.READY, "daoheli.cn"), link)
    outcomes.mark_returned(
        returned,
        codes=[1015, 1005],
        words="无效身份证号码，请核实后再次报备；域名冲突，该域名在备案信息库中已存在：daoheli.cn",
        reason="管局退回",
        proof={"download": 3, "name": "XZ11000000000100000003.zip", "position": 4},
    )
    return Scene(
        staff,
        reviewer,
        samples.a_person("stranger"),
        returned,
        waiting,
        _approved(one("北京晴岚科技有限公司", S.AWAITING_BUREAU, "qinglan.cn"), link),
        _corrected(one("北京退回来科技有限公司", S.RETURNED), staff),
        uncertain,
        returned_by_reviewer,
        in_review,
    )


def _links() -> Link:
    now = timezone.now()
    link = make_link("http://127.0.0.1:9")
    other = make_link("http://127.0.0.1:9", OTHER_UNIT)
    Link.objects.filter(pk=link.pk).update(
        answered_at=now - timedelta(seconds=38), emptied_at=now - timedelta(minutes=2)
    )
    Link.objects.filter(pk=other.pk).update(
        circuit=Circuit.OPEN,
        circuit_code=5,
        circuit_reason="密码错误（代码 5）。核对报备口令，并检查口令哈希的拼接与编码",
        circuit_since=now - timedelta(minutes=52),
        answered_at=now - timedelta(minutes=52),
    )
    link.refresh_from_db()
    return link


def _packed(request: Request, link: Link) -> Request:
    """Pack it into a file of real bytes and let the bureau accept that."""
    file = pack(link)
    assert file is not None
    request.refresh_from_db()
    proof = {"file": file.pk, "sequence": file.sequence, "name": file.name, "position": 1}
    outcomes.mark_uploading([request], proofs=[proof])
    DataFile.objects.filter(pk=file.pk).update(state=FileState.ACCEPTED, settled_at=timezone.now())
    Link.objects.filter(pk=link.pk).update(next_sequence=file.sequence + 1)
    outcomes.mark_accepted(
        [request],
        forwarded=False,
        at=timezone.now(),
        reason=f"管局受理第 {file.sequence} 号文件",
        proofs=[proof | {"code": 0}],
    )
    note(
        request, actor=BUREAU, codes=[1060], words="核验单信息成功入库", proof={"download": 1, "position": 2}
    )
    return request


def _approved(request: Request, link: Link) -> Request:
    outcomes.mark_approved(request, **factories.word(codes=[1001], words="审核通过"))
    content = request.revisions.get().content
    website = factories.filed_website(own_id=content["websites"][0]["own_id"], number="京ICP备2026000001号-1")
    subject = factories.filed_subject(
        website, own_id=content["subject"]["own_id"], number="京ICP备2026000001号"
    )
    record_filed(subject, isp_id=link.isp_id, proof={})
    return request


def _corrected(request: Request, staff: User) -> Request:
    """A second revision with something changed, added and taken out, in review."""
    drafts.start_correction(request, actor=person(staff))
    content = request.revisions.get(number=2).content
    site = content["websites"][0]
    site["name"] = "退回来商城"
    site["service_contents"] = [8, 9]
    site["responsible"]["mobile"] = "13800110000"
    site["domains"].append({"name": "tuihuilai-mall.cn"})
    site["remarks"] = "客服电话写在页脚"
    del content["websites"][0]["home_url"]
    drafts.save_draft(request, content)
    factories.submit(request, user=staff)
    return request
