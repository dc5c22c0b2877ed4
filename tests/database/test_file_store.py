"""Files in a folder and in a bucket are kept, read, listed and missed alike."""

from hashlib import sha256
from pathlib import Path

import pytest

from domain.errors import BadInput, StackUnavailable
from services.file_store import Bucket, FileStore, Folder, file_store, is_whole
from services.uploads import PDF, has_upload, keep_bytes, read_upload


@pytest.fixture(params=["the data directory", "a folder", "a bucket"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FileStore:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    if request.param == "a folder":
        monkeypatch.setenv("JIEBANG_FILES_URL", f"file://{tmp_path}/所有%20文件")
    elif request.param == "a bucket":
        for name, value in request.getfixturevalue("addressed").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("JIEBANG_FILES_URL", f"s3://files/{tmp_path.name}")
    return file_store()


def test_what_is_kept_is_read_listed_and_replaced(store: FileStore) -> None:
    assert list(store.names()) == []
    store.put("reports/LC-1.zh.pdf", b"first")
    store.put("reports/LC-1.zh.pdf", b"second")
    digest = keep_bytes(b"%PDF-1.4 content")
    assert keep_bytes(b"%PDF-1.4 content") == digest
    upload = f"uploads/{digest[:2]}/{digest}"
    assert sorted(store.names()) == ["reports/LC-1.zh.pdf", upload]
    assert store.read("reports/LC-1.zh.pdf") == b"second"
    assert read_upload(digest) == (b"%PDF-1.4 content", PDF)
    assert has_upload(digest)
    assert is_whole(store, upload, digest)
    assert store.address(upload).endswith(upload)


def test_what_is_not_there_is_missed(store: FileStore) -> None:
    assert not store.has("uploads/00/00")
    with pytest.raises(FileNotFoundError):
        store.read("uploads/00/00")
    assert not is_whole(store, "uploads/00/00", sha256(b"").hexdigest())
    store.put("uploads/00/00", b"changed")
    assert not is_whole(store, "uploads/00/00", sha256(b"").hexdigest())


def test_a_folder_shows_nothing_that_is_half_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("uploads/aa/aa", b"whole")
    (tmp_path / "uploads" / "aa" / ".half").write_bytes(b"half")
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    assert list(folder.names()) == ["uploads/aa/aa"]


def test_a_bucket_that_cannot_be_reached_is_unavailable_and_nothing_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    away = Bucket("s3://files/away")
    for ask in (
        lambda: away.put("uploads/a", b"x"),
        lambda: away.read("uploads/a"),
        lambda: away.has("uploads/a"),
        lambda: list(away.names()),
        lambda: is_whole(away, "uploads/a", "0" * 64),
    ):
        with pytest.raises(StackUnavailable, match="the file store"):
            ask()


@pytest.mark.parametrize("url", ["ftp://x/y", "s3://", "file://host/folder", "file:folder", "x"])
def test_another_address_says_what_it_may_be(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("JIEBANG_FILES_URL", url)
    with pytest.raises(BadInput, match="s3://bucket/prefix"):
        file_store()
