"""Which form a verb has in its sentence, as far as that tells whether its deed is asked for.

Only words that stand in a phrase are asked about, so that endings tell enough; the tables hold what they
tell wrong.
"""

_ENGLISH_VERBS_TEXT = """
reset change transfer delete close remove cancel terminate refund return send resend give restore recover
update move point switch set unlock disable wipe drop erase replace provide release issue reissue register
reregister assign turn take repay reimburse pay credit shut deactivate destroy purge grant regain get swap
rename edit modify correct amend put lift email mail share generate discontinue end stop make redirect
delegate hand reassign clear kill unblock reinstate retrieve refer reverse undo scrap dispose bring pull
redelegate repoint let log fix
"""
_ENGLISH_VERBS = frozenset(_ENGLISH_VERBS_TEXT.split())
"""Words that ask by themselves where a sentence or a clause begins with them."""

_BEFORE_COMMANDS_TEXT = """
please pls plz kindly and then so just also now or but hello hi hey thus therefore ok okay yes day morning
afternoon evening there team support sir madam all everyone guys urgently asap again immediately first
second simply, : – — (
"""
_BEFORE_COMMANDS = frozenset(_BEFORE_COMMANDS_TEXT.split())
_BEHIND_COMMANDS_TEXT = """
my our the this that these those it them me us all his her its their both any old new everything password
account domain ns name dns nameservers nameserver 2fa mailbox mailboxes ownership two whole every hosting
contract registrar site website a an
"""
_BEHIND_COMMANDS = frozenset(_BEHIND_COMMANDS_TEXT.split())
"""Behind an English verb that is no noun there."""

_NO_NOUNS_TEXT = """
delete remove cancel terminate resend restore recover disable wipe erase replace provide unlock deactivate
destroy purge regain rename modify amend discontinue reassign reimburse repay delegate unblock reinstate
retrieve redelegate reregister send give
"""
_NO_NOUNS = frozenset(_NO_NOUNS_TEXT.split())
"""English verbs that are no noun: they ask whatever stands behind."""

_OWN_SUBJECTS_TEXT = """
i we they he she
"""
_OWN_SUBJECTS = frozenset(_OWN_SUBJECTS_TEXT.split())

_NO_IMPERATIVES_TEXT = """
сайте кредите лимите аудите депозите здравствуйте здраствуйте здравствуйтэ здрасьте извините простите
"""
_NO_IMPERATIVES = frozenset(_NO_IMPERATIVES_TEXT.split())
_SHORT_IMPERATIVES_TEXT = """
сбрось смени измени поменяй верни дай пришли вышли скинь перенеси передай удали закрой восстанови отправь
перешли поставь пропиши переведи сними отключи убери замени обнови переоформи перепиши выдай дайте скажи
снеси сотри
"""
_SHORT_IMPERATIVES = frozenset(_SHORT_IMPERATIVES_TEXT.split())
_NO_PASTS_TEXT = """
need needed required requested wanted exceed speed feed embed indeed панели пароли профили роли недели цели
филиала персонала материала материалы контроли мейл имейл емейл мейла имейла емейла мыло мыла портал портала
файл файла канал отдел отдела раздел раздела ли или если удали вышли пришли перешли были дела
"""
_NO_PASTS = frozenset(_NO_PASTS_TEXT.split())
_PASTS_TEXT = """
записан записана оформлен оформлена зарегистрирован зарегистрирована переписан переоформлен переоформлена
перенес снес увез перенесен перенесена удален удалена удалены изменен изменена сменен сменена
"""
_PASTS = frozenset(_PASTS_TEXT.split())
NEGATIONS = frozenset({"не", "not", "don't", "dont", "never", "doesn't", "didn't", "without"})
"""What denies the word behind it."""

_PAST = ("л", "ла", "ло", "ли", "лся", "лась", "лось", "лись")
_SHORTEST_PAST = 4  # letters
_CHANGED = ("смени", "измени", "поменя", "обнови")
_INFINITIVE = ("ть", "ти", "чь", "ться", "тись")
_FORETOLD = ("ите", "ете", "дите")
_IMPERATIVE = ("ите", "йте", "ьте", "яте", "итесь", "йтесь")


def is_negated(words: tuple[str, ...], at: int) -> bool:
    """Does "not" stand right before the word at that place?"""
    return at > 0 and words[at - 1] in NEGATIONS


def is_past(word: str) -> bool:
    """Is it a Russian past tense, or an English one or participle?"""
    if word.isascii():
        return word.endswith("ed") and word not in _NO_PASTS
    return word in _PASTS or (len(word) >= _SHORTEST_PAST and word.endswith(_PAST) and word not in _NO_PASTS)


def changed(word: str) -> bool:
    """Does a Russian past tense say that something changed, and not that somebody changed it?"""
    return word.startswith(_CHANGED) and word.endswith(("лся", "лась", "лось", "лись"))


def is_infinitive(word: str) -> bool:
    """Is it a Russian infinitive?"""
    return word.endswith(_INFINITIVE)


def commands(words: tuple[str, ...], at: int) -> bool:
    """Is the word at that place an imperative?"""
    word = words[at]
    if not word.isascii():
        is_one = word in _SHORT_IMPERATIVES or (word.endswith(_IMPERATIVE) and word not in _NO_IMPERATIVES)
        return is_one and not is_foretold(words, at)
    if word not in _ENGLISH_VERBS or not (at == 0 or words[at - 1] in _BEFORE_COMMANDS):
        return False
    # A noun may stand there, too: "Refund arrived", "Transfer of a domain".
    if word in _NO_NOUNS:
        return True
    following = words[at + 1] if at + 1 < len(words) else ""
    return following in _BEHIND_COMMANDS or "." in following or "@" in following


def may_be_action(word: str) -> bool:
    """Can `is_action` be true of it, whatever stands around it?"""
    if word.isascii():
        return word.isalpha() and (word in _ENGLISH_VERBS or is_past(word))
    return word in _SHORT_IMPERATIVES or word.endswith((*_IMPERATIVE, *_INFINITIVE))


def is_foretold(words: tuple[str, ...], at: int) -> bool:
    """Is it said, or asked, of us in Russian that we shall do it: "вы удалите"?"""
    return at > 0 and words[at - 1] == "вы" and words[at].endswith(_FORETOLD)


def is_action(words: tuple[str, ...], at: int) -> bool:
    """Is the word at that place a verb that asks, or may be wished for?"""
    word = words[at]
    if not word.isalpha():
        return False
    if commands(words, at) or is_infinitive(word) or word in _ENGLISH_VERBS:
        return True
    return word.isascii() and is_past(word)


def is_own_doing(words: tuple[str, ...], at: int) -> bool:
    """Does an English sentence say that somebody does it: "I reset my password"?"""
    return at > 0 and words[at - 1] in _OWN_SUBJECTS and words[at].isascii()
