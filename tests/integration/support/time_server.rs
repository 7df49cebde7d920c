//! A time server (NTP) on this machine that says what a test wants.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use api::log::time_servers::{LENGTH, TimeServer};
use domain::time::Timestamp;
use tokio::net::UdpSocket;

/// From 1900 to 1970, seconds.
const EPOCH: i64 = 2_208_988_800;

/// How it answers.
#[derive(Debug, Clone, Copy)]
pub enum Mood {
    Tells(Timestamp),
    /// Answers another question, as a forger does who has not seen ours.
    Forges(Timestamp),
    /// The same, and then the true answer.
    IsOutrun {
        forged: Timestamp,
        genuine: Timestamp,
    },
    /// A kiss-o'-death with this code.
    Kisses(&'static [u8; 4]),
    Rambles,
    Silent,
}

/// It answers until the test ends.
pub struct TestTimeServer {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
    address: String,
}

impl TestTimeServer {
    pub async fn start(mood: Mood) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            mood: Arc::new(Mutex::new(mood)),
            asked: Arc::default(),
            address: socket.local_addr().unwrap().to_string(),
        };
        let (mood, asked) = (Arc::clone(&server.mood), Arc::clone(&server.asked));
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                assert_eq!(length, LENGTH);
                asked.fetch_add(1, Ordering::Relaxed);
                let mood = *mood.lock().unwrap();
                for answer in answers(mood, &question[..LENGTH]) {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        server
    }

    /// From now on it answers so.
    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// As the command line names it.
    pub fn named(&self) -> TimeServer {
        self.address.parse().unwrap()
    }
}

fn answers(mood: Mood, question: &[u8]) -> Vec<Vec<u8>> {
    let genuine = |at| answer(at, &question[40..48]);
    let forged = |at| answer(at, &[9; 8]);
    match mood {
        Mood::Tells(at) => vec![genuine(at)],
        Mood::Forges(at) => vec![forged(at)],
        Mood::IsOutrun {
            forged: lie,
            genuine: truth,
        } => vec![b"short".to_vec(), forged(lie), genuine(truth)],
        Mood::Kisses(code) => {
            let mut kiss = genuine(Timestamp(0));
            kiss[1] = 0;
            kiss[12..16].copy_from_slice(code);
            vec![kiss]
        }
        Mood::Rambles => vec![b"what?".to_vec()],
        Mood::Silent => Vec::new(),
    }
}

fn answer(at: Timestamp, origin: &[u8]) -> Vec<u8> {
    let seconds = at.0.div_euclid(1000) + EPOCH;
    // Rounded up, because whoever reads it rounds down.
    let fraction = ((at.0.rem_euclid(1000) << 32) + 999) / 1000;
    let mut bytes = vec![0; LENGTH];
    bytes[0] = (4 << 3) | 4;
    bytes[1] = 2;
    bytes[24..32].copy_from_slice(origin);
    for place in [32, 40] {
        bytes[place..place + 4].copy_from_slice(&(seconds as u32).to_be_bytes());
        bytes[place + 4..place + 8].copy_from_slice(&(fraction as u32).to_be_bytes());
    }
    bytes
}
