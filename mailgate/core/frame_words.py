"""The words of a sentence that tell whether what it speaks of is asked for: tables, Russian and English."""

from enum import StrEnum


class Frame(StrEnum):
    """What a sentence does with what it speaks of."""

    ASKED = "asked"
    WISHED = "wished"
    NAMED = "named"  # a topic: the rest of the mail decides
    HOW = "how"
    TERMS = "terms"  # what it costs, how long it takes
    POSSIBLE = "possible"
    QUESTION = "question"
    REFUSED = "refused"  # it is not wanted
    DONE = "done"  # somebody tells that he or another did it, or will
    CONDITION = "condition"
    TROUBLE = "trouble"
    THANKS = "thanks"
    MENTIONED = "mentioned"


QUESTIONS = frozenset({Frame.HOW, Frame.TERMS, Frame.POSSIBLE, Frame.QUESTION})
"""What asks to be told something."""


_ASKED = """
поможете посодействуйте помогли помогите памагите помагите прашу заявление заявляю настоящим поручаю
подтверждаю подтверждаем согласен согласна согласны отказываюсь отказываемся расторгаем расторгаю прекращаем
прекращаю убедительно appreciated hereby authorise authorize instruct прошу просим просьба просьбой попрошу
требую требуем можете можешь сможете сможешь помоги будьте попросить сделайте выполните произведите
осуществите оформите организуйте инициируйте начните запустите проведите примите разрешите давайте просит
велел велела велели поручил поручила поручили распорядился признателен признательна признательны благодарен
благодарна благодарны настаиваю затруднит могли могла ходатайствую умоляю займитесь поспособствуйте request
requesting requested kindly demand appreciate grateful application
"""
_WISHED = """
хачу хочеться надеюсь надеемся рассчитываю рассчитываем предлагаю пусть пускай ожидаю ожидаем нада стоило
asks wants hoping hope expect expecting requires require required wanting wishing supposed ought wished keen
хочу хотим хотел хотела хотели хотелось желаю желаем нужен нужна нужно нужны надо необходимо необходим
необходима необходимы требуется требуются решил решила решили пора хочется жду ждем готов готовы готова
должны должен должна следует want wanna wish need needs needed must decided i'd we'd gotta should looking
glad prefer
"""
_HOW = """
каким где куда откуда чем инструкция инструкцию инструкции порядок процедура процедуру способ способы какие
какой какая какое какую каких кто кому кого почему зачем когда чего через_что алгоритм мануал гайд обучите
how where which who whom why when what's whats guide instructions instruction tutorial procedure steps
documentation manual
"""
_TERMS = """
сколько стоит стоить стоимость цена цену цены платно бесплатно платный платная платное дорого долго срок
сроки занимает займет длится взимается комиссия тариф_на расценки cost costs price fee fees charge long
takes expensive free pricing
"""
_POSSIBLE = """
возможно возможность возможен возможна реально можно могу можем вправе допустимо разрешается предусмотрено
бывает possible possibility able feasible allowed permitted
"""
_INFO = """
узнать уточнить понять знать спросить интересует интересуюсь интересно подскажите подскажи подсказать
расскажите рассказать объясните объяснить поясните пояснить проконсультируйте проконсультировать
консультация консультацию информация информацию вопрос вопроса посоветуйте разъясните разъяснить подскажете
уточните сориентируйте разобраться сообщите_ли know wonder wondering understand explain curious question
questions advise clarify tell info information
"""
_TROUBLE = """
ошибка ошибку ошибки ошибкой проблема проблемы проблему пытаюсь пытаемся пробую пробовал пробовала пробовали
пытался пытались пыталась невозможно cannot can't cant couldn't unable error errors problem problems trouble
trying tried fails failed failing issue issues doesn't
"""
_THANKS = """
спасибо благодарю благодарим спс благодарность thanks thank thx
"""
_DONE = """
буду будем планирую планируем собираюсь собираемся думаю думаем сам сама сами самостоятельно успешно
готовимся i'll we'll i've we've already i'm we're planning considering thinking going successfully completed
complete получилось удалось works worked
"""
_CONDITION = """
если ежели if unless whether
"""
_POLITE = """
пожалуйста пожалуста пожалусто пажалуста пожайлуста пожалуйсто пажалуйста плиз плз пж пжл please pls plz
plese пожалста пжалуйста пожлста срочно немедленно безотлагательно незамедлительно asap urgently immediately
"""
_PURPOSE = """
чтобы чтоб дабы штобы бы
"""

_GRATEFUL_TEXT = """
признателен признательна признательны благодарен благодарна благодарны хорошо obliged thankful grateful
appreciate best glad it great
"""
GRATEFUL = frozenset(_GRATEFUL_TEXT.split())
"""Before "if": a courtesy, not a condition."""

_REFUSED = """
отменяем отменяю отменяется отмените передумал передумали передумала
"""
MARKS: dict[str, Frame] = {
    word: frame
    for frame, table in (
        (Frame.ASKED, _ASKED),
        (Frame.WISHED, _WISHED),
        (Frame.HOW, _HOW),
        (Frame.TERMS, _TERMS),
        (Frame.POSSIBLE, _POSSIBLE),
        (Frame.MENTIONED, _INFO),
        (Frame.TROUBLE, _TROUBLE),
        (Frame.THANKS, _THANKS),
        (Frame.DONE, _DONE),
        (Frame.CONDITION, _CONDITION),
        (Frame.REFUSED, _REFUSED),
    )
    for word in table.split()
}
"""What a word by itself says of what follows it."""

POLITE = frozenset(_POLITE.split())
PURPOSE = frozenset(_PURPOSE.split())

