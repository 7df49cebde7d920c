//! Time-stamps of an authority: what they prove, and what becomes of bad ones.

use api::bundle::trust::of_the_server;
use api::log::authority::Authority;
use api::log::stamping::Stamper;
use api::log::state::StampDto;
use api::log::witnesses::{Invented, Witnesses};
use domain::time::{Millis, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};
use tsa::Roots;
use verify::{Exit, FindingCode, verify};

use crate::support::authority::{Mood, OpenSsl, TestAuthority};
use crate::support::builders::{arrive, set_out};
use crate::support::{CITY, Hand, START, TECH, TestApp};

const GOOD: Mood = Mood::Stamps(START, 1);

fn only(authority: Authority) -> Witnesses {
    Witnesses::none().with_authority(Some(authority))
}

fn beside_a_witness(authority: Authority, quorum: usize) -> Witnesses {
    let witness = Some(Invented::from_seed(&[9; 32]));
    Witnesses::new(Vec::new(), witness, quorum).with_authority(Some(authority))
}

/// Publishes what there is and asks for a stamp; says what came of it.
async fn stamped(test: &TestApp) -> (i64, StampDto) {
    let size = test.app.publisher.publish().await.unwrap();
    let authority = test.app.publisher.witnesses().authority().unwrap();
    let asked = test.app.publisher.have_stamped(authority, size).await;
    asked.unwrap();
    let state = api::log::state::state(&test.app).await.unwrap();
    (size as i64, state.stamp.unwrap())
}

#[tokio::test]
async fn a_log_without_witnesses_gets_its_time_from_the_authority() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    assert_eq!(test.app.log.latest_external(), None);
    let at = START + Millis(2_000);
    authority.be(Mood::Stamps(at, 1));
    let (size, said) = stamped(&test).await;
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!((row.witnessed_at, row.stamped_at), (Some(at.0), Some(at.0)));
    assert!(row.stamp.is_some());
    assert_eq!(test.app.log.latest_external().unwrap().size as i64, size);
    assert_eq!(said.stamped_at, Some(at.0));
    assert_eq!(said.authority.as_deref(), Some("CN=tsa.test"));
    assert!(said.refused.is_none());
    let page = String::from_utf8(test.file("/log").await).unwrap();
    assert!(page.contains("CN=tsa.test"), "{page}");
}

#[tokio::test]
async fn a_stamp_is_in_the_bundle_and_proves_the_time_to_whoever_trusts_the_authority() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(set_out(), &id);
    hand.minutes(30);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    authority.be(Mood::Stamps(test.app.now() + Millis(1_000), 1));
    stamped(&test).await;
    let path = format!("/work-orders/{id}/bundle");
    let bundle = test.get(&path).by(CITY).send().await.bytes;
    let mut trust = of_the_server(&test.app);
    let report = verify(&bundle, Some(&trust));
    assert!(
        !report.has(FindingCode::NoExternalTime),
        "{:#?}",
        report.findings
    );
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    assert!(report.counts.witnessed > 0);
    trust.log.stampers.clear();
    let report = verify(&bundle, Some(&trust));
    assert_eq!(report.exit, Exit::Missing);
    assert!(report.has(FindingCode::NoExternalTime));
}

#[tokio::test]
async fn a_stamp_is_one_voice_of_the_quorum() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(beside_a_witness(authority.trusted(), 2)).await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap() as i64;
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!(row.witnessed_at, None, "one witness is not two");
    assert!(row.note.contains("demo-witness.invalid"), "but is kept");
    let at = test.app.now() + Millis(3_000);
    authority.be(Mood::Stamps(at, 1));
    let (_, said) = stamped(&test).await;
    assert!(said.refused.is_none());
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!(row.witnessed_at, Some(at.0), "the second of two counts");
}

#[tokio::test]
async fn clocks_outside_that_disagree_prove_no_time_and_say_so() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(beside_a_witness(authority.trusted(), 1)).await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap() as i64;
    assert!(test.store.witnessed(size).await.unwrap().is_some());
    authority.be(Mood::Stamps(test.app.now() + Millis::minutes(6), 1));
    let (_, said) = stamped(&test).await;
    assert_eq!(said.refused.unwrap().code, "tsa_disagrees");
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert!(row.stamp.is_some(), "what was answered is kept");
    assert_eq!(row.witnessed_at, None);
    assert_eq!(test.store.witnessed(size).await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_may_be_far_off_is_no_voice() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    authority.be(Mood::Stamps(START, 6));
    let (size, said) = stamped(&test).await;
    assert_eq!(said.refused.unwrap().code, "tsa_inaccurate");
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!((row.witnessed_at, row.stamped_at), (None, None));
    assert!(row.stamp.is_some());
}

