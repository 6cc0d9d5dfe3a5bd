"""What rules, verdicts, reasons and defects mean, in plain words for an operator at night."""

from mailgate.core.assurance import Proof
from mailgate.core.audit import Event, Role
from mailgate.core.audit_check import Fault
from mailgate.core.authenticity import Authentication
from mailgate.core.authorise import Unasked
from mailgate.core.candidate import How, Likeness, Place
from mailgate.core.challenge import Doubt
from mailgate.core.description import Matter, Part
from mailgate.core.effects import LetterKind, Reason, Verdict
from mailgate.core.frame_words import Frame
from mailgate.core.identification import State
from mailgate.core.mail import Defect
from mailgate.core.request import Level
from mailgate.store.letters import LetterState

RULES = {
    "link_duplicate": "A second copy of a mail we have does nothing more than point to the first.",
    "park_loop": "A mail that passed so many servers runs in a circle; it is set aside for you.",
    "note_bounce": "A server says that a letter of ours did not arrive; that is noted at its ticket.",
    "note_receipt_or_absence": "A program answered a letter of ours by itself; that is noted at its ticket.",
    "settle_challenge": "Somebody answers the letter that asks an owner for his consent, by its digits.",
    "join_ticket": "Further words of somebody who takes part in a ticket are added to it.",
    "join_as_outsider": (
        "Somebody who takes no part in a ticket answers a letter of it; his words are shown there as an"
        " outsider's and change nothing."
    ),
    "open_ticket": "Whatever no rule before this one claims is a new request.",
    "park_failed": "mailgate failed at this mail each time; it is set aside so that it holds up no other.",
}
"""What each rule says, by the name that is stored with a mail."""

VERDICTS = {
    Verdict.OPENED: "opened a new ticket",
    Verdict.JOINED: "was added to a ticket",
    Verdict.NOTED: "was noted, as an automatic answer to a letter of ours",
    Verdict.DUPLICATE: "is a copy of an earlier mail",
    Verdict.CHALLENGE: "answered a question of ours for confirmation",
    Verdict.COMMAND: "was carried out as a command of staff",
    Verdict.STATUS: "asked how a ticket stands",
    Verdict.PARKED: "is set aside for you (parked)",
}

REASONS = {
    Reason.DUPLICATE: "it is a copy; only the first one is answered",
    Reason.PARKED: "it is set aside, and nobody is told anything before you looked at it",
    Reason.NOTED: "it is itself an automatic answer to a letter of ours; answering would go on for ever",
    Reason.NULL_SENDER: "it came from the null sender <>, which says: never answer this",
    Reason.NO_ADDRESS: "it has no usable address to write to, neither in From nor in the envelope",
    Reason.NOT_ON_RECORD: (
        "its author is not on record for the account, and no administrative mailbox of it is known"
    ),
    Reason.OUR_OWN: "it came from one of our own addresses",
    Reason.AUTO_SUBMITTED: "a program sent it, by its Auto-Submitted header",
    Reason.PRECEDENCE: "it is bulk mail, by its Precedence header",
    Reason.MAILING_LIST: "it came through a mailing list, by its List headers",
    Reason.RESPONSE_SUPPRESSED: "its sender asks for no automatic answers (X-Auto-Response-Suppress)",
    Reason.AUTOREPLY_HEADER: "it is an automatic answer, by its headers",
    Reason.REPORT: "it is a report made by a mail server",
    Reason.MACHINE_ADDRESS: "its sender is an address that no person reads",
    Reason.MACHINE_SUBJECT: "its subject is that of an out-of-office or delivery notice",
    Reason.SPAM: "the mail server we trust calls it spam",
    Reason.STALE: "it came too late: an acknowledgement of old mail confuses more than it helps",
    Reason.IMPORTED: "it was imported, not sent to us now",
    Reason.MUTED: "a letter to this address came back as unknown, and it has not written by itself since",
    Reason.BUDGET: (
        "the address has had its letters for the day; the ticket's number comes in one letter with others"
    ),
    Reason.NOTHING_TO_SAY: "there is nothing to say that the writer does not know",
}

