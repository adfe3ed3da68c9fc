# Every sentence of the pages, in German: Sie, and the words of hosting (Server, Tarif, Abo,
# Rechnung, Zahlung). The messages and what goes into them are those of en.ftl.

## Dates and amounts

date-day = { $day }. { date-month } { $year }
date-minute = { $day }, { $time } UTC
date-month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
money-point = ,
money-group = .
money-symbol = { $sign }{ $number }{ "\u00A0" }{ $symbol }
money-code = { $sign }{ $number }{ "\u00A0" }{ $code }

## Said in many places

servers = { $count } Server
free-servers = { $free ->
    [0] keinen kostenlosen Server
    [one] { $free } kostenlosen Server
   *[other] { $free } kostenlose Server
}
kept = Sie behalten { free-servers }. { nothing-deleted }
nothing-deleted = Es wird nichts gelöscht.
see-plans = Tarife ansehen
see-invoices = Rechnungen ansehen
see-way-out = Ausweg ansehen
try-again = Noch einmal versuchen
price-per = { $amount } { $every }
per-month = pro Monat
per-year = pro Jahr
once = einmalig
one-or-other = { $one } oder { $other }

## How an account stands

plan-unnamed = Ihr Tarif
plan-exempt = Keine Abrechnung
plan-free = Kostenlos
status-free = Ihr Konto hat { free-servers }. Mit einem Tarif werden es mehr.
status-active = { $plan } ist aktiv.
status-ending = { $plan } ist gekündigt und endet am { $day }. Bis dahin ändert sich nichts; danach behalten Sie { free-servers }.
status-trial = Sie testen gerade: { $plan }.
status-trial-until = Sie testen gerade: { $plan }, bis zum { $day }.
status-grace-failed = Eine Zahlung ist fehlgeschlagen.
status-grace-ended = Ihr Tarif ist beendet, weil eine Zahlung fehlgeschlagen ist.
status-grace-until = Ihre Server laufen bis zum { $moment } weiter.
status-grace-open = Ihre Server laufen weiter.
status-grace-meanwhile = Bis die Zahlung eingegangen ist, können Sie über { free-servers } hinaus keinen neuen Server erstellen. { nothing-deleted }
status-grace-expired = Eine Zahlung ist überfällig und die Frist dafür ist abgelaufen. { kept }
status-payment-incomplete = Die erste Zahlung wurde nicht abgeschlossen, deshalb hat der Tarif noch nicht begonnen. Sie haben { free-servers }.
status-paused = Die Testphase ist vorbei und es ist keine Zahlungsmethode hinterlegt, deshalb pausiert der Tarif. { kept }
status-collection-paused = Für { $plan } sind die Zahlungen ausgesetzt. Bezahlt ist bis zum { $day }; danach behalten Sie { free-servers }.
status-collection-paused-over = Die Zahlungen für Ihren Tarif sind ausgesetzt und die bezahlte Zeit ist vorbei. { kept }
status-ended = Ihr Tarif ist beendet.
status-ended-on = Ihr Tarif endete am { $day }.
status-lifetime = { $plan } gehört Ihnen auf Dauer.
status-exempt = Ihr Konto ist von der Abrechnung befreit: Sie müssen nichts bezahlen.
status-exempt-until = Ihr Konto ist bis zum { $moment } von der Abrechnung befreit: Sie müssen nichts bezahlen.
status-unmapped-price = Ihr Abo läuft zu einem Preis, der hier zu keinem Tarif gehört; { $plan } gilt weiter wie bisher. Bitte sagen Sie dem Betreiber Bescheid.
status-unmapped-price-free = Ihr Abo läuft zu einem Preis, der hier zu keinem Tarif gehört, deshalb haben Sie { free-servers }. Bitte sagen Sie dem Betreiber Bescheid.
status-stale = Die bezahlte Zeit ist vorbei und die Verlängerung ist noch nicht bestätigt. { $plan } gilt bis zum { $moment } weiter, während wir noch einmal nachfragen.
status-stale-over = Die bezahlte Zeit ist vorbei und es wurde keine Verlängerung bestätigt. { kept }
status-disputed = Eine Zahlung wird angefochten. Ihre Server laufen weiter; bis das geklärt ist, können Sie über { free-servers } hinaus keinen neuen Server erstellen.
status-disputed-over = Eine Zahlung wird angefochten. Bis das geklärt ist, können Sie über { free-servers } hinaus keinen neuen Server erstellen.

state-free = Kostenlos
state-incomplete = Noch nicht bezahlt
state-trial = Testphase
state-active = Aktiv
state-past-due = Zahlung überfällig
state-requires-action = Zahlung zu bestätigen
state-unpaid = Unbezahlt
state-paused = Pausiert
state-ended = Beendet
state-lifetime = Auf Dauer
state-exempt = Von der Abrechnung befreit

usage = { $used } von { servers }{ $count ->
    [one] { "" }
   *[other] n
}
usage-over = { $used } von { servers }{ $count ->
    [one] { "" }
   *[other] n
}: { $over } zu viel
usage-unlimited = { servers }, unbegrenzt
gives = { servers } insgesamt
gives-unlimited = Server unbegrenzt
free-none = kostenlose Server gibt es hier nicht
free-one-used = Ihr kostenloser Server ist belegt
free-all-used = alle { $free } kostenlosen Server sind belegt
free-some-used = { $used } Server sind belegt, davon { $free } kostenlos

## The next payment

