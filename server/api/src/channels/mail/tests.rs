use std::sync::Arc;

use domain::channel::Occasion;
use domain::time::Timestamp;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn message() -> Message {
    Message {
        occasion: Occasion::Test,
        at: Timestamp(1_795_482_000_000),
        about: None,
    }
}

/// How the receiver behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Takes,
    OffersNoTls,
    /// Answers a recipient with this.
    Answers(&'static str),
    Silent,
}

/// A mail server that tells every line that it hears.
struct Receiver {
    port: u16,
    heard: mpsc::UnboundedReceiver<String>,
    roots: RootCertStore,
}

impl Receiver {
    async fn start(tls: Tls, manner: Manner) -> Self {
        outgoing::use_ring();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, tell) = (acceptor.clone(), tell.clone());
                tokio::spawn(async move {
                    match tls {
                        Tls::FromTheStart => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                converse(stream, manner, &tell, true, true).await;
                            }
                        }
                        Tls::StartTls => {
                            if let Some(stream) = converse(stream, manner, &tell, true, false).await
                                && let Ok(stream) = acceptor.accept(stream).await
                            {
                                converse(stream, manner, &tell, false, true).await;
                            }
                        }
                        Tls::Never => {
                            converse(stream, manner, &tell, true, false).await;
                        }
                    }
                });
            }
        });
        Self { port, heard, roots }
    }

    fn mail(&self, scheme: &str, account: &str) -> Mail {
        let url = format!("{scheme}://{account}localhost:{}", self.port);
        let from = "daochang@example.cn".parse().unwrap();
        Mail::new(url.parse().unwrap(), from, PATIENCE).trusting(self.roots.clone())
    }

    fn said(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

/// Speaks SMTP until the farewell; gives the stream back when TLS is to begin.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    manner: Manner,
    tell: &mpsc::UnboundedSender<String>,
    greets: bool,
    is_encrypted: bool,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    if manner == Manner::Silent {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    }
    if greets {
        stream.write_all(b"220 test\r\n").await.ok()?;
    }
    let mut in_letter = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        let _ = tell.send(line.to_owned());
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let answer = match verb {
            "." if in_letter => {
                in_letter = false;
                "250 taken"
            }
            _ if in_letter => continue,
            "EHLO" if is_encrypted => "250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
            "EHLO" if manner == Manner::OffersNoTls => "250 test",
            "EHLO" => "250-test\r\n250 STARTTLS",
            "STARTTLS" => {
                stream.write_all(b"220 go on\r\n").await.ok()?;
                return Some(stream.into_inner());
            }
            "AUTH" if line.ends_with(&STANDARD.encode("\0user\0p@ss:word")) => "235 welcome",
            "AUTH" => "535 who are you",
            "RCPT" => match manner {
                Manner::Answers(answer) => answer,
                _ => "250 ok",
            },
            "DATA" => {
                in_letter = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        stream
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
}

async fn send(mail: &Mail) -> Result<(), Failure> {
    let link = "https://daochang.test/console/channels";
    mail.send("duty@example.cn", "msg_1", &message(), link)
        .await
}

#[tokio::test]
async fn a_letter_arrives_encrypted_and_signed_in() {
    for (scheme, tls) in [("smtps", Tls::FromTheStart), ("smtp", Tls::StartTls)] {
        let mut receiver = Receiver::start(tls, Manner::Takes).await;
        let mail = receiver.mail(scheme, "user:p@ss:word@");
        assert_eq!(send(&mail).await, Ok(()), "{scheme}");
        let said = receiver.said();
        let has = |start: &str| said.iter().any(|line| line.starts_with(start));
        assert!(has("MAIL FROM:<daochang@example.cn>"), "{said:?}");
        assert!(has("RCPT TO:<duty@example.cn>"), "{said:?}");
        assert!(has("Message-ID: <msg_1@example.cn>"), "{said:?}");
        let began = said.iter().position(|line| line.starts_with("AUTH"));
        let tls = said.iter().position(|line| line == "STARTTLS");
        assert!(tls.is_none_or(|tls| began.unwrap() > tls), "{said:?}");
        let body = said.iter().skip_while(|line| !line.is_empty()).skip(1);
        let body: String = body
            .take_while(|line| *line != ".")
            .map(String::as_str)
            .collect();
        let text = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
        assert_eq!(
            text,
            message().text("https://daochang.test/console/channels")
        );
    }
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_to_a_server_that_offers_no_encryption() {
    let mut receiver = Receiver::start(Tls::StartTls, Manner::OffersNoTls).await;
    let mail = receiver.mail("smtp", "user:p@ss:word@");
    assert_eq!(send(&mail).await, Err(Why::Refused.into()));
    assert_eq!(receiver.said(), ["EHLO daochang.local"]);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_believed() {
    let mut receiver = Receiver::start(Tls::FromTheStart, Manner::Takes).await;
    let mail = receiver.mail("smtps", "user:p@ss:word@");
    let mail = mail.trusting(RootCertStore::empty());
    assert_eq!(send(&mail).await, Err(Why::NotReached.into()));
    assert!(receiver.said().is_empty());
}

#[tokio::test]
async fn what_the_server_says_is_what_is_written_down() {
    let cases = [
        ("550 no such mailbox", Why::Refused, "SMTP 550"),
        ("451 later", Why::Broken, "SMTP 451"),
    ];
    for (answer, why, number) in cases {
        let receiver = Receiver::start(Tls::Never, Manner::Answers(answer)).await;
        let mail = receiver.mail("smtp+plain", "");
        let failure = Failure::numbered(why, number.to_owned());
        assert_eq!(send(&mail).await, Err(failure));
    }
    let receiver = Receiver::start(Tls::FromTheStart, Manner::Takes).await;
    let mail = receiver.mail("smtps", "user:wrong@");
    let failure = Failure::numbered(Why::Refused, "SMTP 535".to_owned());
    assert_eq!(send(&mail).await, Err(failure));
}

#[tokio::test]
async fn silence_and_absence_are_told_apart() {
    let receiver = Receiver::start(Tls::Never, Manner::Silent).await;
    let mail = Mail {
        patience: Duration::from_millis(50),
        ..receiver.mail("smtp+plain", "")
    };
    assert_eq!(send(&mail).await, Err(Why::TooSlow.into()));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let mail = Mail {
        server: format!("smtp+plain://localhost:{port}").parse().unwrap(),
        ..mail
    };
    assert_eq!(send(&mail).await, Err(Why::NotReached.into()));
}

#[test]
fn a_mail_server_is_named_with_how_far_it_is_trusted() {
    let of = |text: &str| text.parse::<SmtpServer>().ok();
    let server = of("smtps://user:p@ss:word@mail.example.cn").unwrap();
    assert_eq!(
        (server.host.as_str(), server.port),
        ("mail.example.cn", 465)
    );
    assert_eq!(
        server.account,
        Some(("user".to_owned(), "p@ss:word".to_owned()))
    );
    assert!(!format!("{server:?}").contains("word"));
    assert_eq!(of("smtp://mail.example.cn").unwrap().port, 587);
    assert_eq!(of("smtp+plain://localhost:2525/").unwrap().port, 2525);
    for wrong in [
        "",
        "mail.example.cn",
        "http://mail.example.cn",
        "smtp://",
        "smtp://user@mail.example.cn",
        "smtp://:b@mail.example.cn",
        "smtp://mail.example.cn:x",
        "smtp://mail.example.cn/path",
        "smtp+plain://user:password@localhost",
    ] {
        assert_eq!(of(wrong), None, "{wrong}");
    }
}

#[test]
fn a_header_is_of_whole_characters_and_no_line_is_long() {
    let text = "【到场】响应超时，已升级至第 3 级上级 · WO-20261124-0001";
    let encoded = encoded(text);
    let mut decoded = String::new();
    for line in encoded.split("\r\n ") {
        assert!(line.len() <= 75, "{line}");
        let word = line.strip_prefix("=?UTF-8?B?").unwrap();
        let word = STANDARD.decode(word.strip_suffix("?=").unwrap()).unwrap();
        decoded.push_str(&String::from_utf8(word).unwrap());
    }
    assert_eq!(decoded, text);
}
