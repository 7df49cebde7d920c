//! The secrets behind codes. None is stored: each is made from one secret of this server, its purpose and a
//! number, so there is one file (`codes.key`) to protect and to back up, and one purpose says nothing about
//! another. It outlives the server's signing key: labels hang on terminals for years.

use domain::code::CodeSecret;
use domain::code::tap::Key;
use domain::envelope::Signer;
use domain::ids::TerminalId;

/// Signs the labels of one print run.
pub fn label_signer(codes: &CodeSecret, run: u32) -> Signer {
    Signer::from_seed(&codes.derive(&format!("label\n{run}")))
}

/// Opens the server to one screen.
pub fn kiosk_token(codes: &CodeSecret, terminal: &TerminalId, generation: u32) -> [u8; 32] {
    codes.derive(&format!("kiosk token\n{terminal}\n{generation}"))
}

/// Makes the codes of one screen while it has no network.
pub fn step_secret(codes: &CodeSecret, terminal: &TerminalId, generation: u32) -> [u8; 32] {
    codes.derive(&format!("kiosk step\n{terminal}\n{generation}"))
}

/// Decrypts who tapped; written into every tag.
pub fn tag_meta_key(codes: &CodeSecret) -> Key {
    half(codes.derive("tag meta"))
}

/// From which the key of each tag is made; written into none.
pub fn tag_master_key(codes: &CodeSecret) -> Key {
    half(codes.derive("tag file"))
}

fn half(secret: [u8; 32]) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&secret[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_purposes_share_a_secret() {
        let codes = CodeSecret::of_seed(&[1; 32]);
        let (here, there): (TerminalId, TerminalId) = (
            "SZ-FT-012344".parse().unwrap(),
            "SZ-FT-000018".parse().unwrap(),
        );
        let secrets = [
            kiosk_token(&codes, &here, 1),
            kiosk_token(&codes, &here, 2),
            kiosk_token(&codes, &there, 1),
            step_secret(&codes, &here, 1),
            step_secret(&codes, &here, 2),
        ];
        for (index, secret) in secrets.iter().enumerate() {
            assert!(!secrets[..index].contains(secret), "{index}");
        }
        assert_ne!(tag_meta_key(&codes), tag_master_key(&codes));
        assert_eq!(
            label_signer(&codes, 3).device_id(),
            label_signer(&codes, 3).device_id()
        );
        assert_ne!(
            label_signer(&codes, 3).device_id(),
            label_signer(&codes, 4).device_id()
        );
        let other = CodeSecret::of_seed(&[2; 32]);
        assert_ne!(kiosk_token(&other, &here, 1), secrets[0]);
    }
}