next-ends = Ende
next-first = Erste Zahlung
next-payment = Nächste Zahlung
next-due = Fällige Zahlung
next-open-payment = Offene Zahlung
next-on = { $amount } am { $day }
next-since = { $amount } seit dem { $day }
next-open = { $open }.
next-after-trial = { $amount } nach der Testphase
next-ends-trial = { $day }; es wird nichts abgebucht
next-ends-paid = { $day }; keine weiteren Zahlungen
next-none-collection-paused = keine, solange die Zahlungen ausgesetzt sind
next-none-paused = keine, solange der Tarif pausiert
price-of-plan = der Preis des Tarifs
price-of-your-plan = der Preis Ihres Tarifs
retry-on = Am { $day } wird es noch einmal versucht.
retry-now = Es wird gerade noch einmal versucht.
retry-none = Es gibt keine weiteren automatischen Versuche.

## What can be done

manage-payment = Zahlung und Rechnungen verwalten
invoices-and-methods = Rechnungen und Zahlungsmethoden
change-plan = Tarif wechseln
cancel-plan = Tarif kündigen
confirm-payment = Zahlung bestätigen
pay-invoice = Offene Rechnung bezahlen
update-method = Zahlungsmethode ändern
add-method = Zahlungsmethode hinterlegen
start-plan = Tarif starten
start-plan-for = Tarif für { $amount } starten
keep-plan = Tarif behalten
keep-plan-as-it-is = Tarif unverändert behalten
go-on-choosing = Weiter auswählen

## Notices

notice-two-title = Es laufen zwei Abos
notice-two = Sie bezahlen zwei Tarife, der größere zählt. Kündigen Sie den anderen.
notice-exempt-title = Es läuft noch ein Abo
notice-exempt = Ihr Konto muss nichts bezahlen, trotzdem läuft noch ein Abo.
notice-confirm-title = Bestätigen Sie Ihre Zahlung
notice-confirm = Ihre Bank möchte, dass Sie die Zahlung bestätigen.
notice-confirm-amount = Ihre Bank möchte, dass Sie die Zahlung über { $amount } bestätigen.
notice-declined-title = Ein Tarifwechsel ist nicht bezahlt
notice-declined = Die Zahlung wurde abgelehnt. Bis sie eingegangen ist, bleibt Ihr Tarif, wie er ist.
notice-declined-amount = Die Zahlung über { $amount } wurde abgelehnt. Bis sie eingegangen ist, bleibt Ihr Tarif, wie er ist.
notice-ended-unpaid-title = Ihr Tarif ist beendet, weil eine Zahlung fehlgeschlagen ist
notice-failed-title = Ihre Zahlung ist fehlgeschlagen
notice-failed = { $amount } konnte nicht abgebucht werden.
notice-failed-on = { $amount } konnte am { $day } nicht abgebucht werden.
notice-failed-price = Der Preis Ihres Tarifs
notice-kept-until = Ihre Server laufen bis zum { $moment } weiter. { nothing-deleted }
notice-disputed-title = Eine Zahlung wird angefochten
notice-disputed-run = Ihre Server laufen weiter.
notice-disputed = Bis Ihre Bank entschieden hat, können Sie über { free-servers } hinaus keinen neuen Server erstellen.
notice-first-title = Ihr Tarif hat noch nicht begonnen
notice-first = Die erste Zahlung wurde nicht abgeschlossen. Sie können sie bis zum { $moment } nachholen.
notice-overdue-title = Eine Zahlung ist überfällig
notice-overdue = Die Frist für die Zahlung ist abgelaufen. Sie behalten { free-servers }; es wird nichts gelöscht.
notice-paused-title = Ihr Tarif pausiert
notice-paused = Die Testphase ist vorbei und es ist keine Zahlungsmethode hinterlegt. { nothing-deleted }
notice-paused-start = Die Testphase ist vorbei. Der Tarif geht weiter, sobald Sie ihn starten.
notice-no-card-title = Hinterlegen Sie eine Karte, um Ihren Tarif zu behalten
notice-no-card = Ihre Testphase endet am { $moment }. Ohne Zahlungsmethode endet dann auch der Tarif. { nothing-deleted }
notice-processing = Bitte bezahlen Sie nicht noch einmal. Bei einer Bank kann es einige Tage dauern.
notice-trial-ends-title = Ihre Testphase endet bald
notice-trial-ends = Am { $moment } wird die erste Zahlung fällig: { $price }.

returned-complete-title = Vielen Dank, Ihre Zahlung ist eingegangen
returned-complete = Was Sie gekauft haben, gilt ab sofort.
returned-processing-title = Ihre Zahlung wird noch bearbeitet
returned-processing-again = Bitte bezahlen Sie nicht noch einmal. Diese Seite sieht alle paar Sekunden von selbst nach.
returned-processing-long = Bitte bezahlen Sie nicht noch einmal. Es dauert länger als üblich; schauen Sie später wieder vorbei.
returned-open-title = Die Bezahlung wurde nicht abgeschlossen
returned-open = Es wurde nichts abgebucht.
returned-expired-title = Die Bezahlung ist abgelaufen
returned-expired = Es wurde nichts abgebucht. Sie können jederzeit neu beginnen.
returned-failed-title = Ihre Zahlung ist nicht angekommen
returned-failed = Es wurde nichts gekauft. Sie können es mit einer anderen Zahlungsmethode noch einmal versuchen.
returned-elsewhere = Das war für das Konto { $name }; Sie handeln jetzt für ein anderes.
stored-only-title = Der Zahlungsdienst antwortet gerade nicht
stored-only = Sie sehen, was wir zuletzt wussten. Falls Sie eben bezahlt haben, bezahlen Sie bitte nicht noch einmal; laden Sie die Seite in einer Minute neu.

