//! Receivers of messages on this machine: one that hears HTTP and answers as it was told to, one that takes mail.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What was heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// With the query.
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

/// How the next request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    With(u16, String),
    /// Only after [`Hook::go_on`].
    Never,
}

/// See the module.
pub struct Hook {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    arrived: Arc<Notify>,
}

impl Hook {
    /// Answers 200 and `{"errcode":0}` unless it was told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hook = Self {
            url,
            heard: Arc::default(),
            replies: Arc::default(),
            arrived: Arc::default(),
        };
        let (heard, replies, arrived) = (
            hook.heard.clone(),
            hook.replies.clone(),
            hook.arrived.clone(),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, replies, arrived) = (heard.clone(), replies.clone(), arrived.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let Some(request) = hear(&mut stream).await else {
                        return;
                    };
                    heard.lock().unwrap().push(request);
                    arrived.notify_one();
                    let reply = replies.lock().unwrap().pop_front();
                    let (status, body) = match reply {
                        None => (200, r#"{"errcode":0,"errmsg":"ok"}"#.to_owned()),
                        Some(Reply::With(status, body)) => (status, body),
                        Some(Reply::Never) => std::future::pending().await,
                    };
                    let length = body.len();
                    let text = format!(
                        "HTTP/1.1 {status} x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: {length}\r\n\
                         connection: close\r\n\r\n{body}"
                    );
                    let _ = stream.write_all(text.as_bytes()).await;
                });
            }
        });
        hook
    }

    /// How the next requests are answered, in this order.
    pub fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The names under which the messages came, in order.
    pub fn names(&self) -> Vec<String> {
        let heard = self.heard();
        heard
            .iter()
            .map(|heard| heard.headers["webhook-id"].clone())
            .collect()
    }

    /// Waits until the next request is here.
    pub async fn arrival(&self) {
        self.arrived.notified().await;
    }
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Heard {
        path,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}

/// Takes mail from anybody, and keeps its lines.
pub struct MailServer {
    pub port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = lines.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take_mail(stream, kept.clone()));
            }
        });
        Self { port, lines }
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

async fn take_mail(stream: TcpStream, kept: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.ok()?;
    let mut in_letter = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        let answer = match line.as_str() {
            "." => {
                in_letter = false;
                "250 taken"
            }
            "DATA" => {
                in_letter = true;
                "354 go on"
            }
            _ if in_letter => "",
            _ => "250 ok",
        };
        kept.lock().unwrap().push(line);
        if !answer.is_empty() {
            let answer = format!("{answer}\r\n");
            stream.write_all(answer.as_bytes()).await.ok()?;
        }
    }
}
