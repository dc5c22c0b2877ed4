"""The house in order: what is written down is true."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from prefect import Flow
from prefect.flows import load_flow_from_entrypoint
from typer.main import get_command

from cli import app
from models.settings import Settings
from tests import proofs
from tests.documents import DOCUMENTS
from tests.shell import ROOT
from tests.tour import FOLDER, PAGES
from worker.deployments import TYPE

DOCUMENT = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)*[\w-][\w.-]*\.md\b")
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def source_files() -> list[Path]:
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not {
            ".venv",
            ".git",
            "var",
            "__pycache__",
            ".ruff_cache",
            ".mypy_cache",
            ".pytest_cache",
            ".hypothesis",
        }
        & set(path.relative_to(ROOT).parts)
        and path.suffix in {".py", ".md", ".toml", ".yaml", ".sql", ".typ", ".j2", ".lock"}
    ]


def commands() -> set[str]:
    names = set()
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        names |= {f"{name} {sub}" for sub in inner} if inner else {name}
    return names


def test_every_rule_is_held_by_a_test_of_its_name_in_a_section_that_is_shown() -> None:
    rules = list(proofs.rules())
    assert len({rule.name for rule in rules}) == len(rules) > 100
    assert {rule.section for rule in rules} == set(proofs.SECTIONS)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_in_the_readme_exists(readme: Path) -> None:
    mentioned = re.findall(r"`jiebang ([a-z]+(?: [a-z]+)?)", readme.read_text(encoding="utf-8"))
    known = commands()
    assert mentioned
    for command in mentioned:
        assert command in known or command.split()[0] in known, command


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_is_in_the_readme(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    for command in commands():
        assert f"`jiebang {command}" in text, command


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_make_target_in_the_readme_exists(readme: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert (
        set(
            re.findall(
                r"make (demo|test|up|bench|tour|setup|fix|lock|clean)\b",
                readme.read_text(encoding="utf-8"),
            )
        )
        <= targets
    )


def test_what_make_runs_keeps_its_bytecode_whatever_the_shell_says() -> None:
    """Else each process of the stack compiles Prefect anew, which is half of its start."""
    asked = [*("make", "-s", "-f", str(ROOT / "Makefile")), "--eval", "asked:;@printenv"]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*asked, "asked"], env=environment, capture_output=True, text=True, check=True
    )
    assert "PYTHONDONTWRITEBYTECODE=" in done.stdout.splitlines()


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_setting_is_documented(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert (
            name in ("failpoints", "entrypoints", "processes", "registers")
            or f"`JIEBANG_{name.upper()}`" in text
        ), name


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_tour_shows_every_picture_that_make_tour_takes(readme: Path) -> None:
    shown = re.findall(r"\]\(docs/tour/([a-z]+)\.png\)", readme.read_text(encoding="utf-8"))
    assert shown == [name for name, *_ in PAGES]
    for name in shown:
        assert (FOLDER / f"{name}.png").stat().st_size > 10_000


def test_every_deployment_can_be_loaded_and_goes_to_the_warm_pool() -> None:
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    names = set()
    for deployment in declared["deployments"]:
        flow: Flow[..., object] = load_flow_from_entrypoint(deployment["entrypoint"])
        names.add(f"{flow.name}/{deployment['name']}")
        assert deployment["work_pool"]["name"] == Settings().work_pool
    assert names == {
        "project-lifecycle/v1",
        "corrective-action/v1",
        "conduct-list/v1",
        "publish-snapshot/v1",
    }
    assert TYPE == "jiebang-warm"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_is_written_from_the_code_is_committed_as_the_code_has_it(document: Path) -> None:
    committed = document.read_text(encoding="utf-8")
    assert committed == DOCUMENTS[document](), "run `make documents`, read the change, commit it"


def test_the_lock_names_no_registry_and_pins_every_package_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index" not in lock
    pins = re.findall(r"^[A-Za-z0-9_.-]+(?:\[[^\]]+\])?==", lock, flags=re.M)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)


def test_a_document_that_is_named_is_in_the_repository() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in source_files()
        for name in DOCUMENT.findall(path.read_text(encoding="utf-8"))
        if not any((folder / name).exists() for folder in (ROOT, ROOT / "docs", path.parent))
    }
    assert missing == set()


def test_no_file_is_too_long_to_be_read_at_a_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (*source_files(), *(ROOT / "api" / "templates").rglob("*.html"))
        if path.suffix in {".py", ".html"}
        and "versions" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 420
    }
    assert long == {}


def test_no_english_sentence_counts_one_as_several() -> None:
    """A count that may be 1 is worded by ``many``, or so that its noun needs no plural."""
    counts = "needs|supporters|people|residents|answers|days|minutes|projects|bids|organisations"
    glued = re.compile(rf"\{{(?:{counts})\}} [a-z]+s\b")
    wrong = {
        f"{path.relative_to(ROOT)}: {sentence}"
        for path in source_files()
        if path.suffix in (".py", ".html", ".j2", ".typ") and "tests" not in path.parts
        for sentence in glued.findall(path.read_text(encoding="utf-8"))
    }
    assert wrong == set()


def test_nothing_names_a_path_of_the_machine_it_was_written_on() -> None:
    for path in source_files():
        if path.name == "test_house.py":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(?<![\w.])/(?:work|root|home)/", text), path


def test_suspending_happens_in_one_place() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in source_files()
        if path.suffix == ".py" and re.search(r"\bsuspend_flow_run\(", path.read_text("utf-8"))
    ]
    assert [user for user in users if not user.startswith("tests/")] == ["flows/gates.py"]


def test_dates_that_people_are_told_are_counted_in_one_place() -> None:
    """What is counted otherwise would stay as it is when a year's holidays are published."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in source_files()
        if path.suffix == ".py" and "add_working_days(" in path.read_text("utf-8")
    ]
    assert sorted(name for name in users if name.startswith("services/")) == [
        "services/calendar/counted_dates.py",
        "services/calendar_years.py",
        # What is compared with now, and the due dates of tasks, which gates keep themselves.
        "services/conduct/findings.py",
        "services/gates/kits.py",
    ]


def test_committing_happens_in_one_place() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in source_files()
        if path.suffix == ".py" and re.search(r"session\.commit\(", path.read_text("utf-8"))
    ]
    assert [user for user in users if not user.startswith("tests/")] == ["models/session.py"]


def test_every_failpoint_in_the_code_is_hit_by_a_test() -> None:
    named = set()
    for path in source_files():
        if path.suffix == ".py" and "tests" not in path.parts:
            named |= set(re.findall(r'failpoint\("([^"]+)"\)', path.read_text("utf-8")))
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for name in named:
        head, _, tail = name.partition(".")
        assert f'"{name}"' in tests or (f'"{head}.{{name}}"' in tests and f'"{tail}"' in tests), (
            name
        )
