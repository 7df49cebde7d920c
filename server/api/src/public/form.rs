//! The report form as the public sends it: what is asked, what is accepted. Faults are those
//! of table 1 in the words of somebody who stands before the terminal (9.1, 8).

use domain::fault::FaultCode;
use domain::sidecar::Contact;
use serde::Deserialize;

use crate::language::{Lang, Wording};

/// Longest description, in characters.
pub const TEXT_CHARS_MAX: usize = 500;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 40;
/// Longest phone number, in characters.
pub const PHONE_CHARS_MAX: usize = 24;

/// One answer to "what is wrong?".
pub struct Choice {
    pub fault: FaultCode,
    pub zh: &'static str,
    pub en: &'static str,
    /// What to mind, if anything.
    pub warning: Option<(&'static str, &'static str)>,
}

const fn choice(fault: FaultCode, zh: &'static str, en: &'static str) -> Choice {
    Choice {
        fault,
        zh,
        en,
        warning: None,
    }
}

/// The faults a visitor can see. Those of the network that only an engineer can measure
/// (NET-2, NET-3, NET-4) and of the host (HW-3) are left to the desk.
pub const CHOICES: &[Choice] = &[
    choice(
        FaultCode::Oth1,
        "没有电，屏幕不亮",
        "No power, the screen is dark",
    ),
    choice(FaultCode::Hw1, "蓝屏", "Blue screen"),
    choice(
        FaultCode::Hw2,
        "触屏、读卡、打印等没有反应",
        "Touch screen, card reader or printer does not react",
    ),
    choice(FaultCode::Oth3, "没有纸或耗材", "Out of paper or supplies"),
    choice(FaultCode::App1, "反应很慢，卡顿", "Very slow"),
    choice(
        FaultCode::App2,
        "程序退出，或点了没有反应",
        "The program closes, or nothing happens",
    ),
    choice(FaultCode::App5, "页面打不开", "A page does not open"),
    choice(
        FaultCode::App3,
        "显示的信息不对，或查不到",
        "Wrong information, or none",
    ),
    choice(
        FaultCode::App4,
        "跳到了别的页面",
        "It jumps to a wrong page",
    ),
    choice(
        FaultCode::Net1,
        "提示没有网络",
        "It says there is no network",
    ),
    choice(
        FaultCode::Net5,
        "能看到别人的资料",
        "Somebody else's data can be seen",
    ),
    Choice {
        fault: FaultCode::Oth2,
        zh: "漏电，摸到发麻",
        en: "Electric leakage, it tingles when touched",
        warning: Some((
            "请不要触碰，远离设备并告诉现场工作人员。",
            "Do not touch it. Keep away and tell the staff.",
        )),
    },
];

/// The fields as sent. Everything may be missing or hostile.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub fault: String,
    pub text: String,
    pub name: String,
    pub phone: String,
    /// The work order to join; empty in a report.
    pub wo: String,
    /// Made with the page; the same one twice is the same report.
    pub nonce: String,
    /// People do not see this field; programs fill it in.
    pub website: String,
}

/// A form whose every field is acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub fault: FaultCode,
    pub said: Said,
}

/// What somebody says about themselves and what they saw, tidied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub name: String,
    pub phone: String,
    pub nonce: String,
}

impl Said {
    /// Name and phone, if either was given.
    pub fn contact(&self) -> Option<Contact> {
        let is_anonymous = self.name.is_empty() && self.phone.is_empty();
        (!is_anonymous).then(|| Contact {
            name: self.name.clone(),
            phone: self.phone.clone(),
        })
    }
}

