//! The signed envelope around the statement: CMS `SignedData` with exactly one signer and signed
//! attributes (RFC 5652, RFC 3161 2.4.2), the certificate bound by ESSCertID (RFC 2634, 5816).

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::certificate::Certificate;
use crate::crypto::{self, Hash, algorithm_oid};
use crate::tlv::{Element, context};
use crate::{Refusal, Roots};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const CERTIFICATE_V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// Most certificates a token may bring along.
const CERTIFICATES_MAX: usize = 16;
/// Most attributes, and most certificates named in one.
const ATTRIBUTES_MAX: usize = 16;

/// A token, taken apart; only [`Token::is_signed_by`] says whether it holds.
pub struct Token<'a> {
    /// The bytes of the statement.
    pub content: &'a [u8],
    /// The certificates it brings along.
    pub certificates: Vec<Certificate>,
    issuer: &'a [u8],
    serial: &'a [u8],
    hash: Hash,
    algorithm: ObjectIdentifier,
    attributes: Element<'a>,
    signature: &'a [u8],
}

impl<'a> Token<'a> {
    /// Takes a ContentInfo apart.
    pub fn parse(content_info: Element<'a>) -> Result<Self, Refusal> {
        let mut outer = content_info.fields()?;
        if outer.take(Tag::ObjectIdentifier)?.decode() != Ok(SIGNED_DATA) {
            return Err(Refusal::Malformed);
        }
        let data = Element::only(outer.take(context(0))?.value, Tag::Sequence)?;
        outer.end()?;
        let mut data = data.fields()?;
        data.take(Tag::Integer)?;
        data.take(Tag::Set)?; // hash algorithms, said again by the signer
        let content = content(data.take(Tag::Sequence)?)?;
        let certificates = match data.take_if(context(0))? {
            Some(set) => certificates(set)?,
            None => Vec::new(),
        };
        data.take_if(context(1))?; // revocation lists: not looked at, see the crate's words
        let signers = data.take(Tag::Set)?.fields()?.all(1)?;
        data.end()?;
        let [signer] = signers[..] else {
            return Err(Refusal::Malformed);
        };
        let mut signer = signer.fields()?;
        signer.take(Tag::Integer)?;
        let mut id = signer.take(Tag::Sequence)?.fields()?;
        let issuer = id.take(Tag::Sequence)?.raw;
        let serial = id.take(Tag::Integer)?.value;
        id.end()?;
        let hash = Hash::of(&signer.take(Tag::Sequence)?)?.ok_or(Refusal::Algorithm)?;
        let attributes = signer.take_if(context(0))?.ok_or(Refusal::SignerNotBound)?;
        let algorithm = algorithm_oid(&signer.take(Tag::Sequence)?)?;
        let signature = signer.take(Tag::OctetString)?.value;
        signer.take_if(context(1))?; // unsigned attributes say nothing
        signer.end()?;
        Ok(Self {
            content,
            certificates,
            issuer,
            serial,
            hash: crypto::hash_of_signature(algorithm, Some(hash))?,
            algorithm,
            attributes,
            signature,
        })
    }

    /// The certificate the token says it was signed with: one it brings along, or a trusted one.
    pub fn signer<'b>(&'b self, roots: &'b Roots) -> Result<&'b Certificate, Refusal> {
        let mut known = self.certificates.iter().chain(roots.as_slice());
        known
            .find(|certificate| certificate.is(self.issuer, self.serial))
            .ok_or(Refusal::NoSigner)
    }

    /// Whether the signer's key signed these attributes, and the attributes this statement.
    pub fn is_signed_by(&self, signer: &Certificate) -> Result<(), Refusal> {
        let kind = self.attribute(CONTENT_TYPE)?.ok_or(Refusal::Malformed)?;
        if kind.decode() != Ok(TST_INFO) {
            return Err(Refusal::Malformed);
        }
        let digest = self.attribute(MESSAGE_DIGEST)?.ok_or(Refusal::Malformed)?;
        if digest.tag != Tag::OctetString || digest.value != self.hash.digest(self.content) {
            return Err(Refusal::BadSignature);
        }
        // Signed is the SET itself, not the `[0]` it travels as (RFC 5652, 5.4).
        let mut signed = self.attributes.raw.to_vec();
        signed[0] = 0x31;
        signer.verify(self.algorithm, self.hash, &signed, self.signature)
    }