## Servers above the limit

over-title = { $count ->
    [one] { $count } Server ist über Ihrem Limit
   *[other] { $count } Server sind über Ihrem Limit
}
over-frozen = Sie laufen alle weiter, aber es kann kein neuer erstellt werden.
over-may-run = { $keep ->
    [0] darf kein Server laufen
    [one] darf { $keep } Server laufen
   *[other] dürfen { $keep } Server laufen
}
over-newest = { $over ->
    [one] wird der neueste
   *[other] werden die neuesten
}
over-ahead-title = { $count ->
    [one] { $count } Server wird über Ihrem Limit sein
   *[other] { $count } Server werden über Ihrem Limit sein
}
over-ahead = Ab dem { $since } { over-may-run }. Wenn sich nichts ändert, { over-newest } am { $moment } gesperrt. { nothing-deleted }
over-notice = Was jetzt läuft, läuft bis zum { $moment } weiter; danach { over-may-run }, und es { over-newest } gesperrt. { nothing-deleted }
over-suspended-title = { $count ->
    [one] { $count } Server ist gesperrt
   *[other] { $count } Server sind gesperrt
}
over-suspended = Jetzt { over-may-run }. Ein gesperrter Server behält alles, was er hat, und läuft wieder, sobald er in Ihr Limit passt. { nothing-deleted }
over-disputed = Eine Zahlung wird angefochten.
over-choose = Auswählen, welche Server weiterlaufen
server-suspended = gesperrt seit dem { $moment }
server-reserved = wird gerade erstellt, reserviert bis zum { $moment }
server-runs-until = läuft; wird am { $moment } gesperrt
server-suspends-now = läuft; wird gleich gesperrt
server-active = aktiv

choice-title = Server, die weiterlaufen
choice-legend = Wählen Sie { servers } aus
choice-since = seit dem { $day }
choice-button = Ausgewählte Server weiterlaufen lassen
choice-none = Kein Server ist über Ihrem Limit, also laufen alle weiter und es gibt nichts auszuwählen.
choice-stored = Ihre Auswahl ist gespeichert.
choice-not-stored = Ihre Auswahl wurde nicht gespeichert

## The head and the foot of a page

nav-skip = Zum Inhalt springen
nav-pages = Seiten
nav-desk = Seiten des Betreibers
nav-sign-out = Abmelden
nav-billing = Abrechnung
nav-plans = Tarife
nav-overview = Übersicht
nav-accounts = Konten
nav-events = Ereignisse
nav-hooks = Hooks
nav-catalogue = Katalog
nav-audit = Protokoll
nav-language = Sprache
nav-acting-for = für { $name }
sandbox-label = Sandbox
sandbox-note = Sandbox: Es fließt kein echtes Geld.
sandbox-open = Dashboard der Sandbox öffnen
paging = Seite { $page } von { $pages }
paging-label = Seiten der Liste
paging-back = Vorherige Seite
paging-onward = Nächste Seite
optional = (freiwillig)

## Billing

billing-title = Abrechnung
billing-servers = Server
billing-price = Preis
billing-manage = Verwalten
billing-cards = Karten werden bei Stripe verwaltet; Kartennummern kommen nie zu uns.
billing-synced = Stand laut Stripe: { $moment }.
billing-ask = Sie sind Mitglied dieses Kontos; was es bezahlt, ändert nur ein Inhaber. Fragen Sie { $ask }.
billing-back = Zurück zur Abrechnung
plan-runs-again = Ihr Tarif läuft wieder

## Invoices

invoices-title = Rechnungen
invoices-none-here = Hier gibt es keine Rechnungen.
invoices-none = Es gibt noch keine Rechnungen. Die erste kommt mit Ihrem ersten Tarif.
invoices-number = Nummer
invoices-date = Datum
invoices-amount = Betrag
invoices-status = Stand
invoices-documents = Dokumente
invoices-view = Ansehen
invoices-view-label = Rechnung { $number } ansehen
invoices-pdf-label = Rechnung { $number } als PDF
invoices-trouble = Ihre Rechnungen liegen dort und können jetzt nicht angezeigt werden; Ihre Server sind nicht betroffen.
invoice-paid = Bezahlt
invoice-refunded = Erstattet
invoice-partly-refunded = Teilweise erstattet
invoice-open = Offen
invoice-overdue = Überfällig
invoice-void = Storniert
invoice-written-off = Ausgebucht
invoice-unknown = Siehe Dokument

## Plans

