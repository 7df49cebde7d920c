//! What is not there: photos, evaluations, positions, erased sidecars, spoilt bytes.

use domain::ids::{DeviceId, Digest};
use report::SecondSignatures;

use crate::support::{Case, text_of};

fn says(pdf: &[u8], sentence: &str) {
    let bare: String = sentence
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    if let Some(text) = text_of(pdf) {
        assert!(text.contains(&bare), "{sentence:?} is missing in\n{text}");
    }
}

#[test]
fn photos_that_have_not_arrived_are_named() {
    let mut case = Case::typical();
    let (first, _) = case.photos.pop_first().unwrap();
    let report = case.report();
    says(&report, "照片原图尚未送达服务器");
    says(&report, "没有显示的照片");
    says(&report, &first.to_string());
    case.photos.clear();
    says(&case.report(), "6 张照片的原图没有送达服务器");
    case.work_order.photos.clear();
    says(&case.report(), "本工单没有照片");
    case.sheet();
}

#[test]
fn broken_and_exchanged_photos_become_placeholders() {
    let mut case = Case::typical();
    let digests: Vec<Digest> = case.photos.keys().copied().collect();
    case.photos.insert(digests[0], b"another file".to_vec());
    let broken = broken_photo(&mut case);
    let report = case.report();
    says(&report, "文件与签名记录的哈希不符，未采用");
    says(&report, "文件损坏，无法显示");
    says(&report, &broken.to_string());
    case.sheet();
}

/// A photo whose bytes are what was signed, and no picture.
fn broken_photo(case: &mut Case) -> Digest {
    use sha2::Digest as _;
    let bytes = b"\xff\xd8\xff\xe0 nothing".to_vec();
    let digest = Digest(sha2::Sha256::digest(&bytes).into());
    let mut photo = case.work_order.photos.last().unwrap().clone();
    photo.what.sha256 = digest;
    case.work_order.photos.push(photo);
    case.photos.insert(digest, bytes);
    digest
}

#[test]
fn erased_values_are_said_to_be_erased_by_law() {
    let mut case = Case::typical();
    let evaluation = &case.work_order.evaluations[0].what;
    case.erased.extend([evaluation.ink_c, evaluation.signer_c]);
    let visit = &mut case.work_order.visits[0].check_in.what;
    case.erased.extend(visit.fixes_c);
    visit.fixes.clear();
    let report = case.report();
    for sentence in [
        "手写签名已依法删除，承诺值仍在",
        "姓名和电话已依法删除",
        "定位已依法删除",
        "定位、手写签名、签收人姓名电话已依法删除",
    ] {
        says(&report, sentence);
    }
    says(&case.sheet(), "手写签名已依法删除");
}

#[test]
fn a_sidecar_that_is_not_what_was_signed_is_never_shown() {
    let mut case = Case::typical();
    let evaluation = &case.work_order.evaluations[0].what;
    let (ink, signer) = (evaluation.ink_c, evaluation.signer_c);
    let mut other = case.sidecars[&signer].clone();
    other.value["name"] = "李冒名".into();
    case.sidecars.insert(signer, other);
    case.sidecars.remove(&ink);
    let report = case.report();
    says(&report, "姓名和电话与承诺值不符，须查明");
    says(&report, "手写签名未在服务器上");
    assert!(!text_of(&report).unwrap_or_default().contains("李冒名"));
}

#[test]
fn a_summary_that_is_not_what_was_signed_is_called_out() {
    let mut case = Case::typical();
    case.work_order.evaluations[0].what.summary.cause = "另一个原因".into();
    says(&case.report(), "与签名绑定的哈希不符，须查明");
}

#[test]
fn what_was_set_aside_is_counted() {
    let mut case = Case::typical();
    case.set_aside = 3;
    says(&case.report(), "有 3 条记录没有通过检查");
}

#[test]
fn unknown_people_stand_by_their_number() {
    let mut case = Case::typical();
    case.people.clear();
    case.organisations.clear();
    says(&case.report(), "P-0012");
}

fn says_nothing_of(pdf: &[u8], word: &str) {
    let text = text_of(pdf).unwrap_or_default();
    assert!(!text.contains(word), "{word:?} stands in\n{text}");
}

#[test]
fn a_phone_that_somebody_approved_is_named_with_whoever_did() {
    let mut case = Case::typical();
    says_nothing_of(&case.report(), "第一部手机");
    let dev: DeviceId = "ab12cd00000000000000000000000000".parse().unwrap();
    case.approved.insert(dev, "P-0002".parse().unwrap());
    let report = case.report();
    says(
        &report,
        "手机 ab12cd 不是其持有人的第一部手机，经周敏（P-0002）核对批准后启用",
    );
    // Who is not in the register any more is named by number.
    case.approved.insert(dev, "P-0999".parse().unwrap());
    says(&case.report(), "经P-0999（P-0999）核对批准后启用");
}

#[test]
fn second_signatures_are_counted_as_they_are_and_not_mentioned_where_there_never_were_any() {
    let mut case = Case::typical();
    case.second.not_asked = 4;
    says_nothing_of(&case.report(), "SM2");
    case.second = SecondSignatures {
        held: 3,
        ..SecondSignatures::default()
    };
    let report = case.report();
    says(
        &report,
        "有 3 份除常规签名外还有服务器的国密（SM2）签名，生成本报告时逐份核对成立",
    );
    for word in ["签名不成立", "没有国密", "没有当时公钥的登记"] {
        says_nothing_of(&report, word);
    }
    case.second = SecondSignatures {
        held: 1,
        missing: 2,
        wrong: 3,
        unchecked: 4,
        not_asked: 5,
    };
    let report = case.report();
    for sentence in [
        "有 1 份除常规签名外还有服务器的国密（SM2）签名",
        "有 2 份没有国密（SM2）签名，而服务器签发时已启用",
        "有 3 份的国密（SM2）签名不成立，须查明",
        "有 4 份带有国密（SM2）签名，但服务器没有当时公钥的登记",
        "有 5 份签发时服务器没有启用国密（SM2）签名",
    ] {
        says(&report, sentence);
    }
}
