//! What every handler is given: one struct, built once at start, shared by reference count.

use std::sync::{Arc, PoisonError, RwLock};

use domain::ids::SessionId;
use domain::time::Timestamp;
use poem::Request;
use store::{Blobs, Store, StoreError};

use crate::channels::ChannelLimits;
use crate::channels::courier::{Courier, PATIENCE};
use crate::config::Config;
use crate::documents::Writers;
use crate::evaluations::EvaluationLimits;
use crate::intake::{Intake, KnownRelayCodes, Surroundings};
use crate::integrations::IntegrationLimits;
use crate::keys::KeyRing;
use crate::known_keys::KnownKeys;
use crate::log::builds::{Served, log_build};
use crate::log::publisher::{self, Publisher};
use crate::log::register::log_register;
use crate::log::time_servers::TimeServers;
use crate::log::witnesses::Witnesses;
use crate::log::{Identity, Log};
use crate::passwords::Passwords;
use crate::photos::Thumbnails;
use crate::public::PublicLimits;
use crate::public::relay::RelayLimits;
use crate::register::Register;
use crate::reviews::{self, Reviews};
use crate::session::SignInLimits;
use crate::signer::random_bytes;
use crate::time_source::TimeSource;
use crate::timers::Timers;

/// The state as handlers hold it.
pub type SharedApp = Arc<App>;

/// What an [`App`] is made of; tests put their own clock and memory here.
pub struct Parts {
    pub store: Store,
    pub blobs: Blobs,
    pub time: Arc<dyn TimeSource>,
    pub signer: KeyRing,
    /// The name and key of the transparency log.
    pub identity: Identity,
    /// Who cosigns it.
    pub witnesses: Witnesses,
    pub config: Config,
}

/// The running server.
pub struct App {
    /// Events, projections, registers, people.
    pub store: Store,
    /// Photos, by SHA-256.
    pub blobs: Blobs,
    /// The only clock.
    pub time: Arc<dyn TimeSource>,
    /// The server's own keys.
    pub signer: Arc<KeyRing>,
    /// The surroundings, read once from the command line.
    pub config: Config,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// The transparency log, as the rest of the server knows it.
    pub log: Arc<Log>,
    /// Publishes the log.
    pub publisher: Arc<Publisher>,
    /// The build of the app that phones get here.
    pub served: Served,
    /// The single door for everything that becomes evidence.
    pub intake: Intake,
    /// The keys of the phones that push.
    pub known_keys: KnownKeys,
    /// Makes thumbnails, a few at a time.
    pub thumbnails: Thumbnails,
    /// Makes documents, a few at a time.
    pub writers: Writers,
    /// Looks behind the intake for what is worth a second look.
    pub reviews: Reviews,
    /// Says when limits come near or have passed.
    pub timers: Arc<Timers>,
    /// Brings messages about limits to where organisations want them.
    pub courier: Arc<Courier>,
    /// How often channels may be tested.
    pub channel_limits: ChannelLimits,
    /// Whose time the clock is compared with.
    pub time_servers: Arc<TimeServers>,
    /// How often one may try to sign in.
    pub sign_in_limits: SignInLimits,
    /// How often the public may report.
    pub public_limits: PublicLimits,
    /// How much other systems may send.
    pub integration_limits: IntegrationLimits,
    /// How often evaluation links may be made and used.
    pub evaluation_limits: EvaluationLimits,
    /// How often chain heads may be brought for a phone without network.
    pub relay_limits: RelayLimits,
    register: Arc<RwLock<Arc<Register>>>,
}

