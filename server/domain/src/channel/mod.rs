//! Notification channels 通知渠道 (9.2 b, 9.3 c; R14, R17, R20): mailboxes, webhooks and group robots of an
//! organisation, what is said through them and when, and how one goes on where nobody answers. What people are
//! told of are facts ([`crate::event::Alerted`] and others); a channel carries them outside the app, at least
//! once, each delivery under a name by which a receiver knows it again. Pure: sending is the server's business.

pub mod address;
pub mod message;
pub mod pace;
pub mod retry;
pub mod sign;
pub mod wire;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::message::{About, Message, Occasion};
pub use self::retry::{Failure, Next, Why};
pub use self::sign::Secret;
use crate::ids::{OrgId, WorkOrderId, hex};
use crate::text::coded;
use sha2::{Digest as _, Sha256};

/// Channels of one organisation.
pub const CHANNELS_MAX: usize = 20;
/// Characters of a channel's name.
pub const NAME_CHARS_MAX: usize = 40;

/// How a channel is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A mailbox, by SMTP.
    Email,
    /// An HTTP endpoint that checks signatures (Standard Webhooks).
    Webhook,
    /// The robot of a WeCom 企业微信 group.
    Wecom,
    /// The robot of a DingTalk 钉钉 group.
    Dingtalk,
}

impl ChannelKind {
    /// Every kind, for tables.
    pub const ALL: [ChannelKind; 4] = [
        ChannelKind::Email,
        ChannelKind::Webhook,
        ChannelKind::Wecom,
        ChannelKind::Dingtalk,
    ];

    /// The kind as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            ChannelKind::Email => "email",
            ChannelKind::Webhook => "webhook",
            ChannelKind::Wecom => "wecom",
            ChannelKind::Dingtalk => "dingtalk",
        }
    }

    /// The kind that is stored under this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a channel wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Work orders given to a technician.
    Assigned,
    /// Limits that come near.
    Warning,
    /// Limits that have passed.
    Overdue,
    /// What has gone up to leaders.
    Leader,
    /// Answers to filings 报备.
    Filing,
    /// Evaluations that are wanted.
    Evaluation,
}

impl Topic {
    /// Every topic, for tables.
    pub const ALL: [Topic; 6] = [
        Topic::Assigned,
        Topic::Warning,
        Topic::Overdue,
        Topic::Leader,
        Topic::Filing,
        Topic::Evaluation,
    ];

    /// The topic as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Assigned => "assigned",
            Topic::Warning => "warning",
            Topic::Overdue => "overdue",
            Topic::Leader => "leader",
            Topic::Filing => "filing",
            Topic::Evaluation => "evaluation",
        }
    }

    /// The topic that is stored under this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == word)
    }
}

coded! {
    /// Why a channel cannot stand as it was filled in.
    ChannelRefusal {
        NoName "channel_without_name"
            "请填写渠道名称（最多 40 字）。" "Name the channel, in at most 40 characters.";
        NotAnAddress "not_a_mail_address"
            "邮箱地址不正确，请检查后重新填写。" "This is no mail address. Check it and enter it again.";
        NotAUrl "not_a_channel_url"
            "网址不正确：应以 https:// 开头，不含空格、用户名或 #。" "This address cannot be used: it begins with https:// and has no spaces, user name or #.";
        NoKey "robot_url_without_key"
            "机器人网址不完整，请从群机器人设置中复制完整的 Webhook 地址。" "The robot's address is not complete. Copy the whole webhook address from the group's robot settings.";
        NoSecret "robot_secret_missing"
            "请填写机器人的加签密钥（以 SEC 开头）。" "Enter the robot's signing secret, which begins with SEC.";
        NothingToRotate "channel_has_no_secret"
            "邮箱渠道没有密钥可更换。" "A mailbox has no secret that could be changed.";
        NoTopic "channel_without_topic"
            "请至少选择一类通知。" "Choose at least one kind of message.";
        TooMany "too_many_channels"
            "每个单位最多 20 个渠道。请先修改已有的渠道。" "An organisation has at most 20 channels. Change one that is there.";
    }
}

