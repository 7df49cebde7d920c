//! `daochang trust`: the file with which an authority verifies this server's bundles. It is handed
//! over once, in person, and kept; a bundle never brings its own. It names the server's first keys, which
//! suffice for ever, and the changes of key so far, which tell its keeper not to believe the old ones any more. Which witnesses count is the
//! authority's choice in the end: it may edit what is printed here.

use std::io;

use domain::tlog::note::NoteKey;
use verify::{LogTrust, Trust};

use crate::config::TrustArgs;
use crate::keys::{KeyRing, folder};
use crate::log::Identity;
use crate::log::witnesses::Invented;
use crate::signer;
use crate::sm2;
use crate::state::App;

/// What the running server judges by.
pub fn of_the_server(app: &App) -> Trust {
    let witnesses = app.publisher.witnesses();
    let log = app.publisher.identity().first_key();
    let mut log = LogTrust::in_keys(log, &witnesses.keys(), witnesses.quorum());
    if let Some(authority) = witnesses.authority() {
        log = log.stamped_by(authority.roots());
    }
    Trust::in_key(app.signer.first())
        .with_log(log)
        .with_sm2(app.config.sm2_keys().to_vec())
}

/// The trust file of the server whose data are in this folder.
///
/// # Errors
/// When there are no keys yet, or they cannot be read: a key made now would be trusted for nothing.
/// When more witnesses are asked for than are named.
pub fn printed(args: &TrustArgs) -> io::Result<String> {
    let current = signer::load(&args.data)?;
    let changes = folder::written_changes(&args.data)?;
    let codes = current.code_secret();
    let keys = KeyRing::new(current, codes, changes.clone())?;
    let identity = Identity::load(&args.data)?.with_changes(&changes)?;
    let invented = match args.demo {
        true => Some(Invented::load(&args.data)?),
        false => None,
    };
    let remote = args.log.witnesses.iter().map(|remote| &remote.key);
    let witnesses: Vec<&NoteKey> = remote.chain(invented.iter().map(Invented::key)).collect();
    let mut log = LogTrust::in_keys(identity.first_key(), &witnesses, args.log.witness_quorum);
    if let Some(roots) = args.log.roots()? {
        log = log.stamped_by(&roots);
    }
    let changes = changes.into_iter().map(|held| held.envelope);
    let trust = Trust::in_key(keys.first())
        .with_log(log)
        .with_key_changes(changes.collect())
        .with_sm2(sm2::recorded(&args.data)?);
    let text = serde_json::to_string_pretty(&trust).map_err(io::Error::other)?;
    match Trust::parse(text.as_bytes()) {
        Ok(_) => Ok(format!("{text}\n")),
        Err(_) => Err(io::Error::other(
            "--witness-quorum asks for more than are named, a witness is named twice, or there are too many certificates or SM2 keys",
        )),
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;
    use crate::config::WitnessArgs;

    fn args(demo: bool, witness_quorum: usize) -> TrustArgs {
        TrustArgs {
            data: crate::testing::folder("trust"),
            demo,
            log: WitnessArgs {
                witness_quorum,
                ..WitnessArgs::nobody()
            },
        }
    }

    #[test]
    fn the_trust_file_names_the_servers_keys_and_makes_none() {
        let args = args(false, 1);
        assert!(printed(&args).is_err());
        assert!(std::fs::read_dir(&args.data).unwrap().next().is_none());
        let signer = signer::load_or_create(&args.data).unwrap();
        assert!(printed(&args).is_err());
        let log = Identity::load_or_create(&args.data, "https://daochang.test").unwrap();
        let trust = Trust::parse(printed(&args).unwrap().as_bytes()).unwrap();
        let expected = LogTrust::in_keys(&log.verifier_key(), &[], 1);
        assert_eq!(trust, Trust::in_key(signer.public_key()).with_log(expected));
    }

    #[test]
    fn the_invented_witness_is_trusted_only_when_asked_for() {
        let demo = args(true, 1);
        signer::load_or_create(&demo.data).unwrap();
        Identity::load_or_create(&demo.data, "https://daochang.test").unwrap();
        assert!(printed(&demo).is_err());
        Invented::load_or_create(&demo.data).unwrap();
        assert!(printed(&demo).unwrap().contains("demo-witness.invalid"));
        let plain = TrustArgs {
            demo: false,
            ..demo.clone()
        };
        assert!(!printed(&plain).unwrap().contains("demo-witness"));
        let two = TrustArgs {
            log: args(true, 2).log,
            ..demo
        };
        assert!(printed(&two).is_err());
    }

    #[test]
    fn the_keys_for_second_signatures_are_named_with_their_times() {
        let args = args(false, 1);
        signer::load_or_create(&args.data).unwrap();
        Identity::load_or_create(&args.data, "https://daochang.test").unwrap();
        assert!(!printed(&args).unwrap().contains("sm2_keys"));
        let file = args.data.join("sm2.pem");
        let tail = store::LogTail { leaves: 1, ts: 50 };
        sm2::Sm2::open(&args.data, Some(&file), tail, Timestamp(100)).unwrap();
        let trust = Trust::parse(printed(&args).unwrap().as_bytes()).unwrap();
        let [key] = trust.sm2_keys.as_slice() else {
            panic!("{trust:?}")
        };
        assert_eq!((key.from, key.until), (Some(Timestamp(100)), None));
    }

    #[test]
    fn certificates_for_time_stamps_are_one_more_voice() {
        let mut args = args(false, 1);
        signer::load_or_create(&args.data).unwrap();
        Identity::load_or_create(&args.data, "https://daochang.test").unwrap();
        let file = args.data.join("roots.der");
        let roots = tsa::testing::roots();
        std::fs::write(&file, roots.as_slice()[0].der()).unwrap();
        args.log.tsa_roots = Some(file.clone());
        let trust = Trust::parse(printed(&args).unwrap().as_bytes()).unwrap();
        assert_eq!(trust.log.stampers.len(), 1);
        std::fs::write(&file, b"no certificate").unwrap();
        assert!(printed(&args).is_err());
    }
}
