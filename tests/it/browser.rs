//! The story in a real browser, against the real binary and its own sandbox: `cargo run` for a visitor.
//!
//! `COINSLOT_CHROMEDRIVER` names the driver; `COINSLOT_SCREENSHOTS` a folder that keeps a picture of each page.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use crate::process;
use crate::shop::{free_port, install_tls};

const PASSWORD: &str = "correct horse battery";
const CARD: &str = "4242 4242 4242 4242";
const PATIENCE: Duration = Duration::from_mins(1);

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A browser window on a running panel.
pub struct Window {
    pub web: WebDriver,
    base: String,
    pictures: Option<PathBuf>,
    taken: std::cell::Cell<u32>,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

impl Window {
    /// Opens on the panel at `base`.
    pub async fn open(driver: &Path, base: &str) -> Self {
        install_tls();
        let port = free_port();
        let child = Command::new(driver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the driver starts");
        let driver = Driver(child);
        let profile = tempfile::tempdir().expect("a folder");
        let mut wishes = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
        ] {
            wishes.add_arg(argument).expect("an argument");
        }
        wishes
            .add_arg(&format!("--user-data-dir={}", profile.path().display()))
            .expect("an argument");
        let deadline = Instant::now() + PATIENCE;
        let web = loop {
            match WebDriver::new(format!("http://127.0.0.1:{port}"), wishes.clone()).await {
                Ok(web) => break web,
                Err(error) => assert!(Instant::now() < deadline, "no browser: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        web.set_script_timeout(PATIENCE).await.expect("the browser waits for scripts");
        let pictures = std::env::var_os("COINSLOT_SCREENSHOTS").map(PathBuf::from);
        let base = base.to_owned();
        Self { web, base, pictures, taken: 0.into(), _driver: driver, _profile: profile }
    }

    pub async fn goto(&self, path: &str) {
        self.web.goto(format!("{}{path}", self.base)).await.expect("a page");
    }

    pub async fn find(&self, css: &str) -> WebElement {
        match self.web.query(By::Css(css)).wait(PATIENCE, Duration::from_millis(50)).first().await {
            Ok(found) => found,
            Err(error) => {
                panic!("no `{css}` on {}: {error}\n{}", self.address().await, self.text().await)
            }
        }
    }

    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("it empties");
        field.send_keys(text).await.expect("it takes text");
    }

    pub async fn press(&self, css: &str) {
        self.find(css).await.click().await.expect("it can be pressed");
    }

    /// What the page says; nothing while one page follows another.
    pub async fn text(&self) -> String {
        let Ok(body) = self.web.find(By::Css("body")).await else {
            return String::new();
        };
        body.text().await.unwrap_or_default()
    }

    pub async fn address(&self) -> String {
        self.web.current_url().await.expect("an address").to_string()
    }

    /// Waits until the page says `words`, and keeps a picture of it.
    pub async fn reads(&self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text().await;
            if text.contains(words) {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "`{words}` is not on {}:\n{text}",
                self.address().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.picture(words).await;
    }

    pub fn keeps_pictures(&self) -> bool {
        self.pictures.is_some()
    }

    pub async fn picture(&self, name: &str) {
        let Some(folder) = &self.pictures else { return };
        let number = self.taken.get() + 1;
        self.taken.set(number);
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        std::fs::create_dir_all(folder).expect("a folder");
        let file = folder.join(format!("{number:02}-{name}.png"));
        self.web.screenshot(&file).await.expect("a picture");
    }

    /// Switches scripts off, and sees that they are.
    async fn runs_no_script(&self) {
        let off = serde_json::json!({ "value": true });
        let told = self.web.cdp().send_raw("Emulation.setScriptExecutionDisabled", off).await;
        told.expect("the browser obeys");
        let page = "data:text/html,<title>off</title><script>document.title='on'</script>";
        self.web.goto(page).await.expect("a page");
        assert_eq!(self.web.title().await.expect("a title"), "off");
    }

    async fn creates(&self, name: &str) {
        self.goto("/servers").await;
        self.fill("form[action='/servers'] [name=name]", name).await;
        self.fill("form[action='/servers'] [name=game]", "Minecraft").await;
        self.press("form[action='/servers'] button").await;
    }

    pub async fn signs_in(&self, email: &str) {
        self.web.delete_all_cookies().await.expect("no cookies");
        self.goto("/login").await;
        self.fill("[name=email]", email).await;
        self.fill("[name=password]", PASSWORD).await;
        self.press("form[action^='/login'] button").await;
        self.find("form[action='/logout']").await;
    }
}

#[rocket::async_test]
async fn from_the_free_server_to_the_exemption() {
    let Some(driver) = std::env::var_os("COINSLOT_CHROMEDRIVER") else {
        println!("skipped: COINSLOT_CHROMEDRIVER is not set");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox_port = free_port().to_string();
    let configured = || {
        let mut command = process::command(folder.path());
        command.env("COINSLOT_SANDBOX_PORT", &sandbox_port);
        command
    };
    let panel = process::serve(configured());
    let window =
        Window::open(Path::new(&driver), &format!("http://127.0.0.1:{}", panel.port)).await;

    window.goto("/").await;
    window.find("a[href^='/register']").await.click().await.expect("a link");
    window.fill("[name=email]", "ada@example.com").await;
    window.fill("[name=name]", "Ada").await;
    window.fill("[name=password]", PASSWORD).await;
    window.picture("register").await;
    window.press("form[action='/register'] button").await;
    window.reads("0 of 1 server").await;

    window.creates("First world").await;
    window.reads("1 of 1 server").await;
    window.creates("Second world").await;
    window.reads("subscription").await;
    let kept = window.find("form[action='/servers'] [name=name]").await;
    assert_eq!(kept.prop("value").await.expect("a value").as_deref(), Some("Second world"));
    window.press("main a[href*='/billing/plans']").await;
    window.reads("Starter").await;
    window.press("a[href*='interval=year']").await;
    window.reads("year").await;
    window.press("a[href*='interval=month']").await;
    window.reads("month").await;
    let starter =
        "//form[@action='/billing/checkout'][.//input[@name='plan'][@value='starter']]//button";
    window.web.find(By::XPath(starter)).await.expect("a button").click().await.expect("pressed");

    window.fill("[name=cardNumber]", CARD).await;
    window.picture("checkout").await;
    window.press("form button").await;
    window.reads("Starter").await;
    assert!(window.address().await.contains("/billing?session_id=cs_"));

    window.creates("Second world").await;
    window.reads("2 of 3 servers").await;
    window.creates("Third world").await;
    window.reads("3 of 3 servers").await;
    window.creates("Fourth world").await;
    window.reads("larger plan").await;

    let mut made = configured()
        .args(["admin", "create", "--email", "op@example.com", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    made.stdin.take().expect("a pipe").write_all(PASSWORD.as_bytes()).expect("it reads");
    assert!(made.wait().expect("it ends").success());

    window.signs_in("op@example.com").await;
    window.goto("/admin/accounts?q=ada").await;
    window.reads("ada@example.com").await;
    window.press("main a[href^='/admin/accounts/acc']").await;
    window.reads("Starter").await;
    window.fill("form[action$='/exemption'] [name=reason]", "hosts the club").await;
    window.press("form[action$='/exemption'] button").await;
    window.reads("hosts the club").await;
    for page in ["/admin/events", "/admin/audit"] {
        window.goto(page).await;
        window.picture(page).await;
    }

    window.signs_in("ada@example.com").await;
    window.creates("Fourth world").await;
    window.reads("4 servers").await;
    window.reads("Fourth world").await;
    window.goto("/billing").await;
    window.picture("billing exempt").await;
    window.web.clone().quit().await.expect("the browser closes");
}

#[rocket::async_test]
async fn without_scripts_a_plan_is_paid_changed_cancelled_and_resumed() {
    let Some(driver) = std::env::var_os("COINSLOT_CHROMEDRIVER") else {
        println!("skipped: COINSLOT_CHROMEDRIVER is not set");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = process::command(folder.path());
    command.env("COINSLOT_SANDBOX_PORT", free_port().to_string());
    let panel = process::serve(command);
    let window =
        Window::open(Path::new(&driver), &format!("http://127.0.0.1:{}", panel.port)).await;

    window.runs_no_script().await;
    window.goto("/register").await;
    window.fill("[name=email]", "kim@example.com").await;
    window.fill("[name=name]", "Kim").await;
    window.fill("[name=password]", PASSWORD).await;
    window.press("form[action='/register'] button").await;
    window.reads("0 of 1 server").await;
    window.goto("/billing/plans").await;
    window.press("form[action='/billing/checkout'] button").await;
    window.fill("[name=cardNumber]", CARD).await;
    window.press("form button").await;
    window.reads("Starter").await;

    window.goto("/billing/plans").await;
    window.reads("Upgrade to Growth").await;
    window.press("a[href='/billing/change?plan=growth&interval=month']").await;
    window.reads("and switch to Growth").await;
    window.press("form[action='/billing/change'] button").await;
    window.reads("Done: you have Growth now.").await;
    for name in ["One", "Two", "Three", "Four", "Five"] {
        window.creates(name).await;
        window.reads(name).await;
    }

    window.goto("/billing/change?plan=starter&interval=month").await;
    window.reads("no room for 2 servers").await;
    window.press("form[action='/billing/change'] [name=over_limit]").await;
    window.press("form[action='/billing/change'] button").await;
    window.reads("The change is planned for").await;
    window.goto("/billing/plans").await;
    window.reads("Yours from").await;
    window.press("form[action='/billing/change/undo'] button").await;
    window.reads("Your plan stays as it is.").await;

    window.press("a[href='/billing/cancel']").await;
    window.reads("What stays").await;
    window.press("form[action='/billing/cancel'] button").await;
    window.reads("Your plan ends on").await;
    window.press("form[action='/billing/resume'] button").await;
    window.reads("Your plan goes on.").await;
    window.web.clone().quit().await.expect("the browser closes");
}
