//! Setting up channels: a provider's own, by its desk or its managers; anybody's, by the administrator.

use domain::actor::{Action, Subject};
use domain::channel::{
    CHANNELS_MAX, ChannelKind, ChannelRefusal, Message, Occasion, Secret, Topic, check,
    check_address, check_name, check_secret,
};
use domain::ids::{OrgId, hex};
use domain::time::Millis;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{ChannelRow, DeliveryRow, StoreError};

use super::shape::{ChannelDto, ChannelKindDto, ChannelMadeDto, DeliveryDto, TopicDto};
use crate::auth::{Session, SignedIn, subject_of};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::rate_limit::RateLimit;
use crate::signer::random_bytes;
use crate::state::{App, SharedApp};

/// How long the secret before signs along after a change.
pub const OVERLAP: Millis = Millis::minutes(24 * 60);

/// How often one person may have a test sent: a channel can be anybody's mailbox.
pub struct ChannelLimits {
    tests: RateLimit,
}

impl Default for ChannelLimits {
    fn default() -> Self {
        Self {
            tests: RateLimit::new(10, Millis(60_000)),
        }
    }
}

/// A new channel.
#[derive(Object)]
struct NewChannelDto {
    /// Whose it is; one's own organisation if it is left out.
    #[oai(validator(max_length = 40))]
    org: Option<String>,
    kind: ChannelKindDto,
    /// 1 to 40 characters.
    name: String,
    /// A mailbox, or the whole URL of endpoint or robot.
    address: String,
    /// The signing secret 加签 of a DingTalk robot; of others nothing.
    #[oai(default)]
    secret: String,
    /// At least one.
    topics: Vec<TopicDto>,
}

/// What can be changed at any time.
#[derive(Object)]
struct ChannelChangeDto {
    /// The version that was shown.
    version: u32,
    name: String,
    topics: Vec<TopicDto>,
    active: bool,
}

/// A change of the secret.
#[derive(Object)]
struct SecretChangeDto {
    /// The version that was shown.
    version: u32,
    /// The new URL, for robots: it holds their key. Empty to keep it.
    #[oai(default)]
    address: String,
    /// The new signing secret, for DingTalk. The server makes that of a webhook itself.
    #[oai(default)]
    secret: String,
}

pub struct ChannelsApi(pub SharedApp);

#[OpenApi(tag = "Tag::Channels")]
impl ChannelsApi {
    /// Notification channels
    ///
    /// Of one's own organisation; the administrator sees all.
    #[oai(path = "/channels", method = "get", operation_id = "listChannels")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<ChannelDto>>, ApiError> {
        session.must(Action::ManageChannels, &subject_of(&session.person))?;
        let rows = self.0.store.channels(whose(&session)).await?;
        let (register, now) = (self.0.register(), self.0.now().0);
        let shown = rows
            .iter()
            .filter_map(|row| ChannelDto::of(row, &register, now));
        Ok(Json(shown.collect()))
    }

    /// Add a channel
    ///
    /// The answer tells the secret of a webhook, this once.
    #[oai(path = "/channels", method = "post", operation_id = "addChannel")]
    async fn add(
        &self,
        SignedIn(session): SignedIn,
        Json(draft): Json<NewChannelDto>,
    ) -> Result<Json<ChannelMadeDto>, ApiError> {
        let org = self.org_of(&session, draft.org)?;
        let kind = ChannelKind::from(draft.kind);
        let (address, secret) = (draft.address.trim(), draft.secret.trim());
        let topics = topics_of(draft.topics);
        let may_be_plain = self.0.config.channels.allow_private_webhooks;
        check(kind, &draft.name, address, secret, &topics, may_be_plain).map_err(refused)?;
        if self.0.store.channels(Some(org.as_str())).await?.len() >= CHANNELS_MAX {
            return Err(refused(ChannelRefusal::TooMany));
        }
        let made = made_secret(kind);
        let row = ChannelRow {
            id: format!("ch_{}", hex(&random_bytes::<8>())),
            org: org.to_string(),
            kind: kind.as_str().to_owned(),
            name: draft.name.trim().to_owned(),
            address: address.to_owned(),
            secret: secret_of(kind, made.as_ref(), secret),
            old_secret: None,
            old_until: 0,
            topics: names(&topics),
            active: true,
            version: 1,
            by: session.actor.person.to_string(),
            at: self.0.now().0,
        };
        self.write(row, made).await
    }

    /// Rename a channel, choose what it hears of, or switch it off
    #[oai(path = "/channels/:id", method = "put", operation_id = "changeChannel")]
    async fn change(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(change): Json<ChannelChangeDto>,
    ) -> Result<Json<ChannelMadeDto>, ApiError> {
        let row = find(&self.0, &session, &id).await?;
        check_name(&change.name).map_err(refused)?;
        let topics = topics_of(change.topics);
        if topics.is_empty() {
            return Err(refused(ChannelRefusal::NoTopic));
        }
        let row = ChannelRow {
            name: change.name.trim().to_owned(),
            topics: names(&topics),
            active: change.active,
            ..self.next(&session, row, change.version)
        };
        self.write(row, None).await
    }

    /// Change the secret of a channel
    ///
    /// A webhook gets a new one, told this once; the one before signs along for a day. Of a robot the new address or
    /// signing secret is given.
    #[oai(
        path = "/channels/:id/secret",
        method = "post",
        operation_id = "rotateSecret"
    )]
    async fn rotate(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(change): Json<SecretChangeDto>,
    ) -> Result<Json<ChannelMadeDto>, ApiError> {
        let row = find(&self.0, &session, &id).await?;
        let kind = ChannelKind::of(&row.kind);
        let kind = kind.ok_or_else(|| ApiError::internal("channel", "of no known kind"))?;
        if kind == ChannelKind::Email {
            return Err(refused(ChannelRefusal::NothingToRotate));
        }
        let address = match change.address.trim() {
            "" => row.address.clone(),
            new => new.to_owned(),
        };
        let secret = match change.secret.trim() {
            "" => row.secret.clone(),
            new => new.to_owned(),
        };
        let may_be_plain = self.0.config.channels.allow_private_webhooks;
        check_address(kind, &address, may_be_plain).map_err(refused)?;
        check_secret(kind, &secret).map_err(refused)?;
        let made = made_secret(kind);
        let old_secret = made.as_ref().map(|_| row.secret.clone());
        let row = ChannelRow {
            secret: secret_of(kind, made.as_ref(), &secret),
            old_until: (self.0.now() + OVERLAP).0,
            old_secret,
            address,
            ..self.next(&session, row, change.version)
        };
        self.write(row, made).await
    }

    /// Send a test message
    ///
    /// It takes the way of every other message; what became of it stands among the deliveries.
    #[oai(
        path = "/channels/:id/test",
        method = "post",
        operation_id = "testChannel"
    )]
    async fn test(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<Json<DeliveryDto>, ApiError> {
        let channel = find(&self.0, &session, &id).await?;
        must_be_active(&channel)?;
        let now = self.0.now();
        let limits = &self.0.channel_limits.tests;
        limits
            .take(session.actor.person.as_str(), now)
            .map_err(ApiError::too_many)?;
        let message = Message {
            occasion: Occasion::Test,
            at: now,
            about: None,
        };
        let message = serde_json::to_string(&message)
            .map_err(|error| ApiError::internal("test message", error))?;
        let id = format!("msg_{}", hex(&random_bytes::<16>()));
        let row = DeliveryRow {
            message,
            ..DeliveryRow::waiting(id, channel.id.clone(), channel.org.clone(), now.0)
        };
        self.0.store.put_delivery(row.clone()).await?;
        let shown = DeliveryDto::of(row, &[channel], &self.0.register());
        Ok(Json(shown))
    }
}