impl App {
    /// Loads the register, starts the intake, and is ready to serve.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn start(parts: Parts) -> Result<SharedApp, StoreError> {
        let Parts {
            store,
            blobs,
            time,
            signer,
            identity,
            witnesses,
            config,
        } = parts;
        let signer = Arc::new(signer);
        let log = Arc::new(Log::default());
        let publisher = Publisher::open(publisher::Parts {
            store: store.clone(),
            files: blobs.log_files(),
            log: Arc::clone(&log),
            identity: identity.signing_twice(config.sm2.clone()),
            witnesses,
            time: Arc::clone(&time),
        })
        .await?;
        let register = Register::load(&store).await?;
        let served = Served::in_folder(&config.web)
            .map_err(|error| StoreError::Unavailable(format!("the built app: {error}")))?;
        if log.alarm().is_none() {
            let logged = log_register(&store, &register, time.now()).await?;
            let files = publisher.files();
            if log_build(&store, files, &served, time.now()).await? || logged > 0 {
                log.has_grown(false);
            }
        }
        let register = Arc::new(RwLock::new(Arc::new(register)));
        let of_intake = Arc::clone(&register);
        let intake = Intake::start(Surroundings {
            store: store.clone(),
            signer: Arc::clone(&signer),
            sm2: config.sm2.clone(),
            session: SessionId(random_bytes()),
            time: Arc::clone(&time),
            log: Arc::clone(&log),
            register: Arc::new(move || current(&of_intake)),
            relay_codes: KnownRelayCodes::default(),
        });
        let thumbnails = Thumbnails::default();
        let of_reviews = Arc::clone(&register);
        let reviews = Reviews::start(reviews::Surroundings {
            store: store.clone(),
            blobs: blobs.clone(),
            thumbnails: thumbnails.clone(),
            time: Arc::clone(&time),
            register: Arc::new(move || current(&of_reviews)),
            changed: intake.subscribe(),
        });
        let timers = Arc::new(Timers {
            store: store.clone(),
            time: Arc::clone(&time),
            intake: intake.clone(),
        });
        let courier = Courier::new(store.clone(), Arc::clone(&time), &config, PATIENCE);
        let time_servers = TimeServers::new(config.ntp.clone(), Arc::clone(&time));
        Ok(Arc::new(Self {
            timers,
            courier: Arc::new(courier),
            channel_limits: ChannelLimits::default(),
            time_servers: Arc::new(time_servers),
            passwords: Passwords::new().expect("Argon2 accepts its default parameters"),
            thumbnails,
            writers: Writers::default(),
            reviews,
            sign_in_limits: SignInLimits::default(),
            public_limits: PublicLimits::default(),
            integration_limits: IntegrationLimits::default(),
            evaluation_limits: EvaluationLimits::default(),
            relay_limits: RelayLimits::default(),
            store,
            blobs,
            time,
            signer,
            config,
            log,
            publisher,
            served,
            intake,
            known_keys: KnownKeys::default(),
            register,
        }))
    }

    /// The present instant by the server's clock.
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// The register as of now; one call gives one consistent view.
    pub fn register(&self) -> Arc<Register> {
        current(&self.register)
    }

    /// Reads the register anew after people, sites, terminals or policies have changed.
    ///
    /// # Errors
    /// When it cannot be read; the former one stays in use.
    pub async fn reload_register(&self) -> Result<(), StoreError> {
        let fresh = Arc::new(Register::load(&self.store).await?);
        self.log.must_be_sound()?;
        if log_register(&self.store, &fresh, self.now()).await? > 0 {
            self.log.has_grown(false);
        }
        *self
            .register
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The caller's address, for rate limits. Headers are believed only behind a proxy, and
    /// then only the entry that the proxy itself has appended.
    pub fn caller_address(&self, request: &Request) -> String {
        let forwarded = self
            .config
            .trust_proxy
            .then(|| {
                request
                    .headers()
                    .get_all("x-forwarded-for")
                    .iter()
                    .next_back()
            })
            .flatten()
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .map(|address| address.trim().to_owned());
        forwarded.unwrap_or_else(|| match request.remote_addr().as_socket_addr() {
            Some(address) => address.ip().to_string(),
            None => "unknown".to_owned(),
        })
    }
}

fn current(register: &RwLock<Arc<Register>>) -> Arc<Register> {
    Arc::clone(&register.read().unwrap_or_else(PoisonError::into_inner))
}
