"""What the words of a mail give away: mere thanks, a machine's subject or mailbox.

Tables and small questions over them, Russian and English. They serve hints and courtesy, never trust:
each errs to the side where nothing is lost. A hint too many does no harm; thanks count as
thanks only if every word is known to be harmless; a machine's phrase must open the subject.
"""

import re

LOOKED_AT = 20_000  # characters of a text
_SUBJECT = 998  # characters: RFC 5322, 2.1.1

_GREETINGS = (
    *("здравствуйте", "добрый день", "добрый вечер", "доброе утро", "приветствую", "привет", "доброго дня"),
    *("hello", "hi", "dear", "good morning", "good afternoon", "good evening", "hey"),
)
_SIGN_OFFS = (
    *("с уважением", "с наилучшими", "с благодарностью", "всего доброго", "всего хорошего", "хорошего дня"),
    *(
        "--",
        "best",
        "kind regards",
        "regards",
        "sincerely",
        "yours",
        "have a nice",
        "have a good",
        "отправлено с",
    ),
    *("sent from", "warm regards", "cheers,", "удачи"),
)
_THANKS_WORDS = """
спасибо спс спасибки пасибо благодарю благодарим благодарен благодарна благодарны ок окей хорошо понял поняла
поняли понятно принято отлично супер класс ясно заработало заработал заработала заработали решено решен решена
thanks thank thx ty ok okay great perfect excellent awesome appreciated appreciate cheers understood noted
works resolved solved fixed
"""
_HARMLESS_WORDS = """
большое огромное огромнейшее вам вас тебе за и уже все теперь сейчас снова опять очень помощь помогли
помогло быструю быстрый быстро оперативную оперативный оперативность оперативно ответ поддержку поддержка
поддержке работу работа работает работают получилось открывается открылся приходят приходит пришло пришли
сайт сайты почта письма вопрос вопросы проблема проблему закрыт закрыта решили исправили коллеги команда
команде ребята отличную отличная понимание внимание содействие подсказку совет день добрый я мы так то что это
a an the lot so much very many for your you all it is its was now again everything fine good quick fast
prompt swift response reply support help helping assistance that this issue problem up back well nice really
i we my site website mail email got job work working team guys and of me us to super be has been have
"""
_ASKING_WORDS = """
не нет но однако пожалуйста прошу просьба можно почему как когда где ps p.s зы п.с
not no but however please can could would why how when where still until
"""
_THANKS = frozenset(_THANKS_WORDS.split())
_HARMLESS = _THANKS | frozenset(_HARMLESS_WORDS.split())
_ASKING = frozenset(_ASKING_WORDS.split())
_SIGN_OFF_LINES = 6
_THANKING = 25  # words; whoever writes more says more
_NAME_WORDS = 3
_ENDS = ".,:;!…()\"'«»*_-–—🙂😊👍🙏"


def is_pure_thanks(text: str) -> bool:
    """Is `text` nothing but thanks or an "ok", with at most a greeting, a name, a signature?"""
    cased = [line for line in map(str.strip, text[:LOOKED_AT].split("\n")) if line]
    lines = [line.lower() for line in cased]
    if "?" in text:
        return False
    end = next((at for at, line in enumerate(lines) if line.startswith(_SIGN_OFFS)), len(lines))
    if len(lines) - end > _SIGN_OFF_LINES or any(not _ASKING.isdisjoint(_words(line)) for line in lines):
        return False
    if end == len(lines) > 1 and _is_name(cased[-1]) and not _is_harmless(cased[-1]):
        end -= 1
    words = [word for line in lines[:end] for word in _words(line)]
    thankful = len(words) <= _THANKING and not _THANKS.isdisjoint(words)
    return thankful and all(map(_is_harmless, cased[:end]))


def _words(line: str) -> list[str]:
    return [word for token in line.split() if (word := token.strip(_ENDS).lower().replace("ё", "е"))]


def _is_name(line: str) -> bool:
    tokens = line.rstrip(".").split()
    return len(tokens) <= _NAME_WORDS and all(token[0].isupper() and token.strip(_ENDS) for token in tokens)


