//! Channels and deliveries as the API shows them. A secret is told once, where it is made; of an address that holds a
//! key only the front is shown.

use domain::channel::{ChannelKind, Message, Topic, address};
use poem_openapi::{Enum, Object};
use store::{AttemptRow, ChannelRow, DeliveryRow, NEVER};

use crate::reason::Reason;
use crate::register::Register;

/// How a channel is spoken to.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "ChannelKind", rename_all = "snake_case")]
pub(super) enum ChannelKindDto {
    /// A mailbox.
    Email,
    /// An HTTP endpoint that checks signatures (Standard Webhooks).
    Webhook,
    /// The robot of a WeCom 企业微信 group.
    Wecom,
    /// The robot of a DingTalk 钉钉 group, with its signing secret 加签.
    Dingtalk,
}

/// What a channel hears of.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "ChannelTopic", rename_all = "snake_case")]
pub(super) enum TopicDto {
    Assigned,
    Warning,
    Overdue,
    Leader,
    Filing,
    Evaluation,
}

/// How a delivery stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "DeliveryState", rename_all = "snake_case")]
pub(super) enum DeliveryStateDto {
    /// Not tried yet.
    Waiting,
    /// Tried, and will be again.
    Failed,
    /// Taken by the receiver.
    Sent,
    /// Not tried any more, unless somebody asks.
    GivenUp,
}

/// A channel.
#[derive(Object)]
#[oai(rename = "Channel")]
pub(super) struct ChannelDto {
    id: String,
    org: String,
    org_name: String,
    kind: ChannelKindDto,
    name: String,
    /// The mailbox, or the front of the URL: what comes behind `?` is never shown again.
    address: String,
    topics: Vec<TopicDto>,
    /// Whether anything is sent through it.
    active: bool,
    version: u32,
    /// When this version was written, ms since 1970 UTC.
    changed_at: i64,
    changed_by_name: String,
    /// Until when the secret before signs along; null if it does not.
    old_secret_until: Option<i64>,
}

/// A channel, and its secret if the server has just made one. It is told this once.
#[derive(Object)]
pub(super) struct ChannelMadeDto {
    pub channel: ChannelDto,
    /// `whsec_…`, for webhooks.
    pub secret: Option<String>,
}

/// One attempt.
#[derive(Object)]
struct AttemptDto {
    /// ms since 1970 UTC.
    at: i64,
    /// Why it failed; null if the message was taken.
    reason: Option<Reason>,
    /// The number that goes with it, such as `HTTP 500`, `errcode 93000` or `SMTP 550`.
    number: Option<String>,
}

/// A message through a channel.
#[derive(Object)]
#[oai(rename = "Delivery")]
pub(super) struct DeliveryDto {
    /// The `webhook-id`, and the front of a mail's Message-ID.
    id: String,
    channel: String,
    channel_name: String,
    kind: Option<ChannelKindDto>,
    org_name: String,
    work_order: Option<String>,
    /// The headline in both languages.
    title_zh: String,
    title_en: String,
    state: DeliveryStateDto,
    /// When the fact it tells of was said, ms since 1970 UTC.
    made_at: i64,
    /// When it is tried next; null when nothing is to be done.
    next_at: Option<i64>,
    /// In order of time.
    attempts: Vec<AttemptDto>,
}

impl ChannelDto {
    pub(super) fn of(row: &ChannelRow, register: &Register, now: i64) -> Option<Self> {
        let kind = ChannelKind::of(&row.kind)?;
        let name_of = |id: &str| id.parse().map(|id| register.name_of(&id).to_owned());
        let topics = row.topics.iter().filter_map(|topic| Topic::of(topic));
        Some(Self {
            id: row.id.clone(),
            org_name: org_name(register, &row.org),
            org: row.org.clone(),
            kind: kind.into(),
            name: row.name.clone(),
            address: address::shown(&row.address),
            topics: topics.map(TopicDto::from).collect(),
            active: row.active,
            version: u32::try_from(row.version).unwrap_or(0),
            changed_at: row.at,
            changed_by_name: name_of(&row.by).unwrap_or_else(|_| row.by.clone()),
            old_secret_until: row
                .old_secret
                .as_ref()
                .map(|_| row.old_until)
                .filter(|until| *until > now),
        })
    }
}

