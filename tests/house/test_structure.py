"""The structure: what the layers' contracts cannot say."""

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

import models
from api import main
from api.json import app
from api.notices import NOTICES
from api.view import environment
from domain.district.round_rules import DEFAULTS, RoundRules, rules_of
from domain.district.round_settings import BLOCKS, bounds_of, flatten
from services.gates.kits import GateKit
from services.processes import PROCESSES
from tests.shell import ROOT

# Where the tables are that the engine and what lies below it call their own.
OWN = {
    f"models.{name}" for name in ("gates", "checks", "identity", "district", "calendar", "platform")
}
KITS = [gate for process in PROCESSES for stage in process.stages for gate in stage.gates]


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    "path",
    list(sources("services/gates", "services/execution")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_the_engine_reads_no_table_of_a_capability(path: Path) -> None:
    imported = {
        name.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "models"
        for name in node.names
    }
    tables = {name for name in imported if name in models.__all__}
    assert {name for name in tables if getattr(models, name).__module__ not in OWN} == set()


@pytest.mark.parametrize(
    "path",
    [path for path in sources("tests") if path.name != "conftest.py"],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_test_module_is_imported(path: Path) -> None:
    """What two of them need is a builder, a part of a page, or a method of the stack."""
    imports = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    parts = {
        part
        for node in imports
        for name in (getattr(node, "module", None) or "", *(alias.name for alias in node.names))
        for part in name.split(".")
    }
    modules = {file.stem for file in sources("tests") if file.name.startswith("test_")}
    assert parts & modules == set()


def test_there_is_no_circle_among_the_packages_of_services() -> None:
    graph = grimp.build_graph("services", include_external_packages=False)
    packages = {module: module.split(".")[1] for module in graph.modules if "." in module}
    ahead: dict[str, set[str]] = {package: set() for package in packages.values()}
    for module, package in packages.items():
        for target in graph.find_modules_directly_imported_by(module):
            ahead[package] |= {packages[target]} - {package}

    def circle(package: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
        if package in path:
            return (*path[path.index(package) :], package)
        circles = (circle(other, (*path, package)) for other in sorted(ahead[package]))
        return next((way for way in circles if way), None)

    # Each package is looked at once more from each way to it; there are few.
    assert [way for package in sorted(ahead) if (way := circle(package, ()))] == []


def test_a_stage_is_compared_by_value() -> None:
    """A gate's stage is text: ``is`` would be false without anybody noticing."""
    paths = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if ".venv" not in path.parts and re.search(r"\bis (not )?Stage\.", path.read_text("utf-8"))
    ]
    assert paths == [] or paths == ["tests/house/test_structure.py"]


def test_every_pattern_of_a_field_holds() -> None:
    """SQLModel takes ``regex`` of a field and checks nothing by it; pydantic knows ``pattern``."""
    paths = [
        path.relative_to(ROOT).as_posix()
        for path in sources("models", "services", "api")
        if re.search(r"\bField\([^)]*\bregex=", path.read_text("utf-8"))
    ]
    assert paths == []


def test_every_deployment_of_a_process_is_declared_by_its_kit() -> None:
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    deployed = {
        f"{entry['entrypoint'].rpartition('.')[2].replace('_', '-')}/{entry['name']}": entry[
            "entrypoint"
        ]
        for entry in declared
    }
    kits = {kit.definition: kit.entrypoint for kit in PROCESSES}
    assert {name: deployed.get(name) for name in kits} == kits


def gates_named_in(path: Path) -> set[int]:
    """Return the kits that a flow passes or guards, by identity."""
    module = __import__(f"flows.{path.stem}", fromlist=["_"])
    named = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in ("pass_gate", "guard") and isinstance(node.args[1], ast.Attribute):
            target = node.args[1]
            assert isinstance(target.value, ast.Name)
            named.add(id(getattr(getattr(module, target.value.id), target.attr)))
    return named


def test_flows_pass_every_gate_that_is_declared_and_no_other() -> None:
    flows = [
        ROOT / f"{kit.entrypoint.rpartition('.')[0].replace('.', '/')}.py" for kit in PROCESSES
    ]
    for process, flow in zip(PROCESSES, flows, strict=True):
        declared = {id(gate) for stage in process.stages for gate in stage.gates}
        named = gates_named_in(flow)
        assert named <= declared, flow
        # A stage without a check has a repair gate nobody opens: a project's notice.
        left = [gate for stage in process.stages for gate in stage.gates if id(gate) not in named]
        assert [(gate.stage.code, gate.kind) for gate in left] in ([], [("notice", "repair")])


def test_every_status_under_way_has_a_stage_and_every_other_is_over_or_a_beginning() -> None:
    for kit in PROCESSES:
        stages = {stage.code for stage in kit.stages}
        assert set(kit.stage_of.values()) == stages
        begins = {before for before, _ in kit.moves} - set(kit.moves.values())
        assert set(kit.status_names) == set(kit.stage_of) | kit.over | begins
        assert kit.stopped <= kit.over


def read_from_page(template: str, seen: set[str] | None = None) -> set[str]:
    """Return the fields of a task's page that a template reads, with those it includes."""
    seen = seen or set()
    source, _, _ = environment().loader.get_source(environment(), template)  # type: ignore[union-attr]
    fields = set(re.findall(r"\bx\.([a-z_]+)", source))
    for other in set(re.findall(r"{% include \"([^\"]+)\" %}", source)) - seen:
        fields |= read_from_page(other, seen | {template})
    return fields


@pytest.mark.parametrize(
    "kit", [kit for kit in KITS if kit.template], ids=lambda kit: f"{kit.stage.code}-{kit.kind}"
)
def test_a_template_reads_only_what_its_page_has(kit: GateKit[Any]) -> None:
    page = type(kit).page.__annotations__["return"]
    assert kit.template
    assert read_from_page(kit.template) <= set(getattr(page, "_fields", ()))


def test_whoever_prepares_or_mends_has_a_seat_and_every_approval_can_be_given() -> None:
    for gate in KITS:
        if gate.kind in ("preparation", "repair"):
            assert gate.rule.seats, gate.stage.code
        if gate.kind == "approval":
            assert gate.rule.seats or type(gate).seats is not GateKit.seats
            assert "approve" in gate.rule.verbs


def test_settings_of_a_round_are_read_through_their_model() -> None:
    """What is stored is read where versions are kept, frozen at an award, or replayed."""
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in sources("services", "api", "tasks", "flows", "worker", "reports", "checks")
        if re.search(r"\bRoundSettings\b|\bstored_settings\b", path.read_text("utf-8"))
    }
    assert readers == {
        "services/award/ranking.py",
        "services/district/rounds.py",
        "services/replay.py",
    }


def test_a_setting_is_a_field_with_a_name_bounds_and_a_place_on_the_page() -> None:
    flat = dict(flatten(DEFAULTS))
    shown = [path for block in BLOCKS for path in block.paths]
    assert sorted(shown) == sorted(flat)
    assert set(DEFAULTS) == {field.name for field in fields(RoundRules)}
    for path, value in flat.items():
        bounds = bounds_of(path)
        assert bounds.least <= Decimal(value) <= bounds.most, path
    assert rules_of(DEFAULTS).openers == 2


# Where a capability has a folder, it is called as its package in services.
LAYERS = (
    *("domain", "models", "api/pages", "api/json", "api/templates"),
    *("tests/domain", "tests/database", "tests/web"),
)
# What is no capability's: the shapes of answers, and the parts of which the tests' district is made.
APART = {"api/json": {"shapes"}, "tests/web": {"fragments"}}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_capability_has_the_same_name_in_every_layer(layer: str) -> None:
    capabilities = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}
    folders = {path.name for path in (ROOT / layer).iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders - APART.get(layer, set()) <= capabilities


# Modules of models that hold no capability's tables: the session, the settings, what columns share.
HELPERS = {"columns", "failpoints", "heap", "keyring", "limits", "locks", "platform", "sentences"}
HELPERS |= {"session", "settings", "shapes", "unlogged"}


def test_tables_lie_in_a_module_called_as_their_capability() -> None:
    services = {path.stem for path in (ROOT / "services").iterdir()} | {"checks"}
    modules = {path.stem for path in (ROOT / "models").glob("*.py")} - {"__init__"}
    assert modules - services == HELPERS


def test_one_name_of_a_class_means_one_thing() -> None:
    layers = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
    names = Counter(
        node.name
        for path in sources(*(layer for layer in layers if layer not in {"tests", "migrations"}))
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert len(names) > 500
    assert {name for name, number in names.items() if number > 1} == set()


@pytest.mark.parametrize("faces", ["api.pages", "api.json"])
def test_every_module_with_routes_is_served(faces: str) -> None:
    package = importlib.import_module(faces)
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(package.__path__, f"{faces}.")
    ]
    served = {"api.pages": main.PAGES, "api.json": app.ROUTERS}[faces]
    left = {module.__name__ for module in modules if hasattr(module, "router")} - {
        module.__name__ for module in served
    }
    assert not left, f"add {sorted(left)} to PAGES in api/main.py, or to ROUTERS in api/json/app.py"


def test_every_operation_stands_under_a_heading_of_the_help_page() -> None:
    page = (ROOT / "api/templates/identity/api.html").read_text("utf-8")
    tags = {str(tag) for module in app.ROUTERS for tag in module.router.tags} | {"registers"}
    without = {tag for tag in tags if f"'{tag}': t(" not in page}
    assert not without, f"give {sorted(without)} a heading in api/templates/identity/api.html"


def test_whatever_is_done_is_worded() -> None:
    """A page goes on with the name of a notice, which somebody has to have worded."""
    done = set()
    for path in sources("api"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            named = [word.value for word in node.keywords if word.arg == "done"]
            named += node.args[:1] if node.func.attr == "done" else []
            done |= {str(part.value) for value in named for part in constants(value)}
    assert len(done) > 20
    assert not done - NOTICES.keys(), f"word {sorted(done - NOTICES.keys())} in api/notices.py"


def constants(value: ast.expr) -> Iterator[ast.Constant]:
    for node in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
        if isinstance(node, ast.Constant) and node.value:
            yield node