plans-title = Tarife
plans-ask = Sie sind Mitglied dieses Kontos; seinen Tarif wählt nur ein Inhaber. Fragen Sie { $ask }.
plans-for-owners = Ein Inhaber kann ihn wählen
plans-exempt = Ihr Konto ist von der Abrechnung befreit, es gibt also nichts zu kaufen.
plans-how-to-pay = Zahlungsweise
plans-monthly = Monatlich
plans-yearly = Jährlich
plans-none = Zurzeit werden keine Tarife angeboten. Bitte schauen Sie später wieder vorbei.
plans-fine = Die Zahl der Server schließt die kostenlosen ein. Sie bezahlen bei Stripe; Kartennummern kommen nie zu uns.
plans-manage-first = Zuerst den Tarif verwalten
plans-nothing-to-pay = Nichts zu bezahlen
card-yours-for-good = Gehört Ihnen auf Dauer
card-your-plan = Ihr Tarif
card-no-room = Gerade nicht zu kaufen: Im Spielepanel ist kein Platz für einen weiteren Server. Versuchen Sie es später noch einmal.
card-processing = Eine Zahlung wird noch bearbeitet; bitte bezahlen Sie nicht noch einmal.
card-buy = { $plan } kaufen
card-choose = { $plan } wählen
card-as-much = { $plan } gibt Ihnen schon genauso viel.
card-currency = Sie bezahlen ein anderes Abo in { $currency }; beide können nicht gleichzeitig laufen.
card-scheduled = Ihr Tarif ab dem { $day }
card-upgrade = Auf { $plan } erweitern
card-downgrade = Bei der Verlängerung zu { $plan } wechseln
card-by-month = Monatlich bezahlen
card-by-year = Jährlich bezahlen
card-by-month-later = Ab der Verlängerung monatlich bezahlen
card-by-year-later = Ab der Verlängerung jährlich bezahlen
card-trial = { $count ->
    [one] { $count } Tag kostenlos, danach { $amount } { $every }.
   *[other] { $count } Tage kostenlos, danach { $amount } { $every }.
}
saving-months = { $count ->
    [one] { $count } Monat kostenlos
   *[other] { $count } Monate kostenlos
}
saving-percent = { $percent }{ "\u00A0" }% günstiger

## A change of plan

change-all-plans = Alle Tarife
change-switch = Zu { $plan } wechseln
change-by-month = { $plan } monatlich bezahlen
change-by-year = { $plan } jährlich bezahlen
change-once = { $plan } einmalig bezahlen
change-none-title = { $plan } ist Ihr Tarif
change-none = Sie haben diesen Tarif schon, es ändert sich also nichts.
change-at-once = { $plan } beginnt sofort: { $limit }.
change-when-paid = { $plan } beginnt, sobald bezahlt ist: { $limit }. Was von der schon bezahlten Zeit übrig ist, wird vom Preis abgezogen.
change-at-end = Bis zum { $day } ändert sich nichts, denn diese Zeit ist bezahlt. Danach haben Sie { $plan }: { $limit }. Bis dahin können Sie das zurücknehmen.
change-next-monthly = { $amount } am { $day }, danach jeden Monat
change-next-yearly = { $amount } am { $day }, danach jedes Jahr
change-next-once = { $amount } am { $day }, danach nie wieder
change-credit = { $amount } bleiben übrig und werden von Ihren nächsten Rechnungen abgezogen.
change-pay-and-switch = { $amount } bezahlen und zu { $plan } wechseln
change-pay-by-month = { $amount } bezahlen und { $plan } monatlich bezahlen
change-pay-by-year = { $amount } bezahlen und { $plan } jährlich bezahlen
change-switch-now = Jetzt zu { $plan } wechseln, heute ohne Kosten
change-now-by-month = { $plan } ab jetzt monatlich bezahlen, heute ohne Kosten
change-now-by-year = { $plan } ab jetzt jährlich bezahlen, heute ohne Kosten
change-switch-later = Am { $day } zu { $plan } wechseln
change-later-by-month = { $plan } ab dem { $day } monatlich bezahlen
change-later-by-year = { $plan } ab dem { $day } jährlich bezahlen
change-excess-freeze = Für { servers } ist im neuen Tarif kein Platz. Sie laufen weiter, aber es kann kein neuer erstellt werden. Zuletzt erstellt:
change-excess-suspend = Für { servers } ist im neuen Tarif kein Platz. Wenn Sie nicht ebenso viele löschen, können diese gesperrt werden; es wird nichts gelöscht:
change-consent = Mir ist bekannt, dass ich dann { servers } über dem Limit habe
change-planned = Der Wechsel ist für den { $day } geplant.
change-done = Erledigt: Sie haben jetzt { $plan }.
change-done-unnamed = Erledigt: Sie haben jetzt den neuen Tarif.
change-unseen = Ihr Wechsel ist unterwegs. Was daraus geworden ist, steht gleich hier.
change-costs = Was es kostet
bill-unused = Nicht genutzte Zeit in { $plan } ab dem { $day }
bill-remaining = Verbleibende Zeit in { $plan } ab dem { $day }
bill-discount = Rabatt
bill-tax = Steuer
change-what = Posten
change-amount = Betrag
change-total = Heute insgesamt
change-next = Nächste Zahlung
change-valid = Das gilt bis zum { $moment }.
change-unpaid-title = Ihr Tarifwechsel ist noch nicht bezahlt
change-unpaid = Ihr Tarif bleibt, wie er ist, bis die Zahlung eingegangen ist.
change-finish-payment = Zahlung abschließen
change-ahead-title = { $plan } ab dem { $day }
change-ahead-other-price = Ein anderer Preis ab dem { $day }
change-ahead = Bis dahin ändert sich nichts.
change-ahead-elsewhere = Das wurde nicht hier vereinbart; bitten Sie den Betreiber, es zu ändern.
end-ahead-title = Ihr Tarif endet am { $day }
end-ahead = Bis dahin ändert sich nichts, und Sie können ihn behalten.

## Cancelling

