//! The page behind the QR code that a technician's phone shows when it has no network: whoever opens it
//! brings that phone's chain head here, and the server gives it a receipt. No account, no script.
//!
//! It answers a plain GET, although something is written. A link that messengers and virus scanners
//! open beforehand does no harm here: a receipt says only "seen at", which is true whoever opened it,
//! and an earlier sighting is a better one. The same head gets one receipt, the first, so opening the
//! page again changes nothing. A form with a button would only add a step that people in a hurry
//! leave out.

use domain::relay::{RelayCode, RelayHead, RelayRefusal};
use domain::time::{Millis, Timestamp};
use poem::http::StatusCode;
use poem::web::{Data, Query};
use poem::{Request, Response, handler};

use super::Choice;
use super::html::{Escaped, Page, Phone};
use super::terminal_page::toggle;
use crate::error::ApiError;
use crate::language::{Lang, Wording};
use crate::rate_limit::RateLimit;
use crate::shenzhen;
use crate::state::{App, SharedApp};

const STYLE: &str = include_str!("style.css");

/// How often heads and codes may be brought.
pub struct RelayLimits {
    /// Per address; the phones of a service hall share one.
    address: RateLimit,
    /// Per phone the head is of, so that wrong heads cannot fill the disk.
    device: RateLimit,
    /// Per person who types codes.
    pub person: RateLimit,
}

impl Default for RelayLimits {
    fn default() -> Self {
        Self {
            address: RateLimit::new(20, Millis(10_000)),
            device: RateLimit::new(30, Millis(30_000)),
            person: RateLimit::new(20, Millis(10_000)),
        }
    }
}

#[handler]
pub(super) async fn show_relay(
    app: Data<&SharedApp>,
    Query(choice): Query<Choice>,
    request: &Request,
) -> Response {
    let lang = choice.lang(request);
    let head = request.uri().path().parse::<RelayHead>();
    let address = app.caller_address(request);
    let seen = match head {
        Ok(head) => seen(&app, &head, &address).await.map(|ts| (head, ts)),
        Err(refusal) => Err(not_an_address(refusal)),
    };
    match seen {
        Ok((head, ts)) => thanks(lang, &head, ts, &app.config.hotline).response(StatusCode::OK),
        Err(error) => refuse(&app, &error, lang),
    }
}

/// When this head was seen first: now, unless somebody has been here before.
async fn seen(app: &App, head: &RelayHead, address: &str) -> Result<Timestamp, ApiError> {
    let now = app.now();
    let limits = &app.relay_limits;
    limits
        .address
        .take(address, now)
        .map_err(ApiError::too_many)?;
    let dev = head.dev.to_string();
    let earlier = app
        .store
        .receipts_between(&dev, head.head_seq as i64, head.head_seq as i64)
        .await?
        .into_iter()
        .filter(|receipt| receipt.head == head.head.to_string())
        .map(|receipt| receipt.ts)
        .min();
    if let Some(ts) = earlier {
        return Ok(Timestamp(ts));
    }
    limits.device.take(&dev, now).map_err(ApiError::too_many)?;
    app.intake.relay(*head).await
}

fn not_an_address(refusal: RelayRefusal) -> ApiError {
    ApiError {
        status: StatusCode::NOT_FOUND,
        ..ApiError::refused(refusal.code())
    }
}

fn thanks(lang: Lang, head: &RelayHead, ts: Timestamp, hotline: &str) -> Page<'static> {
    let (day, time) = shenzhen::second(ts);
    let digits = RelayCode::of(head.head).acknowledgement();
    let (left, right) = digits.split_at(3);
    let body = format!(
        "<header><p>{}</p>{}</header><main><h1>{}</h1>\
         <p class=\"seen\" role=\"status\"><time>{time}</time><span>{day}</span></p>\
         <p>{}</p>\
         <h2>{}</h2><p class=\"digits\">{left} {right}</p><p class=\"hint\">{}</p>\
         <h2>{}</h2><ul><li>{}</li><li>{}</li><li>{}</li></ul>\
         <p>{} {}</p></main>",
        lang.pick("到场 · 时间见证", "Daochang · time witness"),
        toggle(lang),
        lang.pick("已收到，谢谢您帮忙", "Received, thank you for your help"),
        lang.pick(
            "服务器在这一时刻收到了技术员手机上的记录编号。他的手机没有网络，这就是他按时到场的时间凭据。",
            "At this moment the server received the number of the records on the technician\u{2019}s phone. That phone has no network; this is its proof of time.",
        ),
        lang.pick("回读码（可不填）", "Digits to read back (optional)"),
        lang.pick(
            "请念给技术员输入到他的手机上，他便知道没有扫错。时间凭据与回读码无关，已经生效。",
            "Read them to the technician, whose phone then knows that the right code was scanned. The proof of time stands without them.",
        ),
        lang.pick("这说明什么", "What this says"),
        lang.pick(
            "证明：这些记录不晚于上面的时间就已存在。",
            "Proved: those records existed no later than the time above.",
        ),
        lang.pick(
            "不证明：人在哪里、做了什么。那要看记录本身。",
            "Not proved: where anybody was or what was done. That is in the records themselves.",
        ),
        lang.pick(
            "您不用登录，本页没有保存您的身份、电话或位置。",
            "You need not sign in; nothing about you, your number or your position is kept.",
        ),
        lang.pick("有疑问请拨打服务热线", "Questions? Call the hotline"),
        Phone(hotline)
    );
    page(lang, body)
}

fn refuse(app: &App, error: &ApiError, lang: Lang) -> Response {
    let heading = lang.pick("没有登记成功", "Nothing was recorded");
    let body = format!(
        "<header><p>{}</p>{}</header><main><h1>{heading}</h1><p>{}</p><p>{}</p><p>{} {}</p></main>",
        lang.pick("到场 · 时间见证", "Daochang · time witness"),
        toggle(lang),
        Escaped(error.text(lang)),
        lang.pick(
            "技术员也可以拨打服务热线，把屏幕上的 20 位证明码念给值班人员。",
            "The technician can also call the hotline and read out the 20 characters on the screen.",
        ),
        lang.pick("服务热线", "Hotline"),
        Phone(&app.config.hotline)
    );
    let mut response = page(lang, body).response(error.status);
    super::retry_after(&mut response, error);
    response
}

fn page(lang: Lang, body: String) -> Page<'static> {
    Page {
        lang,
        title: lang.pick("时间见证 · 到场", "Time witness · Daochang"),
        style: STYLE,
        script: None,
        body,
    }
}
