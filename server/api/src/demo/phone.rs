//! A technician's phone without the phone: a P-256 key, a chain, clocks that can be turned, and
//! an outbox. The demonstration, the integration tests and the bench all speak through it, so
//! that what they send has exactly the form that the real app sends. It never talks to a server
//! by itself and applies no rules: it can say anything, also what a server must refuse.
//!
//! ```
//! # use api::demo::phone::SimulatedPhone;
//! # use domain::event::{Fact, Nothing};
//! # use domain::time::{Millis, Timestamp};
//! let mut phone = SimulatedPhone::new("P-0001".parse().unwrap(), [7; 32], Timestamp(1_790_000_000_000));
//! let started = phone.start("demo");
//! phone.pass(Millis::minutes(3));
//! let set_out = phone.say(Fact::SetOut(Nothing {}), Some(&"WO-20261124-0001".parse().unwrap()));
//! assert_eq!(set_out.event.prev, started.id);
//! assert_eq!(phone.take_outbox().envelopes.len(), 2);
//! ```

use std::collections::BTreeMap;

use domain::chain::ChainHead;
use domain::envelope::{Envelope, PublicKey, prepare_event};
use domain::event::{
    AppStarted, Commitment, Enrolled, Event, Fact, SyncAcknowledged, SyncRequested,
};
use domain::ids::{DeviceId, Digest, EventId, Nonce, PersonId, SessionId, WorkOrderId};
use domain::sidecar::{Salt, Sidecar};
use domain::time::{Millis, Timestamp};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// What the phone's clocks show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneClock {
    /// The page load.
    pub sid: SessionId,
    /// Milliseconds of the monotonic clock since the page load; stops while the phone sleeps.
    pub mono: i64,
    /// The wall clock, which people can turn.
    pub wall: Timestamp,
}

/// An event that was said: its name, its content, and the envelope that travels.
#[derive(Debug, Clone)]
pub struct Said {
    pub id: EventId,
    pub event: Event,
    pub envelope: Envelope,
}

/// What waits to be sent, in the order of the chain.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    pub envelopes: Vec<Envelope>,
    /// By commitment, as the events name them.
    pub sidecars: BTreeMap<Digest, Sidecar>,
}

/// See the module.
pub struct SimulatedPhone {
    person: PersonId,
    secret: [u8; 32],
    key: SigningKey,
    public_key: PublicKey,
    head: ChainHead,
    clock: PhoneClock,
    policy: Option<Digest>,
    drawn: u64,
    outbox: Outbox,
}

impl SimulatedPhone {
    /// A phone of this person with an empty chain. Key, salts, nonces and session ids all grow
    /// from `secret`: the same secret is the same phone, so use each one once per server.
    ///
    /// # Panics
    /// When the secret is one of the few that are no P-256 key, which chance never picks.
    pub fn new(person: PersonId, secret: [u8; 32], wall: Timestamp) -> Self {
        let seed: [u8; 32] = Sha256::digest([b"key".as_slice(), &secret].concat()).into();
        let key = SigningKey::from_slice(&seed).expect("a hash is a valid P-256 scalar");
        let point = key.verifying_key().to_sec1_point(false);
        let spki = [SPKI_PREFIX.as_slice(), point.as_bytes()].concat();
        let public_key = PublicKey::from_bytes(&spki).expect("an own key is well formed");
        let clock = PhoneClock {
            sid: SessionId([0; 8]),
            mono: 0,
            wall,
        };
        let mut phone = Self {
            person,
            secret,
            key,
            public_key,
            head: ChainHead::START,
            clock,
            policy: None,
            drawn: 0,
            outbox: Outbox::default(),
        };
        phone.reload();
        phone
    }

    /// Whose phone it is.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// The device id, which follows from the key.
    pub fn device(&self) -> DeviceId {
        self.public_key.device_id()
    }

    /// The public half of the key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The last event of the chain.
    pub fn head(&self) -> ChainHead {
        self.head
    }

    /// The signature (r‖s) that proves possession of the key when the phone is enrolled.
    pub fn prove_possession(&self, challenge: &[u8; 32]) -> [u8; 64] {
        self.sign(challenge)
    }

    /// What the clocks show.
    pub fn clock(&self) -> PhoneClock {
        self.clock
    }

    /// Puts the clocks anywhere, also where no honest phone would have them.
    pub fn set_clock(&mut self, clock: PhoneClock) {
        self.clock = clock;
    }

    /// Time passes while the phone is awake.
    pub fn pass(&mut self, by: Millis) {
        self.clock.mono += by.0;
        self.clock.wall = self.clock.wall + by;
    }

