//! `/log`: what the transparency log is, how it stands, and how anybody can check it, in plain words.

use std::fmt::Write;

use domain::time::Timestamp;

use super::html::{Escaped, Page, Phone};
use super::terminal_page::toggle;
use crate::language::{Lang, Wording};
use crate::log::state::{LogStateDto, WitnessDto};
use crate::shenzhen;

const INFALLIBLE: &str = "writing to a string cannot fail";

/// The page.
pub fn page(lang: Lang, state: &LogStateDto, base: &str, hotline: &str) -> Page<'static> {
    let mut body = format!(
        "<header><p>{}</p>{}</header><h1>{}</h1><main>",
        lang.pick("到场 · 公开日志", "Daochang · public log"),
        toggle(lang),
        lang.pick("谁都可以核对的日志", "A log that anybody can check"),
    );
    body.push_str(&alarm(lang, state));
    body.push_str(&explanation(lang));
    body.push_str(&standing(lang, state));
    body.push_str(&keys(lang, state));
    body.push_str(&witnesses(lang, state));
    body.push_str(&stamp(lang, state, base));
    body.push_str(&instructions(lang, base));
    write!(
        body,
        "</main><footer><p><a href=\"/standard?lang={}\">{}</a></p><p>{} {}</p></footer>",
        lang.tag(),
        lang.pick("标准逐条对照", "The standard, clause by clause"),
        lang.pick("服务热线", "Hotline"),
        Phone(hotline)
    )
    .expect(INFALLIBLE);
    Page {
        lang,
        title: lang.pick("公开日志 · 到场", "Public log · Daochang"),
        style: include_str!("style.css"),
        script: None,
        body,
    }
}

fn alarm(lang: Lang, state: &LogStateDto) -> String {
    let Some(alarm) = &state.alarm else {
        return String::new();
    };
    format!(
        "<div class=\"notice\" role=\"alert\"><p><strong>{}</strong></p><p>{}</p></div>",
        lang.pick("日志异常", "Something is wrong with the log"),
        Escaped(lang.pick(&alarm.zh, &alarm.en))
    )
}

fn explanation(lang: Lang) -> String {
    let paragraphs = lang.pick(
        [
            "每张回执、每把手机密钥、每次报障、每条规则、每个终端坐标、每个判定，都会在这本日志里留下一行指纹和时间。日志里没有姓名、位置或照片，所以可以公开。",
            "日志只能往后加。每一版都由本系统签名，再由见证方（别的单位自己运行的程序）核对后签名见证。改动、删除或倒填任何一行，都会与见证方手里的那一版对不上。",
            "所以不必相信本系统：手里有一版见证过的日志，就能证明后来的日志是否改过。",
        ],
        [
            "Every receipt, phone key, fault report, rule, terminal position and verdict leaves one line in this log: a fingerprint and a time. No names, places or photos are in it, so it is public.",
            "The log can only grow. This system signs each state, and witnesses, programs that others run on their own machines, check it and cosign. Changing, removing or backdating a line contradicts the state a witness holds.",
            "So nobody has to believe this system: whoever holds a cosigned state can prove whether a later one was rewritten.",
        ],
    );
    paragraphs.map(|text| format!("<p>{text}</p>")).concat()
}

