# Every sentence of the operator's pages, below /admin, in German: Sie, plain words, and those of
# ../de.ftl for the same things. The messages and what goes into them are those of en.ftl.

## Said in many places

desk-all = Alle
desk-account = Konto
desk-servers = Server
desk-state = Stand
desk-status = Status
desk-since = Seit
desk-reason = Grund
desk-until = Bis
desk-when = Wann
desk-what = Was
desk-detail = Einzelheiten
desk-attempts = Versuche
desk-received = Empfangen
desk-there-are-none = Es gibt keine.
desk-no = nein
desk-show-them = Anzeigen
desk-unlimited = unbegrenzt
desk-accounts-count = { $count ->
    [one] { $count } Konto
   *[other] { $count } Konten
}
desk-events-count = { $count ->
    [one] { $count } Ereignis
   *[other] { $count } Ereignisse
}
desk-servers-are = { $used ->
    [one] { $used } Server ist
   *[other] { $used } Server sind
}
desk-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
desk-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
desk-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
desk-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}

## Accounts

desk-accounts-label = ID, E-Mail, Name oder Stripe-Kunde
desk-accounts-search = Suchen
desk-accounts-only = Nur Konten, auf die das zutrifft: { $concern }
desk-accounts-found = { desk-accounts-count } gefunden.
desk-accounts-found-for = { desk-accounts-count } zu „{ $query }“ gefunden.
desk-accounts-show-all = Alle anzeigen
desk-accounts-none = Ein solches Konto gibt es nicht.
desk-none-of = `{ $word }` ist keines von { $names }
desk-accounts-export = Diese als CSV herunterladen

## One account

desk-account-all = Alle Konten
desk-account-decision = Entscheidung
desk-account-reads = Der Kunde liest: „{ $status }“
desk-account-facts = Fakten
desk-account-name = Name
desk-account-customer = Stripe-Kunde
desk-account-customer-none = noch keiner
desk-account-synced = Abgeglichen
desk-account-synced-never = noch nie
desk-account-trial = Testphase
desk-account-trial-used = begonnen am { $day }
desk-account-trial-unused = nicht genutzt
desk-account-bought = Auf Dauer gekauft
desk-account-sync = Stripe noch einmal fragen
desk-account-synced-same = Stripe wurde gefragt: Es gab keinen Unterschied.
desk-account-synced-mended = { $count ->
    [one] Stripe wurde gefragt: { $count } Angabe wurde berichtigt.
   *[other] Stripe wurde gefragt: { $count } Angaben wurden berichtigt.
}
desk-subscriptions = Abos
desk-subscription = Abo
desk-subscription-plan = Tarif
desk-subscription-price = Preis
desk-subscription-renews = Verlängert sich
desk-subscription-ends = Endet
desk-subscription-unmapped = Preis gehört zu keinem Tarif
desk-subscription-last-known = { $plan } ({ desk-subscription-unmapped })
desk-subscription-foreign = nicht von hier
desk-server = Server
desk-server-id = ID
desk-members = Mitglieder
desk-member-email = E-Mail
desk-member-user = Benutzer
desk-member-role = Rolle
desk-member-owner = Inhaber
desk-member-member = Mitglied
desk-exemption = Befreiung von der Abrechnung
desk-exemption-what = Ein befreites Konto hat kein Limit und muss nichts bezahlen.
desk-exemption-again = Eine neue Befreiung tritt an die Stelle der bestehenden.
desk-exemption-until-hint = Ein Tag wie 2026-12-31 beendet sie, sobald er beginnt (UTC); ohne Angabe gilt sie unbefristet.
desk-exemption-button = Dieses Konto befreien
desk-exemption-revoke = Befreiung zurücknehmen
desk-exemption-history = Verlauf
desk-exemption-granted = Erteilt
desk-exemption-revoked = Zurückgenommen
desk-exemption-by = { $moment } durch { $who }
desk-exemption-endless = unbefristet
desk-exemption-done = Das Konto ist von der Abrechnung befreit.
desk-exemption-undone = Die Befreiung ist zurückgenommen.
desk-exemption-not-granted = Die Befreiung wurde nicht erteilt
desk-exemption-no-reason = Schreiben Sie den Grund in 1 bis 500 Zeichen.
desk-exemption-past = Das liegt in der Vergangenheit.
desk-exemption-no-day = Schreiben Sie einen Tag wie 2026-12-31, einen Zeitpunkt wie 2026-12-31T18:00:00Z oder nichts.

## The decision in words

