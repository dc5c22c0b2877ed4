"""Nothing that could be found by trying is kept as a digest that anybody can compute."""

import hashlib
from pathlib import Path

import pytest

import migrations
from api.json.access import told_of
from models import keyring
from models.keyring import concealed, keyed_digest, keys_dir, revealed, secret
from worker.stack import Stack

BODY = b'{"verb": "approve", "password": "open-sesame", "comment": "x"}'


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_KEYS_DIR", str(tmp_path / "keys"))


def test_a_request_s_digest_cannot_be_computed_from_the_request() -> None:
    digest = told_of("POST /x", BODY)
    plain = hashlib.sha256(b"POST /x\n" + BODY).hexdigest()
    assert digest != plain
    assert digest == told_of("POST /x", BODY)


def test_a_password_in_a_request_changes_nothing_of_its_digest() -> None:
    assert told_of("POST /x", BODY) == told_of("POST /x", BODY.replace(b"open-sesame", b"wrong"))
    assert told_of("POST /x", BODY) != told_of("POST /x", BODY.replace(b"approve", b"reject"))
    assert told_of("POST /x", BODY) != told_of("POST /y", BODY)
    several = b'{"gates": [{"code": "LC-2026-0001"}]}'
    assert told_of("POST /x", several) != told_of("POST /x", several.replace(b"0001", b"0002"))


def test_another_key_makes_another_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = keyed_digest("tries", "street-1")
    assert first != keyed_digest("need", "street-1")
    monkeypatch.setenv("JIEBANG_KEYS_DIR", str(tmp_path / "other"))
    assert first != keyed_digest("tries", "street-1")


def test_keys_are_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    key = secret("digests")
    keyring._secret.cache_clear()
    assert secret("digests") == key
    assert (tmp_path / "keys" / "digests").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_what_is_concealed_is_read_for_its_owner_alone() -> None:
    ciphertext = concealed("JBSWY3DPEHPK3PXP", "person-1")
    assert "JBSWY" not in bytes.fromhex(ciphertext).decode("latin-1")
    assert revealed(ciphertext, "person-1") == "JBSWY3DPEHPK3PXP"
    with pytest.raises(ValueError, match="another key"):
        revealed(ciphertext, "person-2")


def test_migrations_make_their_keys_in_the_data_directory_of_the_stack(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Seen(Exception):
        pass

    def upgrade(_: str) -> None:
        raise Seen(keys_dir())

    monkeypatch.delenv("JIEBANG_DATA_DIR", raising=False)
    monkeypatch.delenv("JIEBANG_KEYS_DIR", raising=False)
    monkeypatch.setenv("JIEBANG_DATABASE_URL", database)
    monkeypatch.setenv("PREFECT_API_URL", "http://nowhere.example/api")
    monkeypatch.setattr(migrations, "upgrade", upgrade)
    stack = Stack(tmp_path / "elsewhere")
    try:
        with pytest.raises(Seen) as seen:
            stack.start()
    finally:
        stack.stop()
    assert seen.value.args == (tmp_path / "elsewhere" / "keys",)
