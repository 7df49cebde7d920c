//! Notification channels 通知渠道 (9.2 b, 9.3 c; R14, R17, R20; `docs/adr/0017-channels.md`). What is to be said is
//! written with the fact it tells of ([`crate::intake`]); the [`Courier`] brings it out and writes down what became
//! of it. What a message says and when it is tried again is [`domain::channel`]'s business.

pub mod courier;
mod deliveries;
pub mod mail;
mod routes;
mod setup;
mod shape;
pub mod webhook;

pub use courier::Courier;
pub use deliveries::DeliveriesApi;
pub use routes::{ChannelLimits, ChannelsApi};
pub use setup::OVERLAP;
