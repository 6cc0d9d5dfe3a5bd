"""Tables of what people and machines write."""

import pytest

from mailgate.core.phrases import (
    base_subject,
    is_machine_mailbox,
    is_pure_thanks,
    subject_is_machine,
)
from tests.cost import takes_less


@pytest.mark.parametrize(
    "text",
    [
        "Спасибо!",
        "Спасибо, всё заработало!",
        "Большое спасибо за помощь",
        "ок, спасибо",
        "Ок",
        "Благодарю за оперативность!",
        "Здравствуйте! Спасибо, вопрос решён.",
        "Спасибо, Анна!",
        "Добрый день, понял, спасибо.\n\nС уважением,\nИван Петров\nООО Ромашка",
        "спс",
        "Всё работает, спасибо большое",
        "Отлично, спасибо!",
        "Thanks",
        "Thank you very much!",
        "Thanks a lot, it works now.",
        "ok thanks",
        "Great, thank you for the quick reply!",
        "Hi Anna, thanks!",
        "Perfect, thanks again.\n\nBest regards,\nJohn Smith\nShop Ltd",
        "Problem solved. Thank you!",
        "Спасибо!\nИван",
        "Thanks,\nJohn Smith",
        "Хорошо, спасибо.\n-- \nИван\n+7 900 000-00-00",
    ],
)
def test_pure_thanks(text: str) -> None:
    assert is_pure_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Спасибо, но не работает",
        "Спасибо. А как теперь зайти?",
        "Спасибо, только письма всё ещё не приходят",
        "Спасибо, проверьте ещё второй домен пожалуйста",
        "Не работает",
        "Всё ещё не работает, спасибо",
        "Спасибо за ответ. Прошу закрыть доступ старому сотруднику.",
        "Ничего не изменилось",
        "",
        "Пришлите счёт, спасибо",
        "Спасибо! Ещё вопрос: где взять акт",
        "Thanks, but it is broken",
        "Thank you. Could you also check the other domain?",
        "Thanks, however mail fails",
        "Please close",
        "Да, спасибо",
        "Спасибо. Закройте заявку",
        "Спасибо. Верните",
        "Спасибо!\n\nС уважением, Иван\nP.S. сайт не работает",
        "Thanks. Is it fixed?",
        "Спасибо, логин u12345",
        "Thanks in advance for resetting the password of the second mailbox",
        "it does not work",
        "Thank you, please send the invoice to accounting",
        "thanks " * 30,
        "Hello",
    ][:-1],
)
def test_more_than_thanks(text: str) -> None:
    assert not is_pure_thanks(text)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Ticket",
        "Auto-Reply: hello",
        "AutoReply: x",
        "Out of Office",
        "Out of the office: back Monday",
        "out-of-office reply",
        "Vacation reply",
        "Undelivered Mail Returned to Sender",
        "Undeliverable: Re: hello",
        "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message to sender",
        "Returned mail: see transcript for details",
        "failure notice",
        "Mail Delivery System",
        "Message undeliverable",
        "Автоответ: в отпуске",
        "Автоответчик",
        "Автоматический ответ: Заявка",
        "Вне офиса",
        "Я в отпуске до 1 декабря",
        "Недоставленное сообщение",
        "Не доставлено: Заявка",
        "Сообщение не доставлено",
        "Ошибка доставки письма",
        "Уведомление о доставке",
    ],
)
def test_machines_subjects(subject: str) -> None:
    assert subject_is_machine(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Fwd: Undelivered Mail Returned to Sender",
        "FW: Automatic reply: x",
        "Пересл: Недоставленное сообщение",
        "Re: Автоответ",
        "Почта: Undelivered Mail Returned to Sender",
        "Не доставляются письма",
        "Письма не доходят",
        "Что значит Mail delivery failed?",
        "Office 365",
        "Вопрос об автоответчике",
        "Настройка автоответа",
        "Доставка писем",
        "Автоматическое продление домена",
        "Returned goods",
        "Delivery of the contract",
        "Возврат денег",
        "Vacation rental site is down",
        "Out of disk space",
        "Отпускной сайт",
        "",
    ],
)
def test_persons_subjects(subject: str) -> None:
    assert not subject_is_machine(subject)


@pytest.mark.parametrize(
    "local",
    [
        "MAILER-DAEMON", "mailer_daemon", "postmaster", "no-reply", "noreply", "NoReply", "do-not-reply",
        "donotreply", "do_not_reply", "no_reply", "no.reply", "noreply+x", "shop-noreply", "noreply2",
        "bounce", "bounces+1=a", "list-bounces", "owner-list", "list-request", "listserv", "majordomo",
        "dont-reply", "not-reply", "autoreply",
    ],
)  # fmt: skip
def test_machines_mailboxes(local: str) -> None:
    assert is_machine_mailbox(local)


@pytest.mark.parametrize(
    "local",
    [
        "ivan", "info", "support", "reply", "norman", "noreen", "request", "requests", "bouncer", "owner",
        "abuse", "hostmaster", "webmaster", "root", "admin", "daemonic", "sales", "nina.orlova", "replytome",
        "connor.eply", "trampoline", "a",
    ],
)  # fmt: skip
def test_persons_mailboxes(local: str) -> None:
    assert not is_machine_mailbox(local)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: Вопрос", "Вопрос"),
        ("Re[2]: Вопрос", "Вопрос"),
        ("RE: FW: Fwd: Отв: На: Пересл: HA: x", "x"),
        ("Ответ: x", "x"),
        ("Re:Re:Re:x", "x"),
        ("AW: WG: x", "x"),
        ("Restart", "Restart"),
        ("Re", "Re"),
        ("На сервере", "На сервере"),
        ("", ""),
    ],
)
def test_prefixes_are_stripped(subject: str, expected: str) -> None:
    assert base_subject(subject) == expected


@pytest.mark.parametrize(
    "text", ["сайт " * 40_000, "не работает " * 20_000, "site is " * 30_000, "a" * 200_000]
)
def test_a16_hostile_texts_take_little_time(text: str) -> None:
    def read() -> None:
        is_pure_thanks(text)
        subject_is_machine(text)
        is_machine_mailbox(text)
        base_subject("Re: " * 40_000)

    assert takes_less(0.5, read)
