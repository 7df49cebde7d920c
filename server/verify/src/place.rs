//! The names of the files in a bundle, each in exactly one spelling. What has no place here is not
//! part of a bundle, which leaves no room for absolute names, `..`, links or stray files.

use std::fmt;
use std::str::FromStr;

use domain::ids::{DeviceId, Digest, SiteId, TerminalId};

/// Kinds of pictures a photo can be.
pub const PHOTO_EXTENSIONS: [&str; 3] = ["jpg", "png", "webp"];
/// The instructions for people; the only name that is not ASCII.
const INSTRUCTIONS: &str = "验证说明.txt";

/// Where a file stands in a bundle, which says what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// What else is in the bundle, with sizes and hashes.
    Manifest,
    /// The server's signature under the manifest.
    ManifestSignature,
    /// One signed event of one chain.
    Event {
        dev: DeviceId,
        seq: u64,
    },
    /// A receipt, by the hash of what was signed.
    Receipt(Digest),
    /// A key record or a revocation, by the hash of what was signed.
    Key(Digest),
    /// That another key signs from a moment on, by the hash of what both have signed.
    KeyChange(Digest),
    /// The server's first public key, base64; only a hint, because a bundle cannot vouch for itself.
    ServerKey,
    Policy,
    Terminal(TerminalId),
    Site(SiteId),
    People,
    Photo {
        sha256: Digest,
        extension: &'static str,
    },
    /// A personal value, by its commitment.
    Sidecar(Digest),
    Verdict,
    /// A verdict that the server has logged, by the hash of its text.
    LoggedVerdict(Digest),
    /// A leaf of the log and the way from it to a signed checkpoint, by what the leaf is about.
    Proof(Digest),
    /// A signed state of the log with so many leaves, and its cosignatures.
    Checkpoint(u64),
    /// The reply of a time-stamp authority about the text of that state (RFC 3161), byte for byte.
    Stamp(u64),
    /// That the state of `new` leaves continues that of `old`.
    Consistency {
        old: u64,
        new: u64,
    },
    /// The report for people, PDF.
    Report,
    Instructions,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Manifest => f.write_str("manifest.json"),
            Place::ManifestSignature => f.write_str("manifest.dsse.json"),
            Place::Event { dev, seq } => write!(f, "events/{dev}/{seq:08}.dsse.json"),
            Place::Receipt(id) => write!(f, "receipts/{id}.dsse.json"),
            Place::Key(id) => write!(f, "keys/{id}.dsse.json"),
            Place::KeyChange(id) => write!(f, "keys/changes/{id}.dsse.json"),
            Place::ServerKey => f.write_str("keys/server.spki"),
            Place::Policy => f.write_str("policy.json"),
            Place::Terminal(id) => write!(f, "register/terminals/{id}.json"),
            Place::Site(id) => write!(f, "register/sites/{id}.json"),
            Place::People => f.write_str("people.json"),
            Place::Photo { sha256, extension } => write!(f, "photos/{sha256}.{extension}"),
            Place::Sidecar(c) => write!(f, "sidecars/{c}.json"),
            Place::Verdict => f.write_str("verdict.json"),
            Place::LoggedVerdict(h) => write!(f, "verdicts/{h}.json"),
            Place::Proof(h) => write!(f, "proofs/{h}.tlog-proof"),
            Place::Checkpoint(size) => write!(f, "checkpoints/{size:08}.note"),
            Place::Stamp(size) => write!(f, "stamps/{size:08}.tsr"),
            Place::Consistency { old, new } => write!(f, "consistency/{old:08}-{new:08}.txt"),
            Place::Report => f.write_str("report.pdf"),
            Place::Instructions => f.write_str(INSTRUCTIONS),
        }
    }
}

/// The name is no place in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(name: &str) -> Result<Self, NoPlace> {
        let place = fixed(name).or_else(|| named(name)).ok_or(NoPlace)?;
        // One spelling each: no leading zeros beyond the eight digits, no capitals in hashes.
        if place.to_string() == name {
            Ok(place)
        } else {
            Err(NoPlace)
        }
    }
}

fn fixed(name: &str) -> Option<Place> {
    let places = [
        Place::Manifest,
        Place::ManifestSignature,
        Place::ServerKey,
        Place::Policy,
        Place::People,
        Place::Verdict,
        Place::Report,
        Place::Instructions,
    ];
    places.into_iter().find(|place| place.to_string() == name)
}

