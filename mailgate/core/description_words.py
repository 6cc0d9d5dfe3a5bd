"""Tables of phrases that tell how a mail describes its matter, Russian and English.

A phrase stands between commas; its last word ends in "*" where any ending may follow. They are compared with
a text of which only words are left: in lower case, "е" for "ё", without apostrophes, one space between them.
"""

from enum import IntEnum, auto


class Clue(IntEnum):  # an Enum's own hash costs as much as looking for a phrase
    """What a phrase tells; STEPS to FREQUENCY are the parts of the same names."""

    STEPS = auto()
    ERROR = auto()
    TIME = auto()
    FREQUENCY = auto()
    FAULT = auto()  # something technical does not work
    TROUBLE = auto()  # something does not work, or is not there
    SLOW = auto()
    DOWN = auto()  # as a whole, so that no steps lead there
    MENDED = auto()
    PAGE = auto()  # a thing that a link leads to
    ELSEWHERE = auto()  # a thing that no link leads to
    THING = auto()  # any other thing that can be got or changed
    PAPERS = auto()  # a thing of contracts, money and rights
    SURELY_PAPERS = auto()  # a request about these, even where something does not work
    WISH = auto()
    QUESTION = auto()
    ACTION = auto()  # a procedure
    THANKS = auto()


_STEPS = """
захожу, заходим, открываю, открываем, нажимаю, нажимаем, нажал, нажала, жму, кликаю, ввожу, вводим, выбираю,
перехожу, запускаю, пытаюсь, пытаемся, пытался, пыталась, пытались, пробую, пробуем, пробовал*, попробовал*,
загружаю, набираю, подключаюсь, логинюсь, авторизуюсь, сохраняю, отправляю письм*, отправляем письм*,
при попытк*, при открыт*, при вход*, при отправк*, при загрузк*, при сохранен*, при нажат*, при переход*,
при оформлен*, при заход*, при запуск*, при подключен*, при авторизац*, при установк*, при создан*,
при добавлен*, при редактирован*, при импорт*, при экспорт*, после нажати*, после вход*, после ввод*,
после того как, если нажать, если зайти, если открыть, если попробовать, если отправить, когда нажима*,
когда отправля*, когда захо*, когда открыва*, когда пыта*, когда пробу*, когда вход*, когда сохраня*,
когда загружа*, когда добавля*, перезагружал*, перезагрузил*, перезапускал*, перезапустил*, переустан*,
чистил кеш, чистил кэш, чистили кеш, чистили кэш, очистил кеш, очистил кэш, очищал кеш, очищал кэш,
сделал следующее, сделали следующее, шаги, по шагам, пошагово, порядок действий, последовательность действий,
steps to reproduce, steps to repeat, to reproduce, step 1, these steps, following steps, when i, when we,
when trying, when opening, when clicking, when sending, when logging, when saving, when uploading,
when you click, when you open, when clicked, if i click, if i open, if i go, if i try, if i press, if i enter,
if i send, if i log, if you click, if you open, i click*, i open*, i press*, i enter*, i go to, i went to,
i log in, i logged in, i login, i try, i tried, we tried, we try, have tried, ive tried, tried to, tried with,
trying to, attempting to, after clicking, after i, after we, after logging, after entering, upon clicking,
on clicking, as soon as i, i restarted, i rebooted, i reinstalled, i cleared, i type*, i select*, i upload*
"""
_ERROR = """
fatal error, parse error, syntax error, internal server error, bad gateway, gateway timeout, gateway time out,
service unavailable, service temporarily unavailable, page not found, file not found, host not found,
server not found, object not found, 404 not found, name not found, access denied, permission denied,
connection refused, connection timed out, connection timeout, connection reset, connection closed,
connection was reset, operation timed out, too many connections, no such file, uncaught*, stack trace,
traceback*, undefined function, undefined index, undefined variable, undefined method, call to undefined,
segmentation fault, authentication failed, authentication failure, login incorrect, login failed for,
invalid credentials, incorrect authentication, authentication credentials, relay access denied,
relaying denied, relay not permitted, mailbox full, mailbox is full, mailbox unavailable, quota exceeded,
over quota, user unknown, unknown user, no such user, recipient rejected, address rejected,
recipient address rejected, allowed memory size, maximum execution time, connection is not private,
site cant be reached, page isnt working, error establishing, establishing a database, unable to connect to,
took too long to respond, refused to connect, redirected you too many times, too many redirects, sqlstate*,
errno, err_*, dns_probe*, ssl_error*, sec_error*, pr_connect*, pr_end_of*, mozilla_pkix*,
undelivered mail returned, mail delivery failed, message could not be delivered, delivery has failed,
подключение не защищено, не удается получить доступ к сайту, не удалось получить доступ к сайту,
не удается открыть эту страницу, не удается установить соединение с, не удалось установить соединение с,
превышено время ожидания, превышен интервал ожидания, время ожидания истекло, неверный логин или пароль,
неверное имя пользователя, неверный пароль, неверный логин, неправильный логин или пароль, доступ запрещен,
доступ к сайту запрещен, страница не найдена, файл не найден, сервер не найден, недостаточно прав,
недостаточно места на, нет прав доступа, сертификат недействителен, ошибка установ*, ошибка соединени*,
ошибка подключени*, ошибка авторизаци*, ошибка аутентификаци*, ошибка сервера, ошибка базы данных,
ошибка доступа, ошибка загрузки файла, внутренняя ошибка, неизвестная ошибка, критическая ошибка,
сайт не может обеспечить безопасное, пишет что, пишет не, пишет нет, пишет неверн*, пишет доступ*,
ругается что, ругается на, выводит что, it says that, says that the, error says
"""
_TIME = """
вчера, вчерашн*, позавчера, сегодня, сегодняшн*, с утра, с самого утра, утром, вечером, ночью, днем, в обед,
с обеда, с вечера, с ночи, накануне, понедельник*, вторник*, среду, среды, в четверг, с четверга, пятниц*,
суббот*, воскресень*, в выходные, на выходных, на днях, на этой неделе, на прошлой неделе, с прошл*,
со вчера*, только что, с тех пор, час назад, часа назад, часов назад, минут назад, минуты назад, минуту назад,
полчаса назад, день назад, дня назад, дней назад, неделю назад, недели назад, недель назад, месяц назад,
месяца назад, месяцев назад, сутки назад, уже час, уже полчаса, уже день, уже неделю, уже месяц, уже сутки,
второй день, третий день, четвертый день, который день, второй час, вторые сутки, третьи сутки, вторую неделю,
весь день, целый день, всю ночь, все утро, весь вечер, января, февраля, апреля, июня, июля, августа, сентября,
октября, ноября, декабря, в январе, в феврале, в марте, в апреле, в мае, в июне, в июле, в августе,
в сентябре, в октябре, в ноябре, в декабре, с марта, с мая, после обновлени*, после перенос*, после переезд*,
после смены, после замены, после перезагрузк*, после установк*, после изменени*, после продлени*,
после оплаты, после включени*, после миграци*, после апдейта, после ваших работ, после технических работ,
после аварии, yesterday, today, tonight, this morning, this afternoon, this evening, this week, last night,
last week, last month, last evening, monday*, tuesday*, wednesday*, thursday*, friday*, saturday*, sunday*,
since last, since morning, since noon, since midnight, since then, since the update, since the upgrade,
since january, since february, since march, since april, since may, since june, since july, since august,
since september, since october, since november, since december, minute ago, minutes ago, mins ago, hour ago,
hours ago, day ago, days ago, week ago, weeks ago, month ago, months ago, just now, all day, all night,
for an hour, for hours, for days, for several hours, for several days, for the last, for the past,
for two hours, for two days, for three days, for a few hours, for a few days, for a week, after the update,
after the upgrade, after an update, after updating, after upgrading, after the migration, after migrating,
after the move, after moving, after the restart, after the reboot, after reboot, after restart,
after the transfer, after the renewal, after the change, after changing, after the payment
"""
_FREQUENCY = """
постоянно, иногда, периодически, время от времени, каждый раз, всегда, не всегда, регулярно, часто, редко,
изредка, раз в, раза в, раз за, раза за, каждые, каждый час, каждую минуту, каждую ночь, каждое утро,
каждый день, каждый вечер, ежедневно, ежечасно, то и дело, то работает то, то открывается то, то есть то нет,
через раз, непрерывно, впервые, первый раз, один раз, однократно, несколько раз, много раз, не первый раз,
не впервые, эпизодически, спорадически, с перебоями, систематически, многократно, always, every time,
each time, everytime, sometimes, occasionally, intermittent*, constantly, frequently, regularly, repeatedly,
rarely, often, randomly, at random, once a, once an, once in a, twice a, times a, times per, times an hour,
times a day, from time to time, now and then, every hour, every few, every day, every night, every morning,
every minute, every other, every second, several times, many times, only once, first time, on and off,
continuously, permanently, periodically, sporadic*, hourly, every so often
"""
_FAULT = """
не работа*, неработа*, не рабоает, не рабтает, не раотает, не работет, не функционир*, не открыва*, не откро*,
не груз*, не загру*, не отвеча*, не запуска*, не отправля*, не уход*, не доход*, не дошл*, не дошел, не дойд*,
не достав*, не пингу*, не отобража*, не подключа*, не соединя*, не коннект*, не сохраня*, не проход*,
не заход*, не стартует, не обновля*, то работает то, работает плохо, плохо работа*, работает с перебоями,
недоступ*, упал*, лежит, лежат, висит, зависа*, завис, виснет, глюч*, сломал*, перестал*, взлом*, вирус*,
заражен*, ошибк*, ошыбк*, ощибк*, белый экран, пустая страница, белая страница, не защищен*, истек сертификат,
просрочен сертификат, сертификат истек, сертификат просрочен, сбой, сбоит, сбои, сбоя, сбоев, отваливается,
отвалил*, обрывается, вылетает, попадают в спам, попадает в спам, попали в спам, error, errors, is down,
are down, went down, was down, been down, goes down, going down, site down, server down, mail down,
still down, crash*, timeout*, times out, timing out, timed out, unavailable, unreachable, inaccessible,
offline, outage*, broken, hacked, infected, malware, bounces, bounced, bouncing, blank page, white screen,
fails, failed, failing, failure*, 500 ошибка, going to spam, goes to spam, land in spam
"""
_NOT = """
not, not even, not be, not being, doesnt, doesnt even, isnt, dont, cant, cant be, cannot, cannot be, wont,
didnt, arent, wasnt, stopped, never, couldnt, couldnt be, fails to, unable to, no longer
"""
_VERBS = """
work*, load*, open*, respond*, send*, receiv*, reach*, access*, resolv*, connect*, deliver*, arriv*, login,
log in, show*, display*, start*, sync*, get, sent
"""
_TROUBLE = """
не могу, не можем, не получается, не удается, не удалось, не приход*, не приш*, не получа*, не получил*,
не поступ*, не принима*, не вижу, не видим, не видно, не вход*, не пуска*, не подходит, не находит, пропал*,
пропада*, исчез*, проблем*, неправильно, некорректно, неверно работ*, неполадк*, неисправн*, что случилось,
что с сайтом, что с почтой, problem*, issue with, issues with, an issue, issues, trouble*, wrong, strange,
missing, disappeared, lost mail, something happened
"""
_SLOW = """
тормоз*, медленн*, долго груз*, долго откр*, долго загр*, долго отвеч*, очень долго, подвиса*, еле груз*,
еле откры*, еле работ*, slow*, very slow, takes ages, takes forever, takes too long, lagging, laggy
"""
_DOWN = """
сайт не работа*, не работает сайт, не работают сайты, сайты не работа*, сайт не открыва*, не открывается сайт,
сайты не открыва*, сайт недоступ*, сайты недоступ*, сайт лежит, сайты лежат, сайт упал, упал сайт, лежит сайт,
недоступен сайт, сайт не груз*, сайт не загру*, не грузится сайт, магазин не работа*, магазин не открыва*,
магазин недоступ*, сервер не отвеча*, сервер недоступ*, сервер упал, почта не работа*, не работает почта,
site is down, website is down, shop is down, server is down, site down, server down, site has been down,
website has been down, mail is down, is unreachable
"""
_MENDED = """
заработал*, все работает, уже работает, теперь работает, снова работает, решен, решена, решено, решили,
решилась, исправили, исправлено, починили, больше не появляется, больше не повторяется, восстановилось,
works now, working now, works again, working again, is back, resolved, solved, fixed
"""
_PAGE = """
сайт*, страниц*, страничк*, вебсайт*, магазин*, портал*, блог, блога, блоге, форум*, лендинг*, админк*,
панел*, личный кабинет, личном кабинете, личного кабинета, корзин*, форма, формы, форму, битрикс*, bitrix*,
wordpress*, вордпресс*, joomla*, opencart*, cms, плагин*, сертификат*, ssl, https, site, sites, website*,
webpage*, page, pages, shop, shops, store, blog, portal, panel, checkout, cart, plugin*, certificate*, cpanel,
phpmyadmin
"""
_ELSEWHERE = """
почт*, письм*, письма, писем, ящик*, имейл*, емейл*, мейл*, mail, mails, email*, e mail*, mailbox*, smtp,
imap, pop3, outlook*, thunderbird*, аутлук*, рассылк*, newsletter*, сервер*, server*, vps, vds, впс, вдс, ssh,
ftp, sftp, фтп, filezilla, база данных, базе данных, базы данных, базу данных, mysql*, postgres*, database*,
cron*, крон, dns, днс, бэкап*, бекап*, backup*
"""
_THING = """
домен*, поддомен*, субдомен*, место, места на диске, диск, диске, диска, память, памяти, php, версию php,
php7, php8, верси*, лимит*, логин*, аккаунт*, услуг*, хостинг*, запись, записи, адрес*, контакт*, телефон*,
фамили*, организац*, компани*, ip, айпи, domain*, subdomain*, disk*, space, memory, version*, limit*,
account*, service*, hosting*, record*, address*, contact*, phone*, name, company
"""
_PAPERS = """
договор*, счет, счета, счету, счетом, счете, счетов, фактур*, оплат*, оплач*, платеж*, платить, доплат*,
закрывающ*, акт, акта, акты, актов, акте, актом, упд, сверки, сверку, квитанц*, чек, чеки, чека, чеков,
бухгалтер*, реквизит*, владел*, тариф*, продл*, перенос домен*, перенести домен*, трансфер*, возврат*, деньги,
денег, средства, баланс*, скидк*, скидок, стоимост*, стоит, цена, цены, цену, прайс*, паспорт*, доверенност*,
переоформ*, регистрац*, зарегистрир*, юрлиц*, юридическ*, физлиц*, пароль, пароля, пароли, паролем, доступ,
доступа, доступы, расторг*, расторж*, автоплатеж*, подписк*, промокод*, коммерческ*, ндс, эдо, диадок*,
отчетн*, invoice*, contract, contracts, payment*, paid, pay, paying, billing, bill, bills, billed, charged,
receipt*, refund*, tariff*, plan, plans, renew*, owner*, transfer*, bank details, closing documents, vat,
price*, pricing, discount*, password*, grant access, give access, remove access, restore access, access for,
access rights, subscription*, cancel*, agreement*, credit card
"""
_SURELY_PAPERS = """
забыл пароль, забыла пароль, забыли пароль, забыт пароль, утерян пароль, потерял пароль, потеряли пароль,
потеряли доступ, потерял доступ, утерян доступ, утрачен доступ, восстановить пароль, восстановить доступ,
восстановите доступ, восстановления доступа, сбросить пароль, сбросьте пароль, сменить пароль, смените пароль,
смена владельца, смены владельца, сменить владельца, смену владельца, смене владельца, сменить администратора,
закрывающ*, акт сверки, акты сверки, акта сверки, возврат средств, возврат денег, вернуть деньги,
верните деньги, вернуть средства, расторгнуть, расторжени*, выставьте счет*, выставить счет*, пришлите счет*,
счет на оплату, нужен счет, нужен акт, закрыть доступ, закройте доступ, отозвать доступ, уволил*, уволен*,
уволился, ошибка в счете, ошибка в договоре, ошибка в акте, ошибка в реквизитах, ошибку в счете,
ошибку в договоре, ошибку в акте, ошибку в реквизитах, forgot password, forgot my password,
forgot the password, forgotten password, forgotten my password, lost my password, reset my password,
reset the password, password reset, change of owner*, change the owner, change owner*, refund,
send me an invoice, send an invoice, need an invoice, error in the invoice, mistake in the invoice,
wrong invoice, remove access, revoke access, left our company, left the company
"""
_WISH = """
пришлите, вышлите, прошу, просим, просьба, нужен, нужна, нужно, нужны, необходим*, надо, требуется, хочу,
хотим, хотел*, хотелось, можно, можете, могли бы, дайте, предоставьте, отправьте, направьте, выставьте,
сделайте, подготовьте, оформите, сформируйте, сообщите, запрашиваю, смените, измените, поменяйте, перенесите,
переведите, передайте, продлите, расторгните, верните, отключите, подключите, закройте, откройте, удалите,
восстановите, переоформите, зарегистрируйте, разблокируйте, заблокируйте, увеличьте, добавьте, создайте,
установите, настройте, сбросьте, обновите, снимите, зачислите, активируйте, включите, выключите, пропишите,
исправьте, please, pls, i need, we need, need to, want to, i want, we want, would like, id like, wed like,
could you, can you, can i, can we, send me, send us, provide, issue an, issue a, issue me
"""
_QUESTION = """
сколько, какой, какая, какое, какие, каков*, где, когда, как, почему, зачем, куда, подскажите как, до какого,
how, what, when, where, which, why, let me know, tell me
"""
_ACTION = """
сменить, смените, смена, смену, смены, смене, изменить, измените, изменени*, поменять, поменяйте, перенес*,
перенос*, перевест*, переведите, передать, передайте, передач*, продл*, расторг*, расторж*, отказаться,
вернуть, верните, возврат*, отключ*, подключить, подключите, подключение услуг*, закрыть, закройте,
открыть доступ, откройте доступ, предоставьте доступ, предоставить доступ, дать доступ, дайте доступ, удалить,
удалите, удаление, восстанов*, переоформ*, зарегистр*, регистрац*, оформить, оформите, перейти на, заказать,
переход на, перехода на, разблокир*, заблокир*, увелич*, уменьш*, добавить, добавьте, создать, создайте,
установить, установите, настроить, настройте, сбросить, сбросьте, сброс парол*, обновить, обновите,
приостанов*, снять, снимите, зачислит*, активир*, включить, включите, выключите, прописать, пропишите,
исправить, исправьте, внести изменени*, заключить, заключени*, трансфер*, change*, changing, transfer*,
renew*, cancel*, refund*, terminat*, upgrade*, downgrade*, delete, deletion, remove, close, closing my,
reset*, register*, move, migrat*, add, create, enable, disable, block, unblock, switch*, restore*, install*,
set up, increase, extend*, update, order, grant, give access
"""
_THANKS = "спасибо, благодарю, благодарим, thanks, thank, thx"

