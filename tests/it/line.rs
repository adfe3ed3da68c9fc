//! The line between the panel and Stripe, which can be cut, or fall silent.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::shop::{KEY, SECRET, Shop, sandbox};

/// What becomes of a call on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Clear,
    /// Connections are taken, and nothing answers.
    Silent,
    /// Nobody listens.
    Down,
}

/// A port on loopback that leads to another.
pub struct Line {
    weather: watch::Sender<Weather>,
    port: u16,
}

impl Line {
    /// Opens a shop whose every call to the sandbox takes the line.
    pub async fn with_shop() -> (Self, Shop) {
        let sandbox = sandbox().await;
        let base = sandbox.base_url();
        let line = Self::to(base.trim_start_matches("http://").to_owned()).await;
        let configuration = format!(
            "[default.billing.stripe]\nsecret_key = \"{KEY}\"\nwebhook_secrets = [\"{SECRET}\"]\n\
             api_base = \"http://127.0.0.1:{}\"",
            line.port
        );
        let shop = Shop::over(sandbox, &configuration).await;
        (line, shop)
    }

    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (weather, seen) = watch::channel(Weather::Clear);
        tokio::spawn(carry(listener, port, target, seen));
        Self { weather, port }
    }

    /// Returns when the line is as it shall be; calls under way are cut.
    pub async fn turn(&self, weather: Weather) {
        self.weather.send_replace(weather);
        let listens = weather != Weather::Down;
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() != listens {
            tokio::task::yield_now().await;
        }
    }
}

async fn carry(
    mut listener: TcpListener,
    port: u16,
    target: String,
    mut weather: watch::Receiver<Weather>,
) {
    loop {
        let accepted = tokio::select! {
            changed = weather.changed() => {
                if changed.is_err() {
                    return;
                }
                None
            }
            accepted = listener.accept() => accepted.ok(),
        };
        if *weather.borrow() == Weather::Down {
            drop((accepted, listener));
            while *weather.borrow_and_update() == Weather::Down {
                if weather.changed().await.is_err() {
                    return;
                }
            }
            listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        } else if let Some((caller, _)) = accepted {
            tokio::spawn(connect(caller, target.clone(), weather.clone()));
        }
    }
}

async fn connect(mut caller: TcpStream, target: String, mut weather: watch::Receiver<Weather>) {
    let begun_in = *weather.borrow_and_update();
    let talk = async {
        if begun_in == Weather::Silent {
            std::future::pending::<()>().await;
        }
        if let Ok(mut callee) = TcpStream::connect(target).await {
            // A side that hangs up ends the talk.
            let _ = copy_bidirectional(&mut caller, &mut callee).await;
        }
    };
    tokio::select! {
        () = talk => {}
        _ = weather.changed() => {}
    }
}
