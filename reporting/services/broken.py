"""Downloads that failed their check: kept as they came, shown to a person, resolved when a sound file of the name comes.

Spec: protocol "The download loop" (acknowledge only what passed its hash check), "A data file" (decrypt, then compare).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from filing.secrets import CannotOpen
from filing.services.errors import NotAllowed
from filing.services.sealed_bytes import write_sealed
from reporting import envelope
from reporting.answers import FileInfo
from reporting.errors import EnvelopeBroken
from reporting.models import BrokenDownload, Link
from reporting.services.pack import LARGE_BYTES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_KEPT_BYTES = 64 * 1024 * 1024
"""What is larger than any file of the interface is named by its hash and size only."""

MOST_CONTENTS, MOST_ROWS = 3, 20
"""Of one name: a line that garbles a file anew at each try must not fill the disk. Further tries are counted on the last."""

NAME_LENGTH, HASH_LENGTH = 255, 64
_ZIP_BEGINS, _ZIP_ENDS, _ZIP_END_BYTES = b"PK\x03\x04", b"PK\x05\x06", 66_000
BY_ITSELF = "后来收到了同名的完好文件"


@dataclass(frozen=True)
class Look:
    """What a broken file looks like with the key that the link has now. `words` say it, the most telling first.

    `opens_now`: it passes its check with this key.
    """

    words: tuple[str, ...]
    opens_now: bool


def why(link: Link, info: FileInfo, error: EnvelopeBroken) -> str:
    """What is wrong with a file that came, with what its bytes say of key and IV."""
    if info.encryption != envelope.ENCRYPTION_AES or not (link.aes_key and link.aes_iv):
        return str(error)
    return _key_trouble(link, info.content) or str(error)


def _key_trouble(link: Link, content: bytes) -> str:
    """In words, where the bytes say that key or IV are not the bureau's; else empty."""
    try:
        data = envelope.decrypt(content, link.aes_key, link.aes_iv)
    except EnvelopeBroken:
        return "解密失败，核对 AES 密钥和偏移量是否与管局给的一致"
    if data.startswith(_ZIP_BEGINS):
        return ""
    if _ZIP_ENDS in data[-_ZIP_END_BYTES:]:
        # CBC with another IV garbles the first 16 bytes and nothing else.
        return "解密后只有开头不对，核对 AES 偏移量（IV）是否与管局给的一致"
    return "解密后不是压缩包，核对 AES 密钥是否与管局给的一致"


@transaction.atomic
def keep(link: Link, info: FileInfo, reason: str) -> BrokenDownload:
    """Keep a file that failed its check, as it came; of one that came before, count that it came again.

    It comes again after a person called it resolved: then it is not.
    """
    now, name = timezone.now(), info.name[:NAME_LENGTH]
    sha256 = hashlib.sha256(info.content).hexdigest()
    rows = BrokenDownload.objects.filter(link=link, bureau_name=name).defer("content")
    found = rows.filter(sha256=sha256).first()
    if found is None and rows.filter(resolved_at=None).count() >= MOST_ROWS:
        found = rows.filter(resolved_at=None).order_by("-pk").first()
    if found is not None:
        again = rows.filter(pk=found.pk)
        again.update(times=F("times") + 1, last_at=now, reason=reason, resolved_at=None)
        return found
    keeps = len(info.content) <= MOST_KEPT_BYTES
    keeps = keeps and rows.filter(content__isnull=False).count() < MOST_CONTENTS
    is_large = len(info.content) >= LARGE_BYTES
    row = BrokenDownload.objects.create(
        link=link,
        bureau_name=name,
        claimed_hash=info.hash_text[:HASH_LENGTH],
        sha256=sha256,
        content=info.content if keeps and not is_large else None,
        size_bytes=len(info.content),
        reason=reason,
        first_at=now,
        last_at=now,
    )
    if keeps and is_large:
        write_sealed(row, "content", info.content)
    return row


def resolve(link: Link, name: str) -> int:
    """A sound file of this name was stored: those that were broken are resolved. Returns how many."""
    rows = BrokenDownload.objects.filter(link=link, bureau_name=name[:NAME_LENGTH], resolved_at=None)
    return rows.update(resolved_at=timezone.now(), resolved_note=BY_ITSELF)


@transaction.atomic
def mark_resolved(broken: BrokenDownload, *, user: User, note: str) -> None:
    """A person says how it was resolved. Raises: NotAllowed without a note, or where it is resolved already."""
    if not note.strip():
        raise NotAllowed("写明怎么解决的，别人才知道")
    locked = BrokenDownload.objects.select_for_update().defer("content").get(pk=broken.pk)
    if locked.resolved_at is not None:
        raise NotAllowed(f"已在 {timezone.localtime(locked.resolved_at):%m-%d %H:%M} 标为已解决")
    name = user.get_full_name() or user.get_username()
    locked.resolved_at, locked.resolved_note = timezone.now(), f"{name}：{note.strip()}"
    locked.save(update_fields=["resolved_at", "resolved_note"])
    broken.resolved_at, broken.resolved_note = locked.resolved_at, locked.resolved_note


def look(broken: BrokenDownload) -> Look:
    """Try a kept file with the key that the link has now: what a person tells the bureau's people."""
    try:
        content = broken.content
    except CannotOpen as error:
        return Look((f"保存的内容解不开：{error}",), False)
    if content is None:
        return Look(("内容没有保存（太大，或同名的已存够），只有大小和哈希值",), False)
    if not content:
        return Look(("管局给了文件名，却没有给内容",), False)
    link = broken.link
    words = [f"按收到的原样算：{envelope.md5_base64(content)}"]
    if envelope.md5_base64(content) == broken.claimed_hash:
        return Look(("现在按未加密的文件可以通过校验，下一轮下载会收下", *words), True)
    if not (link.aes_key and link.aes_iv):
        return Look(("链路没有配置 AES 密钥，加密的文件解不开", *words), False)
    if trouble := _key_trouble(link, content):
        return Look((f"用链路现在的密钥：{trouble}", *words), False)
    plain = envelope.md5_base64(envelope.decrypt(content, link.aes_key, link.aes_iv))
    words.append(f"用链路现在的密钥解密后算：{plain}")
    if plain == broken.claimed_hash:
        return Look(("用链路现在的密钥可以通过校验，下一轮下载会收下", *words), True)
    return Look(("密钥没有问题：解得开，但内容与管局给的哈希值不符，多半是途中损坏", *words), False)