desk-may-unlimited = Es darf einen Server erstellen: { desk-servers-are } belegt, und es gibt kein Limit.
desk-may = Es darf einen Server erstellen: { desk-servers-are } belegt, und { $limit } dürfen es sein.
desk-may-not = Es darf keinen Server erstellen: { desk-servers-are } belegt, neue sind bis { $limit } erlaubt, und { $because }.
desk-because-subscription = für mehr als die kostenlosen ist ein Tarif nötig
desk-because-quota = alle Server des Tarifs sind belegt
desk-because-past-due = solange eine Zahlung offen ist, gibt es über die kostenlosen hinaus nichts Neues
desk-because-frozen = solange eine Zahlung angefochten wird, gibt es über die kostenlosen hinaus nichts Neues
desk-reason-free = Es ist nichts bezahlt: Es gelten die kostenlosen Server.
desk-reason-subscription = Es gilt ein laufendes Abo.
desk-reason-trial = Es gilt eine Testphase.
desk-reason-grace = Eine Zahlung ist fehlgeschlagen, und die Frist dafür läuft.
desk-reason-grace-expired = Eine Zahlung ist fehlgeschlagen, und die Frist dafür ist abgelaufen.
desk-reason-payment-incomplete = Die erste Zahlung wurde nicht abgeschlossen.
desk-reason-paused = Die Testphase endete ohne Zahlungsmethode.
desk-reason-collection-paused = Die Zahlungen sind bei Stripe ausgesetzt.
desk-reason-ended = Das Abo ist beendet.
desk-reason-lifetime = Es gilt ein Tarif, der auf Dauer gekauft wurde.
desk-reason-exempt = Es gilt die Befreiung durch einen Admin.
desk-reason-unmapped-price = Der Preis des Abos gehört zu keinem Tarif; es gilt der zuletzt bekannte.
desk-reason-stale = Die bezahlte Zeit ist vorbei, und Stripe hat keine Verlängerung bestätigt.
desk-reason-disputed = Eine Anfechtung ist offen.
desk-then-trial = Die Testphase endet am { $moment }: Ohne Zahlung geht der Tarif dann nicht weiter.
desk-then-reason = Wenn sonst nichts geschieht, ändert sich am { $moment } der Grund, und das Limit bleibt.
desk-then-limit = Wenn sonst nichts geschieht, ändert sich das Limit am { $moment } von { $now } auf { $later }.
desk-excess = Über dem Limit: { servers } zu viel seit dem { $since }; gesperrt wird ab dem { $moment }.
desk-next-ours = Am { $moment } wechselt es zu { $next }, wie es der Kunde wünscht; er kann das zurücknehmen.
desk-next-elsewhere = Am { $moment } wechselt es zu { $next }, durch einen Plan, der bei Stripe angelegt wurde und hier nicht angetastet wird.
desk-next-price = Preis { $price }, der zu keinem Tarif gehört
desk-next-unpaid = Ein Wechsel von { $subscription } wartet auf seine Zahlung.
desk-alert-two = Es laufen zwei Abos: Beenden Sie eines bei Stripe.
desk-alert-exempt = Das Konto ist befreit, trotzdem wird noch ein Abo bezahlt.
desk-alert-unmapped-price = Ein Abo läuft zu einem Preis, der zu keinem Tarif gehört.
desk-alert-unknown-status = Stripe nennt einen Status, den diese Version nicht kennt; es gilt der letzte.
desk-alert-disputed = Eine Zahlung wird angefochten.
desk-alert-inquiry = Eine Bank fragt nach einer Zahlung: Antworten Sie im Dashboard von Stripe.
desk-alert-returned = Geld ging zurück, doch was damit bezahlt wurde, läuft weiter: Beenden Sie es, oder lassen Sie es so.
desk-alert-paid-twice = Ein Tarif wurde zweimal auf Dauer bezahlt: Erstatten Sie eine der Zahlungen.

## What happened to an account

desk-timeline = Chronik
desk-timeline-fine = Das Neueste zuerst; von den Ereignissen und von dem, was von Hand getan wurde, je die letzten { $most }. Alle zusammen:
desk-timeline-payment = Zahlung
desk-timeline-change = Wechsel
desk-timeline-exemption = Befreiung
desk-timeline-act = Eingriff
desk-happened-created = angelegt
desk-happened-bought = { $plan } auf Dauer gekauft, { $amount }
desk-happened-changed = zu { $plan } { $every }, sofort
desk-happened-planned = zu { $plan } { $every }, am Ende der bezahlten Zeit
desk-happened-unpaid = eine Verlängerung ist nicht bezahlt
desk-happened-recovered = die offene Verlängerung ist bezahlt
desk-happened-lost = die offene Verlängerung ist aufgegeben
desk-happened-event = { $kind } · { $status }
desk-happened-act = { $action } durch { $actor }
desk-happened-expired = abgelaufen: { $reason }
desk-happened-server = { $name } erstellt
desk-happened-suspended = { $name } gesperrt
desk-happened-begun = { $subscription } begonnen
desk-happened-ended = { $subscription } beendet

## Events

