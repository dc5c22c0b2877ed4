"""The administrator's pages: people and powers, rules in versions, registers; proved and audited."""

import re
from datetime import date, timedelta
from html import unescape

import httpx
import pytest
from sqlmodel import col, select

from api.visitors import COOKIE, csrf_token
from domain.district.round_rules import DEFAULTS
from domain.district.round_settings import flatten
from domain.errors import BadInput
from domain.gates import GateKind
from domain.identity.roles import Role
from domain.lifecycle import Stage
from domain.uscc import check_character
from models import (
    AuditEntry,
    CalendarDay,
    CalendarYear,
    Community,
    Organisation,
    Person,
    RoleGrant,
    WebSession,
)
from models.session import unit_of_work
from services.clock import now
from services.evaluate import evaluation
from services.identity.delegations import DelegationCreate, delegate
from services.identity.demo_people import PASSWORD
from services.identity.people import take_role
from services.identity.sign_in import sign_in
from tests.builders import Walk, actor, after, new_project
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.fixture
def admin(world: World, served: str) -> Visitor:
    return Visitor(served, world.people["administrator"])


def _grants(login: str) -> set[tuple[str, str]]:
    with unit_of_work() as session:
        rows = session.exec(
            select(RoleGrant)
            .join(Person, col(Person.id) == RoleGrant.person_id)
            .where(Person.login == login)
        )
        return {(row.role.value, row.code) for row in rows}


def _audited(action: str) -> list[AuditEntry]:
    with unit_of_work() as session:
        return list(session.exec(select(AuditEntry).where(AuditEntry.action == action)))


def _long_after() -> None:
    """Let everybody's proof of who they are lie an hour back."""
    with unit_of_work() as session:
        for web_session in session.exec(select(WebSession)):
            web_session.proved_at -= timedelta(hours=1)


def test_somebody_is_added_invited_given_a_role_and_erased(
    admin: Visitor, world: World, served: str
) -> None:
    community = world.projects["bidding"].community_code
    answer = admin.post(
        "/admin/people",
        login="zhou.min",
        name="周敏",
        role="community_secretary",
        where=community,
    )
    assert answer.headers["location"] == "/admin/people/zhou.min?done=added"
    shown = admin.post("/admin/people/zhou.min/invite").text
    link = re.search(r'id="link">[^<]*(/welcome/[^<]+)<', shown)
    assert link
    assert link[1] not in admin.read("/admin/people/zhou.min")
    newcomer = Visitor(served)
    newcomer.post(link[1], password="长亭外古道边芳草碧连天", again="长亭外古道边芳草碧连天")
    assert "周敏" in newcomer.read("/desk")
    street = world.projects["bidding"].street_code
    admin.post("/admin/people/zhou.min/roles", role="street_officer", where=street)
    assert _grants("zhou.min") == {
        ("community_secretary", community),
        ("street_officer", street),
    }
    page = admin.read("/admin/people/zhou.min")
    taken = re.findall(r"/roles/([0-9a-f-]{36})/take", page)
    admin.post(f"/admin/people/zhou.min/roles/{taken[0]}/take")
    assert len(_grants("zhou.min")) == 1
    refused = admin.post("/admin/people/zhou.min/erase", login="zhou")
    assert refused.status_code == 422
    assert "请输入此人的登录名" in refused.text
    assert admin.post("/admin/people/zhou.min/erase", login="zhou.min").status_code == 303
    admin.read("/admin/people/zhou.min", 404)
    assert newcomer.client.get("/desk").status_code == 303
    assert _audited("role.given")[-1].facts == {"code": street, "role": "street_officer"}


def test_what_is_wrong_with_a_new_person_is_said_and_nothing_typed_is_lost(admin: Visitor) -> None:
    for login, role, where, problem in (
        ("No Spaces", "expert", "", "登录名用小写字母"),
        ("expert-1", "expert", "", "已被使用"),
        ("somebody.new", "street_officer", "没有这个街道", "没有找到地点"),
        ("somebody.new", "organisation_member", "没有这个组织", "没有找到组织"),
    ):
        page = admin.post("/admin/people", login=login, name="周敏", role=role, where=where)
        assert page.status_code in (404, 422)
        assert problem in page.text
        assert f'value="{login}"' in page.text