_TABLES = {
    Clue.STEPS: _STEPS,
    Clue.ERROR: _ERROR,
    Clue.TIME: _TIME,
    Clue.FREQUENCY: _FREQUENCY,
    Clue.FAULT: _FAULT,
    Clue.TROUBLE: _TROUBLE,
    Clue.SLOW: _SLOW,
    Clue.DOWN: _DOWN,
    Clue.MENDED: _MENDED,
    Clue.PAGE: _PAGE,
    Clue.ELSEWHERE: _ELSEWHERE,
    Clue.THING: _THING,
    Clue.PAPERS: _PAPERS,
    Clue.SURELY_PAPERS: _SURELY_PAPERS,
    Clue.WISH: _WISH,
    Clue.QUESTION: _QUESTION,
    Clue.ACTION: _ACTION,
    Clue.THANKS: _THANKS,
}


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(phrase.split()) for phrase in table.split(",") if phrase.strip()))


_FAULTS = tuple(f"{no} {verb}" for no in _phrases(_NOT) for verb in _phrases(_VERBS))
PHRASES = (
    *((phrase, clue) for clue, table in _TABLES.items() for phrase in _phrases(table)),
    *((phrase, Clue.FAULT) for phrase in _FAULTS),
)
"""Every phrase with what it tells; one phrase may stand under several clues."""