def _is_harmless(line: str) -> bool:
    """Are all words of `line` known, but for a name after a comma or a greeting?"""
    lowered = line.lower()
    greeting = next((phrase for phrase in _GREETINGS if lowered.startswith(phrase)), "")
    rest = line[len(greeting) :]
    called = bool(greeting)
    strangers = 0
    for token in rest.split():
        word = token.strip(_ENDS).lower().replace("ё", "е")
        if word and word not in _HARMLESS:
            if not (called and token.lstrip('(«"')[:1].isupper() and word.isalpha()):
                return False
            strangers += 1
        called = (
            strangers < _NAME_WORDS and not token.endswith((".", "!")) and (called or token.endswith(","))
        )
    return True


_MACHINE_SUBJECT = re.compile(
    r"автоответ|автоматический ответ|автоматическое уведомление|вне офиса|отсутстви[ея] на (?:рабочем )?месте"
    r"|отсутствует на (?:рабочем )?месте|отсутствую (?:в офисе|на рабочем месте)|нахожусь в отпуске"
    r"|в отпуске$|я в отпуске(?: до| с|$)|недоставленн(?:ое|ая|ые) (?:сообщени|почт|письм)|не ?доставлено:"
    r"|не уда(?:ется|лось) доставить:|невозможно доставить:|(?:сообщение|письмо) не доставлено$"
    r"|ошибка доставки(?: сообщения| почты| письма)?$|отложена доставка|возвращено отправителю"
    r"|уведомление о (?:состоянии доставки|статусе доставки|недоставке|невозможности доставки|доставке)"
    r"|auto(?:mated|matic)?[ -]?(?:reply|response|answer|responder)\b|auto:|out[ -]of[ -](?:the[ -])?office"
    r"|i am out of (?:the )?office|away from (?:the |my )?office|ooo:|on vacation$"
    r"|vacation (?:reply|response|notice)|undelivered mail|undeliverable(?::| mail| message)|undeliverable$"
    r"|mail delivery (?:fail|system|subsystem|status|error)|delivery status notification"
    r"|delivery (?:failure|notification|delayed|has failed|incomplete)|returned mail|failure notice$"
    r"|mail system error|message (?:delivery )?(?:undeliverable|status)|non[- ]?delivery|delayed mail"
    r"|warning: (?:message|could not send)|nondeliverable mail|mail could not be delivered"
)
_PREFIX = re.compile(
    r"\s{0,9}(?:re|fwd|fw|отв|ответ|на|ha|aw|wg|sv|antw|пересл|переслано|пер|відп|fyi)\s?"
    r"(?:\[\d{1,4}\]|\(\d{1,4}\)|\*\d{1,4}|\^\d{1,4}|\d{1,2})?\s?[:：]",
    re.IGNORECASE,
)


def subject_is_machine(subject: str) -> bool:
    """Does `subject` open with what only out-of-office answers and bounces say?

    After "Re:" or "Fwd:" a person is asking about such a mail, so nothing is stripped.
    """
    lowered = " ".join(subject[:_SUBJECT].lower().replace("ё", "е").split())
    return bool(_MACHINE_SUBJECT.match(lowered.lstrip("*[(\"'«<")))


def base_subject(subject: str) -> str:
    """`subject` without the reply and forward prefixes before it, spaces at its ends apart."""
    bare = subject.strip()
    start, found = 0, _PREFIX.match(bare)
    while found:
        start = found.end()
        found = _PREFIX.match(bare, start)
    return bare[start:].strip()


_MACHINE_NAMES = """
mailer-daemon mailerdaemon mailer_daemon mail-daemon maildaemon postmaster double-bounce listserv listmaster
daemon majordomo mailman sympa autoreply auto-reply autoresponder auto-responder autoresponse
"""
_MACHINE_MAILBOXES = frozenset(_MACHINE_NAMES.split())
_NO_REPLY = re.compile(
    r"(?:^|[._+=\-])(?:no|not|do[._\-]?not|dont|don't|never)[._\-]?(?:reply|answer|response)"
)
_BOUNCE = re.compile(r"(?:.*[._\-])?bounces?(?:[._+=\-].*)?")


def is_machine_mailbox(local: str) -> bool:
    """Is `local`, the part of an address before "@", one nobody reads?"""
    # Postmaster is a person's in RFC 5321, 4.5.1; but Exchange and others send bounces from it.
    lowered = local[:_SUBJECT].lower()
    name = lowered.partition("+")[0]
    if name in _MACHINE_MAILBOXES or _NO_REPLY.search(lowered) or _BOUNCE.fullmatch(lowered):
        return True
    # RFC 2142, section 6 and old list software
    return name.startswith("owner-") or name.endswith(("-owner", "-request"))