def test_powers_take_a_fresh_proof_and_what_was_sent_goes_on_with_it(admin: Visitor) -> None:
    _long_after()
    sent = {"login": "lin.tao", "name": "林涛", "role": "expert", "where": ""}
    asked = admin.post("/admin/people", **sent)
    assert asked.status_code == 403
    assert 'name="login" value="lin.tao"' in asked.text
    assert _grants("lin.tao") == set()
    wrong = admin.post("/admin/people", password="wrong", **sent)
    assert "密码不正确" in wrong.text
    assert _grants("lin.tao") == set()
    done = admin.post("/admin/people", password=PASSWORD, **sent)
    assert done.status_code == 303
    assert _grants("lin.tao") == {("expert", "*")}
    _long_after()
    refused = admin.post("/admin/people", password=PASSWORD, **sent)
    assert refused.status_code == 422
    # It holds for some minutes, also where what it was for was refused.
    assert admin.post("/admin/people/lin.tao/invite").status_code == 200


def test_nobody_changes_their_own_roles_or_leaves_the_district_without_administrator(
    admin: Visitor, world: World, served: str
) -> None:
    own = f"/admin/people/{world.people['administrator']}"
    assert admin.post(f"{own}/roles", role="auditor").status_code == 403
    assert "/take" not in admin.read(own)
    other = Visitor(served, "administrator-2")
    grant = re.search(r"/roles/([0-9a-f-]{36})/take", other.read(own))
    assert grant
    assert other.post(f"{own}/roles/{grant[1]}/take").status_code == 303
    assert admin.client.get("/admin/people").status_code == 403
    with unit_of_work() as session:
        last = session.exec(
            select(RoleGrant).where(RoleGrant.role == Role.DISTRICT_ADMINISTRATOR)
        ).one()
        with pytest.raises(BadInput, match="last district administrator"):
            take_role(session, login="administrator-2", grant_id=last.id, actor="test")
    other.post(f"{own}/roles", role="district_administrator")
    assert "管理" in admin.read("/admin/people")


def test_who_is_locked_out_is_let_in_again(admin: Visitor) -> None:
    with unit_of_work() as session:
        for _ in range(5):
            sign_in(session, login="department-2", password="wrong")
    with unit_of_work() as session:
        assert sign_in(session, login="department-2", password=PASSWORD).token is None
    assert "解除锁定" in admin.read("/admin/people/department-2")
    admin.post("/admin/people/department-2/unlock")
    with unit_of_work() as session:
        assert sign_in(session, login="department-2", password=PASSWORD).token


def test_all_delegations_are_seen_and_may_be_ended(admin: Visitor) -> None:
    with unit_of_work() as session:
        stand_in = session.exec(select(Person).where(Person.login == "expert-4")).one()
        today = now(session).date() + timedelta(days=1)
        form = DelegationCreate(
            to=stand_in.id,
            starts_on=today,
            ends_on=today + timedelta(days=9),
            reason="外出培训",
        )
        delegate(session, actor=actor("expert-3"), form=form)
    page = admin.read("/admin/delegations")
    assert "外出培训" in page
    match = re.search(r"/admin/delegations/([0-9a-f-]{36})/revoke", page)
    assert match
    admin.post(f"/admin/delegations/{match[1]}/revoke")
    assert "外出培训" not in admin.read("/admin/delegations")
    assert _audited("delegation.revoked")[-1].subject == "expert-4"


def test_a_change_of_settings_is_a_version_with_its_reason_and_what_differs(admin: Visitor) -> None:
    sent = dict(flatten(DEFAULTS))
    wrong = admin.post(
        "/admin/rounds/R1", **sent | {"openers": "1", "version": "1", "reason": "试行一年"}
    )
    assert wrong.status_code == 422
    assert "请填写 2 到 5 的数" in wrong.text
    late = admin.post("/admin/rounds/R1", **sent | {"version": "9", "reason": "试行一年"})
    assert late.status_code == 412
    done = admin.post(
        "/admin/rounds/R1",
        **sent | {"second_approval_above": "80,000 元", "version": "1", "reason": "试行一年后调整"},
    )
    assert done.headers["location"] == "/admin/rounds/R1?done=settings"
    page = admin.read("/admin/rounds/R1")
    assert "第2版" in page
    assert "<del>100000</del> → <ins>80000</ins>" in page
    assert "试行一年后调整" in page
    admin.post("/admin/rounds", code="R2", name="第二轮")
    assert re.search(r"第二轮.*新项目归入", admin.read("/admin/rounds"))