fn standing(lang: Lang, state: &LogStateDto) -> String {
    let seen = match state.witnessed_at {
        Some(at) => shenzhen::minute(Timestamp(at)),
        None => lang.pick("还没有", "not yet").to_owned(),
    };
    let sm2 = state.sm2_key.as_ref().map(|key| {
        let means = lang.pick(
            "回执和检查点另有国密签名（SM2 配 SM3）",
            "receipts and checkpoints are signed with SM2 (and SM3) too",
        );
        let value = format!("{means}<br><code>{}</code>", Escaped(key));
        (lang.pick("国密公钥", "SM2 key"), value)
    });
    let rows = [
        (
            lang.pick("日志名称", "Name"),
            Escaped(&state.origin).to_string(),
        ),
        (
            lang.pick("日志公钥", "Key"),
            format!("<code>{}</code>", Escaped(&state.key)),
        ),
        (
            lang.pick("已写入 / 已公布", "Written / published"),
            format!("{} / {}", state.leaves, state.published),
        ),
        (
            lang.pick("外部看到第几行", "Seen from outside up to"),
            format!("{} · {seen}", state.witnessed),
        ),
        (
            lang.pick("根哈希", "Root"),
            format!(
                "<code>{}</code>",
                Escaped(state.root.as_deref().unwrap_or("–"))
            ),
        ),
        (
            lang.pick("手机程序版本", "Build of the app"),
            format!(
                "<a href=\"/log/builds/{0}.json\"><code>{0}</code></a>",
                Escaped(&state.build)
            ),
        ),
    ];
    let rows = rows.into_iter().chain(sm2);
    let rows = rows.map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    format!(
        "<h2>{}</h2><dl>{}</dl>",
        lang.pick("现在的状态", "How it stands"),
        rows.collect::<String>()
    )
}

fn keys(lang: Lang, state: &LogStateDto) -> String {
    let rows = state.keys.iter().map(|key| {
        let minute = |at: i64| shenzhen::minute(Timestamp(at));
        let from = key.from.map_or_else(
            || lang.pick("最初", "the first").to_owned(),
            |at| format!("{} {}", lang.pick("启用于", "since"), minute(at)),
        );
        let until = key.until.map_or_else(
            || lang.pick("现用", "in use").to_owned(),
            |at| format!("{} {}", lang.pick("停用于", "until"), minute(at)),
        );
        let name = match key.kind.as_str() {
            "log" => lang.pick("日志密钥", "Key of the log"),
            _ => lang.pick("服务器密钥", "Key of the server"),
        };
        format!(
            "<div><dt>{name}</dt><dd>{from} · {until}<br><code>{}</code></dd></div>",
            Escaped(&key.key)
        )
    });
    format!(
        "<h2>{}</h2><p>{}</p><dl>{}</dl>",
        lang.pick("密钥及其使用时间", "Keys, and when they signed"),
        lang.pick(
            "回执和证据包由服务器密钥签名，日志由日志密钥签名。更换密钥时，新旧两把共同签署一份声明并写入日志；此前的签名仍按旧密钥核对，信任文件不必更换。",
            "Receipts and bundles are signed by the key of the server, the log by its own. When a key is changed, old and new sign one statement, which is a line of this log; what was signed before is still checked by the old key, and trust files stay good.",
        ),
        rows.collect::<String>()
    )
}

fn witnesses(lang: Lang, state: &LogStateDto) -> String {
    let mut text = format!("<h2>{}</h2>", lang.pick("见证方", "Witnesses"));
    if state.witnesses.is_empty() {
        text.push_str(lang.pick(
            "<p>还没有见证方。在有见证方之前，时间只以本系统的签名为凭。主管部门可在自己的机器上运行 <code>daochang-witness</code>。</p>",
            "<p>There is no witness yet. Until there is, times rest on this system's signature alone. An authority can run <code>daochang-witness</code> on its own machine.</p>",
        ));
        return text;
    }
    let rows = state.witnesses.iter().map(|witness| row(lang, witness));
    write!(text, "<dl>{}</dl>", rows.collect::<String>()).expect(INFALLIBLE);
    text
}

fn row(lang: Lang, witness: &WitnessDto) -> String {
    let said = match (&witness.refused, witness.cosigned_at, witness.size) {
        (Some(reason), ..) => format!(
            "{} {}",
            lang.pick("未见证：", "did not cosign:"),
            Escaped(lang.pick(&reason.zh, &reason.en))
        ),
        (None, Some(at), Some(size)) => format!(
            "{} {size} · {}",
            lang.pick("已见证到第", "cosigned up to"),
            shenzhen::minute(Timestamp(at))
        ),
        _ => lang
            .pick("启动后尚未询问", "not asked since the start")
            .to_owned(),
    };
    format!(
        "<div><dt>{}</dt><dd>{said}<br><code>{}</code></dd></div>",
        Escaped(&witness.name),
        Escaped(&witness.key)
    )
}

