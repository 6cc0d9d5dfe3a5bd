"""Domains as customers type them, and what only looks like one."""

import pytest

from tests.core.texts import found_in

S = "domain stroymir.ru"
RF = "domain xn--e1afmkfd.xn--p1ai"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("stroymir.ru", S),
        ("на stroymir.ru.", S),
        ("сайт:stroymir.ru", S),
        ("Stroymir.RU", S),
        ("STROYMIR.RU", S),
        ("www.stroymir.ru", S),
        ("WWW.Stroymir.ru", S),
        ("stroymir.ru/index.php", S),
        ("stroymir.ru:8080", S),
        ("stroymir.ru,stroymir-spb.ru", f"{S}, domain stroymir-spb.ru"),
        ("«stroymir.ru»", S),
        ("(stroymir.ru)", S),
        ('"stroymir.ru"', S),
        ("[stroymir.ru]", S),
        ("stroymir.ru?", S),
        ("stroymir.ru!!!", S),
        ("stroymir.ru...", S),
        ("сайт...stroymir.ru", S),
        ("stroymir.ru—лежит", S),
        ("stroymir.ru-шный сайт", S),
        ("сайт-stroymir.ru", S),
        ("сайт — stroymir.ru", S),
        ("http://stroymir.ru", S),
        ("https://www.stroymir.ru/", S),
        ("http:\\\\stroymir.ru", S),
        ("http//stroymir.ru", S),
        ("http:/stroymir.ru", S),
        ("//stroymir.ru/x", S),
        ("hxxps://stroymir.ru", S),
        ("https://stroymir.ru/files/readme.md?x=archive.zip", S),
        ("https://stroymir.ru/go?to=https://avtodetal78.ru/", f"{S}, domain avtodetal78.ru"),
        ("https://u:p@stroymir.ru/", S),
        ("<http://stroymir.ru>", S),
        ("[сайт](https://stroymir.ru)", S),
        ("director@stroymir.ru", S),
        ("ivan.petrov@stroymir.ru", S),
        ("<ivan+x@stroymir.ru>", S),
        ("mailto:ivan@stroymir.ru", S),
        ("ящик info@mail.stroymir.ru", "domain mail.stroymir.ru"),
        ("@stroymir.ru", S),
        ("пример.рф", RF),
        ("Пример.РФ", RF),
        ("http://пример.рф/страница", RF),
        ("на сайте пример.рф.", RF),
        ("xn--e1afmkfd.xn--p1ai", RF),
        ("почта@пример.рф", RF),
        ("мебель-иванов.рф", "domain xn----8sbbfbnbzzgtm0p.xn--p1ai"),
        ("blog.bakery.co.uk", "domain blog.bakery.co.uk"),
        ("nwt.io", "domain nwt.io"),
        ("yurist24.online и yurist24.ru", "domain yurist24.online, domain yurist24.ru"),
        ("avto-detal.spb.ru", "domain avto-detal.spb.ru"),
        ("_dmarc.stroymir.ru", S),
        ("default._domainkey.stroymir.ru", S),
        ("/var/www/stroymir.ru/htdocs/index.php", S),
        ("сайт readme.md", "domain readme.md"),
        ("домен config.py лежит", "domain config.py"),
        ("www.logo.ai", "domain logo.ai"),
        ("https://logo.ai", "domain logo.ai"),
        ("me@logo.ai", "domain logo.ai"),
        ("Домен: stroymir.ru", S),
        ("Домен: https://stroymir.ru/", S),
        ("Domain: www.stroymir.ru", S),
        ("stroymir.ru; avtodetal78.ru", f"{S}, domain avtodetal78.ru"),
        ("stroymir.ru и Stroymir.ru и www.stroymir.ru", S),
        ("192.168.1.1 stroymir.ru", S),
        ("Не работает.Сайт stroymir.ru", S),
        ("сайтstroymir.ru", S),
        ("1c-fan.ru", "domain 1c-fan.ru"),
    ],
)  # fmt: skip
def test_a_domain_is_found(text: str, found: str) -> None:
    assert found_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "index.php", "config.py", "readme.md", "archive.zip", "main.rs", "script.sh", "logo.ai",
        "module.so", "install.pl", "video.mov", "backup-stroymir.ru.zip", "stroymir.ru.tar.gz",
        "error.log", "wp-config.php", "invoice_88120.pdf", "style.css", "jquery.min.js", "id_rsa.pub",
        "Main.java:12", "app.properties", "/home/x/site/readme.md", "C:\\site\\index.php",
        "C:\\www\\stroymir.com", "php7.4", "v2.3.1", "7.4.33", "PHP 8.2", "e.g.", "i.e. so", "т.е.",
        "и т.д.", "т.к.", "P.S.", "a.m.", "не работает.Помогите", "Hello.My site", "works.It does",
        "is down.Please", "сайт лежит.Дети", "не открывается.Сайт упал", "упало.В чём дело",
        "Спасибо.До свидания", "broken.Is it you", "problem.No idea", "console.log(x)", "Math.round(1)",
        "object.method()", "os.name", "user.id", "request.info", "window.open()", "this.id",
        "java.net.ConnectException", "System.IO", "org.example.App", "com.zaxxer.hikari.pool", "ASP.NET",
        "Node.js", "Socket.IO", "127.0.0.1", "192.0.2.15:80", "10.0.0.0/8", "my_site.ru", "wp_main.com",
        "localhost.localdomain", "fileserver.local", "node5.internal", "shop.example", "gmail.com",
        "ivan@mail.ru", "ivan@yandex.ru", "x@proton.me", "https://vk.com/x", "t.me/somebody", "ya.ru",
        "docs.google.com", "https://disk.yandex.ru/d/x", "prnt.sc/abc", "wordpress.org",
        "https://github.com/a/b.py", "ns1.hoster.example", "support@hoster.example",
        "https://panel.hoster.example/x", "mail.example.hoster.example", "co.uk", "spb.ru", ".ru", "ru",
        "домен ru", "в зоне .рф", "include:_spf.google.com", "www.ru", "stroymir.", "stroymir .ru", "a..b",
        "...", "1.2.3", "12.03.2021", "18 600,00", "3.5Гб", "ivan.petrov@", "letsencrypt.org",
        "www.w3.org", "Bitrix24.ru", "https://prnt.sc/x", "youtube.com", "reg.ru", "1С-bitrix.ru",
        "hoster.example", "x@hoster.example", "example", "stroymir,ru", "уandex.ru",
    ],
)  # fmt: skip
def test_what_is_no_domain(text: str) -> None:
    assert not found_in(text)