cancel-heading = { $plan } kündigen
cancel-heading-unnamed = Tarif kündigen
cancel-nothing = Sie haben keinen Tarif, den Sie kündigen könnten.
cancel-already = Ihr Tarif ist schon gekündigt und endet am { $day }.
cancel-paid-until = Er ist bis zum { $day } bezahlt und endet dann. Es wird nichts zurückgezahlt.
cancel-unpaid-until = Er endet am { $day }. Die offene Zahlung bleibt fällig, und es wird nichts zurückgezahlt.
cancel-then = Er endet, wenn die bezahlte Zeit vorbei ist.
cancel-what-stops = Was endet
cancel-what-stays = Was bleibt
cancel-planned = Geplanter Wechsel
cancel-stops = Keine weiteren Zahlungen, und nach diesem Tag behalten Sie { free-servers }.
cancel-stops-unpaid = Er verlängert sich nicht mehr; die offene Zahlung bleibt fällig. Nach diesem Tag behalten Sie { free-servers }.
cancel-stops-freeze = Sie haben { servers } mehr: Sie laufen weiter, aber es kann kein neuer erstellt werden.
cancel-stops-suspend = Sie haben { servers } mehr: Wenn Sie nicht ebenso viele löschen, können die neuesten gesperrt werden.
cancel-keeps = Bis dahin behalten Sie { $plan } in vollem Umfang.
cancel-keeps-unnamed = Bis dahin behalten Sie Ihren Tarif in vollem Umfang.
cancel-keeps-unpaid = Was Sie bis dahin behalten, hängt von der offenen Zahlung ab.
cancel-stays = Kein Server und keine Daten werden gelöscht. Bis zu diesem Tag können Sie Ihren Tarif mit einem Klick auf der Seite „Abrechnung“ fortsetzen, danach wählen Sie einfach wieder einen Tarif.
cancel-undoes = Der für den { $day } geplante Wechsel zu { $plan } wird zurückgenommen.
cancel-button = { $plan } beenden
cancel-button-on = { $plan } zum { $day } beenden
cancel-button-unnamed = Tarif beenden
cancel-button-unnamed-on = Tarif zum { $day } beenden
cancelled = Ihr Tarif ist gekündigt.
resumed = Ihr Tarif geht weiter.
undone = Ihr Tarif bleibt, wie er ist.

## The built-in panel

nav-servers = Server
nav-account = Konto
see-billing = Zur Abrechnung
field-email = E-Mail
field-name = Name
field-password = Passwort
email-wrong = Geben Sie eine E-Mail-Adresse ein, zum Beispiel ada@example.com.
name-wrong = Der Name braucht 1 bis 60 Zeichen.
password-rule = Verwenden Sie 12 bis 128 Zeichen.
password-broken = Das Passwort braucht 12 bis 128 Zeichen.

sign-in-title = Anmelden
sign-in-new = Sie sind neu hier?
sign-in-button = Anmelden
register-title = Registrieren
register-button = Registrieren
register-already = Sie sind schon registriert?
register-taken = Mit dieser E-Mail ist schon jemand registriert; melden Sie sich stattdessen an.
register-name-long = Der Name darf höchstens 60 Zeichen haben.
register-not-yet = Sie sind noch nicht registriert

servers-title = Server
servers-none = Sie haben noch keine Server. Erstellen Sie unten den ersten.
servers-name = Name
servers-game = Spiel
servers-kind = Art
servers-state = Stand
servers-kind-unknown = Wählen Sie eine Art aus der Liste.
servers-since = Seit
servers-delete = Löschen
servers-delete-more = Löschen…
servers-delete-button = { $name } endgültig löschen
servers-way-out = So läuft er wieder
servers-create-title = Server erstellen
servers-create-button = Server erstellen
servers-created = { $name } ist erstellt.
servers-underway = { $name } wird erstellt.
servers-deleted = Der Server ist gelöscht.
servers-not-created = Der Server wurde nicht erstellt
servers-game-wrong = Das Spiel braucht 1 bis 40 Zeichen.
servers-game-unknown = Wählen Sie eines der Spiele aus der Liste.
servers-suspended = Gesperrt seit dem { $moment }: Er ist über Ihrem Limit. Nichts davon wird gelöscht.

account-title = Konto
account-name = Name
account-name-button = Namen ändern
account-renamed = Ihr Name ist geändert.
account-email = E-Mail
account-email-hint = Damit melden Sie sich an. Wohin Belege gehen, ändern Sie auf der Seite „Abrechnung“.
account-email-button = E-Mail ändern
account-email-taken = Mit dieser E-Mail meldet sich schon jemand anderes an.
account-email-changed = Ihre E-Mail ist geändert; melden Sie sich künftig mit der neuen an.
account-your-password = Ihr Passwort
account-current-password = Bisheriges Passwort
account-new-password = Neues Passwort
account-password = Passwort
account-password-fine = Ein neues Passwort meldet Sie überall sonst ab.
account-password-button = Passwort ändern
account-password-changed = Ihr Passwort ist geändert, und Sie sind überall sonst abgemeldet.
account-not-yours = Das ist nicht Ihr Passwort.
account-unchanged = Es wurde nichts geändert
account-sessions = Wo Sie angemeldet sind
account-device = Gerät
account-device-unknown = Ein unbekanntes Gerät
device-on = { $browser } auf { $system }
device-browser = Ein Browser
account-this-one = Dieses
account-signed-in = Angemeldet
account-last-seen = Zuletzt gesehen
account-end = Ende
account-end-others = Alle anderen abmelden
account-session-ended = Diese Sitzung ist abgemeldet.
account-others-ended = Sie sind überall sonst abgemeldet.

## Refusals and errors: a detail ends without a stop, as the API has it