desk-event-received = Wartet
desk-event-processing = In Arbeit
desk-event-done = Erledigt
desk-event-failed = Fehlgeschlagen, neuer Versuch folgt
desk-event-dead = Aufgegeben
desk-event-ignored = Nicht beachtet
desk-events-replay-dead = { $count ->
    [one] Das aufgegebene Ereignis noch einmal verarbeiten
   *[other] Alle { $count } aufgegebenen Ereignisse noch einmal verarbeiten
}
desk-events-replay-failed = { $count ->
    [one] Das fehlgeschlagene Ereignis noch einmal verarbeiten
   *[other] Alle { $count } fehlgeschlagenen Ereignisse noch einmal verarbeiten
}
desk-events-replay-kind = { $count } × { $kind } noch einmal verarbeiten
desk-events-none = Solche Ereignisse gibt es nicht.
desk-events-due = { $count ->
    [one] { $count } Ereignis ist wieder an der Reihe.
   *[other] { $count } Ereignisse sind wieder an der Reihe.
}
desk-event = Ereignis
desk-event-title = Ereignis { $id }
desk-event-all = Alle Ereignisse
desk-event-no-account = keines
desk-event-happened = Geschehen
desk-event-mode = Modus
desk-event-next = Nächster Versuch
desk-event-customer = Stripe-Kunde
desk-event-object = Objekt
desk-event-because = Warum nicht beachtet
desk-event-error = Letzter Fehler
desk-event-replay = Dieses Ereignis noch einmal verarbeiten
desk-event-due = Das Ereignis ist wieder an der Reihe und wird gleich verarbeitet.
desk-event-payload = Inhalt
desk-event-payload-fine = Geheimnisse und Zahlungsdaten werden nicht gezeigt.
desk-event-no-json = Der Inhalt ist kein JSON.
desk-ignored-livemode = Es gehört zum anderen Modus: test oder live.
desk-ignored-foreign = Es gehört zu keinem Konto dieses Panels.
desk-ignored-connect = Es geschah in einem verbundenen Stripe-Konto.

## Hooks

desk-hooks-unconfigured = Kein Panel erfährt von Änderungen: In der Konfiguration fehlt
desk-hooks-none = Nichts wartet: Jede Nachricht ist angekommen.
desk-hooks-what = Eine Nachricht wird drei Tage lang versucht. Spätere Nachrichten zum selben Konto warten hinter ihr.
desk-hooks-where = Wohin
desk-hooks-why-not = Warum nicht
desk-hooks-then = Wie weiter
desk-hooks-again = Noch einmal senden
desk-hooks-waits = wird noch einmal versucht
desk-hooks-due = Die Nachricht ist wieder an der Reihe.

## The catalogue

desk-plans-what = Was konfiguriert ist, wie Stripe es zuletzt bestätigt hat. Gelesen wird es beim Start, jede Stunde und wenn sich bei Stripe ein Preis oder Produkt ändert.
desk-plans-none = Kein Tarif ist konfiguriert: In der Konfiguration fehlt
desk-plans-paid = Zahlungsweise
desk-plans-amount = Betrag
desk-plans-configured = Konfiguriert als
desk-plans-price = Preis bei Stripe
desk-plans-for-sale = Wird angeboten
desk-plans-hidden = Nicht angeboten
desk-plans-never-seen = es gab ihn bei Stripe noch nie

## Audit

desk-audit-none = Es wurde noch nichts von Hand getan.
desk-audit-who = Wer

## Overview

