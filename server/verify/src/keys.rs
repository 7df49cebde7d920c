//! Whose signatures count here: the keys that the reader trusts, and those that changes lead to from them.
//! A bundle brings the changes along, because who was handed the first key needs them; it cannot add a key
//! by itself, since each change is signed by the key before it.

use domain::envelope::Envelope;
use domain::ids::Digest;
use domain::server_keys::{ChangeRefusal, HeldChange, LogKeys, ServerKeys};

use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::place::Place;
use crate::trust::{LogTrust, Trust};
use crate::words::moment;

/// See the module.
pub(crate) struct Keys {
    pub server: ServerKeys,
    pub log: LogKeys,
    /// The changes that the bundle brings and that are believed.
    pub changes: Vec<HeldChange>,
    /// All that both keys have signed, believed or not.
    held: Vec<HeldChange>,
}

impl Keys {
    /// Reads the changes and says which of them are not believed.
    pub fn read(files: &[File], trust: &Trust, found: &mut Vec<Finding>) -> Self {
        let brought = brought(files, found);
        let names: Vec<Digest> = brought.iter().map(|held| held.id).collect();
        let known = trust.key_changes.iter().map(HeldChange::open);
        let held: Vec<HeldChange> = brought
            .into_iter()
            .chain(known.filter_map(Result::ok))
            .collect();
        let of_server = ServerKeys::proved(trust.server_spans().collect(), &held);
        let of_log = LogKeys::proved(trust.log.keys().collect(), &held);
        let mut refused = of_server.refused;
        // Who trusts no log has nothing to hold its keys against.
        if !of_log.keys.is_empty() {
            refused.extend(of_log.refused);
        }
        found.extend(refused.into_iter().map(|(id, why)| refusal(id, why)));
        let believed = of_server.line.into_iter().chain(of_log.line);
        let changes: Vec<HeldChange> = believed
            .filter(|held| names.contains(&held.id))
            .cloned()
            .collect();
        found.extend(changes.iter().map(told));
        Self {
            server: of_server.keys,
            log: of_log.keys,
            changes,
            held,
        }
    }

    /// The keys of the log for somebody who trusts others of them.
    pub fn log_by(&self, trust: &LogTrust) -> LogKeys {
        LogKeys::proved(trust.keys().collect(), &self.held).keys
    }
}

/// The changes among the files that both keys have signed, whoever's they are.
fn brought(files: &[File], found: &mut Vec<Finding>) -> Vec<HeldChange> {
    let mut changes = Vec::new();
    for file in files {
        let Place::KeyChange(name) = file.place else {
            continue;
        };
        let opened = Envelope::parse(file.bytes)
            .map_err(|_| ChangeRefusal::NotGenuine)
            .and_then(|envelope| HeldChange::open(&envelope));
        match opened {
            Ok(held) if held.id == name => changes.push(held),
            Ok(_) => found.push(Finding::about(FindingCode::Misnamed, file.name)),
            Err(why) => found.push(refusal(name, why)),
        }
    }
    changes
}

fn refusal(id: Digest, why: ChangeRefusal) -> Finding {
    Finding::about(FindingCode::KeyChangeRefused, Place::KeyChange(id)).because(why.code())
}

fn told(held: &HeldChange) -> Finding {
    let HeldChange {
        id, change, new, ..
    } = held;
    let what = format!(
        "{} {} · {} · {}",
        change.kind.name(),
        change.index,
        moment(change.from),
        new.device_id()
    );
    Finding::about(FindingCode::KeyChanged, Place::KeyChange(*id)).because(what)
}
