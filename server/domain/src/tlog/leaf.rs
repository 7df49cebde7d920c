//! What the log says: "at this time the server knew the thing with this hash". No names, no
//! places, nothing personal, so the log can be public and nothing must ever be erased from it.

use serde::{Deserialize, Serialize};

use super::{LogRefusal, merkle};
use crate::canonical::{canonical_of, parse_canonical};
use crate::ids::Digest;
use crate::time::Timestamp;

/// Largest leaf, bytes.
pub const LEAF_BYTES_MAX: usize = 200;

/// What a leaf is about, and so what its hash is the hash of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeafKind {
    /// A fault was reported, somebody joined its report, or monitoring said that it is over: the id of the event.
    Fault,
    /// A receipt was given: SHA-256 of what was signed.
    Receipt,
    /// A key became a person's: SHA-256 of what was signed.
    Key,
    /// A key ends: SHA-256 of what was signed.
    Revoke,
    /// Rules came into force: SHA-256 of their canonical text.
    Policy,
    /// A terminal was registered or changed: SHA-256 of its canonical text.
    Terminal,
    /// A site was registered or changed: SHA-256 of its canonical text.
    Site,
    /// The responsible authority was told: the id of the event.
    Filing,
    /// A work order was evaluated through a link, a link was made or taken back, or it closed without an
    /// evaluation: the id of the event. What a phone signs its receipt logs.
    Evaluation,
    /// A work order was judged: SHA-256 of the canonical statement.
    Verdict,
    /// A sidecar was erased: SHA-256 of the canonical record.
    Erase,
    /// A hold was put on a work order or taken off: the id of the event.
    Hold,
    /// A chain head came by way of another person: SHA-256 of the canonical record.
    Relay,
    /// Something that codes at terminals are judged by (a print run of labels, a screen, a tag) was
    /// registered or withdrawn: SHA-256 of the canonical record.
    Label,
    /// Another key of the server or of the log signs from here on: SHA-256 of what both signed.
    KeyChange,
    /// The app is served in another build from now on: SHA-256 of the list of its files
    /// ([`crate::build`]).
    Build,
}

/// An entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Hash of what it is about.
    pub h: Digest,
    pub k: LeafKind,
    /// Server clock; never earlier than that of the leaf before.
    pub ts: Timestamp,
    /// Version of this form; always 1.
    pub v: u32,
}

impl Leaf {
    /// A leaf of this version.
    pub fn new(k: LeafKind, ts: Timestamp, h: Digest) -> Self {
        Self { h, k, ts, v: 1 }
    }

    /// The entry as it stands in the log; refused if the time is beyond what JSON can say.
    pub fn bytes(&self) -> Result<Vec<u8>, LogRefusal> {
        let text = canonical_of(self).map_err(|_| LogRefusal::NotALogLeaf)?;
        Ok(text.into_bytes())
    }

    /// Its hash in the tree.
    pub fn hash(&self) -> Result<Digest, LogRefusal> {
        Ok(merkle::leaf_hash(&self.bytes()?))
    }

    /// Reads an entry in its one spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, LogRefusal> {
        let value = parse_canonical(bytes, LEAF_BYTES_MAX).map_err(|_| LogRefusal::NotALogLeaf)?;
        serde_json::from_value::<Self>(value)
            .ok()
            .filter(|leaf| leaf.v == 1 && leaf.ts >= Timestamp(0))
            .ok_or(LogRefusal::NotALogLeaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAF: &str = r#"{"h":"0707070707070707070707070707070707070707070707070707070707070707","k":"receipt","ts":1790000000000,"v":1}"#;

    #[test]
    fn a_leaf_has_one_spelling() {
        let leaf = Leaf::new(
            LeafKind::Receipt,
            Timestamp(1_790_000_000_000),
            Digest([7; 32]),
        );
        assert_eq!(leaf.bytes().unwrap(), LEAF.as_bytes());
        assert_eq!(Leaf::parse(LEAF.as_bytes()), Ok(leaf));
        assert_eq!(leaf.hash(), Ok(merkle::leaf_hash(LEAF.as_bytes())));
        for other in [
            LEAF.replace("\"v\":1", "\"v\":2"),
            LEAF.replace("receipt", "recipe"),
            LEAF.replace(",\"v\":1", ""),
            LEAF.replace("\"v\":1", "\"v\":1,\"x\":1"),
            LEAF.replace(":1790000000000", ":-1"),
            LEAF.replace(":1790000000000", ": 1790000000000"),
            LEAF.replace("0707", "AB07"),
            format!("{LEAF}\n"),
            format!("{LEAF}{}", " ".repeat(LEAF_BYTES_MAX)),
            String::new(),
        ] {
            assert_eq!(
                Leaf::parse(other.as_bytes()),
                Err(LogRefusal::NotALogLeaf),
                "{other}"
            );
        }
    }

    #[test]
    fn every_leaf_fits_and_a_time_beyond_json_is_refused() {
        let latest = Timestamp(crate::canonical::INTEGER_MAX);
        let longest = Leaf::new(LeafKind::Terminal, latest, Digest([255; 32]));
        assert!(longest.bytes().unwrap().len() <= LEAF_BYTES_MAX);
        let beyond = Leaf {
            ts: Timestamp(latest.0 + 1),
            ..longest
        };
        assert_eq!(beyond.bytes(), Err(LogRefusal::NotALogLeaf));
    }
}