    /// Time passes until the wall clock shows this, which must not be earlier than now.
    pub fn pass_until(&mut self, wall: Timestamp) {
        self.pass(wall - self.clock.wall);
    }

    /// Time passes while the phone sleeps: the monotonic clock stands still.
    pub fn sleep(&mut self, by: Millis) {
        self.clock.wall = self.clock.wall + by;
    }

    /// The page is loaded anew: another session, a monotonic clock from 0.
    pub fn reload(&mut self) {
        let [a, b, c, d, e, f, g, h, ..] = self.draw();
        self.clock.sid = SessionId([a, b, c, d, e, f, g, h]);
        self.clock.mono = 0;
    }

    /// The policy that the following events say they were judged by.
    pub fn judge_by(&mut self, policy: Option<Digest>) {
        self.policy = policy;
    }

    /// Says a fact as of now: the next event of the chain, also put into the outbox.
    ///
    /// # Panics
    /// When the fact does not fit an event at all, such as one longer than 64 KiB.
    pub fn say(&mut self, fact: Fact, wo: Option<&WorkOrderId>) -> Said {
        let event = Event {
            v: 1,
            dev: self.device(),
            seq: self.head.seq + 1,
            prev: self.head.id,
            sid: self.clock.sid,
            mono: self.clock.mono,
            wall: self.clock.wall,
            by: self.person.clone(),
            wo: wo.cloned(),
            pol: self.policy,
            fact,
        };
        let said = self.seal(event);
        self.head = ChainHead {
            seq: said.event.seq,
            id: said.id,
        };
        self.outbox.envelopes.push(said.envelope.clone());
        said
    }

    /// Signs any event with this phone's key without touching chain or outbox: for forks, for
    /// wrong signers, for everything that must be refused.
    ///
    /// # Panics
    /// When it does not have the form of an event.
    pub fn seal(&self, event: Event) -> Said {
        let value = serde_json::to_value(&event).expect("an event is plain data");
        let prepared = prepare_event(&value).expect("the event has the form of an event");
        let id = prepared.id;
        let signature = self.sign(&prepared.pae);
        Said {
            id,
            event,
            envelope: prepared.seal(self.device(), &signature),
        }
    }

    /// First event of a chain: the server's record of this key.
    pub fn enrol(&mut self, key_record: &Envelope) -> Said {
        self.say(
            Fact::Enrolled(Enrolled {
                key_record: key_record.to_value(),
            }),
            None,
        )
    }

    /// The app is opened anew.
    pub fn start(&mut self, build: &str) -> Said {
        self.reload();
        self.say(
            Fact::AppStarted(AppStarted {
                build: build.to_owned(),
            }),
            None,
        )
    }

    /// Asks for a receipt of everything said so far; send this envelope alone and first.
    pub fn request_sync(&mut self) -> Said {
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&self.draw()[..16]);
        self.say(
            Fact::SyncRequested(SyncRequested {
                nonce: Nonce(nonce),
            }),
            None,
        )
    }

    /// Embeds the receipt that came back: everything after it is later than its time.
    pub fn acknowledge(&mut self, receipt: &Envelope) -> Said {
        self.say(
            Fact::SyncAcknowledged(SyncAcknowledged {
                receipt: receipt.to_value(),
            }),
            None,
        )
    }

    /// Salts a personal value, keeps it in the outbox, and gives what an event says instead.
    ///
    /// # Panics
    /// When the value holds anything but integers, strings, booleans, null, lists and objects.
    pub fn set_aside(&mut self, value: Value) -> Commitment {
        let mut salt = [0; 16];
        salt.copy_from_slice(&self.draw()[..16]);
        let sidecar = Sidecar {
            salt: Salt(Nonce(salt)),
            value,
        };
        let c = sidecar
            .commitment()
            .expect("the value has a canonical form");
        self.outbox.sidecars.insert(c, sidecar);
        Commitment { c }
    }

    /// Everything said since the last time, to be sent; the outbox is empty afterwards.
    pub fn take_outbox(&mut self) -> Outbox {
        std::mem::take(&mut self.outbox)
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let digest: [u8; 32] = Sha256::digest(message).into();
        let signature: p256::ecdsa::Signature = self
            .key
            .sign_prehash(&digest)
            .expect("a 32-byte digest can be signed");
        signature.to_bytes().into()
    }

    /// The next 32 bytes that nobody without the secret can guess.
    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let drawn = self.drawn.to_be_bytes();
        Sha256::digest([b"draw".as_slice(), &self.secret, &drawn].concat()).into()
    }
}

#[cfg(test)]
mod tests;