def test_organisations_are_registered_with_a_code_that_holds(admin: Visitor, world: World) -> None:
    sent: dict[str, str | list[str]] = {
        "name": "李沧区启明星服务中心",
        "uscc": "52370213MJD0000039",
        "org_stage": "registered",
        "grade": "2A",
        "alliance": "volunteers",
        "legal_representative": "周启明",
        "serves": [world.projects["bidding"].street_code],
    }
    page = admin.post("/admin/organisations/new", **sent)
    assert page.status_code == 422
    assert "校验位不符" in page.text
    assert "李沧区启明星服务中心" in page.text
    assert 'name="uscc_reason"' in page.text
    for code in ("5237021", "52370213MJD00000O9", "52370213MJD0000039X"):
        assert "应为 18 位" in admin.post("/admin/organisations/new", **sent | {"uscc": code}).text
    reason = {"uscc": "52370213ｍｊｄ０００ 0039", "uscc_reason": "2015 年登记证书，已核对原件"}
    kept = admin.post(
        "/admin/organisations/new", **sent | reason | {"name": "李沧区老牌服务中心"}
    ).headers["location"]
    with unit_of_work() as session:
        named = select(Organisation).where(Organisation.name == "李沧区老牌服务中心")
        own = session.exec(named).one()
        assert (own.uscc, own.uscc_reason) == ("52370213MJD0000039", reason["uscc_reason"])
    assert reason["uscc_reason"] in admin.read(kept.partition("?")[0])
    right = "52370213MJD009903" + check_character("52370213MJD009903")
    mended = sent | reason | {"name": "李沧区老牌服务中心", "uscc": right}
    assert admin.post(kept.partition("?")[0], **mended).status_code == 303
    with unit_of_work() as session:
        assert session.exec(named).one().uscc_reason == ""
    assert "须填写" in admin.post("/admin/organisations/new", **sent | {"uscc": ""}).text
    with unit_of_work() as session:
        taken = session.exec(
            select(Organisation.uscc).where(col(Organisation.uscc).is_not(None))
        ).first()
    assert (
        "已有组织使用"
        in admin.post("/admin/organisations/new", **sent | {"uscc": taken or ""}).text
    )
    made = admin.post("/admin/organisations/new", **sent | {"uscc": "", "org_stage": "grassroots"})
    path = made.headers["location"].partition("?")[0]
    assert "周启明" in admin.read(path)
    admin.post(path, **sent | {"uscc": "", "org_stage": "filed", "serves": ["*"]})
    assert _audited("organisation.changed")[-1].facts == {"fields": ["org_stage", "serves"]}
    nothing = admin.post(path, **sent | {"uscc": "", "org_stage": "filed", "serves": []})
    assert "请至少选择一项" in nothing.text


def test_communities_begin_and_end_and_the_calendar_takes_what_differs(
    admin: Visitor, world: World
) -> None:
    street = world.projects["bidding"].street_code
    new = {"code": f"{street}999", "name": "新苑社区", "valid_from": "2026-12-01"}
    assert admin.post("/admin/places", **new | {"code": "999999999999"}).status_code == 422
    assert admin.post("/admin/places", **new).status_code == 303
    assert admin.post("/admin/places", **new).status_code == 422
    admin.post(f"/admin/places/{street}999/end")
    with unit_of_work() as session:
        assert session.get_one(Community, f"{street}999").valid_to is not None
    assert admin.post(f"/admin/places/{street}999/end").status_code == 404
    day = {"day": "2027-02-06", "kind": "holiday", "reason": "春节"}
    assert "周末本来就放假" in admin.post("/admin/calendar", **day).text
    assert admin.post("/admin/calendar", **day | {"day": "2027-02-08"}).status_code == 303
    with unit_of_work() as session:
        assert session.get_one(CalendarDay, date(2027, 2, 8)).reason == "春节"
    assert "Spring Festival" in admin.read("/en/admin/calendar")
    admin.post("/admin/calendar/2027-02-08/remove")
    assert admin.post("/admin/calendar/2027-02-08/remove").status_code == 404


