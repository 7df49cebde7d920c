//! Table 1 of the standard (clause 8) as data: fifteen faults with their level, and one more for
//! clause 10.2.4, which handles a fault that table 1 forgot. The list is "common faults", not all
//! of them, but a code outside this list is refused: an unknown code has no level and no clock.

use serde::{Deserialize, Serialize};

/// How bad a fault is (8). Decides the response limit of 9.2 a and nothing else (A8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Severe,
    General,
}

/// The four groups of table 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Terminal,
    Application,
    Network,
    Other,
}

impl Category {
    /// The group's name in Chinese and English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Category::Terminal => ("终端设施设备", "Terminal equipment"),
            Category::Application => ("应用系统", "Application"),
            Category::Network => ("网络及安全", "Network and security"),
            Category::Other => ("其他", "Other"),
        }
    }
}

/// One row of table 1. The level is the default; the report that is made from it says its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub code: FaultCode,
    pub category: Category,
    pub level: Level,
    pub zh: &'static str,
    pub en: &'static str,
}

macro_rules! table_1 {
    ($($name:ident $code:literal $category:ident $level:ident $zh:literal $en:literal;)*) => {
        /// A fault of table 1, written `HW-1` everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FaultCode {
            $(#[serde(rename = $code)] $name,)*
        }

        impl FaultCode {
            /// The code as written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(FaultCode::$name => $code,)*
                }
            }
        }

        /// Table 1 in the standard's order, APP-5 after the other application faults.
        pub const TABLE: &[Fault] = &[
            $(Fault {
                code: FaultCode::$name,
                category: Category::$category,
                level: Level::$level,
                zh: $zh,
                en: $en,
            },)*
        ];
    };
}

table_1! {
    Hw1 "HW-1" Terminal Severe "蓝屏" "Blue screen";
    Hw2 "HW-2" Terminal Severe "硬件外设驱动无响应" "Peripheral or its driver does not respond";
    Hw3 "HW-3" Terminal Severe "主机资源占用较大、处理缓慢" "Host overloaded and slow";
    App1 "APP-1" Application Severe "应用页面卡顿" "Pages stutter";
    App2 "APP-2" Application Severe "服务闪退和无响应" "Service crashes or does not respond";
    App3 "APP-3" Application Severe "应用页面信息返回错误或无返回" "Page returns wrong data or none";
    App4 "APP-4" Application General "应用页面跳转迟缓或跳转错误" "Pages change slowly or to the wrong page";
    App5 "APP-5" Application Severe "应用页面无法访问" "Page cannot be reached";
    Net1 "NET-1" Network Severe "网络无法获取或者IP变动" "No network, or the IP address changed";
    Net2 "NET-2" Network General "网络丢包率较大" "High packet loss";
    Net3 "NET-3" Network General "网络响应延时较大" "High network delay";
    Net4 "NET-4" Network Severe "网络通信链路不通" "Network link is down";
    Net5 "NET-5" Network Severe "安全保护不到位泄露数据" "Weak protection leaks data";
    Oth1 "OTH-1" Other Severe "断电" "Power outage";
    Oth2 "OTH-2" Other Severe "设备漏电" "Electric leakage at the terminal";
    Oth3 "OTH-3" Other Severe "缺失耗材" "Consumables are missing";
}

impl FaultCode {
    /// Its row of the table.
    pub fn row(self) -> &'static Fault {
        TABLE
            .iter()
            .find(|row| row.code == self)
            .expect("every code is made from a row of the table")
    }

    /// The level table 1 gives it.
    pub fn level(self) -> Level {
        self.row().level
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::blue_screen("HW-1", Level::Severe, "蓝屏")]
    #[case::peripheral("HW-2", Level::Severe, "硬件外设驱动无响应")]
    #[case::host_slow("HW-3", Level::Severe, "主机资源占用较大、处理缓慢")]
    #[case::stutter("APP-1", Level::Severe, "应用页面卡顿")]
    #[case::crash("APP-2", Level::Severe, "服务闪退和无响应")]
    #[case::wrong_data("APP-3", Level::Severe, "应用页面信息返回错误或无返回")]
    #[case::slow_jump("APP-4", Level::General, "应用页面跳转迟缓或跳转错误")]
    #[case::unreachable_page("APP-5", Level::Severe, "应用页面无法访问")]
    #[case::no_network("NET-1", Level::Severe, "网络无法获取或者IP变动")]
    #[case::packet_loss("NET-2", Level::General, "网络丢包率较大")]
    #[case::delay("NET-3", Level::General, "网络响应延时较大")]
    #[case::link_down("NET-4", Level::Severe, "网络通信链路不通")]
    #[case::data_leak("NET-5", Level::Severe, "安全保护不到位泄露数据")]
    #[case::power("OTH-1", Level::Severe, "断电")]
    #[case::leakage("OTH-2", Level::Severe, "设备漏电")]
    #[case::consumables("OTH-3", Level::Severe, "缺失耗材")]
    fn row_of_table_1_has_its_level_and_name(
        #[case] code: &str,
        #[case] level: Level,
        #[case] zh: &str,
    ) {
        let fault: FaultCode = serde_json::from_value(code.into()).unwrap();
        assert_eq!(
            (fault.level(), fault.row().zh, fault.as_str()),
            (level, zh, code)
        );
        assert_eq!(serde_json::to_value(fault).unwrap(), code);
    }

    #[test]
    fn the_table_has_fifteen_rows_and_the_one_of_10_2_4() {
        let general = TABLE
            .iter()
            .filter(|row| row.level == Level::General)
            .count();
        assert_eq!((TABLE.len(), general), (16, 3));
        for (row, next) in TABLE.iter().zip(&TABLE[1..]) {
            assert!(
                row.code < next.code,
                "{:?} stands before {:?}",
                row.code,
                next.code
            );
        }
    }

    #[test]
    fn a_code_outside_the_table_is_refused() {
        for wrong in ["HW-0", "HW-4", "APP-6", "hw-1", "HW1", "", "OTH-4"] {
            assert!(
                serde_json::from_value::<FaultCode>(wrong.into()).is_err(),
                "{wrong}"
            );
        }
    }
}
