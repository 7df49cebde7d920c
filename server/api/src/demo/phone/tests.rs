use domain::chain::{ChainLink, Placement, place};
use domain::envelope::{NotGenuine, Signer, open};
use domain::event::{Noted, Nothing};
use domain::receipt::{KeyRecord, Receipt, Via, anchor_of};
use domain::server_keys::ServerKeys;
use serde_json::json;

use super::*;

const MORNING: Timestamp = Timestamp(1_790_000_000_000);

fn phone(secret: u8) -> SimulatedPhone {
    SimulatedPhone::new("P-0001".parse().unwrap(), [secret; 32], MORNING)
}

/// A day with enrolment, work, a nap, a reload and a receipt.
fn a_day(phone: &mut SimulatedPhone, server: &Signer) -> Vec<Said> {
    let wo = "WO-20261124-0001".parse().unwrap();
    let record = KeyRecord::new(phone.public_key(), phone.person().clone(), MORNING);
    let mut said = vec![
        phone.enrol(&record.sign(server).unwrap()),
        phone.start("test"),
    ];
    phone.pass(Millis::minutes(5));
    said.push(phone.say(Fact::SetOut(Nothing {}), Some(&wo)));
    phone.sleep(Millis::minutes(40));
    said.push(phone.say(Fact::Resumed(Nothing {}), None));
    let request = phone.request_sync();
    let Fact::SyncRequested(asked) = &request.event.fact else {
        panic!("not a request")
    };
    let receipt = Receipt {
        v: 1,
        cp: None,
        leaf: 0,
        dev: phone.device(),
        head: request.id,
        head_seq: request.event.seq,
        nonce: Some(asked.nonce),
        ts: phone.clock().wall,
        via: Via::Sync,
    };
    said.push(request);
    said.push(phone.acknowledge(&receipt.sign(server).unwrap()));
    said.push(phone.start("test"));
    said.push(phone.say(
        Fact::Noted(Noted {
            text: "备注".to_owned(),
        }),
        Some(&wo),
    ));
    said
}

#[test]
fn two_runs_make_the_same_chain_and_every_link_of_it_verifies() {
    let server = Signer::from_seed(&[1; 32]);
    let (mut first, mut second) = (phone(7), phone(7));
    let said = a_day(&mut first, &server);
    for (one, other) in said.iter().zip(a_day(&mut second, &server)) {
        assert_eq!(one.envelope, other.envelope);
    }
    for mut phone in [first, second] {
        let mut head = ChainHead::START;
        for envelope in phone.take_outbox().envelopes {
            let (verified, event): (_, Event) = open(&envelope, phone.public_key()).unwrap();
            let link = ChainLink::of(&event, verified.id);
            assert_eq!(place(head, &link, |_| None), Placement::Follows);
            head = link.as_head();
            let is_anchor = matches!(event.fact, Fact::Enrolled(_) | Fact::SyncAcknowledged(_));
            assert_eq!(
                anchor_of(&event, &ServerKeys::of(server.public_key()))
                    .unwrap()
                    .is_some(),
                is_anchor
            );
        }
        assert_eq!(head, phone.head());
    }
}

#[test]
fn another_secret_is_another_phone_whose_signature_does_not_fit() {
    let (mut one, other) = (phone(1), phone(2));
    assert_ne!(one.device(), other.device());
    let said = one.start("test");
    let refused = open::<Event>(&said.envelope, other.public_key());
    assert!(matches!(refused, Err(NotGenuine::BadSignature)));
    assert!(
        one.public_key()
            .has_signed(&[5; 32], &one.prove_possession(&[5; 32]))
    );
}

#[test]
fn sleep_stops_one_clock_and_a_reload_starts_another() {
    let mut phone = phone(3);
    let before = phone.clock();
    phone.pass(Millis(10));
    phone.sleep(Millis(90));
    assert_eq!(
        phone.clock(),
        PhoneClock {
            mono: 10,
            wall: MORNING + Millis(100),
            ..before
        }
    );
    phone.reload();
    assert_ne!(phone.clock().sid, before.sid);
    assert_eq!(phone.clock().mono, 0);
}

#[test]
fn equal_values_get_unequal_commitments_that_their_sidecars_fulfil() {
    let mut phone = phone(4);
    let value = json!({"name": "王静", "phone": "10900000022"});
    let (first, second) = (phone.set_aside(value.clone()), phone.set_aside(value));
    assert_ne!(first, second);
    let outbox = phone.take_outbox();
    for commitment in [first, second] {
        outbox.sidecars[&commitment.c].verify(commitment.c).unwrap();
    }
    assert!(phone.take_outbox().sidecars.is_empty());
}
