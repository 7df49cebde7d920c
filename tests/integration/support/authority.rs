//! A time-stamp authority on this machine, which answers as it is told to.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use api::log::authority::Authority;
use domain::time::Timestamp;
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Data;
use poem::{Body, EndpointExt, Response, Server, handler};
use tsa::testing::{answer, roots};
use tsa::{REPLY_TYPE, Roots};

/// What it does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Stamps at this time, with a clock that is this good, seconds.
    Stamps(Timestamp, u8),
    /// Says no (PKIStatus 2).
    Rejects,
    /// Repeats an old answer, whatever it is asked.
    Repeats,
    /// Stamps what it is asked about, but another request.
    Mistakes(Timestamp),
    /// Answers as web servers do.
    Fails,
    /// Takes the request and says nothing at all.
    Silent,
}

/// The running authority.
#[derive(Clone)]
pub struct TestAuthority {
    state: State,
    address: String,
}

/// What it does, and how often it was asked.
#[derive(Clone)]
struct State {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
}

impl TestAuthority {
    pub async fn start(mood: Mood) -> Self {
        let state = State {
            mood: Arc::new(Mutex::new(mood)),
            asked: Arc::default(),
        };
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = acceptor.local_addr()[0]
            .as_socket_addr()
            .unwrap()
            .to_string();
        let endpoint = stamps.data(state.clone());
        tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
        Self { state, address }
    }

    pub fn be(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::Relaxed)
    }

    /// As a server asks it that trusts its certificate.
    pub fn trusted(&self) -> Authority {
        self.vouched_for_by(roots())
    }

    /// As a server asks it that trusts these.
    pub fn vouched_for_by(&self, roots: Roots) -> Authority {
        Authority::new(self.address_url().parse().unwrap(), roots)
    }

    fn address_url(&self) -> String {
        format!("http://{}/tsa", self.address)
    }
}

#[handler]
async fn stamps(asked: Vec<u8>, state: Data<&State>) -> Response {
    state.asked.fetch_add(1, Ordering::Relaxed);
    let mood = *state.mood.lock().unwrap();
    let reply = match mood {
        Mood::Stamps(at, accuracy_s) => answer(&asked, at, Some(accuracy_s)),
        Mood::Rejects => vec![0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02],
        Mood::Repeats => tsa::testing::stamp(
            &domain::ids::Digest([5; 32]),
            Some([0x41; 8]),
            Timestamp(1_795_000_000_000),
            None,
        ),
        Mood::Mistakes(at) => {
            let imprint = domain::ids::Digest(asked[24..56].try_into().unwrap());
            tsa::testing::stamp(&imprint, Some([0x41; 8]), at, Some(1))
        }
        Mood::Silent => std::future::pending().await,
        Mood::Fails => return StatusCode::BAD_GATEWAY.into(),
    };
    Response::builder()
        .content_type(REPLY_TYPE)
        .body(Body::from(reply))
}

/// A time-stamp authority as anybody can run one: `openssl ts` behind an address.
pub struct OpenSsl {
    /// Its key, its certificate, and what it is asked.
    pub folder: PathBuf,
    address: String,
}

/// How `openssl ts` is told to answer.
const OPENSSL_CONFIG: &str = "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_digest = sha256\n\
    default_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\nordering = no\ntsa_name = yes\n\
    ess_cert_id_chain = no\ness_cert_id_alg = sha256\n";

/// What makes a certificate one of a time-stamp authority.
const EXTENSIONS: [&str; 3] = [
    "basicConstraints=critical,CA:false",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=critical,timeStamping",
];

fn openssl(folder: &Path, arguments: &[&str]) {
    let run = std::process::Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&run.stderr)
    );
}

impl OpenSsl {
    pub async fn start(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("tsa.cnf"), OPENSSL_CONFIG).unwrap();
        let mut request = vec![
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500",
        ];
        request.extend([
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
            "-subj",
            "/CN=tsa.local",
        ]);
        request.extend(
            EXTENSIONS
                .iter()
                .flat_map(|extension| ["-addext", extension]),
        );
        openssl(&folder, &request);
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = acceptor.local_addr()[0]
            .as_socket_addr()
            .unwrap()
            .to_string();
        let endpoint = answers.data(folder.clone());
        tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
        Self { folder, address }
    }

    /// As a server asks it that trusts its certificate.
    pub fn trusted(&self) -> Authority {
        let certificate = std::fs::read(self.folder.join("certificate.pem")).unwrap();
        let url = format!("http://{}/tsa", self.address);
        Authority::new(url.parse().unwrap(), Roots::parse(&certificate).unwrap())
    }
}

#[handler]
async fn answers(asked: Vec<u8>, folder: Data<&PathBuf>) -> Response {
    std::fs::write(folder.join("asked.tsq"), asked).unwrap();
    let mut reply = vec![
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-queryfile",
        "asked.tsq",
    ];
    reply.extend([
        "-signer",
        "certificate.pem",
        "-inkey",
        "key.pem",
        "-out",
        "reply.tsr",
    ]);
    openssl(&folder, &reply);
    let reply = std::fs::read(folder.join("reply.tsr")).unwrap();
    Response::builder()
        .content_type(REPLY_TYPE)
        .body(Body::from(reply))
}
