//! Whose the keys are, and who said so.

use domain::receipt::KEY_TYPE;

use super::*;

fn told_of(approver: Option<&str>) -> Report {
    verified(day_with(Sample::new(server()), approver, |_| {}).files)
}

#[test]
fn who_approved_a_phone_is_told_by_name() {
    let report = told_of(Some("P-0002"));
    let codes: Vec<FindingCode> = report.findings.iter().map(|it| it.code).collect();
    let plain: Vec<FindingCode> = told_of(None).findings.iter().map(|it| it.code).collect();
    assert_eq!(codes, plain, "an approval makes nothing worse");
    let [key] = &report.keys[..] else {
        panic!("{:?}", report.keys)
    };
    assert_eq!(key.person, "林志强 P-0012");
    assert_eq!(key.approved_by.as_deref(), Some("周敏 P-0002"));
    assert!(report.text().contains("批准人 周敏 P-0002"));
    assert!(report.text().contains("approved by 周敏 P-0002"));
}

#[test]
fn somebody_the_bundle_does_not_name_is_told_by_identifier() {
    let report = told_of(Some("P-9999"));
    assert_eq!(report.keys[0].approved_by.as_deref(), Some("P-9999"));
}

#[test]
fn of_a_first_phone_it_is_told_that_nobody_approved_it() {
    let report = told_of(None);
    assert_eq!(report.keys[0].approved_by, None);
    assert!(report.text().contains("首部手机"));
}

/// Not even the server can write that somebody approved their own phone.
#[test]
fn a_record_in_which_somebody_approves_their_own_phone_is_none() {
    let mut files = day(Sample::new(server())).files;
    let is_record = |name: &&String| name.starts_with("keys/") && name.ends_with(".dsse.json");
    let name = files.keys().find(is_record).unwrap().clone();
    let record = Envelope::parse(&files.remove(&name).unwrap()).unwrap();
    let mut value: Value = serde_json::from_slice(&base64(&record.payload)).unwrap();
    value["approved_by"] = value["person"].clone();
    let own = server().sign(KEY_TYPE, &value).unwrap();
    let place = Place::Key(Digest(own.id().unwrap().0));
    files.insert(place.to_string(), own.to_value().to_string().into_bytes());
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::RecordNotGenuine, "keys/");
    assert!(report.keys.is_empty());
}
