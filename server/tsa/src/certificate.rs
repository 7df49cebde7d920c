//! One X.509 certificate (RFC 5280) with the bytes it came in: the hash and the signature are
//! over those, never over what we would write ourselves.

use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid;
use der::{Decode, Encode, Tag};
use domain::time::Timestamp;
use x509_cert::certificate::{CertificateInner, Raw, TbsCertificateInner, Version};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage,
    InhibitAnyPolicy, KeyUsage, KeyUsages, NameConstraints, PolicyConstraints, PolicyMappings,
    SubjectAltName,
};

use crate::Refusal;
use crate::crypto::{self, Hash};
use crate::tlv::Element;

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// Critical extensions that are honoured or that say nothing about time-stamps. Any other makes
/// the certificate unusable, as RFC 5280 demands.
const CRITICAL_KNOWN: [ObjectIdentifier; 9] = [
    BasicConstraints::OID,
    KeyUsage::OID,
    ExtendedKeyUsage::OID,
    SubjectAltName::OID,
    CertificatePolicies::OID,
    PolicyConstraints::OID,
    PolicyMappings::OID,
    InhibitAnyPolicy::OID,
    CrlDistributionPoints::OID,
];

/// Longest name that is shown, in characters.
const NAME_CHARS_MAX: usize = 300;

/// A certificate, parsed, not yet trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    raw: Vec<u8>,
    signed: Vec<u8>,
    parsed: CertificateInner<Raw>,
}

impl Certificate {
    /// Reads one certificate; nothing may follow.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Element::only(bytes, Tag::Sequence)?.fields()?;
        let signed = fields.take(Tag::Sequence)?.raw.to_vec();
        let parsed = CertificateInner::from_der(bytes).map_err(|_| Refusal::Certificate)?;
        Ok(Self {
            raw: bytes.to_vec(),
            signed,
            parsed,
        })
    }

    fn tbs(&self) -> &TbsCertificateInner<Raw> {
        self.parsed.tbs_certificate()
    }

    /// The bytes it came in.
    pub fn der(&self) -> &[u8] {
        &self.raw
    }

    /// Its digest, by which tokens name it.
    pub fn digest(&self, hash: Hash) -> Vec<u8> {
        hash.digest(&self.raw)
    }

    /// Whether issuer (DER of the name) and serial number (content of the INTEGER) are these.
    pub fn is(&self, issuer: &[u8], serial: &[u8]) -> bool {
        self.has_issuer(issuer) && self.tbs().serial_number().as_bytes() == serial
    }

    fn has_issuer(&self, issuer: &[u8]) -> bool {
        self.tbs().issuer().to_der().is_ok_and(|own| own == issuer)
    }

    /// Whether the token may call its maker so.
    pub fn is_called(&self, name: &GeneralName) -> bool {
        if let GeneralName::DirectoryName(name) = name
            && name == self.tbs().subject()
        {
            return true;
        }
        let others = self.tbs().get_extension::<SubjectAltName>();
        matches!(others, Ok(Some((_, SubjectAltName(names)))) if names.contains(name))
    }

    /// Its subject in words.
    pub fn subject_text(&self) -> String {
        let text = self.tbs().subject().to_string();
        text.chars().take(NAME_CHARS_MAX).collect()
    }

    /// Verifies a signature of its key.
    pub fn verify(
        &self,
        algorithm: ObjectIdentifier,
        hash: Hash,
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        let key = self.tbs().subject_public_key_info();
        crypto::verify(key, algorithm, hash, bytes, signature)
    }

    /// Whether this is named as the issuer of `other` (nothing is verified yet).
    pub fn is_issuer_of(&self, other: &Certificate) -> bool {
        self.tbs().subject() == other.tbs().issuer()
    }

    /// Whether it issued itself, in name.
    pub fn is_self_issued(&self) -> bool {
        self.is_issuer_of(self)
    }

    /// Whether it signed `other`.
    pub fn signed(&self, other: &Certificate) -> Result<(), Refusal> {
        let algorithm = other.parsed.signature_algorithm();
        if other.tbs().signature() != algorithm {
            return Err(Refusal::Certificate);
        }
        let hash = crypto::hash_of_signature(algorithm.oid, None)?;
        let signature = other.parsed.signature().as_bytes();
        let signature = signature.ok_or(Refusal::Certificate)?;
        self.verify(algorithm.oid, hash, &other.signed, signature)
    }

    /// Whether it was valid then, both ends included.
    pub fn is_valid_at(&self, at: Timestamp) -> Result<(), Refusal> {
        let validity = self.tbs().validity();
        let second = u64::try_from(at.0.div_euclid(1000)).map_err(|_| Refusal::CertificateTime)?;
        let from = validity.not_before.to_unix_duration().as_secs();
        let until = validity.not_after.to_unix_duration().as_secs();
        if (from..=until).contains(&second) {
            Ok(())
        } else {
            Err(Refusal::CertificateTime)
        }
    }

    /// Whether time-stamping is what it is for, critically and alone (RFC 3161, 2.3), and its key
    /// is for signatures.
    pub fn may_stamp_time(&self) -> Result<(), Refusal> {
        self.has_only_known_extensions()?;
        let purposes = self.extension::<ExtendedKeyUsage>()?;
        let alone = matches!(&purposes, Some((true, ExtendedKeyUsage(purposes))) if *purposes == [TIME_STAMPING]);
        let signing = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
        let key_fits = match self.extension::<KeyUsage>()? {
            Some((_, KeyUsage(usage))) => !usage.is_empty() && (usage & !signing).is_empty(),
            None => true,
        };
        if alone && key_fits {
            Ok(())
        } else {
            Err(Refusal::Purpose)
        }
    }

    /// Whether it may issue a certificate with `below` further authorities between. A trusted
    /// root of the old form without extensions may.
    pub fn may_issue(&self, below: usize, trusted: bool) -> Result<(), Refusal> {
        self.has_only_known_extensions()?;
        let authority = match self.extension::<BasicConstraints>()? {
            Some((
                _,
                BasicConstraints {
                    ca,
                    path_len_constraint,
                },
            )) => ca && path_len_constraint.is_none_or(|most| below <= usize::from(most)),
            None => trusted && self.tbs().version() == Version::V1 && self.is_self_issued(),
        };
        let key_fits = match self.extension::<KeyUsage>()? {
            Some((_, usage)) => usage.key_cert_sign(),
            None => true,
        };
        // What it restricts is not checked here, so it may not restrict anything.
        let unrestricted = self.extension::<NameConstraints>()?.is_none();
        if authority && key_fits && unrestricted {
            Ok(())
        } else {
            Err(Refusal::Certificate)
        }
    }

    fn extension<'a, T: Decode<'a, Error = der::Error> + AssociatedOid>(
        &'a self,
    ) -> Result<Option<(bool, T)>, Refusal> {
        self.tbs().get_extension().map_err(|_| Refusal::Certificate)
    }

    fn has_only_known_extensions(&self) -> Result<(), Refusal> {
        let extensions = self.tbs().extensions().map_or(&[][..], Vec::as_slice);
        let unknown = |critical: bool, id| critical && !CRITICAL_KNOWN.contains(id);
        if extensions
            .iter()
            .any(|it| unknown(it.critical, &it.extn_id))
        {
            return Err(Refusal::Certificate);
        }
        Ok(())
    }
}