#[tokio::test]
async fn what_is_no_good_stamp_is_refused_by_name_and_loses_nothing() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(beside_a_witness(authority.trusted(), 1)).await;
    test.reported().await;
    let cases = [
        (Mood::Fails, "tsa_silent"),
        (Mood::Rejects, "tsa_rejected"),
        (Mood::Repeats, "tsa_wrong_imprint"),
        (Mood::Mistakes(START), "tsa_wrong_nonce"),
    ];
    for (mood, code) in cases {
        authority.be(mood);
        let (size, said) = stamped(&test).await;
        let refused = said.refused.unwrap();
        assert_eq!(refused.code, code);
        assert!(refused.zh.ends_with('。') && refused.en.ends_with('.'));
        let row = test.store.checkpoint(size).await.unwrap().unwrap();
        assert_eq!(row.stamp, None, "{code}");
        assert!(row.witnessed_at.is_some(), "the witness still counts");
    }
    authority.be(Mood::Stamps(test.app.now(), 1));
    let (size, said) = stamped(&test).await;
    assert!(said.refused.is_none());
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert!(row.stamp.is_some());
}

#[tokio::test]
async fn an_authority_that_nobody_vouches_for_stamps_in_vain() {
    let authority = TestAuthority::start(GOOD).await;
    let stranger = authority.vouched_for_by(Roots::default());
    let test = TestApp::with(only(stranger)).await;
    test.reported().await;
    let (size, said) = stamped(&test).await;
    assert_eq!(said.refused.unwrap().code, "tsa_untrusted");
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!((row.stamp, row.witnessed_at), (None, None));
}

#[tokio::test]
async fn a_state_that_is_signed_again_keeps_its_stamp() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    authority.be(Mood::Stamps(Timestamp(START.0 + 1), 1));
    let (size, _) = stamped(&test).await;
    // The same state again, by another process of the same server: nothing that is known is lost.
    let other = test.again().await.unwrap();
    assert_eq!(other.publisher.publish().await.unwrap() as i64, size);
    test.store
        .add_checkpoint(store::CheckpointRow {
            size,
            note: "other".to_owned(),
            witnessed_at: None,
            stamp: None,
            stamped_at: None,
        })
        .await
        .unwrap();
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert!(row.stamp.is_some() && row.note != "other");
}

const DAY_MINUTES: i64 = 24 * 60;

/// Plays the server's loop on an invented clock, minute for minute, and remembers when the authority was asked.
struct Day<'a> {
    test: &'a TestApp,
    stamper: Stamper,
    begun: Instant,
    minute: i64,
    /// Something new was published, or the last turn failed.
    is_wanted: bool,
    asked: Vec<i64>,
}

impl Day<'_> {
    async fn minute(&mut self) {
        self.minute += 1;
        self.test.clock.advance(Millis::minutes(1));
        if self.minute % 60 == 59 {
            // The log grows, and receipts are given all the same.
            self.test.reported().await;
            self.test.app.publisher.publish().await.unwrap();
            self.is_wanted = true;
        }
        let now = self.begun + Duration::from_secs(60) * self.minute as u32;
        if self.is_wanted && self.stamper.rested_at(now) <= now {
            let publisher = &self.test.app.publisher;
            let authority = publisher.witnesses().authority().unwrap();
            let state = publisher.latest().unwrap();
            self.is_wanted = self.stamper.turn(publisher, authority, state, now).await;
            self.asked.push(self.minute);
        }
    }
}

