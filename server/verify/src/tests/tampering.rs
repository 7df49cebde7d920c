//! What somebody can do to a bundle on its way: each with the exit code that a script sees and the file
//! that a person is told. Signed again by the real server's key, the same is found in what it means.

use super::*;

/// A bundle as an attacker without any key leaves it.
fn tampered(change: impl FnOnce(&mut Files)) -> Report {
    let bundle = sealed(sample().files);
    let mut files: Files = container::read(&bundle)
        .unwrap()
        .into_iter()
        .map(|file| (file.name.to_owned(), file.bytes.to_vec()))
        .collect();
    change(&mut files);
    verify(&container::write(&files), Some(&trust()))
}

#[rstest]
#[case::event("events/")]
#[case::receipt("receipts/")]
#[case::key_record("keys/")]
#[case::photo("photos/")]
#[case::sidecar("sidecars/")]
#[case::policy("policy.json")]
#[case::terminal("register/terminals/")]
#[case::verdict("verdict.json")]
#[case::proof("proofs/")]
#[case::checkpoint("checkpoints/")]
#[case::consistency("consistency/")]
fn a_file_altered_exchanged_or_taken_out_is_named(#[case] folder: &str) {
    let altered = tampered(|files| {
        let name = name_of(files, folder, 0);
        let bytes = files.get_mut(&name).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x20;
    });
    assert_eq!(altered.exit, Exit::False);
    assert_found(&altered, FindingCode::FileDamaged, folder);

    let taken = tampered(|files| drop(files.remove(&name_of(files, folder, 0))));
    assert_eq!(taken.exit, Exit::False);
    assert_found(&taken, FindingCode::FileAbsent, folder);
}

#[test]
fn the_servers_key_exchanged_for_another_convinces_nobody_who_has_the_trust_file() {
    let report = tampered(|files| {
        let key = impostor().public_key().spki_base64();
        files.insert(Place::ServerKey.to_string(), key.into_bytes());
    });
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::FileDamaged, "keys/server.spki");
}

#[test]
fn a_phones_key_exchanged_for_another_voids_its_events() {
    let mut s = sample();
    let stranger = Phone::new(0x22, "P-0012");
    s.files
        .retain(|name, _| !name.starts_with("keys/") || name.ends_with(".spki"));
    let own = domain::receipt::KeyRecord::new(
        &stranger.public_key(),
        stranger.person.clone(),
        Timestamp(NINE),
    );
    let envelope = own.sign(&s.server).unwrap();
    s.put_envelope(
        (domain::tlog::leaf::LeafKind::Key, NINE + 5_000_000),
        Place::Key,
        &envelope,
    );
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyAbsent, &phone_folder());
}

#[test]
fn a_bundle_cut_anywhere_is_bad_input() {
    let bundle = sealed(sample().files);
    let step = bundle.len() / 97;
    let ends = (0..bundle.len())
        .step_by(step)
        .chain(bundle.len() - 30..bundle.len());
    for end in ends {
        let report = verify(&bundle[..end], Some(&trust()));
        assert_eq!(report.exit, Exit::BadInput, "cut at {end}");
    }
}

/// The name of the first file, in the archive's own bytes.
fn renamed(name: &str) -> Report {
    let files = Files::from([(name.to_owned(), b"x".to_vec())]);
    verify(&container::write(&files), Some(&trust()))
}

#[rstest]
#[case::upwards("../../etc/passwd")]
#[case::absolute("/etc/passwd")]
#[case::drive("C:\\Windows\\x")]
#[case::inside_a_folder("events/../../x")]
#[case::link_like("photos/link")]
fn a_path_that_leads_outside_is_bad_input(#[case] name: &str) {
    let report = renamed(name);
    assert_eq!(report.exit, Exit::BadInput);
    assert_eq!(report.findings[0].code, FindingCode::UnknownFile);
    assert_eq!(report.findings[0].file.as_deref(), Some(name));
}

/// Archives that swell: what a header promises is never reserved, and nothing is ever unpacked.
#[rstest]
#[case::deflated(8, &[8, 0])]
#[case::promises_four_gigabytes(22, &[0xff, 0xff, 0xff, 0xff])]
#[case::size_only_behind_the_data(6, &[8, 8])]
#[case::encrypted(6, &[1, 8])]
fn a_bomb_is_bad_input_before_anything_is_unpacked(#[case] at: usize, #[case] bytes: &[u8]) {
    let mut bundle = sealed(sample().files);
    bundle[at..at + bytes.len()].copy_from_slice(bytes);
    let report = verify(&bundle, Some(&trust()));
    assert_eq!(report.exit, Exit::BadInput);
    assert_eq!(report.findings[0].code, FindingCode::OtherForm);
}

#[test]
fn one_name_twice_is_bad_input() {
    let bundle = sealed(sample().files);
    let part = container::Part::of("policy.json", b"{}").unwrap();
    let twice = [
        part.local_header(),
        b"{}".to_vec(),
        part.local_header(),
        b"{}".to_vec(),
    ]
    .concat();
    let report = verify(&[twice, bundle].concat(), Some(&trust()));
    assert_eq!(report.exit, Exit::BadInput);
    assert_eq!(report.findings[0].code, FindingCode::FilesOutOfOrder);
}
