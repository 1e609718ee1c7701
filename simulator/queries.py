"""The two methods that ask about filings: is something filed, and is a filing password right."""

from __future__ import annotations

from lxml import etree

from simulator.answers import Answer, answer
from simulator.envelope import Refused, md5_hex
from simulator.model import FILED, Subject
from simulator.options import Options
from simulator.registry import Registry
from simulator.soap import Call
from simulator.store import Store

DOMAIN_QUERY = 0
LAST_QUERY = 11


class Queries:
    """Counts wrong passwords per filing; the bureau's lock guards every use."""

    def __init__(self, registry: Registry, store: Store) -> None:
        self._registry, self._store = registry, store
        self._wrong: dict[str, int] = store.load("wrong_password")

    def status(self, call: Call) -> Answer:
        """isp_querybeianstatus. Raises: Refused."""
        kind, condition = call.number("queryConditionType"), call.text("queryCondition").strip()
        if not 0 <= kind <= LAST_QUERY or not condition:
            raise Refused(999, "queryConditionType must be 0 to 11, queryCondition must be given")
        part = etree.Element("StatusInfo")
        etree.SubElement(part, "Cxtjlx").text = str(kind)
        etree.SubElement(part, "Cxtj").text = condition
        if kind == DOMAIN_QUERY:
            found = self._registry.website(self._registry.domain_holder(condition) or 0)
            if found is not None:
                subject, site = found
                etree.SubElement(part, "Wzmc").text = etree.fromstring(site.content).findtext("Wzmc")
                etree.SubElement(part, "Ztbah").text = subject.number
                etree.SubElement(part, "Wzbah").text = site.number
            filed = found is not None
        else:
            ztid = self._registry.certificate_holder(f"{kind}:{condition.upper()}")
            holder = self._registry.subject(ztid or 0)
            if holder is not None:
                etree.SubElement(part, "Ztbah").text = holder.number
            filed = holder is not None
        etree.SubElement(part, "Bazt").text = "0" if filed else "1"
        return answer(0, part)

    def verify_password(self, call: Call, options: Options) -> Answer:
        """isp_verifybamm: VerifyRes 0 right, 1 wrong. Raises: Refused with 22 after too many wrong tries."""
        number, given = call.text("baxh").strip(), call.text("bamm")
        subject = self._find(number, options.bamm_number)
        if subject is None:
            raise Refused(999, "no such filing number")
        wrong = self._wrong.get(subject.number, 0)
        if wrong >= options.password_tries:
            raise Refused(22)
        right = subject.password is None or given in _accepted_forms(subject.password, options)
        if not right:
            self._wrong[subject.number] = wrong + 1
            self._store.put("wrong_password", subject.number, wrong + 1)
        part = etree.Element("VerifyRes")
        part.text = "0" if right else "1"
        return answer(0, part)

    def _find(self, number: str, form: str) -> Subject | None:
        subject = self._registry.subject_by_number(number) if form != "website" else None
        if subject is None and form != "subject":
            found = self._registry.website_by_number(number)
            subject = found[0] if found is not None else None
        return subject if subject is not None and subject.state == FILED else None


def _accepted_forms(password: str, options: Options) -> set[str]:
    digest = md5_hex(password, options.password_charset)
    digests = {"lower": {digest}, "upper": {digest.upper()}}.get(
        options.password_case, {digest, digest.upper()}
    )
    return {"plain": {password}, "md5": digests}.get(options.bamm_form, digests | {password})
