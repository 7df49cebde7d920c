//! What is proved and what is not, said plainly. Every sentence depends on what is really there.

use domain::canonical::digest_of;
use domain::event::ScanMethod;
use domain::ids::{DeviceId, PersonId};
use domain::sidecar::Sidecar;

use crate::input::{Evidence, Kept};
use crate::mark::{AMBER, GREEN};
use crate::paper::{BODY, Paper, SMALL};
use crate::photos::{Album, Gap};
use crate::timeline;

pub fn draw(paper: &mut Paper, evidence: &Evidence, album: &Album) {
    paper.chapter("证明了什么", 60.0);
    for line in proved(evidence, album) {
        paper.item(&line, BODY, GREEN);
    }
    paper.chapter("没有证明什么", 60.0);
    for line in not_proved(evidence, album) {
        paper.item(&line, BODY, AMBER);
    }
    paper.skip(2.0);
    paper.paragraph(
        "判定由公开的规则程序从上述事实计算得出，完成后只有达标、超时、无法判定三种结论；无法判定不会被当作达标。",
        SMALL,
    );
}

fn proved(evidence: &Evidence, album: &Album) -> Vec<String> {
    let work_order = evidence.work_order;
    let mut lines = vec![
        format!(
            "本报告所列 {} 项事实在入库时逐项核对过签名，签名后没有改动；同一设备的事件前后相连，其间不能插入、替换或抽去。第三方可按“怎样核验”重做一遍。",
            timeline::facts(evidence).len()
        ),
        "“服务器”一栏的时间区间由服务器签名的回执夹定：链头之前的事件不晚于回执时间，嵌入回执之后的事件不早于回执时间。".to_owned(),
        format!("工单按受理时的规则版本 {} 判定，规则的每个数字都由其哈希固定，事后修改不影响本工单。", evidence.policy.version),
    ];
    let intact = album.intact();
    if intact > 0 {
        lines.push(format!("{intact} 张照片的原图在生成本报告时重新计算了哈希，与技术员签名记录的哈希一致，没有换过。"));
    }
    for said in &work_order.evaluations {
        if digest_of(&said.what.summary).is_ok_and(|digest| digest == said.what.shown) {
            lines.push(
                "签收人看到的内容与评价所绑定的哈希一致；评价之后的任何修改都会另立记录。"
                    .to_owned(),
            );
        }
        if matches!(evidence.ink(said.what.ink_c), Kept::Here(_)) {
            lines.push("手写签名的笔画与签收时的承诺值一致。".to_owned());
        }
    }
    lines.extend(approved(evidence));
    let held = evidence.second.held;
    if held > 0 {
        lines.push(format!("夹定时间的回执中有 {held} 份除常规签名外还有服务器的国密（SM2）签名，生成本报告时逐份核对成立。"));
    }
    lines.dedup();
    lines
}

/// Phones that were not their owner's first, with who let them in.
fn approved(evidence: &Evidence) -> Vec<String> {
    let line = |(dev, by): (&DeviceId, &PersonId)| {
        let name = evidence.name(by);
        let dev = dev.to_string();
        format!(
            "手机 {} 不是其持有人的第一部手机，经{name}（{by}）核对批准后启用；批准人写在服务器签名、已入日志的公钥记录中。",
            &dev[..6]
        )
    };
    evidence.approved.iter().map(line).collect()
}

