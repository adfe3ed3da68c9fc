//! A scripted server on loopback.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::pace::Pace;
use super::{Stripe, StripeConfig};

/// Gives its replies in order, and the last one for ever.
pub(super) struct Fake {
    address: SocketAddr,
    stage: Arc<Mutex<Stage>>,
}

#[derive(Clone)]
pub(super) enum Reply {
    Says {
        status: u16,
        headers: &'static [(&'static str, &'static str)],
        body: String,
    },
    /// Keeps the connection and says nothing.
    Silence,
    HangUp,
}

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// Method and target.
    pub(super) line: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

#[derive(Default)]
struct Stage {
    script: VecDeque<Reply>,
    heard: Vec<Heard>,
    connections: usize,
}

pub(super) fn ok(body: &str) -> Reply {
    says(200, &[], body)
}

pub(super) fn says(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &str,
) -> Reply {
    Reply::Says { status, headers, body: body.to_owned() }
}

/// The real pace made a hundred times faster.
pub(super) const QUICK: Pace = Pace {
    attempts: 4,
    attempt: Duration::from_millis(200),
    page: Duration::from_millis(500),
    first_pause: Duration::from_millis(2),
    longest_pause: Duration::from_millis(60),
    circuit: Duration::from_millis(80),
};

impl Stripe {
    /// A client that tries a refused key again after `hold`.
    pub(crate) fn probing(config: StripeConfig, hold: Duration) -> Self {
        Self::paced(config, Pace { circuit: hold, ..Pace::STRIPE }).expect("a good configuration")
    }
}

impl Fake {
    pub(super) fn playing(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = script.into_iter().collect();
        let stage = Arc::new(Mutex::new(Stage { script, ..Stage::default() }));
        let shared = Arc::clone(&stage);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let stage = Arc::clone(&shared);
                stage.lock().unwrap().connections += 1;
                std::thread::spawn(move || serve(connection, &stage));
            }
        });
        Self { address, stage }
    }

    pub(super) fn stripe(&self) -> Stripe {
        self.stripe_at(QUICK)
    }

    pub(super) fn stripe_at(&self, pace: Pace) -> Stripe {
        client(&self.api_base(), pace)
    }

    pub(super) fn api_base(&self) -> String {
        format!("http://{}/fake/", self.address)
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.stage.lock().unwrap().heard.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.stage.lock().unwrap().connections
    }
}

pub(super) fn client(api_base: &str, pace: Pace) -> Stripe {
    let (secret_key, api_base) = ("sk_test_coinslot1".into(), api_base.to_owned());
    let requests_per_second = NonZeroU32::new(10_000).unwrap();
    Stripe::paced(StripeConfig { secret_key, api_base, requests_per_second }, pace).unwrap()
}

impl Heard {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether the form or the query has `pair`, written as it is read.
    pub(super) fn has(&self, pair: (&str, &str)) -> bool {
        let query = self.line.split_once('?').map_or("", |(_, query)| query);
        [query, self.body.as_str()].iter().any(|text| {
            url::form_urlencoded::parse(text.as_bytes()).any(|(k, v)| (&*k, &*v) == pair)
        })
    }
}

fn serve(mut connection: TcpStream, stage: &Mutex<Stage>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    while let Some(heard) = hear(&mut reader) {
        let reply = {
            let mut stage = stage.lock().unwrap();
            stage.heard.push(heard);
            if stage.script.len() > 1 {
                stage.script.pop_front()
            } else {
                stage.script.front().cloned()
            }
        };
        match reply {
            Some(Reply::Says { status, headers, body }) => {
                let mut head =
                    format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                // The client may have left.
                let _ = write!(connection, "{head}\r\n{body}");
            }
            Some(Reply::Silence) => {}
            Some(Reply::HangUp) | None => return,
        }
    }
}

fn hear(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let headers: Vec<_> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Heard {
        line: lines[0].trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
