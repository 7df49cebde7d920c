//! The program itself: over HTTP, and killed in the middle of its work.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::tlog::note::NoteKey;
use support::{LEAVES, Log, ORIGIN, WITNESS, http, post};

const PROGRAM: &str = env!("CARGO_BIN_EXE_daochang-witness");

struct Served {
    child: Child,
    to: SocketAddr,
    key: NoteKey,
}

impl Served {
    fn start(data: &Path, log: &Log) -> Self {
        // A free port; somebody else could take it before the program does, which the wait notices.
        let to = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut child = Command::new(PROGRAM)
            .args([
                "serve",
                "--listen",
                &to.to_string(),
                "--log",
                &log.key().to_string(),
            ])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut key = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out)
            .read_line(&mut key)
            .expect("it prints its key");
        let key = key.trim().parse().expect("the key of a witness");
        let begun = Instant::now();
        while http(to, "GET /", b"").is_none() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, to, key }
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keygen(data: &Path) -> String {
    let out = Command::new(PROGRAM)
        .args(["keygen", "--name", WITNESS, "--data"])
        .arg(data)
        .output()
        .expect("the program runs");
    assert!(out.status.success());
    String::from_utf8(out.stdout).expect("a key is text")
}

#[test]
fn the_protocol_is_spoken_as_c2sp_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (key, log) = (keygen(&data), Log::new(ORIGIN, 1));
    assert!(key.starts_with("authority.example/w1+"));
    let served = Served::start(&data, &log);
    assert_eq!(served.key.to_string(), key.trim());

    let good = post(served.to, &log.request(0, 8, false)).unwrap();
    assert_eq!(good.status, 200, "{good:?}");
    log.cosigned_at(8, false, &good.body, &served.key);
    let conflict = post(served.to, &log.request(0, 9, false)).unwrap();
    assert_eq!((conflict.status, conflict.body.as_str()), (409, "8\n"));
    assert_eq!(conflict.header("content-type"), Some("text/x.tlog.size"));
    let huge = vec![b'a'; 2_000_000];
    let other = Log::new("other.example/log", 3);
    let thief = Log::new(ORIGIN, 2);
    let cases = [
        (400, b"hello".to_vec()),
        (400, log.request(9, 8, false)),
        (404, other.request(0, 4, false)),
        (403, thief.request(8, 9, false)),
        (422, log.request(8, 8, true)),
        (422, log.request(8, 9, true)),
        (413, huge),
    ];
    for (status, body) in cases {
        let Some(reply) = post(served.to, &body) else {
            assert_eq!(status, 413, "only a body that is too long may be cut off");
            continue;
        };
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json; charset=utf-8")
        );
        assert!(reply.body.contains("\"detail\":\""), "{reply:?}");
    }
    assert_eq!(
        http(served.to, "GET /add-checkpoint", b"").unwrap().status,
        405
    );

    let page = http(served.to, "GET /", b"").unwrap();
    for part in [
        key.trim(),
        ORIGIN,
        "<td>8<td>",
        "北京时间",
        "How to use it",
        "警告",
        "Alarm",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    let link = page
        .body
        .split("href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let kept = http(served.to, &format!("GET {link}"), b"").unwrap();
    assert!(kept.body.starts_with("daochang.example/log\n8\n") && kept.body.ends_with(&good.body));
    let absent = format!("GET /{}/checkpoint", "0".repeat(64));
    assert_eq!(http(served.to, &absent, b"").unwrap().status, 404);
}

#[test]
fn the_command_line_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let key = keygen(&data);
    let run = |args: &[&str]| {
        let command = Command::new(PROGRAM)
            .args(args)
            .arg("--data")
            .arg(&data)
            .output();
        let out = command.unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap())
    };
    assert_eq!(run(&["key"]), (Some(0), key));
    assert_eq!(run(&["keygen", "--name", WITNESS]).0, Some(1));
    assert_eq!(run(&["serve", "--log", "nonsense"]).0, Some(1));
    assert_eq!(run(&["serve"]).0, Some(2));
}

#[test]
fn killed_at_any_moment_it_never_contradicts_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    keygen(&data);
    let log = Arc::new(Log::new(ORIGIN, 1));
    let (mut acknowledged, mut acknowledged_at) = (0_u64, 0);
    for round in 0..24_u64 {
        let served = Served::start(&data, &log);
        // What it said before it was killed, it still knows: neither less nor another history.
        if acknowledged > support::FORK_AT {
            let size = acknowledged;
            let rollback = post(served.to, &log.request(0, size - 1, false)).unwrap();
            let known: u64 = rollback.body.trim().parse().unwrap();
            assert!(
                rollback.status == 409 && known >= size,
                "{rollback:?} after {size}"
            );
            let fork = post(served.to, &log.request(known, known, true)).unwrap();
            assert_eq!(fork.status, 422, "{fork:?}");
            let fork = post(served.to, &log.request(known, known + 7, true)).unwrap();
            assert_eq!(fork.status, 422, "{fork:?}");
        }
        let (said, stop) = (
            Arc::new(AtomicU64::new(acknowledged)),
            Arc::new(AtomicBool::new(false)),
        );
        let grow = {
            let (log, said, stop) = (Arc::clone(&log), Arc::clone(&said), Arc::clone(&stop));
            let (to, key) = (served.to, served.key.clone());
            std::thread::spawn(move || {
                let (mut known, mut last_at) = (said.load(Ordering::SeqCst), acknowledged_at);
                while !stop.load(Ordering::SeqCst) && known + 1 < LEAVES {
                    let Some(reply) = post(to, &log.request(known, known + 1, false)) else {
                        break;
                    };
                    match reply.status {
                        200 => {
                            known += 1;
                            let at = log.cosigned_at(known, false, &reply.body, &key).0;
                            assert!(at >= last_at, "the time went back");
                            last_at = at;
                            said.store(known, Ordering::SeqCst);
                        }
                        // The answer to the last request before the kill was lost.
                        409 => known = reply.body.trim().parse().unwrap(),
                        _ => panic!("{reply:?}"),
                    }
                }
                last_at
            })
        };
        // A few answers, and then in the middle of whatever it does next.
        let begun = Instant::now();
        while said.load(Ordering::SeqCst) <= acknowledged + round % 4 {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it does not answer"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(round * 7 % 23));
        served.kill();
        stop.store(true, Ordering::SeqCst);
        acknowledged_at = grow.join().unwrap();
        acknowledged = said.load(Ordering::SeqCst);
    }
    assert!(acknowledged >= 24, "it got only to {acknowledged}");
}

#[test]
fn a_slow_body_does_not_stop_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    keygen(&data);
    let log = Log::new(ORIGIN, 1);
    let served = Served::start(&data, &log);
    let slow: Vec<_> = (0..20)
        .map(|_| {
            use std::io::Write as _;
            let mut stream = std::net::TcpStream::connect(served.to).unwrap();
            let head =
                b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold";
            stream.write_all(head).unwrap();
            stream
        })
        .collect();
    assert_eq!(
        post(served.to, &log.request(0, 8, false)).unwrap().status,
        200
    );
    // And it is not waited for longer than ten seconds.
    let mut stream = slow.into_iter().next().unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 400");
}
