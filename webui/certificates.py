"""The page's certificate: one that the box makes for itself at its first start, until the owner puts in his own.

Both lie in `tls/` of the data directory, key and chain in one file each, readable by nobody else. The self-made one
keeps its fingerprint as long as it holds, so that whoever has accepted it is asked again only if somebody else answers.
"""

import ipaddress
import logging
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.setup.files import folder_rights, private, sync_directory
from webui.patience import PatientTLS

log = logging.getLogger(__name__)

FOLDER = "tls"
SELF_MADE = "box.pem"
OWN = "own.pem"
HOLDS = timedelta(days=820)  # browsers refuse more than 825
RENEWED_BEFORE = timedelta(days=30)
NAME = "callbox"


class CertificateError(Exception):
    """A certificate that cannot be used; `why` is a key of webui/setup/certificate.py, WHY."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Certificate:
    """What there is to say of one. `fingerprint`: SHA-256 as people compare it."""

    names: tuple[str, ...]
    since: datetime
    until: datetime
    fingerprint: str
    own: bool


class Certificates:
    """Those of one data directory."""

    def __init__(self, data: Path) -> None:
        self.folder = data / FOLDER
        self._context: tuple[object, ssl.SSLContext] | None = None

    @property
    def is_own(self) -> bool:
        """Whether the owner has put in his."""
        return (self.folder / OWN).exists()

    @property
    def path(self) -> Path:
        """The one that counts."""
        return self.folder / (OWN if self.is_own else SELF_MADE)

    def ensure(self) -> Path:
        """Makes one if there is none, or if the self-made one is about to end. OSError."""
        made = self.folder / SELF_MADE
        if not self.is_own and (not made.exists() or _ends_soon(made)):
            self._write(SELF_MADE, make(names()))
            log.warning("the page has a new certificate of its own, fingerprint %s", self.shown().fingerprint)
        return self.path

    def shown(self) -> Certificate:
        """The one that counts. OSError, ValueError."""
        found = x509.load_pem_x509_certificates(self.path.read_bytes())[0]
        return _told(found, self.is_own)

    def given(self) -> tuple[str, ...]:
        """The names in the owner's; none if he has put in none."""
        try:
            return _names_in(self.folder / OWN, (self.folder / OWN).stat().st_mtime_ns)
        except (OSError, ValueError):
            return ()

    def put(self, text: bytes) -> Certificate:
        """The owner's: chain and key in PEM, in any order. Raises CertificateError; then the old one stays."""
        chain, key = _parts(text)
        now = datetime.now(UTC)
        if _public(chain[0].public_key()) != _public(key.public_key()):
            raise CertificateError("other_key")
        if not chain[0].not_valid_before_utc <= now < chain[0].not_valid_after_utc:
            raise CertificateError("not_now")
        pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain) + _key_pem(key)
        self._write(OWN, pem)
        return self.shown()

    def remove(self) -> None:
        """Back to the self-made one. OSError."""
        (self.folder / OWN).unlink(missing_ok=True)
        self.ensure()

    def context(self) -> ssl.SSLContext:
        """For a server; read anew when the file has changed, so that no restart is needed."""
        path = self.path
        found = path.stat()
        stamp = (path.name, found.st_ino, found.st_mtime_ns)
        if self._context is None or self._context[0] != stamp:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(path)
            context.sslsocket_class = PatientTLS
            self._context = (stamp, context)
        return self._context[1]

    def _write(self, name: str, pem: bytes) -> None:
        self.folder.mkdir(mode=folder_rights(self.folder.parent), exist_ok=True)
        fresh = self.folder / f"{name}.new"
        with open(fresh, "wb", opener=private) as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / name)
        sync_directory(self.folder)


def names() -> list[str]:
    """How people may call this machine: names and addresses."""
    host = socket.gethostname().split(".")[0]
    found = {"localhost", NAME, f"{NAME}.local", host, f"{host}.local", "127.0.0.1", "::1"}
    try:
        found |= {str(one[4][0]).partition("%")[0] for one in socket.getaddrinfo(host, None)}
    except OSError:
        log.info("no address of this machine can be found out; the certificate names none")
    return sorted(one for one in {*found, outside()} if one)


def outside() -> str:
    """The machine's address in the network that leads outside; empty if it is in none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            return str(probe.getsockname()[0])
    except OSError:
        return ""


def make(wanted: list[str]) -> bytes:
    """A new key and a certificate for these names that it has signed itself, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # the clock of who visits may be late
        .not_valid_after(now + HOLDS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM) + _key_pem(key)


@lru_cache(maxsize=4)
def _names_in(path: Path, _mtime_ns: int) -> tuple[str, ...]:
    """Of every request, so not read anew. One for all below a domain is as a suffix, ".example.com"."""
    found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    return tuple(name.lower().removeprefix("*") for name in _told(found, True).names)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _parts(text: bytes) -> tuple[list[x509.Certificate], Any]:
    try:
        chain = x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise CertificateError("no_certificate") from error
    blocks = [block for block in text.split(b"-----BEGIN ") if block.split(b"-----", 1)[0].endswith(b"PRIVATE KEY")]
    if not blocks:
        raise CertificateError("no_key")
    try:
        return chain, serialization.load_pem_private_key(b"-----BEGIN " + blocks[0], password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError("no_key") from error


def _public(key: Any) -> bytes:
    found: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return found


def _key_pem(key: Any) -> bytes:
    found: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found


def _ends_soon(path: Path) -> bool:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except ValueError:
        return True
    return found.not_valid_after_utc - datetime.now(UTC) < RENEWED_BEFORE


def _told(found: x509.Certificate, own: bool) -> Certificate:
    try:
        listed = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        named = tuple(str(one.value) for one in listed)
    except x509.ExtensionNotFound:
        named = ()
    digest = found.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(named, found.not_valid_before_utc, found.not_valid_after_utc, digest, own)
