//! `daochang trust`: the file with which an authority verifies this server's bundles. It is handed
//! over once, in person, and kept; a bundle never brings its own.

use std::io;
use std::path::Path;

use verify::Trust;

use crate::signer;

/// The trust file of the server whose data are in this folder.
///
/// # Errors
/// When there is no key yet, or it cannot be read: a key made now would be trusted for nothing.
pub fn printed(data: &Path) -> io::Result<String> {
    let signer = signer::load(data)?;
    let trust = Trust::in_key(signer.public_key());
    let text = serde_json::to_string_pretty(&trust).map_err(io::Error::other)?;
    Ok(format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trust_file_names_the_servers_key_and_makes_none() {
        let folder = crate::testing::folder("trust");
        assert!(printed(&folder).is_err());
        assert!(std::fs::read_dir(&folder).unwrap().next().is_none());
        let signer = signer::load_or_create(&folder).unwrap();
        let trust = Trust::parse(printed(&folder).unwrap().as_bytes()).unwrap();
        assert_eq!(trust, Trust::in_key(signer.public_key()));
    }
}
