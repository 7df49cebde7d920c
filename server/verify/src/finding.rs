//! What a verification finds: a code, the file it is about, how grave it is, and a sentence in
//! both languages. The codes of the rules themselves (why an envelope is not genuine) stand beside
//! it as the detail.

use std::fmt;

use serde::Serialize;

/// How grave a finding is; the gravest decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is wrong; only good to know.
    Note,
    /// Intact, but something that a bundle promises is not there.
    Missing,
    /// Something in the bundle is not true.
    False,
    /// Not a bundle that can be read at all.
    BadInput,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub code: FindingCode,
    pub severity: Severity,
    /// The file in the bundle, by its name; none if it is about the bundle as a whole.
    pub file: Option<String>,
    /// The code of the rule that failed, a place in a chain, a member that differs.
    pub detail: Option<String>,
    pub zh: &'static str,
    pub en: &'static str,
}

macro_rules! finding_codes {
    ($($variant:ident $code:literal $severity:ident $zh:literal $en:literal;)+) => {
        /// What can be found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum FindingCode {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)+
        }

        impl FindingCode {
            /// Every code.
            pub const ALL: &'static [FindingCode] = &[$(FindingCode::$variant,)+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(FindingCode::$variant => $code,)+ }
            }

            /// How grave it is.
            pub const fn severity(self) -> Severity {
                match self { $(FindingCode::$variant => Severity::$severity,)+ }
            }

            /// What it means, in Chinese and English.
            pub const fn texts(self) -> (&'static str, &'static str) {
                match self { $(FindingCode::$variant => ($zh, $en),)+ }
            }
        }
    };
}