fn stamp(lang: Lang, state: &LogStateDto, base: &str) -> String {
    let Some(stamp) = &state.stamp else {
        return String::new();
    };
    let name = stamp
        .authority
        .as_deref()
        .unwrap_or(lang.pick("时间戳机构", "Time-stamp authority"));
    let mut said = match (stamp.stamped_at, stamp.size) {
        (Some(at), Some(size)) => format!(
            "{} {size} · {}",
            lang.pick("已盖时间戳到第", "stamped up to"),
            shenzhen::minute(Timestamp(at))
        ),
        (None, Some(_)) => String::new(),
        _ => lang
            .pick("启动后尚未询问", "not asked since the start")
            .to_owned(),
    };
    if let Some(reason) = &stamp.refused {
        if !said.is_empty() {
            said.push_str("<br>");
        }
        write!(said, "{}", Escaped(lang.pick(&reason.zh, &reason.en))).expect(INFALLIBLE);
    }
    format!(
        "<h2>{}</h2><dl><div><dt>{}</dt><dd>{said}</dd></div></dl><p>{}</p><p><code>{}</code></p>",
        lang.pick("时间戳（RFC 3161）", "Time-stamps (RFC 3161)"),
        Escaped(name),
        lang.pick(
            "时间戳和它所证明的那一版日志都是普通文件，任何人都可取得并用 openssl 核对（证书须另行取得，不要取自本页）：",
            "A stamp and the state it is about are plain files that anybody can get and check with openssl (get the certificate elsewhere, not from this page):",
        ),
        Escaped(&stamp_commands(base)),
    )
}

/// What to type to check the last stamp.
pub fn stamp_commands(base: &str) -> String {
    format!(
        "n=$(curl -s {base}/log/stamps/latest); curl -s {base}/log/stamps/$n.tsr -o stamp.tsr; \
         curl -s {base}/log/checkpoints/$n | sed '/^$/,$d' > note.txt; \
         openssl ts -verify -partial_chain -data note.txt -in stamp.tsr -CAfile root.pem"
    )
}

fn instructions(lang: Lang, base: &str) -> String {
    let base = Escaped(base);
    let title = lang.pick("自己核对", "Check it yourself");
    let steps = lang.pick(
        [
            "取得最新一版并保存，连同见证方的签名：",
            "日志数据是普通文件，按 C2SP tlog-tiles 存放，可整本下载：",
            "报修受理凭证、回执等任何一条，凭编号取得它的证明（C2SP tlog-proof）：",
            "手机得到的程序是否就是公布的那一版：清单列出每个文件的 SHA-256，清单本身的 SHA-256 就是版本号，也是日志中的一行：",
        ],
        [
            "Get the latest state and keep it, with the witnesses' signatures:",
            "The log is plain files as C2SP tlog-tiles defines them; mirror all of it:",
            "For the slip of a fault report, a receipt or any other record, get its proof (C2SP tlog-proof):",
            "Whether phones get the program that is published: the list names each file's SHA-256; the list's own SHA-256 is the build's name, and a line of the log:",
        ],
    );
    let commands = [
        format!("curl {base}/log/checkpoint"),
        format!("curl {base}/log/tile/0/000 {base}/log/tile/entries/000"),
        format!("curl {base}/log/proof/…"),
        format!("curl {base}/build.json | sha256sum; curl {base}/log/builds/latest"),
    ];
    let steps = steps.into_iter().zip(commands);
    let steps = steps.map(|(text, command)| format!("<li>{text}<br><code>{command}</code></li>"));
    format!("<h2>{title}</h2><ol>{}</ol>", steps.collect::<String>())
}
