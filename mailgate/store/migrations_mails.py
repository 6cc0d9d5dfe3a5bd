"""How the tables of mails, tickets and letters came about: the first migrations (`migrations.py`)."""

from datetime import UTC, datetime

from sqlite_utils import Database, Migrations

from mailgate.store import rows

MIGRATIONS = Migrations("mailgate")

_FIRST = """
CREATE TABLE mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL CHECK (state IN ('new', 'done', 'parked')),
  door TEXT NOT NULL, hop TEXT NOT NULL, peer TEXT NOT NULL,
  sender TEXT NOT NULL, recipients TEXT NOT NULL, received TEXT NOT NULL,
  size INTEGER NOT NULL, digest BLOB NOT NULL,
  duplicate_of INTEGER REFERENCES mail (id),
  tries INTEGER NOT NULL DEFAULT 0, aside INTEGER NOT NULL DEFAULT 0,
  message_id TEXT NOT NULL DEFAULT '', author TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '',
  verdict TEXT, rule TEXT, why TEXT NOT NULL DEFAULT '', ticket INTEGER, letter INTEGER,
  silence TEXT, silence_detail TEXT NOT NULL DEFAULT '',
  authentication TEXT NOT NULL DEFAULT '', defects TEXT NOT NULL DEFAULT '[]',
  facts TEXT NOT NULL DEFAULT '', settled TEXT,
  CHECK ((state = 'new') = (verdict IS NULL))
) STRICT;
CREATE INDEX mail_new ON mail (id) WHERE state = 'new';
CREATE INDEX mail_verdict ON mail (state, verdict);
CREATE INDEX mail_digest ON mail (digest);
CREATE INDEX mail_message_id ON mail (message_id) WHERE message_id <> '';
CREATE INDEX mail_ticket ON mail (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX mail_duplicate_of ON mail (duplicate_of) WHERE duplicate_of IS NOT NULL;

CREATE TABLE raw (
  mail INTEGER PRIMARY KEY REFERENCES mail (id), bytes BLOB NOT NULL
) STRICT;

CREATE TABLE ticket (
  number INTEGER PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('open', 'waiting', 'resolved', 'closed')),
  subject TEXT NOT NULL, requester TEXT NOT NULL, languages TEXT NOT NULL,
  opened TEXT NOT NULL, changed TEXT NOT NULL, settled TEXT,
  CHECK ((settled IS NULL) = (status IN ('open', 'waiting')))
) STRICT;
CREATE INDEX ticket_changed ON ticket (changed);
CREATE INDEX ticket_requester ON ticket (requester);

CREATE TABLE participant (
  ticket INTEGER NOT NULL REFERENCES ticket (number), address TEXT NOT NULL,
  PRIMARY KEY (ticket, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX participant_address ON participant (address);

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES ticket (number),
  author TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL,
  mail INTEGER REFERENCES mail (id)
) STRICT;
CREATE INDEX entry_ticket ON entry (ticket);

CREATE TABLE link (
  ticket INTEGER NOT NULL REFERENCES ticket (number),
  other INTEGER NOT NULL REFERENCES ticket (number),
  kind TEXT NOT NULL, PRIMARY KEY (ticket, other, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_other ON link (other);

CREATE TABLE letter (
  id INTEGER PRIMARY KEY,
  mail INTEGER REFERENCES mail (id), ticket INTEGER REFERENCES ticket (number),
  recipient TEXT NOT NULL, address TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'given_up', 'held', 'cancelled')),
  created TEXT NOT NULL, due_since TEXT NOT NULL, next_try TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  handing_since TEXT, ended TEXT, last_reply TEXT NOT NULL DEFAULT '',
  envelope_sender TEXT NOT NULL, message_id TEXT NOT NULL, raw BLOB NOT NULL,
  bounced TEXT,
  CHECK (handing_since IS NULL OR state = 'due'),
  CHECK ((ended IS NULL) = (state IN ('due', 'held')))
) STRICT;
CREATE INDEX letter_due ON letter (state, next_try, id) WHERE state = 'due' AND handing_since IS NULL;
CREATE INDEX letter_handing ON letter (handing_since) WHERE handing_since IS NOT NULL;
CREATE INDEX letter_state ON letter (state, id);
CREATE INDEX letter_address ON letter (address, created);
CREATE INDEX letter_created ON letter (created);
CREATE INDEX letter_ended ON letter (state, ended) WHERE state = 'sent';
CREATE INDEX letter_mail ON letter (mail);
CREATE INDEX letter_ticket ON letter (ticket);

CREATE TABLE mute (
  address TEXT PRIMARY KEY, since TEXT NOT NULL, letter INTEGER NOT NULL, status TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE postponed (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL, ticket INTEGER NOT NULL REFERENCES ticket (number),
  languages TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX postponed_address ON postponed (address);

CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('accepted', 0), ('ticket', 10000), ('letter', 0);
"""


def apply_script(db: Database, script: str) -> None:
    """Carry out the statements of `script`, each ended by `;` and a line end, within the transaction."""
    # executescript would commit the migration's transaction: one statement at a time.
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


@MIGRATIONS()
def m001_mails_tickets_letters(db: Database) -> None:
    """The first ledger."""
    apply_script(db, _FIRST)


_BULK = """
ALTER TABLE mail ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0 CHECK (bulk IN (0, 1));
CREATE INDEX mail_next ON mail (bulk, aside, id) WHERE state = 'new';
DROP INDEX mail_new;
"""


@MIGRATIONS()
def m002_bulk(db: Database) -> None:
    """Mail that is never answered waits in a lane of its own."""
    apply_script(db, _BULK)


_MAILBOXES = """
CREATE TABLE birth (at TEXT NOT NULL) STRICT;

CREATE TABLE folder (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL, name TEXT NOT NULL, uidvalidity INTEGER NOT NULL,
  next_uid INTEGER NOT NULL, rescan INTEGER NOT NULL,
  UNIQUE (account, name, uidvalidity)
) STRICT;

CREATE TABLE origin (
  folder INTEGER NOT NULL REFERENCES folder (id), uid INTEGER NOT NULL,
  mail INTEGER REFERENCES mail (id),
  state TEXT NOT NULL CHECK (state IN ('taken', 'moved', 'stays', 'stepped_over')),
  why TEXT NOT NULL DEFAULT '', at TEXT NOT NULL,
  PRIMARY KEY (folder, uid), CHECK ((mail IS NULL) = (state = 'stepped_over'))
) STRICT, WITHOUT ROWID;
CREATE INDEX origin_unfinished ON origin (folder, state) WHERE state IN ('taken', 'stepped_over');
CREATE INDEX origin_mail ON origin (mail) WHERE mail IS NOT NULL;

CREATE TABLE mailbox (
  name TEXT PRIMARY KEY, state TEXT NOT NULL, since TEXT NOT NULL, contact TEXT, last_mail TEXT,
  backlog INTEGER NOT NULL, error TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE mail ADD COLUMN whole_size INTEGER NOT NULL DEFAULT 0;
"""


@MIGRATIONS()
def m003_mailboxes(db: Database) -> None:
    """Where fetched mails came from, and how their mailboxes fare."""
    apply_script(db, _MAILBOXES)
    db.execute("INSERT INTO birth (at) VALUES (:at)", {"at": rows.time_text(datetime.now(UTC))})