DEFECTS = {
    Defect.TOO_MANY_RECEIVED: "it passed more servers than a mail should",
    Defect.HEADERS_TOO_LARGE: "its headers are larger than we read",
    Defect.TOO_MANY_HEADERS: "it has more headers than we read",
    Defect.TOO_MANY_PARTS: "it has more parts than we read",
    Defect.TOO_DEEP: "its parts are nested deeper than we read",
    Defect.OVERSIZED: "it is too large: only its beginning was fetched; the whole lies in the mailbox",
    Defect.TEXT_CUT: "its text is longer than we keep; the rest is in the raw mail",
    Defect.PARSER_TIMEOUT: "reading it took too long; the raw mail is kept",
    Defect.PARSER_MEMORY: "reading it took too much memory; the raw mail is kept",
    Defect.PARSER_CRASH: "reading it broke the reader; the raw mail is kept",
    Defect.NO_FROM: "it has no From: its writer is unidentified",
    Defect.FROM_REPEATED: "it has more than one From: its writer is unidentified",
    Defect.FROM_UNUSABLE: "its From is not one plain address: its writer is unidentified",
    Defect.NO_MESSAGE_ID: "it has no Message-ID",
    Defect.HEADER_REPEATED: "a header that may stand once stands more than once",
    Defect.BAD_DATE: "its Date cannot be read",
    Defect.CHARSET_GUESSED: "its character set was missing or wrong, and was guessed",
    Defect.CHARSET_UNKNOWN: "its character set is unknown; some letters may be lost",
    Defect.BROKEN_MIME: "its structure is broken",
    Defect.ENCRYPTED: "it is encrypted, and we cannot read it",
    Defect.SIGNED_OPAQUE: "its text is wrapped in a signature that we cannot open",
    Defect.WINMAIL: "its text is wrapped in a winmail.dat",
    Defect.NO_TEXT: "it holds no text",
}

AUTHENTICATION = {
    Authentication.PASS: "the mail server we trust vouches for the address in From",
    Authentication.FAIL: "the mail server we trust says that From is forged; the writer counts as a stranger",
    Authentication.UNKNOWN: "no server we trust said anything about From; it is a claim",
}

LETTERS = {
    LetterKind.ACKNOWLEDGEMENT: "the acknowledgement with the ticket's number",
    LetterKind.RECEIPT: "a short receipt",
    LetterKind.OUTSIDER: "a neutral receipt that tells nothing of the ticket",
    LetterKind.DIGEST: "one letter with the numbers of several tickets",
    LetterKind.CHALLENGE: "the question for the owner's consent",
    LetterKind.CORRECTION: "how an answer has to be that was almost right",
    LetterKind.REMEDY: "what the owner can do, whose letter was answered from elsewhere",
    LetterKind.SETTLED: "what the owner has confirmed or refused",
    LetterKind.ALARM: "the news of a refusal to a contact",
    LetterKind.OUTCOME: "what came of the owner's consent",
    LetterKind.REMINDER: "a reminder of what was asked",
    LetterKind.CLOSING: "the news that the ticket was closed because nothing more came",
}

STATES = {
    State.NONE: "none: nothing was found that tells whose it is",
    State.PARTIAL: "partial: something tells whose it is, but not for sure",
    State.CONFLICT: "conflict: its writer's own words lead to different accounts",
    State.KNOWN: "known",
}

PLACES = {
    Place.SUBJECT: "in the subject",
    Place.WORDS: "in the new words",
    Place.SIGNATURE: "in the signature",
    Place.LOG: "in pasted log lines",
    Place.QUOTED: "in quoted words",
    Place.SENDER: "the domain of From",
    Place.TO: "the domain of another recipient",
}

