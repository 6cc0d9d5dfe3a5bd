"""Domains that identify nobody: everybody writes from them, links to them, or names them.

A table of one line a kind; a domain counts with all below it. What stands here is never looked up,
so a customer cannot be found by it; what is missing costs one look-up that finds nothing.
"""

_FREE_MAIL = """
mail.ru bk.ru list.ru inbox.ru internet.ru xmail.ru yandex.ru ya.ru yandex.com yandex.by yandex.kz yandex.ua
yandex.net narod.ru rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru nm.ru pochta.ru qip.ru hotbox.ru
fromru.com front.ru mail15.com mail333.com pochtamt.ru smtp.ru land.ru newmail.ru nxt.ru bigmir.net ukr.net
i.ua meta.ua tut.by mail.by mail.kz mail.ua email.ua vk.com sibmail.com ngs.ru e1.ru nextmail.ru

gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp hotmail.com
hotmail.co.uk hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.ru live.com live.ru live.co.uk live.de
live.fr msn.com passport.com yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.de yahoo.fr yahoo.es
yahoo.it yahoo.ca yahoo.com.br yahoo.com.au ymail.com rocketmail.com aol.com aim.com icloud.com me.com
mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com tutamail.com
fastmail.com fastmail.fm zoho.com zohomail.com zohomail.eu gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.fr
gmx.us gmx.co.uk web.de t-online.de freenet.de mail.com email.com usa.com europe.com post.com hushmail.com
mailfence.com runbox.com posteo.de posteo.net mailbox.org disroot.org riseup.net startmail.com hey.com
duck.com qq.com foxmail.com 163.com 126.com yeah.net sina.com sohu.com aliyun.com naver.com daum.net
hanmail.net rediffmail.com libero.it virgilio.it tiscali.it alice.it orange.fr wanadoo.fr free.fr
laposte.net sfr.fr seznam.cz centrum.cz email.cz wp.pl o2.pl onet.pl onet.eu interia.pl poczta.onet.pl op.pl
gazeta.pl inbox.lv mail.ee abv.bg btinternet.com comcast.net verizon.net att.net sbcglobal.net cox.net
shaw.ca bol.com.br uol.com.br terra.com.br mail.bg walla.co.il guerrillamail.com mailinator.com
10minutemail.com
"""
_SEARCH_AND_SOCIAL = """
google.com google.ru google.co.uk google.de google.fr google.com.ua google.kz google.by goo.gl g.co
gstatic.com googleapis.com googleusercontent.com googletagmanager.com google-analytics.com
googlesyndication.com doubleclick.net youtube.com youtu.be ytimg.com ggpht.com gvt1.com blogger.com
withgoogle.com yandex.st yandex.cloud yandexcloud.net yastatic.net dzen.ru kinopoisk.ru bing.com
duckduckgo.com yahoo.net baidu.com sputnik.ru vk.ru vk.me vk.cc userapi.com vkvideo.ru ok.ru
odnoklassniki.ru my.com mycdn.me imgsmail.ru cdnmail.ru rutube.ru t.me telegram.org telegram.me telegra.ph
tg.me whatsapp.com wa.me viber.com skype.com max.ru facebook.com fb.com fb.me fbcdn.net messenger.com
instagram.com instagr.am threads.net meta.com twitter.com x.com t.co twimg.com linkedin.com lnkd.in
licdn.com pinterest.com pinterest.ru pin.it tiktok.com reddit.com redd.it tumblr.com snapchat.com
discord.com discord.gg discordapp.com discordapp.net signal.org wechat.com line.me slack.com twitch.tv
vimeo.com livejournal.com habr.com habrahabr.ru pikabu.ru medium.com quora.com wikipedia.org wikimedia.org
wiktionary.org stackoverflow.com stackexchange.com serverfault.com superuser.com 2gis.ru avito.ru ozon.ru
wildberries.ru hh.ru superjob.ru drom.ru auto.ru cian.ru aliexpress.com aliexpress.ru amazon.com
amazon.co.uk amazon.de amazonaws.com ebay.com booking.com airbnb.com netflix.com spotify.com
"""
_FILES_AND_PICTURES = """
prnt.sc prntscr.com lightshot.com app.prntscr.com imgur.com joxi.ru joxi.net joxi.me skr.sh skrinshoter.ru
screencast.com monosnap.com gyazo.com snag.gy ibb.co imgbb.com postimg.cc postimages.org radikal.ru
radikal.host fastpic.ru fastpic.org imageup.ru savepic.ru snipboard.io nimbusweb.me nimb.ws clip2net.com
screenshot.ru snipp.ru paste.pics prnt.me ipic.su hostingkartinok.com hkar.ru pixs.ru yadi.sk disk.yandex.ru
disk.yandex.com cloud.mail.ru dropbox.com dropboxusercontent.com db.tt wetransfer.com we.tl mega.nz
mega.co.nz mediafire.com sendspace.com box.com 4shared.com dropmefiles.com dropmefiles.net file.io fex.net
transfer.sh gofile.io filemail.com onedrive.com 1drv.ms sharepoint.com icloud-content.com pastebin.com
paste.ee hastebin.com jsfiddle.net codepen.io loom.com screenrec.com jing.com
"""
_PROGRAMS_AND_MAKERS = """
wordpress.org wordpress.com wp.com w.org gravatar.com automattic.com woocommerce.com elementor.com yoast.com
joomla.org drupal.org modx.com modx.ru opencart.com opencartforum.com prestashop.com magento.com typo3.org
1c-bitrix.ru bitrix24.ru bitrix24.com bitrix.ru bitrixsoft.com 1c.ru its.1c.ru v8.1c.ru umi-cms.ru netcat.ru
tilda.cc tilda.ru tilda.ws tildacdn.com wix.com wixsite.com squarespace.com shopify.com myshopify.com
weebly.com insales.ru ucoz.ru ucoz.com ucoz.net amocrm.ru amocrm.com jivosite.ru jivo.ru roistat.com
calltouch.ru github.com github.io githubusercontent.com gitlab.com bitbucket.org sourceforge.net
packagist.org npmjs.com npmjs.org pypi.org python.org php.net mysql.com mariadb.org postgresql.org
sqlite.org apache.org nginx.org nginx.com nodejs.org getcomposer.org phpmyadmin.net jquery.com
bootstrapcdn.com jsdelivr.net cdnjs.com unpkg.com fontawesome.com angularjs.org reactjs.org vuejs.org
laravel.com symfony.com djangoproject.com ruby-lang.org golang.org go.dev rust-lang.org perl.org cpan.org
java.com oracle.com openjdk.org docker.com docker.io kubernetes.io ubuntu.com debian.org centos.org
redhat.com almalinux.org rockylinux.org kernel.org gnu.org openssl.org openssh.com putty.org
filezilla-project.org winscp.net mozilla.org mozilla.com thunderbird.net firefox.com opera.com chromium.org
brave.com postfix.org dovecot.org exim.org roundcube.net mutt.org microsoft.com microsoftonline.com
office.com office365.com windows.com windowsupdate.com windows.net azure.com azurewebsites.net msn.net
live.net visualstudio.com skype.net apple.com mzstatic.com aaplimg.com adobe.com samsung.com xiaomi.com
huawei.com kaspersky.ru kaspersky.com drweb.ru drweb.com eset.com avast.com virustotal.com ispsystem.ru
ispsystem.com ispmanager.ru ispmanager.com cpanel.net plesk.com directadmin.com vestacp.com hestiacp.com
fastpanel.direct aapanel.com webmin.com softaculous.com zoom.us teamviewer.com anydesk.com figma.com
notion.so trello.com atlassian.net atlassian.com jira.com asana.com miro.com canva.com openai.com
chatgpt.com anthropic.com w3.org ietf.org rfc-editor.org iana.org icann.org schema.org json.org xmlsoap.org
purl.org ogp.me unicode.org springframework.org hibernate.org eclipse.org
"""
_NETWORKS_AND_CERTIFICATES = """
cloudflare.com cloudflare.net cloudflare-dns.com cloudflaressl.com akamai.net akamai.com akamaiedge.net
akamaized.net fastly.net fastly.com cloudfront.net ddos-guard.net ddos-guard.ru qrator.net variti.io
stormwall.pro sucuri.net incapsula.com imperva.com bunny.net gcorelabs.com gcore.com selcdn.ru cdnvideo.ru
ngenix.net letsencrypt.org lencr.org digicert.com sectigo.com comodo.com comodoca.com globalsign.com
geotrust.com rapidssl.com thawte.com verisign.com symantec.com ssl.com zerossl.com buypass.com usertrust.com
entrust.net ssllabs.com mxtoolbox.com mail-tester.com dnschecker.org intodns.com whois.com 2ip.ru 2ip.io
ping-admin.ru check-host.net host-tracker.com uptimerobot.com pingdom.com gtmetrix.com webpagetest.org
pr-cy.ru downdetector.com spamhaus.org spamhaus.com spamcop.net barracudacentral.org sorbs.net abuseipdb.com
senderscore.org dmarcian.com abuse.ch uceprotect.net surbl.org uribl.com openspf.org dmarc.org archive.org
web-sniffer.net speedtest.net sendgrid.net sendgrid.com mailgun.org mailgun.com mailgun.net mailchimp.com
mandrillapp.com sparkpostmail.com unisender.com sendpulse.com sendsay.ru getresponse.com mailjet.com
amazonses.com esputnik.com mindbox.ru bit.ly tinyurl.com clck.ru is.gd ow.ly rb.gy cutt.ly u.to goo.su
"""
_REGISTRARS_AND_HOSTERS = """
nic.ru reg.ru r01.ru webnames.ru 2domains.ru regtime.net naunet.ru salenames.ru cctld.ru tcinet.ru whois.ru
whois.net ripe.net arin.net apnic.net afrinic.net lacnic.net godaddy.com secureserver.net namecheap.com
enom.com tucows.com opensrs.net gandi.net name.com porkbun.com dynadot.com networksolutions.com hover.com
beget.com beget.ru timeweb.ru timeweb.com timeweb.cloud sprinthost.ru sweb.ru spaceweb.ru jino.ru
masterhost.ru hostland.ru majordomo.ru hc.ru nethouse.ru firstvds.ru fastvps.ru selectel.ru selectel.com
ruvds.com vdsina.ru hostinger.com hostinger.ru bluehost.com hostgator.com siteground.com dreamhost.com
ionos.com ionos.de 1and1.com strato.de ovh.com ovh.net hetzner.com hetzner.de your-server.de contabo.com
digitalocean.com linode.com vultr.com
"""
_MONEY_AND_STATE = """
sberbank.ru sber.ru tinkoff.ru tbank.ru alfabank.ru vtb.ru paypal.com stripe.com visa.com mastercard.com
yookassa.ru yoomoney.ru money.yandex.ru qiwi.com robokassa.ru cloudpayments.ru webmoney.ru webmoney.com
payeer.com gosuslugi.ru nalog.ru nalog.gov.ru mos.ru rkn.gov.ru gov.uk diadoc.ru kontur.ru sbis.ru taxcom.ru
edo.ru
"""
_NAMES_OF_PROGRAMS = """
asp.net ado.net vb.net paint.net socket.io draw.io node.js java.net java.io java.lang javax.net system.io
system.net system.web microsoft.net os.name user.name file.name date.now window.open app.run this.id user.id
request.info
"""
_TABLES = (
    _FREE_MAIL,
    _SEARCH_AND_SOCIAL,
    _FILES_AND_PICTURES,
    _PROGRAMS_AND_MAKERS,
    _NETWORKS_AND_CERTIFICATES,
    _REGISTRARS_AND_HOSTERS,
    _MONEY_AND_STATE,
    _NAMES_OF_PROGRAMS,
)
_NOBODYS = frozenset(name for table in _TABLES for name in table.split())


def is_nobodys(domain: str) -> bool:
    """Is `domain` (A-labels) of a mail provider or a service known to all, or below one?"""
    return is_below(domain, _NOBODYS)


def is_below(domain: str, others: frozenset[str] | tuple[str, ...]) -> bool:
    """Is `domain` one of `others`, or below one?"""
    while domain:
        if domain in others:
            return True
        domain = domain.partition(".")[2]
    return False
