//! A time-stamp authority on this machine, which answers as it is told to.

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
    /// Answers as web servers do.
    Fails,
}

/// The running authority.
#[derive(Clone)]
pub struct TestAuthority {
    mood: Arc<Mutex<Mood>>,
    address: String,
}

impl TestAuthority {
    pub async fn start(mood: Mood) -> Self {
        let mood = Arc::new(Mutex::new(mood));
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = acceptor.local_addr()[0]
            .as_socket_addr()
            .unwrap()
            .to_string();
        let endpoint = stamps.data(Arc::clone(&mood));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
        Self { mood, address }
    }

    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
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
async fn stamps(asked: Vec<u8>, mood: Data<&Arc<Mutex<Mood>>>) -> Response {
    let mood = *mood.lock().unwrap();
    let reply = match mood {
        Mood::Stamps(at, accuracy_s) => answer(&asked, at, Some(accuracy_s)),
        Mood::Rejects => vec![0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02],
        Mood::Repeats => tsa::testing::stamp(
            &domain::ids::Digest([5; 32]),
            Some([0x41; 8]),
            Timestamp(1_795_000_000_000),
            None,
        ),
        Mood::Fails => return StatusCode::BAD_GATEWAY.into(),
    };
    Response::builder()
        .content_type(REPLY_TYPE)
        .body(Body::from(reply))
}