desk-concerns = Zu erledigen
desk-concerns-none = Bei keinem Konto ist etwas zu tun.
desk-concerns-more = { $count ->
    [one] { $count } weiteres Konto
   *[other] { $count } weitere Konten
}
desk-business = Geschäft
desk-revenue = Wiederkehrender Umsatz
desk-revenue-none = keiner
desk-revenue-and = { $amounts } und { $amount }
desk-revenue-fine = { $count ->
    [one] { $count } Abo wird bezahlt
   *[other] { $count } Abos werden bezahlt
}; ein Jahr zählt zu einem Zwölftel; vor Rabatten und Steuern
desk-trials = Testphasen
desk-trials-run = { $count ->
    [one] { $count } Testphase läuft
   *[other] { $count } Testphasen laufen
}
desk-trials-ending = { desk-trials-run }, { $ending ->
    [one] { $ending } davon endet
   *[other] { $ending } davon enden
} binnen 7 Tagen
desk-servers-in-use = { $count } belegt
desk-unpaid = Verlängerungen, die nicht bezahlt wurden
desk-unpaid-entered = Begonnen
desk-unpaid-recovered = Doch bezahlt
desk-unpaid-lost = Verloren
desk-unpaid-rate = Bezahlt von beendeten
desk-unpaid-median = Median bis zur Zahlung
desk-unpaid-month = In den letzten 30 Tagen
desk-unpaid-ever = Insgesamt
desk-unpaid-share = { $percent }{ "\u00A0" }% von { $ended }
desk-unpaid-none-ended = noch keine beendet
desk-unpaid-no-median = noch keiner
desk-messages = Nachrichten von Stripe
desk-messages-chart = Ereignisse je Stunde. { $summary }
desk-messages-count = { desk-events-count } in den letzten { $hours } Stunden.
desk-messages-most = { desk-events-count } in den letzten { $hours } Stunden, höchstens { $most } in einer.
desk-messages-table = Dasselbe als Tabelle
desk-messages-hour = Stunde ab
desk-waiting-none = Kein Ereignis wartet.
desk-waiting = { $count ->
    [one] { $count } Ereignis wartet
   *[other] { $count } Ereignisse warten
}, das älteste schon { $lag }, seit dem { $moment }.
desk-silence-none = Die Nachrichten von Stripe kommen an: Nichts änderte sich dort ohne eine.
desk-silence = Die Nachrichten von Stripe bleiben schon { $lag } aus, seit dem { $moment }.
desk-agreement = Übereinstimmung mit Stripe
desk-reconciled-never = Noch wurden nicht alle Konten mit Stripe verglichen.
desk-reconciled = Alle Konten wurden zuletzt am { $moment } mit Stripe verglichen.
desk-drift-none = In den letzten 7 Tagen fand sich kein Unterschied zu Stripe.
desk-drift = { $count ->
    [one] In den letzten 7 Tagen fand sich { $count } Unterschied zu Stripe und wurde behoben.
   *[other] In den letzten 7 Tagen fanden sich { $count } Unterschiede zu Stripe und wurden behoben.
}
desk-drift-what = Was abwich
desk-drift-found = Gefunden

## What an admin should see to, whichever page is open

desk-no-secret-title = Es ist kein Webhook-Geheimnis konfiguriert
desk-no-secret = Nachrichten von Stripe werden abgelehnt, bis STRIPE_WEBHOOK_SECRET oder billing.stripe.webhook_secrets gesetzt ist; Zahlungen zeigen sich deshalb spät.
desk-no-access-title = Kein Zugang zu Stripe
desk-no-access = Stripe lehnt den geheimen Schlüssel ab. Ereignisse warten, bis STRIPE_SECRET_KEY wieder stimmt.
desk-silent-title = Die Nachrichten von Stripe kommen nicht an
desk-silent = Seit dem { $moment } gab es bei Stripe Neues, das keine Nachricht gemeldet hat.
desk-silent-no-secret = Ohne Webhook-Geheimnis wird jede abgelehnt.
desk-silent-wrong-secret = Es kamen Nachrichten mit falscher Unterschrift: Vergleichen Sie STRIPE_WEBHOOK_SECRET mit dem Geheimnis des Endpunkts im Dashboard von Stripe.
desk-silent-unreachable = Stripe erreicht { $address } nicht: Setzen Sie billing.public_url auf eine Adresse, die das Internet kennt, und den Endpunkt ebenso.
desk-silent-never = Noch ist keine angekommen: Sehen Sie im Dashboard von Stripe nach, ob es einen aktiven Endpunkt für { $address } gibt.
desk-silent-stopped = Bisher kamen sie an: Sehen Sie im Dashboard von Stripe nach, ob der Endpunkt für { $address } aktiv und erreichbar ist.
desk-dead-title = { $count ->
    [one] { $count } Ereignis wurde aufgegeben
   *[other] { $count } Ereignisse wurden aufgegeben
}
desk-dead = Beheben Sie die Ursache, und lassen Sie das Aufgegebene dann noch einmal verarbeiten.
desk-untold-title = { $count ->
    [one] { $count } Änderung wurde nicht gemeldet
   *[other] { $count } Änderungen wurden nicht gemeldet
}
desk-untold = Ein Panel nebenan nahm drei Tage lang nichts an.
desk-unsent-title = { $count ->
    [one] { $count } E-Mail wurde nicht gesendet
   *[other] { $count } E-Mails wurden nicht gesendet
}
desk-unsent = Der Mailserver nahm Post an Kunden nicht an; warum, steht im Protokoll des Servers.
desk-not-for-sale-title = { $count ->
    [one] { $count } Preis wird nicht angeboten
   *[other] { $count } Preise werden nicht angeboten
}
desk-not-for-sale = { $plan } { $every }: { $reason }.

## Errors that only an operator meets

problem-no-event = Dieses Ereignis gibt es nicht
problem-no-event-detail = ein Ereignis mit dieser ID gibt es nicht
problem-not-stuck = nur aufgegebene und fehlgeschlagene Ereignisse werden zusammen noch einmal verarbeitet
problem-no-message = Diese Nachricht gibt es nicht
problem-no-message-detail = sie ist inzwischen angekommen oder wird gerade noch einmal versucht