impl ChannelsApi {
    fn org_of(&self, session: &Session, asked: Option<String>) -> Result<OrgId, ApiError> {
        let Some(asked) = asked else {
            session.must(Action::ManageChannels, &subject_of(&session.person))?;
            return Ok(session.actor.org.clone());
        };
        let absent = || ApiError::not_found("单位", "organisation", &asked);
        let org: OrgId = asked.parse().map_err(|_| absent())?;
        session.must(Action::ManageChannels, &subject(&org))?;
        let is_known = self.0.register().orgs.contains_key(&org);
        is_known.then_some(org).ok_or_else(absent)
    }

    fn next(&self, session: &Session, row: ChannelRow, seen: u32) -> ChannelRow {
        ChannelRow {
            version: i64::from(seen) + 1,
            by: session.actor.person.to_string(),
            at: self.0.now().0,
            ..row
        }
    }

    async fn write(
        &self,
        row: ChannelRow,
        made: Option<Secret>,
    ) -> Result<Json<ChannelMadeDto>, ApiError> {
        match self.0.store.put_channel(row.clone()).await {
            Err(StoreError::Conflict) => {
                return Err(ApiError::conflict(
                    "channel_changed",
                    "渠道已被他人修改。请刷新页面后再改。",
                    "Somebody else has changed this channel. Reload, and change it again.",
                ));
            }
            other => other?,
        }
        let shown = ChannelDto::of(&row, &self.0.register(), self.0.now().0);
        let channel = shown.ok_or_else(|| ApiError::internal("channel", "of no known kind"))?;
        Ok(Json(ChannelMadeDto {
            channel,
            secret: made.map(|secret| secret.text().to_owned()),
        }))
    }
}

/// An organisation, as the permission table sees it.
fn subject(org: &OrgId) -> Subject {
    Subject {
        provider: Some(org.clone()),
        ..Subject::default()
    }
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

fn refused(refusal: ChannelRefusal) -> ApiError {
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

fn topics_of(topics: Vec<TopicDto>) -> Vec<Topic> {
    let mut topics: Vec<Topic> = topics.into_iter().map(Topic::from).collect();
    topics.sort();
    topics.dedup();
    topics
}

fn names(topics: &[Topic]) -> Vec<String> {
    let names = topics.iter().map(|topic| topic.as_str().to_owned());
    names.collect()
}
