"""Certificates made for one test: no authority of the machine knows them."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for `localhost`, signed by itself, and its key.

    The certificate's file is also the file of authorities for a client that shall trust it.
    """

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        """The side of a client that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))


_AUTHORITY = """
[ca]
default_ca = self
[self]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = {names}
"""


def make_certificate(
    folder: Path, first: str = "20200101", last: str = "20991231", *, names: str = "DNS:localhost"
) -> Certificate:
    """A self-signed certificate for `names`, valid from `first` to `last` (YYYYMMDD).

    `names` are as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
    """
    folder.mkdir()
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    request, config = folder / "request.pem", folder / "authority.cnf"
    config.write_text(_AUTHORITY.format(folder=folder, names=names))
    (folder / "index.txt").touch()
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", made.key)
    dates = ("-startdate", f"{first}000000Z", "-enddate", f"{last}000000Z")
    for command in (
        ("openssl", "req", *key, "-subj", "/CN=localhost", "-out", request),
        # `req -x509` cannot make a certificate that has expired; an authority of one can.
        ("openssl", "ca", "-batch", "-selfsign", "-config", config, "-keyfile", made.key, *dates,
         "-in", request, "-out", made.certificate),
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    return made
