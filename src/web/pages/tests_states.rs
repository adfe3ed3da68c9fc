//! Pages that say what Stripe answered, in every state with sample data: whole, in plain words, and
//! well counted.

use std::any::Any;

use askama::Template;

use super::change::shown_as;
use super::frame::Frame;
use super::parts::{Banner, Sentence, Tone};
use super::styleguide::SETTLEMENTS;
use super::tests_said::wrong;
use super::tests_words::{days, settings, standing, starter, with};
use super::{change_words, filters, invoices};
use crate::domain::change::{Effective, Kind};
use crate::domain::ids::{InvoiceId, PlanId, PriceId, ScheduleId};
use crate::domain::invoice::{Invoice, Settlement};
use crate::domain::plan::{Interval, Limit};
use crate::domain::steering::{Maker, NextPrice, Schedule, Steering};
use crate::domain::subscription::{Status, Subscription};
use crate::domain::suspension::OverQuota;
use crate::flows::change::Preview;
use crate::flows::gate::Standing;
use crate::flows::invoices::Billed;
use crate::panel::Role;
use crate::settings::{Mount, Settings};
use crate::stripe::{LineKind, PreviewLine};
use crate::web::acting::Acting;
use crate::web::text::{LANGUAGE, Language};

#[test]
fn invoices_in_any_state_are_whole_and_say_no_raw_word() {
    let each = SETTLEMENTS.map(|settlement| (invoice(Some("A-1")), settlement)).to_vec();
    let beside = || Some(InvoiceId::new("in_9").expect("an id"));
    let table = [
        (Vec::new(), None),
        (Vec::new(), beside()),
        (vec![(invoice(None), Settlement::Open)], None),
        (each, beside()),
    ];
    for (invoices, beside) in table {
        for language in Language::ALL {
            let (newer_than, older_than) = (beside.clone(), beside.clone());
            let billed = Billed { invoices: invoices.clone(), newer_than, older_than };
            judge(&invoices::page(frame(language), billed), language);
        }
    }
}

fn invoice(number: Option<&str>) -> Invoice {
    Invoice {
        id: InvoiceId::new("in_1").expect("an id"),
        number: number.map(str::to_owned),
        at: days(-1),
        total_minor: 500,
        currency: "eur".to_owned(),
        status: "open".to_owned(),
        attempted: true,
        due_at: None,
        payments: Vec::new(),
        hosted_url: number.map(|_| "https://invoice.stripe.com/i/1".to_owned()),
        pdf_url: number.map(|_| "https://invoice.stripe.com/i/1/pdf".to_owned()),
    }
}

#[test]
fn a_change_in_any_state_is_whole_and_says_no_raw_word() {
    for over_quota in [OverQuota::Freeze, OverQuota::SuspendExcess] {
        let settings = Settings { over_quota, ..settings() };
        for preview in previews() {
            changes(&preview, &settings);
        }
    }
}

/// Every way a change can go, whether money moves, and however many servers are too many then.
fn previews() -> Vec<Preview> {
    let kinds = [Kind::Upgrade, Kind::Downgrade, Kind::Interval, Kind::None];
    let all = each(&[preview()], &kinds, |kind, one| Preview { kind, ..one });
    let times = [Effective::Now, Effective::PeriodEnd];
    let all = each(&all, &times, |effective, one| Preview { effective, ..one });
    let intervals = [Interval::Month, Interval::Year, Interval::Once];
    let all = each(&all, &intervals, |interval, one| Preview { interval, ..one });
    let all = each(&all, &[(0, 0), (0, 90), (417, 0)], |(due, credit), one| Preview {
        amount_due_minor: due,
        credit_minor: credit,
        ..one
    });
    each(&all, &[0, 1, 3], |over_limit_by, one| Preview { over_limit_by, ..one })
}

/// Each of `all` with each of `values`.
fn each<T: Copy>(all: &[Preview], values: &[T], with: fn(T, Preview) -> Preview) -> Vec<Preview> {
    let each = |one: &Preview| values.iter().map(|value| with(*value, one.clone())).collect();
    all.iter().flat_map(|one| -> Vec<Preview> { each(one) }).collect()
}

