//! Signed events of about three kilobytes, as HTTP requests ready to be sent.

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

pub const SECRET: &str = "whsec_of_the_bench";
pub const PATH: &str = "/api/billing/webhook";

/// Never the same event twice in one run of the bench.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Makes `count` requests, each with an event of its own.
pub fn requests(count: usize) -> Vec<Vec<u8>> {
    let now = coinslot::Clock::system().now().0;
    (0..count).map(|_| request(now, &body(NEXT.fetch_add(1, Ordering::Relaxed), now))).collect()
}

fn request(now: i64, body: &str) -> Vec<u8> {
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n\
         Stripe-Signature: t={now},v1={}\r\nContent-Length: {}\r\n\r\n{body}",
        hex::encode(hmac(now, body.as_bytes()).finalize().into_bytes()),
        body.len()
    )
    .into_bytes()
}

/// Whether `header` signs `body`, as the least that any receiver must compute.
pub fn signed(header: &str, body: &[u8]) -> bool {
    let mut parts = header.split(',').filter_map(|part| part.split_once('='));
    let (Some((_, at)), Some((_, signature))) = (parts.next(), parts.next()) else { return false };
    let (Ok(at), Ok(signature)) = (at.parse(), hex::decode(signature)) else { return false };
    hmac(at, body).verify_slice(&signature).is_ok()
}

fn hmac(at: i64, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// An invoice of a customer whom nobody knows.
///
/// Stripe's ids begin with their time and end by chance; so do these.
fn body(number: u64, now: i64) -> String {
    let chance = hex::encode(Sha256::digest(number.to_le_bytes()));
    let time = 1_000_000 + number / 1_000;
    let id = |from: usize| format!("1S{time}{}", &chance[from..from + 16]);
    let (customer, invoice, subscription) = (&chance[20..34], id(8), id(16));
    let lines: Vec<String> = (0..2)
        .map(|line| {
            format!(
                r#"{{"id":"il_{}","object":"line_item","amount":{},"currency":"eur","description":"1 × Starter (at €5.00 / month)","discount_amounts":[],"discountable":true,"discounts":[],"invoice":"in_{invoice}","livemode":false,"metadata":{{}},"parent":{{"invoice_item_details":null,"subscription_item_details":{{"invoice_item":null,"proration":false,"proration_details":{{"credited_items":null}},"subscription":"sub_{subscription}","subscription_item":"si_{}"}},"type":"subscription_item_details"}},"period":{{"end":{},"start":{now}}},"pretax_credit_amounts":[],"pricing":{{"price_details":{{"price":"price_{}","product":"prod_{}"}},"type":"price_details","unit_amount_decimal":"500"}},"quantity":1,"taxes":[]}}"#,
                id(24 + line), 500 + number % 900, id(26 + line), now + 2_678_400, id(30), &chance[4..18],
            )
        })
        .collect();
    format!(
        r#"{{"id":"evt_{}","object":"event","api_version":"2026-09-30.endive","created":{now},"livemode":false,"pending_webhooks":1,"type":"invoice.paid","request":{{"id":null,"idempotency_key":"{}"}},"data":{{"object":{{"id":"in_{invoice}","object":"invoice","account_country":"DE","account_name":"Somebody's servers","amount_due":500,"amount_paid":500,"amount_remaining":0,"attempt_count":1,"attempted":true,"auto_advance":false,"billing_reason":"subscription_cycle","collection_method":"charge_automatically","created":{now},"currency":"eur","customer":"cus_{customer}","customer_address":{{"city":null,"country":"DE","line1":null,"line2":null,"postal_code":null,"state":null}},"customer_email":"{customer}@example.com","customer_tax_exempt":"none","default_tax_rates":[],"discounts":[],"effective_at":{now},"hosted_invoice_url":"https://invoice.example.com/i/acct_1/test_{chance}","invoice_pdf":"https://pay.example.com/invoice/acct_1/test_{chance}/pdf","issuer":{{"type":"self"}},"lines":{{"object":"list","data":[{}],"has_more":false,"total_count":2,"url":"/v1/invoices/in_{invoice}/lines"}},"livemode":false,"metadata":{{}},"number":"{}-0001","parent":{{"quote_details":null,"subscription_details":{{"metadata":{{}},"subscription":"sub_{subscription}"}},"type":"subscription_details"}},"payment_settings":{{"default_mandate":null,"payment_method_options":null,"payment_method_types":null}},"period_end":{now},"period_start":{},"status":"paid","status_transitions":{{"finalized_at":{now},"marked_uncollectible_at":null,"paid_at":{now},"voided_at":null}},"subtotal":500,"total":500,"total_taxes":[]}}}}}}"#,
        id(0),
        &chance[28..60],
        lines.join(","),
        &chance[40..48],
        now - 2_678_400,
    )
}
