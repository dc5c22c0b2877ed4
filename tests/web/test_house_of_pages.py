"""What every page keeps to: both languages in pairs, nothing from elsewhere, no heavy imports."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.view import environment
from tests.shell import ROOT

TEMPLATES = sorted(
    template for template in (ROOT / "api" / "templates").rglob("*") if template.is_file()
)
# Characters, and the punctuation that goes with them: \u3000 is a wide blank.
CJK = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
# Literals that follow each other are one: a sentence may be longer than a line.
SENTENCE = r"'(?:[^'\\]|\\.)*'(?:\s*'(?:[^'\\]|\\.)*')*"
PAIR = re.compile(rf"\bt\(\s*{SENTENCE},\s*{SENTENCE}\s*[),]")
LOOP = re.compile(r"\{% for [^%]* in \((?:.|\n)*?\) %\}")
COMMENT = re.compile(r"\{#.*?#\}", re.S)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_chinese_stands_in_a_pair_with_english(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern in (COMMENT, LOOP, PAIR):
        text = pattern.sub("", text)
    left = [line.strip() for line in text.splitlines() if CJK.search(line)]
    assert left == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


def test_styles_need_nothing_from_elsewhere() -> None:
    style = (ROOT / "api" / "static" / "style.css").read_text(encoding="utf-8")
    assert "@import" not in style
    assert "url(" not in style


def test_the_web_loads_neither_prefect_nor_great_expectations() -> None:
    code = (
        "import sys, api.main; api.main.create_app();"
        "print([m for m in ('prefect', 'great_expectations', 'pandas', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_is_well_formed(path: Path) -> None:
    environment().get_template(path.relative_to(ROOT / "api" / "templates").as_posix())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_line_of_a_template_is_too_long_to_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.strip()[:60] for line in lines if len(line) > 140] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_trail_ends_with_a_name(path: Path) -> None:
    trails = re.findall(r'<p class="crumbs">.*?</p>', path.read_text("utf-8"), re.DOTALL)
    assert [trail for trail in trails if re.search(r"›\s*</p>", trail)] == []
