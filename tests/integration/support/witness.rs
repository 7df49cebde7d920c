//! The witness that an authority runs, on this machine, watching the log of [`super::TestApp`].

use std::path::PathBuf;
use std::sync::Arc;

use api::log::Identity;
use api::log::witnesses::{Remote, Witnesses};
use api::signer::random_bytes;
use tokio::sync::oneshot;
use witness::key::WitnessKey;
use witness::{Witness, http};

use super::START;

/// It answers until the test ends.
pub struct TestWitness {
    remote: Remote,
    witness: Arc<Witness>,
    folder: PathBuf,
}

impl TestWitness {
    pub async fn start() -> Self {
        let unique = u64::from_le_bytes(random_bytes());
        let folder = std::env::temp_dir().join(format!("daochang-witness-{unique:016x}"));
        std::fs::create_dir_all(&folder).unwrap();
        WitnessKey::create(&folder, "witness.test/w1", &[3; 32]).unwrap();
        let log = Identity::from_seed("daochang.test/log", &[8; 32]).verifier_key();
        let witness = Witness::open(&folder, vec![log], Arc::new(|| START)).unwrap();
        let witness = Arc::new(witness);
        let (told, address) = oneshot::channel();
        let ready = move |address| told.send(address).unwrap();
        let served = http::serve(
            Arc::clone(&witness),
            "127.0.0.1:0",
            ready,
            std::future::pending(),
        );
        tokio::spawn(served);
        let remote = Remote {
            key: witness.public_key().clone(),
            url: format!("http://{}", address.await.unwrap()),
        };
        Self {
            remote,
            witness,
            folder,
        }
    }

    /// As the command line names it.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// For a server that asks it and nobody else.
    pub fn asked(&self) -> Witnesses {
        Witnesses::new(vec![self.remote.clone()], None, 1)
    }

    /// How far the log had come when it cosigned last.
    pub fn seen(&self) -> u64 {
        let states = self.witness.states();
        states[0].seen.as_ref().map_or(0, |seen| seen.size)
    }

    /// Requests in which the log contradicts itself, kept as evidence.
    pub fn evidence(&self) -> usize {
        self.witness.states()[0].evidence
    }
}

impl Drop for TestWitness {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
