//! An NTAG 424 DNA tag as its maker built it (NXP AN12196): every tap is one more.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use cmac::{Cmac, Mac as _};

/// See the module.
pub struct Tag {
    uid: [u8; 7],
    meta_key: [u8; 16],
    file_key: [u8; 16],
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    let byte = |at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
    std::array::from_fn(byte)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn mac(key: &[u8; 16], message: &[u8]) -> [u8; 16] {
    let mut mac = <Cmac<Aes128> as cmac::KeyInit>::new(key.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

impl Tag {
    /// With the identity its maker gave it and the keys that were written into it.
    pub fn new(uid: &str, meta_key: &str, file_key: &str) -> Self {
        Self {
            uid: unhex(uid),
            meta_key: unhex(meta_key),
            file_key: unhex(file_key),
        }
    }

    /// The address that the tap with this counter opens.
    pub fn tapped(&self, counter: u32) -> String {
        let counter = &counter.to_le_bytes()[..3];
        let plain = [&[0xC7], &self.uid[..], counter, &[1, 2, 3, 4, 5]].concat();
        let mut block = <[u8; 16]>::try_from(plain).unwrap().into();
        Aes128::new(&self.meta_key.into()).encrypt_block(&mut block);
        let vector = [
            &[0x3C, 0xC3, 0x00, 0x01, 0x00, 0x80],
            &self.uid[..],
            counter,
        ]
        .concat();
        let full = mac(&mac(&self.file_key, &vector), &[]);
        let sent: Vec<u8> = full.into_iter().skip(1).step_by(2).collect();
        format!("https://daochang.test/n?e={}&c={}", hex(&block), hex(&sent))
    }
}
