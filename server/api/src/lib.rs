//! The HTTP side of Daochang 到场 and the only crate that knows HTTP.
//!
//! - [`state`] what every handler is given, [`config`] the command line, [`serve`] start and stop,
//!   [`accounts`] the first people, [`rebuild`] projections made again from the events,
//!   [`fsck`] everything held against everything;
//! - [`openapi`] the list of all endpoints: [`session`], [`people`], [`terminals`], [`devices`],
//!   [`kit`], [`sync`], [`evidence`], [`evidence_page`], [`bundle`], [`documents`], [`reports`], [`joins`],
//!   [`complaints`], [`integrations`],
//!   [`work_orders`], [`codes`], [`reviews`], [`figures`]; [`routes`] these
//!   with [`public`], the pages that need no account, and [`web`], the built front end;
//! - [`intake`] the single door for everything that becomes evidence, [`log`] the transparency log,
//!   [`timers`] what says that a limit comes near or has passed, [`channels`] what carries that outside,
//!   [`outside`] what its witnesses say of a work order, [`judged`] the verdict; [`register`] the register in memory,
//!   [`photos`] pictures, [`cursor`] places in the stream of changes, [`shenzhen`] civil time;
//! - [`auth`] from token to actor, [`error`] every refusal, [`problem`] how it leaves the house,
//!   [`reason`] the words for what was set aside;
//! - [`limits`], [`rate_limit`], [`passwords`], [`compress`], [`raw_json`], [`envelope`], [`language`]
//!   what all of them use; [`standard`] what each clause of the standard became; [`signer`], [`sm2`], [`tls`], [`time_source`] the keys and the clock,
//!   [`outgoing`] the way to other machines;
//! - [`demo`] the invented city.

pub mod accounts;
pub mod auth;
pub mod bundle;
pub mod channels;
pub mod codes;
mod complaints;
pub mod compress;
pub mod config;
mod covering;
pub mod cursor;
pub mod demo;
pub mod devices;
pub mod documents;
pub mod envelope;
mod erasures;
pub mod error;
mod escalations;
pub mod evaluations;
pub mod evidence;
pub mod evidence_page;
mod figures;
mod filings;
pub mod fsck;
mod holds;
pub mod intake;
mod integrations;
pub mod joins;
pub mod judged;
pub mod keys;
pub mod kit;
mod known_keys;
pub mod language;
pub mod limits;
pub mod log;
pub mod openapi;
pub mod outgoing;
pub mod outside;
mod page_loads;
pub mod passwords;
pub mod people;
pub mod photos;
pub mod places;
pub mod problem;
pub mod public;
pub mod rate_limit;
pub mod raw_json;
pub mod reason;
pub mod rebuild;
pub mod register;
mod relay_codes;
pub mod reports;
pub mod retention;
pub mod reviews;
mod rosters;
pub mod routes;
pub mod serve;
pub mod session;
pub mod shenzhen;
pub mod signer;
mod slips;
pub mod sm2;
pub mod standard;
pub mod state;
pub mod sync;
pub mod terminals;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod time_source;
pub mod timers;
pub mod tls;
pub mod web;
pub mod work_orders;
