//! The signature check of the door, with the arithmetic of this processor instead of the portable
//! one the rules carry into browsers: a quarter of the time, and the check is the largest part of
//! taking an event. Both must agree on every signature; the tests hold them side by side.

use domain::envelope::{NotGenuine, PublicKey, Unverified, Verified};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

/// As [`Unverified::verify`], faster for phones' keys.
pub(super) fn verify(unverified: Unverified, key: &PublicKey) -> Result<Verified, NotGenuine> {
    let PublicKey::P256(point) = key else {
        return unverified.verify(key);
    };
    let point = point.to_sec1_point(false);
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes());
    unverified.verify_with(|signed, signature| key.verify(signed, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use domain::envelope::Envelope;
    use domain::event::{EVENT_TYPE, Fact, Nothing};
    use domain::time::Timestamp;
    use p256::elliptic_curve::ff::PrimeField as _;
    use p256::{FieldBytes, Scalar};
    use rstest::rstest;

    use super::*;
    use crate::demo::phone::SimulatedPhone;

    fn phone(secret: u8) -> SimulatedPhone {
        SimulatedPhone::new(
            "P-0001".parse().unwrap(),
            [secret; 32],
            Timestamp(1_790_000_000_000),
        )
    }

    /// The other signature of the same bytes: s replaced by n − s.
    fn other_form(signature: &mut [u8]) {
        let s = Scalar::from_repr(FieldBytes::try_from(&signature[32..]).unwrap()).unwrap();
        signature[32..].copy_from_slice(&(-s).to_repr());
    }

    #[rstest]
    #[case::as_signed(|_: &mut [u8]| (), true)]
    #[case::its_other_form(other_form, true)]
    #[case::r_is_zero(|signature: &mut [u8]| signature[..32].fill(0), false)]
    #[case::s_is_zero(|signature: &mut [u8]| signature[32..].fill(0), false)]
    #[case::both_are_zero(|signature: &mut [u8]| signature.fill(0), false)]
    #[case::s_is_beyond_the_order(|signature: &mut [u8]| signature[32..].fill(0xff), false)]
    #[case::one_bit_of_r(|signature: &mut [u8]| signature[31] ^= 1, false)]
    #[case::one_bit_of_s(|signature: &mut [u8]| signature[63] ^= 1, false)]
    fn both_arithmetics_agree(#[case] change: fn(&mut [u8]), #[case] is_genuine: bool) {
        let mut phone = phone(7);
        let mut envelope: Envelope = phone.say(Fact::Paused(Nothing {}), None).envelope;
        let mut signature = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
        change(&mut signature);
        envelope.signatures[0].sig = STANDARD.encode(&signature);
        let opened = envelope.open_unverified(EVENT_TYPE).unwrap();
        let fast = verify(opened.clone(), phone.public_key());
        let portable = opened.verify(phone.public_key());
        assert_eq!((fast.is_ok(), portable.is_ok()), (is_genuine, is_genuine));
    }

    #[test]
    fn another_phones_signature_is_refused() {
        let said = phone(7).say(Fact::Paused(Nothing {}), None);
        let opened = said.envelope.open_unverified(EVENT_TYPE).unwrap();
        assert!(verify(opened.clone(), phone(8).public_key()).is_err());
        assert!(verify(opened, phone(7).public_key()).is_ok());
    }
}