impl Form {
    /// The accepted form, or every objection in the reader's language.
    pub fn accept(&self, lang: Lang) -> Result<Accepted, Vec<&'static str>> {
        let mut objections = Vec::new();
        let fault = self.choice().map(|choice| choice.fault);
        if fault.is_none() {
            objections.push(lang.pick("请选择故障现象。", "Please choose what is wrong."));
        }
        objections.extend(self.objections(lang));
        match fault {
            Some(fault) if objections.is_empty() => Ok(Accepted {
                fault,
                said: self.said(),
            }),
            _ => Err(objections),
        }
    }

    /// The same of somebody who joins, and need not choose what is wrong.
    pub fn accept_join(&self, lang: Lang) -> Result<Said, Vec<&'static str>> {
        let objections = self.objections(lang);
        if objections.is_empty() {
            Ok(self.said())
        } else {
            Err(objections)
        }
    }

    fn said(&self) -> Said {
        Said {
            text: without_controls(&self.text),
            name: without_controls(&self.name),
            phone: self.phone.trim().to_owned(),
            nonce: self.nonce.clone(),
        }
    }

    fn objections(&self, lang: Lang) -> Vec<&'static str> {
        let mut objections = Vec::new();
        let mut object = |applies: bool, zh, en| {
            if applies {
                objections.push(lang.pick(zh, en));
            }
        };
        let is_long = |text: &str, most| text.chars().count() > most;
        object(
            is_long(&self.text, TEXT_CHARS_MAX),
            "补充说明请不超过 500 字。",
            "Please use at most 500 characters.",
        );
        object(
            is_long(&self.name, NAME_CHARS_MAX),
            "称呼请不超过 40 字。",
            "Please use at most 40 characters for the name.",
        );
        object(
            !is_phone(self.phone.trim()),
            "电话号码看起来不正确。",
            "The phone number does not look right.",
        );
        object(
            !self.website.is_empty() || !is_nonce(&self.nonce),
            "请重新打开本页后再提交。",
            "Please open this page again, then send.",
        );
        objections
    }

    /// The chosen fault, if it is one of those on offer.
    pub fn choice(&self) -> Option<&'static Choice> {
        CHOICES
            .iter()
            .find(|choice| choice.fault.as_str() == self.fault)
    }
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_plain = text
        .chars()
        .all(|sign| sign.is_ascii_digit() || matches!(sign, '+' | '-' | ' ' | '(' | ')'));
    text.is_empty() || (is_plain && (5..=16).contains(&digits) && text.len() <= PHONE_CHARS_MAX)
}

fn is_nonce(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn without_controls(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.trim()
        .chars()
        .filter(|sign| !sign.is_control() || *sign == '\n')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Form {
        Form {
            fault: "HW-1".to_owned(),
            text: " 第一行\r\n第二行\u{0} ".to_owned(),
            name: "王女士".to_owned(),
            phone: "0755-8800 1234".to_owned(),
            wo: String::new(),
            nonce: "0123456789abcdef0123456789abcdef".to_owned(),
            website: String::new(),
        }
    }

    #[test]
    fn a_good_form_is_accepted_and_tidied() {
        let accepted = good().accept(Lang::Zh).unwrap();
        assert_eq!(accepted.fault, FaultCode::Hw1);
        assert_eq!(accepted.said.text, "第一行\n第二行");
        let minimal = Form {
            text: String::new(),
            name: String::new(),
            phone: String::new(),
            ..good()
        };
        assert!(
            minimal.accept(Lang::Zh).is_ok(),
            "only the fault is required"
        );
    }

    #[test]
    fn every_bad_field_is_named() {
        type Case = (&'static str, fn(&mut Form));
        let cases: [Case; 10] = [
            ("no fault", |form| form.fault.clear()),
            ("unknown fault", |form| form.fault = "HW-9".to_owned()),
            ("fault that the public cannot see", |form| {
                form.fault = "NET-2".to_owned()
            }),
            ("long text", |form| {
                form.text = "字".repeat(TEXT_CHARS_MAX + 1)
            }),
            ("long name", |form| {
                form.name = "名".repeat(NAME_CHARS_MAX + 1)
            }),
            ("phone with words", |form| form.phone = "call me".to_owned()),
            ("phone too short", |form| form.phone = "123".to_owned()),
            ("phone too long", |form| form.phone = "1".repeat(17)),
            ("nonce missing", |form| form.nonce.clear()),
            ("filled trap", |form| {
                form.website = "http://spam".to_owned()
            }),
        ];
        for (name, spoil) in cases {
            let mut form = good();
            spoil(&mut form);
            assert_eq!(form.accept(Lang::En).unwrap_err().len(), 1, "{name}");
        }
    }

    #[test]
    fn no_fault_is_offered_twice() {
        for (index, choice) in CHOICES.iter().enumerate() {
            assert!(
                CHOICES[..index]
                    .iter()
                    .all(|other| other.fault != choice.fault),
                "{}",
                choice.zh
            );
        }
    }
}
