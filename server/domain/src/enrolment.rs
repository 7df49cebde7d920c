//! Enrolment 登记 of a person's second phone: somebody in charge has to approve it (evidence §2.6).
//! A password alone must not bring a second key into somebody's name; so the request waits, both sides
//! compare a [`CheckNumber`], and only then the key record is made, which names who approved.
//!
//! What is not here: who may approve ([`crate::actor`]), and the key record ([`crate::receipt`]).

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::envelope::PublicKey;
use crate::ids::{PersonId, hex_id};
use crate::text::coded;
use crate::time::{Millis, Timestamp};

/// How long a request may wait: a weekend and the Monday after it.
pub const WAITS: Millis = Millis::minutes(72 * 60);
/// How many phones of one person may wait at once. Each is a try of one in 10⁸ at the check number of another.
pub const WAITING_MAX: usize = 3;
/// Longest reason of a refusal, characters.
pub const REASON_CHARS_MAX: usize = 300;
/// Fewest characters of a reason that says something.
const REASON_CHARS_MIN: usize = 2;

hex_id! {
    /// What the server adds to a key before its check number is computed. It is drawn after the key is on
    /// disk: whoever knew it before could search for a key with a wanted number.
    CheckSalt, 16
}

/// Eight digits that say which key a request is about, short enough to be read out on the telephone.
/// Phone and console compute them each for itself; nobody shows what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckNumber([u8; CheckNumber::LENGTH]);

impl CheckNumber {
    /// Digits.
    pub const LENGTH: usize = 8;

    /// The last eight decimal digits of the first 64 bits of SHA-256 over label, salt and
    /// SubjectPublicKeyInfo.
    pub fn of(key: &PublicKey, salt: CheckSalt) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"daochang.enrolment.check.v1\n");
        hash.update(salt.0);
        hash.update(key.spki());
        let mut rest = hash.finalize()[..8]
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let mut digits = [0; Self::LENGTH];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Self(digits)
    }

    /// Reads eight ASCII digits, and nothing else.
    pub fn read(text: &str) -> Option<Self> {
        let digits: [u8; Self::LENGTH] = text.as_bytes().try_into().ok()?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then_some(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }

    /// As it is shown and read out: two groups of four.
    pub fn grouped(&self) -> String {
        let (first, second) = self.as_str().split_at(Self::LENGTH / 2);
        format!("{first} {second}")
    }
}

impl fmt::Display for CheckNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

coded! {
    /// Why a phone is not enrolled at once.
    NeedsApproval {
        PhoneInUse "another_phone_in_use"
            "本人名下已有在用的手机" "Another phone of this person is in use";
        PhoneWaits "another_phone_waits"
            "本人名下另有手机正在等待批准" "Another phone of this person is waiting for approval";
        GivenUp "phone_given_up"
            "原来的手机是本人自行停用的" "The phone before it was revoked by its own person";
    }
}

/// Another phone of the person who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherPhone {
    /// Its key counts.
    InUse,
    /// Its key ended by somebody's word; by whose may not be known.
    Revoked { by: Option<PersonId> },
}

/// Whether somebody in charge has to approve this person's next phone; none if it is enrolled at once.
/// `waiting` is how many requests of the person wait already.
///
/// A phone that its own person revoked opens no door: a stolen password could do as much. One that
/// somebody in charge revoked does, for then they know.
pub fn needs_approval(
    person: &PersonId,
    phones: &[OtherPhone],
    waiting: usize,
) -> Option<NeedsApproval> {
    let given_up = OtherPhone::Revoked {
        by: Some(person.clone()),
    };
    if phones.contains(&OtherPhone::InUse) {
        Some(NeedsApproval::PhoneInUse)
    } else if waiting > 0 {
        Some(NeedsApproval::PhoneWaits)
    } else if phones.contains(&given_up) {
        Some(NeedsApproval::GivenUp)
    } else {
        None
    }
}

