"""isp_querybeianstatus: is a domain or a certificate filed, and under which numbers.

Spec: protocol "Methods" (StatusInfo), queryConditionType; V.3.0 return schema 是否备案查询.
"""

from __future__ import annotations

from dataclasses import dataclass

from filing.identifiers import half_width, subject_number_of
from reporting.answers import Answer
from reporting.choices import Method
from reporting.errors import BureauUnreadable
from reporting.models import Call, Link
from reporting.services import calls
from reporting.services.process import this_process

DOMAIN_CONDITION = 0
LAST_CONDITION = 11
"""Types 1 to 11 are the certificate types of these numbers; newer types cannot be asked about."""

FILED, NOT_FILED = "0", "1"
SUCCESS_CODES = frozenset({0})


@dataclass(frozen=True)
class Question:
    """What is asked. `about` names it for people, without the number of a certificate; `key` is the decision key of the
    website that a domain belongs to, `name` that website's name."""

    kind: int
    condition: str
    about: str
    key: str = ""
    name: str = ""


@dataclass(frozen=True)
class Status:
    """What was answered. `filed` None: it does not say. Numbers and name are empty where the answer lacks them."""

    filed: bool | None
    subject_number: str = ""
    website_number: str = ""
    website_name: str = ""


def about_domain(domain: str, *, key: str = "", name: str = "") -> Question:
    """Whether a domain is filed."""
    return Question(DOMAIN_CONDITION, domain, f"域名 {domain}", key, name)


def about_certificate(kind: int | None, number: str) -> Question | None:
    """Whether a subject with this certificate is filed; None for types that the interface cannot ask about."""
    if kind is None or not DOMAIN_CONDITION < kind <= LAST_CONDITION or not number:
        return None
    return Question(kind, number, "主体证件")


def ask(link: Link, question: Question) -> Answer:
    """Ask the bureau. Raises: NotSent, OutcomeUnknown. A code other than 0 says nothing of filings."""
    values = [*calls.credentials(link), calls.HASH_MD5, question.kind, question.condition]
    return calls.perform(link, Method.FILING_STATUS, values)[0]


def latest_call(link: Link, method: Method) -> Call | None:
    """The row of the call that this process made last."""
    mine = Call.objects.filter(link=link, method=method, made_by=this_process())
    return mine.order_by("-pk").first()


def read_status(answer: Answer, question: Question) -> Status:
    """Read StatusInfo leniently: what is missing stays empty.

    Raises: BureauUnreadable where it answers another question than was asked.
    """
    said = answer.fields
    echo = said.get("Cxtj", "")
    if echo and same_text(echo) != same_text(question.condition):
        raise BureauUnreadable("查询备案状态的应答说的是另一个域名或证件")
    state = said.get("Bazt", "")
    return Status(
        filed={FILED: True, NOT_FILED: False}.get(state),
        subject_number=subject_number_of(said.get("Ztbah", "")) if said.get("Ztbah") else "",
        website_number=said.get("Wzbah", ""),
        website_name=said.get("Wzmc", ""),
    )


def same_text(text: str) -> str:
    """A name or condition in the form in which two spellings of it are equal: half width, no spaces, lower case."""
    return "".join(half_width(text).split()).casefold()
