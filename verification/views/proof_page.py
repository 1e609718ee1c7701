"""What the page of a verification shows, put together from services. No view here."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from filing.choices import Operation, RequestState
from filing.code_tables import CodeTable
from filing.models import Request
from filing.roles import REVIEW
from filing.services.codes import name_of
from filing.services.review import may_review
from filing.services.revisions import current_revision
from filing.visibility import may_work_on
from verification.choices import Way
from verification.models import KeptMaterial, Verification
from verification.need import VERIFIED, key_of
from verification.services.keeping import OTHER_PAPERS, SUBJECT, form_of, is_attached
from verification.services.printing import CodeCheck, Form, check_code, forms_of, spaced
from verification.services.proving import PROVABLE_STATES, Standing, standings

KEPT_PURPOSES = (1, 2, 3, 4, 5)
TICKS: dict[Way, dict[str, str]] = {
    Way.IN_PERSON: {
        "certificate": "看过主办者证件原件，号码与填报一致",
        "person": "看过负责人证件原件，与本人一致",
        "domain": "看过域名证书，归主办者或负责人所有",
        "copies": "各证件已复印留存",
        "contacts": "手机、电话、邮件都已试过，能联系上",
    },
    Way.OTHER: {
        "mobile": "手机接通，是本人",
        "phone": "办公电话接通",
        "email": "邮件收到回复",
        "address": "地址查实",
        "site": "网站名称、内容与实际相符",
        "approval": "前置审批真实有效",
    },
}
"""What the person who verifies may tick, in words that go into the record."""


@dataclass(frozen=True)
class Owner:
    """The subject or a website of the request: its key in verifications and papers, and what people call it."""

    key: str
    words: str


@dataclass(frozen=True)
class NeedRow:
    """One need with what answers it, and how the page says so."""

    standing: Standing
    owner: str
    state: str
    words: str


@dataclass(frozen=True)
class FormRow:
    """A website's form, the signed one that is kept, and what its code says."""

    form: Form
    owner: str
    code: str
    signed: KeptMaterial | None
    check: CodeCheck | None


@dataclass(frozen=True)
class PaperRow:
    """A kept paper. `goes_out`: the request carries it; `may_go`: it can be attached, or handed in alone."""

    kept: KeptMaterial
    owner: str
    goes_out: bool
    may_go: bool


@dataclass(frozen=True)
class ProofPage:
    """All that the page shows."""

    applies: bool
    needs: list[NeedRow]
    owners: list[Owner]
    forms: list[FormRow]
    papers: list[PaperRow]
    done: list[Verification]
    kinds: list[tuple[str, str]]
    ticks: list[tuple[Way, list[tuple[str, str]]]]
    may_enter: bool
    may_record: bool
    may_overrule: bool
    is_draft: bool

    @property
    def missing(self) -> list[NeedRow]:
        return [each for each in self.needs if not each.standing.is_met]

    @property
    def wanted(self) -> int:
        """How many of the needs want proof."""
        return sum(each.standing.need.is_proof_wanted for each in self.needs)

    @property
    def old_forms(self) -> list[FormRow]:
        """Signed forms whose code does not fit what is asked now."""
        return [each for each in self.forms if each.check and each.check.state == "bad"]

    @property
    def begins_with(self) -> Way:
        """The way that the record form begins with."""
        in_person = any(each.standing.need.way == Way.IN_PERSON for each in self.missing)
        return Way.IN_PERSON if in_person or not self.missing else Way.OTHER


def page_of(filing: Request, user: User) -> ProofPage:
    """Everything for one request and person."""
    content = current_revision(filing).content
    owners = _owners(filing, content)
    names = {each.key: each.words for each in owners}
    kept = list(KeptMaterial.objects.filter(request=filing).select_related("image__original"))
    provable = filing.state in PROVABLE_STATES
    may_enter = may_work_on(user, filing)
    return ProofPage(
        applies=filing.operation in VERIFIED,
        needs=[_need_row(each, names) for each in standings(filing, content)],
        owners=owners,
        forms=[_form_row(form, kept, names) for form in forms_of(filing, content)],
        papers=[_paper_row(each, filing, content, names, may_enter) for each in kept],
        done=list(Verification.objects.filter(request=filing).select_related("photo")),
        kinds=[(str(each), name_of(CodeTable.ATTACHMENT_PURPOSE, each)) for each in KEPT_PURPOSES]
        + list(OTHER_PAPERS.items()),
        ticks=[(way, list(words.items())) for way, words in TICKS.items()],
        may_enter=may_enter,
        may_record=may_enter and provable,
        may_overrule=user.has_perm(REVIEW) and provable and may_review(filing, user),
        is_draft=filing.state == RequestState.DRAFT,
    )


def _owners(filing: Request, content: dict[str, object]) -> list[Owner]:
    if filing.operation == Operation.NEW_ACCESS:
        return [Owner("website", "网站")]
    websites = content.get("websites", [])
    assert isinstance(websites, list)
    found = [
        Owner(key_of(each, place), " · ".join(filter(None, (f"网站 {place + 1}", each.get("name", "")))))
        for place, each in enumerate(websites)
    ]
    return [Owner(SUBJECT, "主体"), *found]


def _need_row(standing: Standing, names: dict[str, str]) -> NeedRow:
    owner = names.get(standing.need.key, standing.need.key)
    if not standing.need.is_proof_wanted:
        return NeedRow(standing, owner, "draft", "不用核验")
    if standing.latest is not None:
        state = {"passed": "good", "refused": "bad", "overruled": "attention"}[standing.latest.outcome]
        words = {"passed": "已核验", "refused": "不一致", "overruled": "已免去"}[standing.latest.outcome]
        return NeedRow(standing, owner, state, words)
    if standing.outdated is not None:
        return NeedRow(standing, owner, "attention", "核验后改过，要重做")
    return NeedRow(standing, owner, "attention", "还没有核验")


def _form_row(form: Form, kept: list[KeptMaterial], names: dict[str, str]) -> FormRow:
    signed = form_of(kept, form.key)
    check = check_code(form, signed.code) if signed else None
    return FormRow(form, names.get(form.key, form.key), spaced(form.code), signed, check)


def _paper_row(
    kept: KeptMaterial, filing: Request, content: dict[str, object], names: dict[str, str], may_enter: bool
) -> PaperRow:
    goes_out = is_attached(kept, content)
    may_go = may_enter and kept.purpose is not None and not goes_out
    decided = filing.state in (RequestState.DRAFT, RequestState.APPROVED)
    return PaperRow(kept, names.get(kept.key, "已删去的网站"), goes_out, may_go and decided)
