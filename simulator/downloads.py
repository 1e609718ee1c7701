"""The download queues: one a unit, oldest first, each file again until it is acknowledged."""

from __future__ import annotations

from dataclasses import asdict

from simulator.envelope import make_zip
from simulator.model import Delivery
from simulator.store import Store


class Downloads:
    """Not thread-safe by itself: the bureau's lock guards every use."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all: dict[int, list[Delivery]] = {}
        self._waiting: dict[int, list[Delivery]] = {}
        self._last = 0
        for doc in store.load("delivery").values():
            self._remember(Delivery(**doc))

    def put(self, isp_id: int, xml: bytes, about: str, now: float) -> Delivery:
        """Add a file at the end of a unit's queue."""
        number = self._last + 1
        name = f"XZ{isp_id}{number:08d}"
        delivery = Delivery(number, isp_id, f"{name}.zip", about, now)
        self._store.put_blob(self._blob_key(delivery), make_zip(f"{name}.xml", xml))
        self._remember(delivery)
        self._save(delivery)
        return delivery

    def waiting(self, isp_id: int) -> list[Delivery]:
        return self._waiting.get(isp_id, [])

    def all(self, isp_id: int) -> list[Delivery]:
        return list(self._all.get(isp_id, []))

    def find(self, isp_id: int, file_name: str) -> Delivery | None:
        return next((item for item in self._all.get(isp_id, []) if item.file_name == file_name), None)

    def zip_bytes(self, delivery: Delivery) -> bytes:
        return self._store.blob(self._blob_key(delivery))

    def acknowledge(self, delivery: Delivery) -> None:
        delivery.acknowledged = True
        self._waiting[delivery.isp_id] = [
            item for item in self.waiting(delivery.isp_id) if item.number != delivery.number
        ]
        self._save(delivery)

    def _remember(self, delivery: Delivery) -> None:
        self._last = max(self._last, delivery.number)
        self._all.setdefault(delivery.isp_id, []).append(delivery)
        if not delivery.acknowledged:
            self._waiting.setdefault(delivery.isp_id, []).append(delivery)

    def _save(self, delivery: Delivery) -> None:
        self._store.put("delivery", delivery.number, asdict(delivery))

    @staticmethod
    def _blob_key(delivery: Delivery) -> str:
        return f"down:{delivery.number}"
