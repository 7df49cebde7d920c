//! The HTTP side of Daochang 到场 and the only crate that knows HTTP.
//!
//! - [`state`] what every handler is given, [`config`] the command line, [`serve`] start and stop;
//! - [`openapi`] the list of all endpoints: [`session`], [`people`], [`terminals`], [`devices`],
//!   [`kit`]; [`public`] the pages that need no account, [`web`] the built front end;
//! - [`auth`] from token to actor, [`error`] every refusal, [`problem`] how it leaves the house;
//! - [`limits`], [`rate_limit`], [`passwords`], [`compress`], [`raw_json`], [`envelope`], [`language`] what all of
//!   them use; [`signer`], [`tls`], [`time_source`] the keys and the clock;
//! - [`intake`] the single door for everything that becomes evidence, [`register`] the register in
//!   memory.

pub mod accounts;
pub mod auth;
pub mod compress;
pub mod config;
pub mod devices;
pub mod envelope;
pub mod error;
pub mod kit;
pub mod language;
pub mod limits;
pub mod openapi;
pub mod passwords;
pub mod people;
pub mod problem;
pub mod public;
pub mod rate_limit;
pub mod raw_json;
pub mod register;
pub mod routes;
pub mod serve;
pub mod session;
pub mod shenzhen;
pub mod signer;
pub mod state;
pub mod terminals;
#[cfg(test)]
mod testing;
pub mod time_source;
pub mod tls;
pub mod web;
pub mod intake;
pub mod reports;
