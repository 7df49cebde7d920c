//! What the authority says: `TSTInfo` (RFC 3161, 2.4.2).

use der::asn1::ObjectIdentifier;
use der::{DateTime, Tag};
use domain::ids::Digest;
use domain::time::Timestamp;
use x509_cert::ext::pkix::name::GeneralName;

use crate::certificate::Certificate;
use crate::crypto::Hash;
use crate::tlv::{Element, Fields, context, context_primitive};
use crate::{Nonce, Refusal};

/// Longest serial number, in bytes; RFC 3161 demands that 20 be handled.
const SERIAL_BYTES_MAX: usize = 64;

/// The statement of a token, not yet believed.
pub struct Info<'a> {
    pub policy: String,
    pub serial: String,
    pub gen_time: Timestamp,
    pub accuracy_ms: Option<i64>,
    hash: Option<Hash>,
    imprint: &'a [u8],
    nonce: Option<&'a [u8]>,
    tsa: Option<GeneralName>,
}

impl<'a> Info<'a> {
    /// Reads the bytes that were signed.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut fields = Element::only(bytes, Tag::Sequence)?.fields()?;
        if fields.take(Tag::Integer)?.small()? != 1 {
            return Err(Refusal::Version);
        }
        let policy: ObjectIdentifier = fields.take(Tag::ObjectIdentifier)?.decode()?;
        let mut about = fields.take(Tag::Sequence)?.fields()?;
        let hash = Hash::of(&about.take(Tag::Sequence)?)?;
        let imprint = about.take(Tag::OctetString)?.value;
        about.end()?;
        let serial = fields.take(Tag::Integer)?.value;
        if !(1..=SERIAL_BYTES_MAX).contains(&serial.len()) {
            return Err(Refusal::Malformed);
        }
        let gen_time = general_time(fields.take(Tag::GeneralizedTime)?.value)?;
        let accuracy_ms = match fields.take_if(Tag::Sequence)? {
            Some(accuracy) => Some(milliseconds(accuracy.fields()?)?),
            None => None,
        };
        fields.take_if(Tag::Boolean)?; // whether its stamps are ordered: nothing follows here
        let nonce = fields.take_if(Tag::Integer)?.map(|nonce| nonce.value);
        let tsa = match fields.take_if(context(0))? {
            Some(name) => Some(only(name)?.decode()?),
            None => None,
        };
        if let Some(extensions) = fields.take_if(context(1))? {
            refuse_critical(extensions)?;
        }
        fields.end()?;
        Ok(Self {
            policy: policy.to_string(),
            serial: serial.iter().map(|byte| format!("{byte:02x}")).collect(),
            gen_time,
            accuracy_ms,
            hash,
            imprint,
            nonce,
            tsa,
        })
    }

    /// Whether it is about this digest, and answers this request if that is known.
    pub fn is_about(&self, imprint: &Digest, nonce: Option<Nonce>) -> Result<(), Refusal> {
        if self.hash != Some(Hash::Sha256) || self.imprint != imprint.0 {
            return Err(Refusal::WrongImprint);
        }
        match nonce {
            Some(nonce) if self.nonce != Some(nonce.as_bytes()) => Err(Refusal::WrongNonce),
            _ => Ok(()),
        }
    }

    /// Whether the authority it names, if it names one, is the certificate's.
    pub fn names(&self, signer: &Certificate) -> Result<(), Refusal> {
        match &self.tsa {
            Some(name) if !signer.is_called(name) => Err(Refusal::WrongName),
            _ => Ok(()),
        }
    }
}

fn only(outer: Element<'_>) -> Result<Element<'_>, Refusal> {
    let mut fields = outer.fields()?;
    let inner = fields.next()?.ok_or(Refusal::Malformed)?;
    fields.end()?;
    Ok(inner)
}

/// `YYYYMMDDhhmmss[.f…]Z`; what is finer than a millisecond is cut off.
fn general_time(text: &[u8]) -> Result<Timestamp, Refusal> {
    let text = text.strip_suffix(b"Z").ok_or(Refusal::Malformed)?;
    let (whole, fraction) = text.split_at_checked(14).ok_or(Refusal::Malformed)?;
    let number = |from: usize, to: usize| digits(&whole[from..to]);
    let year = number(0, 4)?;
    let [month, day, hour, minute, second] = [
        number(4, 6)?,
        number(6, 8)?,
        number(8, 10)?,
        number(10, 12)?,
        number(12, 14)?,
    ]
    .map(|part| part as u8); // two digits
    let time = DateTime::new(year as u16, month, day, hour, minute, second)
        .map_err(|_| Refusal::Malformed)?;
    let millis = match fraction {
        [] => 0,
        [b'.', rest @ ..] if (1..=9).contains(&rest.len()) => {
            digits(rest)?;
            let mut three = [b'0'; 3];
            let kept = rest.len().min(3);
            three[..kept].copy_from_slice(&rest[..kept]);
            digits(&three)?
        }
        _ => return Err(Refusal::Malformed),
    };
    let seconds = i64::try_from(time.unix_duration().as_secs()).map_err(|_| Refusal::Malformed)?;
    Ok(Timestamp(seconds * 1000 + i64::from(millis)))
}

/// A decimal number of at most nine digits.
fn digits(text: &[u8]) -> Result<u32, Refusal> {
    text.iter().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Ok(number * 10 + u32::from(byte - b'0')),
        _ => Err(Refusal::Malformed),
    })
}

