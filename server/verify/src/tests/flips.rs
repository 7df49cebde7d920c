//! Every bit of a bundle has a meaning: whichever is flipped, the file it lies in is named, or the
//! archive is refused. That no bit of a container goes unnoticed is tested bit by bit beside the
//! container; here each kind of place is tried: headers, beginnings, ends and the middle of every
//! file, every entry of the directory, and its whole end.

use super::*;

/// What is tried is chosen once and for all, so that a failure stays one.
struct Chance(u64);

impl Chance {
    /// A number below `end` (Knuth's MMIX multiplier).
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

const LOCAL_BYTES: usize = 30;
const ENTRY_BYTES: usize = 46;
const END_BYTES: usize = 22;

/// Offsets to try, each with the file that it belongs to; none in the directory.
fn places(bundle: &[u8]) -> Vec<(usize, Option<String>)> {
    let chance = &mut Chance(20_241_001);
    let files = container::read(bundle).unwrap();
    let start = bundle.as_ptr() as usize;
    let mut places = Vec::new();
    for file in &files {
        let body = file.bytes.as_ptr() as usize - start;
        let header = body - LOCAL_BYTES - file.name.len();
        let mut at = vec![header + chance.below(LOCAL_BYTES + file.name.len())];
        if let Some(last) = file.bytes.len().checked_sub(1) {
            at.extend([body, body + last, body + chance.below(last + 1)]);
        }
        places.extend(at.into_iter().map(|at| (at, Some(file.name.to_owned()))));
    }
    let end = bundle.len() - END_BYTES;
    let mut entry = files.last().map_or(0, |last| {
        last.bytes.as_ptr() as usize - start + last.bytes.len()
    });
    while entry < end {
        let name = u16::from_le_bytes([bundle[entry + 28], bundle[entry + 29]]);
        let length = ENTRY_BYTES + usize::from(name);
        places.push((entry + chance.below(length), None));
        entry += length;
    }
    places.extend((end..bundle.len()).map(|at| (at, None)));
    places
}

/// Little, but of every kind: report, enrolment, receipts, photo, sidecar, log.
fn small() -> Files {
    let mut s = Sample::new(server());
    let mut lin = Phone::new(0x11, "P-0012");
    s.surroundings();
    s.enrols(&mut lin, NINE - 3_600_000);
    s.desk(NINE, "P-0002", reported());
    s.photographs(&mut lin, NINE + 60_000);
    s.syncs(&mut lin, NINE + 120_000);
    s.state_verdict(NINE + 180_000);
    s.files
}

#[test]
fn a_flipped_bit_names_its_file_or_is_refused() {
    let bundle = sealed(small());
    let trust = trust();
    assert_eq!(verify(&bundle, Some(&trust)).findings, []);
    let mut changed = bundle.clone();
    let chance = &mut Chance(7);
    for (offset, owner) in places(&bundle) {
        let bit = chance.below(8);
        changed[offset] ^= 1 << bit;
        let report = verify(&changed, Some(&trust));
        changed[offset] ^= 1 << bit;
        assert!(
            matches!(report.exit, Exit::False | Exit::BadInput),
            "{offset}.{bit}"
        );
        let is_named = report.exit == Exit::BadInput
            || report.findings.iter().any(|finding| finding.file == owner);
        assert!(
            is_named,
            "{offset}.{bit} in {owner:?}: {:#?}",
            report.findings
        );
    }
}
