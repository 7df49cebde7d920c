//! The certificates somebody decided to trust for time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Refusal;
use crate::certificate::Certificate;

/// Longest accepted list.
const BYTES_MAX: usize = 512 * 1024;
/// Most certificates in a list.
const ROOTS_MAX: usize = 64;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Trusted certificates. Each is trusted as it stands, whether it issued itself or not (what
/// OpenSSL calls a partial chain); none is trusted outside its validity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots(Vec<Certificate>);

impl Roots {
    /// One DER certificate, or any number of PEM ones with whatever text between them.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > BYTES_MAX {
            return Err(Refusal::Roots);
        }
        let found = match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(BEGIN) => from_pem(text)?,
            _ => vec![Certificate::from_der(bytes).map_err(|_| Refusal::Roots)?],
        };
        if found.len() > ROOTS_MAX {
            return Err(Refusal::Roots);
        }
        Ok(Self(found))
    }

    /// The certificate with these DER bytes alone.
    pub fn of_der(der: &[u8]) -> Result<Self, Refusal> {
        let certificate = Certificate::from_der(der).map_err(|_| Refusal::Roots)?;
        Ok(Self(vec![certificate]))
    }

    /// The certificates.
    pub fn as_slice(&self) -> &[Certificate] {
        &self.0
    }
}

fn from_pem(text: &str) -> Result<Vec<Certificate>, Refusal> {
    let certificate = |part: &str| {
        let (body, _) = part.split_once(END)?;
        let body: String = body.split_ascii_whitespace().collect();
        Certificate::from_der(&STANDARD.decode(body).ok()?).ok()
    };
    text.split(BEGIN)
        .skip(1)
        .map(|part| certificate(part).ok_or(Refusal::Roots))
        .collect()
}
