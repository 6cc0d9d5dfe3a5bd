"""How the ledger's tables came about: versioned migrations, in their order, never edited later.

Those of mails, tickets and letters stand in `migrations_mails.py` and come first; here are customers and
what they may do. Times are text, UTC, always of the same width, so that they sort (`rows.py`). Lists are
JSON. When they are applied is said in `schema.py`.
"""

from sqlite_utils import Database

from mailgate.store.migrations_mails import MIGRATIONS, apply_script

__all__ = ["MIGRATIONS"]

_ACCOUNTS = """
CREATE TABLE account (
  id TEXT PRIMARY KEY, login TEXT NOT NULL, contracts TEXT NOT NULL, domains TEXT NOT NULL,
  mailbox TEXT NOT NULL, mailbox_since TEXT, contacts TEXT NOT NULL, language TEXT,
  vip INTEGER NOT NULL CHECK (vip IN (0, 1)), notes TEXT NOT NULL
) STRICT;
CREATE INDEX account_vip ON account (id) WHERE vip = 1;

CREATE TABLE account_key (
  kind TEXT NOT NULL, value TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (kind, value, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_next (
  id TEXT PRIMARY KEY, login TEXT NOT NULL, contracts TEXT NOT NULL, domains TEXT NOT NULL,
  mailbox TEXT NOT NULL, mailbox_since TEXT, contacts TEXT NOT NULL, language TEXT,
  vip INTEGER NOT NULL, notes TEXT NOT NULL, gone INTEGER NOT NULL CHECK (gone IN (0, 1))
) STRICT;

CREATE TABLE directory (
  id INTEGER PRIMARY KEY CHECK (id = 1), since TEXT NOT NULL, trouble TEXT NOT NULL
) STRICT;
"""


@MIGRATIONS()
def m004_accounts(db: Database) -> None:
    """The customer base, the place where its next state is laid out, and how a directory service fares."""
    apply_script(db, _ACCOUNTS)


_IDENTIFICATION = """
ALTER TABLE ticket ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN identification TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1));
ALTER TABLE ticket ADD COLUMN remind_at TEXT;
ALTER TABLE mail ADD COLUMN identification TEXT NOT NULL DEFAULT '';
ALTER TABLE mail ADD COLUMN description TEXT NOT NULL DEFAULT '';
CREATE INDEX ticket_account ON ticket (account, changed) WHERE account <> '';
CREATE INDEX ticket_waits ON ticket (number) WHERE waits = 1;
CREATE INDEX ticket_remind_at ON ticket (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX ticket_waiting ON ticket (changed) WHERE status = 'waiting';
"""


@MIGRATIONS()
def m005_identification(db: Database) -> None:
    """Whose request it is, and what its writer was asked."""
    apply_script(db, _IDENTIFICATION)


_AUDIT = """
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL, ticket INTEGER, challenge INTEGER,
  event TEXT NOT NULL, actor TEXT NOT NULL, details TEXT NOT NULL,
  key TEXT NOT NULL, chain BLOB NOT NULL
) STRICT;
CREATE INDEX audit_ticket ON audit (ticket, id) WHERE ticket IS NOT NULL;

CREATE TRIGGER audit_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'a record of the audit trail is never changed'); END;
CREATE TRIGGER audit_never_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'a record of the audit trail is never removed'); END;
CREATE TRIGGER audit_only_at_the_end BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id >= NEW.id)
BEGIN SELECT RAISE(ABORT, 'a record of the audit trail is added at its end only'); END;
"""


@MIGRATIONS()
def m006_audit(db: Database) -> None:
    """Who took which step; no ticket is referred to, so that the trail outlives it."""
    apply_script(db, _AUDIT)


_REQUESTS = """
ALTER TABLE ticket ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN class TEXT NOT NULL DEFAULT '';
ALTER TABLE mail ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE mail ADD COLUMN assurance TEXT NOT NULL DEFAULT '';
CREATE INDEX ticket_class ON ticket (class, changed) WHERE class <> '';
"""


@MIGRATIONS()
def m007_requests(db: Database) -> None:
    """What is asked for, and what is proven about who asks."""
    apply_script(db, _REQUESTS)


_CHALLENGES = """
CREATE TABLE challenge (
  id INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES ticket (number),
  account TEXT NOT NULL, mailbox TEXT NOT NULL, class TEXT NOT NULL, objects TEXT NOT NULL,
  entry TEXT NOT NULL, writer TEXT NOT NULL,
  verified INTEGER NOT NULL CHECK (verified IN (0, 1)), owners INTEGER NOT NULL CHECK (owners IN (0, 1)),
  asked TEXT NOT NULL, made TEXT NOT NULL, expires TEXT NOT NULL, key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'declined', 'expired', 'void')),
  tries INTEGER NOT NULL, doubts TEXT NOT NULL,
  answered INTEGER NOT NULL DEFAULT 0, corrected INTEGER NOT NULL DEFAULT 0,
  warned INTEGER NOT NULL DEFAULT 0, reminded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX challenge_ticket ON challenge (ticket);
CREATE INDEX challenge_account ON challenge (account, made);
CREATE INDEX challenge_open ON challenge (expires) WHERE state = 'open';

CREATE TABLE challenge_lock (
  account TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
  until TEXT NOT NULL, ticket INTEGER NOT NULL REFERENCES ticket (number),
  PRIMARY KEY (account, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_lock_ticket ON challenge_lock (ticket);

ALTER TABLE letter ADD COLUMN challenge INTEGER REFERENCES challenge (id);
CREATE INDEX letter_challenge ON letter (challenge) WHERE challenge IS NOT NULL;
ALTER TABLE ticket ADD COLUMN conclude_at TEXT;
CREATE INDEX ticket_conclude_at ON ticket (conclude_at) WHERE conclude_at IS NOT NULL;

INSERT INTO counter (name, value) VALUES ('run', 0);
"""


@MIGRATIONS()
def m008_challenges(db: Database) -> None:
    """What owners are asked to confirm, what they refused, and when a requester is told what came of it."""
    apply_script(db, _CHALLENGES)


_PANEL = """
ALTER TABLE mail ADD COLUMN vouched TEXT NOT NULL DEFAULT '';
CREATE TABLE idempotency (
  key TEXT PRIMARY KEY, digest BLOB NOT NULL, mail INTEGER NOT NULL REFERENCES mail (id), at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_mail ON idempotency (mail);
"""


@MIGRATIONS()
def m009_panel(db: Database) -> None:
    """What the control panel vouches for, and the keys by which its requests are handed in once."""
    apply_script(db, _PANEL)
