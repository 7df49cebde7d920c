use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn three() -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([
        ("manifest.json".to_owned(), b"{}".to_vec()),
        ("people.json".to_owned(), Vec::new()),
        ("验证说明.txt".to_owned(), "看这里".as_bytes().to_vec()),
    ])
}

#[test]
fn what_was_written_is_read() {
    let archive = write(&three());
    let files = read(&archive).unwrap();
    let back: BTreeMap<String, Vec<u8>> = files
        .iter()
        .map(|file| (file.name.to_owned(), file.bytes.to_vec()))
        .collect();
    assert_eq!(back, three());
    assert!(files.iter().all(|file| file.is_intact));
}

#[test]
fn no_bit_of_an_archive_is_without_meaning() {
    let archive = write(&three());
    for bit in 0..archive.len() * 8 {
        let mut changed = archive.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let is_noticed = match read(&changed) {
            Err(_) => true,
            Ok(files) => files.iter().any(|file| !file.is_intact),
        };
        assert!(is_noticed, "bit {bit}");
    }
}

/// Whichever bit of a file's bytes is another, exactly this file is named.
#[test]
fn every_bit_of_every_file_names_its_file() {
    let archive = write(&three());
    let start = archive.as_ptr() as usize;
    let bodies: Vec<(String, std::ops::Range<usize>)> = read(&archive)
        .unwrap()
        .iter()
        .map(|file| {
            let from = file.bytes.as_ptr() as usize - start;
            (file.name.to_owned(), from..from + file.bytes.len())
        })
        .collect();
    let mut bits = 0;
    for (name, body) in bodies {
        for bit in body.start * 8..body.end * 8 {
            let mut changed = archive.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let files = read(&changed).unwrap();
            let damaged = files.iter().filter(|file| !file.is_intact);
            let damaged: Vec<&str> = damaged.map(|file| file.name).collect();
            assert_eq!(damaged, [name.as_str()], "bit {bit}");
            bits += 1;
        }
    }
    assert_eq!(bits, three().values().map(Vec::len).sum::<usize>() * 8);
}

#[test]
fn an_archive_cut_off_anywhere_is_refused() {
    let archive = write(&three());
    for length in 0..archive.len() {
        assert!(read(&archive[..length]).is_err(), "{length}");
    }
    assert!(read(&[&archive[..], b"x"].concat()).is_err());
}

fn raw(names: &[&str]) -> Vec<u8> {
    let parts: Vec<Part> = names
        .iter()
        .map(|name| Part::of(name, b"x").unwrap())
        .collect();
    let mut archive = Vec::new();
    for part in &parts {
        archive.extend(part.local_header());
        archive.push(b'x');
    }
    archive.extend(directory(&parts));
    archive
}

#[rstest]
#[case::twice(&["policy.json", "policy.json"], BadContainer::OutOfOrder("policy.json".into()))]
#[case::unsorted(&["policy.json", "people.json"], BadContainer::OutOfOrder("people.json".into()))]
#[case::slip(&["../policy.json"], BadContainer::UnknownName("../policy.json".into()))]
#[case::absolute(&["/etc/passwd"], BadContainer::UnknownName("/etc/passwd".into()))]
#[case::folder(&["photos/"], BadContainer::UnknownName("photos/".into()))]
fn names_lead_nowhere_else(#[case] names: &[&str], #[case] reason: BadContainer) {
    assert_eq!(read(&raw(names)), Err(reason));
}

#[test]
fn a_link_or_a_compressed_file_is_refused() {
    let archive = write(&three());
    // The mode of the first entry in the directory, and the method of the first file.
    let directory_at = archive
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    let mut link = archive.clone();
    link[directory_at + 41] = 0xa1;
    assert_eq!(read(&link), Err(BadContainer::BadDirectory));
    let mut deflated = archive;
    deflated[8] = 8;
    assert_eq!(
        read(&deflated),
        Err(BadContainer::OtherForm("manifest.json".into()))
    );
}

#[test]
fn a_size_beyond_the_end_is_refused() {
    let mut archive = write(&three());
    archive[18..26].fill(0xff);
    assert_eq!(
        read(&archive),
        Err(BadContainer::OtherForm("manifest.json".into()))
    );
}

#[test]
fn overlapping_entries_are_refused() {
    let mut archive = write(&three());
    // The second entry of the directory points at the first file.
    let second = archive
        .windows(4)
        .enumerate()
        .filter(|(_, four)| four == b"PK\x01\x02")
        .nth(1)
        .map(|(at, _)| at)
        .unwrap();
    archive[second + 42..second + 46].fill(0);
    assert_eq!(read(&archive), Err(BadContainer::BadDirectory));
}

#[test]
fn more_files_than_allowed_are_refused() {
    let names: Vec<String> = (0..=FILES_MAX)
        .map(|n| format!("events/{:032x}/{n:08}.dsse.json", 1))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(read(&raw(&names)), Err(BadContainer::TooManyFiles));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), is_archive: bool) {
        let start = if is_archive { &LOCAL[..] } else { &[] };
        let _ = read(&[start, &bytes].concat());
    }
}
