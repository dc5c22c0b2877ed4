"""Files that people attached, as they are sent: never as a page of ours."""

from starlette.responses import FileResponse

from services.deliver.evidence_files import KeptFile
from services.uploads import JPEG


def send(held: KeptFile) -> FileResponse:
    """Send a kept file: a photo to be looked at, anything else to be saved."""
    return FileResponse(
        held.path,
        media_type=held.media_type,
        filename=held.name,
        content_disposition_type="inline" if held.media_type == JPEG else "attachment",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )
