use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::envelope::{Envelope, Signer};
use crate::ids::{EventId, PersonId};
use crate::receipt::{KeyRecord, Receipt, Via};

const FIRST: i64 = 1_000;
const SECOND: i64 = 2_000;

fn key(seed: u8) -> Signer {
    Signer::from_seed(&[seed; 32])
}

fn change(index: u64, from: i64, old: u8, new: u8) -> KeyChange {
    KeyChange {
        from: Timestamp(from),
        index,
        kind: KeyUse::Server,
        leaf: index * 10,
        new: key(new).public_key().spki_base64(),
        old: key(old).public_key().spki_base64(),
        v: 1,
    }
}

fn held(index: u64, from: i64, old: u8, new: u8) -> HeldChange {
    let envelope = change(index, from, old, new)
        .sign(&key(old), &key(new))
        .unwrap();
    HeldChange::open(&envelope).unwrap()
}

/// Key 1, then key 2, then key 3.
fn line() -> Vec<HeldChange> {
    vec![held(1, FIRST, 1, 2), held(2, SECOND, 2, 3)]
}

fn trusting(seed: u8) -> Vec<KeySpan> {
    vec![KeySpan::always(key(seed).public_key().clone())]
}

fn proved(
    trusted: Vec<KeySpan>,
    changes: &[HeldChange],
) -> (ServerKeys, Vec<(Digest, ChangeRefusal)>) {
    let Proved { keys, refused, .. } = ServerKeys::proved(trusted, changes);
    (keys, refused)
}

fn keys() -> ServerKeys {
    let (keys, refused) = proved(trusting(1), &line());
    assert_eq!(refused, []);
    keys
}

fn receipt(ts: i64) -> Receipt {
    Receipt {
        cp: None,
        dev: DeviceId([1; 16]),
        head: EventId([2; 32]),
        head_seq: 1,
        leaf: 0,
        nonce: None,
        ts: Timestamp(ts),
        v: 1,
        via: Via::Sync,
    }
}

fn codes(refused: &[(Digest, ChangeRefusal)]) -> Vec<&'static str> {
    refused.iter().map(|(_, reason)| reason.code()).collect()
}

#[rstest]
#[case::long_before(1, 0, Ok(()))]
#[case::last_of_the_first(1, FIRST - 1, Ok(()))]
#[case::first_too_late(1, FIRST, Err("key_replaced"))]
#[case::first_much_too_late(1, SECOND, Err("key_replaced"))]
#[case::second_too_early(2, FIRST - 1, Err("key_not_yet"))]
#[case::second_at_once(2, FIRST, Ok(()))]
#[case::second_goes_on(2, FIRST + 1, Ok(()))]
#[case::last_of_the_second(2, SECOND - 1, Ok(()))]
#[case::second_too_late(2, SECOND, Err("key_replaced"))]
#[case::third_too_early(3, SECOND - 1, Err("key_not_yet"))]
#[case::third_at_once(3, SECOND, Ok(()))]
#[case::third_for_good(3, i64::MAX / 1024, Ok(()))]
#[case::somebody_else(9, FIRST, Err("bad_signature"))]
fn a_key_signs_from_its_change_until_the_next(
    #[case] seed: u8,
    #[case] ts: i64,
    #[case] expected: Result<(), &str>,
) {
    let envelope = receipt(ts).sign(&key(seed)).unwrap();
    let opened = Receipt::open(&envelope, &keys());
    assert_eq!(opened.map(drop).map_err(|reason| reason.code()), expected);
}

#[rstest]
#[case::by_the_key_of_the_call(1, FIRST - 1, Ok(()))]
#[case::by_the_next_key(2, FIRST - 1, Ok(()))]
#[case::by_the_last_key(3, 0, Ok(()))]
#[case::by_a_key_that_was_replaced_before_the_call(1, FIRST, Err("key_replaced"))]
#[case::by_a_stranger(9, FIRST, Err("bad_signature"))]
fn the_receipt_of_a_told_code_is_signed_after_the_call(
    #[case] seed: u8,
    #[case] ts: i64,
    #[case] expected: Result<(), &str>,
) {
    let told = Receipt {
        via: Via::RelayCode,
        ..receipt(ts)
    };
    let opened = Receipt::open(&told.sign(&key(seed)).unwrap(), &keys());
    assert_eq!(opened.map(drop).map_err(|reason| reason.code()), expected);
    let by_another_way = Receipt {
        via: Via::RelayQr,
        ..told
    };
    let opened = Receipt::open(&by_another_way.sign(&key(3)).unwrap(), &keys());
    assert_eq!(opened, Err(NotGenuine::KeyNotYet));
}

#[test]
fn every_record_of_the_server_is_held_to_its_own_time() {
    let record = |ts| {
        let person: PersonId = "P-0012".parse().unwrap();
        KeyRecord::new(key(8).public_key(), person, Timestamp(ts))
    };
    let late = record(FIRST).sign(&key(1)).unwrap();
    assert_eq!(
        KeyRecord::open(&late, &keys()),
        Err(NotGenuine::KeyReplaced)
    );
    let good = record(FIRST - 1).sign(&key(1)).unwrap();
    assert!(KeyRecord::open(&good, &keys()).is_ok());
}

#[test]
fn a_damaged_record_is_not_called_untimely() {
    let mut envelope = receipt(FIRST).sign(&key(1)).unwrap();
    envelope.signatures[0].sig = receipt(0).sign(&key(1)).unwrap().signatures[0].sig.clone();
    assert_eq!(
        Receipt::open(&envelope, &keys()),
        Err(NotGenuine::BadSignature)
    );
    let other_form = key(1)
        .sign(
            crate::receipt::RECEIPT_TYPE,
            &serde_json::json!({"ts": 1, "v": 1}),
        )
        .unwrap();
    assert_eq!(Receipt::open(&other_form, &keys()), Err(NotGenuine::Schema));
    let foreign = key(9)
        .sign(crate::receipt::RECEIPT_TYPE, &serde_json::json!({"v": 1}))
        .unwrap();
    assert_eq!(
        Receipt::open(&foreign, &keys()),
        Err(NotGenuine::BadSignature)
    );
}

#[test]
fn the_server_is_itself_under_each_of_its_keys() {
    let keys = keys();
    for seed in 1..=3 {
        assert!(keys.is_server(key(seed).device_id()), "{seed}");
    }
    assert!(!keys.is_server(key(4).device_id()));
    let at = |ts| -> Vec<DeviceId> { keys.at(Timestamp(ts)).map(PublicKey::device_id).collect() };
    assert_eq!(at(FIRST - 1), [key(1).device_id()]);
    assert_eq!(at(FIRST), [key(2).device_id()]);
    assert_eq!(at(SECOND), [key(3).device_id()]);
}

#[test]
fn without_changes_nothing_changes() {
    let (keys, refused) = proved(trusting(1), &[]);
    assert_eq!(keys, ServerKeys::of(key(1).public_key()));
    assert_eq!(refused, []);
}

#[rstest]
#[case::twice_the_same(vec![held(1, FIRST, 1, 2), held(1, FIRST, 1, 2)], 2, &[])]
#[case::out_of_order(vec![held(2, SECOND, 2, 3), held(1, FIRST, 1, 2)], 3, &[])]
#[case::a_number_of_another_start(vec![held(7, FIRST, 1, 2), held(8, SECOND, 2, 3)], 3, &[])]
#[case::gap(vec![held(1, FIRST, 1, 2), held(3, SECOND, 2, 3)], 2, &["key_change_gap"])]
#[case::first_missing(vec![held(2, SECOND, 2, 3)], 1, &["key_change_other_key"])]
#[case::behind_a_missing_one(
    vec![held(2, SECOND, 2, 3), held(3, SECOND + 1, 3, 4)], 1, &["key_change_other_key", "key_change_gap"])]
#[case::fork(
    vec![held(1, FIRST, 1, 2), held(1, FIRST, 1, 4)], 1, &["key_change_forked", "key_change_forked"])]
#[case::fork_in_time_only(
    vec![held(1, FIRST, 1, 2), held(1, FIRST + 1, 1, 2)], 1, &["key_change_forked", "key_change_forked"])]
#[case::fork_by_strangers(
    vec![held(1, FIRST, 1, 2), held(1, FIRST, 8, 9)], 1, &["key_change_forked", "key_change_forked"])]
#[case::behind_a_fork(
    vec![held(1, FIRST, 1, 2), held(1, FIRST, 1, 4), held(2, SECOND, 2, 3)], 1,
    &["key_change_forked", "key_change_forked", "key_change_gap"])]
#[case::not_by_the_one_in_force(
    vec![held(1, FIRST, 1, 2), held(2, SECOND, 1, 3)], 2, &["key_change_other_key"])]
#[case::back_to_the_first(
    vec![held(1, FIRST, 1, 2), held(2, SECOND, 2, 1)], 2, &["key_change_key_again"])]
#[case::just_later(vec![held(1, FIRST, 1, 2), held(2, FIRST + 1, 2, 3)], 3, &[])]
#[case::at_once(vec![held(1, FIRST, 1, 2), held(2, FIRST, 2, 3)], 2, &["key_change_went_back"])]
#[case::earlier(vec![held(1, FIRST, 1, 2), held(2, FIRST - 1, 2, 3)], 2, &["key_change_went_back"])]
fn changes_lead_on_only_in_one_unbroken_line(
    #[case] changes: Vec<HeldChange>,
    #[case] known: usize,
    #[case] expected: &[&str],
) {
    let (keys, refused) = proved(trusting(1), &changes);
    assert_eq!(codes(&refused), expected);
    assert_eq!(keys.spans().len(), known);
}

#[rstest]
#[case::behind(11, &[])]
#[case::at_the_same_place(10, &["key_change_went_back"])]
#[case::before(9, &["key_change_went_back"])]
fn the_log_goes_on_too(#[case] leaf: u64, #[case] expected: &[&str]) {
    let second = KeyChange {
        leaf,
        ..change(2, SECOND, 2, 3)
    };
    let envelope = second.sign(&key(2), &key(3)).unwrap();
    let changes = [held(1, FIRST, 1, 2), HeldChange::open(&envelope).unwrap()];
    let (_, refused) = proved(trusting(1), &changes);
    assert_eq!(codes(&refused), expected);
}

#[test]
fn who_trusts_a_later_key_needs_nothing_from_before_and_believes_nothing_from_before() {
    let (keys, refused) = proved(trusting(2), &line());
    assert_eq!(refused, []);
    let open = |seed, ts| Receipt::open(&receipt(ts).sign(&key(seed)).unwrap(), &keys).map(drop);
    assert_eq!(open(1, 0), Err(NotGenuine::BadSignature));
    assert_eq!(open(2, 0), Ok(()));
    assert_eq!(open(2, SECOND), Err(NotGenuine::KeyReplaced));
    assert_eq!(open(3, SECOND), Ok(()));
    let (last, refused) = proved(trusting(3), &line());
    assert_eq!((last.spans().len(), refused), (1, vec![]));
}

#[test]
fn a_key_that_is_trusted_by_hand_is_still_bound_by_its_changes() {
    let both = [trusting(1), trusting(2)].concat();
    let (keys, refused) = proved(both, &line());
    assert_eq!(refused, []);
    let open = |seed, ts| Receipt::open(&receipt(ts).sign(&key(seed)).unwrap(), &keys).map(drop);
    assert_eq!(open(2, FIRST - 1), Err(NotGenuine::KeyNotYet));
    assert_eq!(open(1, FIRST), Err(NotGenuine::KeyReplaced));
    assert_eq!(open(2, FIRST), Ok(()));
}

#[rstest]
#[case::until_the_last_moment(None, Some(FIRST), 2)]
#[case::until_one_before(None, Some(FIRST - 1), 1)]
#[case::from_the_last_moment(Some(FIRST - 1), None, 2)]
#[case::from_the_change_itself(Some(FIRST), None, 1)]
fn only_a_key_that_is_still_believed_can_hand_over(
    #[case] from: Option<i64>,
    #[case] before: Option<i64>,
    #[case] known: usize,
) {
    let trusted = vec![KeySpan {
        from: from.map(Timestamp),
        before: before.map(Timestamp),
        ..KeySpan::always(key(1).public_key().clone())
    }];
    let (keys, refused) = proved(trusted, &line()[..1]);
    assert_eq!(keys.spans().len(), known);
    assert_eq!(refused.is_empty(), known == 2, "{refused:?}");
}

#[test]
fn changes_of_the_log_are_no_changes_of_the_server() {
    let of_the_log = KeyChange {
        kind: KeyUse::Log,
        ..change(1, FIRST, 1, 2)
    };
    let envelope = of_the_log.sign(&key(1), &key(2)).unwrap();
    let changes = [HeldChange::open(&envelope).unwrap()];
    let (keys, refused) = proved(trusting(1), &changes);
    assert_eq!(keys, ServerKeys::of(key(1).public_key()));
    assert_eq!(refused, []);
}

mod statements {
    use super::*;

