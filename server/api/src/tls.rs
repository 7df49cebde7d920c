//! A self-made certificate, so that a phone on the same network can try the product: browsers
//! give camera, position and service worker to `https` only. It names localhost and every
//! address of this machine, is kept in the data folder, and is made anew when the addresses
//! change. A real installation brings its own certificate, or a proxy in front.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use poem::listener::{RustlsCertificate, RustlsConfig};
use rcgen::{CertificateParams, DnType, KeyPair};

use crate::signer::write_private;

const CERTIFICATE_FILE: &str = "tls-certificate.pem";
const KEY_FILE: &str = "tls-key.pem";
/// The names that the kept certificate was made for, one per line.
const NAMES_FILE: &str = "tls-names.txt";

/// Certificate chain and private key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub certificate: String,
    pub key: String,
}

impl Certificate {
    /// For poem's listener.
    pub fn config(&self) -> RustlsConfig {
        let certificate = RustlsCertificate::new()
            .cert(self.certificate.as_str())
            .key(self.key.as_str());
        RustlsConfig::new().fallback(certificate)
    }
}

/// The addresses of this machine that other machines of the network can reach.
pub fn lan_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot list the network interfaces");
        Vec::new()
    });
    let mut addresses: Vec<IpAddr> = interfaces
        .into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| interface.ip())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The kept certificate if it names all these addresses and no other, else a fresh one.
///
/// # Errors
/// When the data folder cannot be read or written.
pub fn load_or_create(data: &Path, addresses: &[IpAddr]) -> std::io::Result<Certificate> {
    let names = names(addresses);
    let wanted = names.iter().cloned().collect::<Vec<_>>().join("\n");
    let [certificate_path, key_path, names_path] =
        [CERTIFICATE_FILE, KEY_FILE, NAMES_FILE].map(|file| data.join(file));
    let kept = std::fs::read_to_string(&names_path).is_ok_and(|kept| kept == wanted);
    if kept
        && let (Ok(certificate), Ok(key)) = (
            std::fs::read_to_string(&certificate_path),
            std::fs::read_to_string(&key_path),
        )
    {
        return Ok(Certificate { certificate, key });
    }
    let made = make(names).map_err(std::io::Error::other)?;
    // The list of names comes last: without it, a half-written pair is never used.
    let _ = std::fs::remove_file(&names_path);
    write_private(&key_path, made.key.as_bytes())?;
    write_private(&certificate_path, made.certificate.as_bytes())?;
    write_private(&names_path, wanted.as_bytes())?;
    Ok(made)
}

fn names(addresses: &[IpAddr]) -> BTreeSet<String> {
    let fixed = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    addresses
        .iter()
        .map(IpAddr::to_string)
        .chain(fixed)
        .collect()
}

fn make(names: BTreeSet<String>) -> Result<Certificate, rcgen::Error> {
    let mut params = CertificateParams::new(names.into_iter().collect::<Vec<_>>())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Daochang (self-made)");
    params.insert_extended_key_usage(rcgen::ExtendedKeyUsagePurpose::ServerAuth);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(Certificate {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_is_kept_until_the_addresses_change() {
        let folder = crate::testing::folder("tls");
        let home: Vec<IpAddr> = vec!["192.168.1.7".parse().unwrap()];
        let first = load_or_create(&folder, &home).unwrap();
        assert_eq!(load_or_create(&folder, &home).unwrap(), first);
        let office: Vec<IpAddr> = vec!["10.0.0.9".parse().unwrap(), "fd00::9".parse().unwrap()];
        let second = load_or_create(&folder, &office).unwrap();
        assert_ne!(second, first);
        assert_eq!(load_or_create(&folder, &office).unwrap(), second);
    }

    #[test]
    fn a_lost_key_file_makes_a_fresh_pair() {
        let folder = crate::testing::folder("tls-lost");
        let first = load_or_create(&folder, &[]).unwrap();
        std::fs::remove_file(folder.join(KEY_FILE)).unwrap();
        assert_ne!(load_or_create(&folder, &[]).unwrap(), first);
    }
}
