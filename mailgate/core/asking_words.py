"""Words that tell who is to do a thing, and what a mail asks for besides: tables, Russian and English."""

_MENDING_TEXT = """
проверьте проверить разберитесь разобраться посмотрите посмотреть гляньте почините починить исправьте
устраните подскажите скажите объясните поясните уточните расскажите сообщите поправьте настройте напишите
образец шаблон пример бланк sample template example check look investigate fix tell explain advise see find
repair sort know
"""
MENDING = frozenset(_MENDING_TEXT.split())
"""Who asks for these wants to be told something, or to have a fault repaired."""

_DOING_TEXT = """
это этого сделать делать делается делают сменить поменять изменить перенести удалить оформить оформляется
нужно надо требуется можно поступить происходит действовать порядок процедура порядке начать настроить
включить this that it do done go about procedure steps need start work works change move set
"""
DOING = frozenset(_DOING_TEXT.split())
"""Who asks how, or what, and says these, asks how it is done."""

PAPERS = (
    "документ",
    "бумаг",
    "заявлен",
    "паспорт",
    "скан",
    "прислать",
    "выслать",
    "приложить",
    "document",
    "paper",
    "forms",
    "proof",
    "send",
    "provide",
)
"""Beginnings of words: who asks what he must send in has asked for it."""

_COURTEOUS_TEXT = """
здравствуйте здраствуйте здрасьте добрый доброе доброго привет приветствую уважением уважаемые спасибо
благодарю hello hi hey dear regards thanks thank cheers sincerely best
"""
COURTEOUS = frozenset(_COURTEOUS_TEXT.split())
"""A short sentence with these says nothing."""

RHETORICAL = frozenset(
    {
        ("many", "times"),
        ("much", "longer"),
        ("сколько", "можно"),
        ("сколько", "раз"),
        ("сколько", "еще"),
        ("где", "они"),
        ("где", "деньги"),
        ("от", "нас"),
        ("от", "меня"),
        ("from", "us"),
        ("from", "me"),
        ("you", "need"),
        ("you", "require"),
    }
)
"""Questions with these pairs of words ask for no answer, or for what their writer must give."""

ENCLOSED = ("прилага", "приложен", "приложил", "приклады", "прикреп", "вложени", "attach", "enclos")
"""Beginnings of words: who has sent papers has asked."""

_OURS_TO_DO = """
мне нам мой моя мое мои моего моей моему моим моих мою моем нашем наш наша наше наши нашего нашей нашему
нашим наших нашу меня нас my our me us side стороны вручную ей ему вам вами вас получить обратно
"""
OURS_TO_DO = frozenset(_OURS_TO_DO.split())
"""Where it is asked whether a thing is possible, these make it one that we are asked to do."""

_OWN_TO_DO = """
если без при через самому самой самим самостоятельно сам сама сами онлайн панели кабинете during if without
when while after once online myself ourselves panel still ever later any i we
"""
OWN_TO_DO = frozenset(_OWN_TO_DO.split())
"""These make it one that he would do, or thinks of."""

_APPLYING_TEXT = """
заявление заявку заявка запрос application request
"""
APPLYING = frozenset(_APPLYING_TEXT.split())
"""Nouns that ask, unless their writer says that he sent such a thing already."""

_SENT_TEXT = """
подавал подавала подавали отправлял отправляла отправляли отправил отправила отправили подал подала подали
направил направила направили оставил оставила оставили писал писала sent submitted filed lodged
"""
SENT = frozenset(_SENT_TEXT.split())
"""By these he says so."""

_ONLY_TEXT = """
только лишь сейчас раз теперь
"""
LIMITING = OWN_TO_DO | frozenset(_ONLY_TEXT.split())
"""Whoever says with these that a thing is possible states it."""