/// Shows the change to whom nothing is planned, and to whom another one is.
fn changes(preview: &Preview, settings: &Settings) {
    let servers = ["Castle", "Survival", "Creative"].map(str::to_owned);
    let servers = servers.into_iter().take(preview.over_limit_by as usize);
    for standing in [plain(), planned()] {
        for language in Language::ALL {
            let news = Banner::new(Tone::Bad, "Stale", Sentence::default());
            let servers = servers.clone().collect();
            let page = shown_as(frame(language), Some(news), preview, servers, &standing, settings);
            judge(&page, language);
        }
    }
}

fn preview() -> Preview {
    let line = |description: &str, amount_minor| PreviewLine {
        kind: LineKind::Described,
        description: description.to_owned(),
        amount_minor,
    };
    Preview {
        token: "prv_1".to_owned(),
        plan: PlanId::new("growth").expect("an id"),
        price: PriceId::new("price_2").expect("an id"),
        interval: Interval::Month,
        kind: Kind::Upgrade,
        effective: Effective::Now,
        effective_at: days(20),
        currency: "eur".to_owned(),
        amount_due_minor: 417,
        credit_minor: 0,
        next_amount_minor: 1_200,
        next_at: days(20),
        lines: vec![line("Unused time on Starter", -210), line("Growth", 627)],
        limit: Limit::Servers(10),
        over_limit_by: 0,
        expires_at: days(1),
    }
}

#[test]
fn a_bill_is_said_in_the_readers_language_as_far_as_its_lines_are_known() {
    let price = |id: &str| PriceId::new(id).expect("an id");
    let prorated = |id: &str| LineKind::Prorated(price(id), days(0));
    let table = [
        (prorated("price_1"), -210, "Unused time on Starter after 3 Sep 2026", "Nicht genutzte"),
        (prorated("price_1"), 210, "Remaining time on Starter after 3 Sep", "Zeit in Starter ab"),
        (prorated("price_2"), 627, "Remaining time on Growth after 3 Sep", "Zeit in Growth ab"),
        (prorated("price_3"), 500, "as Stripe says", "as Stripe says"),
        (LineKind::Described, 500, "as Stripe says", "as Stripe says"),
        (LineKind::Discount, -100, "Discount", "Rabatt"),
        (LineKind::Tax, 100, "Tax", "Steuer"),
    ];
    let running = Subscription { price: Some(price("price_1")), ..starter(Status::Active) };
    let standing = standing(with(running), 3);
    for (kind, amount_minor, english, german) in table {
        let line = PreviewLine { kind, description: "as Stripe says".to_owned(), amount_minor };
        let shown = Preview { lines: vec![line.clone()], ..preview() };
        let rows = change_words::rows(&shown, &standing, &settings());
        for (language, says) in [(Language::English, english), (Language::German, german)] {
            let said = rows[0].text.said_in(language);
            assert!(said.contains(says), "{line:?} is `{said}` in {}", language.name());
        }
    }
}

fn plain() -> Standing {
    standing(with(starter(Status::Active)), 3)
}

fn planned() -> Standing {
    let next = NextPrice {
        at: days(20),
        price: PriceId::new("price_1").expect("an id"),
        plan: Some(PlanId::new("starter").expect("an id")),
        interval: Some(Interval::Year),
    };
    let schedule = Schedule {
        id: ScheduleId::new("sub_sched_1").expect("an id"),
        maker: Maker::Us,
        next: Some(next),
    };
    let steering = Steering { schedule: Some(schedule), ..Steering::default() };
    standing(with(Subscription { steering, ..starter(Status::Active) }), 3)
}

fn frame(language: Language) -> Frame {
    Frame {
        language,
        stylesheet: "/sheet.css",
        links: Vec::new(),
        desk: Vec::new(),
        visitor: Some("Kim".to_owned()),
        acting_for: None,
        acting: Acting::of(None),
        role: Role::Owner,
        sign_out: None,
        sandbox: None,
        banners: Vec::new(),
        here: "/billing".to_owned(),
        notice: None,
    }
}

fn judge(page: &impl Template, language: Language) {
    let mount: &dyn Any = &Mount::default();
    let values: [(&str, &dyn Any); 2] = [(filters::MOUNT, mount), (LANGUAGE, &language)];
    let html = page.render_with_values(&values).expect("it is written");
    let wrong = wrong(&html);
    assert!(wrong.is_empty(), "{wrong:?} in {}:\n{html}", language.name());
}
