"""The sign-in sheet of a demo's milestone: a PDF of one line, so that its evidence can be opened."""

from services.deliver.delivery import EvidenceItem
from services.uploads import Upload, keep_upload


def attendance_sheet(line: str) -> EvidenceItem:
    """Keep a sheet that says ``line``, which is ASCII, and return it as evidence."""
    drawn = f"BT /F1 14 Tf 60 780 Td ({line}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    pdf, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(pdf))
    )
    kept = keep_upload(Upload("签到表.pdf", pdf + end))
    return EvidenceItem(kind="file", name=kept.name, sha256=kept.sha256)
