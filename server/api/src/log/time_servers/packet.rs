//! The 48 bytes of SNTP (RFC 5905 §14), read and written, and nothing else. The question carries a random number
//! where clients used to write their own time: servers only repeat it, so whoever cannot read the question cannot
//! answer it, and a server learns nothing about our clock.

use domain::text::coded;
use domain::time::Timestamp;

/// Length of question and answer, bytes.
pub const LENGTH: usize = 48;
/// From 1900, where NTP counts from, to 1970, seconds.
const EPOCH: i64 = 2_208_988_800;
/// Seconds that fit into one NTP era; the next begins in February 2036.
const ERA: i64 = 1 << 32;
/// Version 4, and a client's mode.
const ASKS: u8 = (4 << 3) | 3;
/// A server's mode.
const ANSWERS: u8 = 4;
/// A server farther than this from a clock is not in step with any.
const STRATUM_MAX: u8 = 15;
/// How far off a server may be by its own word (root distance), in units of 2⁻¹⁶ s: 1.5 s, as in `ntpd`.
const DISTANCE_MAX: u64 = 3 << 15;

coded! {
    /// Why a time server has told no time.
    NoTime {
        Silent "time_server_silent"
            "对时服务器没有应答，稍后再问。请检查网络和防火墙（UDP 123）。"
            "The time server does not answer; it will be asked again. Check network and firewall (UDP 123).";
        Spoofed "time_server_spoofed"
            "收到的应答不是对本次询问的应答，可能是伪造的，未采用。"
            "What came back answers another question than ours and may be forged; it was not used.";
        Malformed "time_server_malformed"
            "对时服务器的应答无法解读，未采用。"
            "The time server's answer cannot be read; it was not used.";
        Unsynchronised "time_server_unsynchronised"
            "对时服务器自称没有校准，未采用。请换一台。"
            "By its own word the time server is not in step with any clock; it was not used. Name another one.";
        Refuses "time_server_refuses"
            "对时服务器拒绝应答本服务器；重新启动前不再询问。请换一台。"
            "The time server refuses to answer this server, and is not asked again before the next start. Name another one.";
        TooOften "time_server_too_often"
            "对时服务器嫌询问太频繁；一小时后再问。"
            "The time server finds that it is asked too often; it is asked again in an hour.";
    }
}

/// What a server's clock said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// When the question came, by the server's clock.
    pub received: Timestamp,
    /// When the answer left.
    pub sent: Timestamp,
}

/// The question with this random number.
pub fn question(nonce: [u8; 8]) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[0] = ASKS;
    bytes[40..].copy_from_slice(&nonce);
    bytes
}

