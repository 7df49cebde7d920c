//! Every bit of a bundle has a meaning: whichever is flipped, the file it lies in is named, or the
//! archive is refused.

use super::*;

/// The file whose header or bytes this offset lies in; none for the directory at the end.
fn owner(bundle: &[u8], offset: usize) -> Option<String> {
    let files = container::read(bundle).unwrap();
    let start = bundle.as_ptr() as usize;
    files
        .iter()
        .find(|file| offset < file.bytes.as_ptr() as usize - start + file.bytes.len())
        .map(|file| file.name.to_owned())
}

#[test]
fn every_flipped_bit_names_the_file_or_is_refused() {
    let bundle = sealed(sample().files);
    let trust = trust();
    let honest = verify(&bundle, Some(&trust));
    let mut changed = bundle.clone();
    // All bits of the first header and of the end, one bit of every 211th byte between them. That no bit of
    // a container goes unnoticed is tested bit by bit beside the container.
    let (head, tail) = (100, bundle.len() - 600);
    for offset in 0..bundle.len() {
        let bits = if offset < head || offset >= tail {
            0..8
        } else if offset % 211 == 0 {
            offset / 211 % 8..offset / 211 % 8 + 1
        } else {
            continue;
        };
        for bit in bits {
            changed[offset] ^= 1 << bit;
            let report = verify(&changed, Some(&trust));
            changed[offset] ^= 1 << bit;
            assert_ne!(report.findings, honest.findings, "{offset}.{bit}");
            assert!(
                matches!(report.exit, Exit::False | Exit::BadInput),
                "{offset}.{bit}"
            );
            let owner = owner(&bundle, offset);
            let is_named = report.exit == Exit::BadInput
                || report.findings.iter().any(|finding| finding.file == owner);
            assert!(
                is_named,
                "{offset}.{bit} in {owner:?}: {:#?}",
                report.findings
            );
        }
    }
}
