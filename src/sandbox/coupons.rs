//! Coupons, and the promotion codes that stand for them.

use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Hidden, Ledger, fresh},
    list,
};

pub(super) fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "amount_off",
        "applies_to",
        "currency",
        "duration",
        "duration_in_months",
        "id",
        "max_redemptions",
        "metadata",
        "name",
        "percent_off",
        "redeem_by",
    ])?;
    let id = params.text("id").map_or_else(|| fresh("")[..8].to_owned(), str::to_owned);
    if ledger.get(&id).is_some() {
        return Err(ApiError::invalid("Coupon already exists.")
            .code("resource_already_exists")
            .param("id"));
    }
    let (percent, amount) = reduction(params)?;
    let currency = params.text("currency").map(str::to_lowercase);
    if amount.is_some() && currency.is_none() {
        return Err(ApiError::required("currency"));
    }
    let duration = params.one_of("duration", &["forever", "once", "repeating"])?.unwrap_or("once");
    let months = params.integer("duration_in_months")?;
    if (duration == "repeating") != months.is_some_and(|months| months > 0) {
        return Err(ApiError::invalid(
            "`duration_in_months` is needed if, and only if, `duration` is `repeating`.",
        )
        .param("duration_in_months"));
    }
    let mut metadata = Value::Object(Map::new());
    params.merge_metadata(&mut metadata);
    let mut coupon = json!({
        "id": id,
        "object": "coupon",
        "amount_off": amount,
        "created": ledger.now,
        "currency": amount.and(currency),
        "duration": duration,
        "duration_in_months": months,
        "livemode": false,
        "max_redemptions": params.integer("max_redemptions")?,
        "metadata": metadata,
        "name": params.text("name"),
        "percent_off": percent,
        "redeem_by": params.integer("redeem_by")?,
        "times_redeemed": 0,
        "valid": true,
    });
    if let Some(products) = params.0["applies_to"]["products"].as_array() {
        coupon["applies_to"] = json!({"products": products});
    }
    ledger.create(coupon, Hidden::default(), "coupon.created");
    retrieve(ledger, &id)
}

/// A coupon is valid until its date or its last redemption.
pub(super) fn retrieve(ledger: &Ledger, id: &str) -> Result<Value, ApiError> {
    let mut coupon = ledger.named("coupon", id)?.clone();
    coupon["valid"] = json!(is_valid(&coupon, ledger.now));
    Ok(coupon)
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["created", "limit", "starting_after", "ending_before"])?;
    let living = ledger.all("coupon").filter(|coupon| !coupon.truth("deleted"));
    list::page(living, params, "/v1/coupons")
}

/// Deletes a coupon; who has redeemed it keeps the discount.
pub(super) fn delete(ledger: &mut Ledger, id: &str) -> Result<Value, ApiError> {
    ledger.named("coupon", id)?;
    ledger.emit("coupon.deleted", id);
    ledger.quietly(id, |coupon| {
        coupon["deleted"] = json!(true);
        coupon["valid"] = json!(false);
    });
    Ok(json!({"id": id, "object": "coupon", "deleted": true}))
}

pub(super) fn create_code(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "active",
        "code",
        "customer",
        "expires_at",
        "max_redemptions",
        "metadata",
        "promotion",
        "restrictions",
    ])?;
    let coupon = form::text(&params.0, &["promotion", "coupon"])
        .ok_or_else(|| ApiError::required("promotion[coupon]"))?;
    if form::text(&params.0, &["promotion", "type"]) != Some("coupon") {
        return Err(ApiError::required("promotion[type]"));
    }
    if ledger.find("coupon", coupon).is_none() {
        return Err(ApiError::missing_param("coupon", coupon, "promotion[coupon]"));
    }
    let customer = params.text("customer");
    if let Some(id) = customer
        && ledger.find("customer", id).is_none()
    {
        return Err(ApiError::missing_param("customer", id, "customer"));
    }
    let code = params.text("code").map_or_else(|| fresh("")[..8].to_uppercase(), str::to_owned);
    if active_code(ledger, &code).is_some() {
        return Err(ApiError::invalid("An active promotion code with that code already exists.")
            .code("resource_already_exists")
            .param("code"));
    }
    let restriction = |name| form::text(&params.0, &["restrictions", name]);
    let mut metadata = Value::Object(Map::new());
    params.merge_metadata(&mut metadata);
    let object = json!({
        "id": fresh("promo_1"),
        "object": "promotion_code",
        "active": params.boolean("active")?.unwrap_or(true),
        "code": code,
        "created": ledger.now,
        "customer": customer,
        "customer_account": null,
        "expires_at": params.integer("expires_at")?,
        "livemode": false,
        "max_redemptions": params.integer("max_redemptions")?,
        "metadata": metadata,
        "promotion": {"coupon": coupon, "type": "coupon"},
        "restrictions": {
            "first_time_transaction": restriction("first_time_transaction") == Some("true"),
            "minimum_amount": form::integer(&params.0, &["restrictions", "minimum_amount"])?,
            "minimum_amount_currency": restriction("minimum_amount_currency"),
        },
        "times_redeemed": 0,
    });
    let id = ledger.create(object, Hidden::default(), "promotion_code.created");
    Ok(ledger.read(&id).clone())
}

