//! Why a reply is not taken as proof of time, with the words people read.

use domain::text::{Lang, coded};

coded! {
    /// Why a reply is not taken as proof of time.
    Refusal {
        TooLarge "tsa_too_large"
            "时间戳应答超出大小限制，未采用。请检查时间戳服务地址。"
            "The time-stamp reply is larger than allowed and was not used. Check the address of the time-stamp authority.";
        Malformed "tsa_malformed"
            "时间戳应答无法解析，未采用。请重新申请时间戳。"
            "The time-stamp reply cannot be read and was not used. Ask for a new stamp.";
        Trailing "tsa_trailing"
            "时间戳应答之后还有多余内容，未采用。请重新申请时间戳。"
            "Something follows the time-stamp reply, so it was not used. Ask for a new stamp.";
        Rejected "tsa_rejected"
            "时间戳机构拒绝了申请。请核对服务地址、算法和账户，再重新申请。"
            "The time-stamp authority rejected the request. Check its address, algorithm and account, then ask again.";
        Waiting "tsa_waiting"
            "时间戳机构尚未出具时间戳，请稍后重新申请。"
            "The time-stamp authority has not made the stamp yet. Ask again later.";
        RevocationWarning "tsa_revocation_warning"
            "时间戳机构提示其证书即将吊销，未采用。请更换时间戳机构。"
            "The time-stamp authority warns that its certificate is about to be revoked. Use another authority.";
        RevocationNotification "tsa_revocation_notification"
            "时间戳机构通知其证书已被吊销，未采用。请更换时间戳机构。"
            "The time-stamp authority says that its certificate has been revoked. Use another authority.";
        Version "tsa_version"
            "时间戳的版本不受支持，未采用。请更换时间戳机构。"
            "The version of the time-stamp is not supported. Use another authority.";
        WrongImprint "tsa_wrong_imprint"
            "时间戳针对的是另一份内容，不能证明本记录。请重新申请时间戳。"
            "The time-stamp is about something else and proves nothing here. Ask for a new stamp.";
        WrongNonce "tsa_wrong_nonce"
            "时间戳应答与本次申请的随机数不符，可能是旧应答，未采用。请重新申请。"
            "The reply does not carry the nonce of this request and may be an old one. Ask again.";
        NoSigner "tsa_no_signer"
            "时间戳没有附带签名证书，未采用。请让时间戳机构在应答中附上证书。"
            "The time-stamp does not bring the certificate that signed it. Have the authority include its certificate.";
        SignerNotBound "tsa_signer_not_bound"
            "时间戳没有以签名绑定其证书，未采用。请更换时间戳机构。"
            "The time-stamp does not bind the certificate that signed it. Use another authority.";
        WrongName "tsa_wrong_name"
            "时间戳写明的机构与签名证书不符，未采用。"
            "The authority named in the time-stamp is not the one of the certificate, so it was not used.";
        BadSignature "tsa_bad_signature"
            "时间戳的签名不成立，内容可能被改动，未采用。"
            "The signature of the time-stamp does not hold. It may have been altered and was not used.";
        Algorithm "tsa_algorithm"
            "时间戳使用的算法不受支持，未采用。支持 RSA（2048 位以上）或 P-256、P-384 配 SHA-256、384、512。"
            "The time-stamp uses an algorithm that is not supported: RSA from 2048 bits, P-256 or P-384, with SHA-256, 384 or 512.";
        Purpose "tsa_purpose"
            "签名证书不是专用的时间戳证书，未采用。请更换时间戳机构。"
            "The certificate is not one for time-stamping alone, so the stamp was not used. Use another authority.";
        CertificateTime "tsa_certificate_time"
            "出具时间戳时证书不在有效期内，未采用。请检查时间戳机构的证书。"
            "A certificate was not valid at the time of the stamp, so it was not used. Check the authority's certificates.";
        Certificate "tsa_certificate"
            "时间戳的证书链含有不符合规则的证书，未采用。请检查时间戳机构的证书。"
            "A certificate on the way to the root may not stand there, so the stamp was not used. Check the authority's certificates.";
        Untrusted "tsa_untrusted"
            "时间戳证书不能追溯到受信任的根证书，未采用。请核对信任列表。"
            "No trusted root vouches for the time-stamp, so it was not used. Check the list of trusted roots.";
        Roots "tsa_roots"
            "受信任的根证书列表无法读取。请提供 PEM 或 DER 格式的证书。"
            "The list of trusted roots cannot be read. Give certificates as PEM or DER.";
    }
}

impl Refusal {
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