    /// Whether the signed attributes name the signer, `path[0]`, and nobody outside the path.
    pub fn binds(&self, path: &[&Certificate]) -> Result<(), Refusal> {
        let mut named = false;
        for (attribute, v2) in [(CERTIFICATE_V1, false), (CERTIFICATE_V2, true)] {
            let Some(value) = self.attribute(attribute)? else {
                continue;
            };
            let mut fields = value.fields()?;
            let ids = fields.take(Tag::Sequence)?.fields()?.all(ATTRIBUTES_MAX)?;
            for (place, id) in ids.iter().enumerate() {
                let id = CertificateId::parse(id, v2)?;
                let mut candidates = if place == 0 { &path[..1] } else { path }.iter();
                if !candidates.any(|certificate| id.is(certificate)) {
                    return Err(Refusal::SignerNotBound);
                }
                named = true;
            }
        }
        if named {
            Ok(())
        } else {
            Err(Refusal::SignerNotBound)
        }
    }

    /// The one value of a signed attribute; standing twice, or with several values, it is refused.
    fn attribute(&self, wanted: ObjectIdentifier) -> Result<Option<Element<'a>>, Refusal> {
        let mut found = None;
        for attribute in self.attributes.fields()?.all(ATTRIBUTES_MAX)? {
            let mut attribute = attribute.fields()?;
            if attribute.take(Tag::ObjectIdentifier)?.decode() != Ok(wanted) {
                continue;
            }
            let values = attribute.take(Tag::Set)?.fields()?.all(1)?;
            attribute.end()?;
            if found.is_some() || values.is_empty() {
                return Err(Refusal::Malformed);
            }
            found = Some(values[0]);
        }
        Ok(found)
    }
}

/// `SEQUENCE { OID id-ct-TSTInfo, [0] { OCTET STRING } }`.
fn content(encapsulated: Element<'_>) -> Result<&[u8], Refusal> {
    let mut fields = encapsulated.fields()?;
    if fields.take(Tag::ObjectIdentifier)?.decode() != Ok(TST_INFO) {
        return Err(Refusal::Malformed);
    }
    let content = Element::only(fields.take(context(0))?.value, Tag::OctetString)?;
    fields.end()?;
    Ok(content.value)
}

/// Those of the set that are X.509 certificates this crate reads; others cannot be on a path.
fn certificates(set: Element<'_>) -> Result<Vec<Certificate>, Refusal> {
    let all = set.fields()?.all(CERTIFICATES_MAX)?;
    let read = all
        .iter()
        .filter_map(|one| Certificate::from_der(one.raw).ok());
    Ok(read.collect())
}

/// How a token names a certificate.
struct CertificateId<'a> {
    hash: Hash,
    digest: &'a [u8],
    issuer_and_serial: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> CertificateId<'a> {
    fn parse(id: &Element<'a>, v2: bool) -> Result<Self, Refusal> {
        let mut fields = id.fields()?;
        let hash = if v2 {
            match fields.take_if(Tag::Sequence)? {
                Some(algorithm) => Hash::of(&algorithm)?.ok_or(Refusal::Algorithm)?,
                None => Hash::Sha256,
            }
        } else {
            Hash::Sha1
        };
        let digest = fields.take(Tag::OctetString)?.value;
        let issuer_and_serial = match fields.take_if(Tag::Sequence)? {
            Some(pair) => {
                let mut pair = pair.fields()?;
                let names = pair.take(Tag::Sequence)?;
                let serial = pair.take(Tag::Integer)?.value;
                pair.end()?;
                // GeneralNames with one directoryName, `[4]`, which holds the name.
                let name = Element::only(names.value, context(4))?.value;
                Some((name, serial))
            }
            None => None,
        };
        fields.end()?;
        Ok(Self {
            hash,
            digest,
            issuer_and_serial,
        })
    }

    fn is(&self, certificate: &Certificate) -> bool {
        let (hash, digest) = (self.hash, self.digest);
        let named = self.issuer_and_serial;
        certificate.digest(hash) == digest
            && named.is_none_or(|(issuer, serial)| certificate.is(issuer, serial))
    }
}
