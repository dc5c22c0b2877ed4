"""People of a district at their devices, and what each of them does in a lifecycle."""

import io
import re
from datetime import timedelta

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Locator, Page, expect
from sqlmodel import select

from domain.calendar import BEIJING
from models import Bid, Call, Milestone, Objection, Organisation, Project
from models.session import unit_of_work
from services.clock import now
from services.identity.demo_people import PASSWORD
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.browsing import SEEN, follow, violations
from tests.stack.conftest import Rig

PHONE, DESKTOP = (390, 844), (1280, 900)
PHOTO = io.BytesIO()
Image.new("RGB", (640, 480), (120, 160, 90)).save(PHOTO, "PNG")


class Someone:
    """A person at their own device; nothing they open may fail in the console or be too wide."""

    def __init__(self, page: Page, base: str, login: str, examined: set[str]) -> None:
        self.examined = examined
        self.page, self.base, self.login = page, base, login
        self.wrong: list[str] = []
        page.on("console", self.note)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.look(path)

    def look(self, name: str) -> None:
        """The page is no wider than the screen and nothing went wrong."""
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, (name, too_wide)
        assert self.wrong == []
        kind = re.sub(r"LC-\d+-\d+", "LC", name)
        if kind not in self.examined:
            self.examined.add(kind)
            assert violations(self.page) == []

    def follow(self, leading: Locator, name: str) -> None:
        """Click what leads to another page, and look at that one."""
        follow(self.page, leading)
        self.look(name)

    def form(self, ending: str) -> Locator:
        return self.page.locator(f"form[action$='{ending}']").first

    def send(self, form: Locator, button: str = "button") -> None:
        """Submit a form and see that it was taken."""
        form.locator(button).first.click()
        expect(self.page.locator(".verdict.good[role=status]")).to_be_visible()

    def fill(self, form: Locator, values: dict[str, str]) -> None:
        for name, value in values.items():
            form.locator(f"[name='{name}']").first.fill(value)


