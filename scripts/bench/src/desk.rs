//! The desk's half of a work order's life, made as the server makes it: signed by the server's own
//! key in the server's own chain, folded by the rules, ready for one commit.

use domain::envelope::{Signer, prepare_event};
use domain::event::{Assigned, Channel, EVENT_TYPE, Event, Fact, Reported};
use domain::fault::FaultCode;
use domain::ids::{EventId, PersonId, SessionId, WorkOrderId};
use domain::interval::Bounds;
use domain::time::Interval;
use domain::work_order::{Recorded, WorkOrder};
use store::{Commit, DeviceRow, EventRow, WorkOrderChange, WorkOrderRow};

use crate::Result;
use crate::city::{self, json};

/// See the module.
pub struct Desk {
    signer: Signer,
    seq: u64,
    head: EventId,
}

impl Desk {
    pub fn new(signer: Signer) -> Self {
        Self {
            signer,
            seq: 0,
            head: EventId::GENESIS,
        }
    }

    /// A fault is reported and given to a technician: two events, one work order, one change.
    pub fn report(
        &mut self,
        commit: &mut Commit,
        wo: &WorkOrderId,
        technician: &str,
        text: String,
    ) -> Result<()> {
        let technician = city::person(technician);
        let fault = FaultCode::Hw1;
        let reported = Fact::Reported(Reported {
            terminal: city::terminal(),
            fault,
            level: fault.level(),
            channel: Channel::Hotline,
            text,
            reporter: None,
            occurred_at: None,
            policy: city::policy(),
            terminal_version: 1,
            site_version: None,
            terminal_record: None,
            site_record: None,
            cp: None,
        });
        let recorded = self.say(commit, wo, reported)?;
        let mut work_order =
            WorkOrder::born(city::birth(), &recorded).ok_or("a report starts a work order")?;
        let assigned = Fact::Assigned(Assigned {
            technician: technician.clone(),
            reason: None,
        });
        let recorded = self.say(commit, wo, assigned)?;
        work_order.apply(&recorded);
        commit.work_orders.push(change(&work_order, &technician)?);
        Ok(())
    }

    fn say(&mut self, commit: &mut Commit, wo: &WorkOrderId, fact: Fact) -> Result<Recorded> {
        let now = city::now();
        let event = Event {
            v: 1,
            dev: self.signer.device_id(),
            seq: self.seq + 1,
            prev: self.head,
            sid: SessionId([0; 8]),
            mono: 0,
            wall: now,
            by: city::person("system"),
            wo: Some(wo.clone()),
            pol: None,
            fact,
        };
        let value = serde_json::to_value(&event)?;
        let failed = |reason| format!("the desk's event cannot be signed: {reason:?}");
        let prepared = prepare_event(&value).map_err(failed)?;
        let envelope = self.signer.sign(EVENT_TYPE, &value).map_err(failed)?;
        let exactly = Interval::exactly(now);
        let bounds = Bounds {
            b: exactly,
            c: exactly,
            clock_conflict: false,
        };
        self.seq = event.seq;
        self.head = prepared.id;
        commit.events.push(EventRow {
            dev: event.dev.to_string(),
            seq: i64::try_from(event.seq)?,
            id: prepared.id.to_string(),
            n: 0,
            t: event.fact.name().to_owned(),
            by: event.by.to_string(),
            wo: Some(wo.to_string()),
            payload: prepared.payload,
            sig: envelope
                .signatures
                .into_iter()
                .map(|signature| signature.sig)
                .collect(),
            received_at: now.0,
            refused: None,
            bounds: Some(json(&bounds)?),
        });
        Ok(Recorded {
            event,
            id: prepared.id,
            bounds,
            sidecars: Default::default(),
            prior: None,
        })
    }

    /// The server's own row among the devices, with its chain's head.
    pub fn row(&self) -> Result<DeviceRow> {
        Ok(DeviceRow {
            dev: self.signer.device_id().to_string(),
            person: "system".to_owned(),
            alg: "ed25519".to_owned(),
            spki: self.signer.public_key().spki_base64(),
            label: "server".to_owned(),
            enrolled_at: city::now().0,
            key_record: String::new(),
            revoked_at: None,
            revoked_by: None,
            revoked_reason: None,
            revocation: None,
            head_seq: i64::try_from(self.seq)?,
            head: self.head.to_string(),
            carry: String::new(),
        })
    }
}

fn change(work_order: &WorkOrder, technician: &PersonId) -> Result<WorkOrderChange> {
    let row = WorkOrderRow {
        id: work_order.id.to_string(),
        doc: json(work_order)?,
        district: work_order.district.to_string(),
        provider: work_order.provider.to_string(),
        site_unit: work_order.site_unit.to_string(),
        technician: Some(technician.to_string()),
        terminal: work_order.terminal.to_string(),
        site: work_order.site.to_string(),
        stage: "assigned".to_owned(),
        open: true,
        reported_at: work_order.report.at.wall.0,
        // Timers have a workload of their own and would only disturb the others.
        due_at: store::NEVER,
        search: format!("{} {}", work_order.id, work_order.terminal).to_lowercase(),
        n: 0,
    };
    Ok(WorkOrderChange {
        row,
        escalation: None,
        feeds: vec![technician.to_string()],
    })
}
