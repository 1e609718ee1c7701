"""Nothing but the state machine writes the state of a request: read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.source_code import source_of, sources

WRITES = frozenset(
    {"create", "update", "update_or_create", "get_or_create", "bulk_create", "bulk_update", "Request"}
)


def state_writes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every expression that writes the state of a request, or may: states of other things name their own kind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            values = ast.unparse(node.value) if node.value else ""
            if any(
                isinstance(each, ast.Attribute) and each.attr == "state" and _may(each.value, values)
                for each in targets
            ):
                yield node
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [ast.unparse(each.value) for each in node.keywords if each.arg == "state"]
            if name in WRITES and any(_may(node.func, each) for each in given):
                yield node
            if (
                name == "bulk_update"
                and "'state'" in ast.unparse(node)
                and "Request" in ast.unparse(node.func)
            ):
                yield node
            if name == "setattr" and len(node.args) > 1 and ast.unparse(node.args[1]) == "'state'":
                yield node
        elif isinstance(node, ast.Constant) and "update filing_request " in _words(node.value):
            yield node


def _words(value: object) -> str:
    return " ".join(str(value).lower().replace('"', "").split())


def _may(receiver: ast.AST, value: str) -> bool:
    other = (
        "BatchRowState",
        "FileState",
        "FiledState",
        "LinkState",
        "CircuitState",
        "ItemOutcome",
        "WorkState",
    )
    is_request = "request" in ast.unparse(receiver).lower()
    return is_request or not any(each in value for each in other)


@pytest.mark.parametrize(
    "line",
    [
        "request.state = 'draft'",
        "locked.state = RequestState.READY",
        "entry.request.state: str = x",
        "Request(ref='a', state=S.DRAFT)",
        "Request.objects.filter(pk=1).update(state=S.READY)",
        "rows.update(state=to)",
        "Request.objects.bulk_update(rows, ['state'])",
        "setattr(request, 'state', to)",
        "cursor.execute('UPDATE \"filing_request\" SET state = 1')",
    ],
)
def test_it_sees_who_writes_a_state(line: str) -> None:
    assert list(state_writes(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "request.status = 1",
        "file.state = FileState.SENDING",
        "Request.objects.filter(state=S.READY)",
        "subjects.update(state=FiledState.CANCELLED)",
        "'SELECT state FROM filing_request'",
    ],
)
def test_it_lets_others_write_states_of_their_own(line: str) -> None:
    assert not list(state_writes(ast.parse(line)))


def test_it_writes_the_state_of_a_request_in_one_place() -> None:
    found = {
        (source.path, function.name)
        for source in sources()
        if source.module.split(".")[0] in ("filing", "verification", "reporting")
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef)
        for _ in state_writes(function)
    }
    outside = {each for each in found if each[0] != "filing/states.py"}
    assert outside == {("filing/services/drafts.py", "create_draft")}
    # move_all sets the column by name, together with what else the move brings.
    assert '"state": to' in ast.unparse(source_of("filing.states").tree).replace("'", '"')