/// The name of a delivery: the same for the same occasion and channel, whoever computes it and however often,
/// so that it cannot be made twice.
pub fn delivery_id(
    work_order: Option<&WorkOrderId>,
    occasion: &Occasion,
    of: &str,
    channel: &str,
) -> String {
    let work_order = work_order.map_or("", WorkOrderId::as_str);
    // A step of a ladder is said once, so its name is enough; other facts are told apart by `of`.
    let of = if matches!(occasion, Occasion::Step { .. }) {
        ""
    } else {
        of
    };
    let name = [work_order, &occasion.name(), of, channel].join("\n");
    format!("msg_{}", &hex(&Sha256::digest(name))[..32])
}

/// Whose channels an occasion goes to. Of a step these are the provider, whoever was told, and everybody
/// else's organisation who was; of the rest, whoever is to act on it.
pub fn receivers(
    occasion: &Occasion,
    provider: &OrgId,
    site_unit: &OrgId,
    told: impl IntoIterator<Item = OrgId>,
) -> BTreeSet<OrgId> {
    match occasion {
        Occasion::EvaluationWanted => BTreeSet::from([site_unit.clone()]),
        Occasion::Assigned | Occasion::FilingAnswered { .. } => BTreeSet::from([provider.clone()]),
        Occasion::Step { .. } => told.into_iter().chain([provider.clone()]).collect(),
        // A test goes to one channel and to nobody else.
        Occasion::Test => BTreeSet::new(),
    }
}

/// What a new channel is made of, put in order; the secret of a webhook the server makes itself.
///
/// # Errors
/// The first rule it breaks.
pub fn check(
    kind: ChannelKind,
    name: &str,
    address: &str,
    secret: &str,
    topics: &[Topic],
    may_be_plain: bool,
) -> Result<(), ChannelRefusal> {
    check_name(name)?;
    if topics.is_empty() {
        return Err(ChannelRefusal::NoTopic);
    }
    check_address(kind, address, may_be_plain)?;
    check_secret(kind, secret)
}

/// Whether people can tell this channel from others.
///
/// # Errors
/// When it has no name, or too long a one.
pub fn check_name(name: &str) -> Result<(), ChannelRefusal> {
    let is_name = !name.trim().is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.chars().any(char::is_control);
    is_name.then_some(()).ok_or(ChannelRefusal::NoName)
}

/// Whether something of this kind can be reached under this address.
///
/// # Errors
/// When it cannot be one.
pub fn check_address(
    kind: ChannelKind,
    address: &str,
    may_be_plain: bool,
) -> Result<(), ChannelRefusal> {
    if kind == ChannelKind::Email {
        let is_address = address::is_mailbox(address);
        return is_address.then_some(()).ok_or(ChannelRefusal::NotAnAddress);
    }
    if !address::is_url(address, may_be_plain) {
        return Err(ChannelRefusal::NotAUrl);
    }
    let key = match kind {
        ChannelKind::Wecom => "key",
        ChannelKind::Dingtalk => "access_token",
        ChannelKind::Email | ChannelKind::Webhook => return Ok(()),
    };
    let has_key = address::has_value(address, key);
    has_key.then_some(()).ok_or(ChannelRefusal::NoKey)
}

/// Whether this secret can sign for a channel of this kind.
///
/// # Errors
/// When a robot that wants signatures has none.
pub fn check_secret(kind: ChannelKind, secret: &str) -> Result<(), ChannelRefusal> {
    let is_secret = kind != ChannelKind::Dingtalk
        || (secret.starts_with("SEC")
            && (20..=128).contains(&secret.len())
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    is_secret.then_some(()).ok_or(ChannelRefusal::NoSecret)
}

#[cfg(test)]
mod tests;
