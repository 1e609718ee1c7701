"""A disaster in small, for everybody to repeat: filed, backed up, filed on, destroyed, restored, reconciled.

Everything goes the real way: filings over a socket to a practice bureau, the backup by pg_dump into one sealed file, the
database dropped and the images deleted, the restore by the same code as `manage.py restore`. What must hold is read
from the books of both sides. Exit code 1 where anything does not.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks import material, throwaway
from benchmarks.settings import FOLDER
from filing.actors import COMMAND
from filing.models import Attachment, Request
from filing.services import attachments, codes
from filing.services.intake import import_requests
from reporting.choices import ItemOutcome, NumberDecision
from reporting.models import DownloadItem, Link
from reporting.services.adoption import decide, should_hold
from reporting.services.download import poll_link
from reporting.services.links import set_link
from reporting.services.numbering import open_checks
from reporting.services.upload import NUMBERS_DIFFER, send_link
from simulator import Bureau, serve
from upkeep import archive
from upkeep.backup import make_backup
from upkeep.restore import Restored, restore

PASSPHRASE = "a passphrase for this drill only"
IMAGE_BYTES = 2_000
A_LONG_TIME_S = 100_000
CONFIG = {
    "units": [
        {
            "isp_id": material.ISP_ID,
            "user_name": material.LINK.user_name,
            "password": material.LINK.password,
            "province": material.PROVINCE,
        }
    ]
}


class DidNotHold(Exception):
    """What must hold after a restore does not. The text says what."""


class Drill:
    """One disaster. `filings` of each kind: decided, at the bureau, ready when the backup is made; entered since; after."""

    def __init__(self, bureau: Bureau, url: str, filings: int) -> None:
        self.bureau, self.url, self.filings = bureau, url, filings
        self.entered = 0
        self.path = Path(FOLDER) / "yesterday.icpbackup"

    def run(self) -> None:
        """Raises: DidNotHold."""
        self._fill()
        self._back_up()
        lost = self._go_on()
        sent = self.bureau.accepted(material.ISP_ID)
        throwaway.destroy()
        say("destroyed", "the database is dropped, the images are deleted")
        self._bring_back()
        self._reconcile(sent)
        self._go_on_after(lost)

    def _fill(self) -> None:
        codes.load_builtin_codes()
        set_link(replace(material.LINK, base_url=self.url))
        self._enter(self.filings)
        self._send()
        self._poll()
        self.bureau.set_mode("manual")
        self._enter(self.filings)
        self._send()
        self._enter(self.filings)
        say("filled", f"{states()}; the bureau has {len(self.bureau.accepted(material.ISP_ID))} files")

    def _back_up(self) -> None:
        made = make_backup(self.path, PASSPHRASE)
        archive.verify(self.path, PASSPHRASE)
        say(
            "backed up",
            f"{made.bytes} bytes sealed, {made.images} images; read back and compared with its manifest",
        )

    def _go_on(self) -> int:
        """What happens between backup and disaster. Shape: how many filings only the bureau knows of afterwards."""
        self._send()
        self._enter(self.filings)
        self._send()
        say("filed on", f"{states()}; the bureau has {len(self.bureau.accepted(material.ISP_ID))} files")
        return self.filings

    def _bring_back(self) -> None:
        done: Restored = restore(self.path, PASSPHRASE)
        hold("every image is there again", done.missing == [])
        for sha256 in Attachment.objects.values_list("sha256", flat=True):
            attachments.read_bytes(sha256)
        say("restored", f"{states()}; {done.images} images, each read and compared with its hash")

    def _reconcile(self, sent: list[tuple[int, str, int]]) -> None:
        row = send_link(self._link(), asked=True)[-1]
        hold("the sender compares both sides before it sends", row.outcome == NUMBERS_DIFFER)
        check = open_checks(self._link()).get()
        hold("it sent nothing meanwhile", self.bureau.accepted(material.ISP_ID) == sent)
        say("compared", check.words)
        kept = should_hold(check)
        decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=kept)
        number = self._link().next_sequence
        hold("our next number follows the bureau's last", number == sent[-1][0] + 1)
        hold("what may have been sent waits for a person or a proof", not send_link(self._link(), asked=True))
        held = Request.objects.exclude(held_reason="").count()
        say(
            "decided",
            f"a person takes up the bureau's number: ours is {number}; {held} filings wait for proof",
        )

    def _go_on_after(self, lost: int) -> None:
        self._enter(self.filings)
        self._send()
        self.bureau.set_mode("auto")
        self.bureau.advance(A_LONG_TIME_S)
        self._poll()
        say("filed again", f"{states()}")
        accepted = self.bureau.accepted(material.ISP_ID)
        numbers = [sequence for sequence, _name, _count in accepted]
        hold("the bureau's numbers have no gap and no double", numbers == list(range(1, len(numbers) + 1)))
        hold("our next number follows", self._link().next_sequence == numbers[-1] + 1)
        with self.bureau.lock:
            files = list(self.bureau.files[material.ISP_ID])
        arrived = Counter(record for file in files for record in file.records)
        hold("no record went twice, no number of ours was given twice", set(arrived.values()) == {1})
        known = Request.objects.count()
        hold("every filing arrived once", sum(arrived.values()) == known + lost == self.entered)
        hold("every filing that we know is approved", list(states()) == ["approved"])
        unknown = (
            DownloadItem.objects.filter(outcome=ItemOutcome.UNMATCHED).values("download", "position").count()
        )
        hold("what was entered after the backup is shown to people, by the bureau's answers", unknown >= lost)
        say(
            "reconciled",
            f"{sum(arrived.values())} records in {len(numbers)} files, none twice; {lost} filings that only",
        )
        say("", "the bureau knows are in the inbox: enter them as filed, by the bureau's data")

    def _link(self) -> Link:
        return Link.objects.get()

    def _enter(self, count: int) -> None:
        items = [material.filing(self.entered + place, IMAGE_BYTES) for place in range(1, count + 1)]
        self.entered += count
        for item in items:
            item["ref"] = f"drill-{item['ref']}"
        refused = [str(problem) for row in import_requests(items, ready=True) for problem in row.problems]
        hold(f"the invented filings are ready {refused[:1]}", not refused)

    def _send(self) -> None:
        send_link(self._link(), asked=True)

    def _poll(self) -> None:
        while poll_link(self._link(), asked=True):
            self.bureau.advance(A_LONG_TIME_S)


def states() -> Counter[str]:
    return Counter(Request.objects.values_list("state", flat=True))


def hold(what: str, holds: bool) -> None:
    """Raises: DidNotHold."""
    if not holds:
        raise DidNotHold(what)


def say(step: str, words: str) -> None:
    print(f"{step:<12} {words}", flush=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--filings", type=int, default=25, help="of each kind; there are five")
    chosen = arguments.parse_args()
    with throwaway.database(), serve(CONFIG) as running:
        try:
            Drill(running.bureau, running.url, chosen.filings).run()
        except DidNotHold as error:
            print(f"DID NOT HOLD: {error}", flush=True)
            return 1
    print("All of it held.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
