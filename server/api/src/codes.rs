//! What stands at the terminals and who looks after it: print runs of labels, screens, tags. Here
//! they are registered and taken out of service; what a scan of them proves is found out in the
//! intake and judged by `domain::presence`.

pub mod kiosks;
pub mod runs;
pub mod secrets;
pub mod tags;

use domain::actor::{Action, Subject};
use domain::ids::OrgId;
use poem_openapi::Object;

use crate::auth::Session;

/// Why something is taken out of service.
#[derive(Debug, Object)]
pub struct OutOfService {
    /// What has happened, in one's own words.
    #[oai(validator(min_length = 1, max_length = 300))]
    pub reason: String,
}

/// Whether the caller looks after codes of this provider's terminals; none means everybody's.
fn may_manage(session: &Session, provider: Option<&OrgId>) -> bool {
    let subject = Subject {
        provider: provider.cloned(),
        ..Subject::default()
    };
    session.may(Action::ManageCodes, &subject)
}
