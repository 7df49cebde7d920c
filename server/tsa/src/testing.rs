//! An authority for tests: it stamps what it is asked to, at whatever time it is told. Everybody knows its
//! key, so it may be trusted nowhere else.

use der::DateTime;
use domain::ids::Digest;
use domain::time::Timestamp;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest as _, Sha256};

use crate::{Roots, request};

/// Self-signed, `CN=tsa.test`, number 1, valid from 2020 to 2120.
const CERTIFICATE: &[u8] = include_bytes!("testing/authority.der");
const KEY: [u8; 32] = [
    0xb5, 0x27, 0x57, 0xb5, 0xd0, 0xe4, 0xe8, 0xd0, 0xe6, 0x69, 0x0b, 0x26, 0x29, 0x44, 0x6c, 0x94,
    0x80, 0x91, 0x6c, 0xbe, 0x05, 0x60, 0x62, 0x01, 0xa1, 0x1c, 0x2b, 0x60, 0x37, 0x5e, 0x8b, 0x7a,
];
/// The DER name `CN=tsa.test`.
const NAME: &[u8] = b"\x30\x13\x31\x11\x30\x0f\x06\x03\x55\x04\x03\x0c\x08tsa.test";

const SHA256: &[u8] = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
const ECDSA_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const TST_INFO: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";
const CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const CERTIFICATE_V2: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
const POLICY: &[u8] = b"\x06\x03\x2a\x03\x04";

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OCTETS: u8 = 0x04;
const INTEGER: u8 = 0x02;

/// Who trusts it.
pub fn roots() -> Roots {
    Roots::of_der(CERTIFICATE).expect("the file is a certificate")
}

/// The answer to a request of ours.
///
/// # Panics
/// When it is none.
pub fn answer(asked: &[u8], at: Timestamp, accuracy_s: Option<u8>) -> Vec<u8> {
    let imprint = Digest(asked[24..56].try_into().expect("a digest has 32 bytes"));
    let nonce: [u8; 8] = asked[58..66].try_into().expect("a nonce has 8 bytes");
    let expected = request(&imprint, crate::Nonce::from_random(nonce));
    assert_eq!(asked, expected, "a request is what the crate makes");
    stamp(&imprint, Some(nonce), at, accuracy_s)
}

/// A stamp over this digest, as the whole reply.
pub fn stamp(
    imprint: &Digest,
    nonce: Option<[u8; 8]>,
    at: Timestamp,
    accuracy_s: Option<u8>,
) -> Vec<u8> {
    let time = general_time(at);
    let accuracy = accuracy_s.map(|s| value(SEQUENCE, &[&value(INTEGER, &[&[s]])]));
    let nonce = nonce.map(|nonce| value(INTEGER, &[&nonce]));
    let about = value(SEQUENCE, &[SHA256, &value(OCTETS, &[&imprint.0])]);
    let info = value(
        SEQUENCE,
        &[
            &value(INTEGER, &[&[1]]),
            POLICY,
            &about,
            &value(INTEGER, &[&[7]]),
            &value(0x18, &[time.as_bytes()]),
            &accuracy.unwrap_or_default(),
            &nonce.unwrap_or_default(),
        ],
    );
    let content = value(
        SEQUENCE,
        &[
            TST_INFO,
            &value(0xa0, &[&value(OCTETS, &[info.as_slice()])]),
        ],
    );
    let data = value(
        SEQUENCE,
        &[
            &value(INTEGER, &[&[3]]),
            &value(SET, &[SHA256]),
            &content,
            &value(0xa0, &[CERTIFICATE]),
            &value(SET, &[&signer_info(&info)]),
        ],
    );
    let token = value(SEQUENCE, &[SIGNED_DATA, &value(0xa0, &[&data])]);
    let granted = value(SEQUENCE, &[&value(INTEGER, &[&[0]])]);
    value(SEQUENCE, &[&granted, &token])
}

fn signer_info(info: &[u8]) -> Vec<u8> {
    let attribute =
        |name: &[u8], what: Vec<u8>| value(SEQUENCE, &[name, &value(SET, &[what.as_slice()])]);
    let digest = |bytes: &[u8]| value(OCTETS, &[&Sha256::digest(bytes)]);
    let id = value(SEQUENCE, &[&digest(CERTIFICATE)]);
    let named = value(SEQUENCE, &[&value(SEQUENCE, &[id.as_slice()])]);
    let attributes = [
        attribute(CONTENT_TYPE, TST_INFO.to_vec()),
        attribute(MESSAGE_DIGEST, digest(info)),
        attribute(CERTIFICATE_V2, named),
    ]
    .concat();
    let key = SigningKey::from_slice(&KEY).expect("the key is a scalar");
    let signature: DerSignature = key.sign(&value(SET, &[attributes.as_slice()]));
    value(
        SEQUENCE,
        &[
            &value(INTEGER, &[&[1]]),
            &value(SEQUENCE, &[NAME, &value(INTEGER, &[&[1]])]),
            SHA256,
            &value(0xa0, &[attributes.as_slice()]),
            ECDSA_SHA256,
            &value(OCTETS, &[signature.as_bytes()]),
        ],
    )
}

/// `YYYYMMDDhhmmss[.fff]Z`, without zeros at the end, as DER wants it.
fn general_time(at: Timestamp) -> String {
    let ms = u64::try_from(at.0).expect("tests live after 1970");
    let time = DateTime::from_unix_duration(std::time::Duration::from_secs(ms / 1000))
        .expect("tests live before 9999");
    let fraction = format!(".{:03}", ms % 1000);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minutes(),
        time.seconds(),
        fraction.trim_end_matches('0').trim_end_matches('.')
    )
}

/// One DER value.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let [high, low] = u16::try_from(length)
        .expect("a stamp is small")
        .to_be_bytes();
    let mut bytes = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    bytes.extend(parts.iter().flat_map(|part| part.iter().copied()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Nonce, Refusal, verify};

    #[test]
    fn what_it_stamps_is_a_stamp() {
        let imprint = Digest([7; 32]);
        let nonce = Nonce::from_random([0xff; 8]);
        for at in [1_795_482_000_000, 1_795_482_000_120, 1_795_482_000_001] {
            let reply = answer(&request(&imprint, nonce), Timestamp(at), Some(3));
            let stamp = verify(&reply, &imprint, Some(nonce), &roots()).unwrap();
            assert_eq!(stamp.gen_time, Timestamp(at));
            assert_eq!(stamp.accuracy_ms, Some(3_000));
            assert_eq!(stamp.tsa, "CN=tsa.test");
            let other = verify(&reply, &Digest([8; 32]), None, &roots());
            assert_eq!(other, Err(Refusal::WrongImprint));
        }
        let bare = stamp(&imprint, None, Timestamp(1_795_482_000_000), None);
        assert_eq!(
            verify(&bare, &imprint, None, &roots()).unwrap().accuracy_ms,
            None
        );
    }
}