def upload(admin: Visitor, files: dict[str, tuple[str, bytes, str]]) -> httpx.Response:
    form = {"csrf": csrf_token(admin.client.cookies[COOKIE])}
    return admin.client.post("/admin/calendar/plan", data=form, files=files)


def test_a_year_s_list_is_seen_before_it_counts(admin: Visitor) -> None:
    off = ["01-01", *(f"02-{day:02d}" for day in (8, 9, 10, 11, 12)), "04-05", "06-09"]
    lines = "\n".join(f"2027-{day},放假,春节" for day in off)
    sent = {"list": ("2027.csv", f"日期,安排,原因\n{lines}\n".encode(), "text/csv")}
    assert "请选择一个文件" in admin.post("/admin/calendar/plan").text
    page = upload(admin, sent).text
    assert "还没有生效" in page
    assert page.count("<b>放假") == len(off)
    with unit_of_work() as session:
        assert session.get(CalendarYear, 2027) is None
    (kept,) = re.findall(r'name="list" value="([^"]+)"', page)
    form = {"list": unescape(kept), "source": "国务院办公厅通知"}
    assert admin.post("/admin/calendar/publish", **form).status_code == 303
    with unit_of_work() as session:
        assert session.get_one(CalendarYear, 2027).source == "国务院办公厅通知"
    assert "国务院办公厅通知 · 发布于" in admin.read("/admin/calendar")
    again = upload(admin, sent).text
    assert f"与日历一致的：{len(off)} 天" in again
    assert "将由本文件取代" in again
    assert admin.post("/admin/calendar/publish", list="?", source="通知").status_code == 422


def test_a_template_fills_in_what_is_empty_in_a_call(admin: Visitor, served: str) -> None:
    admin.post(
        "/admin/templates/new",
        name="消防入户",
        problem="老旧楼院消防隐患多，居民不会使用灭火器材。",
        scope="逐户排查并培训，每户不少于半小时。",
        outcomes__name=["入户"],
        outcomes__target=["300"],
        outcomes__unit=["户"],
        min_grade="3A",
    )
    walk = Walk(new_project("消防进楼院", 0))
    approved = walk.to_evaluation_approval()
    walk.through(Stage.EVALUATE, GateKind.APPROVAL)
    walk.do(Stage.EVALUATE, "conclude", after(evaluation.conclude_evaluation, approved))
    walk.open(Stage.PUBLISH, GateKind.PREPARATION)
    project = walk.project
    secretary = Visitor(served, f"secretary-{project.community_code}-1")
    gate = f"/desk/{project.code}/publish-preparation-r1"
    chosen = re.search(r'value="([0-9a-f-]{36})"[^>]*>消防入户', secretary.read(gate))
    assert chosen
    secretary.post(
        f"{gate}/template",
        template=chosen[1],
        problem="居民自己写的问题",
        scope=" ",
        outcomes__name=["", ""],
        min_grade="none",
        min_credit="70",
    )
    page = secretary.read(gate)
    assert "居民自己写的问题" in page
    assert "逐户排查并培训" in page
    assert 'value="300"' in page
    assert '<option value="3A" selected>' in page
    assert 'name="min_credit" type="text" value="70"' in page
    assert secretary.post(f"{gate}/template", template="?").status_code == 422


def test_the_escrow_key_is_never_written_into_a_page(admin: Visitor, world: World) -> None:
    _long_after()
    path = f"/admin/openings/{world.projects['bidding'].code}/confirm"
    for sent in ({"key": "ab" * 32}, {"key": "ab" * 32, "password": "wrong"}):
        asked = admin.post(path, **sent)
        assert asked.status_code == 403
        assert "ab" * 32 not in asked.text
        assert "wrong" not in asked.text