    fn refused(envelope: &Envelope) -> &'static str {
        HeldChange::open(envelope).unwrap_err().code()
    }

    fn signed() -> Envelope {
        change(1, FIRST, 1, 2).sign(&key(1), &key(2)).unwrap()
    }

    #[test]
    fn both_keys_must_sign() {
        let both = signed();
        let with = |signatures: Vec<crate::envelope::Signature>| Envelope {
            signatures,
            ..both.clone()
        };
        let [old, new] = both.signatures.as_slice() else {
            panic!("two signatures")
        };
        for one_sided in [
            vec![old.clone()],
            vec![new.clone()],
            vec![old.clone(), old.clone()],
            vec![new.clone(), new.clone()],
        ] {
            assert_eq!(refused(&with(one_sided)), "key_change_one_sided");
        }
        for none in [
            vec![],
            vec![new.clone(), old.clone()],
            vec![old.clone(), new.clone(), new.clone()],
        ] {
            assert_eq!(refused(&with(none)), "key_change_not_genuine");
        }
        let other = change(1, FIRST + 1, 1, 2).sign(&key(1), &key(2)).unwrap();
        let borrowed = with(vec![old.clone(), other.signatures[1].clone()]);
        assert_eq!(refused(&borrowed), "key_change_one_sided");
    }

    #[test]
    fn nobody_signs_for_keys_that_are_not_theirs() {
        assert!(change(1, FIRST, 1, 2).sign(&key(1), &key(3)).is_err());
        assert!(change(1, FIRST, 1, 2).sign(&key(3), &key(2)).is_err());
        assert!(change(1, FIRST, 1, 1).sign(&key(1), &key(1)).is_err());
        assert!(change(0, FIRST, 1, 2).sign(&key(1), &key(2)).is_err());
        assert!(change(1, -1, 1, 2).sign(&key(1), &key(2)).is_err());
    }

    #[test]
    fn another_type_or_form_is_no_change() {
        let mut other_type = signed();
        other_type.payload_type = crate::receipt::RECEIPT_TYPE.to_owned();
        assert_eq!(refused(&other_type), "key_change_not_genuine");
        let mut value = serde_json::to_value(change(1, FIRST, 1, 2)).unwrap();
        value["x"] = 1.into();
        let mut envelope = key(1).sign(KEY_CHANGE_TYPE, &value).unwrap();
        let new = key(2).sign(KEY_CHANGE_TYPE, &value).unwrap();
        envelope.signatures.extend(new.signatures);
        assert_eq!(refused(&envelope), "key_change_not_genuine");
    }

    #[test]
    fn its_name_is_what_was_signed() {
        let held = HeldChange::open(&signed()).unwrap();
        assert_eq!(held.id.0, signed().id().unwrap().0);
        assert_eq!(held.change, change(1, FIRST, 1, 2));
        assert_eq!(&held.new, key(2).public_key());
    }

    proptest! {
        #[test]
        fn no_flipped_bit_survives(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let text = signed().to_value().to_string();
            let mut bytes = text.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(envelope) = Envelope::parse(&bytes) {
                // `keyid` is a hint that nothing is decided by.
                if let Ok(held) = HeldChange::open(&envelope) {
                    prop_assert_eq!(held.change, change(1, FIRST, 1, 2));
                    prop_assert_eq!(&envelope.payload, &signed().payload);
                }
            }
        }
    }
}

proptest! {
    /// Whatever subset of a true line is at hand, and in whatever order, no key ever signs outside its span.
    #[test]
    fn a_part_of_the_line_never_says_more_than_the_whole(
        kept in prop::sample::subsequence(vec![0_usize, 1, 2, 3], 0..=4),
        seed in 1..6_u8,
        ts in 0..6_000_i64,
    ) {
        let all = [held(1, 1_000, 1, 2), held(2, 2_000, 2, 3), held(3, 3_000, 3, 4), held(4, 4_000, 4, 5)];
        let (whole, _) = proved(trusting(1), &all);
        let part: Vec<HeldChange> = kept.iter().rev().map(|index| all[*index].clone()).collect();
        let (partly, _) = proved(trusting(1), &part);
        let at = Timestamp(ts);
        let signs = |keys: &ServerKeys| keys.at(at).any(|known| known == key(seed).public_key());
        // The last known key seems to sign on; nothing else may be added.
        let is_last = partly.spans().last().is_some_and(|span| &span.key == key(seed).public_key());
        prop_assert!(!signs(&partly) || signs(&whole) || is_last);
    }
}