/// `SEQUENCE { seconds INTEGER, millis [0] INTEGER 1..999, micros [1] INTEGER 1..999 }`, each
/// optional, rounded up.
fn milliseconds(mut accuracy: Fields<'_>) -> Result<i64, Refusal> {
    let seconds = match accuracy.take_if(Tag::Integer)? {
        Some(seconds) => seconds.decode::<u32>()?,
        None => 0,
    };
    let mut small = |tag: u32| match accuracy.take_if(context_primitive(tag))? {
        None => Ok(0),
        Some(part) => match *part.value {
            [low @ 0..=0x7f] => Ok(i64::from(low)),
            [0, low @ 0x80..=0xff] => Ok(i64::from(low)),
            [high @ 1..=3, low] => Ok(i64::from(high) << 8 | i64::from(low)),
            _ => Err(Refusal::Malformed),
        },
    };
    let (millis, micros) = (small(0)?, small(1)?);
    accuracy.end()?;
    if millis > 999 || micros > 999 {
        return Err(Refusal::Malformed);
    }
    Ok(i64::from(seconds) * 1000 + millis + i64::from(micros > 0))
}

/// No extension is known here, so a critical one cannot be honoured.
fn refuse_critical(extensions: Element<'_>) -> Result<(), Refusal> {
    for extension in extensions.fields()?.all(16)? {
        let mut extension = extension.fields()?;
        extension.take(Tag::ObjectIdentifier)?;
        if let Some(critical) = extension.take_if(Tag::Boolean)?
            && critical.value != [0]
        {
            return Err(Refusal::Version);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_millisecond_and_nothing_else_is_a_time() {
        let cases = [
            ("19700101000000Z", Ok(0)),
            ("20261125220956Z", Ok(1_795_644_596_000)),
            ("20261125220956.1Z", Ok(1_795_644_596_100)),
            ("20261125220956.001Z", Ok(1_795_644_596_001)),
            ("20261125220956.9999Z", Ok(1_795_644_596_999)),
            ("20240229000000Z", Ok(1_709_164_800_000)),
            ("20260229000000Z", Err(Refusal::Malformed)),
            ("20261125220956", Err(Refusal::Malformed)),
            ("20261125220956.Z", Err(Refusal::Malformed)),
            ("20261125220956.1234567890Z", Err(Refusal::Malformed)),
            ("20261125220960Z", Err(Refusal::Malformed)),
            ("202611252209Z", Err(Refusal::Malformed)),
            ("20261125220956+0800", Err(Refusal::Malformed)),
            ("2026112522095 Z", Err(Refusal::Malformed)),
            ("Z", Err(Refusal::Malformed)),
            ("", Err(Refusal::Malformed)),
        ];
        for (text, expected) in cases {
            assert_eq!(
                general_time(text.as_bytes()),
                expected.map(Timestamp),
                "{text}"
            );
        }
    }

    #[test]
    fn an_accuracy_is_rounded_up() {
        let cases: [(&[u8], _); 8] = [
            (&[], Ok(0)),
            (&[0x02, 0x01, 0x01], Ok(1000)),
            (&[0x80, 0x02, 0x01, 0xf4], Ok(500)),
            (&[0x80, 0x02, 0x00, 0x80], Ok(128)),
            (&[0x81, 0x01, 0x64], Ok(1)),
            (
                &[0x02, 0x01, 0x01, 0x80, 0x02, 0x01, 0xf4, 0x81, 0x01, 0x64],
                Ok(1501),
            ),
            (&[0x80, 0x02, 0x03, 0xe8], Err(Refusal::Malformed)),
            (&[0x02, 0x01, 0xff], Err(Refusal::Malformed)),
        ];
        for (bytes, expected) in cases {
            let read = Fields::of(bytes).and_then(milliseconds);
            assert_eq!(read, expected, "{bytes:02x?}");
        }
    }
}