#[tokio::test]
async fn a_day_of_silence_is_asked_through_ever_more_patiently_and_loses_nothing() {
    let authority = TestAuthority::start(Mood::Silent).await;
    let impatient = authority
        .trusted()
        .with_patience(Duration::from_millis(150));
    let test = TestApp::with(only(impatient)).await;
    test.reported().await;
    test.app.publisher.publish().await.unwrap();
    let mut day = Day {
        test: &test,
        stamper: Stamper::default(),
        begun: Instant::now(),
        minute: -1,
        is_wanted: true,
        asked: Vec::new(),
    };
    for _ in 0..DAY_MINUTES {
        day.minute().await;
    }
    assert_eq!(day.asked[..8], [0, 1, 3, 7, 15, 31, 63, 123]);
    assert_eq!(
        day.asked.len(),
        29,
        "at least once an hour, and not more often"
    );
    assert_eq!(authority.asked(), 29, "by the authority's own count");
    let watch = test.get("/log/watch").by(CITY).ok().await;
    let shown = &watch["authorities"][0];
    assert_eq!(shown["refused"]["code"], "tsa_silent", "{watch}");
    assert_eq!(shown["standing"]["code"], "outside_late");
    assert_eq!(
        (&shown["size"], &shown["behind"]),
        (&0.into(), &watch["leaves"])
    );
    assert_eq!(watch["alarms"][0]["code"], "outside_is_late");

    while test.app.log.latest_external().is_none() {
        // Its clock and ours agree when it answers, a minute from now.
        authority.be(Mood::Stamps(test.app.now() + Millis::minutes(1), 1));
        day.minute().await;
        assert!(day.minute < DAY_MINUTES + 61, "asked within the hour");
    }
    assert_eq!(day.asked.len(), 30, "the first answer stamps");
    let (last, _) = test.store.last_checkpoints().await.unwrap();
    let last = last.unwrap();
    assert!(
        last.stamp.is_some(),
        "the latest state, which covers all before it"
    );
    let watch = test.get("/log/watch").by(CITY).ok().await;
    let shown = &watch["authorities"][0];
    assert_eq!(
        (&shown["refused"], &shown["size"]),
        (&Value::Null, &last.size.into())
    );
    assert_ne!(shown["standing"]["code"], "outside_late", "{watch}");
    assert_eq!(watch["alarms"], json!([]));
}

#[tokio::test]
async fn the_loop_of_the_server_stamps_what_is_published() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    let stamping = tokio::spawn(test.app.publisher.clone().run_stamping());
    tokio::task::yield_now().await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap() as i64;
    let stamped = async {
        while test
            .store
            .checkpoint(size)
            .await
            .unwrap()
            .unwrap()
            .stamp
            .is_none()
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stamped)
        .await
        .unwrap();
    stamping.abort();
}

#[tokio::test]
async fn anybody_can_fetch_a_stamp_and_the_state_it_is_about() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    let missing = test.client.get("/log/stamps/latest").send().await;
    assert_eq!(missing.0.status().as_u16(), 404);
    test.reported().await;
    let (size, _) = stamped(&test).await;
    assert_eq!(
        test.file("/log/stamps/latest").await,
        format!("{size}\n").as_bytes()
    );
    let reply = test.file(&format!("/log/stamps/{size}.tsr")).await;
    let note = test.file(&format!("/log/checkpoints/{size}")).await;
    let note = domain::tlog::note::Note::parse(&note).unwrap();
    let imprint = api::signer::sha256_hex(note.text().as_bytes())
        .parse()
        .unwrap();
    let stamp = tsa::verify(&reply, &imprint, None, &tsa::testing::roots()).unwrap();
    assert_eq!(stamp.gen_time, START);
    for unknown in [
        "stamps/999.tsr",
        "stamps/x.tsr",
        "stamps/first",
        "checkpoints/999",
        "checkpoints/x",
    ] {
        let answer = test.client.get(format!("/log/{unknown}")).send().await;
        assert_eq!(answer.0.status().as_u16(), 404, "{unknown}");
    }
    assert_eq!(super::log::findings(&test).await, []);
    std::fs::write(
        test.folder.join(format!("log/stamps/{size}.tsr")),
        "altered",
    )
    .unwrap();
    let found = super::log::findings(&test).await;
    assert_eq!(found[0].place, format!("stamps/{size}.tsr"), "{found:?}");
}

/// The commands that the instructions in a bundle print about its stamps, for this stamp and this certificate.
fn printed_commands(instructions: &str, size: &str, certificate: &str) -> Vec<String> {
    let is_one = |line: &&str| line.starts_with("sed ") || line.starts_with("openssl ts ");
    let lines = instructions.lines().map(str::trim).filter(is_one);
    let filled = |line: &str| {
        line.replace("<行数>", size)
            .replace("您信任的证书.pem", certificate)
    };
    lines.map(filled).collect()
}

