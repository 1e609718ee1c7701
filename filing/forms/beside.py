"""What stands beside the fields of a form about something filed: what it is about, what is filed now, the password."""

from __future__ import annotations

from dataclasses import dataclass

from filing.choices import PASSWORD_OPERATIONS, Operation
from filing.forms import filed_typed
from filing.forms.bound import BoundField, Group
from filing.forms.looks import Look
from filing.forms.translation import PASSWORD
from filing.forms.typed import Document
from filing.identifiers import format_ipv4
from filing.models import Access, Request, Subject, Website
from filing.services.changing import NO_CONTENT, filed_side
from filing.services.holdings import Record, record_held, subject_of
from filing.services.telling import ChangeRow, tell_changes

_WORDS = "ICP 备案密码"
_PASSWORD_LOOK = Look("主办者备案时得到的密码，由管局校验；加密保存，有结论后删除", "w-id", "password")
_KEPT_LOOK = Look("已保存，不再显示。要换一个就在这里填，不换就空着", "w-id", "password")


@dataclass(frozen=True)
class About:
    """The filed record that a request acts on, and those that it stands under."""

    record: Record

    @property
    def subject(self) -> Subject:
        return subject_of(self.record)

    @property
    def website(self) -> Website | None:
        if isinstance(self.record, Access):
            return self.record.website
        return self.record if isinstance(self.record, Website) else None

    @property
    def access(self) -> Access | None:
        return self.record if isinstance(self.record, Access) else None

    @property
    def domains(self) -> list[str]:
        return [each.name for each in self.website.domains.order_by("pk")] if self.website else []

    @property
    def ranges(self) -> list[str]:
        return ranges_of(self.access) if self.access else []


def ranges_of(access: Access) -> list[str]:
    """The address ranges of a filed access, one text each."""
    return [
        format_ipv4(each.start) + (f"-{format_ipv4(each.end)}" if each.end != each.start else "")
        for each in access.ranges.all()
    ]


def about(filing: Request | None, content: Document) -> About | None:
    """What a request acts on, where it is held here."""
    if filing is None or filing.operation == Operation.NEW_FILING:
        return None
    record = record_held(filing.operation, filing.isp_id, content)
    return About(record) if record else None


def name_to_type(filing: Request) -> str:
    """The name of the subject that goes with all its websites and cannot come back; "" for what can be undone."""
    return filing.subject_name if filing.operation == Operation.CANCEL_SUBJECT else ""


def ask_password(root: Group, filing: Request) -> None:
    """Add the field of the filing password where the bureau checks it. What is held is never shown."""
    if filing.operation not in PASSWORD_OPERATIONS:
        return
    look = _KEPT_LOOK if filing.icp_password else _PASSWORD_LOOK
    optional = "kept" if filing.icp_password else ""
    root.fields[PASSWORD] = BoundField(
        PASSWORD, PASSWORD, _WORDS, _WORDS, look, look.kind, optional, operation=filing.operation
    )


def show_what_is_filed(root: Group, filing: Request, content: Document) -> list[ChangeRow]:
    """Write beside each field of a change what is filed. Shape: what differs, in words, in the order of the form."""
    filed = filed_side(filing, content)
    if filed is None:
        return []
    filed_typed.write(root, filed)
    asked = {name: value for name, value in content.items() if name != "attachments"}
    rows = tell_changes(filing.operation, filed, asked, reveal=True)
    return [row for row in rows if row.kind != "same" and row.path.rpartition(".")[2] not in NO_CONTENT]
