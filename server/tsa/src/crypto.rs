//! The signatures that count: RSA (PKCS#1 v1.5, from 2048 bits) and ECDSA on P-256 and P-384,
//! each with SHA-256, 384 or 512. SHA-1 only names certificates (ESSCertID, RFC 2634); nothing
//! that it alone protects is believed.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Tag};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::spki::{DecodePublicKey, SubjectPublicKeyInfoOwned};

use crate::Refusal;
use crate::tlv::Element;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

const HASHES: [(ObjectIdentifier, Hash); 3] = [
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
        Hash::Sha256,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
        Hash::Sha384,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
        Hash::Sha512,
    ),
];

/// Signature algorithms that name their hash, and the kind of key they need.
const SIGNATURES: [(ObjectIdentifier, ObjectIdentifier, Hash); 6] = [
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
        RSA,
        Hash::Sha256,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
        RSA,
        Hash::Sha384,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
        RSA,
        Hash::Sha512,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        EC,
        Hash::Sha256,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        EC,
        Hash::Sha384,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"),
        EC,
        Hash::Sha512,
    ),
];

/// Smallest RSA modulus that is believed, in bytes.
const RSA_BYTES_MIN: usize = 256;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The one an AlgorithmIdentifier names; none if it is not one of the three that count.
    pub fn of(algorithm: &Element<'_>) -> Result<Option<Self>, Refusal> {
        let oid = algorithm_oid(algorithm)?;
        let found = HASHES.iter().find(|(known, _)| *known == oid);
        Ok(found.map(|(_, hash)| *hash))
    }

    /// The digest of these bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha1 => Sha1::digest(bytes).to_vec(),
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// The OID of an AlgorithmIdentifier.
pub fn algorithm_oid(algorithm: &Element<'_>) -> Result<ObjectIdentifier, Refusal> {
    algorithm.fields()?.take(Tag::ObjectIdentifier)?.decode()
}

/// The hash that this signature algorithm uses. Tokens often say only "RSA" and name the hash
/// next to it (`beside`); if both are said, they must agree.
pub fn hash_of_signature(
    algorithm: ObjectIdentifier,
    beside: Option<Hash>,
) -> Result<Hash, Refusal> {
    let named = SIGNATURES.iter().find(|(oid, ..)| *oid == algorithm);
    match (named, beside) {
        (Some((_, _, hash)), None) => Ok(*hash),
        (Some((_, _, hash)), Some(beside)) if *hash == beside => Ok(beside),
        (None, Some(beside)) if algorithm == RSA => Ok(beside),
        _ => Err(Refusal::Algorithm),
    }
}

/// Whether `signature` is by this key, with this algorithm, over these bytes.
pub fn verify(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: ObjectIdentifier,
    hash: Hash,
    bytes: &[u8],
    signature: &[u8],
) -> Result<(), Refusal> {
    let named = SIGNATURES.iter().find(|(oid, ..)| *oid == algorithm);
    let kind = named.map_or(RSA, |(_, kind, _)| *kind);
    if key.algorithm.oid != kind {
        return Err(Refusal::Algorithm);
    }
    let digest = hash.digest(bytes);
    if kind == RSA {
        return verify_rsa(key, hash, &digest, signature);
    }
    let parameters = key.algorithm.parameters.as_ref();
    let curve = parameters.map(|any| AnyRef::from(any).decode_as::<ObjectIdentifier>());
    let point = key.subject_public_key.raw_bytes();
    match curve {
        Some(Ok(P256)) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = p256::ecdsa::DerSignature::try_from(signature);
            holds(key.map(|key| signature.is_ok_and(|it| key.verify_prehash(&digest, &it).is_ok())))
        }
        Some(Ok(P384)) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = p384::ecdsa::DerSignature::try_from(signature);
            holds(key.map(|key| signature.is_ok_and(|it| key.verify_prehash(&digest, &it).is_ok())))
        }
        _ => Err(Refusal::Algorithm),
    }
}

fn holds<E>(verified: Result<bool, E>) -> Result<(), Refusal> {
    match verified {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::BadSignature),
        Err(_) => Err(Refusal::Algorithm),
    }
}

fn verify_rsa(
    key: &SubjectPublicKeyInfoOwned,
    hash: Hash,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), Refusal> {
    let key = key.to_der().map_err(|_| Refusal::Algorithm)?;
    let key = rsa::PublicKey::from_public_key_der(&key).map_err(|_| Refusal::Algorithm)?;
    if key.size() < RSA_BYTES_MIN {
        return Err(Refusal::Algorithm);
    }
    let verified = match hash {
        Hash::Sha1 => return Err(Refusal::Algorithm),
        Hash::Sha256 => key.pkcs1v15_verify_prehash::<Sha256>(digest, signature),
        Hash::Sha384 => key.pkcs1v15_verify_prehash::<Sha384>(digest, signature),
        Hash::Sha512 => key.pkcs1v15_verify_prehash::<Sha512>(digest, signature),
    };
    verified.map_err(|_| Refusal::BadSignature)
}