_PAIRS = (
    (
        Frame.ASKED,
        """
could the, could my, could our, нельзя ли, не могли, не могла, не можете, не затруднит, can you, could you,
would you, will you, could somebody, can anybody, could anyone, can someone, could someone, can somebody,
can anyone, would it, ask you, asking you, am asking, i'm asking, can u, could u, would u, can ya, feel
free, you can, you may, any chance, i asked, we asked, i've asked, we've asked, have asked, already asked,
already requested, i requested, попросил бы, попросила бы, попросили бы, хорошо бы, неплохо бы, я просил, я
просила, мы просили, уже просил, уже просила, уже просили, запрос о, заявка о, request for, application for,
notice of, ask for, call for, in advance, спасибо заранее, заранее спасибо, заранее благодарю, can be, may
be, can go, trouble you, given up, заявка на, заявку на, заявление на, заявление о, запрос на, help me, help
us, go ahead, could i, could we, may i
""",
    ),
    (
        Frame.WISHED,
        """
best if, ready to, have to, has to, would like, id like, like to, wd like, writing to, is to, are to, would
love, i'd love, we'd love, мне бы, нам бы, как бы, бы мне, бы нам, it's time
""",
    ),
    (
        None,
        """
be possible, how many, be able, be good, be great, as soon, long as, так как, как и, как обычно, как
договаривались, как договорились, как владелец, как администратор, как владельца, как собственника, как
плательщика, как контактный, как основной, как административный, как регистрационный, как главный, как
скорее, как быстрее
""",
    ),
    (
        Frame.POSSIBLE,
        """
can i, can we, do i, do we, do you, does the, does it, is it, is there, are there, should i, should we, will
i, will my, will the, i can, we can
""",
    ),
    (
        Frame.DONE,
        """
i will, we will, i have, we have, have been, has been
""",
    ),
    (
        Frame.REFUSED,
        """
no need, решил не, решила не, решили не, decided against
""",
    ),
    (
        Frame.TROUBLE,
        """
not able
""",
    ),
    (
        Frame.HOW,
        """
what is, what are, what do, what does, what happens, what should, what else, what documents, what i, what
will, что нужно, что надо, что требуется, что необходимо, что делать, что сделать, что мне, что нам, что
будет, что станет, что произойдет, что для, что от, что происходит, что значит, что можно, как можно
""",
    ),
    (
        Frame.CONDITION,
        """
как только
""",
    ),
)
PAIRS: dict[tuple[str, ...], Frame | None] = {
    tuple(pair.split()): frame for frame, table in _PAIRS for pair in table.split(",")
}
"""What two words say, the second of which is then not looked at by itself; None: nothing."""

_TRIPLES = (
    (
        Frame.ASKED,
        """
can i get, can i have, can we get, can we have, when will you, are you able, if you could, if you can, if
someone could, if somebody could, if anyone could, thank you in, thanks in advance, можно ли вас
""",
    ),
    (
        Frame.WISHED,
        """
what i want, what i need, what we want, what we need, what i'd like, как бы мне, как бы нам
""",
    ),
    (
        None,
        """
как можно скорее, как можно быстрее, как можно раньше, как можно оперативнее, i was wondering, we were
wondering, just wondering if
""",
    ),
    (
        Frame.REFUSED,
        """
no longer need, no longer want, no longer wish, no longer require, decided not to
""",
    ),
)
TRIPLES: dict[tuple[str, ...], Frame | None] = {
    tuple(triple.split()): frame for frame, table in _TRIPLES for triple in table.split(",")
}
"""The same of three words."""

ASKING = frozenset({Frame.ASKED, Frame.WISHED})
"""What is asked for in one way or another; "not" before it makes a refusal."""

_GIVING_TEXT = """
дайте пришлите вышлите скиньте отправьте выдайте сделайте предоставьте
"""
GIVING = frozenset(_GIVING_TEXT.split())
"""Behind what is named, these ask for it."""

_INDEFINITE_TEXT = """
нибудь то либо
"""
INDEFINITE = frozenset(_INDEFINITE_TEXT.split())
"""Behind "кто", "какой": it asks nothing."""

_TROUBLES_TEXT = """
могу можем может могут смог смогла смогли сможем получается получилось удается удалось выходит вышло
приходит приходят пришло пришел пришли работает работают дает доходит помогает подходит принимает
открывается проходит прошел сработал сработало меняется сбрасывается удаляется сохраняется отправляется
принимается помню знаю working work let allow arrive arriving receive received receiving get getting
"""
TROUBLES = frozenset(_TROUBLES_TEXT.split())
"""Behind "not": something does not work."""

_NEAR_CONDITIONS_TEXT = """
после при до перед без во_время ввиду вследствие связи результате случае upon из-за из из_за after before
during once while until without since
"""
NEAR_CONDITIONS = frozenset(_NEAR_CONDITIONS_TEXT.split())
"""Right before a noun: it is not what is asked for, but when."""

_NEAR_MENTIONS_TEXT = """
за о об про насчет касательно относительно поводу для письмо уведомление ссылка ссылку ссылке ссылки кнопка
кнопку кнопки форма форму форме страница странице страницу раздел разделе функция функцию пункт статья
статью статье услуга услугу услуги правила условия about regarding concerning re
"""
NEAR_MENTIONS = frozenset(_NEAR_MENTIONS_TEXT.split())
"""Right before a noun: it is only spoken of."""

_BEHIND_MENTIONS_TEXT = """
link links page form button policy policies process procedure procedures email emails message notification
fee fees guide instructions option price cost feature letter section
"""
BEHIND_MENTIONS = frozenset(_BEHIND_MENTIONS_TEXT.split())
"""Right behind an English noun: it is only part of another's name."""
