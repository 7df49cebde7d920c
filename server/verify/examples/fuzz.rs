//! A bounded search for input that makes the verifier panic: mutations of given bundles, and of the
//! envelopes and documents in them (`scripts/fuzz`). A panic ends the program and leaves the input behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::canonical::{EVENT_BYTES_MAX, parse_canonical, parse_strict};
use domain::envelope::Envelope;
use domain::sidecar::Sidecar;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::note::Note;
use domain::tlog::proof::{LogProof, read_hashes};
use verify::{Trust, container, verify};

/// xorshift64*: the same seed makes the same run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }
}

/// What parsers stumble over.
const WORDS: [&[u8]; 14] = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"{",
    b"}",
    b"\"",
    b"\\ud800",
    b"9007199254740993",
    b"-0",
    b"1e9",
    b"null",
    b"\xff\xff\xff\xff",
    b"..",
    b"[[[[[[[[",
];

fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(64)).min(bytes.len());
        match chance.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => bytes[at] = chance.next() as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let to = chance.below(bytes.len() + 1);
                drop(bytes.splice(to..to, piece));
            }
            _ => {
                let word = WORDS[chance.below(WORDS.len())];
                drop(bytes.splice(at..at, word.iter().copied()));
            }
        }
    }
}

/// Everything that reads bytes from outside. What it says does not matter, only that it says something.
fn exercise(bytes: &[u8], trust: &Trust) {
    if let Ok(envelope) = Envelope::parse(bytes) {
        for payload_type in [domain::event::EVENT_TYPE, domain::receipt::RECEIPT_TYPE] {
            let _ = envelope.open_unverified(payload_type);
        }
    }
    let _ = parse_strict(bytes, EVENT_BYTES_MAX);
    let _ = parse_canonical(bytes, EVENT_BYTES_MAX);
    let _ = Sidecar::parse(bytes);
    let _ = Trust::parse(bytes);
    let _ = Note::parse(bytes).map(|note| Checkpoint::parse(note.text()));
    let _ = LogProof::parse(bytes);
    let _ = read_hashes(bytes);
    let _ = verify(bytes, Some(trust)).text();
    let _ = verify(bytes, None);
}

/// The bundle with one file mutated, its container in order.
fn with_mutated_file(bundle: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    let files = container::read(bundle).ok()?;
    let chosen = files[chance.below(files.len())].name;
    let mut all: BTreeMap<String, Vec<u8>> = files
        .iter()
        .map(|file| (file.name.to_owned(), file.bytes.to_vec()))
        .collect();
    mutate(all.get_mut(chosen)?, chance);
    Some(container::write(&all))
}

fn input(bundle: &[u8], chance: &mut Chance) -> Vec<u8> {
    if chance.below(2) == 0
        && let Some(whole) = with_mutated_file(bundle, chance)
    {
        return whole;
    }
    let mut bytes = match container::read(bundle) {
        Ok(files) if chance.below(3) > 0 => files[chance.below(files.len())].bytes.to_vec(),
        _ => bundle.to_vec(),
    };
    mutate(&mut bytes, chance);
    bytes
}

fn keep(folder: &Path, seed: u64, run: u64, input: &[u8]) -> std::io::Result<PathBuf> {
    let file = folder.join(format!("panic-{seed}-{run}"));
    std::fs::write(&file, input)?;
    Ok(file)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, seed, trust, failures, corpus @ ..] = arguments.as_slice() else {
        return Err("fuzz SECONDS SEED TRUST FAILURES BUNDLE…".into());
    };
    let trust = Trust::parse(&std::fs::read(trust)?).map_err(|_| "not a trust file")?;
    let bundles = corpus
        .iter()
        .map(std::fs::read)
        .collect::<Result<Vec<_>, _>>()?;
    let seed: u64 = seed.parse()?;
    let until = Instant::now() + Duration::from_secs(seconds.parse()?);
    let mut chance = Chance(seed | 1);
    let mut runs = 0_u64;
    while Instant::now() < until {
        let input = input(&bundles[chance.below(bundles.len())], &mut chance);
        let outcome = std::panic::catch_unwind(|| exercise(&input, &trust));
        if outcome.is_err() {
            let file = keep(Path::new(failures), seed, runs, &input)?;
            return Err(format!("panicked on {}", file.display()).into());
        }
        runs += 1;
    }
    println!("{runs} inputs, no panic (seed {seed})");
    Ok(())
}
