"""Which file may import which: read from the source, so that it holds for every file."""

from __future__ import annotations

import ast

from tests.source_code import Import, Source, imports, read, source_of, sources

# Right may import left, and everything itself.
MAY_IMPORT = {
    "filing": set(),
    "accounts": {"filing"},
    "verification": {"filing"},
    "reporting": {"filing", "verification", "xsd"},
    "upkeep": {"filing", "verification", "reporting"},
    "simulator": {"xsd"},
    "xsd": set(),
    # Settings name apps by text; apps read settings through django.conf.
    "settings": set(),
}
FACTS, SERVICES, TASKS, WEB = range(4)
LAYERS = {
    FACTS: "models choices code_tables identifiers masking secrets actors times result_codes arriving documents "
    "errors answers blocks builders readers envelope schema schema_words groups",
    TASKS: "tasks",
    WEB: "views forms admin management templatetags urls urls_work urls_imports urls_alerts context apps",
}
LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names.split()}
"""By the second step of a module's name; "…_data" are facts too. What is not here decides, as services do."""

MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 60


def ours(source: Source) -> list[Import]:
    """What it imports of the project."""
    return [each for each in imports(source) if each.module.split(".")[0] in MAY_IMPORT]


def layer(module: str) -> int:
    steps = module.split(".")
    if len(steps) < 2 or steps[0] == "xsd" or steps[1].endswith("_data"):
        return FACTS
    return LAYER_OF.get(steps[1], SERVICES)


def test_it_reads_the_whole_project() -> None:
    modules = {source.module for source in sources()}
    assert {"filing.states", "reporting.client", "simulator", "xsd.loader", "verification.urls"} <= modules
    assert any(each.module == "filing.models.Request" for each in imports(source_of("filing.states")))


def test_it_imports_only_to_the_left_between_packages() -> None:
    wrong = [
        f"{source.path}:{each.line} imports {each.module}"
        for source in sources()
        for each in ours(source)
        if each.module.split(".")[0]
        not in MAY_IMPORT[source.module.split(".")[0]] | {source.module.split(".")[0]}
    ]
    assert wrong == []


def test_it_imports_nothing_of_the_tests() -> None:
    assert [s.path for s in sources() for each in imports(s) if each.module.split(".")[0] == "tests"] == []


def test_it_imports_only_to_the_left_inside_packages() -> None:
    wrong = [
        f"{source.path}:{each.line} imports {each.module}"
        for source in sources()
        if source.module.split(".")[0] in ("filing", "accounts", "verification", "reporting", "upkeep")
        and ".migrations" not in source.module
        for each in ours(source)
        if layer(each.module) > layer(source.module)
    ]
    assert wrong == []


def test_it_has_no_import_inside_a_function() -> None:
    wrong = [
        f"{source.path}:{node.lineno}"
        for source in (*sources(), read("manage.py"))
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_it_has_no_circle_of_imports() -> None:
    modules = {source.module for source in sources()}
    graph = {
        source.module: {
            name
            for each in ours(source)
            if not each.only_typing
            for name in (each.module, each.module.rpartition(".")[0])
            if name in modules and name != source.module and not source.module.startswith(f"{name}.")
        }
        for source in sources()
    }
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way[way.index(module) :], module))
        if module not in done:
            for other in sorted(graph[module]):
                # A package's __init__ that gathers its own modules is no circle.
                if not other.startswith(f"{module}."):
                    visit(other, (*way, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_it_speaks_soap_in_one_file_only() -> None:
    files = {s.path for s in sources() for each in imports(s) if each.module.split(".")[0] == "zeep"}
    assert files == {"reporting/client.py"}


def test_it_keeps_files_and_functions_short() -> None:
    long = [
        f"{source.path}: {lines} lines"
        for source in sources()
        if ".migrations." not in source.module and (lines := len(source.text.splitlines())) > MOST_LINES
    ]
    functions = [
        f"{source.path}:{node.lineno} {node.name}: {lines} lines"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long + functions == []
