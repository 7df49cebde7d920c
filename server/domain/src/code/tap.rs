//! Taps of NTAG 424 DNA tags: each tap opens an address with the encrypted identity and counter of
//! the tag and a code over them (NXP AN12196, "SUN"). It works with the terminal switched off. A tap
//! can be kept and used later, so it bounds nothing by itself; but the counter orders taps across all
//! phones, and a later tap that is proved to have happened exposes or bounds the earlier ones.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt as _, KeyInit as _};
use cmac::{Cmac, Mac as _};

use super::Query;

/// An AES-128 key.
pub type Key = [u8; 16];

/// PICC data with a seven-byte identity and a counter: what these tags are set up to send.
const PICC_DATA_TAG: u8 = 0xC7;
const UID_BYTES: usize = 7;
/// Ends the input of the diversification: the application's name in AN10922.
const SYSTEM: &[u8] = b"daochang.tag";

crate::ids::hex_id! {
    /// The identity of a tag, set by its maker.
    TagId, 7
}

/// A tap as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    pub picc: [u8; 16],
    pub cmac: [u8; 8],
}

/// What the tag says of itself. Believed only once [`Tap::is_genuine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub tag: TagId,
    pub counter: u32,
}

impl Tap {
    pub(super) fn of(query: &Query) -> Option<Self> {
        Some(Self {
            picc: hex(query.get("e")?)?,
            cmac: hex(query.get("c")?)?,
        })
    }

    /// Identity and counter, by the key that all tags share for this; none if the key is another.
    pub fn claim(&self, meta_key: &Key) -> Option<Claim> {
        let mut block = self.picc.into();
        Aes128::new(meta_key.into()).decrypt_block(&mut block);
        let (uid, rest) = block[1..].split_at(UID_BYTES);
        (block[0] == PICC_DATA_TAG).then_some(Claim {
            tag: TagId(uid.try_into().ok()?),
            counter: u32::from_le_bytes([rest[0], rest[1], rest[2], 0]),
        })
    }

    /// Whether the tag with this key made it.
    pub fn is_genuine(&self, claim: &Claim, tag_key: &Key) -> bool {
        let vector = [
            &[0x3C, 0xC3, 0x00, 0x01, 0x00, 0x80][..],
            &claim.tag.0,
            &claim.counter.to_le_bytes()[..3],
        ]
        .concat();
        let full = mac(&mac(tag_key, &vector), &[]);
        // Every second byte is sent.
        let sent = full.iter().skip(1).step_by(2);
        // All bytes are looked at, so that the time it takes tells nothing.
        sent.zip(&self.cmac)
            .fold(0, |differing, (a, b)| differing | (a ^ b))
            == 0
    }
}

/// The key of one tag, made from the master key (AN10922 for AES-128).
pub fn diversified(master: &Key, tag: &TagId) -> Key {
    diversified_for(master, &[&tag.0[..], SYSTEM].concat())
}

fn diversified_for(master: &Key, input: &[u8]) -> Key {
    mac(master, &[&[0x01], input].concat())
}

fn mac(key: &Key, message: &[u8]) -> Key {
    let mut mac = <Cmac<Aes128> as cmac::KeyInit>::new(key.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Hex in either case: tags write capitals.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        let pair = text.get(at..at + 2).filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    /// AN12196, the example with keys of zeros.
    const PUBLISHED: &str =
        "https://ntag.nxp.com/n?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086";
    const ZEROS: Key = [0; 16];

    fn read(text: &str) -> Tap {
        match Code::read(text) {
            Some(Code::Tap(tap)) => tap,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_published_tap_is_genuine() {
        let tap = read(PUBLISHED);
        let claim = tap.claim(&ZEROS).unwrap();
        assert_eq!(claim.tag.to_string(), "04de5f1eacc040");
        assert_eq!(claim.counter, 61);
        assert!(tap.is_genuine(&claim, &ZEROS));
        assert_eq!(read(&PUBLISHED.replace("EF963FF7", "ef963ff7")), tap);
    }

    #[test]
    fn a_tap_is_of_one_tag_one_counter_and_one_key() {
        let tap = read(PUBLISHED);
        let claim = tap.claim(&ZEROS).unwrap();
        for counter in [60, 62] {
            assert!(!tap.is_genuine(&Claim { counter, ..claim }, &ZEROS));
        }
        assert!(!tap.is_genuine(
            &Claim {
                tag: TagId([4; 7]),
                ..claim
            },
            &ZEROS
        ));
        assert!(!tap.is_genuine(&claim, &[1; 16]));
        assert!(tap.claim(&[1; 16]).is_none());
        for bit in 0..64 {
            let mut cmac = tap.cmac;
            cmac[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !Tap {
                    cmac,
                    ..tap.clone()
                }
                .is_genuine(&claim, &ZEROS),
                "{bit}"
            );
        }
    }

    /// AN10922 §2.2.1.
    #[test]
    fn keys_are_diversified_as_published() {
        let master = hex("00112233445566778899AABBCCDDEEFF").unwrap();
        let input: [u8; 17] = hex("04782E21801D803042F54E585020416275").unwrap();
        let key: Key = hex("A8DD63A3B89D54B37CA802473FDA9175").unwrap();
        assert_eq!(diversified_for(&master, &input), key);
        assert_ne!(
            diversified(&master, &TagId([1; 7])),
            diversified(&master, &TagId([2; 7]))
        );
    }

    #[test]
    fn what_is_cut_off_or_padded_is_broken() {
        for query in [
            "",
            "e=EF",
            "c=94EED9EE65337086",
            "e=EF963FF7828658A599F3041510671E88&c=94EED9EE6533708",
            "e=+F963FF7828658A599F3041510671E88&c=94EED9EE65337086",
        ] {
            let code = Code::read(&format!("https://x/n?{query}"));
            assert!(
                matches!(code, Some(Code::Broken { .. })),
                "{query}: {code:?}"
            );
        }
    }
}
