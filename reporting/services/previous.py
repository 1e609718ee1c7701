"""What the bureau says it has: the last accepted upload, compared with a file of ours.

Spec: protocol "The sequence number" (the file may come back encrypted or not, or zipped anew).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from reporting import envelope
from reporting.answers import Answer
from reporting.errors import EnvelopeBroken
from reporting.models import DataFile, Link
from reporting.services import calls

USUAL_CODES = frozenset({0, 1, 2, 3})


@dataclass(frozen=True)
class Theirs:
    """The bureau's last accepted upload. `sequence` 0 means none, None that it gave a file without its number.

    `readings` are the bytes that it gave: as they came, and decrypted where that makes something of them.
    """

    sequence: int | None
    name: str = ""
    readings: tuple[bytes, ...] = ()

    def is_same(self, file: DataFile) -> bool:
        """Whether it is a file of ours: by hash of the zip; where zipped anew, by name and the XML byte for byte."""
        for data in self.readings:
            if hashlib.sha256(data).hexdigest() == file.sha256:
                return True
            try:
                name, xml = envelope.unzip_one(data)
            except EnvelopeBroken:
                continue
            if name == file.name and hashlib.sha256(xml).hexdigest() == file.xml_sha256:
                return True
        return False

    def opened(self) -> tuple[bytes, str, bytes] | None:
        """The zip, the name of its entry and the XML in it; None where nothing of it can be opened."""
        for data in self.readings:
            try:
                return data, *envelope.unzip_one(data)
            except EnvelopeBroken:
                continue
        return None


def theirs_of(link: Link, answer: Answer) -> Theirs:
    """What an answer of isp_querypreviousupload says, or None in `sequence` where it does not say it."""
    if answer.file is None:
        return Theirs(0)
    content = answer.file.content
    readings = [content] if content else []
    if content and link.aes_key and link.aes_iv:
        # What comes back may be stored encrypted or not, whatever its algorithm number says.
        try:
            readings.append(envelope.decrypt(content, link.aes_key, link.aes_iv))
        except EnvelopeBroken:
            readings = [content]
    return Theirs(answer.file.sequence, answer.file.name, tuple(readings))


def ask(link: Link, file: DataFile | None = None) -> tuple[Answer, Theirs]:
    """Ask for the last accepted upload; `file` is the one in doubt. Raises: NotSent, OutcomeUnknown.

    Where the answer's code is none of `USUAL_CODES`, it says nothing of uploads: the caller heeds the code.
    """
    answer = calls.previous_upload(link, file)
    return answer, theirs_of(link, answer)