error-way-out = Zum Ausweg
error-start = Zurück zum Anfang
error-code = Kennung:
error-request = Anfrage beim Zahlungsdienst:
refused-subscription = Für einen weiteren Server brauchen Sie ein Abo
refused-subscription-detail = { $why }; mit einem Tarif werden es mehr
refused-quota = Alle Server des Tarifs sind belegt
refused-quota-detail = { $used } von { $limit } Servern sind belegt; ein größerer Tarif gibt Ihnen mehr
refused-past-due = Eine Zahlung ist überfällig
refused-past-due-detail = vorhandene Server laufen weiter; neue können Sie erstellen, sobald die offene Rechnung bezahlt ist
refused-frozen = Eine Zahlung wird angefochten
refused-frozen-detail = neue Server können Sie erstellen, sobald das geklärt ist
problem-invalid = Etwas ist nicht so, wie es sein muss
problem-wrong-password = Sie sind nicht angemeldet
problem-wrong-password-detail = diese E-Mail und dieses Passwort gehören nicht zusammen
problem-forbidden = Das ist nicht für Sie
problem-forbidden-detail = dafür brauchen Sie mehr Rechte, als Sie hier haben
problem-cross-origin = Diese Anfrage kam von einer anderen Website
problem-cross-origin-detail = öffnen Sie die Seite selbst und versuchen Sie es dort noch einmal
problem-not-found = Hier ist nichts
problem-not-found-detail = die Adresse führt zu keiner Seite
problem-no-server = Diesen Server gibt es nicht
problem-no-server-detail = vielleicht wurde er inzwischen gelöscht
problem-no-checkout = Diese Bezahlung gibt es nicht
problem-no-checkout-detail = zu diesem Konto gehört keine solche Bezahlung; es wurde nichts geändert
problem-too-many = Zu viele Anfragen
problem-too-many-detail = versuchen Sie es in { $seconds } s noch einmal
problem-slow = Die Anfrage kam nicht vollständig an
problem-slow-detail = nach { $seconds } s fehlte ihr Ende, darum wurde nichts geändert; bitte senden Sie sie noch einmal
problem-internal = Bei uns ist etwas schiefgegangen
problem-internal-detail = es wurde nichts geändert; bitte versuchen Sie es noch einmal und sagen Sie dem Betreiber Bescheid, wenn es so bleibt
problem-database = Die Datenbank ist nicht erreichbar
problem-database-detail = es wurde nichts geändert; bitte versuchen Sie es gleich noch einmal
problem-stripe = Der Zahlungsdienst antwortet nicht
problem-stripe-detail = es wurde nichts abgebucht; bitte versuchen Sie es gleich noch einmal
problem-subscribed = Es gibt schon ein Abo
problem-subscribed-detail = ein zweites würden Sie doppelt bezahlen; verwalten Sie das laufende
problem-owned = Das gehört Ihnen schon
problem-no-customer = Es gibt noch nichts zu verwalten
problem-no-customer-detail = dieses Konto hat noch nie etwas bezahlt, es gibt also noch nichts zu verwalten
problem-no-room = Im Spielepanel ist kein Platz für einen weiteren Server
problem-no-room-detail = dort kann gerade kein Server erstellt werden, deshalb wird keiner verkauft; es wurde nichts bezahlt, versuchen Sie es später noch einmal
problem-not-for-sale = Dieser Tarif wird gerade nicht angeboten
problem-no-subscription = Es gibt kein Abo
problem-managed-elsewhere = Dieses Abo wird woanders verwaltet
problem-payment-first = Zuerst muss eine Zahlung beglichen werden
problem-no-change = Dieser Wechsel ist jetzt nicht möglich
problem-not-accepted = Stripe nimmt diesen Wechsel so nicht an, deshalb ist nichts geschehen; sehen Sie nach der Zahlungsmethode und den Rechnungen oder fragen Sie den Betreiber
problem-stale = Diese Vorschau gilt nicht mehr
problem-stale-detail = inzwischen hat sich etwas geändert, deshalb ist nichts geschehen; sehen Sie sich die neue Vorschau an
problem-outcome-unknown = ob der Wechsel gelungen ist, steht noch nicht fest, denn er ist unterwegs; dasselbe noch einmal zu senden schadet nicht, aber wählen Sie keinen anderen Tarif, bevor auf der Seite „Abrechnung“ steht, was daraus geworden ist
problem-not-seen = Der Wechsel ist unterwegs
problem-not-seen-detail = was daraus geworden ist, steht gleich hier; dasselbe noch einmal zu senden schadet nicht
problem-link-unknown = Dieser Link führt nirgendwohin
problem-link-unknown-detail = gehen Sie zurück zu Ihrem Panel und öffnen Sie die Abrechnung von dort
problem-link-over = Dieser Link ist abgelaufen
problem-link-over-detail = er öffnet sich einmal und binnen 5 Minuten; gehen Sie zurück zu Ihrem Panel und öffnen Sie die Abrechnung noch einmal
problem-link-closed = Das ist eine Weile her
problem-link-closed-detail = zu Ihrer Sicherheit schließen sich diese Seiten nach einer Stunde; gehen Sie zurück zu Ihrem Panel und öffnen Sie die Abrechnung noch einmal
problem-signed-in = Hier ist schon jemand angemeldet
problem-signed-in-detail = Sie sind als { $name } angemeldet; melden Sie sich zuerst ab und öffnen Sie den Link dann noch einmal
problem-no-plan = einen Tarif `{ $plan }` gibt es nicht
problem-not-for-sale-detail = { $plan } { $every } wird gerade nicht angeboten
problem-price = Dieser Preis wird nicht angeboten
problem-price-detail = der Preis { $price } wird nicht angeboten
problem-owned-detail = { $plan } gehört diesem Konto schon auf Dauer
problem-paying-detail = eine Zahlung für { $plan } wird noch bearbeitet; bitte bezahlen Sie nicht noch einmal
problem-currency = Diesen Tarif gibt es nur in einer anderen Währung
problem-currency-detail = { $plan } kostet { $sold_in }, und dieses Konto bezahlt ein laufendes Abo in { $pays_in }; beides geht nicht gleichzeitig; beenden Sie zuerst, was läuft, oder fragen Sie den Betreiber
problem-no-subscription-detail = dieses Konto hat kein Abo, das man kündigen könnte
problem-change-scheduled = Ein Tarifwechsel ist geplant
problem-change-scheduled-detail = ein Tarifwechsel ist geplant; kündigen Sie stattdessen hier, dann wird er zuerst zurückgenommen
problem-once = gewechselt wird zu einem Tarif, der monatlich oder jährlich bezahlt wird; was einmalig bezahlt wird, kaufen Sie neu
problem-no-preview = `{ $token }` ist keine Vorschau dieses Kontos; sehen Sie sich zuerst eine an
problem-consent = im neuen Tarif ist nicht für alle Server Platz; bestätigen Sie, dass einige über dem Limit sein werden
problem-not-made = Das Spielepanel hat den Server nicht erstellt
problem-not-made-detail = der Server wurde nicht erstellt: { $error }
unmade-no-user = registrieren Sie sich zuerst im Spielepanel mit derselben E-Mail-Adresse; es hat keinen Benutzer mit dieser Adresse oder der externen ID { $id }
unmade-marked = der Benutzer des Panels mit dieser E-Mail-Adresse hat die externe ID eines anderen Kontos; verwenden Sie eine andere Adresse oder geben Sie jenem Benutzer die externe ID { $id }
unmade-administrator = der Benutzer des Panels mit dieser E-Mail-Adresse ist ein Administrator; verwenden Sie eine andere Adresse oder geben Sie jenem Benutzer die externe ID { $id }
unmade-of-another = der Benutzer { $user } des Panels gehört schon zu einem anderen Konto
unmade-not-set-up = das Spielepanel ist nicht fertig eingerichtet; warum, sieht der Betreiber im Log
unmade-template-gone = die Vorlage { $template } ist nicht mehr konfiguriert
unmade-too-long = es hat zu lange gedauert
unmade-taken-back = der Auftrag wurde zurückgenommen
problem-no-panel = es ist kein Panel eingerichtet, in dem Server erstellt werden könnten; lassen Sie die Vorlage weg
problem-no-template = `{ $template }` ist keine Vorlage; es gibt { $names ->
    [none] keine
   *[other] { $names }
}
problem-server-exists = Einen Server mit dieser ID gibt es schon
problem-server-exists-detail = der Server `{ $server }` belegt schon einen Platz und wurde nicht aus einer Vorlage erstellt; geben Sie diesem eine andere ID oder löschen Sie zuerst `{ $server }`, wenn es ihn nicht gibt
problem-no-account = Dieses Konto gibt es nicht
problem-no-account-detail = erstellen Sie es zuerst mit `{ $call }`
problem-too-large = Das ist zu groß
problem-too-large-detail = höchstens { $mib } MiB werden angenommen
problem-form = ein Teil der Adresse oder des Inhalts hat die falsche Form
problem-id = { $kind ->
    [account] `{ $id }` ist keine Konto-ID; sie hat 1 bis 128 Zeichen aus A-Z a-z 0-9 . _ : -
    [server] `{ $id }` ist keine Server-ID; sie hat 1 bis 128 Zeichen aus A-Z a-z 0-9 . _ : -
   *[other] `{ $id }` ist keine ID ({ $kind }): { $rule }
}
problem-bad-request = Die Anfrage ist fehlerhaft
problem-media-type = Diese Art von Inhalt wird hier nicht angenommen
problem-refused = Abgelehnt
problem-refused-detail = die Anfrage konnte so nicht angenommen werden
wrong-plan = wählen Sie einen der Tarife
wrong-plan-below = wählen Sie unten einen der Tarife
wrong-interval = wählen Sie Monat oder Jahr
wrong-interval-or-once = wählen Sie Monat, Jahr oder einmalig
wrong-flow = schreiben Sie { $method }, { $cancel } oder nichts
wrong-range = nennen Sie ein Ende der Liste, nicht beide
wrong-language = `{ $tag }` ist keine Sprache dieser Seiten; schreiben Sie { $tags }
wrong-role = wählen Sie Inhaber oder Mitglied
refusal-no-subscription = dieses Konto hat kein Abo, dessen Tarif sich wechseln ließe
refusal-elsewhere = dieses Abo wird durch einen Plan gesteuert, der woanders angelegt wurde; fragen Sie den Betreiber
refusal-payment-first = die offene Zahlung muss beglichen sein, bevor Sie den Tarif wechseln können
refusal-ending = der Tarif ist gekündigt und endet am { $day }; nehmen Sie zuerst die Kündigung zurück
refusal-currency = das Abo wird in { $has } bezahlt und dieser Preis ist in { $wants }; ein Abo behält seine Währung, bis es endet
refusal-collection-paused = die Zahlungen dieses Abos sind ausgesetzt, deshalb kann nichts dazugekauft werden; fragen Sie den Betreiber
refusal-no-method = es ist keine Zahlungsmethode hinterlegt, von der dieser Wechsel bezahlt werden könnte; hinterlegen Sie zuerst eine
refusal-unclear = dieses Abo ist in einem Zustand, der hier nicht bekannt ist; fragen Sie den Betreiber
choice-nothing-over = nichts ist über dem Limit, es laufen also alle Server weiter
choice-count = wählen Sie genau { $wanted } aus: es waren { $chosen }
choice-unknown = `{ $server }` ist kein Server dieses Kontos, der sich auswählen ließe