class Play:
    """People of one district on the running stack.

    Who works at a desk does so in English on a wide screen, everybody else in Chinese on a phone.
    """

    def __init__(self, rig: Rig, browser: Browser, address: str):
        self.rig, self.browser, self.address = rig, browser, address
        self.people: dict[str, Someone] = {}
        self.examined: set[str] = set()

    def who(self, login: str) -> Someone:
        """Return somebody signed in on a device of their own."""
        if login not in self.people:
            at_desk = login.startswith(("street", "department", "administrator"))
            width, height = DESKTOP if at_desk else PHONE
            page = self.browser.new_context(viewport={"width": width, "height": height}).new_page()
            page.set_default_timeout(SEEN)
            base = self.address + ("/en" if at_desk else "")
            someone = Someone(page, base, login, self.examined)
            someone.go("/sign-in")
            form = someone.page.locator("form.panel")
            someone.fill(form, {"login": login, "password": PASSWORD})
            someone.send(form)
            self.people[login] = someone
        return self.people[login]

    def at(self, login: str, project: Project, stage: str, kind: str) -> Someone:
        """Wait until the run waits at a gate, and let somebody open it from their inbox."""
        gate = self.rig.at_gate(project.id, stage, kind)
        someone = self.who(login)
        someone.go("/desk")
        key = f"/desk/{project.code}/{stage}-{kind}-r{gate.round}"
        if (link := someone.page.locator(f"main a[href$='{key}']")).count():
            someone.follow(link.first, key)
        else:
            someone.go(key)
        return someone

    def decide(self, login: str, project: Project, stage: str, verb: str = "approve") -> None:
        someone = self.at(login, project, stage, "approval")
        form = someone.form("/decide")
        form.locator("[name='comment']").fill("同意 / agreed")
        someone.send(form, f"button[value='{verb}']")

    def form_project(self, secretary: str, title: str) -> Project:
        someone = self.who(secretary)
        someone.go("/desk/needs")
        form = someone.page.locator("form.form")
        form.get_by_label(title).check()
        form.locator("[name='title']").fill(title)
        someone.follow(form.locator("button.primary"), "formed")
        with unit_of_work() as session:
            return session.exec(select(Project).where(Project.title == title)).one()

    def evaluate(self, project: Project, secretary: str, street: str) -> None:
        someone = self.at(secretary, project, "evaluate", "preparation")
        form = someone.form("/analysis")
        self.refuse_an_empty(someone, form)
        form = someone.form("/analysis")
        values = {
            "root_cause": "楼院里缺少固定的组织者和场地，居民作息与服务时段不符。",
            "target_group": "70 岁以上独居老人",
            "beneficiaries": "1,200",
            "budget": "９０，０００",
        }
        someone.fill(form, values)
        someone.send(form)
        for login in ("expert-1", "expert-2", "department-1"):
            someone = self.at(login, project, "evaluate", "event")
            form = someone.form("/appraisal")
            for mark in form.locator(".mark").all():
                mark.fill("85")
            someone.send(form)
        self.decide(street, project, "evaluate")
        self.decide("expert-3", project, "evaluate")

    @staticmethod
    def refuse_an_empty(someone: Someone, form: Locator) -> None:
        """What is wrong is said at its field, and what was typed is still there."""
        form.evaluate("form => form.noValidate = true")
        form.locator("[name='target_group']").fill("独居老人")
        form.locator("button.primary").click()
        expect(someone.page.locator("#problem")).to_be_visible()
        expect(someone.page.locator("#w-root_cause")).to_be_visible()
        expect(someone.page.locator("[name='target_group']")).to_have_value("独居老人")
        someone.wrong.clear()

    def publish(self, project: Project, secretary: str, other: str, street: str) -> None:
        someone = self.at(secretary, project, "publish", "preparation")
        form = someone.form("/call")
        with unit_of_work() as session:
            begins = now(session).date() + timedelta(days=60)
        someone.fill(
            form,
            {
                "problem": "本社区 70 岁以上独居老人多，午餐没有着落。",
                "scope": "在社区食堂提供午餐，行动不便者送餐上门。",
                "outcomes.name": "助餐人次",
                "outcomes.target": "6000",
                "outcomes.unit": "人次",
                "delivery_from": begins.isoformat(),
                "delivery_until": (begins + timedelta(days=120)).isoformat(),
            },
        )
        form.locator("[name='blind']").select_option("true")
        someone.send(form)
        self.decide(other, project, "publish")
        self.decide(street, project, "publish")

    def bid(self, project: Project, login: str, price: str, partner: str | None = None) -> None:
        path = f"/desk/calls/{project.code}/bid"
        with unit_of_work() as session:
            call = session.exec(select(Call).where(Call.project_id == project.id)).one()
        someone = self.who(login)
        someone.go("/desk/calls")
        someone.page.locator(f"a[href$='{path}']").click()
        if partner:
            self.join(someone, path, partner)
        form = someone.form("/bid/submit")
        someone.fill(
            form,
            {
                "plan": "每周五天在社区食堂供餐，行动不便者送餐上门。",
                "team": "社工 2 人，厨师 1 人，志愿者 20 人",
                "budget.item": "食材与人工",
                "budget.amount": price,
                "milestones.title": "服务期满",
                "milestones.due_on": (call.delivery_from + timedelta(days=20)).isoformat(),
                "milestones.share": "100",
            },
        )
        expect(form.locator("[data-total='share']")).to_have_class("good")
        someone.send(form, "button.primary")
        expect(someone.page.get_by_text(project.code + "-").first).to_be_visible()
        form = someone.form("/bid/unlock")
        someone.fill(form, {"passphrase": DEMO_PASSPHRASE})
        someone.send(form)
        someone.look("receipt")

    def join(self, someone: Someone, path: str, partner: str) -> None:
        """Invite a partner, who confirms on a device of its own."""
        with unit_of_work() as session:
            names = session.exec(select(Organisation.name).order_by(Organisation.name)).all()
        other = self.who(partner)
        other.go("/desk/calls")
        name = next(name for name in names if name in other.page.inner_text("p.lead"))
        someone.page.locator("details summary", has_text="").last.click()
        form = someone.form("/bid/members")
        someone.fill(
            form,
            {
                "work_package": "统筹和日常服务",
                "partners.name": name,
                "partners.share": "40",
                "partners.work_package": "居民骨干培训",
            },
        )
        someone.send(form)
        other.go("/desk")
        other.page.locator(f"main table a[href$='{path}']").click()
        other.send(other.form("/bid/confirm"))
        someone.go(path)

    def pass_time(self, project: Project, login: str, stage: str) -> None:
        someone = self.at(login, project, stage, "timer")
        someone.send(someone.form("/pass-time"))

    def award(self, project: Project, secretary: str, street: str) -> None:
        for login in (secretary, street):
            someone = self.at(login, project, "bid", "event")
            form = someone.form("/opening")
            someone.fill(form, {"passphrase": DEMO_PASSPHRASE})
            someone.send(form)
        someone = self.at(street, project, "award", "preparation")
        form = someone.form("/panel")
        officers = [street.removesuffix("1") + "2", "department-1", "department-2"]
        for login in (*officers, "expert-4", "expert-5"):
            form.locator("tr", has_text=login).locator("select").select_option("member")
        form.locator("tr", has_text="expert-6").locator("select").select_option("reserve")
        form.locator("tr", has_text="expert-4").locator("input[type=radio]").check()
        someone.send(form)
        self.declare("expert-5", project, "yes")
        for login in (*officers, "expert-4", "expert-6"):
            someone = self.declare(login, project, "no")
            self.score(someone, project, plan="30" if login.startswith("expert") else None)
            someone.send(someone.form("/reread"))
        self.meet(project)
        someone = self.at("expert-4", project, "award", "approval")
        someone.follow(someone.page.locator("a[href*='/minutes/']"), "minutes")
        self.decide("expert-4", project, "award")

    def declare(self, login: str, project: Project, interest: str) -> Someone:
        someone = self.at(login, project, "award", "event")
        form = someone.form("/interest")
        form.locator(f"[value='{interest}']").check()
        someone.send(form)
        return someone

    @staticmethod
    def score(someone: Someone, project: Project, plan: str | None) -> None:
        """Mark every bid without knowing whose it is; ``plan`` is the mark for that criterion."""
        with unit_of_work() as session:
            bids = session.exec(select(Bid).where(Bid.project_id == project.id)).all()
            names = {bid.id: session.get_one(Organisation, bid.lead_id).name for bid in bids}
        for bid in bids:
            expect(someone.page.locator("main")).not_to_contain_text(names[bid.id])
            form = someone.form(f"/score/{bid.receipt_no}")
            first = "暖阳" in names[bid.id]
            for mark in form.locator(".mark").all():
                mark.fill("92" if first else "80")
            if plan and not first:
                form.locator("[name$='.plan']").fill(plan)
            form.locator("textarea").fill("团队有经验，排班还可以更细。")
            someone.send(form)
        for name in names.values():
            expect(someone.page.locator("main")).to_contain_text(name)

    def meet(self, project: Project) -> None:
        """The marks for one plan lie apart: the chair changes one, and records the meeting."""
        someone = self.at("expert-4", project, "award", "event")
        form = someone.form("/change")
        someone.fill(form, {"mark": "70", "reason": "方案第三部分写明了排班"})
        someone.send(form)
        form = someone.form("/meeting")
        with unit_of_work() as session:
            someone.fill(form, {"held_on": now(session).astimezone(BEIJING).date().isoformat()})
        for there in form.locator("[name='present']").all():
            there.check()
        someone.fill(form, {"discussion": "逐项讨论了方案，一名成员修改了评分。"})
        someone.send(form)

    def agree(self, project: Project, street: str, lead: str, objector: str) -> None:
        self.rig.at_gate(project.id, "notice", "timer")
        someone = self.who(objector)
        someone.go(f"/desk/calls/{project.code}/bid")
        expect(someone.page.locator("main")).to_contain_text("团队有经验，排班还可以更细。")
        someone.go(f"/projects/{project.code}")
        form = someone.form("/objection")
        form.locator("textarea").fill("公示的团队人数与意向书不符，请核实。")
        someone.send(form)
        with unit_of_work() as session:
            objection = session.exec(
                select(Objection).where(Objection.project_id == project.id)
            ).one()
        someone = self.at("administrator-1", project, "notice", "timer")
        form = someone.form(f"/objections/{objection.id}")
        form.locator("[value='no']").check()
        form.locator("textarea").fill("经核对一致，异议不成立。")
        someone.send(form)
        self.pass_time(project, street, "notice")
        for login in (street, lead):
            someone = self.at(login, project, "notice", "event")
            someone.send(someone.form("/agreement"))

    def deliver(self, project: Project, street: str, lead: str) -> None:
        someone = self.at(lead, project, "deliver", "event")
        form = someone.form("/milestones/1/report")
        values = {"report-1": "服务期满，台账已归档。", "counts-1.name": "助餐人次"}
        someone.fill(form, values | {"counts-1.quantity": "6,120"})
        form.locator("input[type=file]").first.set_input_files(
            FilePayload(name="签到表.png", mimeType="image/png", buffer=PHOTO.getvalue())
        )
        self._check_dates(form)
        someone.send(form)
        someone = self.at(street, project, "deliver", "event")
        link = someone.page.locator("main a[href*='/evidence/']").first.get_attribute("href")
        # Each machine has what was sent to one of them.
        for _ in range(2):
            photo = someone.page.request.get(self.address + str(link))
            assert (photo.status, photo.headers["content-type"]) == (200, "image/jpeg")
        form = someone.form("/milestones/1/accept")
        form.locator("[value='accepted']").check()
        self._check_dates(form)
        someone.send(form)
        with unit_of_work() as session:
            assert (
                session.exec(select(Milestone).where(Milestone.project_id == project.id))
                .one()
                .accepted_at
            )

    @staticmethod
    def _check_dates(form: Locator) -> None:
        """Say that the day is right, where the page asks about it."""
        for box in form.locator("[name='dates_checked']").all():
            box.check()

    def assess(self, project: Project, secretary: str, street: str) -> None:
        someone = self.at(secretary, project, "assess", "event")
        for number in range(1, 6):
            form = someone.form("/assessment/residents")
            form.locator("[name='paper']").fill(f"{project.code}-{number:02d}")
            self.answer(someone, form)
        for login, party in (
            (secretary, "party_organisations"),
            (street, "party_organisations"),
            ("department-3", "departments"),
            ("expert-5", "experts"),
            ("expert-6", "experts"),
        ):
            someone = self.at(login, project, "assess", "event")
            self.answer(someone, someone.form(f"/assessment/{party}"))
        self.decide(street, project, "assess")

    @staticmethod
    def answer(someone: Someone, form: Locator) -> None:
        for mark in form.locator(".mark").all():
            mark.fill("91")
        someone.send(form)