/// Receipts whose second signature is wanting; none where the server never signed so.
fn second(evidence: &Evidence) -> Vec<String> {
    let second = evidence.second;
    if !second.is_used() {
        return Vec::new();
    }
    [
        (
            second.wrong,
            "的国密（SM2）签名不成立，须查明；常规签名不受影响。",
        ),
        (
            second.missing,
            "没有国密（SM2）签名，而服务器签发时已启用；常规签名不受影响。",
        ),
        (
            second.unchecked,
            "带有国密（SM2）签名，但服务器没有当时公钥的登记，生成本报告时无法核对。",
        ),
        (
            second.not_asked,
            "签发时服务器没有启用国密（SM2）签名，只有常规签名。",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("夹定时间的回执中有 {count} 份{what}"))
    .collect()
}

fn not_proved(evidence: &Evidence, album: &Album) -> Vec<String> {
    let work_order = evidence.work_order;
    let mut lines: Vec<String> = [
        "手机自称的时间可以随意调整，只供参考，不作任何判定。",
        "“设备”时间依赖手机内部计时和程序诚实；它只能在服务器证明的时间段之内收窄，不能越出。",
        "网页不能识别虚拟定位。定位只是在场依据之一，不能单独证明人在现场。",
    ]
    .map(str::to_owned)
    .to_vec();
    let scanned = work_order
        .scans
        .iter()
        .any(|scan| scan.what.method != ScanMethod::Typed);
    if scanned {
        lines.push(
            "固定的二维码可以被拍照带走；扫码说明扫的是哪台终端，不能单独证明人在现场。".to_owned(),
        );
    }
    if !work_order.photos.is_empty() {
        lines.push("照片没有被换过，但不能由此证明画面是在当时当地拍下的。".to_owned());
    }
    let mut sources = work_order.evaluations.iter().map(|said| said.what.source());
    if sources.any(|source| source.is_some()) {
        lines.push("经链接提交的评价由服务器签名，只说明持有链接的人提交了这些内容；不能说明提交人是谁、在哪里，也不能排除运营方自行提交。".to_owned());
    }
    if !work_order.evaluations.is_empty() {
        lines.push("手写签名是评价人的确认，不等于《电子签名法》规定的可靠电子签名；不能由笔迹认定签名人的身份。".to_owned());
    }
    lines.push(if evidence.external.is_empty() {
        "服务器时间的上下界出自本系统的服务器；在取得外部证明（见证人、时间戳）之前，依赖对运营方的信任。".to_owned()
    } else {
        "标“外部”的时间由见证人或时间戳机构夹定，以见证人诚实为前提；没有标“外部”的时间依赖对运营方的信任。".to_owned()
    });
    if work_order.visits.is_empty() && evidence.judgement.arrival.verdict.is_some() {
        lines.push(
            "服务器没有收到到场签到，不能由此断定没有到场：手机离线时记录留在手机里。".to_owned(),
        );
    }
    let missing = album.count(Gap::NotHere);
    if missing > 0 {
        lines.push(format!(
            "{missing} 张照片的原图没有送达服务器，只有其哈希在案，不能核对内容。"
        ));
    }
    lines.extend(second(evidence));
    if let Some(line) = erased(evidence) {
        lines.push(line);
    }
    if evidence.set_aside > 0 {
        lines.push(format!("有 {} 条记录没有通过检查，原样隔离保存，不计入判定；它们可能是故障，也可能是改动的痕迹。", evidence.set_aside));
    }
    lines
}

fn erased(evidence: &Evidence) -> Option<String> {
    let fixes = evidence
        .work_order
        .visits
        .iter()
        .any(|visit| evidence.are_fixes_erased(visit));
    let of = |pick: fn(&domain::work_order::Evaluation) -> domain::ids::Digest| {
        evidence
            .work_order
            .evaluations
            .iter()
            .any(|said| evidence.erased.contains(&pick(&said.what)))
    };
    let work_order = &evidence.work_order;
    let joins = work_order.joins.iter().map(|join| join.what.reporter_c);
    let reporter = std::iter::once(work_order.report.what.reporter_c)
        .chain(joins)
        .flatten()
        .any(|c| evidence.erased.contains(&c));
    let named: Vec<&str> = [
        (fixes, "定位"),
        (of(|what| what.ink_c), "手写签名"),
        (of(|what| what.signer_c), "签收人姓名电话"),
        (reporter, "报障人姓名电话"),
    ]
    .into_iter()
    .filter_map(|(is_erased, name)| is_erased.then_some(name))
    .collect();
    (!named.is_empty()).then(|| {
        format!(
            "{}已依法删除：其承诺值仍在链上，链和签名仍可核验，但内容不能再查看。",
            named.join("、")
        )
    })
}

/// The sidecars that are really here, for the list of hashes.
pub fn sidecar_state(evidence: &Evidence, commitment: &domain::ids::Digest) -> &'static str {
    if evidence.erased.contains(commitment) {
        return "已依法删除";
    }
    match evidence
        .sidecars
        .get(commitment)
        .map(|sidecar: &Sidecar| sidecar.verify(*commitment))
    {
        Some(Ok(())) => "在案，与承诺值一致",
        Some(Err(_)) => "与承诺值不符",
        None => "不在本报告所用的资料中",
    }
}