pub(super) fn update_code(
    ledger: &mut Ledger,
    id: &str,
    params: &Params,
) -> Result<Value, ApiError> {
    params.only(&["active", "metadata"])?;
    let mut code = ledger.named("promotion_code", id)?.clone();
    if let Some(active) = params.boolean("active")? {
        code["active"] = json!(active);
    }
    params.merge_metadata(&mut code["metadata"]);
    ledger.change(id, "promotion_code.updated", |stored| *stored = code);
    Ok(ledger.read(id).clone())
}

pub(super) fn list_codes(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "active",
        "code",
        "coupon",
        "customer",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let (active, code) = (params.boolean("active")?, params.text("code"));
    let (coupon, customer) = (params.text("coupon"), params.text("customer"));
    let codes = ledger
        .all("promotion_code")
        .filter(|promotion| active.is_none_or(|active| promotion.truth("active") == active))
        .filter(|promotion| code.is_none_or(|code| promotion["code"] == code))
        .filter(|promotion| coupon.is_none_or(|id| promotion["promotion"].text("coupon") == id))
        .filter(|promotion| customer.is_none_or(|id| promotion.text("customer") == id));
    list::page(codes, params, "/v1/promotion_codes")
}

/// The active promotion code with this text, upper and lower case alike.
pub(super) fn active_code<'a>(ledger: &'a Ledger, code: &str) -> Option<&'a Value> {
    ledger.all("promotion_code").find(|promotion| {
        promotion.truth("active") && promotion.text("code").eq_ignore_ascii_case(code.trim())
    })
}

/// The coupon or promotion code that the session is made with.
pub(super) fn asked_for(ledger: &Ledger, params: &Params) -> Result<Option<Value>, ApiError> {
    let Some(sent) = params.0["discounts"].as_array() else { return Ok(None) };
    if params.text("allow_promotion_codes").is_some() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: allow_promotion_codes, discounts.",
        )
        .param("discounts"));
    }
    if sent.len() > 1 {
        return Err(ApiError::invalid("You may only specify one discount here.").param("discounts"));
    }
    let named = |kind: &str| sent.first().and_then(|discount| form::text(discount, &[kind]));
    let find = |kind: &str, id: &str| {
        ledger
            .find(kind, id)
            .filter(|object| is_valid(object, ledger.now))
            .ok_or_else(|| ApiError::missing_param(kind, id, &format!("discounts[0][{kind}]")))
    };
    match (named("promotion_code"), named("coupon")) {
        (Some(id), None) => {
            let coupon = find("promotion_code", id)?["promotion"].text("coupon");
            find("coupon", coupon)?;
            Ok(Some(json!({"coupon": coupon, "promotion_code": id})))
        }
        (None, Some(id)) => {
            find("coupon", id)?;
            Ok(Some(json!({"coupon": id, "promotion_code": null})))
        }
        _ => Err(ApiError::required("discounts[0][coupon]")),
    }
}

/// Whether a coupon or a promotion code can still be redeemed.
pub(super) fn is_valid(object: &Value, now: i64) -> bool {
    let until = object["redeem_by"].as_i64().or(object["expires_at"].as_i64());
    let most = object["max_redemptions"].as_i64();
    !object.truth("deleted")
        && object["active"] != false
        && until.is_none_or(|until| now < until)
        && most.is_none_or(|most| object.number("times_redeemed") < most)
}

/// What is taken off: a percentage or an amount, exactly one of them.
fn reduction(params: &Params) -> Result<(Option<f64>, Option<i64>), ApiError> {
    let amount = params.integer("amount_off")?;
    let percent = params.text("percent_off").map(|text| {
        text.parse::<f64>().ok().filter(|percent| *percent > 0.0 && *percent <= 100.0).ok_or_else(
            || {
                ApiError::invalid("`percent_off` must be greater than 0 and at most 100.")
                    .param("percent_off")
            },
        )
    });
    match (percent.transpose()?, amount) {
        (None, None) => {
            Err(ApiError::invalid("Must provide one of these parameters: percent_off, amount_off.")
                .code("parameter_missing"))
        }
        (Some(_), Some(_)) => Err(ApiError::invalid(
            "You may only specify one of these parameters: percent_off, amount_off.",
        )
        .param("amount_off")),
        (None, Some(amount)) if amount < 1 => {
            Err(ApiError::invalid("This value must be greater than or equal to 1.")
                .code("parameter_invalid_integer")
                .param("amount_off"))
        }
        (percent, amount) => Ok((percent, amount)),
    }
}
