//! The rows of channels: whose somebody may see, and what follows from a form and the row before.

use domain::actor::{Action, Subject};
use domain::channel::{
    ChannelKind, ChannelRefusal, Message, Occasion, Secret, Topic, check, check_address,
    check_secret,
};
use domain::ids::{OrgId, hex};
use domain::time::{Millis, Timestamp};
use store::{ChannelRow, DeliveryRow};

use crate::auth::{Session, subject_of};
use crate::error::ApiError;
use crate::signer::random_bytes;
use crate::state::App;

/// How long the secret before signs along after a change.
pub const OVERLAP: Millis = Millis::minutes(24 * 60);

/// What makes a new channel.
pub(super) struct Draft<'a> {
    pub org: OrgId,
    pub kind: ChannelKind,
    pub name: &'a str,
    pub address: &'a str,
    pub secret: &'a str,
    pub topics: Vec<Topic>,
}

impl Draft<'_> {
    /// The first version of the channel, and the secret that was made for it.
    pub fn into_row(
        self,
        app: &App,
        session: &Session,
    ) -> Result<(ChannelRow, Option<Secret>), ApiError> {
        let (address, secret) = (self.address.trim(), self.secret.trim());
        let topics = in_order(self.topics);
        let may_be_plain = app.config.channels.allow_private_webhooks;
        check(self.kind, self.name, address, secret, &topics, may_be_plain).map_err(refused)?;
        let made = made_secret(self.kind);
        let row = ChannelRow {
            id: format!("ch_{}", hex(&random_bytes::<8>())),
            org: self.org.to_string(),
            kind: self.kind.as_str().to_owned(),
            name: self.name.trim().to_owned(),
            address: address.to_owned(),
            secret: secret_of(self.kind, made.as_ref(), secret),
            old_secret: None,
            old_until: 0,
            topics: names(&topics),
            active: true,
            version: 1,
            by: session.actor.person.to_string(),
            at: app.now().0,
        };
        Ok((row, made))
    }
}

/// The channel with another secret, or of a robot another address or signing secret; empty is what stays.
pub(super) fn rotated(
    app: &App,
    row: ChannelRow,
    address: &str,
    secret: &str,
) -> Result<(ChannelRow, Option<Secret>), ApiError> {
    let kind = ChannelKind::of(&row.kind);
    let kind = kind.ok_or_else(|| ApiError::internal("channel", "of no known kind"))?;
    if kind == ChannelKind::Email {
        return Err(refused(ChannelRefusal::NothingToRotate));
    }
    let or_as_it_was = |new: &str, old: &str| match new.trim() {
        "" => old.to_owned(),
        new => new.to_owned(),
    };
    let address = or_as_it_was(address, &row.address);
    let secret = or_as_it_was(secret, &row.secret);
    let may_be_plain = app.config.channels.allow_private_webhooks;
    check_address(kind, &address, may_be_plain).map_err(refused)?;
    check_secret(kind, &secret).map_err(refused)?;
    let made = made_secret(kind);
    let row = ChannelRow {
        old_secret: made.as_ref().map(|_| row.secret.clone()),
        old_until: (app.now() + OVERLAP).0,
        secret: secret_of(kind, made.as_ref(), &secret),
        address,
        ..row
    };
    Ok((row, made))
}

/// The next version of a channel, after the one that was seen.
pub(super) fn next(app: &App, session: &Session, row: ChannelRow, seen: u32) -> ChannelRow {
    ChannelRow {
        version: i64::from(seen) + 1,
        by: session.actor.person.to_string(),
        at: app.now().0,
        ..row
    }
}

/// A test message through a channel, due at once.
pub(super) fn test_message(channel: &ChannelRow, now: Timestamp) -> Result<DeliveryRow, ApiError> {
    let message = Message {
        occasion: Occasion::Test,
        at: now,
        about: None,
    };
    let message = serde_json::to_string(&message)
        .map_err(|error| ApiError::internal("test message", error))?;
    let id = format!("msg_{}", hex(&random_bytes::<16>()));
    Ok(DeliveryRow {
        message,
        ..DeliveryRow::waiting(id, channel.id.clone(), channel.org.clone(), now.0)
    })
}

/// For whom somebody wants to set up a channel: their own organisation, unless another is named.
pub(super) fn org_of(
    app: &App,
    session: &Session,
    asked: Option<String>,
) -> Result<OrgId, ApiError> {
    let Some(asked) = asked else {
        session.must(Action::ManageChannels, &subject_of(&session.person))?;
        return Ok(session.actor.org.clone());
    };
    let absent = || ApiError::not_found("单位", "organisation", &asked);
    let org: OrgId = asked.parse().map_err(|_| absent())?;
    session.must(Action::ManageChannels, &subject(&org))?;
    let is_known = app.register().orgs.contains_key(&org);
    is_known.then_some(org).ok_or_else(absent)
}

/// Whose channels somebody sees who may see any: their own, or everybody's.
pub(super) fn whose(session: &Session) -> Option<&str> {
    let sees_all = session.may(Action::ManageChannels, &Subject::default());
    (!sees_all).then(|| session.actor.org.as_str())
}

/// The channel, if it exists for whoever asks.
pub(super) async fn find(app: &App, session: &Session, id: &str) -> Result<ChannelRow, ApiError> {
    session.must(Action::ManageChannels, &subject_of(&session.person))?;
    let absent = || ApiError::not_found("渠道", "channel", id);
    let row = app.store.channel(id).await?.ok_or_else(absent)?;
    let org: OrgId = row.org.parse().map_err(|_| absent())?;
    match session.may(Action::ManageChannels, &subject(&org)) {
        true => Ok(row),
        false => Err(absent()),
    }
}

/// Nothing is sent through a channel that is switched off.
pub(super) fn must_be_active(channel: &ChannelRow) -> Result<(), ApiError> {
    if channel.active {
        return Ok(());
    }
    Err(ApiError::conflict(
        "channel_is_off",
        "渠道已停用。请先启用。",
        "This channel is switched off. Switch it on first.",
    ))
}

/// An organisation, as the permission table sees it.
fn subject(org: &OrgId) -> Subject {
    Subject {
        provider: Some(org.clone()),
        ..Subject::default()
    }
}

pub(super) fn refused(refusal: ChannelRefusal) -> ApiError {
    ApiError::refused(refusal.code())
}

fn made_secret(kind: ChannelKind) -> Option<Secret> {
    (kind == ChannelKind::Webhook).then(|| Secret::of_webhook(random_bytes()))
}

fn secret_of(kind: ChannelKind, made: Option<&Secret>, given: &str) -> String {
    match (kind, made) {
        (_, Some(made)) => made.text().to_owned(),
        (ChannelKind::Dingtalk, None) => given.to_owned(),
        _ => String::new(),
    }
}

/// Each once.
pub(super) fn in_order(mut topics: Vec<Topic>) -> Vec<Topic> {
    topics.sort();
    topics.dedup();
    topics
}

pub(super) fn names(topics: &[Topic]) -> Vec<String> {
    let names = topics.iter().map(|topic| topic.as_str().to_owned());
    names.collect()
}
