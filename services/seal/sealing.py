"""How bids are sealed: one data key for each version or draft, wrapped for everybody who may open it.

AES-256-GCM seals the content; HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM) wraps its key for
the public keys of the bidder's members and of the call. A private key is kept under a passphrase
by scrypt, or split by Shamir's scheme. Sealed content says what it is about, so that none is
moved from one bid to another.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_public_key
from Crypto.Protocol.KDF import HKDF, scrypt
from Crypto.Protocol.SecretSharing import Shamir
from Crypto.PublicKey import ECC
from Crypto.Random import get_random_bytes

from services.seal.padding import pad, unpad

COST: Final = 2**15
DEMO_COST: Final = 2**10
_INFO: Final = b"jiebang seal 1"
_ENCAPSULATED: Final = 32
_NONCE, _TAG = 12, 16

Held = dict[str, Any]


class SealBroken(Exception):
    """The content was not sealed under this key, or is about another thing than the caller says."""


class LockedKey(NamedTuple):
    """A key pair whose private half lies under a passphrase; ``cost`` is scrypt's N."""

    public: bytes
    salt: bytes
    cost: int
    sealed: bytes


def seal_for(plain: bytes, recipients: Mapping[str, bytes], about: str) -> Held:
    """Return ``plain`` sealed for the holders of the private keys, as JSON holds it."""
    data, key = seal_content(plain, about)
    return {"data": _text(data), "keys": wrap_for(key, recipients, about)}


def seal_content(plain: bytes, about: str) -> tuple[bytes, bytes]:
    """Return ``plain`` sealed under a data key of its own, and that key.

    It is padded, so that its length tells nothing.
    """
    key = get_random_bytes(32)
    return _encrypt(key, pad(plain), about), key


def wrap_for(key: bytes, recipients: Mapping[str, bytes], about: str) -> dict[str, str]:
    """Return a data key wrapped for each recipient, as text."""
    return {name: _text(wrap(public, key, about)) for name, public in recipients.items()}


def data_key(keys: Mapping[str, str], name: str, private: bytes, about: str) -> bytes:
    """Return the data key that was wrapped for ``name``; raise SealBroken."""
    if name not in keys:
        raise SealBroken
    return unwrap(private, b64decode(keys[name]), about)


def unseal_bytes(key: bytes, data: bytes, about: str) -> bytes:
    """Return what the data key sealed; raise SealBroken."""
    return unpad(_decrypt(key, data, about))


def unseal(sealed: Held, name: str, private: bytes, about: str) -> bytes:
    """Return the content sealed for ``name``; raise SealBroken."""
    key = data_key(sealed["keys"], name, private, about)
    return unseal_bytes(key, b64decode(sealed["data"]), about)


def wrap(public: bytes, secret: bytes, about: str) -> bytes:
    """Return ``secret`` for the holder of the private key alone."""
    sender = HPKE.new(
        receiver_key=import_x25519_public_key(public), aead_id=HPKE.AEAD.AES256_GCM, info=_INFO
    )
    sealed: bytes = sender.seal(secret, auth_data=about.encode())
    return bytes(sender.enc) + sealed


def unwrap(private: bytes, wrapped: bytes, about: str) -> bytes:
    """Return the secret wrapped for this private key; raise SealBroken."""
    try:
        receiver = HPKE.new(
            receiver_key=ECC.construct(curve="Curve25519", seed=private),
            aead_id=HPKE.AEAD.AES256_GCM,
            enc=wrapped[:_ENCAPSULATED],
            info=_INFO,
        )
        return bytes(receiver.unseal(wrapped[_ENCAPSULATED:], auth_data=about.encode()))
    except ValueError as error:
        raise SealBroken from error


def new_pair() -> tuple[bytes, bytes]:
    """Return a new private key and its public key, 32 bytes each."""
    private = get_random_bytes(32)
    return private, public_of(private)


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one."""
    return bytes(
        ECC.construct(curve="Curve25519", seed=private).public_key().export_key(format="raw")
    )


def lock(private: bytes, passphrase: str, *, cost: int) -> LockedKey:
    """Return a key pair with its private half under ``passphrase``."""
    salt = get_random_bytes(16)
    public = public_of(private)
    sealed = _encrypt(_stretched(passphrase, salt, cost), private, public.hex())
    return LockedKey(public, salt, cost, sealed)


def unlock(locked_key: LockedKey, passphrase: str) -> bytes:
    """Return the private key; raise SealBroken for a wrong passphrase."""
    return _decrypt(
        _stretched(passphrase, locked_key.salt, locked_key.cost),
        locked_key.sealed,
        locked_key.public.hex(),
    )


def split_key(threshold: int, shares: int) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return a new public key, and shares of which ``threshold`` together are its private key."""
    secret = get_random_bytes(16)
    return public_of(_derived(secret)), list(Shamir.split(threshold, shares, secret))


def combine_key(shares: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the private key from as many shares as its threshold wants."""
    return _derived(Shamir.combine(list(shares)))


def _derived(secret: bytes) -> bytes:
    made = HKDF(secret, 32, b"", SHA256, context=_INFO)
    assert isinstance(made, bytes)
    return made


def _stretched(passphrase: str, salt: bytes, cost: int) -> bytes:
    made = scrypt(passphrase.encode(), salt, 32, N=cost, r=8, p=1)
    assert isinstance(made, bytes)
    return made


def _encrypt(key: bytes, plain: bytes, about: str) -> bytes:
    cipher = AES.new(key, AES.MODE_GCM, nonce=get_random_bytes(_NONCE))
    cipher.update(about.encode())
    sealed, tag = cipher.encrypt_and_digest(plain)
    return bytes(cipher.nonce) + tag + sealed


def _decrypt(key: bytes, sealed: bytes, about: str) -> bytes:
    cipher = AES.new(key, AES.MODE_GCM, nonce=sealed[:_NONCE])
    cipher.update(about.encode())
    try:
        return cipher.decrypt_and_verify(sealed[_NONCE + _TAG :], sealed[_NONCE : _NONCE + _TAG])
    except ValueError as error:
        raise SealBroken from error


def _text(value: bytes) -> str:
    return b64encode(value).decode()
