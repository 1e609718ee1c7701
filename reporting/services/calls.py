"""Each method of the interface for one link: parameters put together, the call recorded, the answer read.

Every call leaves a row in `Call`, written before it and completed after it, each in a commit of its own.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from filing.origin import request_id
from reporting import client, envelope
from reporting.answers import Answer, FileInfo, read_answer
from reporting.choices import CallOutcome, Method, Trouble
from reporting.errors import BureauUnreadable, EnvelopeBroken, NotSent, OutcomeUnknown
from reporting.models import Call, DataFile, Link
from reporting.services.patience import trouble_of
from reporting.services.process import this_process

HASH_MD5 = 0
COMPRESSION_ZIP = 0


def credentials(link: Link) -> list[Any]:
    """ispId, userName, randVal and pwdHash, fresh for every call."""
    random = envelope.random_value()
    return [link.isp_id, link.user_name, random, envelope.password_hash(link.password, random)]


def key_of(link: Link) -> tuple[str, str]:
    """Key and IV where the link encrypts, else empty texts."""
    return (link.aes_key, link.aes_iv) if link.encrypts else ("", "")


def perform(
    link: Link, method: Method, values: list[Any], file: DataFile | None = None
) -> tuple[Answer, str]:
    """Call a method with all its values in order; returns the answer, read and as text.

    Raises: NotSent, OutcomeUnknown.
    """
    record = Call.objects.create(
        link=link,
        method=method,
        file=file,
        sequence=file.sequence if file else None,
        made_by=this_process(),
        request_id=request_id.get(),
        started_at=timezone.now(),
    )
    try:
        text = client.call(link.base_url, link.timeout_s, method, values)
        answer = read_answer(text)
    except NotSent as error:
        _complete(record, CallOutcome.NOT_SENT, message=str(error), trouble=error.trouble)
        raise
    except BureauUnreadable as error:
        _complete(record, CallOutcome.UNREADABLE, message=str(error), trouble=error.trouble)
        raise
    except OutcomeUnknown as error:
        _complete(record, CallOutcome.UNKNOWN, message=str(error), trouble=error.trouble)
        raise
    trouble = trouble_of(answer.code)
    _complete(record, CallOutcome.ANSWERED, code=answer.code, message=answer.message, trouble=trouble)
    Link.objects.filter(pk=link.pk).update(answered_at=record.ended_at)
    link.answered_at = record.ended_at
    return answer, text


def _complete(
    record: Call, outcome: CallOutcome, *, trouble: str, code: int | None = None, message: str = ""
) -> None:
    record.outcome, record.code, record.message, record.trouble = outcome, code, message, trouble
    record.ended_at = timezone.now()
    record.save(update_fields=["outcome", "code", "message", "trouble", "ended_at"])


def upload(link: Link, file: DataFile) -> Answer:
    """isp_upload of a frozen file under its number. Raises: NotSent, OutcomeUnknown."""
    key, iv = key_of(link)
    if file.zip_bytes is None:
        raise NotSent(f"第 {file.sequence} 号文件的内容已清理，不能再发")
    zip_bytes = bytes(file.zip_bytes)
    values = [
        *credentials(link),
        envelope.to_beian_info(zip_bytes, key=key, iv=iv),
        file.zip_md5,
        file.sequence,
        envelope.ENCRYPTION_AES if link.encrypts else envelope.ENCRYPTION_NONE,
        HASH_MD5,
        COMPRESSION_ZIP,
    ]
    return perform(link, Method.UPLOAD, values, file)[0]


def download(link: Link) -> Answer:
    """isp_download: the oldest file that was not acknowledged. Raises: NotSent, OutcomeUnknown."""
    return perform(link, Method.DOWNLOAD, [*credentials(link), HASH_MD5])[0]


def acknowledge(link: Link, name: str) -> Answer:
    """isp_downloadack of a stored file. Raises: NotSent, OutcomeUnknown."""
    return perform(link, Method.ACKNOWLEDGE, [*credentials(link), HASH_MD5, name])[0]


def previous_upload(link: Link, file: DataFile | None = None) -> Answer:
    """isp_querypreviousupload: the last accepted upload. `file` is the one in doubt. Raises: NotSent, OutcomeUnknown."""
    return perform(link, Method.PREVIOUS_UPLOAD, [*credentials(link), HASH_MD5], file)[0]


def open_file(link: Link, info: FileInfo) -> bytes:
    """The zip bytes of a file that came: decrypted, then checked against its hash.

    Raises: EnvelopeBroken. Spec: protocol "A data file" (a download reverses it).
    """
    data = info.content
    if info.encryption == envelope.ENCRYPTION_AES:
        if not (link.aes_key and link.aes_iv):
            raise EnvelopeBroken("文件已加密，但链路没有配置密钥", Trouble.OURS)
        data = envelope.decrypt(data, link.aes_key, link.aes_iv)
    elif info.encryption != envelope.ENCRYPTION_NONE:
        raise EnvelopeBroken(f"不认识的加密算法 {info.encryption}")
    if envelope.md5_base64(data) != info.hash_text:
        raise EnvelopeBroken("哈希值不符，文件可能在途中损坏")
    return data