impl DeliveryDto {
    pub(super) fn of(row: DeliveryRow, channels: &[ChannelRow], register: &Register) -> Self {
        let channel = channels.iter().find(|channel| channel.id == row.channel);
        let message: Option<Message> = serde_json::from_str(&row.message).ok();
        let title = |words: fn(&Message) -> domain::channel::message::Words| {
            message.as_ref().map_or(String::new(), |m| words(m).title)
        };
        Self {
            title_zh: title(Message::zh),
            title_en: title(Message::en),
            channel_name: channel.map_or(row.channel.clone(), |channel| channel.name.clone()),
            kind: channel
                .and_then(|channel| ChannelKind::of(&channel.kind))
                .map(ChannelKindDto::from),
            org_name: org_name(register, &row.org),
            state: match row.state.as_str() {
                "sent" => DeliveryStateDto::Sent,
                "failed" => DeliveryStateDto::Failed,
                "given_up" => DeliveryStateDto::GivenUp,
                _ => DeliveryStateDto::Waiting,
            },
            next_at: (row.due_at != NEVER).then_some(row.due_at),
            made_at: row.made_at,
            work_order: row.wo,
            channel: row.channel,
            id: row.id,
            attempts: row.attempts.into_iter().map(AttemptDto::from).collect(),
        }
    }
}

fn org_name(register: &Register, org: &str) -> String {
    let known = org.parse().map(|id| register.org_name(&id).to_owned());
    known.unwrap_or_else(|_| org.to_owned())
}

impl From<AttemptRow> for AttemptDto {
    fn from(row: AttemptRow) -> Self {
        Self {
            at: row.at,
            reason: row.why.map(Reason::of),
            number: row.number,
        }
    }
}

impl From<ChannelKind> for ChannelKindDto {
    fn from(kind: ChannelKind) -> Self {
        match kind {
            ChannelKind::Email => ChannelKindDto::Email,
            ChannelKind::Webhook => ChannelKindDto::Webhook,
            ChannelKind::Wecom => ChannelKindDto::Wecom,
            ChannelKind::Dingtalk => ChannelKindDto::Dingtalk,
        }
    }
}

impl From<ChannelKindDto> for ChannelKind {
    fn from(kind: ChannelKindDto) -> Self {
        match kind {
            ChannelKindDto::Email => ChannelKind::Email,
            ChannelKindDto::Webhook => ChannelKind::Webhook,
            ChannelKindDto::Wecom => ChannelKind::Wecom,
            ChannelKindDto::Dingtalk => ChannelKind::Dingtalk,
        }
    }
}

impl From<Topic> for TopicDto {
    fn from(topic: Topic) -> Self {
        match topic {
            Topic::Assigned => TopicDto::Assigned,
            Topic::Warning => TopicDto::Warning,
            Topic::Overdue => TopicDto::Overdue,
            Topic::Leader => TopicDto::Leader,
            Topic::Filing => TopicDto::Filing,
            Topic::Evaluation => TopicDto::Evaluation,
        }
    }
}

impl From<TopicDto> for Topic {
    fn from(topic: TopicDto) -> Self {
        match topic {
            TopicDto::Assigned => Topic::Assigned,
            TopicDto::Warning => Topic::Warning,
            TopicDto::Overdue => Topic::Overdue,
            TopicDto::Leader => Topic::Leader,
            TopicDto::Filing => Topic::Filing,
            TopicDto::Evaluation => Topic::Evaluation,
        }
    }
}
