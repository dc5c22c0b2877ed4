"""What is decided lies beside the decision, on every kind of approval, in both languages."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import col, delete, select

from api.visitors import COOKIE
from demo.story import Story
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import ConductList, Gate, Person, RunLease
from models.session import unit_of_work
from services.assess import assessments
from services.conduct import conduct_list
from services.conduct.conduct_list import EntryVerdict
from services.evaluate import evaluation as evaluating
from services.identity.sessions import begin_session
from tests.browsing import carry_axe, chromium, violations
from tests.builders import (
    ProcessWalk,
    Walk,
    actor,
    after,
    assessing,
    decide,
    delivering,
    find_on_visit,
    new_project,
)
from tests.web.world import World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def look(browser: Browser, served: str, login: str, path: str) -> tuple[str, str]:
    """Return the page's text in Chinese, wide, and in English, on a phone; axe finds nothing."""
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == login)).one()
        token = begin_session(session, person, client="test")
    texts = []
    for lang, width in (("", 1280), ("/en", 390)):
        context = browser.new_context(viewport={"width": width, "height": 900})
        context.add_cookies([{"name": COOKIE, "value": token, "url": served}])
        carry_axe(context)
        page: Page = context.new_page()
        page.goto(f"{served}{lang}{path}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert page.locator("#decide button.primary[value=approve]").is_visible()
        texts.append(page.locator("main").inner_text())
        context.close()
    return texts[0], texts[1]


def evaluation() -> tuple[str, Gate]:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    return f"street-{walk.project.street_code}-1", gate


def returned() -> tuple[str, Gate]:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    decide(gate, "expert-3", Verb.RETURN, "受益人数缺少依据。")
    walk.do(Stage.EVALUATE, "conclude", after(evaluating.conclude_evaluation, walk.read(gate)))
    walk.through(Stage.EVALUATE, GateKind.PREPARATION)
    walk.through(Stage.EVALUATE, GateKind.EVENT)
    return f"street-{walk.project.street_code}-1", walk.open(Stage.EVALUATE, GateKind.APPROVAL)


def call() -> tuple[str, Gate]:
    walk = Walk(new_project())
    gate = walk.to_call_approval()
    return f"street-{walk.project.street_code}-1", gate


def ranking() -> tuple[str, Gate]:
    walk = Walk(new_project())
    gate = walk.to_ranking()
    with unit_of_work() as session:
        chair = gate.policy["seats"][0]["people"][0]
        return session.get_one(Person, chair).login, gate


def result() -> tuple[str, Gate]:
    walk = assessing()
    walk.through(Stage.ASSESS, GateKind.EVENT)
    walk.do(Stage.ASSESS, "compute", assessments.compute_result)
    gate = walk.open(Stage.ASSESS, GateKind.APPROVAL)
    return f"street-{walk.project.street_code}-1", gate


def correction() -> tuple[str, Gate]:
    walk = delivering()
    action = find_on_visit(walk.project)
    way = ProcessWalk(action.id, Story(walk.project_id, Random(1)))
    way.through(Stage.CORRECT, GateKind.EVENT)
    gate = way.open(Stage.CORRECT, GateKind.APPROVAL)
    return f"street-{walk.project.street_code}-1", gate


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("bring", "words"),
    [
        (evaluation, ("来自这些需求", "The needs behind it")),
        (returned, ("上一轮已退回", "The last round was returned")),
        (call, ("榜单全文", "The call")),
        (ranking, ("计算过程", "Arithmetic")),
        (result, ("评价结果", "The result")),
        (correction, ("按方案整改", "it is corrected by this plan")),
    ],
    ids=["evaluation", "returned", "call", "ranking", "result", "correction"],
)
def test_what_is_decided_lies_beside_the_decision(
    browser: Browser, served: str, bring: Callable[[], tuple[str, Gate]], words: tuple[str, str]
) -> None:
    login, gate = bring()
    path = f"/desk/{gate.dossier['code']}/{gate.stage}-{gate.kind}-r{gate.round}"
    zh, en = look(browser, served, login, path)
    assert words[0] in zh
    assert words[1] in en


def test_a_list_is_published_with_each_entry_before_one(
    browser: Browser, world: World, served: str
) -> None:
    with world.client(served, "administrator"), unit_of_work() as session:
        month_list = session.exec(select(ConductList).where(ConductList.code == "HB-2025-02")).one()
        entries = [entry for entry, _ in conduct_list.entries_of(session, month_list)]
        conduct_list.review_list(
            session,
            list_id=month_list.id,
            actor=actor("administrator-1"),
            verdicts={
                entry.id: EntryVerdict(confirmed=True, reason="属实，列入名单") for entry in entries
            },
        )
        # The district's own walk has left its lease.
        session.execute(delete(RunLease).where(col(RunLease.process_id) == month_list.id))
    project_id = world.projects["troubled"].id
    ProcessWalk(month_list.id, Story(project_id, Random(1))).open(Stage.LIST, GateKind.APPROVAL)
    zh, en = look(browser, served, "department-1", "/desk/HB-2025-02/list-approval-r1")
    assert "属实，列入名单" in zh
    assert "What was decided of each entry" in en