fn named(name: &str) -> Option<Place> {
    let (folder, rest) = name.split_once('/')?;
    let signed = || rest.strip_suffix(".dsse.json");
    let plain = |rest: &str| rest.strip_suffix(".json").map(str::to_owned);
    match folder {
        "events" => {
            let (dev, seq) = signed()?.split_once('/')?;
            let (dev, seq) = (dev.parse().ok()?, seq.parse().ok()?);
            Some(Place::Event { dev, seq })
        }
        "receipts" => Some(Place::Receipt(signed()?.parse().ok()?)),
        "keys" => match signed()?.strip_prefix("changes/") {
            Some(id) => Some(Place::KeyChange(id.parse().ok()?)),
            None => Some(Place::Key(signed()?.parse().ok()?)),
        },
        "register" => {
            let (kind, rest) = rest.split_once('/')?;
            let id = plain(rest)?;
            match kind {
                "terminals" => Some(Place::Terminal(id.parse().ok()?)),
                "sites" => Some(Place::Site(id.parse().ok()?)),
                _ => None,
            }
        }
        "photos" => {
            let (sha256, ending) = rest.split_once('.')?;
            let extension = PHOTO_EXTENSIONS
                .into_iter()
                .find(|known| *known == ending)?;
            let sha256 = sha256.parse().ok()?;
            Some(Place::Photo { sha256, extension })
        }
        "sidecars" => Some(Place::Sidecar(plain(rest)?.parse().ok()?)),
        "verdicts" => Some(Place::LoggedVerdict(plain(rest)?.parse().ok()?)),
        "proofs" | "checkpoints" | "stamps" | "consistency" => of_the_log(folder, rest),
        _ => None,
    }
}

fn of_the_log(folder: &str, rest: &str) -> Option<Place> {
    let (name, ending) = rest.split_once('.')?;
    match (folder, ending) {
        ("proofs", "tlog-proof") => Some(Place::Proof(name.parse().ok()?)),
        ("checkpoints", "note") => Some(Place::Checkpoint(name.parse().ok()?)),
        ("stamps", "tsr") => Some(Place::Stamp(name.parse().ok()?)),
        ("consistency", "txt") => {
            let (old, new) = name.split_once('-')?;
            let (old, new) = (old.parse().ok()?, new.parse().ok()?);
            Some(Place::Consistency { old, new })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_place_is_found_again_by_its_name() {
        let digest = Digest([0xab; 32]);
        let places = [
            Place::Manifest,
            Place::ManifestSignature,
            Place::Event {
                dev: DeviceId([1; 16]),
                seq: 17,
            },
            Place::Event {
                dev: DeviceId([1; 16]),
                seq: u64::MAX,
            },
            Place::Receipt(digest),
            Place::Key(digest),
            Place::KeyChange(digest),
            Place::ServerKey,
            Place::Policy,
            Place::Terminal("SZ-FT-012344".parse().unwrap()),
            Place::Site("S-FT-01".parse().unwrap()),
            Place::People,
            Place::Photo {
                sha256: digest,
                extension: "webp",
            },
            Place::Sidecar(digest),
            Place::Verdict,
            Place::LoggedVerdict(digest),
            Place::Proof(digest),
            Place::Checkpoint(7),
            Place::Checkpoint(1_234_567_890),
            Place::Stamp(7),
            Place::Consistency {
                old: 7,
                new: 123_456_789,
            },
            Place::Report,
            Place::Instructions,
        ];
        for place in places {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
    }

    #[rstest]
    #[case::empty("")]
    #[case::absolute("/manifest.json")]
    #[case::upwards("../manifest.json")]
    #[case::upwards_inside("events/../../etc/passwd")]
    #[case::windows("events\\x")]
    #[case::folder("events/")]
    #[case::stray("readme.txt")]
    #[case::other_case("Manifest.json")]
    #[case::short_number("events/01010101010101010101010101010101/1.dsse.json")]
    #[case::capitals(&"photos/AB.jpg".replace("AB", &"AB".repeat(32)))]
    #[case::program(&format!("photos/{}.exe", "ab".repeat(32)))]
    #[case::signed_number("checkpoints/+0000007.note")]
    #[case::short_size("checkpoints/7.note")]
    #[case::other_stamp("stamps/00000007.tsq")]
    #[case::one_size("consistency/00000007.txt")]
    #[case::other_changes(&format!("keys/change/{}.dsse.json", "ab".repeat(32)))]
    #[case::dots("register/terminals/...json")]
    fn anything_else_has_no_place(#[case] name: &str) {
        assert_eq!(name.parse::<Place>(), Err(NoPlace));
    }
}