/// Whether `sh` runs them all.
fn run(folder: &std::path::Path, commands: &[String]) -> bool {
    let run = std::process::Command::new("sh")
        .args(["-e", "-c", &commands.join("\n")])
        .current_dir(folder)
        .output()
        .unwrap();
    run.status.success()
}

#[tokio::test]
async fn the_printed_openssl_commands_verify_a_stamp_of_a_real_authority() {
    let folder = std::env::temp_dir().join(format!(
        "daochang-tsa-{:016x}",
        u64::from_le_bytes(api::signer::random_bytes())
    ));
    let authority = OpenSsl::start(folder.join("authority")).await;
    let test = TestApp::with(only(authority.trusted())).await;
    let id = test.reported().await;
    let (_, said) = stamped(&test).await;
    assert!(said.refused.is_none(), "{:?}", said.refused);
    assert_eq!(said.authority.as_deref(), Some("CN=tsa.local"));
    let bundle = test
        .get(&format!("/work-orders/{id}/bundle"))
        .by(CITY)
        .send()
        .await
        .bytes;
    let unpacked = folder.join("evidence");
    for file in verify::container::read(&bundle).unwrap() {
        let path = unpacked.join(file.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.bytes).unwrap();
    }
    let stamps: Vec<String> = std::fs::read_dir(unpacked.join("stamps"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert!(!stamps.is_empty());
    let instructions = std::fs::read_to_string(unpacked.join("验证说明.txt")).unwrap();
    let certificate = authority.folder.join("certificate.pem");
    for size in stamps {
        let commands = printed_commands(&instructions, &size, &certificate.to_string_lossy());
        assert_eq!(commands.len(), 2, "{commands:?}");
        assert!(run(&unpacked, &commands), "{commands:?}");
        // Of another text the same commands say no.
        let note = unpacked.join(format!("checkpoints/{size}.note"));
        let text = std::fs::read_to_string(&note).unwrap();
        std::fs::write(&note, text.replacen("daochang", "daoching", 1)).unwrap();
        assert!(!run(&unpacked, &commands), "{commands:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_commands_on_the_page_verify_what_the_addresses_give() {
    let folder = std::env::temp_dir().join(format!(
        "daochang-tsa-{:016x}",
        u64::from_le_bytes(api::signer::random_bytes())
    ));
    let authority = OpenSsl::start(folder.clone()).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    let (size, _) = stamped(&test).await;
    let page = String::from_utf8(test.file("/log").await).unwrap();
    assert!(page.contains("/log/stamps/latest"), "{page}");
    let commands = api::public::stamp_commands("http://log.test");
    // What curl would fetch, fetched for it.
    let mut script = commands.replace("root.pem", "certificate.pem");
    for (address, name) in [
        ("/log/stamps/latest".to_owned(), "latest"),
        (format!("/log/stamps/{size}.tsr"), "stamp"),
        (format!("/log/checkpoints/{size}"), "checkpoint"),
    ] {
        std::fs::write(folder.join(name), test.file(&address).await).unwrap();
        let address = address.replace(&size.to_string(), "$n");
        script = script.replace(
            &format!("curl -s http://log.test{address}"),
            &format!("cat {name}"),
        );
    }
    script = script.replace("cat stamp -o stamp.tsr", "cp stamp stamp.tsr");
    assert!(!script.contains("curl"), "{script}");
    assert!(run(&folder, &[script.clone()]), "{script}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[rstest]
#[case::at_the_same_time(0, false)]
#[case::ahead_at_the_limit(30_000, false)]
#[case::ahead(30_001, true)]
#[case::back_at_the_limit(-30_000, false)]
#[case::back(-30_001, true)]
#[tokio::test]
async fn a_clock_outside_that_is_half_a_minute_from_ours_is_an_alarm(
    #[case] ahead: i64,
    #[case] is_alarm: bool,
) {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    authority.be(Mood::Stamps(test.app.now() + Millis(ahead), 1));
    stamped(&test).await;
    let watch = test.get("/log/watch").by(CITY).ok().await;
    assert_eq!(watch["authorities"][0]["ahead_ms"], ahead);
    let codes: Vec<&Value> = watch["alarms"].as_array().unwrap().iter().collect();
    let is_named = codes.iter().any(|alarm| alarm["code"] == "clocks_differ");
    assert_eq!(is_named, is_alarm, "{watch}");
}
