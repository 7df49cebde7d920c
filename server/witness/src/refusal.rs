//! Why a checkpoint is not cosigned, with the words people read and the status the protocol
//! wants for it.

use domain::text::{Lang, coded};

coded! {
    /// Why a checkpoint is not cosigned.
    RefusalCode {
        TooLarge "witness_too_large"
            "提交内容超出大小限制，未接收。请检查日志服务的版本。"
            "The request is larger than allowed and was not read. Check the version of the log's software.";
        BadRequest "witness_bad_request"
            "提交内容不符合 tlog-witness 协议的格式，未接收。请检查日志服务的版本。"
            "The request does not have the form of the tlog-witness protocol. Check the version of the log's software.";
        UnknownLog "witness_unknown_log"
            "本见证服务没有登记这个日志。请把日志的核验公钥交给见证方登记。"
            "This witness does not know the log. Give the log's verifier key to whoever runs the witness.";
        NotSigned "witness_not_signed"
            "检查点没有所登记的日志公钥的有效签名，未见证。请核对日志的密钥。"
            "The checkpoint carries no valid signature of the log's registered key. Check the key of the log.";
        OtherSize "witness_other_size"
            "起始大小与见证方的记录不符。请按应答给出的大小重新提交。"
            "The old size is not the one this witness knows. Submit again from the size in the answer.";
        Inconsistent "witness_inconsistent"
            "检查点与此前见证的状态矛盾，日志可能被改写。未见证，提交内容已留存备查。"
            "The checkpoint contradicts what was cosigned before, so the log may have been rewritten. It was not cosigned and was kept as evidence.";
        ClockBehind "witness_clock_behind"
            "见证方的时钟早于其上次见证的时间，暂不见证。请校准见证方的时钟后重试。"
            "The clock of this witness is behind its last cosignature. Set the clock right and try again.";
        Broken "witness_broken"
            "见证方无法可靠保存状态，已停止见证。请检查磁盘并重新启动。"
            "This witness cannot store its state reliably and has stopped cosigning. Check its disk and start it again.";
    }
}

/// A refusal, and what the log should know about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub code: RefusalCode,
    /// The size the witness knows, with [`RefusalCode::OtherSize`].
    pub known_size: u64,
    /// When to ask again, seconds, with [`RefusalCode::ClockBehind`].
    pub retry_after_s: u64,
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self {
            code,
            known_size: 0,
            retry_after_s: 0,
        }
    }
}

impl RefusalCode {
    /// The HTTP status of the protocol.
    pub const fn status(self) -> u16 {
        match self {
            RefusalCode::BadRequest => 400,
            RefusalCode::NotSigned => 403,
            RefusalCode::UnknownLog => 404,
            RefusalCode::OtherSize => 409,
            RefusalCode::TooLarge => 413,
            RefusalCode::Inconsistent => 422,
            RefusalCode::Broken => 500,
            RefusalCode::ClockBehind => 503,
        }
    }

    /// What it means, in this language.
    pub fn text(self, lang: Lang) -> &'static str {
        let found = Self::TEXTS.iter().find(|(code, ..)| *code == self.code());
        let (_, zh, en) = found.expect("the macro writes a text for every code");
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