HOWS = {
    How.FORM: "in our form",
    How.LABEL: "named as such",
    How.PATTERN: "by its form",
    How.URL: "in a link",
    How.ADDRESS: "in an address",
    How.BARE: "by itself",
}

LIKENESSES = {
    Likeness.EXACT: "exactly so",
    Likeness.NORMALISED: "only without invisible or full-width characters",
    Likeness.LOOKALIKE: "mixes alphabets to look like another",
}

LETTER_STATES = {
    LetterState.DUE: "waits in the outbox",
    LetterState.SENT: "was handed over",
    LetterState.GIVEN_UP: "was given up",
    LetterState.HELD: "is held until somebody decides",
    LetterState.CANCELLED: "was cancelled",
}

MATTERS = {
    Matter.TECHNICAL: "a technical matter",
    Matter.ADMINISTRATIVE: "an administrative matter",
    Matter.UNCLEAR: "a matter that its words leave open",
}

PARTS = {
    Part.STEPS: "steps",
    Part.ERROR: "error text",
    Part.SCREENSHOT: "screenshot or attachment",
    Part.LINK: "link",
    Part.TIME: "time",
    Part.FREQUENCY: "how often",
    Part.WANTED: "what is to be got or changed",
    Part.PROCEDURE: "which procedure",
}
"""The parts of a description, as a line for staff names them: "Described: error text, link, time"."""

LEVELS = {
    Level.NONE: "nothing",
    Level.CLAIMED: "claimed",
    Level.ON_RECORD: "on record",
    Level.AUTHORISED: "authorised",
}
"""What is proven about a writer, or must be."""

LEVEL_NAMES = {level: level.name.lower() for level in Level}
"""The same, as the settings and JSON name it."""

PROOFS = {
    Proof.CHALLENGE: "confirmed from the administrative mailbox",
    Proof.PANEL: "logged in to the control panel",
    Proof.AUTHENTICATED_CONTACT: "an authenticated contact of the account",
    Proof.CLAIMED_CONTACT: "From has a contact's address, not proven",
    Proof.CONTRADICTED: "names values of other accounts",
    Proof.INEXACT: "a value fits only when cleaned",
    Proof.FAILED: "the mail failed authentication: From is forged",
}
"""By what; of values that agree the kinds are named."""

ACTORS = {
    Role.CUSTOMER: "The owner",
    Role.STAFF: "Staff",
    Role.MAILGATE: "mailgate",
    Role.PANEL: "The control panel",
    Role.OPERATOR: "The operator",
}

EVENTS = {
    Event.IDENTIFIED: "said whose request it is",
    Event.IDENTIFICATION_UNDONE: "took back whose request it is; the mails tell it again",
    Event.CLASS_SET: "set the class of the request",
    Event.CLASS_LIFTED: "lifted the class of the request",
    Event.OBJECT_SET: "set what the request is about",
    Event.OBJECT_LIFTED: "lifted what the request is about",
    Event.CHALLENGE_MADE: "asked the administrative mailbox for confirmation",
    Event.CHALLENGE_SENT_AGAIN: "asked the administrative mailbox for confirmation again",
    Event.CHALLENGE_REMINDED: "reminded the administrative mailbox of the confirmation",
    Event.CHALLENGE_BOUNCED: "noted that the letter asking for confirmation came back",
    Event.CHALLENGE_CONFIRMED: "confirmed the request",
    Event.CHALLENGE_DECLINED: "refused the request",
    Event.CHALLENGE_EXPIRED: "let the challenge expire: no answer came in time",
    Event.CHALLENGE_VOID: "declared the challenge void",
    Event.CONFIRMED_BY_STAFF: "confirmed the request by hand",
    Event.WAITS_FOR_STAFF: "left a right answer to the challenge for staff to decide",
    Event.WRONG_DIGITS: "answered the challenge with wrong digits",
    Event.WRONG_SENDER: "refused a right answer to the challenge that came from elsewhere",
    Event.LATE_ANSWER: "refused an answer to the challenge that came too late",
    Event.ALMOST_RIGHT: "answered the challenge almost rightly, which confirms nothing",
    Event.LOCK_SET: "locked what the request is about",
    Event.LOCK_LIFTED: "lifted the lock on what the request is about",
    Event.PANEL_REQUEST: "handed the request over for a customer who is logged in",
    Event.KEY_ROTATED: "signs with another key from here on",
    Event.LEDGER_RESTORED: "found the ledger restored from a backup",
}
"""What was done, as it reads after who did it."""

