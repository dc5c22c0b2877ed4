"""The pages of every register, made from its declaration."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.files import as_download, sent_files
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.pages.identity.proving import proved
from api.params import day
from api.security import RateLimit
from api.view import View
from domain.errors import BadInput, ChangedMeanwhile
from services.identity.actors import Actor
from services.register import entries, imports, keep, rows
from services.register.columns import FIRST_DAY, LAST_DAY
from services.register.declaration import Register
from services.register.entries import EntryFilter, EntryStanding
from services.register.exports import export_entries, forms_of
from services.register.sight import require_keeper
from services.tables.write import written

Do = TypeVar("Do", bound=Callable[..., Response])
Seldom = Annotated[None, Depends(RateLimit("exports", 20))]
_SHOWN_ROWS = 100
index = FormRouter(prefix="/registers")


@index.get("")
def show_registers(v: Anybody) -> HTMLResponse:
    """List the registers of which one sees something."""
    return v.page("register/registers.html")


def _actor(v: View) -> Actor | None:
    return v.visitor.actor if v.visitor else None


def register_pages(register: Register[Any]) -> FormRouter:
    """Return the pages and forms of a register."""
    router = FormRouter(prefix=register.path)
    _reading(router, register)
    _importing(router, register)
    _keeping(router, register)
    return router


def _asked(register: Register[Any]) -> Callable[..., EntryFilter]:
    """Return what reads a filter from the query of a request."""

    def read(
        request: Request, q: str = "", standing: EntryStanding = EntryStanding.COUNTS, on: str = ""
    ) -> EntryFilter:
        chosen = {c.name: request.query_params.get(c.name, "") for c in register.filters}
        return EntryFilter(q if register.searched else "", chosen, standing, _day(on))

    return read


def _day(text: str) -> date | None:
    """Return the day that is asked for, None for an empty field; raise BadInput."""
    asked = day(text)
    if asked and not FIRST_DAY <= asked <= LAST_DAY:
        raise BadInput(
            zh=f"请填写 {FIRST_DAY} 到 {LAST_DAY} 的日期。",
            en=f"Give a day of {FIRST_DAY} to {LAST_DAY}.",
        )
    return asked


def _query(asked: EntryFilter) -> dict[str, Any]:
    """Return a filter as the query by which the same is asked again."""
    standing = "" if asked.standing is EntryStanding.COUNTS else asked.standing.value
    return {**asked.chosen, "q": asked.text, "standing": standing, "on": asked.on or ""}


def _reading(router: FormRouter, register: Register[Any]) -> None:
    wanted = Depends(_asked(register))

    @router.get("")
    def list_entries(
        session: SessionDep, v: Anybody, asked: Annotated[EntryFilter, wanted], after: str = ""
    ) -> HTMLResponse:
        """List the entries."""
        page = entries.list_entries(session, register, actor=_actor(v), asked=asked, after=after)
        return v.page(
            "register/list.html",
            register=register,
            page=page,
            asked=asked,
            query=_query(asked),
            most=entries.MOST_COUNTED,
            forms=forms_of(register),
        )

    if not register.is_closed:

        @router.get(".{form}")
        def export(
            session: SessionDep,
            v: Anybody,
            _: Seldom,
            asked: Annotated[EntryFilter, wanted],
            form: str,
        ) -> Response:
            """Send what the filter finds as a file."""
            body, media_type = export_entries(
                session, register, form, actor=_actor(v), asked=asked, lang=v.lang
            )
            return as_download(body, media_type, f"{register.code}.{form}")


def _importing(router: FormRouter, register: Register[Any]) -> None:
    base = f"{register.path}/imports"
    proves = _proving(register)

    @router.get("/imports")
    def ask_for_file(session: SessionDep, v: SignedIn) -> HTMLResponse:
        """Ask for a file, and say what columns it may have."""
        require_keeper(session, register, v.actor)
        columns = rows.columns_of(register)
        return v.page(
            "register/imports.html", register=register, columns=columns, most=imports.MOST_ROWS
        )

    @router.form("/imports", shown=base)
    def receive(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
        """Take a file in; nothing changes yet."""
        files = sent_files(typed, "file")
        if not files:
            raise BadInput(zh="请选择一个文件。", en="Choose a file.")
        import_id = imports.receive_file(
            session, register, actor=v.actor, name=files[0].name, content=files[0].content
        )
        return v.go(f"{base}/{import_id}")

    @router.get("/imports/{import_id}")
    def preview(session: SessionDep, v: SignedIn, import_id: UUID) -> HTMLResponse:
        """Show which column is which, and what each row would do."""
        received = imports.read_import(session, register, actor=v.actor, import_id=import_id)
        judged = rows.judge_rows(session, register, received, actor=v.actor)
        return v.page(
            "register/import.html",
            register=register,
            received=received,
            columns=rows.columns_of(register),
            rows=judged[:_SHOWN_ROWS],
            rest=len(judged) - _SHOWN_ROWS,
            counts=rows.count_fits(judged),
            fits=rows.FIT_NAMES,
        )

    @router.form("/imports/{import_id}/columns", shown=base + "/{import_id}")
    def map_columns(
        session: SessionDep, v: SignedIn, typed: FormDataDep, import_id: UUID
    ) -> Response:
        """Say which column of the file is which."""
        mapping = {name: typed.whole(name) for name in rows.columns_of(register)}
        imports.map_columns(session, register, actor=v.actor, import_id=import_id, mapping=mapping)
        return v.go(f"{base}/{import_id}")

    @router.form("/imports/{import_id}/take", shown=base + "/{import_id}")
    @proves
    def take(session: SessionDep, v: SignedIn, _: FormDataDep, import_id: UUID) -> Response:
        """Take the good rows into the register."""
        imports.take_rows(session, register, actor=v.actor, import_id=import_id)
        return v.go(f"{base}/{import_id}", done="imported")

    @router.get("/imports/{import_id}/rows.{form}")
    def rows_left(session: SessionDep, v: SignedIn, import_id: UUID, form: str) -> Response:
        """Send the rows that are to be mended, with the errors of each."""
        table = imports.left_rows(
            session, register, actor=v.actor, import_id=import_id, lang=v.lang
        )
        body, media_type = written(table, form)
        return as_download(body, media_type, f"{table.name}.{form}")


def _keeping(router: FormRouter, register: Register[Any]) -> None:
    path = register.path
    proves = _proving(register)

    @router.get("/new")
    def new(session: SessionDep, v: SignedIn) -> HTMLResponse:
        """Show the empty form."""
        require_keeper(session, register, v.actor)
        return v.page(
            "register/edit.html",
            register=register,
            line=None,
            stored=_stored(register.blank),
            newer=False,
        )

    @router.form("/new", shown=f"{path}/new", takes=register.command)
    @proves
    def add(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
        """Add an entry."""
        entry = keep.add_entry(session, register, actor=v.actor, sent=typed.read(register.command))
        return v.go(f"{path}/{entry.id}", done="saved")

    @router.get("/{entry_id}")
    def show(session: SessionDep, v: Anybody, entry_id: UUID, on: str = "") -> HTMLResponse:
        """Show an entry: as it stands, how it was recorded, and as of a day."""
        actor = _actor(v)
        line = entries.read_entry(session, register, actor=actor, entry_id=entry_id)
        versions = entries.read_history(session, line)
        asked = _day(on)
        return v.page(
            "register/entry.html",
            register=register,
            line=line,
            versions=versions,
            on=asked,
            then=entries.as_of(versions, asked) if asked else None,
        )

    @router.get("/{entry_id}/change")
    def edit(session: SessionDep, v: SignedIn, entry_id: UUID) -> HTMLResponse:
        """Show an entry to be changed."""
        line = keep.entry_to_change(session, register, actor=v.actor, entry_id=entry_id)
        newer = v.refusal is not None and isinstance(v.refusal.error, ChangedMeanwhile)
        return v.page(
            "register/edit.html",
            register=register,
            line=line,
            stored=_stored(line.values()),
            newer=newer,
        )

    @router.form("/{entry_id}/change", shown=path + "/{entry_id}/change", takes=register.command)
    @proves
    def change(session: SessionDep, v: SignedIn, typed: FormDataDep, entry_id: UUID) -> Response:
        """Change an entry."""
        keep.change_entry(
            session,
            register,
            actor=v.actor,
            entry_id=entry_id,
            version=typed.whole("version"),
            sent=typed.read(register.command),
        )
        return v.go(f"{path}/{entry_id}", done="saved")

    @router.form("/{entry_id}/end", shown=path + "/{entry_id}", takes=keep.EntryEnd)
    @proves
    def end(session: SessionDep, v: SignedIn, typed: FormDataDep, entry_id: UUID) -> Response:
        """End an entry."""
        sent = typed.read(keep.EntryEnd)
        keep.end_entry(session, register, actor=v.actor, entry_id=entry_id, sent=sent)
        return v.go(f"{path}/{entry_id}", done="entry-ended")


def _stored(values: Mapping[str, Any]) -> FormData:
    """Return the values of an entry as its form holds them."""
    return FormData.of(
        {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in values.items()
            if name != "names"
        }
    )


def _proving(register: Register[Any]) -> Callable[[Do], Do]:
    """Return what a form's route is decorated with: a proof where the register wants one."""
    return proved if register.proof else lambda do: do
