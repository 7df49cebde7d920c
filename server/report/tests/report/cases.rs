//! What stands in the documents, case by case.

use domain::event::PhotoSlot;
use rstest::rstest;

use crate::support::{Case, MINUTE, bounds, text_of};

/// All of these stand in the text; poppler's order does not matter.
fn assert_says(pdf: &[u8], sentences: &[&str]) {
    let Some(text) = text_of(pdf) else { return };
    for sentence in sentences {
        let bare: String = sentence
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        assert!(text.contains(&bare), "{sentence:?} is missing in\n{text}");
    }
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let case = Case::typical();
    assert_eq!(case.report(), case.report());
    assert_eq!(case.sheet(), case.sheet());
}

#[test]
fn a_typical_report_says_everything() {
    let case = Case::typical();
    let report = case.report();
    let hashes: Vec<String> = case.photos.keys().map(ToString::to_string).collect();
    let policy = case.policy.digest().to_string();
    let mut sentences = vec![
        "运维工单证据报告",
        "WO-20261124-0001",
        "达标",
        "整段都在时限之前",
        "福田区行政服务大厅",
        "深圳市科达智服技术有限公司",
        "林伟强",
        "手机自称",
        "尚无外部时间",
        "定位在围栏之内",
        "不是《中华人民共和国电子签名法》第十三条所称的可靠电子签名",
        "5星（满分5星）",
        "139****0031",
        "证明了什么",
        "没有证明什么",
        "daochang-verify",
        "sha256sum",
        "openssl",
        "第1页，共",
        "打印机恢复正常，测试打印三次均成功",
        policy.as_str(),
    ];
    sentences.extend(hashes.iter().map(String::as_str));
    assert_says(&report, &sentences);
    let text = text_of(&report).unwrap_or_default();
    assert!(
        !text.contains("13900000031"),
        "a phone number is not for a report"
    );
}

#[test]
fn every_fact_of_the_rules_stands_in_the_timeline() {
    let case = Case::typical();
    let events = case
        .work_order
        .visits
        .iter()
        .map(|visit| visit.check_in.at.event);
    let events = events.chain(case.work_order.photos.iter().map(|photo| photo.at.event));
    let ids: Vec<String> = events.map(|event| event.to_string()).collect();
    assert_says(
        &case.report(),
        &ids.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

#[rstest]
#[case::nobody("reported, nobody named", &["已过时限", "还没有收到到场签到", "未派单"])]
#[case::overdue("nobody came", &["已过时限", "不能由此断定没有到场"])]
#[case::no_position("in time without any position", &["无法判定", "没有可用的定位", "在场依据不足"])]
#[case::breached("at another terminal, and late", &["超时", "自相矛盾", "已晚于时限"])]
#[case::twice("another terminal first, then the right one", &["第1次到场", "第2次到场（计入到场判定）"])]
#[case::remote("remote, a program, in eight hours", &["不需要到场", "远程修复"])]
#[case::no_limit("remote, another department's interface", &["尽快，无固定时限"])]
#[case::no_receipt("on the phone, before any receipt", &["无法判定", "还没有为它签发回执", "没有上限"])]
#[case::offline("offline, the page kept open", &["无法判定", "既不能认定按时，也不能认定超时"])]
#[case::witnessed("in time, and witnesses outside say so too", &["外部2026-11-24", "以见证人诚实为前提"])]
#[case::through_a_link("remote, evaluated through a link", &["经链接提交", "由服务器签名", "链接由", "只能使用一次", "不能排除运营方自行提交", "生成评价链接"])]
#[case::nobody_evaluated("remote, closed because nobody evaluated it", &["期满无人评价", "不计为满意", "期满未评价，关闭"])]
#[case::reopened("not solved, and working again", &["未解决，须再次服务"])]
#[case::again("not solved, solved thirteen hours after the arrival", &["更早的记录（保留）"])]
fn every_golden_case_reads_as_it_is_judged(#[case] name: &str, #[case] sentences: &[&str]) {
    let case = Case::golden(name);
    assert_says(&case.report(), sentences);
    assert_says(&case.sheet(), &["运维工单", "WO-20261124-0001"]);
}

#[test]
fn a_start_that_is_a_span_and_a_contradicted_timer_are_drawn() {
    let mut case = Case::typical();
    let at = &mut case.work_order.visits[0].check_in.at;
    at.bounds = bounds((60 * MINUTE, 400 * MINUTE), (60 * MINUTE, 400 * MINUTE), at);
    at.bounds.clock_conflict = true;
    assert_says(&case.report(), &["无法判定", "与回执矛盾，未采用"]);
}

#[test]
fn very_long_texts_wrap_and_go_on_over_the_page() {
    let mut case = Case::typical();
    let long = "出纸传感器积灰导致打印机报错，清洁后恢复；".repeat(400);
    let word = "X".repeat(3_000);
    case.work_order.work[0].what.cause = long.clone();
    case.work_order.work[0].what.action = word.clone();
    case.work_order.report.what.text = format!("{}\n\n{}", "第一行", "第二行。".repeat(200));
    case.work_order.evaluations[0].what.remark = "很好。\n".repeat(120);
    let report = case.report();
    assert_says(&report, &["第一行"]);
    if let Some(text) = text_of(&report) {
        assert!(text.matches("出纸传感器积灰").count() >= 400);
        assert!(text.matches('X').count() >= 3_000);
    }
    case.sheet();
}

#[test]
fn letters_without_a_glyph_are_named_and_nothing_fails() {
    let mut case = Case::typical();
    case.work_order.work[0].what.cause = "表情😀、控制\u{202e}符\u{0}、生僻\u{2a6d6}".into();
    case.work_order.evaluations[0].what.remark = "\u{feff}".into();
    assert_says(
        &case.report(),
        &["表情[U+1F600]、控制[U+202E]符[U+0000]、生僻"],
    );
    case.sheet();
}

#[test]
fn thirty_photos_fill_pages_and_each_is_named() {
    let mut case = Case::typical();
    for number in 6..30 {
        case.photo(number, PhotoSlot::After);
    }
    let report = case.report();
    assert_says(&report, &["照片30", "照片1现场"]);
    assert_says(&case.sheet(), &["照片（30张）"]);
    assert!(report.len() < 6_000_000, "{}", report.len());
}

#[test]
fn a_link_too_long_for_a_code_is_only_written() {
    let mut case = Case::typical();
    case.link = format!("https://example/{}", "a".repeat(5_000));
    assert_says(&case.report(), &["查询地址"]);
    case.link = String::new();
    case.sheet();
}