FAULTS = {
    Fault.MISSING: "missing; whether the record after the gap was changed cannot be told",
    Fault.CUT_OFF: "missing at the end",
    Fault.UNREADABLE: "cannot be read, so it was changed",
    Fault.CONTENT: "what it says was changed",
    Fault.LINK: "its link to the record before it was changed; what it says is as it was written",
    Fault.CONTENT_OR_LINK: "what it says, or its link to the record before it, was changed",
    Fault.KEY_ID: "the id of its key was changed; the rest is as it was written",
    Fault.UNKNOWN_KEY: (
        "signed with a key that is not in signing.keys, so it cannot be checked; put the old key back below"
        " the others"
    ),
    Fault.NOTED_HEAD: (
        "the noted head is not in the trail: records were changed or removed since, or the ledger is an older"
        " or another one"
    ),
}

DOUBTS = {
    Doubt.NEW_MAILBOX: "the mailbox became the administrative one only lately",
    Doubt.OWN_DOMAIN: "the mailbox lies in the domain that the request is about",
    Doubt.BOUNCED: "a letter to the mailbox came back, or could not be handed over",
    Doubt.UNPROVEN: "nobody vouches that the answer came from the mailbox",
    Doubt.REPLACED_MAILBOX: "the account has another administrative mailbox by now",
    Doubt.FOREIGN_DOMAIN: "the domain is not seen to be the account's any more",
    Doubt.DIRECTORY_DOWN: "the directory was down, so nobody knows whose mailbox and domain it is by now",
    Doubt.STALE: "the answer was long on its way, came with old mail, or is condemned as spam",
}
"""Why a right answer to a challenge waits for staff."""

UNASKED = {
    Unasked.NOT_CRITICAL: "the class is not critical; see `mailgate request list`",
    Unasked.UNIDENTIFIED: "it is not known whose account it is; see `mailgate ticket identify`",
    Unasked.NO_MAILBOX: "the account has no administrative mailbox on record",
    Unasked.NO_OBJECT: "what it is to be done to is not named; see `mailgate ticket class`",
    Unasked.FOREIGN_OBJECT: "the domain is not one of the account's",
    Unasked.NOT_AUTOMATIC: "too little speaks for it; `mailgate ticket challenge` asks all the same",
    Unasked.LOCKED: "the owner refused lately; `mailgate ticket unlock` of that ticket lifts it",
    Unasked.ALREADY_OPEN: "he is asked about the same in another ticket",
    Unasked.TOO_MANY: "he was asked too often today; `mailgate ticket challenge` asks all the same",
    Unasked.COVERED: "he is asked already",
}
"""Why the owner is not asked to confirm."""

FRAMES = {
    Frame.ASKED: "is asked for",
    Frame.WISHED: "is wished for",
    Frame.NAMED: "is named, neither asked for nor refused",
    Frame.HOW: "is asked about: how it is done",
    Frame.TERMS: "is asked about: what it costs or how long it takes",
    Frame.POSSIBLE: "is asked about: whether it is possible",
    Frame.QUESTION: "is asked about",
    Frame.REFUSED: "is said not to be wanted",
    Frame.DONE: "is told of as done, or planned",
    Frame.CONDITION: "is a condition or a time",
    Frame.TROUBLE: "is told of as a trouble",
    Frame.THANKS: "is thanked for",
    Frame.MENTIONED: "is only spoken of",
}
"""What a sentence does with what it speaks of."""
