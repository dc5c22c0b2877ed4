"""Commands about people."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import AsJson, DataDir, emit, facts, opened, say
from domain.identity.roles import Role

people_app = typer.Typer(no_args_is_help=True, help="人员 · people")


@people_app.command("add")
def people_add(
    login: str,
    name: str,
    role: Annotated[Role, typer.Option(help="角色 · role.")],
    where: Annotated[
        str,
        typer.Option(help="社区、街道的编号，或组织名称 · code of a place, or an organisation."),
    ] = "",
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """添加一个人及其角色 · add somebody with a role; then invite them."""
    from services.identity.people import add_person

    with opened(data_dir) as session:
        add_person(session, login=login, name=name, role=role, where=where, actor="cli")
    value = {"login": login, "role": role.value}
    emit(value, as_json, lambda: facts(value))


@people_app.command("erase")
def people_erase(
    login: str,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """应本人要求注销：不再出现姓名和登录名，审计链保持完整 · erase somebody on their request."""
    from services.identity.erasures import erase_person

    with opened(data_dir) as session:
        pseudonym = erase_person(session, login=login, actor="cli")
    value = {"login": login, "now": pseudonym}
    emit(value, as_json, lambda: facts(value))


@people_app.command("invite")
def people_invite(login: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """生成设置密码的链接，三天内有效，只能用一次 · a link by which they set a password, once."""
    from services.identity.credentials import invite
    from worker.addresses import find_stack

    with opened(data_dir) as session:
        token = invite(session, login=login, actor="cli")
    value = {"login": login, "link": f"{find_stack(data_dir).web_url}/welcome/{token}"}
    emit(
        value,
        as_json,
        lambda: facts({say("登录名", "Login"): login, say("链接", "Link"): value["link"]}),
    )