/// What the answer to the question with this number says.
///
/// # Errors
/// When it is no usable answer. Whose it is comes first: a refusal can be forged as well as a time.
pub fn told(bytes: &[u8], nonce: [u8; 8]) -> Result<Told, NoTime> {
    if bytes.len() < LENGTH || bytes[0] & 7 != ANSWERS || !(3..=4).contains(&((bytes[0] >> 3) & 7))
    {
        return Err(NoTime::Malformed);
    }
    if bytes[24..32] != nonce {
        return Err(NoTime::Spoofed);
    }
    let (leap, stratum) = (bytes[0] >> 6, bytes[1]);
    if stratum == 0 {
        return Err(match &bytes[12..16] {
            b"RATE" => NoTime::TooOften,
            // What a server says while it looks for the time itself is no refusal of us.
            b"INIT" | b"STEP" => NoTime::Unsynchronised,
            _ => NoTime::Refuses,
        });
    }
    let distance = u64::from(word(bytes, 4)) / 2 + u64::from(word(bytes, 8));
    if leap == 3 || stratum > STRATUM_MAX || distance > DISTANCE_MAX {
        return Err(NoTime::Unsynchronised);
    }
    let (Some(received), Some(sent)) = (instant(bytes, 32), instant(bytes, 40)) else {
        return Err(NoTime::Malformed);
    };
    if sent < received {
        return Err(NoTime::Malformed);
    }
    Ok(Told { received, sent })
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Seconds since 1900 and a fraction. Those below 2³¹ belong to the era that begins in 2036 (RFC 4330 §3).
fn instant(bytes: &[u8], at: usize) -> Option<Timestamp> {
    let (seconds, fraction) = (word(bytes, at), word(bytes, at + 4));
    if (seconds, fraction) == (0, 0) {
        return None;
    }
    let era = if seconds >> 31 == 0 { ERA } else { 0 };
    let since_1970 = i64::from(seconds) + era - EPOCH;
    let millis = (i64::from(fraction) * 1000) >> 32;
    Some(Timestamp(since_1970 * 1000 + millis))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const NONCE: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

    /// A good answer, whose question came and answer left at these moments as NTP writes them.
    fn answer(received: u64, sent: u64) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[0] = (4 << 3) | 4;
        bytes[1] = 2;
        bytes[24..32].copy_from_slice(&NONCE);
        bytes[32..40].copy_from_slice(&received.to_be_bytes());
        bytes[40..].copy_from_slice(&sent.to_be_bytes());
        bytes
    }

    fn changed(change: impl FnOnce(&mut [u8; LENGTH])) -> Result<Told, NoTime> {
        let mut bytes = answer(0xed00_0000_0000_0000, 0xed00_0000_0000_0001);
        change(&mut bytes);
        told(&bytes, NONCE)
    }

    #[test]
    fn the_question_tells_nothing_but_its_number() {
        let bytes = question(NONCE);
        assert_eq!(bytes[0], 0x23, "version 4, client");
        assert!(bytes[1..40].iter().all(|byte| *byte == 0));
        assert_eq!(bytes[40..], NONCE);
    }

    #[rstest]
    // 1970, a half second later, and both ends of the first era.
    #[case::epoch(2_208_988_800, 0, 0)]
    #[case::half_a_second(2_208_988_800, 1 << 31, 500)]
    #[case::just_short_of_a_second(2_208_988_800, u32::MAX, 999)]
    #[case::first_that_is_read_as_this_era(1 << 31, 0, -61_505_152_000)]
    #[case::last_of_this_era(u32::MAX, 0, 2_085_978_495_000)]
    #[case::first_of_the_next(0, 1, 2_085_978_496_000)]
    #[case::year_2088(1_640_000_000, 0, 3_725_978_496_000)]
    fn times_are_read_in_either_era(#[case] seconds: u32, #[case] fraction: u32, #[case] ms: i64) {
        let at = (u64::from(seconds) << 32) | u64::from(fraction);
        let read = told(&answer(at, at), NONCE).unwrap();
        assert_eq!((read.received, read.sent), (Timestamp(ms), Timestamp(ms)));
    }

    #[rstest]
    #[case::as_it_should_be(|_: &mut [u8; LENGTH]| {}, None)]
    #[case::version_3(|it: &mut [u8; LENGTH]| it[0] = (3 << 3) | 4, None)]
    #[case::version_2(|it: &mut [u8; LENGTH]| it[0] = (2 << 3) | 4, Some(NoTime::Malformed))]
    #[case::our_own_question(|it: &mut [u8; LENGTH]| it[0] = 0x23, Some(NoTime::Malformed))]
    #[case::another_question(|it: &mut [u8; LENGTH]| it[31] ^= 1, Some(NoTime::Spoofed))]
    #[case::kiss_of_death(|it: &mut [u8; LENGTH]| kiss(it, b"DENY"), Some(NoTime::Refuses))]
    #[case::restricted(|it: &mut [u8; LENGTH]| kiss(it, b"RSTR"), Some(NoTime::Refuses))]
    #[case::too_often(|it: &mut [u8; LENGTH]| kiss(it, b"RATE"), Some(NoTime::TooOften))]
    #[case::not_yet(|it: &mut [u8; LENGTH]| kiss(it, b"INIT"), Some(NoTime::Unsynchronised))]
    #[case::forged_kiss(|it: &mut [u8; LENGTH]| { kiss(it, b"DENY"); it[24] ^= 1 }, Some(NoTime::Spoofed))]
    #[case::leap_alarm(|it: &mut [u8; LENGTH]| it[0] |= 3 << 6, Some(NoTime::Unsynchronised))]
    #[case::farthest(|it: &mut [u8; LENGTH]| it[1] = 15, None)]
    #[case::too_far(|it: &mut [u8; LENGTH]| it[1] = 16, Some(NoTime::Unsynchronised))]
    #[case::as_unsure_as_may_be(|it: &mut [u8; LENGTH]| it[9..12].copy_from_slice(&[1, 0x80, 0]), None)]
    #[case::too_unsure(|it: &mut [u8; LENGTH]| it[9..12].copy_from_slice(&[1, 0x80, 1]), Some(NoTime::Unsynchronised))]
    #[case::unsure_by_the_way(|it: &mut [u8; LENGTH]| it[4..8].copy_from_slice(&[0, 3, 0, 2]), Some(NoTime::Unsynchronised))]
    #[case::no_time(|it: &mut [u8; LENGTH]| it[40..].fill(0), Some(NoTime::Malformed))]
    #[case::sent_before_it_came(|it: &mut [u8; LENGTH]| it[40..44].copy_from_slice(&[0xec, 0, 0, 0]), Some(NoTime::Malformed))]
    fn what_is_no_usable_answer_is_refused_by_name(
        #[case] change: fn(&mut [u8; LENGTH]),
        #[case] expected: Option<NoTime>,
    ) {
        assert_eq!(changed(change).err(), expected);
    }

    fn kiss(bytes: &mut [u8; LENGTH], code: &[u8; 4]) {
        bytes[1] = 0;
        bytes[12..16].copy_from_slice(code);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let whole = answer(1 << 63, 1 << 63);
        for length in 0..LENGTH {
            assert_eq!(told(&whole[..length], NONCE), Err(NoTime::Malformed));
        }
        // Extensions behind the 48 bytes are none of ours.
        let longer = [&whole[..], &[7; 40]].concat();
        assert!(told(&longer, NONCE).is_ok());
        for byte in 0..=255 {
            for at in 0..LENGTH {
                let mut bytes = whole;
                bytes[at] = byte;
                let _ = told(&bytes, NONCE);
            }
        }
    }
}
