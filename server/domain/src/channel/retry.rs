//! What follows when a delivery did not arrive: when it is tried again, and when one gives up. A message about a
//! limit is worth less every hour, so it is tried for a little over an hour, and a person may try again later.

use serde::{Deserialize, Serialize};

use crate::text::coded;
use crate::time::Millis;

/// After the first failure; doubled each time.
const FIRST: Millis = Millis(15_000);
/// Never longer than this.
const LONGEST: Millis = Millis::minutes(20);
/// Whoever says "too fast" is given a minute at least.
const BREATH: Millis = Millis::minutes(1);
/// Attempts in one go.
pub const ATTEMPTS_MAX: u32 = 10;

coded! {
    /// Why a delivery did not arrive.
    Why {
        NotReached "receiver_not_reached"
            "连接不上接收方。请检查地址和网络。" "The receiver cannot be reached. Check its address and the network.";
        TooSlow "receiver_too_slow"
            "接收方没有及时应答。" "The receiver did not answer in time.";
        Refused "receiver_refused"
            "接收方拒收。请核对地址和密钥。" "The receiver refused the message. Compare address and secret.";
        Broken "receiver_broken"
            "接收方出错，请联系其维护人员。" "The receiver failed. Ask whoever runs it.";
        TooFast "receiver_wants_fewer"
            "接收方限流，稍后再发。" "The receiver wants fewer messages; it is sent later.";
        Unintelligible "receiver_unintelligible"
            "接收方的应答看不懂，或过长。请核对地址。" "The receiver's answer makes no sense or is too long. Check the address.";
        Forbidden "receiver_not_public"
            "地址指向本机或内部网络，不予连接。" "The address leads to this machine or an inner network, so it is not used.";
        SwitchedOff "channel_switched_off"
            "渠道已停用，没有发送。" "The channel is switched off, so nothing was sent.";
        NoMail "mail_not_set_up"
            "服务器没有配置邮件发送。请联系系统管理员。" "This server is not set up to send mail. Ask its administrator.";
    }
}

/// A failed attempt: why, and the number by which whoever runs the receiver finds it, such as `HTTP 500`. Never
/// what the receiver wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub why: Why,
    pub number: Option<String>,
}

impl Failure {
    /// One that has a number.
    pub fn numbered(why: Why, number: String) -> Self {
        Self {
            why,
            number: Some(number),
        }
    }
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        Self { why, number: None }
    }
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Again after so long.
    Again(Millis),
    GiveUp,
}

/// After this many failed attempts in a row, the last one for this reason.
pub fn after(attempts: u32, why: Why) -> Next {
    if attempts >= ATTEMPTS_MAX || why == Why::SwitchedOff {
        return Next::GiveUp;
    }
    let doubled = FIRST.0 << attempts.saturating_sub(1).min(10);
    let wait = doubled.min(LONGEST.0);
    Next::Again(match why {
        Why::TooFast => Millis(wait.max(BREATH.0)),
        _ => Millis(wait),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_waits_longer_each_time_and_then_gives_up() {
        let waits: Vec<i64> = (1..ATTEMPTS_MAX)
            .map(|attempts| match after(attempts, Why::NotReached) {
                Next::Again(wait) => wait.0 / 1_000,
                Next::GiveUp => panic!("too early, after {attempts}"),
            })
            .collect();
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1_200, 1_200]);
        assert_eq!(after(ATTEMPTS_MAX, Why::NotReached), Next::GiveUp);
        assert_eq!(after(u32::MAX, Why::TooFast), Next::GiveUp);
        assert_eq!(after(1, Why::SwitchedOff), Next::GiveUp);
    }

    #[test]
    fn whoever_wants_fewer_is_given_a_minute() {
        assert_eq!(after(1, Why::TooFast), Next::Again(Millis::minutes(1)));
        assert_eq!(after(3, Why::TooFast), Next::Again(Millis::minutes(1)));
        assert_eq!(after(4, Why::TooFast), Next::Again(Millis::minutes(2)));
    }

    proptest! {
        #[test]
        fn no_wait_is_negative_or_without_end(attempts in 0_u32..40, which in 0_usize..8) {
            let whys = [Why::NotReached, Why::TooSlow, Why::Refused, Why::Broken, Why::TooFast, Why::Unintelligible, Why::Forbidden, Why::NoMail];
            match after(attempts, whys[which]) {
                Next::Again(wait) => {
                    prop_assert!(attempts < ATTEMPTS_MAX);
                    prop_assert!(wait >= FIRST && wait <= LONGEST);
                }
                Next::GiveUp => prop_assert!(attempts >= ATTEMPTS_MAX),
            }
        }
    }
}
