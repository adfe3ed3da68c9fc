//! A mail server on loopback that keeps what it takes, and can be told to fail.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How the server behaves towards the next letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// Refuses the recipient with this code.
    Refuses(u16),
    /// Refuses us as its sender, with a code that others use for recipients.
    RefusesSender,
    /// Takes the letter and hangs up before it says so.
    HangsUpAfterData,
    /// Hangs up at once.
    HangsUp,
}

/// A letter as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Mail {
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = &found.next().unwrap_or_else(|| panic!("no {name} in {self:?}")).1;
        assert!(found.next().is_none(), "{name} twice in {self:?}");
        value
    }

    pub fn header_names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn subject(&self) -> &str {
        self.header("Subject")
    }

    #[track_caller]
    pub fn has(&self, words: &str) -> &Self {
        assert!(self.body.contains(words), "`{words}` is not in:\n{}", self.body);
        self
    }

    #[track_caller]
    pub fn has_not(&self, words: &str) -> &Self {
        assert!(!self.body.contains(words), "`{words}` is in:\n{}", self.body);
        self
    }
}

/// The post office.
pub struct Post {
    port: u16,
    inner: Arc<Inner>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    taken: Mutex<Vec<Mail>>,
    moods: Mutex<VecDeque<Mood>>,
}

impl Drop for Post {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Post {
    pub async fn office() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let inner = Arc::new(Inner::default());
        let shared = Arc::clone(&inner);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, &shared).await });
            }
        });
        Self { port, inner, server }
    }

    /// The configuration that sends mail here.
    pub fn mail(&self) -> String {
        format!(
            "billing.mail.smtp_url = \"smtp://127.0.0.1:{}\"\n\
             billing.mail.from = \"Coinslot <billing@panel.example>\"\n\
             billing.mail.operator = \"operator@panel.example\"\n",
            self.port
        )
    }

    /// How the next letters fare; all after them are taken.
    pub fn will(&self, moods: &[Mood]) {
        self.inner.moods.lock().unwrap().extend(moods);
    }

    /// What came since the last look.
    pub fn got(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.inner.taken.lock().unwrap())
    }
}

async fn serve(stream: TcpStream, inner: &Inner) -> Option<()> {
    let mood = inner.moods.lock().unwrap().pop_front().unwrap_or(Mood::Takes);
    let (read, mut write) = stream.into_split();
    if mood == Mood::HangsUp {
        return None;
    }
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 post.example ESMTP\r\n").await.ok()?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-post.example\r\n250 8BITMIME\r\n".to_owned(),
            "MAIL" if mood == Mood::RefusesSender => {
                "553 5.7.1 sender address rejected\r\n".to_owned()
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match mood {
                    // As real servers do, with the address in the answer.
                    Mood::Refuses(code) => format!("{code} 5.1.1 <{to}>: refused\r\n"),
                    _ => "250 OK\r\n".to_owned(),
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = Vec::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    text.push(line.strip_prefix("..").map_or(line.clone(), |it| format!(".{it}")));
                }
                inner.taken.lock().unwrap().push(read_mail(&to, &text));
                if mood == Mood::HangsUpAfterData {
                    return None;
                }
                "250 taken\r\n".to_owned()
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => "250 OK\r\n".to_owned(),
        };
        write.write_all(answer.as_bytes()).await.ok()?;
    }
    None
}

fn read_mail(to: &str, text: &[String]) -> Mail {
    let end = text.iter().position(String::is_empty).expect("an end of the headers");
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in &text[..end] {
        if let (Some(more), Some((_, value))) = (line.strip_prefix([' ', '\t']), headers.last_mut())
        {
            value.push_str(&format!(" {more}"));
            continue;
        }
        let (name, value) = line.split_once(':').expect("a header");
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let body = text[end + 1..].join("\n");
    let is_quoted = headers.iter().any(|(_, value)| value == "quoted-printable");
    let body = if is_quoted { unquoted(&body) } else { body };
    Mail { to: to.to_owned(), headers, body }
}

fn unquoted(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'=', [b'\n', tail @ ..]) => rest = tail,
            (b'=', [high, low, tail @ ..]) => {
                let digits = String::from_utf8_lossy(&[*high, *low]).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two digits"));
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).expect("text")
}
