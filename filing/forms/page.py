"""All that the page of a draft shows, put together once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from filing.choices import INDIVIDUAL_NATURE, Operation
from filing.code_tables import CodeTable
from filing.documents.paths import value_at
from filing.forms import saving
from filing.forms.answers import Answers, answers_of
from filing.forms.beside import About, about, ask_password, name_to_type, show_what_is_filed
from filing.forms.bound import Binder, BoundField, Fault, Group, attach, in_order
from filing.forms.came_back import CameBack, marks_for, why
from filing.forms.progress import Task, tasks_of
from filing.forms.translation import LINK, REMARKS
from filing.forms.typed import Document, Typed
from filing.forms.uploads import known_images, purpose_of
from filing.models import Request, Revision
from filing.rules.materials import MOST_CHARACTERS
from filing.services import codes
from filing.services.attachments import REFERENCE
from filing.services.findings import look_through
from filing.services.fitting import limit_for, most_kb
from filing.services.revisions import current_revision
from filing.services.telling import ChangeRow, tell_changes

FROM_BUREAU = frozenset({Operation.VERIFICATION_RESULT})
"""What these name was told by the bureau, held here or not."""


@dataclass
class DraftPage:
    """What the template reads.

    Shape: `root` the form, `faults` its summary, `heed` warnings that stop nothing, `tasks` the list beside it;
    `theirs` the differences to what somebody else saved. `edits` and `revision_number` travel with the form.
    `about` is what is filed and acted on, `changes` how a change differs from it.
    `asked`: the whole was to be checked, so that what is missing is a fault too.
    """

    operation: str
    root: Group
    typed: Typed
    content: Document
    tasks: list[Task]
    faults: list[Fault] = field(default_factory=list)
    heed: list[Fault] = field(default_factory=list)
    filing: Request | None = None
    revision: Revision | None = None
    edits: int = 0
    revision_number: int = 0
    back: CameBack | None = None
    stale: bool = False
    restored: bool = False
    is_unsaved: bool = False
    may_be_submitted: bool = False
    next_anchor: str = ""
    once: str = ""
    asked: bool = False
    about: About | None = None
    changes: list[ChangeRow] = field(default_factory=list)

    @property
    def title(self) -> str:
        label = Operation(self.operation).label
        typed = self.typed.get("subject", {}).get("name", "").strip()
        name = typed or (self.filing.subject_name if self.filing else "")
        return f"{name} · {label}" if name else label

    @property
    def begun(self) -> bool:
        """Whether somebody has typed in it: what starts from something filed is complete before anybody looked."""
        return self.filing is not None and (self.operation == Operation.NEW_FILING or self.edits > 0)

    @property
    def name_to_type(self) -> str:
        """What is typed before a request is submitted that cannot be undone; "" where nothing is."""
        return name_to_type(self.filing) if self.filing else ""

    @property
    def remarks(self) -> str:
        return str(self.typed[REMARKS])

    @property
    def chosen_link(self) -> str:
        """The link that the request goes over, for the fragment that offers them."""
        return str(self.typed.get(LINK, ""))

    @property
    def individual(self) -> str:
        """The nature that needs no office phone, for the script that shows what may be left out."""
        return str(INDIVIDUAL_NATURE)

    @property
    def is_individual(self) -> bool:
        return bool(self.typed.get("subject", {}).get("nature") == self.individual)

    @property
    def fault_words(self) -> str:
        gaps = sum(each.is_gap for each in self.faults)
        wrong = len(self.faults) - gaps
        parts = [f"{wrong} 处要改"] if wrong else []
        parts += [f"{gaps} 处要补"] if gaps else []
        return f"有 {'，'.join(parts)}"

    @property
    def seen(self) -> str:
        """Names the save that the reader is shown, so that agreeing to overwrite it means no later one."""
        return f"{self.revision.number}.{self.revision.edits}" if self.revision else ""

    @property
    def theirs(self) -> list[ChangeRow]:
        if not (self.stale and self.revision):
            return []
        rows = tell_changes(self.operation, self.revision.content, self.content, reveal=True)
        return [row for row in rows if row.kind != "same"]

    @property
    def answers(self) -> list[Answers]:
        """Everything typed, read-only, by the parts of the form."""
        return answers_of(self.operation, self.content, self.root, self.tasks)

    @property
    def purpose_owners(self) -> dict[int, str]:
        """Whose an image of each purpose is, for the script that chooses it."""
        return {
            code: codes.purpose_owner(code) for code, _name in codes.choices_for(CodeTable.ATTACHMENT_PURPOSE)
        }


def compose(
    operation: str, typed: Typed, filing: Request | None, *, show_gaps: bool = False, quiet: bool = False
) -> DraftPage:
    """Put a page together for what was typed.

    `show_gaps`: also what is still missing is a fault, as after an attempt to submit. `quiet`: no faults at all,
    while blocks are added and removed.
    """
    revision = current_revision(filing) if filing else None
    reading = saving.read(operation, typed, revision.content if revision else None)
    findings = look_through(operation, reading.content, filing)
    unheld = {each.path for each in reading.unheld}
    findings.wrong = reading.unheld + [each for each in findings.wrong if each.path not in unheld]
    findings.gaps = [each for each in findings.gaps if each.path not in unheld]
    acts_on = about(filing, reading.content)
    root = Binder(operation, typed, held=acts_on is not None or operation in FROM_BUREAU).root()
    if filing is not None:
        ask_password(root, filing)
    page = DraftPage(
        operation, root, typed, reading.content, tasks_of(root, findings), filing=filing, revision=revision
    )
    page.may_be_submitted = findings.may_be_submitted
    page.about = acts_on
    if filing is not None:
        page.changes = show_what_is_filed(root, filing, reading.content)
    _show_images(root, typed)
    if revision is not None:
        page.edits, page.revision_number = revision.edits, revision.number
    if filing is not None:
        page.back = why(filing)
        attach(root, marks_for(page.back, reading.content), reading.content, "marks")
    if not quiet:
        wrong = attach(root, findings.wrong, reading.content)
        gaps = attach(root, findings.gaps, reading.content) if show_gaps else []
        page.faults = in_order(root, wrong + [replace(each, is_gap=True) for each in gaps])
        page.asked = show_gaps
        page.heed = in_order(root, attach(root, findings.heed, reading.content, "heed"))
    return page


def _show_images(root: Group, typed: Typed) -> None:
    """Give each field of images the stored images that it refers to, and the limit that holds for it."""
    rows = known_images(typed)
    for node in root.walk():
        if not isinstance(node, BoundField) or node.kind not in ("image", "images"):
            continue
        references = node.value if node.kind == "images" else [node.value]
        hashes = [each.removeprefix(REFERENCE) for each in references]
        node.images = [rows[sha256] for sha256 in hashes if sha256 in rows]
        purpose = value_at(typed, node.path.rpartition(".")[0] + ".purpose") if node.kind == "image" else None
        node.limit_kb = most_kb(
            MOST_CHARACTERS if node.kind == "images" else limit_for(purpose_of(purpose or ""))
        )