## Konten, die mehrere Menschen teilen

account-current = Sie handeln für dieses Konto
account-act-for = Für { $name } handeln
refused-member = { $detail }. Sie sind Mitglied dieses Kontos; { $ask } kann den Tarif ändern
owners-only = Das kann nur ein Inhaber des Kontos
owners-only-detail = Sie sind Mitglied dieses Kontos und nicht sein Inhaber; fragen Sie { $ask }
other-account = Sie handeln jetzt für ein anderes Konto
other-account-detail = diese Seite wurde für ein anderes Konto geöffnet, darum wurde nichts geändert; öffnen Sie sie neu, oder wählen Sie zuerst jenes Konto auf Ihrer Kontoseite
no-such-account = Sie gehören nicht zu diesem Konto
no-such-account-detail = wählen Sie eines der Konten auf Ihrer Kontoseite
member-not-found = Diese Person gibt es in diesem Konto nicht
member-not-found-detail = sie hat es vielleicht verlassen, oder ist Inhaber und muss zuerst Mitglied werden
last-owner = Ein Konto braucht einen Inhaber
last-owner-detail = Sie sind der einzige Inhaber dieses Kontos; machen Sie zuerst jemand anderen zum Inhaber
members-full = Dieses Konto ist voll
members-full-detail = { $most } Personen gehören dazu, und für mehr ist kein Platz
invites-full = Es gibt genug Einladungen
invites-full-detail = { $most } davon sind offen; nehmen Sie eine zurück, oder warten Sie, bis eine endet
invite-not-found = Diese Einladung führt nirgendwohin
invite-not-found-detail = der Link ist vielleicht nicht vollständig; bitten Sie den Absender um einen neuen
invite-over = Diese Einladung gilt nicht mehr
invite-over-detail = sie wurde benutzt, zurückgenommen oder ist älter als 7 Tage; bitten Sie den Absender um eine neue
part-owner = Inhaber
part-member = Mitglied
account-leave = Dieses Konto verlassen
member-make-owner = Zum Inhaber machen
member-make-member = Zum Mitglied machen
member-remove = Entfernen
invite-take-back = Zurücknehmen
member-is-owner = Diese Person ist jetzt Inhaber.
member-is-member = Diese Person ist jetzt Mitglied.
member-removed = Diese Person gehört nicht mehr zu diesem Konto.
account-switched = Sie handeln jetzt für dieses Konto.
account-left = Sie haben das Konto verlassen und handeln jetzt für Ihr eigenes.
invite-taken-back = Die Einladung ist zurückgenommen.
join-already = Sie gehören schon zu diesem Konto.
join-done = Sie gehören jetzt zu diesem Konto und handeln für es.
join-somebody = Jemand
notice-ask = Bitten Sie { $ask }, sich darum zu kümmern.
made-older = { $count ->
    [one] Ein weiterer wurde nicht erstellt
   *[other] { $count } weitere wurden nicht erstellt
}
made-failed = Nicht erstellt: { $error }. Es belegt keinen Platz.
made-underway = Wird erstellt
made-suspended = Angehalten seit { $moment }: Es liegt über Ihrem Limit. Nichts davon wird gelöscht.
made-running = Im Spielepanel seit { $day }
join-title = Einem Konto beitreten
join-what = { $host } lädt Sie ein, ein Konto zu teilen. Sie sähen seine Server und könnten neue erstellen; was es bezahlt, bleibt Sache seiner Inhaber. Die Einladung endet am { $moment }.
join-sign-in = Anmelden und beitreten
join-register = Registrieren und beitreten
join-button = Diesem Konto beitreten
join-fine = Sie behalten Ihr eigenes Konto und wählen auf Ihrer Kontoseite, für welches Sie handeln.
invite-title = Einladung
invite-what = Kopieren Sie diesen Link und senden Sie ihn der einen Person, die Ihrem Konto beitreten soll. Er wird nur jetzt gezeigt, gilt einmal und endet am { $moment }.
invite-link = Link zum Beitreten
invite-fine = Wer beitritt, sieht und erstellt Server Ihres Kontos. Die Abrechnung bleibt Sache der Inhaber.
shared-accounts = Ihre Konten
shared-account = Konto
shared-you-are = Sie sind
shared-choose = Wählen
shared-people = Personen in diesem Konto
shared-role = Rolle
shared-since = Seit
shared-change = Ändern
shared-no-email = nicht gezeigt
shared-fine = Mitglieder sehen und erstellen Server; Inhaber löschen auch die der anderen, bezahlen und laden ein.
shared-invites = Einladungen
shared-made = Erstellt
shared-ends = Endet
shared-invite-button = Einladungslink erstellen
shared-invite-fine = Ein Link lässt eine Person diesem Konto beitreten, innerhalb von 7 Tagen.
servers-owner-only = nur durch einen Inhaber
