"""Values typed in any form and not sent yet, kept as they stand."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import JSONResponse, Response

from api.deps import Anybody, SessionDep
from api.form_routes import FormRouter, page_of_form
from api.forms import FormDataDep, Sent
from api.security import RateLimit
from domain import moments
from domain.errors import NotFound
from domain.text import Text

router = FormRouter()
Often_ = Annotated[None, Depends(RateLimit("drafts", 120))]


@router.form("/drafts", shown="/", of="{form}")
def keep(
    request: Request, session: SessionDep, v: Anybody, typed: FormDataDep, _: Often_
) -> Response:
    """Keep a form; a script asks so now and then, a person by the button."""
    path = typed.text("form")
    page = page_of_form(request, path)
    if not page:
        raise NotFound(what=Text("表单", "form"), key=path[:60])
    request.state.kept_forms.keep(path, Sent(path, typed).open())
    session.flush()
    if not typed.text("quiet"):
        answer: Response = v.go(page, done="draft")
    else:
        answer = JSONResponse({"saved": moments.time_of_day(v.at)})
    request.state.kept_forms.carry(answer)
    # It was kept and not submitted: nothing of it is forgotten.
    request.state.sent = None
    return answer