finding_codes! {
    NotABundle "not_a_bundle" BadInput
        "这不是证据包，或文件开头已损坏。请使用从系统下载的原始文件。"
        "This is not an evidence bundle, or its beginning is damaged. Use the file as it was downloaded.";
    BundleTooLarge "bundle_too_large" BadInput
        "文件超过证据包允许的大小。请使用从系统下载的原始文件。"
        "The file is larger than a bundle may be. Use the file as it was downloaded.";
    TooManyFiles "too_many_files" BadInput
        "包内文件数量超过上限。请使用从系统下载的原始文件。"
        "There are more files inside than a bundle may have. Use the file as it was downloaded.";
    UnknownFile "unknown_file" BadInput
        "包内有不属于证据包的文件名（如绝对路径、上级目录或多余文件）。不要解压，请重新获取原始文件。"
        "A file name inside has no place in a bundle (absolute, upwards or stray). Do not unpack it; get the original file.";
    FilesOutOfOrder "files_out_of_order" BadInput
        "包内有重名或次序不对的文件。不要解压，请重新获取原始文件。"
        "A file stands twice or out of order. Do not unpack it; get the original file.";
    OtherForm "other_form" BadInput
        "该文件的压缩包条目不是服务器写出的形式（压缩、链接、截断或重新打包）。请使用原始文件。"
        "This entry is not in the form the server writes (compressed, linked, cut off or packed again). Use the original file.";
    BadDirectory "bad_directory" BadInput
        "压缩包末尾的目录与内容不符，可能被截断或改动。请使用原始文件。"
        "The list at the end of the archive does not fit its content; it was cut off or changed. Use the original file.";
    NoManifest "no_manifest" BadInput
        "包内没有清单，无法核验。请使用从系统下载的原始文件。"
        "There is no manifest, so nothing can be verified. Use the file as it was downloaded.";

    FileDamaged "file_damaged" False
        "文件内容与清单记载的大小或哈希不符，已被改动或损坏。"
        "The file is not the one whose size and hash the manifest lists: it was changed or damaged.";
    Sm2NotGenuine "sm2_not_genuine" False
        "国密（SM2）签名不成立：不是可信的 SM2 公钥按标准标识对这些内容所签。"
        "The second signature (SM2) does not hold: no trusted SM2 key has signed this under the standard identity.";
    FileNotListed "file_not_listed" False
        "清单中没有这个文件，属于事后加入。"
        "The manifest does not list this file; it was put in afterwards.";
    FileAbsent "file_absent" False
        "清单中列有这个文件，但包内没有，已被取走。"
        "The manifest lists this file, but it is not here; it was taken out.";
    ManifestMalformed "manifest_malformed" False
        "清单不是规定的唯一写法，不能采信。"
        "The manifest is not in its one agreed form and cannot be believed.";
    ManifestNotSigned "manifest_not_signed" False
        "清单没有可信服务器的有效签名。"
        "No trusted server key has signed this manifest.";
    Misnamed "misnamed" False
        "文件名与其内容不符。"
        "The file is not what its name says.";
    RecordNotGenuine "record_not_genuine" False
        "服务器凭据的签名无效，或不是可信服务器所签。"
        "This record is not signed by a trusted server key that was valid then.";
    EventNotGenuine "event_not_genuine" False
        "事件的签名、写法或类型无效。"
        "The event's signature, spelling or type is not genuine.";
    KeyAbsent "key_absent" False
        "没有该设备密钥的登记凭据，其事件不能采信。"
        "There is no key record for this device, so its events cannot be believed.";
    ChainGap "chain_gap" False
        "设备的事件链在此处缺少事件，已被抽走。"
        "Events are missing from the chain here; they were taken out.";
    ChainFork "chain_fork" False
        "该事件不接续前一事件，有事件被插入、替换，或同一密钥有两份历史。"
        "This event does not follow the one before it: something was inserted or exchanged, or the key has two histories.";
    AnchorNotGenuine "anchor_not_genuine" False
        "事件中附带的服务器凭据无效或不属于本设备。"
        "The server record inside this event is not genuine or is another phone's.";
    ReceiptOfOtherDevice "receipt_of_other_device" False
        "回执属于与本工单无关的设备。"
        "The receipt is about a device that has no part in this work order.";
    ReceiptOfOtherEvent "receipt_of_other_event" False
        "回执确认的是同一位置的另一事件：同一密钥有两份历史，或事件已被替换。"
        "The receipt confirms another event at this place: the key has two histories, or the event was exchanged.";
    PolicyOther "policy_other" False
        "规则文件不是报障时确定的那一版。"
        "The policy is not the one this work order was born under.";
    RegisterOther "register_other" False
        "终端或点位档案不是报障时的版本，或与工单不符。"
        "The terminal or site record is not the version of the report, or not of this work order.";
    KeyChangeRefused "key_change_refused" False
        "密钥更换声明不成立，其新密钥不予采信。"
        "This change of key does not hold, so its new key is not believed.";
    Malformed "malformed" False
        "文件格式不符，不能采信。"
        "The file does not have the agreed form and cannot be believed.";
    NoReport "no_report" False
        "包内没有本工单的报障事件，无从判定。"
        "The fault report that began this work order is not here, so nothing can be judged.";
    SidecarOther "sidecar_other" False
        "附属内容（定位、签名或联系人）与事件中的承诺值不符，已被改动。"
        "The position, ink or contact is not what the event committed to; it was changed.";
    NotClaimed "not_claimed" False
        "没有任何事件提到这个文件，与本工单无关。"
        "No event speaks of this file, so it is no part of the evidence.";
    PhotoOther "photo_other" False
        "照片内容与其名称中的哈希不符，已被替换。"
        "The photo's bytes are not the ones its name and the event say; it was exchanged.";
    RefusalDiffers "refusal_differs" False
        "按规则重算，该事件是否有效与服务器所称不同。"
        "By the rules this event stands, or falls, otherwise than the server says.";
    CheckpointNotGenuine "checkpoint_not_genuine" False
        "日志检查点的签名或见证签名无效，或格式不符。"
        "This checkpoint of the log, or a witness's signature on it, is not genuine.";
    StampNotGenuine "stamp_not_genuine" False
        "时间戳不成立：不是对该检查点所出具，签名或证书无效，或被改动。"
        "This time-stamp does not hold: it is about another text, its signature or certificate is not valid, or it was changed.";
    ProofFails "proof_fails" False
        "日志证明不成立：该记录不在检查点所示的日志之中，或证明被改动。"
        "The proof fails: the record is not in the log that the checkpoint stands for, or the proof was changed.";
    LeafOther "leaf_other" False
        "日志条目与所证明的记录不符（类别、位置或时间）。"
        "The log entry is not that of the record: its kind, its place or its time is another.";
    LogForked "log_forked" False
        "日志前后矛盾：同一大小有两个根，或后一检查点不接续前一检查点，日志被改写。"
        "The log contradicts itself: one size has two roots, or a checkpoint does not continue the one before. It was rewritten.";
    LogTimeWentBack "log_time_went_back" False
        "日志中的时间倒退：有记录被补填了更早的时间。"
        "Time goes back in the log: a record was given an earlier time than those before it.";
    WitnessesContradict "witnesses_contradict" False
        "按可信见证方的时间，该事件的最早时刻晚于最晚时刻，见证方或日志自相矛盾。"
        "By the trusted witnesses this event's earliest moment lies after its latest, so witnesses or log contradict themselves.";
    KeyOfTwo "key_of_two" False
        "同一密钥被登记给两个人。"
        "Two records give the same key to different people.";
    VerdictDiffers "verdict_differs" False
        "按证据重算的结论与包内所称的结论不同。"
        "The verdict recomputed from the evidence is not the one this bundle states.";

    KeyChanged "key_changed" Note
        "服务器曾更换密钥，新旧两把密钥均已签署；此后的签名按新密钥核验。"
        "The server changed its key, and both keys signed for it; what it signed from then on was checked by the new one.";

    SelfSupplied "self_supplied_trust" Missing
        "没有提供外部信任文件，只能用包内自带的服务器公钥核验：内部一致，但不能证明出自哪个服务器。请向主管单位索取信任文件后重新核验。"
        "No trust file was given, so the key inside the bundle was used: consistent in itself, but whose server it was is not proved. Get the trust file from the authority and verify again.";
    LogNotTrusted "log_not_trusted" Missing
        "信任文件中没有日志公钥，未核对透明日志。请向主管单位索取含日志公钥的信任文件。"
        "The trust file names no key of the log, so the log was not consulted. Ask the authority for one that does.";
    NoExternalTime "no_external_time" Missing
        "没有可信见证方或时间戳机构证明的时间，此时间只由本服务器的回执证明。"
        "No trusted witness or time-stamp authority has seen this in the log; its time rests on this server's receipts alone.";
    Sm2Absent "sm2_absent" Missing
        "没有信任文件所要求的国密（SM2）签名：服务器自该时刻起应当同时用 SM2 签名。"
        "The second signature (SM2) is not here, though by the trust file the server signs with SM2 since then.";
    Sm3Absent "sm3_absent" Missing
        "清单没有列出国密（SM3）摘要：按信任文件，制作时服务器应当已经列出。"
        "The manifest lists no SM3 digests, though by the trust file the server lists them since then.";
    NotLogged "not_logged" Missing
        "没有公开日志的证明，只由本服务器签名。"
        "No proof shows this record in the public log; only this server's signature covers it.";
    CheckpointAbsent "checkpoint_absent" Missing
        "回执或报障所引用的日志检查点不在包内，由它证明的最早时刻无法采用。"
        "A checkpoint that a receipt or the report names is not here, so the earliest moment it proves cannot be used.";
    ConsistencyAbsent "consistency_absent" Missing
        "缺少两个检查点之间的一致性证明，不能确认日志未被改写。"
        "The proof that one checkpoint continues the other is not here, so a rewritten log would not be seen.";
    WitnessesDisagree "witnesses_disagree" Missing
        "可信见证方和时间戳对同一检查点的时间相差超过五分钟，此检查点的时间不予采用。"
        "The times of trusted witnesses and time-stamps on this checkpoint differ by more than five minutes, so it proves no time.";
    VerdictByOthers "verdict_by_others" Missing
        "按您信任的见证方重算的结论，与服务器按其自选见证方所称的不同；以本报告的结论为准。"
        "By the witnesses you trust the verdict is another than by those the server named; the one in this report holds.";
    StretchUnanchored "stretch_unanchored" Missing
        "该设备的事件不是从登记或回执开始，之前的时间下限不明。"
        "This device's events begin neither with its enrolment nor with a receipt, so no earliest time is known at first.";
    PhotoAbsent "photo_absent" Missing
        "事件提到的照片不在包内：尚未上传，或已删除。"
        "A photo that an event speaks of is not here: not uploaded yet, or erased.";
    SidecarAbsent "sidecar_absent" Missing
        "事件承诺的附属内容不在包内（已删除或隐去），依赖它的判断只能按缺失处理。"
        "What the event committed to is not here (erased or redacted); whatever rests on it is judged as if it were missing.";
    SidecarErased "sidecar_erased" Missing
        "附属内容已依法删除，删除本身已签名并入册；依赖它的在场判断按删除前的判断保留，不能重算。"
        "What the event committed to was erased by law; the erasure itself is signed and logged. Presence that rested on it is kept as it was judged before, not recomputed.";
    BuildUnknown "build_unknown" Missing
        "不能证明签名时手机运行的是事先公布过的程序版本。这只是疑点，不说明有人作假；手机所称的版本见“签名所用的程序”。"
        "That the phone ran a build of the app published before it signed is not proved. A doubt, and nobody's guilt; the build it names stands under 'The program that signed'.";
    RegisterUnbound "register_unbound" Missing
        "报障事件没有写明终端和点位档案的指纹：坐标和围栏半径是否为报障时的版本，只能按服务器所称。"
        "The report does not bind the records of terminal and site by their hashes: that coordinates and fence are those of the report is the server's word.";
    SignerUnknown "signer_unknown" Missing
        "签字人不在报障时登记的现场管理人员之中，其后是否登记只能按服务器所称。"
        "The signer was not among the site's managers at the report; that they were registered since is the server's word.";
    EarlierPositionAbsent "earlier_position_absent" Missing
        "签到之前的位置不在包内，无法核对移动速度。"
        "Where the phone was before this check-in is not here, so its speed cannot be checked.";
    PersonUnknown "person_unknown" Missing
        "没有该人员的档案，其事件是否合规只能按服务器所称。"
        "There is no record of this person, so whether their events are allowed is the server's word.";
    RefusalNotRecomputed "refusal_not_recomputed" Missing
        "服务器称该事件因此理由被隔离，此理由不能由包内内容重算。"
        "The server set this event aside for a reason that cannot be recomputed from the bundle.";
}

impl Finding {
    /// About the bundle as a whole.
    pub fn new(code: FindingCode) -> Self {
        let (zh, en) = code.texts();
        Self {
            code,
            severity: code.severity(),
            file: None,
            detail: None,
            zh,
            en,
        }
    }

    /// About one file.
    pub fn about(code: FindingCode, file: impl fmt::Display) -> Self {
        Self {
            file: Some(file.to_string()),
            ..Self::new(code)
        }
    }

    /// With the detail that says where or why.
    pub fn because(self, detail: impl fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_told_once_in_both_languages() {
        let mut seen = BTreeSet::new();
        for code in FindingCode::ALL {
            assert!(seen.insert(code.code()), "{code:?}");
            let (zh, en) = code.texts();
            assert!(
                zh.ends_with('。') && en.ends_with('.') && en.is_ascii(),
                "{code:?}"
            );
        }
    }
}