coded! {
    /// Why a request cannot be made or answered that way.
    EnrolmentRefusal {
        TooMany "too_many_enrolments"
            "本人名下已有多部手机在等待批准。请先请本单位调度员或负责人答复这些申请，再登记本机。"
            "Several phones of yours are waiting for approval already. Have the dispatcher or manager of your organisation answer those first.";
        Oneself "own_enrolment"
            "不能批准自己的手机。请由本单位另一位调度员或负责人批准。"
            "Nobody approves a phone of their own. Ask another dispatcher or manager of your organisation.";
        OtherNumber "check_number_differs"
            "核对号不一致，没有批准。请让使用人重新读出手机上的 8 位核对号；仍不一致请拒绝这部手机。"
            "The check number differs, so nothing was approved. Have the eight digits read out again; if they still differ, refuse this phone.";
        Expired "enrolment_expired"
            "申请已超过 72 小时，不能再答复。请使用人在手机上重新申请。"
            "This request is older than 72 hours and can no longer be answered. Have it made again on the phone.";
        Refused "enrolment_refused"
            "这部手机已被拒绝。如需登记，请使用人在手机上重新申请。"
            "This phone was refused already. If it is to be enrolled after all, have the request made again on the phone.";
        Approved "enrolment_approved"
            "这部手机已被批准，不能再拒绝。如不应使用，请停用它。"
            "This phone was approved already and can no longer be refused. Revoke it if it must not be used.";
        Revoked "enrolment_revoked"
            "这部手机在批准之后已被停用，不能再批准。请使用人重新登记，得到新密钥。"
            "This phone was revoked after its approval and cannot be approved again. Have it enrolled anew, with a new key.";
        NoReason "refusal_without_reason"
            "请写明拒绝原因，2 至 300 字，使用人会看到。"
            "Say why, in 2 to 300 characters; the person will read it.";
    }
}

/// What was answered to a request. The first answer counts for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Approved,
    /// Approved, and its key has been revoked since.
    Revoked,
    Refused,
}

/// How a request stands at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    /// Nobody answered in time.
    Expired,
    Answered(Answer),
}

/// What has to be done about an answer that may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is to be written.
    Write,
    /// It was given before, by whomever.
    Nothing,
}

/// A person asked for a key to be enrolled, and somebody in charge has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub person: PersonId,
    /// Server clock.
    pub asked_at: Timestamp,
    pub number: CheckNumber,
    pub answer: Option<Answer>,
}

impl Request {
    /// From when on it can no longer be answered.
    pub fn expires_at(&self) -> Timestamp {
        expires_at(self.asked_at)
    }

    /// How it stands now.
    pub fn standing(&self, now: Timestamp) -> Standing {
        standing(self.asked_at, self.answer, now)
    }

    /// Whether `by`, who was read out `number`, may approve it now.
    ///
    /// # Errors
    /// What speaks against it.
    pub fn approve(
        &self,
        by: &PersonId,
        number: CheckNumber,
        now: Timestamp,
    ) -> Result<Step, EnrolmentRefusal> {
        if *by == self.person {
            return Err(EnrolmentRefusal::Oneself);
        }
        if number != self.number {
            return Err(EnrolmentRefusal::OtherNumber);
        }
        match self.standing(now) {
            Standing::Waiting => Ok(Step::Write),
            Standing::Answered(Answer::Approved) => Ok(Step::Nothing),
            Standing::Expired => Err(EnrolmentRefusal::Expired),
            Standing::Answered(Answer::Refused) => Err(EnrolmentRefusal::Refused),
            Standing::Answered(Answer::Revoked) => Err(EnrolmentRefusal::Revoked),
        }
    }

    /// Whether it may be refused now, for this reason.
    ///
    /// # Errors
    /// What speaks against it.
    pub fn refuse(&self, reason: &str, now: Timestamp) -> Result<Step, EnrolmentRefusal> {
        let chars = reason.trim().chars().count();
        if !(REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&chars) {
            return Err(EnrolmentRefusal::NoReason);
        }
        match self.standing(now) {
            Standing::Waiting => Ok(Step::Write),
            Standing::Answered(Answer::Refused) => Ok(Step::Nothing),
            Standing::Expired => Err(EnrolmentRefusal::Expired),
            Standing::Answered(Answer::Approved) => Err(EnrolmentRefusal::Approved),
            Standing::Answered(Answer::Revoked) => Err(EnrolmentRefusal::Revoked),
        }
    }
}

/// From when on a request of this moment can no longer be answered.
pub fn expires_at(asked_at: Timestamp) -> Timestamp {
    asked_at + WAITS
}

/// How a request stands.
pub fn standing(asked_at: Timestamp, answer: Option<Answer>, now: Timestamp) -> Standing {
    match answer {
        Some(answer) => Standing::Answered(answer),
        None if now < expires_at(asked_at) => Standing::Waiting,
        None => Standing::Expired,
    }
}
