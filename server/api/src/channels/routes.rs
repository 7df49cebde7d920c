//! Setting up channels: a provider's own, by its desk or its managers; anybody's, by the administrator.

use domain::actor::Action;
use domain::channel::{CHANNELS_MAX, ChannelRefusal, Secret, Topic, check_name};
use domain::time::Millis;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{ChannelRow, StoreError};

use super::setup::{
    Draft, find, in_order, must_be_active, names, next, org_of, refused, rotated, test_message,
    whose,
};
use super::shape::{ChannelDto, ChannelKindDto, ChannelMadeDto, DeliveryDto, TopicDto};
use crate::auth::{SignedIn, subject_of};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::rate_limit::RateLimit;
use crate::state::SharedApp;

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
        let draft = Draft {
            org: org_of(&self.0, &session, draft.org)?,
            kind: draft.kind.into(),
            name: &draft.name,
            address: &draft.address,
            secret: &draft.secret,
            topics: topics_of(draft.topics),
        };
        let (row, made) = draft.into_row(&self.0, &session)?;
        if self.0.store.channels(Some(&row.org)).await?.len() >= CHANNELS_MAX {
            return Err(refused(ChannelRefusal::TooMany));
        }
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
        let topics = in_order(topics_of(change.topics));
        if topics.is_empty() {
            return Err(refused(ChannelRefusal::NoTopic));
        }
        let row = ChannelRow {
            name: change.name.trim().to_owned(),
            topics: names(&topics),
            active: change.active,
            ..next(&self.0, &session, row, change.version)
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
        let row = next(&self.0, &session, row, change.version);
        let (row, made) = rotated(&self.0, row, &change.address, &change.secret)?;
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
        let row = test_message(&channel, now)?;
        self.0.store.put_delivery(row.clone()).await?;
        let shown = DeliveryDto::of(row, &[channel], &self.0.register());
        Ok(Json(shown))
    }
}

impl ChannelsApi {
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

fn topics_of(topics: Vec<TopicDto>) -> Vec<Topic> {
    topics.into_iter().map(Topic::from).collect()
}
