"""What films are signed with: a certificate and a key that this machine has made for itself.

They prove that a film was not changed since it was signed, not who made it. They lie in the user's
configuration and are made at first use, both or none.

*Why they are looked at before a film is made.* Signing comes last. A torn key that is only found
then costs the hours before it.
"""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tremendo.errors import ConfigError, ResourceError, resource_error

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["Identity", "signing_identity"]

_YEARS = 10
_CHAIN, _PRIVATE = "chain.pem", "private.pem"


@dataclass(frozen=True)
class Identity:
    """Certificates, the signer's first, and the signer's private key; both PEM."""

    chain: str
    private: str


def signing_identity() -> Identity:
    """The identity of this machine; made at first use.

    Raises:
        ConfigError: it is torn, expired, or its key does not belong to its certificate; the hint
            says how to make a new one.
        ResourceError: it cannot be read or made.
    """
    folder = _folder()
    try:
        if not folder.exists() or not any(folder.iterdir()):
            _make(folder)
        found = Identity((folder / _CHAIN).read_text(), (folder / _PRIVATE).read_text())
    except FileNotFoundError as error:
        raise _torn(folder, f"{Path(error.filename).name} is missing") from error
    except UnicodeDecodeError as error:
        raise _torn(folder, "it is no text") from error
    except OSError as error:
        known = resource_error(error, folder)
        raise known or ResourceError(
            f"the signing identity cannot be used ({error.strerror})", path=folder
        ) from error
    _check(found, folder)
    return found


def _folder() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "tremendo" / "identity"


def _torn(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the signing identity of this machine is damaged: {why}",
        path=folder,
        hint=f"move it away (mv '{folder}' '{folder}.old'): a new one is made by itself, "
        "and what was signed before stays valid",
    )


def _check(found: Identity, folder: Path) -> None:
    """See that the key belongs to the certificate, and the certificate to its root.

    Raises:
        ConfigError: it does not, or the certificate has expired.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        leaf, root, *_ = x509.load_pem_x509_certificates(found.chain.encode())
        key = load_pem_private_key(found.private.encode(), None)
        leaf.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise _torn(folder, str(error) or "its certificates do not fit") from error
    if key.public_key() != leaf.public_key():
        raise _torn(folder, "the key is not that of the certificate")
    if leaf.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        raise _torn(folder, f"the certificate has expired on {leaf.not_valid_after_utc:%d %B %Y}")


def _make(folder: Path) -> None:
    """Make an identity; of two processes that do so at once one wins, whole.

    Raises:
        OSError: there is no room or no permission.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".identity-", dir=folder.parent))
    try:
        identity = _new_identity()
        (made / _CHAIN).write_text(identity.chain)
        (made / _PRIVATE).touch(mode=0o600)
        (made / _PRIVATE).write_text(identity.private)
        made.rename(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not folder.exists() or not any(folder.iterdir()):
            raise


def _new_identity() -> Identity:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    leaf = _certificate("tremendo on this machine", leaf_key.public_key(), root_key, ca=False)
    root = _certificate(_ROOT, root_key.public_key(), root_key, ca=True)
    pem = serialization.Encoding.PEM
    private = leaf_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Identity((leaf.public_bytes(pem) + root.public_bytes(pem)).decode(), private.decode())


_ROOT = "tremendo self-made root"


def _certificate(
    subject: str,
    public: ec.EllipticCurvePublicKey,
    root_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    """A certificate as C2PA asks for (technical specification 2.x, credential profiles)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(_ROOT))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + _YEARS * 365 * day)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
    )
    if not ca:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    return builder.sign(root_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "tremendo"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def _usage(*, ca: bool) -> x509.KeyUsage:
    """Signing certificates for the root, signing films for the other."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
