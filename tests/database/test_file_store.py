"""Files in a folder and in a bucket are kept, read, listed and missed alike."""

from hashlib import sha256
from pathlib import Path

import pytest

from domain.errors import BadInput, StackUnavailable
from services.file_store import Bucket, FileStore, Folder, file_store, is_whole
from services.uploads import PDF, keep_bytes, kind_of_upload, read_upload


@pytest.fixture(params=["the data directory", "a folder", "a bucket"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FileStore:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    if request.param == "a folder":
        (tmp_path / "所有 文件").mkdir()
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
    assert kind_of_upload(digest) == PDF
    assert store.begin(upload, 5) == b"%PDF-"
    assert is_whole(store, upload, digest)
    assert store.address(upload).endswith(upload)


def test_what_is_not_there_is_missed(store: FileStore) -> None:
    assert kind_of_upload("00" * 32) is None
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
        lambda: away.begin("uploads/a", 3),
        lambda: list(away.names()),
        lambda: is_whole(away, "uploads/a", "0" * 64),
    ):
        with pytest.raises(StackUnavailable, match="the file store"):
            ask()


def test_a_bucket_that_is_not_there_is_not_a_file_that_is_not(
    addressed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in addressed.items():
        monkeypatch.setenv(name, value)
    misspelt = Bucket("s3://flies/district")
    for ask in (
        lambda: misspelt.put("uploads/a", b"x"),
        lambda: misspelt.read("uploads/a"),
        lambda: list(misspelt.names()),
    ):
        with pytest.raises(StackUnavailable) as told:
            ask()
        # What the store says of itself is for the log.
        assert str(told.value) == "the file store does not answer: try again later"


def test_a_share_that_is_not_mounted_keeps_nothing_in_its_place(tmp_path: Path) -> None:
    share = Folder(tmp_path / "share" / "jiebang", shared=True)
    for ask in (lambda: share.put("uploads/a", b"x"), lambda: share.read("uploads/a")):
        with pytest.raises(StackUnavailable):
            ask()
    assert not (tmp_path / "share").exists()
    (tmp_path / "share" / "jiebang").mkdir(parents=True)
    share.put("uploads/a", b"x")
    assert share.read("uploads/a") == b"x"


def test_a_disk_that_refuses_is_unavailable_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StackUnavailable):
        Folder(tmp_path).put("uploads/a", b"x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_was_damaged_is_mended_by_the_same_content(store: FileStore) -> None:
    digest = keep_bytes(b"%PDF-1.4 content")
    store.put(f"uploads/{digest[:2]}/{digest}", b"damaged")
    assert keep_bytes(b"%PDF-1.4 content") == digest
    assert read_upload(digest)[0] == b"%PDF-1.4 content"


@pytest.mark.parametrize("url", ["ftp://x/y", "s3://", "file://host/folder", "file:folder", "x"])
def test_another_address_says_what_it_may_be(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("JIEBANG_FILES_URL", url)
    with pytest.raises(BadInput, match="s3://bucket/prefix"):
        file_store()
