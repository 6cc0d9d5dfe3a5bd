"""The settings of the Dovecot of one test (`tests.dovecot`)."""

import os
from pathlib import Path

from tests.certificate import Certificate

CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS "
    "THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS "
    "LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH "
    "LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY"
).split()
"""What Dovecot 2.3 offers who has logged in."""

# Without its own users and a chroot Dovecot runs from any folder; it need not wait for a disk.
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {name}
listen = 127.0.0.1
protocols = imap lmtp
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
mail_fsync = never
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%n allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
"""
_TLS = """
ssl = yes
ssl_cert = <{tls.certificate}
ssl_key = <{tls.key}
"""
NO_WAITING = """
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""
_OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


def settings(folder: Path, port: int, tls: Certificate | None, tls_port: int, password: str) -> str:
    """The settings of every test's Dovecot: it lives in `folder`, and speaks IMAP at the ports."""
    root = os.geteuid() == 0
    text = _SETTINGS.format(
        folder=folder,
        name=folder.name,
        user="nobody" if root else os.geteuid(),
        group="nogroup" if root else os.getegid(),
        password=password,
        port=port,
        tls_port=tls_port,
    )
    return text + (_TLS.format(tls=tls) if tls else "ssl = no\n")


def oauth(folder: Path, url: str) -> str:
    """Let in by XOAUTH2 and OAUTHBEARER whose token `url` knows (RFC 7662). Writes a file of its own."""
    (folder / "oauth2.conf").write_text(_INTROSPECTION.format(url=url), "utf-8")
    return _OAUTH.format(folder=folder)


def capabilities_without(words: tuple[str, ...]) -> str:
    """Offer who has logged in everything but `words`."""
    unknown = set(words) - set(CAPABILITIES)
    if unknown:
        raise AssertionError(f"Dovecot never offers {unknown}")
    return f"imap_capability = {' '.join(word for word in CAPABILITIES if word not in words)}\n"
