//! Every button of the dashboard, pressed once.

use coinslot::sandbox::DisputeStage;

use super::*;

/// A button as the page has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Button {
    action: String,
    field: Option<(String, String)>,
    holds: bool,
}

impl Button {
    /// What it belongs to: buttons of one choice exclude each other.
    fn group(&self) -> &str {
        let settings = "/sandbox/settings/";
        match self.action.strip_prefix(settings).and_then(|choice| choice.split_once('-')) {
            Some((group, _)) => &self.action[..settings.len() + group.len()],
            None => &self.action,
        }
    }
}

/// Something of every kind that has buttons.
async fn stage() -> Bench {
    let bench = Bench::new().await;
    let (customer, _) = bench.subscriber(PAYS).await;
    let mut sessions = Vec::new();
    for card in [PAYS, "000123456789", "4000000000007726", PAYS, PAYS] {
        let session = bench.session(&customer, "price_lifetime", &[]).await;
        let id = text(&session, "id").to_owned();
        assert!(bench.sandbox.pay_checkout(&id, card).await.unwrap());
        sessions.push(id);
    }
    bench.sandbox.refund(&sessions[0], Some(100)).unwrap();
    bench.sandbox.refund(&sessions[2], None).unwrap();
    bench.sandbox.open_dispute(&sessions[3], DisputeStage::Dispute).unwrap();
    bench.sandbox.open_dispute(&sessions[4], DisputeStage::Inquiry).unwrap();
    bench
}

async fn buttons(bench: &Bench) -> Vec<Button> {
    let (status, html) = bench.page("/").await;
    assert_eq!(status, 200);
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let mut found = Vec::new();
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        let action = attribute(form, "action").expect("a form leads somewhere");
        for button in form.split("<button").skip(1) {
            let button = button.split('>').next().unwrap();
            found.push(Button {
                action: action.clone(),
                field: attribute(button, "name").zip(attribute(button, "value")),
                holds: button.contains("aria-pressed=\"true\""),
            });
        }
    }
    found
}

async fn press(bench: &Bench, button: &Button) {
    let form = button.field.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (status, to, _) = bench.submit(&button.action, &form.collect::<Vec<_>>()).await;
    assert_eq!((status, to.as_str()), (303, "/"), "{button:?}");
}

#[tokio::test]
async fn every_button_leads_back_to_the_page_and_changes_it() {
    let count = buttons(&stage().await).await.len();
    assert!(count >= 35, "only {count} buttons");
    for at in 0..count {
        let bench = stage().await;
        let all = buttons(&bench).await;
        let button = &all[at];
        if button.holds {
            let mut others = all.iter().filter(|other| other.group() == button.group());
            press(&bench, others.find(|other| !other.holds).expect("a choice")).await;
        }
        let before = bench.page("/").await.1;
        press(&bench, button).await;
        let after = bench.page("/").await.1;
        assert_ne!(before, after, "{button:?} changes nothing");
        if button.field.as_ref().is_some_and(|(name, _)| name == "mode")
            || button.action.starts_with("/sandbox/settings/")
        {
            assert!(buttons(&bench).await[at].holds, "{button:?} does not hold");
        }
    }
}
