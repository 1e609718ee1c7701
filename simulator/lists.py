"""The bureau's own lists: who and what may not be filed, and which unfiled websites it asked about."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.registry import domain_key
from simulator.store import Store


@dataclass
class Lists:
    """subjects: "type:number" of certificates. unfiled: unit -> domain it was asked about -> whether it answered."""

    subjects: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    unfiled: dict[int, dict[str, bool]] = field(default_factory=dict)

    @classmethod
    def load(cls, store: Store) -> Lists:
        docs = store.load("lists")
        return cls(
            subjects=set(docs.get("subjects", [])),
            domains=set(docs.get("domains", [])),
            unfiled={int(key): value for key, value in docs.get("unfiled", {}).items()},
        )

    def save(self, store: Store) -> None:
        store.put("lists", "subjects", sorted(self.subjects))
        store.put("lists", "domains", sorted(self.domains))
        store.put("lists", "unfiled", {str(key): value for key, value in self.unfiled.items()})

    def blocks_domain(self, name: str) -> bool:
        return domain_key(name) in self.domains
