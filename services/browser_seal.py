"""What only one browser can read: sealed under a key that follows from its own cookie."""

import hashlib

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Random import get_random_bytes

_NONCE, _TAG = 12, 16


def browser_digest(cookie: str) -> str:
    """Return under what the database knows a browser."""
    return hashlib.sha256(f"browser\0{cookie}".encode()).hexdigest()


def seal_for_browser(cookie: str, about: str, plain: bytes) -> bytes:
    """Return ``plain`` sealed for the browser with this cookie; ``about`` is what it is."""
    nonce = get_random_bytes(_NONCE)
    cipher = AES.new(_key(cookie, about), AES.MODE_GCM, nonce=nonce)
    data, tag = cipher.encrypt_and_digest(plain)
    return bytes(nonce + tag + data)


def unseal_for_browser(cookie: str, about: str, sealed: bytes) -> bytes:
    """Return the plain bytes; raise ValueError for another cookie, or another thing."""
    nonce, tag, data = sealed[:_NONCE], sealed[_NONCE : _NONCE + _TAG], sealed[_NONCE + _TAG :]
    cipher = AES.new(_key(cookie, about), AES.MODE_GCM, nonce=nonce)
    return bytes(cipher.decrypt_and_verify(data, tag))


def _key(cookie: str, about: str) -> bytes:
    context = f"jiebang browser 1\0{about}".encode()
    key = HKDF(cookie.encode(), 32, b"", SHA256, context=context)
    assert isinstance(key, bytes)
    return key
