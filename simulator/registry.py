"""The filings of this bureau, with the look-ups its checks need."""

from __future__ import annotations

from simulator.model import FILED, Access, Subject, Website
from simulator.store import Store

# Ranges far apart, so that an id used in the wrong place is never another's by accident.
FIRST_IDS = {"ztid": 1_000_001, "wzid": 2_000_001, "ymid": 3_000_001, "jrid": 4_000_001, "ipid": 5_000_001}


def domain_key(name: str) -> str:
    """One form for comparing: lower case, international names in their ASCII form where they have one."""
    name = name.strip().rstrip(".").lower()
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


class Registry:
    """Not thread-safe by itself: the bureau's lock guards every use."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.subjects: dict[int, Subject] = {}
        self._counters: dict[str, int] = {key: int(value) for key, value in store.load("counter").items()}
        self._numbers: dict[str, int] = {}
        self._sites: dict[int, int] = {}
        self._site_numbers: dict[str, int] = {}
        self._accesses: dict[int, int] = {}
        self._domains: dict[str, int] = {}
        self._certificates: dict[str, int] = {}
        self._home_pages: dict[str, int] = {}
        self._own_ids: set[tuple[str, int, int]] = set()
        self._ranges: dict[str, int] = {}
        # What each subject put into the indexes, to be taken out before it is indexed anew.
        self._keys: dict[int, list[tuple[dict[str, int], str]]] = {}
        for doc in store.load("subject").values():
            self._index(Subject.from_json(doc))

    def next_id(self, kind: str) -> int:
        value = self._counters.get(kind, FIRST_IDS.get(kind, 1))
        self._counters[kind] = value + 1
        self._store.put("counter", kind, value + 1)
        return value

    def save(self, subject: Subject) -> None:
        self._forget(subject.ztid)
        self._index(subject)
        self._store.put("subject", subject.ztid, subject.to_json())

    def subject(self, ztid: int) -> Subject | None:
        return self.subjects.get(ztid)

    def subject_by_number(self, number: str) -> Subject | None:
        return self.subjects.get(self._numbers.get(number, 0))

    def website(self, wzid: int) -> tuple[Subject, Website] | None:
        subject = self.subjects.get(self._sites.get(wzid, 0))
        if subject is None:
            return None
        return next(((subject, site) for site in subject.websites if site.wzid == wzid), None)

    def website_by_number(self, number: str) -> tuple[Subject, Website] | None:
        return self.website(self._site_numbers.get(number, 0))

    def access(self, jrid: int) -> tuple[Subject, Website, Access] | None:
        found = self.website(self._accesses.get(jrid, 0))
        if found is None:
            return None
        subject, site = found
        return next(((subject, site, item) for item in site.accesses if item.jrid == jrid), None)

    def domain_holder(self, name: str) -> int | None:
        """The Wzid of the website that has this domain."""
        return self._domains.get(domain_key(name))

    def certificate_holder(self, certificate: str) -> int | None:
        return self._certificates.get(certificate)

    def home_page_holder(self, url: str) -> int | None:
        return self._home_pages.get(url.strip().lower())

    def served_by(self, isp_id: int) -> list[Subject]:
        """The filings under which a unit has an access, oldest first."""
        return [item for item in self.subjects.values() if item.state == FILED and isp_id in item.providers()]

    def has_own_id(self, kind: str, isp_id: int, own_id: int) -> bool:
        """Whether a unit's own number (IspZtid, IspWzid, …) already stands for something filed."""
        if kind == "ipid":
            return f"{isp_id}:{own_id}" in self._ranges
        return (kind, isp_id, own_id) in self._own_ids

    def _forget(self, ztid: int) -> None:
        for index, key in self._keys.pop(ztid, []):
            index.pop(key, None)

    def _index(self, subject: Subject) -> None:
        self.subjects[subject.ztid] = subject
        keys: list[tuple[dict[str, int], str]] = []

        def remember(index: dict[str, int], key: str, value: int) -> None:
            index[key] = value
            keys.append((index, key))

        self._numbers[subject.number] = subject.ztid
        if subject.state == FILED:
            remember(self._certificates, subject.certificate, subject.ztid)
        if subject.isp_ztid is not None:
            self._own_ids.add(("ztid", subject.isp_id, subject.isp_ztid))
        for site in subject.websites:
            self._sites[site.wzid] = subject.ztid
            self._site_numbers[site.number] = site.wzid
            if site.state == FILED:
                for domain in site.domains:
                    remember(self._domains, domain_key(domain.name), site.wzid)
                if site.home_url:
                    remember(self._home_pages, site.home_url.lower(), site.wzid)
                for access in site.accesses:
                    for part in access.ranges:
                        remember(self._ranges, f"{access.isp_id}:{part.isp_ipid}", part.ipid)
            self._index_own_ids(subject, site)
        self._keys[subject.ztid] = keys

    def _index_own_ids(self, subject: Subject, site: Website) -> None:
        if site.isp_wzid is not None:
            self._own_ids.add(("wzid", subject.isp_id, site.isp_wzid))
        for access in site.accesses:
            self._accesses[access.jrid] = site.wzid
            if access.isp_jrid is not None:
                self._own_ids.add(("jrid", access.isp_id, access.isp_jrid))
